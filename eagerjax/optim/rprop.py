"""Rprop."""

from eagerjax.optim.rule import Rule, check_common, full_like, number


class Rprop(Rule):
    """Resilient backpropagation: only the sign of the gradient counts. For full batches."""

    op = "_rprop_update"

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, capturable=False, foreach=None,
                 maximize=False, differentiable=False):  # fmt: skip
        check_common(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group):
        return "prev", "step_size"

    def fresh(self, p, group):
        lr = float(group["lr"])
        return {"prev": full_like(p, 0), "step_size": full_like(p, complex(lr, lr) if p.is_complex() else lr)}

    def numbers(self, group):
        numbers = (*map(number, group["etas"]), *map(number, group["step_sizes"]))
        return numbers, {"maximize": bool(group["maximize"])}
