"""Kullback-Leibler divergences: `kl_divergence(p, q)`, by the classes of both; `register_kl` adds pairs."""

import math
import warnings

from eagerjax import autograd
from eagerjax.distributions.bernoulli import Bernoulli
from eagerjax.distributions.beta import Beta
from eagerjax.distributions.binomial import Binomial
from eagerjax.distributions.categorical import Categorical
from eagerjax.distributions.cauchy import Cauchy
from eagerjax.distributions.continuous_bernoulli import ContinuousBernoulli
from eagerjax.distributions.dirichlet import Dirichlet
from eagerjax.distributions.exp_family import ExponentialFamily
from eagerjax.distributions.exponential import Exponential
from eagerjax.distributions.gamma import Gamma
from eagerjax.distributions.geometric import Geometric
from eagerjax.distributions.gumbel import Gumbel
from eagerjax.distributions.half_normal import HalfNormal
from eagerjax.distributions.independent import Independent
from eagerjax.distributions.laplace import Laplace
from eagerjax.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from eagerjax.distributions.multivariate_normal import MultivariateNormal, batch_mahalanobis
from eagerjax.distributions.normal import Normal
from eagerjax.distributions.one_hot_categorical import OneHotCategorical
from eagerjax.distributions.pareto import Pareto
from eagerjax.distributions.poisson import Poisson
from eagerjax.distributions.transformed_distribution import TransformedDistribution
from eagerjax.distributions.uniform import Uniform
from eagerjax.distributions.utils import euler_constant, sum_rightmost
from eagerjax.namespace import linalg, torch

__all__ = ["kl_divergence", "register_kl"]

_REGISTRY = {}
_FOUND = {}


def register_kl(type_p, type_q):
    """Decorator: the function of (p, q) that computes the divergence for these classes and their subclasses."""
    for name, given in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(given, type):  # other classes are taken, as in PyTorch: libraries have their own bases
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {given}")

    def decorator(fun):
        _REGISTRY[type_p, type_q] = fun
        _FOUND.clear()
        return fun

    return decorator


def _nearest(type_p, type_q):
    """The function registered for the nearest classes; warns where p and q disagree about which is nearest."""
    fits = [pair for pair in _REGISTRY if issubclass(type_p, pair[0]) and issubclass(type_q, pair[1])]
    if not fits:
        return None
    far_p, far_q = type_p.__mro__.index, type_q.__mro__.index
    left = _REGISTRY[min(fits, key=lambda pair: (far_p(pair[0]), far_q(pair[1])))]
    right = _REGISTRY[min(fits, key=lambda pair: (far_q(pair[1]), far_p(pair[0])))]
    if left is not right:
        warnings.warn(f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please register_kl for the pair",
                      RuntimeWarning, stacklevel=3)  # fmt: skip
    return left


def kl_divergence(p, q):
    """The mean of `log p(x) - log q(x)` for x of p. Raises NotImplementedError for pairs that are not registered."""
    pair = type(p), type(q)
    if pair not in _FOUND:
        _FOUND[pair] = _nearest(*pair)
    if _FOUND[pair] is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {pair[0].__name__} and q type {pair[1].__name__}"
        )
    return _FOUND[pair](p, q)


def _infinite(p, q):
    """p reaches where q does not."""
    return torch.full(p.batch_shape, math.inf)


for _p, _qs in {
    Beta: [Pareto], ContinuousBernoulli: [Pareto], Exponential: [Beta, ContinuousBernoulli, Pareto, Uniform],
    Gamma: [Beta, ContinuousBernoulli, Pareto, Uniform],
    Gumbel: [Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform],
    Laplace: [Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform],
    Normal: [Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform], Pareto: [Beta, ContinuousBernoulli, Uniform],
    Poisson: [Bernoulli, Binomial],
}.items():  # fmt: skip
    for _q in _qs:
        register_kl(_p, _q)(_infinite)


# -- one family ---------------------------------------------------------------------------
@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p, q):
    ones = torch.xlogy(p.probs, p.probs / q.probs)
    zeros = torch.xlogy(1 - p.probs, (1 - p.probs) / (1 - q.probs))
    ones = torch.where((q.probs == 0) & (p.probs != 0), math.inf, ones)
    zeros = torch.where((q.probs == 1) & (p.probs != 1), math.inf, zeros)
    return torch.where(p.probs == 0, 0.0, ones) + torch.where(p.probs == 1, 0.0, zeros)


@register_kl(Binomial, Binomial)
def _binomial(p, q):
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    kl = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return torch.where(p.total_count > q.total_count, math.inf, kl)


@register_kl(Categorical, Categorical)
def _categorical(p, q):
    t = p.probs * (p.logits - q.logits)
    t = torch.where((q.probs == 0).expand_as(t), math.inf, t)
    return torch.where((p.probs == 0).expand_as(t), 0.0, t).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p, q):
    return _categorical(p._categorical, q._categorical)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p, q):
    t1 = p.mean * (p.logits - q.logits)
    return t1 + p._log_norm() + torch.log1p(-p.probs) - q._log_norm() - torch.log1p(-q.probs)


