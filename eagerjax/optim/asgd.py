"""Averaged stochastic gradient descent."""

from eagerjax.optim.rule import Rule, check_common, decay, number, scalar


class ASGD(Rule):
    """SGD that also keeps the average `ax` of the parameters since step `t0`."""

    op = "_asgd_update"
    shared = ("step", "eta", "mu")

    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, foreach=None, maximize=False,
                 differentiable=False, capturable=False):  # fmt: skip
        check_common(lr, 0.0, weight_decay)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group):
        return ("ax",)

    def fresh_shared(self, group):
        return {"step": scalar(0.0, group), "eta": scalar(float(group["lr"]), group), "mu": scalar(1.0, group)}

    def numbers(self, group):
        names = ("lr", "lambd", "alpha", "t0")
        numbers = (*(number(group[name]) for name in names), decay(group))
        return numbers, {"maximize": bool(group["maximize"])}
