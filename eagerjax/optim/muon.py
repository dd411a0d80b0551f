"""Muon."""

from eagerjax.optim.adafactor import require
from eagerjax.optim.rule import Rule, decay, full_like, number, rest
from eagerjax.tensor import Tensor


class Muon(Rule):
    """Momentum made orthogonal, for the weight matrices of hidden layers; use AdamW for everything else."""

    op = "_muon_update"
    shared = ()

    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True,
                 ns_coefficients=(3.4445, -4.775, 2.0315), eps=1e-7, ns_steps=5, adjust_lr_fn=None):  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        require(0.0 <= lr, "Learning rate should be >= 0 but is", lr)
        require(0.0 <= momentum, "momentum should be >= 0 but is", momentum)
        require(0.0 <= weight_decay, "weight decay should be >= 0 but is", weight_decay)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.dim() != 2:
                    raise ValueError("Muon only supports 2D parameters whereas we found a parameter with size: "
                                     f"{p.size()}")  # fmt: skip

    def slots(self, group):
        return ("momentum_buffer",)

    def fresh(self, p, group):
        if p.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        return {"momentum_buffer": full_like(p, 0)}

    def numbers(self, group):
        if group["ns_steps"] >= 100:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")
        static = {
            "nesterov": bool(group["nesterov"]), "coefficients": tuple(group["ns_coefficients"]),
            "steps": int(group["ns_steps"]), "adjust": group["adjust_lr_fn"] or "original",
        }  # fmt: skip
        return (number(group["lr"]), rest(group["momentum"]), decay(group), number(group["eps"])), static
