"""Adafactor."""

from eagerjax.optim.rule import Rule, constant, decay, full_like, number
from eagerjax.tensor import Tensor


class Adafactor(Rule):
    """Adaptive rates from factored second moments: a row and a column for each matrix instead of a whole one."""

    op = "_adafactor_update"

    def __init__(self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, foreach=None,
                 maximize=False):  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        require(0.0 <= lr, "Learning rate should be >= 0 but is", lr)
        require(0.0 >= beta2_decay, "beta2_decay should be <= 0 but is", beta2_decay)
        require(eps[0] is None or 0.0 <= eps[0], "epsilon1 should be >= 0 but is", eps[0])
        require(0.0 <= eps[1], "epsilon2 should be >= 0 but is", eps[1])
        require(1.0 <= d, "Clipping threshold d should be >= 1 but is", d)
        require(0.0 <= weight_decay, "weight_decay should be >= 0 but is", weight_decay)
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def fresh(self, p, group):
        if p.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        if p.dim() < 2:
            return {"variance": full_like(p, 0)}
        *others, rows, columns = p.shape
        return {
            "row_var": constant((*others, rows, 1), 0, p.dtype, p.device),
            "col_var": constant((*others, 1, columns), 0, p.dtype, p.device),
        }

    def _columns(self, job):
        """Matrices come first."""
        order = sorted(range(len(job.params)), key=lambda i: job.params[i].dim() < 2)
        for name in ("params", "grads", "states"):
            column = getattr(job, name)
            setattr(job, name, [column[i] for i in order])
        return [[s[name] for s in job.states if name in s] for name in ("row_var", "col_var", "variance")]

    def numbers(self, group):
        eps1, eps2 = group["eps"]
        numbers = (number(group["lr"]), number(group["beta2_decay"]), None if eps1 is None else number(eps1),
                   number(eps2), number(group["d"]), decay(group))  # fmt: skip
        return numbers, {"maximize": bool(group["maximize"])}


def require(ok, what, value):
    """Raise ValueError for a hyperparameter."""
    if not ok:
        raise ValueError(f"{what}: {value}")
