"""torch.sparse, the basics: sparse tensors, products with dense ones, the old typed constructors."""

from eagerjax.sparse.coo import SparseTensor
from eagerjax.sparse.forms import addmm, log_softmax, mm, softmax, sum
from eagerjax.sparse.legacy import (
    BFloat16Tensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)

__all__ = ["BFloat16Tensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor",
           "LongTensor", "ShortTensor", "SparseTensor", "addmm", "log_softmax", "mm", "softmax", "sum"]  # fmt: skip
