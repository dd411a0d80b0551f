"""Padding layers: an integer for all sides, or a pair of sides for each dimension, the last one first."""

from eagerjax.namespace import F
from eagerjax.nn.module import Module
from eagerjax.nn.tuples import pair, quadruple, sextuple

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
    "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip


class _PadNd(Module):
    _sides = staticmethod(pair)
    _mode = "constant"

    def __init__(self, padding):
        super().__init__()
        self.padding = self._sides(padding)

    def forward(self, input):
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self):
        return f"{self.padding}"


class _CircularPadNd(_PadNd):
    _mode = "circular"

    def _check_input_dim(self, input):
        n = len(self.padding) // 2 + 1
        if input.dim() not in (n, n + 1):
            raise ValueError(f"expected {n}D or {n + 1}D input (got {input.dim()}D input)")

    def forward(self, input):
        self._check_input_dim(input)
        return super().forward(input)


class CircularPad1d(_CircularPadNd):
    """Pads with what stands at the other end."""


class CircularPad2d(_CircularPadNd):
    """Pads with what stands at the other end."""

    _sides = staticmethod(quadruple)


class CircularPad3d(_CircularPadNd):
    """Pads with what stands at the other end."""

    _sides = staticmethod(sextuple)


class _ConstantPadNd(_PadNd):
    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self):
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """Pads with `value`."""


class ConstantPad2d(_ConstantPadNd):
    """Pads with `value`."""

    _sides = staticmethod(quadruple)


class ConstantPad3d(_ConstantPadNd):
    """Pads with `value`."""

    _sides = staticmethod(sextuple)


class _ReflectionPadNd(_PadNd):
    _mode = "reflect"


class ReflectionPad1d(_ReflectionPadNd):
    """Pads with the mirror image, the edge not repeated."""


class ReflectionPad2d(_ReflectionPadNd):
    """Pads with the mirror image, the edge not repeated."""

    _sides = staticmethod(quadruple)


class ReflectionPad3d(_ReflectionPadNd):
    """Pads with the mirror image, the edge not repeated."""

    _sides = staticmethod(sextuple)


class _ReplicationPadNd(_PadNd):
    _mode = "replicate"


class ReplicationPad1d(_ReplicationPadNd):
    """Pads with the value at the edge."""


class ReplicationPad2d(_ReplicationPadNd):
    """Pads with the value at the edge."""

    _sides = staticmethod(quadruple)


class ReplicationPad3d(_ReplicationPadNd):
    """Pads with the value at the edge."""

    _sides = staticmethod(sextuple)


class ZeroPad1d(ConstantPad1d):
    """Pads with zeros."""

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Pads with zeros."""

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Pads with zeros."""

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return f"{self.padding}"
