"""RMSprop."""

from eagerjax.optim.rule import Rule, check, check_common, decay, number, rest


class RMSprop(Rule):
    """RMSprop: `p -= lr * g / (sqrt(mean of g²) + eps)`; `centered` takes the mean gradient out of the square."""

    op = "_rmsprop_update"

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False,
                 capturable=False, foreach=None, maximize=False, differentiable=False):  # fmt: skip
        check_common(lr, eps)
        check(0.0 <= momentum, "momentum value", momentum)
        check(0.0 <= weight_decay, "weight_decay value", weight_decay)
        check(0.0 <= alpha, "alpha value", alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def slots(self, group):
        buffer = "momentum_buffer" if group["momentum"] > 0 else None
        return "square_avg", buffer, "grad_avg" if group["centered"] else None

    def numbers(self, group):
        momentum = number(group["momentum"]) if group["momentum"] > 0 else None
        numbers = (number(group["lr"]), rest(group["alpha"]), number(group["eps"]), momentum, decay(group))
        return numbers, {"centered": bool(group["centered"]), "maximize": bool(group["maximize"])}
