"""L-BFGS."""

from eagerjax import dispatch
from eagerjax.autograd import enable_grad, no_grad
from eagerjax.namespace import torch
from eagerjax.optim.line_search import Point, StrongWolfe
from eagerjax.optim.optimizer import Optimizer
from eagerjax.optim.rule import check, constant
from eagerjax.tensor import Tensor


class LBFGS(Optimizer):
    """Limited-memory BFGS, for full batches: `step(closure)` evaluates the closure many times.

    `line_search_fn` is None or "strong_wolfe". All state is kept with the first parameter; there is one group.
    """

    def __init__(self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9,
                 history_size=100, line_search_fn=None):  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        check(0.0 <= lr, "learning rate", lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self):
        return self.param_groups[0]["params"]

    @no_grad()
    def step(self, closure):
        """Go down until an iteration, evaluation or tolerance limit is reached. Returns the first loss."""
        group, state = self.param_groups[0], self.state[self._params[0]]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        closure = enable_grad()(closure)
        first = closure()
        run = _Run(self, group, state, closure, float(first))
        state["func_evals"] += 1
        if run.gradient_is_small():
            return first
        while run.iterate():
            pass
        state.update(run.memory)
        return first

    # -- parameters as one vector ----------------------------------------------------------
    def _gather_flat_grad(self):
        return torch.cat([_flat(torch.zeros_like(p) if p.grad is None else p.grad) for p in self._params])

    def _moved(self, origin, step, direction):
        """Values of the parameters `step` along `direction` from `origin`."""
        made, at = [], 0
        for p in origin:
            n = p.numel() * (2 if p.is_complex() else 1)
            part = direction[at : at + n]
            shift = torch.view_as_complex(part.reshape(*p.shape, 2)) if p.is_complex() else part.reshape(p.shape)
            made.append(p + step * shift)
            at += n
        return made


class _Run:
    """One call of `step`: where it stands. `memory` is what the state keeps between calls."""

    NAMES = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")

    def __init__(self, optimizer, group, state, closure, loss):
        self.optimizer = optimizer
        self.group = group
        self.state = state
        self.closure = closure
        self.loss = loss
        self.grad = optimizer._gather_flat_grad()
        self.memory = {name: state.get(name) for name in self.NAMES}
        self.iterations = 0
        self.evaluations = 1

    def gradient_is_small(self):
        return float(self.grad.abs().amax()) <= self.group["tolerance_grad"]

    def iterate(self):
        """One iteration. Returns whether another should follow."""
        group, memory = self.group, self.memory
        self.iterations += 1
        self.state["n_iter"] += 1
        begins = self.state["n_iter"] == 1
        self.turn(begins)
        memory["prev_flat_grad"], memory["prev_loss"] = self.grad, self.loss
        lr = float(group["lr"])
        memory["t"] = lr / max(1.0, float(self.grad.abs().sum())) if begins else lr
        slope = float(self.grad.dot(memory["d"]))
        if slope > -group["tolerance_change"]:
            return False
        spent = self.search(slope) if group["line_search_fn"] else self.go()
        self.evaluations += spent
        self.state["func_evals"] += spent
        return (
            self.iterations < group["max_iter"]
            and self.evaluations < group["max_eval"]
            and not self.gradient_is_small()
            and float((memory["d"] * memory["t"]).abs().amax()) > group["tolerance_change"]
            and abs(self.loss - memory["prev_loss"]) >= group["tolerance_change"]
        )

    def turn(self, begins):
        """The next direction, from the history of steps and of changes of the gradient."""
        m = self.memory
        if begins:
            m.update(d=-self.grad, old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return
        self.state.setdefault("al", [None] * self.group["history_size"])  # torch's scratch space, for its state dict
        y, s = self.grad - m["prev_flat_grad"], m["d"] * m["t"]
        ys = y.dot(s)
        if float(ys) > 1e-10:
            for name, new in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / ys)):
                m[name] = [*m[name], new][-self.group["history_size"] :]
            m["H_diag"] = ys / y.dot(y)
        m["d"] = direction(self.grad, m) if m["old_dirs"] else -self.grad * m["H_diag"]

    def go(self):
        """A step of the full length. Returns how often the closure was called."""
        optimizer, params = self.optimizer, self.optimizer._params
        dispatch.assign(params, optimizer._moved(params, self.memory["t"], self.memory["d"]))
        if self.iterations == self.group["max_iter"]:
            return 0
        self.loss = float(self.closure())
        self.grad = optimizer._gather_flat_grad()
        return 1

    def search(self, slope):
        """A step of a length that a line search finds. Returns how often the closure was called."""
        optimizer, params, d = self.optimizer, self.optimizer._params, self.memory["d"]
        origin = [p.clone() for p in params]

        def at(t):
            dispatch.assign(params, optimizer._moved(origin, t, d))
            loss = float(self.closure())
            grad = optimizer._gather_flat_grad()
            return Point(t, loss, grad, float(grad.dot(d)))

        start = Point(0.0, self.loss, self.grad, slope)
        line = StrongWolfe(at, start, float(d.abs().amax()), max_ls=self.group["max_eval"] - self.evaluations)
        found = line.search(self.memory["t"])
        dispatch.assign(params, optimizer._moved(origin, found.t, d))
        self.loss, self.grad, self.memory["t"] = found.f, found.g, found.t
        return line.evaluations


def _flat(grad):
    return (torch.view_as_real(grad) if grad.is_complex() else grad).reshape(-1)


def direction(grad, memory):
    """The direction by the two loops; the history is filled up to a power of two, so few programs are compiled."""
    count = len(memory["old_dirs"])
    missing = (1 << (count - 1).bit_length()) - count
    empty = constant(grad.shape, 0, grad.dtype, grad.device)
    nothing = constant((), 0, grad.dtype, grad.device)
    vectors = ([empty] * missing + memory[name] for name in ("old_dirs", "old_stps"))
    return dispatch.apply("_lbfgs_direction", grad, *vectors, [nothing] * missing + memory["ro"], memory["H_diag"])
