"""Whole programs as numpy code: those so small that a call of the compiled program would cost more than its work.

XLA takes some 20 µs for a call, 3 more for each input and 10 for each output, and 0.1 s to compile a handful of ops;
a line of numpy code costs less than one. So what trains a regression, or acts in a game, is not compiled at all.
"""

import math

import jax
import numpy as np

from eagerjax.lower.hosted import ARRAYS, on_cpu
from eagerjax.lower.numpy_code import Unknown, translate
from eagerjax.record.trie import CALL
from eagerjax.runtime import config
from eagerjax.runtime.errors import first_found

CALL_US, INPUT_US, OUTPUT_US = 20, 3, 10
"""What calling a compiled program costs."""
THREADS_US, ALONE, RESULTS_PER_US, WORK_PER_US = 35, 5000, 3000, 16000
"""What it costs more where it has more work than so many additions, which are handed to other threads; how many elements of
results it writes, and how much work it does, in a microsecond."""
LINE_US, ADDITIONS_PER_US = 0.8, 3500
"""What a line of numpy code costs, and how much work it does."""


def is_small(path):
    """May it be worth a try, as far as one sees without tracing?"""
    calls = [n for n in path if n.kind is CALL]
    refs = [r for n in path for r in n.results]
    return (
        len(calls) <= config.most_calls_in_numpy
        and all(n.op.exact or not n.op.random for n in calls)
        and all(r.dtype is not None for r in refs)
        and on_cpu(refs)
        and sum([math.prod(r.shape) for r in refs]) <= config.most_elements_in_numpy
    )


def compiled_us(inputs, outputs, work):
    """What a call of a compiled program takes; `outputs` are the elements of each."""
    threads = THREADS_US if work > ALONE else 0
    return CALL_US + INPUT_US * inputs + OUTPUT_US * len(outputs) + threads + sum(outputs) / RESULTS_PER_US + work / WORK_PER_US


def code(function, words, leaves, conditions=False):
    """`function(words, *leaves)` -> (wanted, saved, fault word) as numpy code; None where XLA serves it better.

    conditions: `function` gives the conditions of faults in place of their word. Python finds the first one that holds
    in less time than numpy.
    """
    sizes = []

    def flat(*given):
        given = given if len(words) else (words, *given)  # numpy code takes no empty arrays
        wanted, saved, faults = function(*given)
        if not conditions:
            faults = [] if faults is None else [faults]
        sizes[:] = [len(wanted), len(wanted) + len(saved), len(faults)]
        return [*wanted, *saved, *faults]

    given = (words, *leaves) if len(words) else tuple(leaves)
    structs = [jax.ShapeDtypeStruct(np.shape(a), a.dtype) for a in given]
    try:
        jaxpr = jax.make_jaxpr(flat)(*structs)
        run, lines, work = translate(jaxpr)
    except Unknown:
        return None
    out = [math.prod(a.shape) for a in jaxpr.out_avals]
    if LINE_US * lines + work / ADDITIONS_PER_US > compiled_us(len(given), out, work):
        return None
    n, m, faults = sizes

    def in_numpy(words, *leaves):
        given = [a if type(a) in ARRAYS else np.asarray(a) for a in leaves]
        with np.errstate(all="ignore"):
            outs = run(words, *given) if len(words) else run(*given)
        arrays = [np.asarray(a) if isinstance(a, np.generic) else a for a in outs[:m]]
        fault = None if not faults else first_found(outs[m:]) if conditions else outs[-1]
        return arrays[:n], arrays[n:], fault

    return in_numpy
