"""Random ops with PyTorch's own numbers: drawn on the host, they enter a trace as data. See runtime/draws.py."""

import math

import numpy as np

from eagerjax.dispatch import DRAWN, apply
from eagerjax.forms.construct import place
from eagerjax.forms.order import same_order, strides_of
from eagerjax.namespace import F, torch
from eagerjax.record.trace import state
from eagerjax.runtime import device as devices, draws, dtype as dt, rejection
from eagerjax.runtime.random import default_generator
from eagerjax.tensor import Tensor, concrete_array


class Laid(tuple):
    """A shape whose elements lie in memory in another order than row by row; they are drawn in that order."""

    strides = None


def laid(tensor):
    """The shape of a tensor, to be filled like it."""
    shape = tensor._ref.shape
    strides = strides_of(tensor)
    if strides is None or 0 in strides or same_order(shape, strides):
        return shape
    made = Laid(shape)
    made.strides = strides
    return made


class Draw:
    """One draw: what to take from which generator. Called again, by a replay, it draws the next numbers."""

    def __init__(self, generator, take, shape, kind, device, args):
        self.generator = generator
        self.what = (take, tuple(shape), kind, device, args)
        strides = getattr(shape, "strides", None)
        self.contiguous = strides is None
        self.order = None if strides is None else tuple(np.argsort([-s for s in strides], kind="stable").tolist())

    def key(self):
        return id(self.generator or default_generator), self.order, self.what

    def numbers(self):
        take, shape, kind, _, args = self.what
        if take is draws.normal:
            args = (*args, self.contiguous)
        stream = (self.generator or default_generator).next_mersenne()
        count = math.prod(shape)
        if kind.is_complex:
            return take(stream, 2 * count, kind.to_real(), *args).view(kind.np).reshape(shape)
        values = take(stream, count, kind, *args)
        if self.order is None:
            return values.reshape(shape)
        moved = values.reshape([shape[i] for i in self.order]).transpose(np.argsort(self.order))
        return np.ascontiguousarray(moved)

    def tensor(self):
        _, _, kind, device, _ = self.what
        return place(self.numbers(), kind, device)

    def array(self):
        return self.tensor()._array


def enter(generator, take, shape, kind, device, *args):
    """A tensor of newly drawn numbers. In a call that is recorded, its replays draw anew."""
    draw = Draw(generator, take, shape, kind, devices.current() if device is None else device, args)
    made = draw.tensor()
    if state.watch is None:
        return made
    pending = apply("clone", made)
    state.watch.draws.append((made._ref, draw))
    return pending


def number(value):
    return value.item() if hasattr(value, "item") else value


def draws_for(name):
    """Decorator: what the random op `name` does where PyTorch's numbers are drawn."""

    def register(function):
        DRAWN[name] = function
        return function

    return register


def refuse(kernel, dtype):
    raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype.title}'")


# -- filled by size ------------------------------------------------------------------------------
@draws_for("_rand")
def rand(size, *, dtype, device=None, generator=None):
    return uniform(0.0, 1.0, size, dtype=dtype, device=device, generator=generator)


@draws_for("_uniform")
def uniform(low, high, size, *, dtype, device=None, generator=None):
    if dtype.category < dt.FLOATING:
        refuse("check_uniform_bounds", dtype)
    return enter(generator, draws.uniform, size, dtype, device, float(low), float(high))


@draws_for("_randn")
def randn(size, *, dtype, device=None, generator=None):
    return normal(0.0, 1.0, size, dtype=dtype, device=device, generator=generator)


@draws_for("_normal")
def normal(mean, std, size, *, dtype, device=None, generator=None):
    if dtype.category < dt.FLOATING:
        refuse("normal_kernel_cpu", dtype)
    tensors = [isinstance(v, Tensor) for v in (mean, std)]
    if not any(tensors):
        std = std / math.sqrt(2.0) if dtype.is_complex else std
        return enter(generator, draws.normal, size, dtype, device, float(mean), float(std))
    if not tensors[1]:
        return normal(0.0, std, size, dtype=dtype, device=device, generator=generator) + mean
    drawn = normal(0.0, 1.0, size, dtype=dtype, device=device, generator=generator)
    return apply("_scaled_normal", drawn, std) + mean


@draws_for("_randint")
@draws_for("_randint_wide")
def randint(low, high, size, *, dtype, device=None, generator=None):
    return enter(generator, draws.integers, size, dtype, device, low, high)


def whole_range(size, low, high, *, dtype, device=None, generator=None):
    """`random_()` without bounds: two words for int64 and float64, one for all others."""
    words = 2 if dtype in (dt.int64, dt.float64) else 1
    return enter(generator, draws.integers, size, dtype, device, low, high, words)


@draws_for("_randperm")
def randperm(n, *, dtype, device=None, generator=None):
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    return enter(generator, draws.permutation, (n,), dtype, device)


@draws_for("_log_normal")
def log_normal(mean, std, size, *, dtype, device=None, generator=None):
    return enter(generator, draws.log_normal, size, dtype, device, float(mean), float(std))


@draws_for("_exponential")
def exponential(lambd, size, *, dtype, device=None, generator=None):
    return enter(generator, draws.exponential, size, dtype, device, float(lambd))


@draws_for("_cauchy")
def cauchy(median, sigma, size, *, dtype, device=None, generator=None):
    return enter(generator, draws.cauchy, size, dtype, device, float(median), float(sigma))


@draws_for("_geometric")
def geometric(p, size, *, dtype, device=None, generator=None):
    return enter(generator, draws.geometric, size, dtype, device, float(p))


