"""The Wishart distribution."""

import math
import warnings

from eagerjax.distributions import constraints
from eagerjax.distributions.chi2 import Chi2
from eagerjax.distributions.distribution import Distribution
from eagerjax.distributions.multivariate_normal import precision_to_scale_tril
from eagerjax.distributions.utils import lazy_property, standard_normal
from eagerjax.namespace import linalg, torch
from eagerjax.runtime import dtype as dt
from eagerjax.size import Size
from eagerjax.tensor import Tensor

__all__ = ["Wishart"]


class Wishart(Distribution):
    """Sums of `df` squares of normal vectors: positive definite matrices, with a scale given by one of three matrices."""

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self):
        return {"covariance_matrix": constraints.positive_definite, "precision_matrix": constraints.positive_definite,
                "scale_tril": constraints.lower_cholesky, "df": constraints.greater_than(self.event_shape[-1] - 1)}  # fmt: skip

    def __init__(self, df, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None):
        given = {"covariance_matrix": covariance_matrix, "scale_tril": scale_tril, "precision_matrix": precision_matrix}
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        df = df if isinstance(df, Tensor) else torch.tensor(df, dtype=matrix.dtype, device=matrix.device)
        batch_shape = Size(torch.broadcast_shapes(matrix.shape[:-2], df.shape))
        event_shape = matrix.shape[-2:]
        if bool((df <= event_shape[-1] - 1).any()):
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {event_shape[-1] - 1}.")
        setattr(self, name, matrix.expand(tuple(batch_shape) + (-1, -1)))
        self.df = df.expand(batch_shape)
        super().__init__(batch_shape, event_shape, validate_args=validate_args)
        if bool((self.df < event_shape[-1]).any()):
            warnings.warn("Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.",
                          stacklevel=2)  # fmt: skip
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = matrix
        else:
            self._unbroadcasted_scale_tril = (
                linalg.cholesky(matrix) if name == "covariance_matrix" else precision_to_scale_tril(matrix)
            )
        self._chi2 = self._chis()

    def _chis(self):
        steps = torch.arange(self._event_shape[-1], dtype=self.df.dtype, device=self.df.device)
        return Chi2(self.df.unsqueeze(-1) - steps.expand(self._batch_shape + (-1,)), validate_args=False)

    def expand(self, batch_shape, _instance=None):
        new = self._get_checked_instance(Wishart, _instance)
        batch_shape = Size(batch_shape)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril.expand(batch_shape + self.event_shape)
        new.df = self.df.expand(batch_shape)
        for name in ("covariance_matrix", "scale_tril", "precision_matrix"):
            if name in self.__dict__:
                setattr(new, name, getattr(self, name).expand(batch_shape + self.event_shape))
        super(Wishart, new).__init__(batch_shape, self.event_shape, validate_args=False)
        new._chi2 = new._chis()
        new._validate_args = self._validate_args
        return new

    def _matrices(self, matrix):
        return matrix.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self):
        return self._matrices(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self):
        return self._matrices(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self):
        return self._matrices(torch.cholesky_inverse(self._unbroadcasted_scale_tril))

    @property
    def mean(self):
        return self.df.view(self._batch_shape + (1, 1)) * self.covariance_matrix

    @property
    def mode(self):
        factor = self.df - self.covariance_matrix.shape[-1] - 1
        factor = torch.where(factor <= 0, math.nan, factor)
        return factor.view(self._batch_shape + (1, 1)) * self.covariance_matrix

    @property
    def variance(self):
        v = self.covariance_matrix
        diagonal = v.diagonal(dim1=-2, dim2=-1)
        outer = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df.view(self._batch_shape + (1, 1)) * (v.pow(2) + outer)

    def _bartlett(self, sample_shape):
        """Draws by Bartlett's decomposition: normal below the diagonal, roots of chi-squared on it."""
        diagonal = self._chi2.rsample(sample_shape).sqrt().clamp(min=dt.finfo(self.df.dtype).eps)
        shape = self._extended_shape(sample_shape)
        below = standard_normal(shape, self.df.dtype, self.df.device).tril(diagonal=-1)
        root = self._unbroadcasted_scale_tril @ (below + torch.diag_embed(diagonal, dim1=-2, dim2=-1))
        return root @ root.mT

    def rsample(self, sample_shape=(), max_try_correction=None):
        """Draws; those that turn out singular are drawn again, `max_try_correction` times at most."""
        sample_shape = Size(sample_shape)
        sample = self._bartlett(sample_shape)
        for _ in range(10 if max_try_correction is None else max_try_correction):
            singular = ~self.support.check(sample)
            if not bool(singular.any()):
                return sample
            sample = torch.where(singular[..., None, None], self._bartlett(sample_shape), sample)
        if bool((~self.support.check(sample)).any()):
            warnings.warn("Singular sample detected.", stacklevel=2)
        return sample

    def _log_det(self):
        return self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value):
        if self._validate_args:
            self._validate_sample(value)
        nu, p = self.df, self._event_shape[-1]
        traced = torch.cholesky_solve(value, self._unbroadcasted_scale_tril).diagonal(dim1=-2, dim2=-1).sum(dim=-1)
        return (-nu * (p * math.log(2) / 2 + self._log_det()) - torch.mvlgamma(nu / 2, p)
                + (nu - p - 1) / 2 * linalg.slogdet(value).logabsdet - traced / 2)  # fmt: skip

    def entropy(self):
        nu, p = self.df, self._event_shape[-1]
        steps = torch.arange(p, dtype=nu.dtype, device=nu.device)
        digammas = torch.digamma((nu.unsqueeze(-1) - steps) / 2).sum(-1)
        return ((p + 1) * (p * math.log(2) / 2 + self._log_det()) + torch.mvlgamma(nu / 2, p) - (nu - p - 1) / 2 * digammas
                + nu * p / 2)  # fmt: skip
