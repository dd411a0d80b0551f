"""Adam and AMSGrad."""

from eagerjax.optim.optimizer import _to_scalar
from eagerjax.optim.rule import Rule, check_common, check_flags, decay, number, rest
from eagerjax.tensor import Tensor


class Adam(Rule):
    """Adam: `p -= lr * m_hat / (sqrt(v_hat) + eps)` with running averages m of the gradient and v of its square.

    `amsgrad` uses the largest v so far; `decoupled_weight_decay` makes it AdamW. `foreach`, `fused` and `capturable`
    are accepted: the update is always one fused op.

    >>> w = torch.nn.Parameter(torch.tensor([1.0, -1.0]))
    >>> optimizer = torch.optim.Adam([w], lr=0.1)
    >>> (w ** 2).sum().backward()
    >>> optimizer.step()
    >>> w.data
    tensor([ 0.9000, -0.9000])
    """

    op = "_adam_update"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, foreach=None,
                 maximize=False, capturable=False, differentiable=False, fused=None,
                 decoupled_weight_decay=False):  # fmt: skip
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_common(lr, eps, weight_decay, betas)
        _check_betas(betas, foreach and not capturable)
        defaults = {
            "lr": lr, "betas": tuple(map(_to_scalar, betas)), "eps": eps, "weight_decay": weight_decay,
            "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable, "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_flags(fused, foreach, differentiable)

    def slots(self, group):
        return "exp_avg", "exp_avg_sq", "max_exp_avg_sq" if group["amsgrad"] else None

    def numbers(self, group):
        beta1, beta2 = group["betas"]
        numbers = (number(group["lr"]), rest(beta1), rest(beta2), number(group["eps"]), decay(group))
        return numbers, {"decoupled": bool(group["decoupled_weight_decay"]), "maximize": bool(group["maximize"])}


def _check_betas(betas, refuse_tensors):
    """Both floats or both one-element tensors."""
    tensors = [isinstance(b, Tensor) for b in betas]
    if not (all(tensors) or all(isinstance(b, float) for b in betas)):
        raise ValueError("betas must be either both floats or both Tensors")
    for i, beta in enumerate(betas):
        if tensors[i] and refuse_tensors:
            raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
        if tensors[i] and beta.numel() != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")
