"""Rearrangements of channels and space: pixel shuffle, channel shuffle, unfold and fold."""

import math

import jax.numpy as jnp

from eagerjax.ops.define import Size, functional
from eagerjax.ops.kinds import is_bool, refuse
from eagerjax.ops.sliding import fold_taps, offsets, pad_axes, per_axis, positive, tap


@functional(promote=None, homes="F torch")
def pixel_shuffle(input, upscale_factor: int):
    """(*, C * r^2, H, W) to (*, C, H * r, W * r)."""
    if input.ndim < 3:
        raise RuntimeError(f"pixel_shuffle expects input to have at least 3 dimensions, but got input with {input.ndim} "
                           "dimension(s)")  # fmt: skip
    if upscale_factor <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {upscale_factor}")
    *lead, c, h, w = input.shape
    r, n = upscale_factor, len(lead)
    if c % (r * r):
        raise RuntimeError(f"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
                           f"upscale_factor, but input.size(-3)={c} is not divisible by {r * r}")  # fmt: skip
    split = input.reshape(*lead, c // (r * r), r, r, h, w)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return split.transpose(order).reshape(*lead, c // (r * r), h * r, w * r)


@functional(promote=None, homes="F torch")
def pixel_unshuffle(input, downscale_factor: int):
    """(*, C, H * r, W * r) to (*, C * r^2, H, W)."""
    if input.ndim < 3:
        raise RuntimeError(f"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {input.ndim} "
                           "dimension(s)")  # fmt: skip
    r, n = downscale_factor, input.ndim - 3
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *lead, c, h, w = input.shape
    for name, size, axis in (("height", h, -2), ("width", w, -1)):
        if size % r:
            raise RuntimeError(f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                               f"input.size({axis})={size} is not divisible by {r}")  # fmt: skip
    split = input.reshape(*lead, c, h // r, r, w // r, r)
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return split.transpose(order).reshape(*lead, c * r * r, h // r, w // r)


@functional(promote=None, homes="F torch", aliases=("native_channel_shuffle",))
def channel_shuffle(input, groups: int):
    """Channels (dimension 1) regrouped: from `groups` runs to alternating."""
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    n, c, *space = input.shape
    if c % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups.")
    return jnp.swapaxes(input.reshape(n, groups, c // groups, *space), 1, 2).reshape(input.shape)


# -- sliding blocks ------------------------------------------------------------------------
def _blocks(op, kernel_size, dilation, padding, stride):
    pairs = [per_axis(v, 2, n, op) for v, n in
             ((kernel_size, "kernel_size"), (dilation, "dilation"), (padding, "padding"), (stride, "stride"))]  # fmt: skip
    for value, what in zip((pairs[0], pairs[1], pairs[3]), ("kernel size", "dilation", "stride")):
        positive(value, what, op)
    if min(pairs[2]) < 0:
        raise RuntimeError(f"padding should be non-negative, but got {list(pairs[2])}")
    return pairs


def _places(size, kernel, dilation, padding, stride):
    return [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in zip(size, kernel, dilation, padding, stride)]


@functional(promote=None)
def unfold(input, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1):
    """The blocks of (N, C, H, W) as columns: (N, C * kh * kw, places)."""
    kernel, dilation, padding, stride = _blocks("unfold", kernel_size, dilation, padding, stride)
    if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError(f"Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
                           f"input, but got: {list(input.shape)}")  # fmt: skip
    x = input if input.ndim == 4 else input[None]
    out = _places(x.shape[2:], kernel, dilation, padding, stride)
    if min(out) < 1:
        raise RuntimeError(f"Given input with spatial size {tuple(x.shape[2:])}, kernel_size={kernel}, dilation={dilation}, "
                           f"padding={padding}, calculated shape of the array of sliding blocks as {tuple(out)}, but its "
                           "components must be at least one.")  # fmt: skip
    refuse(input, "im2col_out_cpu", integral=not is_bool(input))
    columns = _unfolded(x, kernel, dilation, padding, stride, out)
    return columns if input.ndim == 4 else columns[0]


def _unfolded(x, kernel, dilation, padding, stride, out):
    n, c, h, w = x.shape
    if kernel == stride and not any(padding) and dilation == (1, 1) and h % kernel[0] == 0 and w % kernel[1] == 0:
        split = x.reshape(n, c, out[0], kernel[0], out[1], kernel[1])
        return split.transpose(0, 1, 3, 5, 2, 4).reshape(n, c * math.prod(kernel), math.prod(out))
    padded = pad_axes(x, (2, 3), [(p, p) for p in padding])
    parts = [tap(padded, (2, 3), o, stride, out) for o in offsets(kernel, dilation)]
    return jnp.stack(parts, 2).reshape(n, c * math.prod(kernel), math.prod(out))


@functional(promote=None)
def fold(input, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1):
    """Columns (N, C * kh * kw, places) added back into their places: (N, C, *output_size)."""
    kernel, dilation, padding, stride = _blocks("fold", kernel_size, dilation, padding, stride)
    size = per_axis(output_size, 2, "output_size", "fold")
    positive(size, "output_size", "fold")
    x = input if input.ndim == 3 else input[None]
    out = _places(size, kernel, dilation, padding, stride)
    _check_fold(input, x, kernel, out, f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, "
                                       f"padding={padding}, stride={stride}")  # fmt: skip
    refuse(input, "col2im_out_cpu", integral=not is_bool(input))
    split = x.reshape(x.shape[0], x.shape[1] // math.prod(kernel), math.prod(kernel), *out)
    length = [n + 2 * p for n, p in zip(size, padding)]
    full = fold_taps([split[:, :, i] for i in range(split.shape[2])], (2, 3), kernel, stride, dilation, length)
    full = pad_axes(full, (2, 3), [(-p, -p) for p in padding])
    return full if input.ndim == 3 else full[0]


def _check_fold(input, x, kernel, out, given):
    if input.ndim not in (2, 3) or x.ndim != 3 or 0 in x.shape[1:]:
        raise RuntimeError(f"Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions "
                           f"for input, but got: {list(input.shape)}")  # fmt: skip
    if x.shape[1] % math.prod(kernel):
        raise RuntimeError(f"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
                           f"input.size(1)={x.shape[1]} and kernel_size={kernel}.")  # fmt: skip
    if x.shape[2] != math.prod(out):
        raise RuntimeError(f"{given}, expected size of input's dimension 2 to match the calculated number of sliding blocks "
                           f"{out[0]} * {out[1]} = {math.prod(out)}, but got input.size(2)={x.shape[2]}.")  # fmt: skip
    if min(out) < 1:
        raise RuntimeError(f"{given}, calculated shape of the array of sliding blocks as {tuple(out)}, which is too small "
                           "(non-positive)")  # fmt: skip
