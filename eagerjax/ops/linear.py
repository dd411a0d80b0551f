"""Linear maps of the last dimension."""

import functools
import math

import jax.numpy as jnp
from jax import lax

from eagerjax.ops.define import functional
from eagerjax.ops.kinds import refuse, type_name
from eagerjax.ops.matmul import by_weight, by_weight_pulled, rows_of
from eagerjax.ops.precision import in_single, same_dtype


@functional(promote=None, out="exact")
def linear(input, weight, bias=None):
    """Affine map `input @ weight.T + bias` of the last dimension.

    input: (*, in); weight: (out, in) or (in,); bias: (out,) or None.  Returns: (*, out) or (*).
    Raises: RuntimeError where shapes or dtypes do not fit.
    """
    _check_linear(input, weight, bias)
    out = lax.dot_general(input, weight, (((input.ndim - 1,), (weight.ndim - 1,)), ((), ())))
    return out if bias is None else out + bias


@linear.on("cpu")
@in_single
def _linear_cpu(input, weight, bias=None, times=by_weight):
    _check_linear(input, weight, bias)
    if weight.ndim == 1:
        return linear.fn(input, weight, bias)
    out = times(rows_of(input), weight)
    out = out if bias is None else out + bias
    return out.reshape(*input.shape[:-1], weight.shape[0])


linear.on_pull(functools.partial(_linear_cpu, times=by_weight_pulled))


def _check_linear(input, weight, bias):
    refuse(input, "addmm_impl_cpu_", boolean=True)
    for other in (weight, bias):
        if other is not None and other.dtype != input.dtype:
            raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {type_name(input.dtype)} and "
                               f"{type_name(other.dtype)}")  # fmt: skip
    if input.ndim == 0 or weight.ndim not in (1, 2):
        raise RuntimeError(f"linear(): input must have dimensions and weight one or two, but got {list(input.shape)} "
                           f"and {list(weight.shape)}")  # fmt: skip
    if input.shape[-1] != weight.shape[-1]:
        rows = math.prod(input.shape[:-1])
        transposed = "x".join(str(n) for n in weight.shape[::-1])
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({rows}x{input.shape[-1]} and {transposed})")
    if bias is not None and bias.shape not in ((), (1,), weight.shape[:-1]):
        raise RuntimeError(
            f"linear(): bias of shape {list(bias.shape)} does not fit weight of shape {list(weight.shape)}"
        )


@functional(promote=None, homes="F torch")
def bilinear(input1, input2, weight, bias=None):
    """Bilinear map `y[o] = input1 @ weight[o] @ input2 + bias[o]`.

    input1: (*, in1); input2: (*, in2); weight: (out, in1, in2); bias: (out,) or None.  Returns: (*, out).
    """
    _check_bilinear(input1, input2, weight, bias)
    half = jnp.einsum("...i,oij->...oj", input1, weight)
    out = jnp.einsum("...oj,...j->...o", half, input2)
    return out if bias is None else out + bias


bilinear.on("cpu")(in_single(bilinear.fn))


def _check_bilinear(input1, input2, weight, bias):
    same_dtype("bilinear()", input1, input2, weight, bias)
    if input1.ndim != input2.ndim or input1.shape[:-1] != input2.shape[:-1]:
        raise RuntimeError(f"bilinear(): input batch dimensions do not match: got {list(input1.shape)} and "
                           f"{list(input2.shape)}")  # fmt: skip
    if weight.ndim != 3 or (input1.shape[-1], input2.shape[-1]) != weight.shape[1:]:
        raise RuntimeError(f"bilinear(): weight of shape {list(weight.shape)} does not fit inputs with "
                           f"{input1.shape[-1]} and {input2.shape[-1]} features")  # fmt: skip
    if bias is not None and bias.shape != weight.shape[:1]:
        raise RuntimeError(f"bilinear(): bias size does not match weight size: got {list(bias.shape)} but expected "
                           f"{list(weight.shape[:1])}")  # fmt: skip
