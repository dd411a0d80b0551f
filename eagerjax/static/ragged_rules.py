"""What each primitive does to values of which only the first elements along an axis are right.

A rule gets the parameters for the full and the short batch, the operands and the results (`Value`s). It returns the
masks that operands need, (operand, axis, k, fill), or raises Unknown where the results would not be right. That the
shapes of both batches fit is known already: each rule only has to say where a ragged axis goes.
"""

import math

import numpy as np


class Unknown(Exception):
    """Why a short batch can't be padded, in words."""


class Value:
    """One operand or result: `ragged` is None or (axis, k), `full` and `short` are its facts for both lengths."""

    __slots__ = ("full", "ragged", "short")

    def __init__(self, ragged, full, short):
        self.ragged, self.full, self.short = ragged, full, short


RULES = {}
_SHAPES = {"shape", "sharding", "out_sharding", "new_sizes", "lhs_shape", "rhs_shape", "name", "weak_type", "sizes"}
"""Parameters that say what the shapes say already."""


def same_params(full, short, name, but=frozenset()):
    """Raise Unknown where parameters differ that are no shapes."""
    for key in full.keys() | short.keys():
        if key in _SHAPES or key in but:
            continue
        a, b = full.get(key), short.get(key)
        if a is not b and not equal(a, b):
            raise Unknown(f"{name} with another {key}")


def equal(a, b):
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return type(a) is type(b) and (
        a == b or (callable(a) and getattr(a, "__qualname__", 0) == getattr(b, "__qualname__", 1))
    )


def rule(*names):
    def register(function):
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def need(condition, why):
    if not condition:
        raise Unknown(why)


@rule("add", "add_any", "sub", "mul", "div", "rem", "max", "min", "pow", "atan2", "nextafter", "neg", "abs", "sign", "exp",
      "exp2", "expm1", "log", "log1p", "sqrt", "rsqrt", "cbrt", "square", "integer_pow", "logistic", "tanh", "tan", "sin",
      "cos", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "erf", "erfc", "erf_inv", "lgamma", "digamma",
      "igamma", "igammac", "lgamma_p", "floor", "ceil", "round", "is_finite", "not", "and", "or", "xor", "eq", "ne", "lt",
      "le", "gt", "ge", "select_n", "clamp", "convert_element_type", "reduce_precision", "stop_gradient", "copy", "copy_p",
      "shift_left", "shift_right_logical", "shift_right_arithmetic", "population_count", "clz", "real", "imag", "conj",
      "complex", "bessel_i0e", "bessel_i1e", "polygamma", "zeta", "mul_no_nan", "eq_to", "le_to", "lt_to")  # fmt: skip
def elementwise(full, short, operands, results):
    """All operands have the result's shape, or none, or length 1 where the result has another."""
    same_params(full, short, "an elementwise step")
    (result,) = results
    for operand in operands:
        spread = operand.ragged is None and (not operand.full.shape or operand.full.shape[result.ragged[0]] == 1)
        need(spread or operand.ragged == result.ragged, "values that are ragged along different axes")


@rule("bitcast_convert_type")
def bitcast(full, short, operands, results):
    need(operands[0].full.shape == results[0].full.shape, "bits taken apart")
    elementwise(full, short, operands, results)


@rule("optimization_barrier")
def each_alone(full, short, operands, results):
    need(all(a.ragged == b.ragged for a, b in zip(operands, results)), "values that are ragged along different axes")


@rule("iota")
def iota(full, short, operands, results):
    same_params(full, short, "iota")


@rule("broadcast_in_dim")
def broadcast(full, short, operands, results):
    operand, result = operands[0], results[0]
    places = full["broadcast_dimensions"]
    need(places == short["broadcast_dimensions"], "broadcasting along other axes")
    if operand.ragged is not None:
        need(
            result.ragged == (places[operand.ragged[0]], operand.ragged[1]),
            "a ragged axis that is lost in broadcasting",
        )
    elif result.ragged is not None and result.ragged[0] in places:
        need(operand.full.shape[places.index(result.ragged[0])] == 1, "rows that are there for one length only")


@rule("reshape")
def reshape(full, short, operands, results):
    need(full.get("dimensions") is None, "a reshape that transposes")
    operand, result = operands[0], results[0]
    need(operand.ragged is not None and result.ragged is not None, "a batch that is reshaped away")
    before = [math.prod(v.full.shape[: v.ragged[0]]) for v in (operand, result)]
    need(before[0] == before[1], "a batch that is reshaped into what stands before it")


@rule("transpose")
def transpose(full, short, operands, results):
    same_params(full, short, "transpose")
    axis, times = operands[0].ragged
    need(results[0].ragged == (full["permutation"].index(axis), times), "a ragged axis that is lost")


@rule("squeeze")
def squeeze(full, short, operands, results):
    gone = {d % len(operands[0].full.shape) for d in full["dimensions"]}
    axis, times = operands[0].ragged
    need(results[0].ragged == (axis - sum(d < axis for d in gone), times), "a ragged axis that is lost")