@register_kl(Beta, Beta)
def _beta(p, q):
    return _dirichlet(p._dirichlet, q._dirichlet)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p, q):
    p_sum, q_sum = p.concentration.sum(-1), q.concentration.sum(-1)
    apart = p.concentration - q.concentration
    slope = p.concentration.digamma() - p_sum.digamma().unsqueeze(-1)
    return (
        p_sum.lgamma() - q_sum.lgamma() + (q.concentration.lgamma() - p.concentration.lgamma() + apart * slope).sum(-1)
    )


@register_kl(Exponential, Exponential)
def _exponential(p, q):
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(ExponentialFamily, ExponentialFamily)
def _family(p, q):
    """The Bregman divergence of the log normalizer, for two of one class."""
    if type(p) is not type(q):
        raise NotImplementedError("The cross KL-divergence between different exponential families cannot be computed using "
                                  "Bregman divergences")  # fmt: skip
    mine = [n.detach().requires_grad_() for n in p._natural_params]
    theirs = q._natural_params
    normalizer = p._log_normalizer(*mine)
    slopes = autograd.grad(normalizer.sum(), mine, create_graph=True)
    result = q._log_normalizer(*theirs) - normalizer
    for a, b, slope in zip(mine, theirs, slopes):
        result = result - sum_rightmost((b - a) * slope, len(q.event_shape))
    return result


@register_kl(Gamma, Gamma)
def _gamma(p, q):
    return (q.concentration * (p.rate / q.rate).log() + torch.lgamma(q.concentration) - torch.lgamma(p.concentration)
            + (p.concentration - q.concentration) * torch.digamma(p.concentration)
            + (q.rate - p.rate) * (p.concentration / p.rate))  # fmt: skip


@register_kl(Gumbel, Gumbel)
def _gumbel(p, q):
    ratio, shift = p.scale / q.scale, (q.loc - p.loc) / q.scale
    return (
        -ratio.log() - shift + ratio * euler_constant + torch.exp(shift + (1 + ratio).lgamma()) - (1 + euler_constant)
    )


@register_kl(Geometric, Geometric)
def _geometric(p, q):
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p, q):
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p, q):
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * torch.exp(-apart / p.scale) - 1


@register_kl(Normal, Normal)
def _normal(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Cauchy, Cauchy)
def _cauchy(p, q):
    return ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log() - (4 * p.scale * q.scale).log()


@register_kl(Pareto, Pareto)
def _pareto(p, q):
    ratio = q.alpha / p.alpha
    result = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return torch.where(p.support.lower_bound < q.support.lower_bound, math.inf, result)


@register_kl(Poisson, Poisson)
def _poisson(p, q):
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p, q):
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return torch.where((q.low > p.low) | (q.high < p.high), math.inf, result)


@register_kl(Independent, Independent)
def _independent(p, q):
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p, q):
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


# -- normal vectors -----------------------------------------------------------------------
def _of_vectors(p, q, log_det_p, log_det_q, trace, distance):
    return 0.5 * (log_det_q - log_det_p + trace + distance - p.event_shape[0])


def _log_det(d):
    return d._log_det() if isinstance(d, LowRankMultivariateNormal) else 2 * d._half_log_det()


@register_kl(MultivariateNormal, MultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _to_multivariate(p, q):
    batch = tuple(torch.broadcast_shapes(p.batch_shape, q.batch_shape))
    n = p.event_shape[0]
    root = q._unbroadcasted_scale_tril.expand(batch + (n, n))
    spread = linalg.solve_triangular(root, p.scale_tril.expand(batch + (n, n)), upper=False)
    distance = batch_mahalanobis(q._unbroadcasted_scale_tril, q.loc - p.loc)
    return _of_vectors(p, q, _log_det(p), _log_det(q), spread.pow(2).sum((-2, -1)), distance)


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _to_low_rank(p, q):
    batch = tuple(torch.broadcast_shapes(p.batch_shape, q.batch_shape))
    n = p.event_shape[0]
    weighted = q._unbroadcasted_cov_factor.mT / q._unbroadcasted_cov_diag.unsqueeze(-2)
    solved = linalg.solve_triangular(q._capacitance_tril, weighted, upper=False)
    root = p.scale_tril.expand(batch + (n, n))
    trace = (root.pow(2).sum(-1) / q._unbroadcasted_cov_diag).sum(-1) - (solved @ root).pow(2).sum((-2, -1))
    return _of_vectors(p, q, _log_det(p), _log_det(q), trace, q._mahalanobis(q.loc - p.loc))


# -- two families: the entropy of p, and the mean of log q --------------------------------------
@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p, q):
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Beta, ContinuousBernoulli)
@register_kl(Uniform, ContinuousBernoulli)
def _to_continuous_bernoulli(p, q):
    result = -p.entropy() - p.mean * q.logits - torch.log1p(-q.probs) - q._log_norm()
    return _bounded(p, result, lambda low, high: (low < 0) | (high > 1))


