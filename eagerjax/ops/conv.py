"""Convolutions of one, two and three spatial dimensions.

Arrays are PyTorch's: input (N, C, *space), weight (out, C / groups, *kernel). On a CPU the arithmetic runs with
channels last, and grouped convolutions as what they are: many small ones (see `conv_grouped`).
"""

import functools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.conv_grouped import depthwise, grouped
from eagerjax.ops.define import Size, functional
from eagerjax.ops.kinds import refuse
from eagerjax.ops.precision import in_single, same_dtype
from eagerjax.ops.sliding import channels_first, channels_last, offsets, pad_axes, per_axis, positive, tap


class Geometry(NamedTuple):
    """How a kernel moves: one entry a spatial dimension; `pads` holds (low, high)."""

    stride: tuple
    pads: tuple
    dilation: tuple
    groups: int = 1


@functional(promote=None, homes="F torch")
def conv1d(input, weight, bias=None, stride: Size = 1, padding: Size = 0, dilation: Size = 1, groups: int = 1):
    """Convolution over one spatial dimension.

    input: (N, C, L) or (C, L); weight: (out, C / groups, k); bias: (out,) or None; padding: ints, "valid" or "same".
    Returns: (N, out, L').  Raises: RuntimeError where shapes, dtypes or arguments do not fit.
    """
    return _conv("conv1d", 1, _plain, input, weight, bias, stride, padding, dilation, groups)


@functional(promote=None, homes="F torch")
def conv2d(input, weight, bias=None, stride: Size = 1, padding: Size = 0, dilation: Size = 1, groups: int = 1):
    """Convolution over two spatial dimensions.

    input: (N, C, H, W) or (C, H, W); weight: (out, C / groups, kh, kw); bias: (out,) or None; padding: ints, "valid"
    or "same".  Returns: (N, out, H', W').  Raises: RuntimeError where shapes, dtypes or arguments do not fit.

    >>> conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2)).shape
    torch.Size([1, 1, 2, 2])
    """
    return _conv("conv2d", 2, _plain, input, weight, bias, stride, padding, dilation, groups)


@functional(promote=None, homes="F torch")
def conv3d(input, weight, bias=None, stride: Size = 1, padding: Size = 0, dilation: Size = 1, groups: int = 1):
    """Convolution over three spatial dimensions.

    input: (N, C, D, H, W) or (C, D, H, W); weight: (out, C / groups, kd, kh, kw); bias: (out,) or None; padding:
    ints, "valid" or "same".  Returns: (N, out, D', H', W').
    """
    return _conv("conv3d", 3, _plain, input, weight, bias, stride, padding, dilation, groups)


