"""RAdam."""

from eagerjax.optim.rule import Rule, check_common, decay, number, rest


class RAdam(Rule):
    """Adam that corrects for the large variance of its adaptive rate in the first steps."""

    op = "_radam_update"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, decoupled_weight_decay=False, *,
                 foreach=None, maximize=False, capturable=False, differentiable=False):  # fmt: skip
        check_common(lr, eps, weight_decay, betas)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group):
        return "exp_avg", "exp_avg_sq"

    def numbers(self, group):
        beta1, beta2 = group["betas"]
        numbers = (number(group["lr"]), rest(beta1), rest(beta2), number(group["eps"]), decay(group))
        return numbers, {"decoupled": bool(group["decoupled_weight_decay"]), "maximize": bool(group["maximize"])}
