"""Stepwise execution: each op through its own cached compiled call, forward and reverse."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from eagerjax.lower.backward import vjp as vjp_call, wrt_of
from eagerjax.lower.hosted import on_cpu
from eagerjax.lower.infer import infer, of_block
from eagerjax.ops import define

_LIMIT = 4096  # a compiled op holds about 1.5 MB


def key(word):
    return np.array([word & 0xFFFFFFFF, (word >> 32) & 0xFFFFFFFF], np.uint32)


def number(words, at, kind):
    word = words[at]
    if kind is define.FLOAT:
        return word.view(np.float64)
    if kind is define.COMPLEX:
        return words[at : at + 2].view(np.complex128)[0]
    return np.bool_(word != 0) if kind is define.BOOL else word


def call(node, arrays, scalars, key):
    if not arrays and on_cpu(node.results):
        block = of_block(node.op, node.template, ())
        if block is not None:
            return (filled(node, block, scalars, key),)
    return _forward(node.call)(arrays, scalars, key)


def filled(node, block, scalars, key):
    """A tensor of random numbers or of one value, block by block: to compile each shape would take 0.1 s."""
    ref, rest = node.results[0], iter(scalars)
    function, (((length,), _),), _ = infer(node.op, block, ())
    numbers = [
        np.float64(entry.value) if isinstance(entry, define.Constant) else next(rest)
        for entry, kind in zip(node.template, block)
        if isinstance(kind, define.Placeholder)
    ]
    values, found = np.empty(math.prod(ref.shape), ref.dtype.np), None
    for start in range(0, len(values), length):
        if found is None or key is not None:
            at = None if key is None else np.array([*key, start], np.uint32)
            found = np.asarray(_forward(function)([], numbers, at)[0])
        values[start : start + length] = found[: len(values) - start]
    return values.reshape(ref.shape)


def vjp(node, arrays, scalars, key):
    return _forward_vjp(node.call, wrt_of(node))(arrays, scalars, key)


@functools.lru_cache(_LIMIT)
def _forward(function):
    def forward(arrays, scalars, key):
        out = function(arrays, scalars, key)
        return tuple(out) if isinstance(out, (tuple, list)) else (out,)

    return jax.jit(forward)


@functools.lru_cache(_LIMIT)
def _forward_vjp(function, wrt):
    return jax.jit(lambda arrays, scalars, key: vjp_call(function, arrays, scalars, wrt, key))


@functools.lru_cache(_LIMIT)
def _faults(function):
    return jax.jit(lambda arrays, scalars: [jnp.asarray(c).reshape(()) for c, *_ in function(arrays, scalars)])


def faults(node, arrays, scalars):
    """(condition, error class, message) per thing that values can get wrong, conditions computed."""
    key = (node.call, tuple(r.aval for r in node.inputs))
    texts = _TEXTS.get(key)
    if texts is None:
        if len(_TEXTS) > _LIMIT:
            _TEXTS.clear()
        texts = _TEXTS[key] = []

        def trace(arrays, scalars):
            found = node.call.faults(arrays, scalars)
            texts.extend(f[1:] for f in found)
            return [f[0] for f in found]

        jax.eval_shape(trace, arrays, scalars)
    return [(c, *text) for c, text in zip(_faults(node.call.faults)(arrays, scalars), texts)]


_TEXTS: dict[tuple, list] = {}


@jax.jit
def pull(pull, cotangents):
    return pull(cotangents)


def pull_piece(piece, pull, cotangents, sums):
    return piece.chunk.backward(pull, cotangents, sums)


@jax.jit
def conjugate(a):
    return jnp.conj(a)


@jax.jit
def add(a, b):
    return a + b


def zeros(ref):
    return _zeros(ref.shape, ref.dtype)


@functools.lru_cache(_LIMIT)
def _zeros(shape, dtype):
    return jax.device_put(np.zeros(shape, dtype.np))
