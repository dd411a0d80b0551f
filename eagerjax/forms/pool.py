"""Pooling as public functions: random windows, and the forms that always return indices."""

from eagerjax.dispatch import apply
from eagerjax.namespace import F, form, publish, torch


@form(homes="F")
def fractional_max_pool2d(input, kernel_size, output_size=None, output_ratio=None, return_indices=False,
                          _random_samples=None):  # fmt: skip
    """Maxima over windows at random places of (N, C, H, W) or (C, H, W), to a size or by a ratio in (0, 1)."""
    return _fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


@form(homes="F")
def fractional_max_pool3d(input, kernel_size, output_size=None, output_ratio=None, return_indices=False,
                          _random_samples=None):  # fmt: skip
    """Maxima over windows at random places of (N, C, D, H, W) or (C, D, H, W), to a size or by a ratio in (0, 1)."""
    return _fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def _fractional(n, input, kernel_size, output_size, output_ratio, return_indices, samples):
    name = f"fractional_max_pool{n}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if output_size is None:
        ratio = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * n
        if len(ratio) != n:
            raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
        output_size = [int(s * r) for s, r in zip(input.shape[-n:], ratio)]
    size, kernel = (tuple(v) if isinstance(v, (tuple, list)) else (v,) * n for v in (output_size, kernel_size))
    for what, given in (("kernel_size", kernel), ("output_size", size)):
        if len(given) != n:
            raise RuntimeError(f"{name}: {what} must either be a single Int or tuple of {'' if n == 2 else 'three '}Ints")
    x = input if input.dim() == n + 2 else input.unsqueeze(0)
    if samples is None:
        samples = torch.rand(*x.shape[:2], n, dtype=input.dtype)
    values, indices = apply("_fractional_max_pool", x, samples, kernel, size)
    if input.dim() != n + 2:
        values, indices = values.squeeze(0), indices.squeeze(0)
    return (values, indices) if return_indices else values


def _with_indices(name, homes, title=None):
    """F.NAME_with_indices: the pooling NAME with its indices."""

    def function(*args, **kwargs):
        return getattr(F, name)(*args, **{**kwargs, "return_indices": True})

    title = title or name + "_with_indices"
    function.__name__ = function.__qualname__ = title
    function.__doc__ = f"(values, indices) of `nn.functional.{name}`."
    publish(title, function, homes.split())


for _name in ("max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d",
              "fractional_max_pool2d", "fractional_max_pool3d"):  # fmt: skip
    _with_indices(_name, "F torch" if _name == "max_pool1d" else "F")
_with_indices("adaptive_max_pool1d", "torch", "adaptive_max_pool1d")
