"""Primitives that take more than one line of numpy. None writes to its operands."""

import functools
import math
from typing import Any

import numpy as np

from eagerjax.ops.random import PARITY, ROTATIONS
from eagerjax.runtime.random import mixed, unmixed


def integer_div(a, b):
    """Towards zero; x / 0 is -1, as XLA has it."""
    zero = b == 0
    safe = np.where(zero, np.ones_like(b), b)
    quotient = np.floor_divide(a, safe)
    quotient = quotient + ((quotient * safe != a) & ((a < 0) != (safe < 0))).astype(quotient.dtype)
    return np.where(
        zero, np.full_like(quotient, -1 if quotient.dtype.kind == "i" else np.iinfo(quotient.dtype).max), quotient
    )


def integer_rem(a, b):
    """With the sign of `a`; x % 0 is x."""
    zero = b == 0
    return np.where(zero, a, np.fmod(a, np.where(zero, np.ones_like(b), b)))


def round_away(x):
    """To the nearest integer, halves away from zero."""
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= x.dtype.type(0.5), whole + np.sign(x), whole)


def to_integer(x, dtype):
    """Towards zero, NaN to 0, and at the ends of the range what lies beyond."""
    info = np.iinfo(dtype)
    x = np.asarray(x)
    made = x.astype(dtype)
    made = np.where(x >= np.float64(info.max), info.max, np.where(x <= np.float64(info.min), info.min, made))
    return np.where(x != x, 0, made).astype(dtype)


WORDS = {1: np.int8, 2: np.int16, 4: np.int32, 8: np.int64}


def choose(which, no, yes):
    """`np.where(which, yes, no)` by masks of bits: numpy takes a branch for each element, five to ten times slower."""
    no, yes = np.asarray(no), np.asarray(yes)
    word = WORDS[yes.dtype.itemsize]
    no, mask = no.view(word), -which.view(np.int8).astype(word)
    return (((yes.view(word) ^ no) & mask) ^ no).view(yes.dtype)


def keep(which, yes):
    """`np.where(which, yes, 0)`."""
    word = WORDS[yes.dtype.itemsize]
    return (yes.view(word) & -which.view(np.int8).astype(word)).view(yes.dtype)


def drop(which, no):
    """`np.where(which, 0, no)`."""
    word = WORDS[no.dtype.itemsize]
    return (no.view(word) & (which.view(np.int8).astype(word) - word(1))).view(no.dtype)


def parts(x, dtype):
    """The bytes of each element as elements of a smaller dtype, in one more dimension."""
    return np.ascontiguousarray(x)[..., None].view(dtype) if np.ndim(x) else np.array([x]).view(dtype)


FEW = 64
"""Random words that are computed as one long integer, 64 bits for each: some 10 µs, where arrays take 60."""


def threefry(key, shape):
    """What `eagerjax_words` of ops/random.py gives for a key and a shape: two arrays of random words."""
    low, high = key.tolist()
    return drawn(low | high << 32, shape)


ROUNDS, MOST_AHEAD = 16, 256
_WORD = (1 << 64) - 1
_AHEAD: dict[tuple, Any] = {}  # (key, shape, made) -> what a draw that is to be expected gives
_LATEST: dict[tuple, tuple] = {}  # (shape, made) -> (the generator's state at the latest draw made, how far it had come by then)


def drawn(word, shape, made=None):
    """The words for a key as one number of 64 bits; few, or what the function `made` gives for them."""
    key = int(word) & _WORD
    found = _AHEAD.pop((key, shape, made), None)
    if found is not None:
        return found
    count = math.prod(shape)
    if count <= FEW:
        return few_words(key, count, shape, made)
    low, high = key & 0xFFFFFFFF, key >> 32
    return [words.reshape(shape) for words in many_words([low, high, low ^ high ^ PARITY], count)]


