"""The generalized Pareto distribution."""

import math

from eagerjax.distributions import constraints
from eagerjax.distributions.distribution import Distribution
from eagerjax.distributions.utils import broadcast_all
from eagerjax.namespace import torch

__all__ = ["GeneralizedPareto"]


def _away_from_zero(x):
    """(where x is close to 0, x with 1 in these places)."""
    near = torch.isclose(x, torch.zeros_like(x))
    return near, torch.where(near, torch.ones_like(x), x)


class GeneralizedPareto(Distribution):
    """Tails above `loc`; exponential for `concentration` 0, heavier for positive ones, bounded for negative ones."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True

    def __init__(self, loc, scale, concentration, validate_args=None):
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        return self._expanded(GeneralizedPareto, batch_shape, ("loc", "scale", "concentration"), _instance)

    def rsample(self, sample_shape=()):
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device))

    def _z(self, x):
        return (x - self.loc) / self.scale

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        near, c = _away_from_zero(self.concentration)
        power = 1 / c + torch.ones_like(z)
        return -self.scale.log() - torch.where(near, z, torch.where(power == 0, power, power * torch.log1p(c * z)))

    def log_survival_function(self, value):
        """The logarithm of the probability of values above `value`."""
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        near, c = _away_from_zero(self.concentration)
        return torch.where(near, -z, -torch.log1p(c * z) / c)

    def log_cdf(self, value):
        """The logarithm of `cdf`."""
        return torch.log1p(-torch.exp(self.log_survival_function(value)))

    def cdf(self, value):
        return torch.exp(self.log_cdf(value))

    def icdf(self, value):
        near, c = _away_from_zero(self.concentration)
        log_left = torch.log1p(-value)
        powers = self.loc + self.scale / c * torch.expm1(-c * log_left)
        return torch.where(near, self.loc - self.scale * log_left, powers)

    @property
    def mean(self):
        exists = self.concentration < 1
        c = torch.where(exists, self.concentration, 0.5)
        return torch.where(exists, self.loc + self.scale / (1 - c), math.nan)

    @property
    def variance(self):
        exists = self.concentration < 0.5
        c = torch.where(exists, self.concentration, 0.25)
        return torch.where(exists, self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)), math.nan)

    def entropy(self):
        return (torch.log(self.scale) + self.concentration + 1).expand(self._batch_shape)

    @property
    def mode(self):
        return self.loc

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self):
        upper = torch.where(self.concentration < 0, self.loc - self.scale / self.concentration, math.inf)
        return constraints.interval(self.loc, upper)
