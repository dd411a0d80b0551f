"""SGD with momentum and Nesterov momentum."""

from eagerjax.optim.rule import Job, Rule, check, check_common, check_flags, decay, full_like, number


class SGD(Rule):
    """Stochastic gradient descent: `p -= lr * g`, with momentum `buf = momentum * buf + (1 - dampening) * g`.

    `foreach` and `fused` are accepted: the update is always one fused op.

    >>> w = torch.nn.Parameter(torch.tensor([1.0]))
    >>> optimizer = torch.optim.SGD([w], lr=0.5)
    >>> w.sum().backward()
    >>> optimizer.step()
    >>> w.item()
    0.5
    """

    op = "_sgd_update"
    shared = ()

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False,
                 foreach=None, differentiable=False, fused=None):  # fmt: skip
        check_common(lr)
        check(not momentum < 0.0, "momentum value", momentum)
        check(not weight_decay < 0.0, "weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_flags(fused, foreach, differentiable)

    def slots(self, group):
        return ("momentum_buffer",) if group["momentum"] != 0 else (None,)

    def numbers(self, group):
        momentum = number(group["momentum"]) if group["momentum"] != 0 else None
        static = {"nesterov": bool(group["nesterov"]), "maximize": bool(group["maximize"])}
        return (number(group["lr"]), momentum, number(group["dampening"]), decay(group)), static

    def _jobs(self, turn, begun):
        """A new buffer takes the whole first gradient: zeros, and no dampening on that step.

        In the step that makes a buffer, a parameter that is listed twice begins a new one in its second turn as well.
        """
        jobs = []
        for group in self.param_groups:
            keep, going = group["momentum"] != 0, Job(group)
            first = Job({**group, "dampening": 0.0}) if keep and group["dampening"] != 0 else going
            members, times = self._members(group)
            for p in members:
                g = p.grad
                if g is None or (turn and times[id(p)] <= turn):
                    continue
                self._refuse_sparse(g)
                job = going
                if keep:
                    state = self.state[p]
                    if state.get("momentum_buffer") is None or (turn and id(p) in begun):
                        state["momentum_buffer"] = full_like(p, 0)
                        begun.add(id(p))
                        job = first
                    job.states.append(state)
                job.params.append(p)
                job.grads.append(g)
            jobs += [job for job in {id(going): going, id(first): first}.values() if job.params]
        return jobs
