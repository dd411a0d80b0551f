"""NAdam."""

from eagerjax.optim.rule import Rule, check, check_common, decay, number, rest, scalar


class NAdam(Rule):
    """Adam with Nesterov momentum."""

    op = "_nadam_update"
    shared = ("step", "mu_product")

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, momentum_decay=4e-3,
                 decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False,
                 differentiable=False):  # fmt: skip
        check_common(lr, eps, weight_decay, betas)
        check(0.0 <= momentum_decay, "momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group):
        return "exp_avg", "exp_avg_sq"

    def fresh_shared(self, group):
        return {"step": scalar(0.0, group), "mu_product": scalar(1.0, group)}

    def numbers(self, group):
        beta1, beta2 = group["betas"]
        numbers = (number(group["lr"]), rest(beta1), rest(beta2), number(group["eps"]), decay(group),
                   number(group["momentum_decay"]))  # fmt: skip
        return numbers, {"decoupled": bool(group["decoupled_weight_decay"]), "maximize": bool(group["maximize"])}
