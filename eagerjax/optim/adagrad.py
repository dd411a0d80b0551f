"""Adagrad."""

from eagerjax.optim.rule import Rule, check, check_common, check_flags, decay, full_like, number


class Adagrad(Rule):
    """Adagrad: `p -= lr / (1 + (t - 1) * lr_decay) * g / (sqrt(sum of g²) + eps)`."""

    op = "_adagrad_update"

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10,
                 foreach=None, *, maximize=False, differentiable=False, fused=None):  # fmt: skip
        check_common(lr)
        check(0.0 <= lr_decay, "lr_decay value", lr_decay)
        check(0.0 <= weight_decay, "weight_decay value", weight_decay)
        check(0.0 <= initial_accumulator_value, "initial_accumulator_value value", initial_accumulator_value)
        check(0.0 <= eps, "epsilon value", eps)
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_flags(fused, foreach, differentiable)
        for group in self.param_groups:
            shared = self.fresh_shared(group)
            for p in group["params"]:
                self._begin(p, group, shared)

    def slots(self, group):
        return ("sum",)

    def fresh(self, p, group):
        start = group["initial_accumulator_value"]
        return {"sum": full_like(p, complex(start, start) if p.is_complex() else start)}

    def numbers(self, group):
        numbers = (number(group["lr"]), number(group["lr_decay"]), number(group["eps"]), decay(group))
        return numbers, {"maximize": bool(group["maximize"])}
