"""Arrays without elements, for tensors of the "meta" device: shape and dtype, and no memory."""

import numpy as np


class NoData(np.ndarray):
    """What a tensor of the meta device holds."""


def no_data(shape, np_dtype):
    """An array of that shape: one element, shown everywhere."""
    return np.broadcast_to(np.zeros((), np_dtype), shape).view(NoData)
