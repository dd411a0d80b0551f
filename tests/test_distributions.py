"""Distributions against PyTorch's: densities, moments, draws, transforms, divergences, errors."""

import math

import numpy as np
import pytest

import eagerjax as ej
from eagerjax import distributions as D

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

SPD = [[2.0, 0.5, 0.1], [0.5, 1.0, 0.2], [0.1, 0.2, 1.5]]
TRIL = [[1.0, 0.0], [0.5, 2.0]]
P3 = [[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]]
UNIT = [[0.1, 0.6], [0.3, 0.9]]
POS = [[0.3, 2.5], [1.2, 4.0]]
REAL = [[-1.5, 0.2], [0.7, 3.0]]
COUNT = [[0.0, 3.0], [2.0, 1.0]]
SIMPLEX3 = [[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]
V3 = [[0.1, -1.0, 2.0], [0.0, 0.5, -0.3]]
LOW = [[1.0, 2.0, 0.5], [0.5, -1.0, 1.0]]


def of(lib, name, **arguments):
    """A distribution of either library; lists become tensors, a function of the library makes an argument."""
    made = {}
    for key, value in arguments.items():
        if callable(value):
            made[key] = value(lib)
        else:
            made[key] = lib.tensor(value) if isinstance(value, list) else value
    return getattr(lib.distributions, name)(**made)


# name, arguments, values at which densities are compared
CASES = [
    ("Bernoulli", {"probs": [0.3, 0.5]}, [[0.0, 1.0], [1.0, 1.0]]),
    ("Bernoulli", {"logits": [0.3, -2.0]}, [[0.0, 1.0], [1.0, 1.0]]),
    ("Beta", {"concentration1": [0.7, 2.0], "concentration0": [1.5, 3.0]}, UNIT),
    ("Binomial", {"total_count": 5, "probs": [0.3, 0.9]}, COUNT),
    ("Binomial", {"total_count": [5.0, 5.0], "logits": [0.3, -1.0]}, COUNT),
    ("Categorical", {"probs": P3}, [[0, 2], [1, 1]]),
    ("Categorical", {"logits": V3}, [[0, 2], [1, 1]]),
    ("Cauchy", {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, REAL),
    ("Chi2", {"df": [1.0, 4.0]}, POS),
    ("ContinuousBernoulli", {"probs": [0.2, 0.5]}, UNIT),
    ("ContinuousBernoulli", {"logits": [0.001, 3.0]}, UNIT),
    ("Dirichlet", {"concentration": [[0.5, 2.0, 3.0], [1.0, 1.5, 2.0]]}, SIMPLEX3),
    ("Exponential", {"rate": [0.5, 2.0]}, POS),
    ("FisherSnedecor", {"df1": [3.0, 5.0], "df2": [5.0, 7.0]}, POS),
    ("Gamma", {"concentration": [0.5, 3.0], "rate": [1.0, 2.0]}, POS),
    ("GeneralizedPareto", {"loc": [0.0, 0.1], "scale": [1.0, 2.0], "concentration": [0.2, 0.0]}, POS),
    ("Geometric", {"probs": [0.3, 0.8]}, COUNT),
    ("Geometric", {"logits": [0.3, 0.8]}, COUNT),
    ("Gumbel", {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, REAL),
    ("HalfCauchy", {"scale": [1.0, 2.0]}, POS),
    ("HalfNormal", {"scale": [1.0, 2.0]}, POS),
    ("InverseGamma", {"concentration": [2.5, 3.0], "rate": [1.0, 2.0]}, POS),
    ("Kumaraswamy", {"concentration1": [1.5, 2.0], "concentration0": [1.5, 3.0]}, UNIT),
    ("LKJCholesky", {"dim": 2, "concentration": [0.5, 2.0]}, [[[1.0, 0.0], [0.6, 0.8]]] * 2),
    ("Laplace", {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, REAL),
    ("LogNormal", {"loc": [0.0, 1.0], "scale": [1.0, 0.5]}, POS),
    ("LogisticNormal", {"loc": [[0.0, 1.0]] * 2, "scale": [1.0, 0.5]}, SIMPLEX3),
    ("LowRankMultivariateNormal", {"loc": V3, "cov_factor": [[1.0, 0.2], [0.3, -1.0], [0.0, 0.5]],
                                   "cov_diag": [1.0, 0.5, 2.0]}, LOW),
    ("MultivariateNormal", {"loc": V3, "covariance_matrix": SPD}, LOW),
    ("MultivariateNormal", {"loc": V3, "precision_matrix": SPD}, LOW),
    ("MultivariateNormal", {"loc": [0.0, 1.0], "scale_tril": TRIL}, REAL),
    ("Multinomial", {"total_count": 3, "probs": P3}, [[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]]),
    ("NegativeBinomial", {"total_count": [2.0, 5.0], "probs": [0.3, 0.6]}, COUNT),
    ("Normal", {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, REAL),
    ("OneHotCategorical", {"probs": P3}, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    ("OneHotCategoricalStraightThrough", {"logits": V3}, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    ("Pareto", {"scale": [0.1, 0.2], "alpha": [2.5, 3.0]}, POS),
    ("Poisson", {"rate": [0.5, 4.0]}, COUNT),
    ("RelaxedBernoulli", {"temperature": [0.5], "probs": [0.3, 0.5]}, UNIT),
    ("RelaxedOneHotCategorical", {"temperature": [0.5], "probs": P3}, SIMPLEX3),
    ("StudentT", {"df": [3.0, 5.0], "loc": [0.0, 1.0], "scale": [1.0, 2.0]}, REAL),
    ("Uniform", {"low": [-2.0, 0.0], "high": [1.0, 4.0]}, [[-1.0, 0.5], [0.0, 3.0]]),
    ("VonMises", {"loc": [0.0, 1.0], "concentration": [0.5, 4.0]}, REAL),
    ("Weibull", {"scale": [1.0, 2.0], "concentration": [1.5, 0.8]}, POS),
    ("Wishart", {"df": [4.0, 5.0], "covariance_matrix": SPD}, [SPD, SPD]),
    ("Wishart", {"df": 3.5, "scale_tril": TRIL}, [[[2.0, 0.3], [0.3, 1.0]]]),
    ("Independent", {"base_distribution": lambda lib: lib.distributions.Normal(lib.tensor(V3), lib.tensor(1.0)),
                     "reinterpreted_batch_ndims": 1}, LOW),
    ("MixtureSameFamily", {"mixture_distribution": lambda lib: lib.distributions.Categorical(lib.tensor([0.3, 0.7])),
                           "component_distribution": lambda lib: lib.distributions.Normal(
                               lib.tensor([0.0, 2.0]), lib.tensor([1.0, 0.5]))}, [0.5, 1.5]),
]  # fmt: skip
IDS = [f"{name}-{i}" for i, (name, _, _) in enumerate(CASES)]
FAST = {"Bernoulli", "Beta", "Categorical", "Gamma", "Independent", "MultivariateNormal", "Normal", "Pareto"}
ALL = [pytest.param(*case, id=name, marks=() if case[0] in FAST else pytest.mark.slow) for case, name in zip(CASES, IDS)]


def close(mine, theirs, what, rtol=2e-4, atol=2e-5):
    theirs = theirs.detach()
    assert tuple(mine.shape) == tuple(theirs.shape), what
    assert str(mine.dtype) == str(theirs.dtype), what
    np.testing.assert_allclose(np.asarray(mine.detach()), theirs.numpy(), rtol=rtol, atol=atol, err_msg=what)


def both(ask):
    """What both libraries say, or that both refuse with the same kind of error."""
    answers = []
    for lib in (ej, torch):
        try:
            answers.append(ask(lib))
        except (NotImplementedError, ValueError) as error:
            answers.append(type(error))
    return answers


def compare(mine, theirs, what):
    if isinstance(mine, type) or isinstance(theirs, type):
        assert mine is theirs, (what, mine, theirs)
    else:
        close(mine, theirs, what)


@pytest.mark.parametrize("name, arguments, values", ALL)
def test_densities_and_moments(name, arguments, values):
    mine, theirs = of(ej, name, **arguments), of(torch, name, **arguments)
    assert mine.batch_shape == tuple(theirs.batch_shape)
    assert mine.event_shape == tuple(theirs.event_shape)
    assert mine.has_rsample == theirs.has_rsample
    assert repr(mine) == repr(theirs)
    close(mine.log_prob(ej.tensor(values)), theirs.log_prob(torch.tensor(values)), "log_prob")
    found = {ej: mine, torch: theirs}
    for fact in ("mean", "mode", "variance", "stddev"):
        compare(*both(lambda lib, fact=fact: getattr(found[lib], fact)), fact)
    compare(*both(lambda lib: found[lib].entropy()), "entropy")
    compare(*both(lambda lib: found[lib].cdf(lib.tensor(values))), "cdf")
    compare(*both(lambda lib: found[lib].icdf(lib.tensor([[0.1, 0.6], [0.3, 0.9]]))), "icdf")
    compare(*both(lambda lib: found[lib].enumerate_support()), "enumerate_support")
    assert str(mine.support) == str(theirs.support)


@pytest.mark.parametrize("name, arguments, values", ALL)
def test_expand_and_draws_have_the_right_shapes(name, arguments, values):
    mine, theirs = of(ej, name, **arguments), of(torch, name, **arguments)
    shape = (4, *theirs.batch_shape)
    wide, theirs_wide = mine.expand(shape), theirs.expand(shape)
    assert wide.batch_shape == tuple(theirs_wide.batch_shape)
    drawn, want = wide.sample((2,)), theirs_wide.sample((2,))
    assert tuple(drawn.shape) == tuple(want.shape)
    assert str(drawn.dtype) == str(want.dtype)
    assert not drawn.requires_grad
    close(wide.log_prob(ej.tensor(want.numpy())), theirs_wide.log_prob(want), "log_prob of a draw", rtol=1e-3, atol=1e-3)
    assert bool(mine.support.check(mine.sample((2, 4))).all())  # as many as above: a program for draws is compiled per shape


HEAVY = {"Cauchy", "HalfCauchy", "LogisticNormal", "VonMises", "LKJCholesky", "Categorical", "RelaxedBernoulli",
         "RelaxedOneHotCategorical", "InverseGamma", "Pareto", "FisherSnedecor", "GeneralizedPareto", "StudentT"}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name, arguments, values", CASES, ids=IDS)
def test_draws_follow_the_distribution(name, arguments, values):
    mine, theirs = of(ej, name, **arguments), of(torch, name, **arguments)
    torch.manual_seed(0)
    a, b = np.asarray(mine.sample((4000,)), np.float64), theirs.sample((4000,)).double().numpy()
    a, b = a.reshape(4000, -1), b.reshape(4000, -1)
    for quantile in (0.1, 0.5, 0.9):
        x = np.quantile(b, quantile, axis=0)
        below, beside = (a <= x).mean(0), (a < x).mean(0)
        assert ((below > quantile - 0.05) & (beside < quantile + 0.05)).all(), (quantile, below, beside)
    if name not in HEAVY:
        spread = np.asarray(mine.stddev.detach(), np.float64).reshape(-1) / math.sqrt(4000) * 5 + 1e-3
        assert (abs(a.mean(0) - np.asarray(mine.mean.detach()).reshape(-1)) < spread).all()


REPARAMETRISED = [case for case in CASES if getattr(D, case[0]).has_rsample is True or case[0] in ("Weibull", "Gumbel", "Pareto")]


@pytest.mark.slow
@pytest.mark.parametrize("name, arguments, values", REPARAMETRISED, ids=[c[0] for c in REPARAMETRISED])
def test_draws_pass_gradients_to_the_parameters(name, arguments, values):
    tensors = {k: ej.tensor(v, requires_grad=True) for k, v in arguments.items() if isinstance(v, list)}
    made = getattr(D, name)(**{**arguments, **tensors}, validate_args=False)
    made.rsample((3,)).pow(2).sum().backward()
    for key, value in tensors.items():
        assert value.grad is not None, key
        assert bool(value.grad.isfinite().all()), key


def test_the_gradient_of_a_gamma_draw_is_that_of_its_mean():
    shape = ej.tensor(3.0, requires_grad=True)
    ej.manual_seed(0)
    D.Gamma(shape, ej.tensor(2.0)).rsample((20_000,)).mean().backward()
    assert abs(float(shape.grad) - 0.5) < 0.02


PAIRS = {
    "Bernoulli": {"probs": [0.3, 0.6]}, "Beta": {"concentration1": [0.7, 2.0], "concentration0": [1.5, 3.0]},
    "Binomial": {"total_count": 5, "probs": [0.3, 0.6]}, "Categorical": {"logits": V3},
    "Cauchy": {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, "ContinuousBernoulli": {"probs": [0.2, 0.7]},
    "Dirichlet": {"concentration": [0.5, 2.0, 3.0]}, "Exponential": {"rate": [0.5, 2.0]},
    "Gamma": {"concentration": [0.5, 3.0], "rate": [1.0, 2.0]}, "Geometric": {"probs": [0.3, 0.8]},
    "Gumbel": {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, "HalfNormal": {"scale": [1.0, 2.0]},
    "Laplace": {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, "LogNormal": {"loc": [0.0, 1.0], "scale": [1.0, 2.0]},
    "LowRankMultivariateNormal": {"loc": V3, "cov_factor": [[1.0], [0.3], [0.0]], "cov_diag": [1.0, 0.5, 2.0]},
    "MultivariateNormal": {"loc": V3, "covariance_matrix": SPD}, "Normal": {"loc": [0.0, 1.0], "scale": [1.0, 2.0]},
    "OneHotCategorical": {"probs": P3}, "Pareto": {"scale": [0.1, 0.2], "alpha": [2.5, 3.0]},
    "Poisson": {"rate": [0.5, 4.0]}, "Uniform": {"low": [0.1, 0.2], "high": [0.5, 0.9]}, "StudentT": {"df": [3.0, 4.0]},
}  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in FAST else pytest.mark.slow) for n in PAIRS])
def test_divergences(name):
    for other, other_arguments in PAIRS.items():
        def ask(lib, other=other, other_arguments=other_arguments):
            p, q = of(lib, name, **PAIRS[name]), of(lib, other, **other_arguments)
            if name == other:  # two that differ
                q = of(lib, other, **{k: (lib.tensor(v) * 1.1).tolist() if isinstance(v, list) and "probs" not in k else v
                                      for k, v in other_arguments.items()})  # fmt: skip
            return lib.distributions.kl_divergence(p, q)

        mine, theirs = both(ask)
        compare(mine, theirs, f"kl({name}, {other})")


TRANSFORMS = [
    ("ExpTransform", (), REAL), ("PowerTransform", (2.5,), POS), ("SigmoidTransform", (), REAL),
    ("SoftplusTransform", (), REAL), ("TanhTransform", (), REAL), ("AffineTransform", (1.0, -2.0), REAL),
    ("StickBreakingTransform", (), V3), ("CorrCholeskyTransform", (), V3), ("ReshapeTransform", ((3,), (3, 1)), V3),
]  # fmt: skip


@pytest.mark.parametrize("name, arguments, values", TRANSFORMS, ids=[t[0] for t in TRANSFORMS])
def test_transforms(name, arguments, values):
    mine, theirs = getattr(D, name)(*arguments), getattr(torch.distributions, name)(*arguments)
    x, tx = ej.tensor(values), torch.tensor(values)
    y, ty = mine(x), theirs(tx)
    close(y, ty, "y")
    close(mine.inv(y), theirs.inv(ty), "x", rtol=1e-3, atol=1e-4)
    close(mine.log_abs_det_jacobian(x, y), theirs.log_abs_det_jacobian(tx, ty), "jacobian")
    assert mine.forward_shape(tuple(x.shape)) == tuple(y.shape)
    assert mine.inverse_shape(tuple(y.shape)) == tuple(x.shape)
    assert mine.inv.inv is mine
    assert str(mine.domain) == str(theirs.domain)
    assert str(mine.codomain) == str(theirs.codomain)
    assert repr(mine.inv) == repr(theirs.inv)


def test_composed_and_joined_transforms():
    for make in (lambda d: d.ComposeTransform([d.AffineTransform(1.0, 2.0), d.SigmoidTransform()]),
                 lambda d: d.IndependentTransform(d.ExpTransform(), 1), lambda d: d.ExpTransform(cache_size=1),
                 lambda d: d.StackTransform([d.ExpTransform(), d.AffineTransform(1.0, 2.0)], dim=1),
                 lambda d: d.CatTransform([d.ExpTransform(), d.TanhTransform()], dim=1, lengths=[1, 1]),
                 lambda d: d.CumulativeDistributionTransform(d.Normal(0.0, 1.0))):  # fmt: skip
        mine, theirs, x, tx = make(D), make(torch.distributions), ej.tensor(REAL), torch.tensor(REAL)
        y, ty = mine(x), theirs(tx)
        close(y, ty, repr(mine))
        close(mine.inv(y), theirs.inv(ty), repr(mine), rtol=1e-3)
        close(mine.log_abs_det_jacobian(x, y), theirs.log_abs_det_jacobian(tx, ty), repr(mine))


CONSTRAINTS = ["real", "positive", "nonnegative", "unit_interval", "simplex", "lower_cholesky", "positive_definite",
               "corr_cholesky", "real_vector"]  # fmt: skip


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_registries_lead_into_the_region(name):
    for registry in ("biject_to", "transform_to"):
        def ask(lib, registry=registry):
            return getattr(lib.distributions, registry)(getattr(lib.distributions.constraints, name))

        mine, theirs = both(ask)
        if isinstance(mine, type):
            assert mine is theirs
            continue
        values = SPD if name in ("lower_cholesky", "positive_definite") else V3
        y = mine(ej.tensor(values))
        close(y, theirs(torch.tensor(values)), f"{registry}({name})")
        assert bool(getattr(D.constraints, name).check(y).all())


def test_checks_of_regions():
    values = [[0.0, 1.0, 0.0], [-1.0, 2.0, math.nan], [0.2, 0.3, 0.5]]
    for name in ("boolean", "one_hot", "nonnegative_integer", "positive_integer", "real", "real_vector", "positive",
                 "nonnegative", "unit_interval", "simplex", "square", "lower_triangular", "lower_cholesky"):  # fmt: skip
        mine, theirs = getattr(D.constraints, name), getattr(torch.distributions.constraints, name)
        close(mine.check(ej.tensor(values)), theirs.check(torch.tensor(values)), name)
        assert repr(mine) == repr(theirs)
        assert (mine.is_discrete, mine.event_dim) == (theirs.is_discrete, theirs.event_dim)


def test_bad_parameters_and_values_are_refused():
    with pytest.raises(ValueError, match=r"Expected parameter scale .* to satisfy the constraint GreaterThan"):
        D.Normal(ej.tensor([0.0]), ej.tensor([-1.0]))
    with pytest.raises(ValueError, match="within the support"):
        D.Bernoulli(0.5).log_prob(ej.tensor(2.0))
    with pytest.raises(ValueError, match="not broadcastable"):
        D.Normal(ej.zeros(3), ej.ones(3)).log_prob(ej.zeros(2))
    with pytest.raises(ValueError, match="not both"):
        D.Categorical()
    with pytest.raises(NotImplementedError, match="No KL"):
        D.kl_divergence(D.StudentT(3.0), D.Normal(0.0, 1.0))
    assert math.isnan(float(D.Normal(0.0, -1.0, validate_args=False).log_prob(ej.tensor(0.0))))


def test_a_policy_gradient_learns():
    logits = ej.zeros(2, requires_grad=True)
    optimizer = ej.optim.SGD([logits], lr=0.5)
    for _ in range(30):
        policy = D.Categorical(logits=logits)
        action = policy.sample((16,))
        loss = -(policy.log_prob(action) * (action == 1).float()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(D.Categorical(logits=logits).probs[1]) > 0.8
