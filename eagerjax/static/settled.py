"""A call that differs from the one before in nothing but the content of its arguments: one look at it all, then the program.

What a call of a small program costs is what its Python touches (docs/decisions/0036): this touches each thing once.
"""

import functools

import numpy as np

from eagerjax.counted import CHANGES, USED
from eagerjax.lower.flush import LEFT, in_turn
from eagerjax.record.threads import Thread
from eagerjax.record.trace import state
from eagerjax.runtime import device as devices, dtype as dt, random
from eagerjax.runtime.interrupt import uninterrupted
from eagerjax.static import checks
from eagerjax.static.checks import LENGTH
from eagerjax.static.scalars import Mismatch
from eagerjax.tensor import Tensor

CALLS = 4
"""Calls in a row that take what the one before has left, until one is taken to be like the next."""
MISSES = 8
"""Calls in a row that were not, until none is taken to be."""
MOST = 8
"""Arguments."""


class Settled:
    """What a replay's next call is asked. It does not hold on to the replay, whose results are handed out when that goes."""

    def __init__(self, replay, tensors):
        self.given = [(i, what) for i, (_, what) in replay.moving]
        self.missed = 0  # calls in a row that were not what it is for; its owner counts them
        self.same = same_again(replay, tensors)

    def run(self, variant, replay, args):
        """(the result,), or None where this is not one more call like the last."""
        with uninterrupted():
            start = functools.partial(in_turn, self.start) if Thread.several else self.start
            ran = start(variant, replay, args)
            return None if ran is None else replay.deferred.outcome(replay, args, *ran)

    def start(self, variant, replay, args):
        """What `Deferred.launch` returns, or None."""
        deferred = replay.deferred
        if LEFT or variant.is_due() or not (self.same(args) and deferred.is_open()):
            return None
        inputs = deferred.inputs
        try:
            if deferred.read:
                deferred.fetch(replay)
        except Mismatch:
            return None
        for i, what in self.given:
            inputs[i] = args[what]._array
        scalars = replay.scalars.once_more()
        if replay.checks:
            replay.refuse(inputs, scalars)
        variant.calls += 1
        return deferred.launch(replay, args, scalars)


def is_possible(replay, args, tensors):
    """Has the call left its results to the next one, with different tensors for arguments, all of them on the device?"""
    return (
        replay.deferred is not None and replay.deferred.calls >= CALLS and len(args) <= MOST
        and replay.scalars.sources is not None and not replay.draws
        and len(args) == len(tensors) and all(a is t for a, t in zip(args, tensors))
        and all(type(t) is Tensor and t._base is None and t._trace is None for t in tensors)
        and not any(t._array is None or type(t._array) is np.ndarray for t in tensors)
    )  # fmt: skip


def same_again(replay, tensors):
    """A function of the arguments: is all that a call asks about as it is now?"""
    code = checks.Code()
    names = [f"a{i}" for i in range(len(tensors))]
    tests = [*modes(code, replay), *[test for name, t in zip(names, tensors) for test in argument(code, name, t)]]
    tests += [f"{a} is not {b}" for i, a in enumerate(names) for b in names[:i]]
    tests += [code.test(*entry[:3]) for entry in replay.guards.uncounted]
    places = [*replay.guards.soft, *[(group, key) for group in replay.scalars.groups for key in (LENGTH, *group)]]
    tests += [code.test(*place, checks.read(*place)) for place in places]
    if replay.guards.counted:
        tests.append(f"[*{code.name(USED)}, *{code.name(CHANGES)}] == {code.name(replay.guards)}.counts")
    return code.function(" and ".join(dict.fromkeys(tests)), "False", "args", f"[{', '.join(names)}] = args")


def modes(code, replay):
    """Of the modes of `CompiledFunction.call`."""
    yield f"(modes := {code.name(vars)}({code.name(state)}))['watch'] is modes['accumulation'] is None"
    yield "not (modes['stepwise'] or modes['inference'] or modes['engines'])"
    yield f"modes['autocast'] is {code.name(state.autocast)}"
    yield f"(trace := modes['trace']).grad is {code.name(state.trace.grad)} and not trace.live"
    yield f"{code.name(dt.get_default_dtype)}() is {code.name(dt.get_default_dtype())}"
    yield f"{code.name(devices.current)}() is {code.name(devices.current())}"
    if replay.random:
        yield f"not {code.name(random.like_torch)}()"


def argument(code, name, tensor):
    """Of an argument: is it of this kind, computed, and nobody's view?"""
    yield f"type({name}) is {code.name(Tensor)} and {name}._ref is {code.name(tensor._ref)}"
    yield f"{name}._trace is {name}._base is None and {name}._strides == {tensor._strides!r}"
    yield f"type({name}._array) is {code.name(type(tensor._array))}"
