"""Probability distributions: densities, draws that gradients go through, transforms, divergences."""

from eagerjax.distributions import constraints as constraints, transforms as transforms, utils as utils
from eagerjax.distributions.bernoulli import Bernoulli
from eagerjax.distributions.beta import Beta
from eagerjax.distributions.binomial import Binomial
from eagerjax.distributions.categorical import Categorical
from eagerjax.distributions.cauchy import Cauchy
from eagerjax.distributions.chi2 import Chi2
from eagerjax.distributions.constraint_registry import biject_to, transform_to
from eagerjax.distributions.continuous_bernoulli import ContinuousBernoulli
from eagerjax.distributions.dirichlet import Dirichlet
from eagerjax.distributions.distribution import Distribution
from eagerjax.distributions.exp_family import ExponentialFamily
from eagerjax.distributions.exponential import Exponential
from eagerjax.distributions.fishersnedecor import FisherSnedecor
from eagerjax.distributions.gamma import Gamma
from eagerjax.distributions.generalized_pareto import GeneralizedPareto
from eagerjax.distributions.geometric import Geometric
from eagerjax.distributions.gumbel import Gumbel
from eagerjax.distributions.half_cauchy import HalfCauchy
from eagerjax.distributions.half_normal import HalfNormal
from eagerjax.distributions.independent import Independent
from eagerjax.distributions.inverse_gamma import InverseGamma
from eagerjax.distributions.kl import kl_divergence, register_kl
from eagerjax.distributions.kumaraswamy import Kumaraswamy
from eagerjax.distributions.laplace import Laplace
from eagerjax.distributions.lkj_cholesky import LKJCholesky
from eagerjax.distributions.log_normal import LogNormal
from eagerjax.distributions.logistic_normal import LogisticNormal
from eagerjax.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from eagerjax.distributions.mixture_same_family import MixtureSameFamily
from eagerjax.distributions.multinomial import Multinomial
from eagerjax.distributions.multivariate_normal import MultivariateNormal
from eagerjax.distributions.negative_binomial import NegativeBinomial
from eagerjax.distributions.normal import Normal
from eagerjax.distributions.one_hot_categorical import OneHotCategorical, OneHotCategoricalStraightThrough
from eagerjax.distributions.pareto import Pareto
from eagerjax.distributions.poisson import Poisson
from eagerjax.distributions.relaxed_bernoulli import RelaxedBernoulli
from eagerjax.distributions.relaxed_categorical import RelaxedOneHotCategorical
from eagerjax.distributions.studentT import StudentT
from eagerjax.distributions.transformed_distribution import TransformedDistribution
from eagerjax.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StackTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from eagerjax.distributions.uniform import Uniform
from eagerjax.distributions.von_mises import VonMises
from eagerjax.distributions.weibull import Weibull
from eagerjax.distributions.wishart import Wishart

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "CatTransform",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "ContinuousBernoulli",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "LowerCholeskyTransform",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "identity_transform",
    "kl_divergence",
    "register_kl",
    "transform_to",
]
