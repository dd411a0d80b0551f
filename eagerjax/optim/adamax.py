"""Adamax."""

from eagerjax.optim.rule import Rule, check_common, decay, number, rest


class Adamax(Rule):
    """Adam with the running maximum of |g| in place of the root mean square."""

    op = "_adamax_update"

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, foreach=None, *, maximize=False,
                 differentiable=False, capturable=False):  # fmt: skip
        check_common(lr, eps, weight_decay, betas)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group):
        return "exp_avg", "exp_inf"

    def numbers(self, group):
        beta1, beta2 = group["betas"]
        numbers = (number(group["lr"]), rest(beta1), rest(beta2), number(group["eps"]), decay(group))
        return numbers, {"maximize": bool(group["maximize"])}
