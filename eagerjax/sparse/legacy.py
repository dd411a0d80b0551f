"""The old typed constructors of sparse tensors: torch.sparse.FloatTensor(indices, values, size)."""

from eagerjax.runtime import dtype as dt
from eagerjax.size import Size
from eagerjax.sparse.coo import SparseTensor, coo, sparse_coo_tensor


class sparsetype(type):
    """The class of the typed constructors: `dtype` says which sparse tensors are instances."""

    def __instancecheck__(cls, instance):
        return type(instance) is SparseTensor and instance.layout is coo and instance.dtype is cls.dtype

    def __call__(cls, *args, device=None):
        if all(isinstance(a, int) for a in args) or (len(args) == 1 and isinstance(args[0], Size)):
            size = args if len(args) != 1 or isinstance(args[0], int) else args[0]
            return sparse_coo_tensor(size, dtype=cls.dtype, device=device)
        return sparse_coo_tensor(*args, device=device)


def typed(dtype):
    facts = {
        "dtype": dtype,
        "__module__": "torch.sparse",
        "__doc__": f"Sparse tensors of dtype torch.{dtype.name}, as a type.",
    }
    return sparsetype(dtype.title + "Tensor", (), facts)


FloatTensor, DoubleTensor, HalfTensor, BFloat16Tensor = map(typed, (dt.float32, dt.float64, dt.float16, dt.bfloat16))
ByteTensor, CharTensor, ShortTensor, IntTensor, LongTensor = map(
    typed, (dt.uint8, dt.int8, dt.int16, dt.int32, dt.int64)
)
