"""The Gumbel distribution."""

import math

from eagerjax.distributions import constraints
from eagerjax.distributions.transformed_distribution import TransformedDistribution
from eagerjax.distributions.transforms import AffineTransform, ExpTransform
from eagerjax.distributions.uniform import Uniform
from eagerjax.distributions.utils import broadcast_all, euler_constant
from eagerjax.namespace import torch
from eagerjax.runtime import dtype as dt

__all__ = ["Gumbel"]


class Gumbel(TransformedDistribution):
    """Extreme values: `loc - scale * log(-log(u))` of even variables u."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = broadcast_all(loc, scale)
        info = dt.finfo(self.loc.dtype)
        zero, one = torch.full_like(self.loc, info.tiny), torch.full_like(self.loc, 1 - info.eps)
        base = Uniform(zero, one, validate_args=validate_args)
        parts = [ExpTransform().inv, AffineTransform(loc=0, scale=-torch.ones_like(self.scale)), ExpTransform().inv,
                 AffineTransform(loc=self.loc, scale=-self.scale)]  # fmt: skip
        super().__init__(base, parts, validate_args=validate_args)

    def expand(self, batch_shape, _instance=None):
        new = self._get_checked_instance(Gumbel, _instance)
        new.loc, new.scale = self.loc.expand(batch_shape), self.scale.expand(batch_shape)
        return super().expand(batch_shape, _instance=new)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    @property
    def mean(self):
        return self.loc + self.scale * euler_constant

    @property
    def mode(self):
        return self.loc

    @property
    def stddev(self):
        return (math.pi / math.sqrt(6)) * self.scale

    @property
    def variance(self):
        return self.stddev.pow(2)

    def entropy(self):
        return self.scale.log() + (1 + euler_constant)
