"""The half-Cauchy distribution."""

import math

from eagerjax.distributions.cauchy import Cauchy
from eagerjax.distributions.half import Half
from eagerjax.distributions.transforms import AbsTransform
from eagerjax.namespace import torch

__all__ = ["HalfCauchy"]


class HalfCauchy(Half):
    """Absolute values of Cauchy variables of median 0."""

    def __init__(self, scale, validate_args=None):
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        return super().expand(batch_shape, _instance=self._get_checked_instance(HalfCauchy, _instance))

    @property
    def mean(self):
        return torch.full(self._extended_shape(), math.inf, dtype=self.scale.dtype, device=self.scale.device)

    @property
    def variance(self):
        return self.base_dist.variance

    def _as_value(self, value):
        return torch.as_tensor(value, dtype=self.base_dist.scale.dtype, device=self.base_dist.scale.device)