def few_words(key, count, shape, made):
    """A loop draws as much in each round, with keys at equal distances on their generator's way: from the third round on, the
    draws of some rounds to come are made with that of the key, in hardly more time than one."""
    state = unmixed(key)
    before, expected = _LATEST.get((shape, made), (state, 0))
    step = state - before & _WORD
    rounds = min(ROUNDS, FEW // count) if step and step == expected else 1
    states = [state + i * step & _WORD for i in range(rounds)]
    if len(_AHEAD) > MOST_AHEAD:
        _AHEAD.clear()  # of loops that are over
        _LATEST.clear()
    _LATEST[shape, made] = states[-1], step
    keys = [*map(mixed, states)]
    words = words_of(keys, count, shape)
    first, *others = zip(*words) if made is None else made(*words)[0]
    _AHEAD.update({(k, shape, made): found for k, found in zip(keys[1:], others)})
    return first


@functools.cache
def lanes(keys, count):
    """(1 in each 64 bits of an integer, the number of the word of its key, the lower half)."""
    ones = sum(1 << 64 * i for i in range(keys * count))
    return ones, sum(i % count << 64 * i for i in range(keys * count)), ones * 0xFFFFFFFF


def words_of(keys, count, shape):
    """Two arrays of words, a row for each key."""
    ones, at, low = lanes(len(keys), count)
    spread = int.from_bytes(np.repeat(np.array(keys, np.uint64), count).tobytes(), "little")
    first, second = spread & low, spread >> 32 & low
    three = first, second, first ^ second ^ PARITY * ones
    a, b = first, at + second & low
    for r in range(5):
        for d in ROTATIONS[r % 2]:
            a = a + b & low
            b <<= d
            b = (b & low | b >> 32 & low) ^ a
        a, b = a + three[(r + 1) % 3] & low, b + three[(r + 2) % 3] + (r + 1) * ones & low
    data = [x.to_bytes(8 * len(keys) * count, "little") for x in (a, b)]
    return [np.frombuffer(d, np.uint64).astype(np.uint32).reshape(-1, *shape) for d in data]


def many_words(keys, count):
    keys = [np.uint32(k) for k in keys]
    a, b = np.full(count, keys[0]), np.arange(count, dtype=np.uint32) + keys[1]
    for r in range(5):
        for d in ROTATIONS[r % 2]:
            a += b
            low = b >> np.uint32(32 - d)
            b <<= np.uint32(d)
            b |= low
            b ^= a
        a += keys[(r + 1) % 3]
        b += keys[(r + 2) % 3]
        b += np.uint32(r + 1)
    return a, b


def pad(x, value, shape, index, dtype):
    made = np.zeros(shape, dtype) if value == 0 else np.full(shape, value, dtype)
    made[index] = x
    return made


def window(x, starts, sizes):
    starts = [min(max(int(s), 0), n - size) for s, n, size in zip(starts, x.shape, sizes)]
    return tuple([slice(s, s + size) for s, size in zip(starts, sizes)])


def dynamic_slice(x, starts, sizes):
    return x[window(x, starts, sizes)]


def slice_along(x, start, axis, size):
    """A dynamic slice that is as wide as `x` in all dimensions but one."""
    start = min(max(int(start), 0), x.shape[axis] - size)
    return x[(*(slice(None),) * axis, slice(start, start + size))]


def dynamic_update_slice(x, update, starts):
    made = x.copy()
    made[window(x, starts, update.shape)] = update
    return made


class Slices:
    """Where the slices of a gather or scatter lie: `index(starts)` is an index for numpy, one array per dimension.

    shape: the array's; sizes: of a slice; collapsed, batching: dimensions that a slice does not keep; index_map: which
    dimensions the starts speak of; offset: where the slice's dimensions stand in the result; rank: the result's.
    """

    def __init__(self, shape, sizes, collapsed, batching, starts_batching, index_map, offset, rank, starts_shape):
        self.limits = np.array([shape[d] - sizes[d] for d in index_map], np.int64)
        self.spread = tuple(slice(None) if i not in offset else None for i in range(rank))
        kept = iter(offset)
        batch_dims = [i for i in range(rank) if i not in offset]
        self.parts = []  # per dimension: (number of the start that moves it, or None; what is added)
        for d, size in enumerate(sizes):
            added = np.int64(0)
            if d in batching:
                at = batch_dims[starts_batching[batching.index(d)]]
                added = along(np.arange(shape[d]), at, rank)
            elif d not in collapsed:
                added = along(np.arange(size), next(kept), rank)
            self.parts.append((index_map.index(d) if d in index_map else None, added))
        # The commonest: whole rows (or columns) by number.
        self.row = None
        plain = not batching and len(index_map) == 1 and index_map[0] in collapsed and len(collapsed) == 1
        if plain and all(sizes[d] == n for d, n in enumerate(shape) if d not in collapsed):
            axis, n_batch = index_map[0], len(starts_shape) - 1
            if tuple(offset) == tuple(i for i in range(rank) if not axis <= i < axis + n_batch):
                self.row = axis

    def clamp(self, starts):
        return np.minimum(np.maximum(starts, 0), self.limits)

    def inside(self, starts):
        """Which slices lie inside the array, or None for all of them."""
        good = (starts >= 0) & (starts <= self.limits)
        return None if good.all() else good.all(-1)

    def index(self, starts):
        found = []
        for number, added in self.parts:
            found.append(added if number is None else starts[..., number][self.spread] + added)
        return tuple(found)


def along(values, at, rank):
    return values.reshape([-1 if i == at else 1 for i in range(rank)])


class Gather:
    def __init__(self, numbers, sizes, shape, starts_shape, mode, fill, dtype):
        offset = tuple(numbers.offset_dims)
        rank = len(starts_shape) - 1 + len(offset)
        self.slices = Slices(shape, sizes, tuple(numbers.collapsed_slice_dims), tuple(numbers.operand_batching_dims),
                             tuple(numbers.start_indices_batching_dims), tuple(numbers.start_index_map), offset, rank,
                             starts_shape)  # fmt: skip
        self.fills = mode.startswith("fill")
        self.trusted = mode.startswith("promise")
        self.fill = default_fill(dtype) if fill is None else dtype.type(fill)

    def __call__(self, x, starts):
        slices = self.slices
        if self.trusted and slices.row is not None:
            return x.take(starts[..., 0], slices.row, mode="clip")  # a wrong index is found apart
        good = slices.inside(starts)
        if good is not None:
            starts = slices.clamp(starts)
        if slices.row is not None:
            out = x.take(starts[..., 0], slices.row)
        else:
            out = x[slices.index(starts)]
        if good is None or not self.fills:
            return out
        return np.where(good[slices.spread], out, self.fill)


def default_fill(dtype):
    if dtype.kind == "f":
        return dtype.type(np.nan)
    if dtype.kind == "b":
        return np.True_
    return dtype.type(np.iinfo(dtype).min if dtype.kind == "i" else np.iinfo(dtype).max)


COMBINE = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}


