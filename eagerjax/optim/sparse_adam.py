"""SparseAdam."""

from eagerjax.optim.optimizer import Optimizer
from eagerjax.optim.rule import check_common


class SparseAdam(Optimizer):
    """Adam for gradients that are sparse tensors. There are none here: `step` raises, as PyTorch's does for dense ones."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, maximize=False):
        check_common(lr, eps, 0, betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})

    def step(self, closure=None):
        """Raises RuntimeError: all gradients are dense, also those of `Embedding(sparse=True)`."""
        loss = None if closure is None else closure()
        if any(p.grad is not None for group in self.param_groups for p in group["params"]):
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        return loss
