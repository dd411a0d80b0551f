"""Products of matrices group by group, as a public function."""

from eagerjax.dispatch import apply
from eagerjax.namespace import form
from eagerjax.runtime import dtype as dt

_KINDS = (dt.float32, dt.bfloat16, dt.float16)


@form(homes="F")
def grouped_mm(mat_a, mat_b, *, offs=None, bias=None, out_dtype=None):
    """The products of groups of rows of `mat_a` with a matrix each: the tokens of several experts.

    mat_a: (n, k); mat_b: (groups, k, m); offs: (groups,), int32, where each group ends. The other way round, (groups, n, k)
    and (k, m), columns are grouped; of two matrices, the dimension that is added up; of two batches (no offs), each pair.
    Rows beyond the last end are 0 (PyTorch leaves them as they were in memory).
    Returns: (n, m), of two matrices (groups, n, m), of two batches (b, n, m).
    """
    _check(mat_a, mat_b, offs, bias, out_dtype)
    return apply("bmm", mat_a, mat_b) if offs is None else apply("_grouped_mm", mat_a, mat_b, offs)


def _check(a, b, offs, bias, out_dtype):
    """Raises RuntimeError as PyTorch does."""
    for x, name in ((a, "mat_a"), (b, "mat_b")):
        if x.dtype not in _KINDS:
            raise RuntimeError(f"Expected {name} to be Float32, BFloat16 or Float16 matrix, got {x.dtype}")
        if x.ndim not in (2, 3):
            raise RuntimeError(f"{name} has to be 2 or 3d")
    apart = a.ndim == 2 and b.ndim == 2
    if not apart and a.shape[-1] != b.shape[-2]:
        raise RuntimeError("contraction dimension of mat_a and mat_b must match")
    _check_layout(a)
    _check_layout(b)
    if (offs is None) != (a.ndim == b.ndim == 3):
        raise RuntimeError("Have to provide offsets if there is a 2d matrix, or no offset if both matrices are 3d")
    if offs is not None and offs.dtype != dt.int32:
        raise RuntimeError("Offsets have to be int32")
    batches = [x.shape[0] for x in (a, b) if x.ndim == 3] + ([] if offs is None else [offs.shape[0]])
    if len(set(batches)) > 1:
        raise RuntimeError("matrix batch sizes have to match")
    if bias is not None:
        raise RuntimeError("Bias not supported yet")
    if out_dtype not in (None, a.dtype):
        raise RuntimeError("Grouped gemm output dtype must match `mat_a` dtype")


def _check_layout(x):
    """Raises RuntimeError where rows (of a transposed matrix: columns) do not start at multiples of 16 bytes."""
    (rows, columns), (down, across) = x.shape[-2:], x.stride()[-2:]
    if down == 1 and across >= max(1, rows):
        ahead = across
    elif across == 1 and down >= max(1, columns):
        ahead = down
    else:
        raise RuntimeError(f"Invalid strides/sizes, got {list(x.stride())} for strides and {list(x.shape)} for sizes")
    if ahead * x.itemsize % 16:
        raise RuntimeError("strides should be multiple of 16 bytes")
