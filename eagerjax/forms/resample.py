"""Interpolation as public functions: sizes and factors in every form that PyTorch takes."""

import warnings

from eagerjax.dispatch import apply
from eagerjax.namespace import F, form

_MODES = {
    3: {"linear": "linear"}, 4: {"bilinear": "linear", "bicubic": "cubic"}, 5: {"trilinear": "linear"},
}  # fmt: skip
_ALL = ("nearest", "nearest-exact", "area", "linear", "bilinear", "bicubic", "trilinear")


@form(homes="F")
def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None,
                antialias=False):  # fmt: skip
    """(N, C, *space) resampled to `size` or by `scale_factor`.

    mode: "nearest", "nearest-exact", "area", and "linear" (3-D), "bilinear", "bicubic" (4-D), "trilinear" (5-D).
    `align_corners` puts the corner pixels' centres, rather than their outer edges, on each other.
    """
    simple = mode in ("nearest", "area", "nearest-exact")
    if simple and align_corners is not None:
        raise ValueError("align_corners option can only be set with the interpolating modes: "
                         "linear | bilinear | bicubic | trilinear")  # fmt: skip
    if antialias and not (mode in ("bilinear", "bicubic") and input.dim() == 4):
        raise ValueError("Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor "
                         "as input")  # fmt: skip
    size, factors = _target(input, size, scale_factor, recompute_scale_factor or (mode == "area" and size is None))
    if simple and 3 <= input.dim() <= 5:
        if mode == "area":
            return {3: F.adaptive_avg_pool1d, 4: F.adaptive_avg_pool2d, 5: F.adaptive_avg_pool3d}[input.dim()](
                input, size
            )
        return apply("_interpolate", input, size, factors, mode, False, False)
    kernel = _MODES.get(input.dim(), {}).get(mode)
    if kernel is None:
        _refuse(input, mode)
    return apply("_interpolate", input, size, factors, kernel, bool(align_corners), antialias)


def _target(input, size, scale_factor, recompute):
    """(new size, factors or Nones), one entry a spatial dimension. Raises ValueError where they do not fit."""
    n = input.dim() - 2
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if recompute and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    given = size if size is not None else scale_factor
    given = tuple(given) if isinstance(given, (list, tuple)) else (given,) * n
    if len(given) != n:
        what = "output size" if size is not None else "scale_factor"
        raise ValueError("Input and output must have the same number of spatial dimensions, but got input with spatial "
                         f"dimensions of {list(input.shape[2:])} and {what} of {given}. Please "
                         "provide input tensor in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) "
                         "format.")  # fmt: skip
    if size is not None:
        if any(isinstance(s, float) for s in given):
            raise TypeError("expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got "
                            f"size with types {[type(s) for s in given]}")  # fmt: skip
        return tuple(int(s) for s in given), (None,) * n
    wanted = [x * float(f) for x, f in zip(input.shape[2:], given)]
    if not all(abs(n) < 2**63 for n in wanted):
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    new = tuple(int(n) for n in wanted)
    return new, (None,) * n if recompute else tuple(float(f) for f in given)


def _refuse(input, mode):
    if mode in _ALL and 3 <= input.dim() <= 5:
        needs = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}.get(mode)
        raise NotImplementedError(f"Got {input.dim()}D input, but {mode} mode needs {needs}D input")
    raise NotImplementedError(f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.dim()}D) for the modes: "
                              "nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact "
                              f"(got {mode})")  # fmt: skip


@form(homes="F")
def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """`interpolate` under its old name."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


@form(homes="F")
def upsample_nearest(input, size=None, scale_factor=None):
    """`interpolate` with mode "nearest"."""
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor)


@form(homes="F")
def upsample_bilinear(input, size=None, scale_factor=None):
    """`interpolate` with mode "bilinear" and aligned corners."""
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor, "bilinear", True)
