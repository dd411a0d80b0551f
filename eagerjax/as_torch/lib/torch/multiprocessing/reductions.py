"""torch.multiprocessing.reductions: how tensors are sent to other processes."""

from multiprocessing.reduction import ForkingPickler as ForkingPickler

from eagerjax.sharing import reduce_tensor as reduce_tensor


def init_reductions():
    """Nothing to do: importing eagerjax has told Python's multiprocessing."""