# -- driven by tensors ---------------------------------------------------------------------------
@draws_for("_bernoulli")
def bernoulli(p, size, *, dtype, device=None, generator=None):
    if not isinstance(p, Tensor):
        return enter(generator, draws.bernoulli, size, dtype, device, float(p))
    unit = dt.float64 if p.dtype is dt.float64 else dt.float32
    return apply("_below", enter(generator, draws.units, size, unit, device), p, dtype)


@draws_for("multinomial")
def multinomial(input, num_samples, replacement=False, *, generator=None):
    checked = apply("_chances", input, num_samples, replacement)
    if num_samples == 1 or not replacement:
        race = input.detach() / enter(generator, draws.exponential, laid(input), input.dtype, input.device, 1.0)
        if num_samples == 1:
            return (race + checked).argmax(-1, keepdim=True)
        return torch.topk(race + checked, num_samples)[1]
    shape = (*input._ref.shape[:-1], num_samples)
    at = enter(generator, draws.units, shape, dt.float64, devices.CPU)
    found = draws.places(*(np.asarray(concrete_array(t)) for t in (input.detach() + checked, at)))
    return place(found, dt.int64, input.device)


# -- dropout -----------------------------------------------------------------------------------------
_ALPHA = 1.7580993408473766


def noise(input, p, shape, scale=True):
    """Ones with probability 1 - p, divided by it if `scale`, else zeros."""
    if input.dtype.category < dt.FLOATING:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.title}")
    kind = input.dtype.to_real() if input.dtype.is_complex else input.dtype
    return enter(None, draws.kept, shape, kind, input.device, 1 - p, scale)


def feature_shape(input):
    if input.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return (*input._ref.shape[:2], *(1,) * (input.ndim - 2))


@draws_for("_dropout")
def dropout(input, p, *, generator=None):
    return input * 0.0 if p == 1 else input * noise(input, p, laid(input))


@draws_for("_feature_dropout")
def feature_dropout(input, p, *, generator=None):
    return input * 0.0 if p == 1 else input * noise(input, p, feature_shape(input))


@draws_for("_alpha_dropout")
def alpha_dropout(input, p, feature=False, *, generator=None):
    if p == 1:
        return input * 0.0
    kept = noise(input, p, feature_shape(input) if feature else laid(input), scale=False)
    a = 1.0 / math.sqrt((_ALPHA * _ALPHA * p + 1) * (1 - p))
    return input * (kept * a) + ((kept - 1) * (_ALPHA * a) + _ALPHA * a * p)


@draws_for("_attention_dropout")
def attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None, enable_gqa=False,
              generator=None):  # fmt: skip
    """Step by step, as PyTorch does where there is dropout. Its checks are those of the op without."""
    apply("_attention", query, key, value, attn_mask, is_causal, scale=scale, enable_gqa=enable_gqa)
    if enable_gqa:
        key, value = (t.repeat_interleave(query.size(-3) // t.size(-3), -3) for t in (key, value))
    factor = math.sqrt(1 / math.sqrt(query.size(-1)) if scale is None else scale)
    scores = (query * factor) @ (key * factor).transpose(-2, -1)
    if is_causal:
        seen = torch.ones(scores.shape[-2:], dtype=dt.bool_, device=query.device).tril()
        scores = scores.masked_fill(~seen, -math.inf)
    if attn_mask is not None:
        masked = attn_mask.dtype is dt.bool_
        scores = scores.masked_fill(~attn_mask, -math.inf) if masked else scores + attn_mask
    chances = torch.softmax(scores, -1)
    if is_causal or attn_mask is not None:  # a row that sees nothing
        chances = chances.masked_fill((scores == -math.inf).all(-1, keepdim=True), 0.0)
    return F.dropout(chances, dropout_p) @ value


def slopes(input, low, high, generator=None):
    """Uniform values for the elements that are not positive, one after the other, else ones. (It looks at the input.)"""
    wide = dt.from_np(np.dtype(draws.wide(input.dtype)))
    values = np.ones(input._ref.shape, wide.np)
    places = np.asarray(concrete_array(input.detach())) <= 0
    turn = draws.unit(stream_of(generator), np.count_nonzero(places))
    low, high = (float(wide.np.type(v)) for v in (low, high))
    values[places] = turn * (high - low) + low
    return place(values, wide, input.device)


# -- by rejection: how many numbers it takes depends on the values, so these look at their operands -----------
def values_of(tensor):
    return np.asarray(concrete_array(tensor.detach()))


def stream_of(generator):
    return (generator or default_generator).next_mersenne()


@draws_for("_standard_gamma")
def standard_gamma(input, *, generator=None):
    if input.dtype not in (dt.float32, dt.float64):
        refuse("gamma_cpu", input.dtype)
    drawn = place(rejection.gammas(stream_of(generator), values_of(input)), input.dtype, input.device)
    return apply("_gamma_given", input, drawn)


@draws_for("_sample_dirichlet")
def sample_dirichlet(input, *, generator=None):
    if input.dtype not in (dt.float32, dt.float64):
        refuse("dirichlet", input.dtype)
    drawn = standard_gamma(input.double(), generator=generator)
    shares = (drawn / drawn.sum(-1, keepdim=True)).to(input.dtype)
    one = input.dtype.np.type(1)
    return shares.clamp(float(np.finfo(one).tiny), float(np.nextafter(one, np.zeros_like(one))))


@draws_for("poisson")
def poisson(input, *, generator=None):
    if input.dtype.category != dt.FLOATING:
        refuse("poisson_cpu", input.dtype)
    rates = values_of(input)
    if not (rates >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return place(rejection.poissons(stream_of(generator), rates), input.dtype, input.device)


@draws_for("binomial")
def binomial(count, prob, *, generator=None):
    counts, chances = np.broadcast_arrays(values_of(count), values_of(prob))
    return place(rejection.binomials(stream_of(generator), counts, chances), count.dtype, count.device)