@rule("expand_dims")
def expand_dims(full, short, operands, results):
    new = {d % len(results[0].full.shape) for d in full["dimensions"]}
    kept = [i for i in range(len(results[0].full.shape)) if i not in new]
    axis, times = operands[0].ragged
    need(results[0].ragged == (kept[axis], times), "a ragged axis that is lost")


# -- along an axis ------------------------------------------------------------------------------------------------
_NEUTRAL = {
    "reduce_sum": 0, "reduce_prod": 1, "reduce_max": "lowest", "reduce_min": "highest", "reduce_and": True,
    "reduce_or": False, "argmax": "lowest", "argmin": "highest", "reduce_xor": 0,
}  # fmt: skip


def reduction(fill):
    def reduce(full, short, operands, results):
        same_params(full, short, "a reduction")
        operand = operands[0]
        axis, times = operand.ragged
        if axis in full["axes"]:
            need(len(operands) == 1, "a reduction of several values")
            return [(0, axis, times, fill)]
        place = axis - sum(d < axis for d in full["axes"])
        need(results[0].ragged == (place, times), "a ragged axis that is lost")
        return ()

    return reduce


RULES.update((name, reduction(fill)) for name, fill in _NEUTRAL.items())


_START = {"cumsum": 0, "cumprod": 1, "cummax": "lowest", "cummin": "highest", "cumlogsumexp": "lowest"}


def cumulative(fill):
    def accumulate(full, short, operands, results):
        same_params(full, short, "a cumulative step")
        axis, times = operands[0].ragged
        return [(0, axis, times, fill)] if full["axis"] == axis else ()

    return accumulate


RULES.update((name, cumulative(fill)) for name, fill in _START.items())


@rule("sort")
def sort(full, short, operands, results):
    same_params(full, short, "sort")
    ragged = [v.ragged for v in operands]
    need(len(set(ragged)) == 1 and full["dimension"] != ragged[0][0], "sorting along a batch")


@rule("rev")
def reverse(full, short, operands, results):
    same_params(full, short, "flip")
    need(operands[0].ragged[0] not in full["dimensions"], "a batch that is turned around")


@rule("concatenate")
def concatenate(full, short, operands, results):
    same_params(full, short, "concatenate")
    ragged = results[0].ragged
    need(ragged is not None and ragged[0] != full["dimension"] and all(v.ragged == ragged for v in operands),
         "joining along a batch")  # fmt: skip


@rule("slice")
def cut(full, short, operands, results):
    axis, _ = operands[0].ragged
    for i, size in enumerate(operands[0].full.shape):
        a, b = ([p["start_indices"][i], p["limit_indices"][i], (p["strides"] or (1,) * 99)[i]] for p in (full, short))
        if i == axis and results[0].ragged == operands[0].ragged:
            whole = a == [0, size, 1] and b == [0, operands[0].short.shape[axis], 1]
            need(whole, "a part of a batch that depends on its length")
        else:
            need(a == b, "a part of a batch that depends on its length")
    need(results[0].ragged in (None, operands[0].ragged), "a ragged axis that is lost")


@rule("pad")
def pad(full, short, operands, results):
    same_params(full, short, "pad")
    axis, _ = operands[0].ragged or (None, None)
    need(axis is not None and tuple(full["padding_config"][axis]) == (0, 0, 0), "padding along a batch")
    need(operands[1].ragged is None and results[0].ragged == operands[0].ragged, "a ragged axis that is lost")


@rule("split")
def split(full, short, operands, results):
    need(full["axis"] != operands[0].ragged[0], "a batch that is split")
    need(all(v.ragged == operands[0].ragged for v in results), "a ragged axis that is lost")


# -- products ---------------------------------------------------------------------------------------------------------
@rule("dot_general")
def dot_general(full, short, operands, results):
    same_params(full, short, "a product")
    contracted, batched = full["dimension_numbers"]
    masks, place = [], None
    for side, operand in enumerate(operands):
        if operand.ragged is None:
            continue
        axis, times = operand.ragged
        if axis in contracted[side]:
            other = operands[1 - side].ragged
            paired = contracted[1 - side][tuple(contracted[side]).index(axis)]
            need(other == (paired, times), "a product with something of another length")
            masks.append((side, axis, times, 0))
            continue
        found = result_axis(side, axis, operands, contracted, batched)
        need(results[0].ragged == (found, times) and place in (None, found), "a product of every row with every row")
        place = found
    need(results[0].ragged is None or place is not None, "a ragged axis that comes from nowhere")
    return masks


def result_axis(side, axis, operands, contracted, batched):
    """Where a product's result has an axis of an operand."""
    if axis in batched[side]:
        return tuple(batched[side]).index(axis)
    free = [[i for i in range(len(v.full.shape)) if i not in contracted[s] and i not in batched[s]]
            for s, v in enumerate(operands)]  # fmt: skip
    return len(batched[0]) + (len(free[0]) if side else 0) + free[side].index(axis)