def _bounded(p, result, outside):
    """`result`, infinite where the uniform p reaches outside of q's support."""
    return torch.where(outside(p.low, p.high), math.inf, result) if isinstance(p, Uniform) else result


def _finite(p, result, order):
    """`result`, infinite where the Pareto p has no moment of that order."""
    return torch.where(p.alpha <= order, math.inf, result) if isinstance(p, Pareto) else result


def _mean_log(p):
    """The mean of log x."""
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return _mean_log_between(p.low, p.high)


def _mean_log_between(low, high):
    return (high.xlogy(high) - low.xlogy(low)) / (high - low) - 1


@register_kl(Beta, Exponential)
@register_kl(ContinuousBernoulli, Exponential)
@register_kl(Gamma, Exponential)
@register_kl(Pareto, Exponential)
@register_kl(Uniform, Exponential)
def _to_exponential(p, q):
    result = -p.entropy() - q.rate.log() + q.rate * p.mean
    return _finite(p, _bounded(p, result, lambda low, high: low < 0), 1)


@register_kl(Beta, Gamma)
@register_kl(Exponential, Gamma)
@register_kl(Pareto, Gamma)
@register_kl(Uniform, Gamma)
def _to_gamma(p, q):
    mean_log_q = (q.concentration * q.rate.log() - q.concentration.lgamma() + (q.concentration - 1) * _mean_log(p)
                  - q.rate * p.mean)  # fmt: skip
    return _finite(p, _bounded(p, -p.entropy() - mean_log_q, lambda low, high: low < 0), 1)


@register_kl(Beta, Normal)
@register_kl(ContinuousBernoulli, Normal)
@register_kl(Exponential, Normal)
@register_kl(Gamma, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Laplace, Normal)
@register_kl(Pareto, Normal)
@register_kl(Uniform, Normal)
def _to_normal(p, q):
    square = (p.variance + (p.mean - q.loc).pow(2)) / (2 * q.scale.pow(2))
    return _finite(p, -p.entropy() + q.scale.log() + 0.5 * math.log(2 * math.pi) + square, 2)


@register_kl(Beta, Uniform)
@register_kl(ContinuousBernoulli, Uniform)
def _unit_to_uniform(p, q):
    return torch.where((q.low > 0) | (q.high < 1), math.inf, -p.entropy() + (q.high - q.low).log())


@register_kl(Exponential, Gumbel)
@register_kl(Gamma, Gumbel)
@register_kl(Normal, Gumbel)
@register_kl(Uniform, Gumbel)
def _to_gumbel(p, q):
    z = (p.mean - q.loc) / q.scale
    return -p.entropy() + q.scale.log() + z + _mean_exp(p, q.loc, q.scale)


def _mean_exp(p, loc, scale):
    """The mean of exp(-(x - loc) / scale)."""
    if isinstance(p, Normal):
        return (-(p.loc - loc) / scale + 0.5 * (p.scale / scale).pow(2)).exp()
    if isinstance(p, Uniform):
        return scale / (p.high - p.low) * ((-(p.low - loc) / scale).exp() - (-(p.high - loc) / scale).exp())
    shape = p.concentration if isinstance(p, Gamma) else 1.0
    return (loc / scale).exp() * (1 + 1 / (p.rate * scale)).pow(-shape)


@register_kl(Normal, Laplace)
def _normal_laplace(p, q):
    apart = p.loc - q.loc
    turned = apart / p.scale
    mean_abs = math.sqrt(2 / math.pi) * p.scale * torch.exp(-0.5 * turned.pow(2)) + apart * torch.erf(
        math.sqrt(0.5) * turned
    )
    return -p.entropy() + (2 * q.scale).log() + mean_abs / q.scale


@register_kl(Uniform, Beta)
def _uniform_beta(p, q):
    a, b = q.concentration1, q.concentration0
    mean_log_q = ((a - 1) * _mean_log_between(p.low, p.high) + (b - 1) * _mean_log_between(1 - p.high, 1 - p.low)
                  - a.lgamma() - b.lgamma() + (a + b).lgamma())  # fmt: skip
    return torch.where((p.high > 1) | (p.low < 0), math.inf, -p.entropy() - mean_log_q)


@register_kl(Uniform, Pareto)
def _uniform_pareto(p, q):
    mean_log_q = q.alpha.log() + q.alpha * q.scale.log() - (q.alpha + 1) * _mean_log_between(p.low, p.high)
    return torch.where(p.low < q.scale, math.inf, -p.entropy() - mean_log_q)
