"""Adadelta."""

from eagerjax.optim.rule import Rule, check, check_common, decay, number, rest


class Adadelta(Rule):
    """Adadelta: the step of each element is scaled by how far it moved before."""

    op = "_adadelta_update"

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, foreach=None, *, capturable=False,
                 maximize=False, differentiable=False):  # fmt: skip
        check_common(lr)
        check(0.0 <= rho <= 1.0, "rho value", rho)
        check_common(lr, eps, weight_decay)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group):
        return "square_avg", "acc_delta"

    def numbers(self, group):
        numbers = (number(group["lr"]), rest(group["rho"]), number(group["eps"]), decay(group))
        return numbers, {"maximize": bool(group["maximize"])}