@rule("conv_general_dilated")
def convolution(full, short, operands, results):
    same_params(full, short, "a convolution")
    left, right, out = (tuple(s) for s in full["dimension_numbers"])
    a, b = operands[0].ragged, operands[1].ragged
    if b is None:
        need(a is not None and a[0] == left[0] and full["batch_group_count"] == 1, "a convolution along a batch")
        need(results[0].ragged == (out[0], a[1]), "a ragged axis that is lost")
        return ()
    # A kernel's gradient: the batch is what is summed over.
    sums = a is not None and a[0] == left[1] and b[0] == right[1] and a[1] == b[1] and results[0].ragged is None
    need(sums and full["feature_group_count"] == full["batch_group_count"] == 1, "a convolution along a batch")
    return [(0, a[0], a[1], 0), (1, b[0], b[1], 0)]


def window(full, short, operands, results):
    """Windows that do not reach from row to row."""
    same_params(full, short, "a pooling")
    for value in operands:
        if not value.full.shape:
            continue
        need(value.ragged is not None and value.ragged == results[0].ragged, "a pooling along a batch")
        axis = value.ragged[0]
        for name in ("window_dimensions", "window_strides", "base_dilation", "window_dilation"):
            need(full.get(name) is None or full[name][axis] == 1, "a pooling along a batch")
        need(tuple(full["padding"][axis]) == (0, 0), "a pooling along a batch")


for _name in ("reduce_window_sum", "reduce_window_max", "reduce_window_min", "reduce_window",
              "select_and_scatter_add", "select_and_gather_add"):  # fmt: skip
    RULES[_name] = window


# -- looking up ---------------------------------------------------------------------------------------------------------
@rule("gather")
def gather(full, short, operands, results):
    same_params(full, short, "a look-up", but={"slice_sizes"})
    numbers, (table, index), result = full["dimension_numbers"], operands, results[0]
    offsets = tuple(numbers.offset_dims)
    rows = [i for i in range(len(result.full.shape)) if i not in offsets]  # of the result, in the order of the indices
    pairs = dict(zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims))
    place = None
    if index.ragged is not None:
        axis, times = index.ragged
        need(axis != len(index.full.shape) - 1, "indices that are ragged themselves")
        place = rows[axis]
    if table.ragged is None:
        need(place is not None and result.ragged == (place, index.ragged[1]), "a ragged axis that is lost")
        need(full["slice_sizes"] == short["slice_sizes"], "a look-up of other sizes")
        return ()
    axis, times = table.ragged
    if axis in pairs:
        need(
            index.ragged == (pairs[axis], times) and result.ragged == (place, times), "rows that do not belong together"
        )
        return
    if axis in numbers.collapsed_slice_dims and axis in numbers.start_index_map:
        need(full["slice_sizes"] == short["slice_sizes"], "a look-up of other sizes")
        rowwise = index.ragged is not None and result.ragged == (place, index.ragged[1])
        need(rowwise or (index.ragged is None and result.ragged is None), "a ragged axis that is lost")
        return [(1, tuple(numbers.start_index_map).index(axis), times, "clip" if is_clip(full["mode"]) else "drop")]
    whole = axis not in numbers.collapsed_slice_dims and axis not in numbers.start_index_map and index.ragged is None
    kept = [i for i in range(len(table.full.shape)) if i not in numbers.collapsed_slice_dims and i not in pairs]
    need(whole and result.ragged == (offsets[kept.index(axis)], times), "rows of a batch that are looked up")
    need(full["slice_sizes"][axis] == table.full.shape[axis], "rows of a batch that are looked up")
    return ()


def is_clip(mode):
    return "CLIP" in str(mode).upper()


@rule("scatter-add", "scatter_add")
def scatter_add(full, short, operands, results):
    same_params(full, short, "the gradient of a look-up")
    numbers, (table, index, updates) = full["dimension_numbers"], operands
    windows = tuple(numbers.update_window_dims)
    rows = [i for i in range(len(updates.full.shape)) if i not in windows]
    pairs = dict(zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims))
    masks = []
    if updates.ragged is not None:
        axis, times = updates.ragged
        need(axis in rows and index.ragged == (rows.index(axis), times), "the gradient of a look-up along a batch")
        masks = [(2, axis, times, 0)]
    if table.ragged is None:
        need(updates.ragged is not None and results[0].ragged is None, "an update that is there for one length only")
        return masks
    need(table.ragged == results[0].ragged, "a ragged axis that is lost")
    if table.ragged[0] in pairs:
        need(index.ragged == (pairs[table.ragged[0]], table.ragged[1]) and masks, "rows that do not belong together")
        return masks
    # What an index beyond the valid rows adds is dropped, or lands beyond them.
    placed = table.ragged[0] in numbers.inserted_window_dims and table.ragged[0] in numbers.scatter_dims_to_operand_dims
    need(placed and not is_clip(full["mode"]) and (masks or index.ragged is None), "rows of a batch that are added to")
    return masks
