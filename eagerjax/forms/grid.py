"""Grid sampling as public functions."""

import warnings

from eagerjax.dispatch import apply
from eagerjax.namespace import form, publish

_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


@form(homes="F")
def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """input (N, C, H, W) at the points grid (N, H', W', 2), x before y, in [-1, 1]: (N, C, H', W'); or one axis more.

    mode: "bilinear", "nearest", "bicubic"; padding_mode, for points outside: "zeros", "border", "reflection".
    """
    if mode not in _MODES:
        raise ValueError("nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
                         f"'{mode}'")  # fmt: skip
    if padding_mode not in _PADDINGS:
        raise ValueError("nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
                         f"'{padding_mode}'")  # fmt: skip
    return apply("_grid_sample", input, grid, mode, padding_mode, corners(align_corners))


def corners(align_corners):
    """The flag, False with a warning where it is None."""
    if align_corners is None:
        warnings.warn("Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
                      "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
                      "details.", stacklevel=3)  # fmt: skip
    return bool(align_corners)


@form(homes="F")
def affine_grid(theta, size, align_corners=None):
    """The grid of affine maps theta (N, 2, 3) for images of `size` (N, C, H, W), or (N, 3, 4) for one axis more."""
    if not theta.dtype.is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    needed = {4: (2, 3), 5: (3, 4)}.get(len(size))
    if needed is None:
        raise NotImplementedError("affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
                                  f"Got size {size}.")  # fmt: skip
    if theta.dim() != 3 or tuple(theta.shape[1:]) != needed:
        n = len(size) - 2
        raise ValueError(f"Expected a batch of {n}D affine matrices of shape Nx{needed[0]}x{needed[1]} for size {size}. Got "
                         f"{theta.shape}.")  # fmt: skip
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if align_corners and min(size[2:]) == 1:
        warnings.warn("Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. "
                      "This is not an intended use case of affine_grid. See the documentation of affine_grid for details.",
                      stacklevel=2)  # fmt: skip
    return apply("_affine_grid", theta, tuple(int(s) for s in size), corners(align_corners))


def _grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners):
    """`nn.functional.grid_sample` with its modes given as numbers."""
    return grid_sample(input, grid, _MODES[interpolation_mode], _PADDINGS[padding_mode], align_corners)


def _affine_grid_generator(theta, size, align_corners):
    """`nn.functional.affine_grid`."""
    return affine_grid(theta, size, align_corners)


publish("grid_sampler", _grid_sampler, ("torch",))
publish("affine_grid_generator", _affine_grid_generator, ("torch",))
