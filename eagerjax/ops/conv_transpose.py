"""Transposed convolutions: what a convolution's input gradient computes.

weight is (in, out / groups, *kernel). On a CPU: one matmul to columns, the columns folded into place, and gradients
that are ordinary convolutions; elsewhere a convolution of the dilated input.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from eagerjax.ops.conv import Geometry, by_group, conv_last
from eagerjax.ops.define import Size, functional
from eagerjax.ops.kinds import refuse
from eagerjax.ops.precision import in_single, same_dtype
from eagerjax.ops.sliding import channels_first, channels_last, fold_taps, pad_axes, per_axis, positive

_MOST_TAPS = 128


@functional(promote=None, homes="F torch")
def conv_transpose1d(input, weight, bias=None, stride: Size = 1, padding: Size = 0, output_padding: Size = 0,
                     groups: int = 1, dilation: Size = 1):  # fmt: skip
    """Transposed convolution over one spatial dimension.

    input: (N, in, L) or (in, L); weight: (in, out / groups, k); bias: (out,) or None.
    Returns: (N, out, L') with L' = (L - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1.
    """
    return _transposed(
        "conv_transpose1d", 1, _plain, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


@functional(promote=None, homes="F torch")
def conv_transpose2d(input, weight, bias=None, stride: Size = 1, padding: Size = 0, output_padding: Size = 0,
                     groups: int = 1, dilation: Size = 1):  # fmt: skip
    """Transposed convolution over two spatial dimensions; see `conv_transpose1d`."""
    return _transposed(
        "conv_transpose2d", 2, _plain, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


@functional(promote=None, homes="F torch")
def conv_transpose3d(input, weight, bias=None, stride: Size = 1, padding: Size = 0, output_padding: Size = 0,
                     groups: int = 1, dilation: Size = 1):  # fmt: skip
    """Transposed convolution over three spatial dimensions; see `conv_transpose1d`."""
    return _transposed(
        "conv_transpose3d", 3, _plain, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def _on_cpu(op, n):
    @op.on("cpu")
    @in_single
    def body(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        return _transposed(op.name, n, _fast, input, weight, bias, stride, padding, output_padding, groups, dilation)

    @op.on_images(n)
    @in_single
    def last(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
        g, extra = _geometry(op.name, n, weight, stride, padding, output_padding, groups, dilation)
        if weight[0, 0].size > _MOST_TAPS:
            out = channels_last(_plain(channels_first(input), weight, g, extra))
        else:
            out = fold_last(input, weight, g, extra)
        return out if bias is None else out + bias

    op.convolution = True


_on_cpu(conv_transpose1d, 1)
_on_cpu(conv_transpose2d, 2)
_on_cpu(conv_transpose3d, 3)


def _transposed(op, n, convolve, input, weight, bias, stride, padding, output_padding, groups, dilation):
    same_dtype(op, input, weight, bias)
    refuse(input, "slow_conv_transpose2d_out_cpu", integral=input.dtype != jnp.int64)
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {op}, but got input of size: "
                           f"{list(input.shape)}")  # fmt: skip
    g, extra = _geometry(op, n, weight, stride, padding, output_padding, groups, dilation)
    x = input if input.ndim == n + 2 else input[None]
    _check(x, weight, bias, g, extra)
    out = convolve(x, weight, g, extra)
    out = out if bias is None else out + bias.reshape((-1,) + (1,) * n)
    return out if input.ndim == n + 2 else out[0]


def _geometry(op, n, weight, stride, padding, output_padding, groups, dilation):
    if weight.ndim != n + 2:
        raise RuntimeError(
            f"{op}: expected weight to have {n + 2} dimensions, but got weight of size {list(weight.shape)}"
        )
    stride, dilation = per_axis(stride, n, "stride", op), per_axis(dilation, n, "dilation", op)
    padding, extra = per_axis(padding, n, "padding", op), per_axis(output_padding, n, "output_padding", op)
    if any(s <= 0 for s in stride):
        raise RuntimeError("non-positive stride is not supported")
    positive(dilation, "dilation", op)
    if any(p < 0 for p in padding):
        raise RuntimeError("negative padding is not supported")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if any(not 0 <= e < max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got output_padding: "
                           f"{list(extra)} stride: {list(stride)} dilation: {list(dilation)}")  # fmt: skip
    return Geometry(stride, tuple((p, p) for p in padding), dilation, groups), extra


def _check(x, weight, bias, g, extra):
    if x.shape[1] != weight.shape[0] or weight.shape[0] % g.groups:
        raise RuntimeError(f"Given transposed=1, weight of size {list(weight.shape)}, expected input{list(x.shape)} to have "
                           f"{weight.shape[0]} channels, but got {x.shape[1]} channels instead")  # fmt: skip
    if bias is not None and bias.shape != (weight.shape[1] * g.groups,):
        raise RuntimeError(f"Given transposed=1, weight of size {list(weight.shape)}, expected bias to be 1-dimensional "
                           f"with {weight.shape[1] * g.groups} elements, but got bias of size {list(bias.shape)} "
                           "instead")  # fmt: skip
    if any(n <= 0 for n in _full(x.shape[2:], weight, g, extra, crop=True)):
        raise RuntimeError(f"Given input size per channel: {list(x.shape[2:])}. Calculated output size per channel: "
                           f"{_full(x.shape[2:], weight, g, extra, crop=True)}. Output size is too small")  # fmt: skip


def _full(space, weight, g, extra, crop=False):
    """The length of the result on each axis, before the padding is cropped (or after it)."""
    return [(n - 1) * s + d * (k - 1) + e + 1 - (low + high) * crop
            for n, s, d, k, e, (low, high) in zip(space, g.stride, g.dilation, weight.shape[2:], extra, g.pads)]  # fmt: skip


# -- the plain form ------------------------------------------------------------------------
def _plain(x, weight, g, extra):
    """A convolution of the input dilated by the stride, with the flipped kernel."""
    space, n = "DHW"[-(x.ndim - 2) :], x.ndim - 2
    kernel = jnp.flip(weight, range(2, weight.ndim))
    kernel = (
        kernel.reshape(g.groups, -1, *kernel.shape[1:])
        .swapaxes(1, 2)
        .reshape(-1, x.shape[1] // g.groups, *kernel.shape[2:])
    )
    reach = [d * (k - 1) for d, k in zip(g.dilation, weight.shape[2:])]
    pads = [(r - low, r - high + e) for r, (low, high), e in zip(reach, g.pads, extra)]
    return lax.conv_general_dilated(
        x, kernel, (1,) * n, pads, lhs_dilation=g.stride, rhs_dilation=g.dilation, feature_group_count=g.groups,
        dimension_numbers=("NC" + space, "OI" + space, "NC" + space),
    )  # fmt: skip


# -- the form for a CPU --------------------------------------------------------------------
def _fast(x, weight, g, extra):
    if 0 in x.shape or weight[0, 0].size > _MOST_TAPS or jnp.issubdtype(x.dtype, jnp.integer):
        return _plain(x, weight, g, extra)
    return channels_first(fold_last(channels_last(x), weight, g, extra))


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def fold_last(x, weight, g, extra):
    """Transposed convolution with channels last: a matmul to columns, folded into place."""
    space, taps = x.shape[1:-1], weight[0, 0].size
    columns = _to_columns(x.reshape(-1, x.shape[-1]), weight, g).reshape(x.shape[0], *space, taps, -1)
    axes = tuple(range(1, x.ndim - 1))
    parts = [columns[..., t, :] for t in range(taps)]
    full = fold_taps(parts, axes, weight.shape[2:], g.stride, g.dilation, _full(space, weight, g, extra))
    return pad_axes(full, axes, [(-low, -high) for low, high in g.pads])


def _to_columns(rows, weight, g):
    """(rows, in) to (rows, taps * out), for each group its own matrix."""
    if g.groups == 1:
        return rows @ jnp.moveaxis(weight, 1, -1).reshape(weight.shape[0], -1)
    matrices = weight.reshape(g.groups, -1, weight.shape[1], weight[0, 0].size)
    split = rows.reshape(rows.shape[0], g.groups, -1)
    return jnp.einsum("rgi,giot->rtgo", split, matrices)


def _fold_forward(x, weight, g, extra):
    return fold_last(x, weight, g, extra), (x, weight)


def _fold_backward(g, extra, saved, grad):
    """The input's gradient is a convolution of `grad`; the weight's is that convolution's weight gradient."""
    x, weight = saved
    back = g._replace(pads=tuple((low, high - e) for (low, high), e in zip(g.pads, extra)))

    def convolve(kernel):
        return _grouped_last(grad, kernel, back)

    d_x, pull = jax.vjp(convolve, weight)
    return d_x, pull(x)[0]


def _grouped_last(x, weight, g):
    if g.groups == 1:
        return conv_last(x, weight, g)
    return channels_last(by_group(channels_first(x), weight, g))


fold_last.defvjp(_fold_forward, _fold_backward)