class Scatter:
    def __init__(self, numbers, shape, starts_shape, updates_shape, mode, how):
        offset = tuple(numbers.update_window_dims)
        inserted, batching = tuple(numbers.inserted_window_dims), tuple(numbers.operand_batching_dims)
        kept = iter(offset)
        sizes = tuple(1 if d in (*inserted, *batching) else updates_shape[next(kept)] for d in range(len(shape)))
        self.slices = Slices(shape, sizes, inserted, batching, tuple(numbers.scatter_indices_batching_dims),
                             tuple(numbers.scatter_dims_to_operand_dims), offset, len(updates_shape), starts_shape)  # fmt: skip
        self.clips = mode.startswith("clip")
        self.alone = np.prod(starts_shape[:-1]) == 1  # one slice, so no element is met twice
        self.how = how
        row = self.slices.row if self.alone else None  # one row (or column) by number: where it stands, and its shape
        self.row = None if row is None else ((slice(None),) * row, shape[:row] + shape[row + 1 :], shape[row])

    def __call__(self, x, starts, updates):
        return self.into(x.copy(), starts, updates)

    def into(self, made, starts, updates):
        """The same, written into the array itself."""
        if self.row is None:
            return self.scattered(made, starts, updates)
        before, shape, n = self.row
        at = int(starts.item())
        if self.clips:
            at = min(max(at, 0), n - 1)
        if 0 <= at < n:
            place, new = (*before, at), updates.reshape(shape)
            made[place] = COMBINE[self.how](made[place], new) if self.how else new
        return made

    def scattered(self, made, starts, updates):
        slices = self.slices
        good = slices.inside(starts)
        if good is not None:
            starts = slices.clamp(starts)
        index = slices.index(starts)
        if good is not None and not self.clips:
            keep = np.broadcast_to(good[slices.spread], updates.shape)
            index = tuple(np.broadcast_to(i, updates.shape)[keep] for i in index)
            updates = updates[keep]
        if not self.how:
            made[index] = updates
        elif self.alone:
            made[index] = COMBINE[self.how](made[index], updates)
        else:
            COMBINE[self.how].at(made, index, updates)
        return made
