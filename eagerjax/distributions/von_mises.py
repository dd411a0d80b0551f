"""The von Mises distribution."""

import math

from eagerjax.distributions import constraints
from eagerjax.distributions.distribution import Distribution
from eagerjax.distributions.utils import broadcast_all, lazy_property
from eagerjax.namespace import special, torch
from eagerjax.runtime import dtype as dt
from eagerjax.size import Size

__all__ = ["VonMises"]


def _log_bessel(x, order):
    """The logarithm of the modified Bessel function of order 0 or 1."""
    return (special.i0e(x) if order == 0 else special.i1e(x)).log() + x


class VonMises(Distribution):
    """Angles around `loc`; `concentration` is what 1 / variance is to normal variables."""

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc, concentration, validate_args=None):
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, Size(), validate_args)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        log_prob = self.concentration * torch.cos(value - self.loc)
        return log_prob - math.log(2 * math.pi) - _log_bessel(self.concentration, order=0)

    @lazy_property
    def _proposal_r(self):
        """The parameter of the wrapped Cauchy variables that are proposed; in double, as small concentrations need."""
        kappa = self.concentration.double()
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        return torch.where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))

    @torch.no_grad()
    def sample(self, sample_shape=()):
        """Draws by rejection of wrapped Cauchy variables (Best and Fisher, 1979)."""
        shape = self._extended_shape(sample_shape)
        kappa, r = self.concentration.double().expand(shape), self._proposal_r.expand(shape)
        x, done = torch.zeros(shape, dtype=dt.float64), torch.zeros(shape, dtype=dt.bool_)
        while not bool(done.all()):
            u = torch.rand((3, *shape), dtype=dt.float64)
            z = torch.cos(math.pi * u[0])
            f = (1 + r * z) / (r + z)
            c = kappa * (r - f)
            accept = ((c * (2 - c) - u[1]) > 0) | ((c / u[1]).log() + 1 - c >= 0)
            x = torch.where(accept & ~done, (u[2] - 0.5).sign() * f.clamp(-1, 1).acos(), x)
            done = done | accept
        angle = (x + math.pi + self.loc.double()) % (2 * math.pi) - math.pi
        return angle.to(self.loc.dtype)

    def expand(self, batch_shape, _instance=None):
        validate_args = self.__dict__.get("_validate_args")
        return type(self)(
            self.loc.expand(batch_shape), self.concentration.expand(batch_shape), validate_args=validate_args
        )

    @property
    def mean(self):
        """The circular mean."""
        return self.loc

    @property
    def mode(self):
        return self.loc

    @lazy_property
    def variance(self):
        """The circular variance."""
        ratio = _log_bessel(self.concentration, order=1) - _log_bessel(self.concentration, order=0)
        return 1 - ratio.exp()