def _on_cpu(op, n):
    @op.on("cpu")
    @in_single
    def body(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        return _conv(op.name, n, _fast, input, weight, bias, stride, padding, dilation, groups)

    @op.on_images(n)
    @in_single
    def last(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        g = _geometry(op.name, n, weight, stride, padding, dilation, groups)
        if g.groups > 1:
            return channels_last(_fast(channels_first(input), weight, bias, g))
        return _biased_last(conv_last(input, weight, g), bias)

    op.convolution = True


_on_cpu(conv1d, 1)
_on_cpu(conv2d, 2)
_on_cpu(conv3d, 3)


def _conv(op, n, convolve, input, weight, bias, stride, padding, dilation, groups):
    """Check, add the batch dimension where it is missing, and convolve."""
    same_dtype(op, input, weight, bias)
    refuse(input, "slow_conv2d_cpu", boolean=True)
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {op}, but got input of size: "
                           f"{list(input.shape)}")  # fmt: skip
    g = _geometry(op, n, weight, stride, padding, dilation, groups)
    batched = input.ndim == n + 2
    x = input if batched else input[None]
    _check_shapes(op, x, weight, bias, g)
    out = convolve(x, weight, bias, g)
    return out if batched else out[0]


def _geometry(op, n, weight, stride, padding, dilation, groups):
    if weight.ndim != n + 2:
        raise RuntimeError(
            f"{op}: expected weight to have {n + 2} dimensions, but got weight of size {list(weight.shape)}"
        )
    stride = per_axis(stride, n, "stride", op)
    dilation = per_axis(dilation, n, "dilation", op)
    if any(s <= 0 for s in stride):
        raise RuntimeError("non-positive stride is not supported")
    positive(dilation, "dilation", op)
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    return Geometry(stride, _pads(op, n, weight.shape[2:], stride, padding, dilation), dilation, groups)


def _pads(op, n, kernel, stride, padding, dilation):
    if padding == "valid":
        return ((0, 0),) * n
    if padding == "same":
        if any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        total = [d * (k - 1) for d, k in zip(dilation, kernel)]
        return tuple((t // 2, t - t // 2) for t in total)
    if isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    padding = per_axis(padding, n, "padding", op)
    if any(p < 0 for p in padding):
        raise RuntimeError("negative padding is not supported")
    return tuple((p, p) for p in padding)


def _check_shapes(op, x, weight, bias, g):
    out, per_group = weight.shape[:2]
    if out < g.groups or out % g.groups:
        raise RuntimeError(f"Given groups={g.groups}, expected weight to be divisible by {g.groups} at dimension 0, but "
                           f"got weight of size {list(weight.shape)} instead")  # fmt: skip
    if x.shape[1] != per_group * g.groups:
        raise RuntimeError(f"Given groups={g.groups}, weight of size {list(weight.shape)}, expected input"
                           f"{list(x.shape)} to have {per_group * g.groups} channels, but got {x.shape[1]} channels "
                           "instead")  # fmt: skip
    if bias is not None and bias.shape != (out,):
        raise RuntimeError(f"Given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with {out} "
                           f"elements, but got bias of size {list(bias.shape)} instead")  # fmt: skip
    padded = [n + low + high for n, (low, high) in zip(x.shape[2:], g.pads)]
    reach = [d * (k - 1) + 1 for d, k in zip(g.dilation, weight.shape[2:])]
    if any(p < r for p, r in zip(padded, reach)):
        sizes = [f"({' x '.join(str(v) for v in what)})" for what in (padded, reach)]
        raise RuntimeError(f"Calculated padded input size per channel: {sizes[0]}. Kernel size: {sizes[1]}. "
                           "Kernel size can't be greater than actual input size")  # fmt: skip


# -- the plain form: what GPU and TPU compilers lay out themselves -------------------------
def _plain(x, weight, bias, g):
    space = "DHW"[-(x.ndim - 2) :]
    out = lax.conv_general_dilated(
        x, weight, g.stride, g.pads, rhs_dilation=g.dilation, feature_group_count=g.groups,
        dimension_numbers=("NC" + space, "OI" + space, "NC" + space),
    )  # fmt: skip
    return out if bias is None else out + bias.reshape((-1,) + (1,) * len(space))


# -- forms for a CPU -----------------------------------------------------------------------
def _fast(x, weight, bias, g):
    if 0 in x.shape or jnp.issubdtype(x.dtype, jnp.integer):
        return _plain(x, weight, bias, g)
    if g.groups > 1:
        out = by_group(x, weight, g)
        return out if bias is None else out + bias.reshape((-1,) + (1,) * (x.ndim - 2))
    if _columns_win(x, weight, g):
        return _columns(x, weight, bias, g)
    return channels_first(_biased_last(conv_last(channels_last(x), weight, g), bias))


def by_group(x, weight, g):
    """Grouped convolution (N, C, *space) on a CPU, by the form that suits the number of groups."""
    if weight.shape[1] == 1:
        return depthwise(x, weight, g)
    if g.groups > 8:
        return grouped(x, weight, g)
    alone = g._replace(groups=1)
    pairs = zip(jnp.split(channels_last(x), g.groups, -1), jnp.split(weight, g.groups))
    return channels_first(jnp.concatenate([conv_last(a, w, alone) for a, w in pairs], -1))


def _biased_last(out, bias):
    return out if bias is None else out + bias


def _columns_win(x, weight, g):
    """First layers (one to three channels in, small kernels): a matmul per image beats the convolution."""
    reach = weight.shape[1] * weight[0, 0].size
    return x.ndim == 4 and reach <= 32 and all(s == 1 for s in g.stride)


def _columns(x, weight, bias, g):
    """Each output image is weight (out, C*k*k) @ columns (C*k*k, H'*W'); nothing is transposed."""
    out, axes = weight.shape[0], tuple(range(2, x.ndim))
    kernel = weight.shape[2:]
    padded = pad_axes(x, axes, g.pads)
    size = out_size(padded.shape[2:], kernel, g.stride, g.dilation)
    parts = [tap(padded, axes, o, g.stride, size) for o in offsets(kernel, g.dilation)]
    columns = jnp.stack(parts, 2).reshape(x.shape[0], weight[0].size, -1)
    weights = jnp.broadcast_to(weight.reshape(1, out, -1), (x.shape[0], out, weight[0].size))
    y = lax.dot_general(weights, columns, (((2,), (1,)), ((0,), (0,))))
    return (y if bias is None else y + bias[:, None]).reshape(x.shape[0], out, *size)


def out_size(padded, kernel, stride, dilation):
    """How many places a kernel takes on each padded axis."""
    return tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(padded, kernel, stride, dilation))


def conv_last(x, weight, g):
    """Ungrouped convolution with channels last: x (N, *space, C), weight (out, C, *kernel)."""
    if weight.ndim == 5:
        return _depth_in_channels(x, weight, g)
    padded = [n + low + high for n, (low, high) in zip(x.shape[1:-1], g.pads)]
    space, kernel, places = x.shape[1:-1], weight.shape[2:], out_size(padded, weight.shape[2:], g.stride, g.dilation)
    rows = x.shape[0] * math.prod(places)
    in_double = x.dtype == jnp.float64 and rows * weight[0].size <= _MOST_COLUMNS
    if in_double or rows <= _FEW_ROWS or _swaps(space, kernel) or _swaps(places, kernel):
        return _columns_last(x, weight, g, places)
    if all(s == 1 for s in g.stride) and not _swaps(places, space):
        if x.shape[0] <= _FEW_IMAGES and weight.shape[0] >= 8 and any(map(any, g.pads)):
            return _padded_last(x, weight, g)
        if weight.shape[1] >= weight.shape[0] or _swaps(space, places):
            return _dense_last(x, weight, g)
    return _last(x, weight, g)


_FEW_ROWS = 128
"""With that many results a channel at most, a matmul over columns is up to three times as fast as the convolution."""
_FEW_IMAGES = 4
"""With that many images the weight's gradient is up to four times as fast from an input that was padded beforehand."""
_MOST_COLUMNS = 1 << 25
"""XLA's convolutions of float64 on a CPU are plain loops. A matmul is up to sixteen times as fast, where there is room."""


def _swaps(space, kernel):
    """Would XLA swap the operands? It makes the smaller one the kernel, reversed, which no library of a CPU knows: plain
    loops are left, which take twenty to two hundred times as long. An axis of length 1 does not count."""
    return math.prod(kernel) > math.prod(k if n == 1 else n for n, k in zip(space, kernel))


def _columns_last(x, weight, g, places):
    """A matmul of columns (N, *places, C * taps) and the weight as it lies: (out, C * taps)."""
    axes = range(1, x.ndim - 1)
    columns = pad_axes(x, axes, g.pads)
    for axis, k, stride, dilation, n in zip(axes, weight.shape[2:], g.stride, g.dilation, places):
        columns = _under(columns, axis, k, stride, dilation, n)
    columns = columns.reshape(*columns.shape[: x.ndim - 1], -1)
    return lax.dot_general(columns, weight.reshape(weight.shape[0], -1), (((x.ndim - 1,), (1,)), ((), ())))


def _under(x, axis, k, stride, dilation, n):
    """The k elements under each of n places of a kernel along `axis`, as a new last axis."""
    if k <= 16:
        return jnp.stack([tap(x, (axis,), (i * dilation,), (stride,), (n,)) for i in range(k)], -1)
    at = np.arange(n)[:, None] * stride + np.arange(k) * dilation  # long kernels, of sound: k slices are too much to compile
    return jnp.moveaxis(jnp.take(x, at, axis, mode="clip"), axis + 1, -1)


def _last(x, weight, g):
    space = "HW"[-(x.ndim - 2) :]
    kernel = jnp.moveaxis(weight, (0, 1), (-1, -2))
    return lax.conv_general_dilated(
        x, kernel, g.stride, g.pads, rhs_dilation=g.dilation,
        dimension_numbers=("N" + space + "C", space + "IO", "N" + space + "C"),
    )  # fmt: skip


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _dense_last(x, weight, g):
    """`_last` without stride; the gradient of the weight is put together the other way round than JAX does it, which
    is the only fast way where there is much padding, and JAX's is where there is little."""
    return _last(x, weight, g)


def _dense_forward(x, weight, g):
    return _last(x, weight, g), (x, weight)


def _dense_backward(g, saved, grad):
    x, weight = saved
    return jax.vjp(lambda x: _last(x, weight, g), x)[1](grad)[0], _weight_gradient(x, grad, weight.shape[2:], g)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _padded_last(x, weight, g):
    """`_last`; the gradient of the weight is that of the convolution of the padded input."""
    return _last(x, weight, g)


def _padded_backward(g, saved, grad):
    x, weight = saved
    padded, valid = pad_axes(x, range(1, x.ndim - 1), g.pads), g._replace(pads=((0, 0),) * len(g.pads))
    (into,) = jax.vjp(lambda x: _last(x, weight, g), x)[1](grad)
    return into, jax.vjp(lambda weight: _last(padded, weight, valid), weight)[1](grad)[0]


_padded_last.defvjp(_dense_forward, _padded_backward)


def _weight_gradient(x, grad, kernel, g):
    """The output gradient slides over the input, not the input over it: what comes out is (out, *kernel, C), reversed,
    and only short rows of it are transposed, where (C, *kernel, out) would be torn apart element by element."""
    space = "HW"[-len(kernel) :]
    reach = [d * (k - 1) for d, k in zip(g.dilation, kernel)]
    pads = [(r - low, r - high) for r, (low, high) in zip(reach, g.pads)]
    out = lax.conv_general_dilated(
        grad, x, g.dilation, pads, dimension_numbers=("C" + space + "N", "I" + space + "O", "N" + space + "C"),
    )  # fmt: skip
    return channels_first(jnp.flip(out, range(1, out.ndim - 1)))


_dense_last.defvjp(_dense_forward, _dense_backward)


def _depth_in_channels(x, weight, g):
    """Three dimensions as two: the depth taps stand side by side in the channels, depth itself in the batch."""
    padded = pad_axes(x, (1,), g.pads[:1])
    n, depth, *area, _ = padded.shape
    k = weight.shape[2]
    (places,) = out_size((depth,), (k,), g.stride[:1], g.dilation[:1])
    parts = [tap(padded, (1,), (i * g.dilation[0],), g.stride[:1], (places,)) for i in range(k)]
    flat = jnp.concatenate(parts, -1).reshape(n * places, *area, -1)
    kernel = jnp.moveaxis(weight, 2, 1).reshape(weight.shape[0], -1, *weight.shape[3:])
    out = conv_last(flat, kernel, Geometry(g.stride[1:], g.pads[1:], g.dilation[1:]))
    return out.reshape(n, places, *out.shape[1:])
