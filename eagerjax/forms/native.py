"""Names of PyTorch's inner functions that scripts call: norms with their statistics, dropout with its mask, old norms."""

import math

from eagerjax.dispatch import apply
from eagerjax.install import give
from eagerjax.namespace import F, form, torch
from eagerjax.ops.define import dimension
from eagerjax.runtime import dtype as dt


# -- norms with their statistics -----------------------------------------------------------------
def statistics_dtype(input, *others):
    """float32 where parameters are, beside half precision; else the input's."""
    return next((t.dtype for t in others if t is not None), input.dtype)


@form(homes="torch")
def native_layer_norm(input, normalized_shape, weight, bias, eps):
    """(layer norm, mean, reciprocal standard deviation) over the last dimensions."""
    out = F.layer_norm(input, tuple(normalized_shape), weight, bias, eps)
    dims = tuple(range(input.ndim - len(normalized_shape), input.ndim))
    return out, *apply("_statistics", input.detach(), dims, eps, statistics_dtype(input, weight, bias))


@form(homes="torch")
def native_group_norm(input, weight, bias, N, C, HxW, group, eps):
    """(group norm, mean (N, group), reciprocal standard deviation) of (N, C, *)."""
    if input.numel() != N * C * HxW:
        raise RuntimeError("Expected X.numel() == N * C * HxW to be true, but got false.")
    out = F.group_norm(input, group, weight, bias, eps) if input.numel() else input.clone()
    mean, rate = apply(
        "_statistics", input.reshape(N, group, C // group * HxW), (2,), eps, statistics_dtype(input, weight, bias)
    )
    return out, mean.squeeze(2), rate.squeeze(2)


@form(homes="torch")
def native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, *, out=None):
    """(batch norm, mean, reciprocal standard deviation of each channel); the latter two empty out of training."""
    kind = statistics_dtype(input, weight, bias, running_mean, running_var)
    found = torch.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, False)
    if training:
        dims = tuple(d for d in range(input.ndim) if d != 1)
        seen = [v.reshape(-1) for v in apply("_statistics", input.detach(), dims, eps, kind)]
    else:
        seen = [torch.empty(0, dtype=kind, device=input.device) for _ in range(2)]
    return (found, *seen) if out is None else give(out, (found, *seen))


@form(homes="torch")
def native_dropout(input, p, train):
    """(elements that are zero with probability p and scaled by 1 / (1 - p), where they are kept)."""
    if train is False or input.numel() == 0:
        return input.clone(), torch.ones(input.shape, dtype=dt.bool_, device=input.device)
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")
    kept = torch.rand(input.shape, device=input.device) >= p
    return input * kept * (0.0 if p == 1 else 1 / (1 - p)), kept


# -- convolutions -----------------------------------------------------------------------------------
_CONVOLUTIONS = {3: "conv1d", 4: "conv2d", 5: "conv3d"}
_TRANSPOSED = {3: "conv_transpose1d", 4: "conv_transpose2d", 5: "conv_transpose3d"}


@form(homes="torch")
def convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    """The convolution (or transposed one) of one to three dimensions that the number of dimensions of `weight` says."""
    if weight.ndim not in _CONVOLUTIONS:
        raise RuntimeError(f"expected weight to have 3 to 5 dimensions, but got {weight.ndim}")
    if transposed:
        return getattr(F, _TRANSPOSED[weight.ndim])(
            input, weight, bias, stride, padding, output_padding, groups, dilation
        )
    return getattr(F, _CONVOLUTIONS[weight.ndim])(input, weight, bias, stride, padding, dilation, groups)


@form(homes="torch F")
def conv_tbc(input, weight, bias, pad=0):
    """1-d convolution of (time, batch, channels) with weight (width, in channels, out channels)."""
    for tensor, name in ((input, "Input"), (weight, "Weight")):
        if tensor.ndim != 3:
            raise RuntimeError(f"{name} must have 3 dims: {_TBC[name]}")
    if bias.ndim != 1:
        raise RuntimeError("Bias must be 1-D")
    return F.conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad).permute(2, 0, 1)


_TBC = {"Input": "time, batch, in_channel", "Weight": "kernel_width, in_channels, out_channels."}


# -- grids ---------------------------------------------------------------------------------------------
@form(homes="torch")
def grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners):
    """`grid_sampler` of (N, C, H, W)."""
    return torch.grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


@form(homes="torch")
def grid_sampler_3d(input, grid, interpolation_mode, padding_mode, align_corners):
    """`grid_sampler` of (N, C, D, H, W)."""
    return torch.grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


