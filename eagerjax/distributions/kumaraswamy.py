"""The Kumaraswamy distribution."""

import math

from eagerjax.distributions import constraints
from eagerjax.distributions.transformed_distribution import TransformedDistribution
from eagerjax.distributions.transforms import AffineTransform, PowerTransform
from eagerjax.distributions.uniform import Uniform
from eagerjax.distributions.utils import broadcast_all, euler_constant
from eagerjax.namespace import torch

__all__ = ["Kumaraswamy"]


def _moment(a, b, n):
    """The n-th moment."""
    order = 1 + n / a
    return torch.exp(b.log() + torch.lgamma(order) + torch.lgamma(b) - torch.lgamma(order + b))


class Kumaraswamy(TransformedDistribution):
    """Variables of [0, 1] with the distribution function `1 - (1 - x ** a) ** b`."""

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1, concentration0, validate_args=None):
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        base = Uniform(torch.full_like(self.concentration0, 0), torch.full_like(self.concentration0, 1),
                       validate_args=validate_args)  # fmt: skip
        parts = [PowerTransform(exponent=self.concentration0.reciprocal()), AffineTransform(loc=1.0, scale=-1.0),
                 PowerTransform(exponent=self.concentration1.reciprocal())]  # fmt: skip
        super().__init__(base, parts, validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = self._get_checked_instance(Kumaraswamy, _instance)
        new.concentration1 = self.concentration1.expand(batch_shape)
        new.concentration0 = self.concentration0.expand(batch_shape)
        return super().expand(batch_shape, _instance=new)

    @property
    def mean(self):
        return _moment(self.concentration1, self.concentration0, 1)

    @property
    def mode(self):
        a, b = self.concentration1, self.concentration0
        mode = (a.reciprocal() * (-b).log1p() - (-a * b).log1p()).exp()
        return torch.where((a < 1) | (b < 1), math.nan, mode)

    @property
    def variance(self):
        return _moment(self.concentration1, self.concentration0, 2) - torch.pow(self.mean, 2)

    def entropy(self):
        a, b = 1 - self.concentration1.reciprocal(), 1 - self.concentration0.reciprocal()
        harmonic = torch.digamma(self.concentration0 + 1) + euler_constant
        return b + a * harmonic - torch.log(self.concentration1) - torch.log(self.concentration0)