# -- old norms -----------------------------------------------------------------------------------------
@form(homes="torch")
def norm_except_dim(v, pow=2, dim=0):
    """The `pow`-norm over all dimensions but one, in the shape that broadcasts; over all of them for dim -1."""
    if dim == -1:
        return v.norm(pow)
    axis = dimension(dim, v.ndim)
    if axis not in (0, v.ndim - 1):
        return norm_except_dim(v.transpose(0, axis), pow, 0).transpose(0, axis)
    return v.norm(pow, tuple(d for d in range(v.ndim) if d != axis), keepdim=True)


@form(homes="torch")
def nuclear_norm(input, dim=None, keepdim=False, *, out=None):
    """The sum of singular values. Kept for old scripts: see `linalg.matrix_norm`."""
    if dim is None or isinstance(dim, bool):
        dim, keepdim = (-2, -1), keepdim if dim is None else dim
    return torch.norm(input, "nuc", dim, keepdim, out=out)


@form(homes="torch")
def frobenius_norm(input, dim, keepdim=False, *, out=None):
    """The root of the sum of squares. Kept for old scripts: see `linalg.vector_norm`."""
    if not isinstance(dim, int) and len(dim) > 2:
        raise RuntimeError(f"Expected at most 2 dimensions, but got {len(dim)} dimensions instead.")
    return torch.norm(input, 2, dim, keepdim, out=out)


@form(homes="torch")
def segment_reduce(data, reduce, *, lengths=None, indices=None, offsets=None, axis=0, unsafe=False, initial=None):
    """ "sum", "mean", "max", "min" or "prod" of segments along `axis`, given by their lengths or offsets (*, segments).

    initial: what an empty segment is, and what every other one begins with.
    """
    if axis < 0 or data.ndim <= axis:
        raise RuntimeError(f"segment_reduce: axis must be in [0, {data.ndim}), but got {axis}")
    if lengths is None and offsets is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    lengths = offsets.diff() if lengths is None else lengths
    check_lengths(data, lengths, axis, unsafe)
    which = torch.repeat_interleave(torch.arange(lengths.shape[-1], device=data.device).expand(lengths.shape).reshape(-1),
                                    lengths.reshape(-1)).reshape(*lengths.shape[:-1], -1)  # fmt: skip
    index = which.reshape(*which.shape, *[1] * (data.ndim - axis - 1)).expand(data.shape)
    kind = {"sum": "sum", "mean": "sum", "max": "amax", "min": "amin", "prod": "prod"}.get(reduce)
    if kind is None:
        raise RuntimeError(f"reduce argument must be either sum, mean, max, min or prod, got {reduce}.")
    start = {"sum": 0, "mean": 0, "max": -math.inf, "min": math.inf, "prod": 1}[reduce] if initial is None else initial
    shape = (*data.shape[:axis], lengths.shape[-1], *data.shape[axis + 1 :])
    base = torch.full(shape, start, dtype=data.dtype, device=data.device)
    found = base.scatter_reduce(axis, index, data, kind, include_self=True)
    if reduce != "mean":
        return found
    counts = lengths.reshape(*lengths.shape, *[1] * (data.ndim - axis - 1)).to(data.dtype)
    return torch.where((counts == 0).expand(shape), base if initial is not None else math.nan, found / counts)


def check_lengths(data, lengths, axis, unsafe):
    if lengths.ndim != axis + 1:
        raise RuntimeError(f"Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe: got "
                           f"{lengths.ndim} dimensions for axis {axis}")  # fmt: skip
    if not unsafe and bool((lengths.sum(-1) != data.shape[axis]).any()):
        raise RuntimeError("Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe")


# -- softmax and its reverse ---------------------------------------------------------------------
def refuse_half_to_float(name, half_to_float):
    if half_to_float:
        raise RuntimeError(f"{name} with half to float conversion is not supported on CPU")


@form(homes="torch")
def _softmax(input, dim, half_to_float):
    """`softmax(input, dim)`."""
    refuse_half_to_float("softmax", half_to_float)
    return torch.softmax(input, dim)


@form(homes="torch")
def _log_softmax(input, dim, half_to_float):
    """`log_softmax(input, dim)`."""
    refuse_half_to_float("log_softmax", half_to_float)
    return torch.log_softmax(input, dim)


@form(homes="torch")
def _softmax_backward_data(grad_output, output, dim, input_dtype):
    """The gradient of softmax's input, given that of its output."""
    weighted = grad_output * output
    return weighted - output * weighted.sum(dimension(dim, output.ndim), keepdim=True)


@form(homes="torch")
def _log_softmax_backward_data(grad_output, output, dim, input_dtype):
    """The gradient of log_softmax's input, given that of its output."""
    return grad_output - output.exp() * grad_output.sum(dimension(dim, output.ndim), keepdim=True)
