"""What each primitive does to values of which only a part is right.

A rule gets a `Step` and returns a `Done`: how the varying length stands in the results (`layouts.py`), which operands must
be masked first, and the parameters that depend on the length; or it raises Unknown where results would not be right. That
the results have the sizes that the layouts say is checked for both lengths afterwards, so a rule only has to say where an
axis goes.
"""

import dataclasses
import functools
import operator

import numpy as np

from eagerjax.static.layouts import Affine, Any, Count, Extent, N, extents, fixed, is_prefix, join, need, normal, varies


@dataclasses.dataclass(frozen=True)
class Mask:
    """Operand `operand` is filled where it is not right along an axis: with a number, "lowest", "highest", or ("operand", i).

    "drop" and "clip" are for indices into a varying axis, of which `axis` is the column.
    """

    operand: int
    axis: int
    layout: tuple
    fill: object


@dataclasses.dataclass(frozen=True)
class Done:
    layouts: tuple
    masks: tuple = ()
    params: tuple = ()  # (name, value that `layouts.at` makes one for a length)
    how: tuple = ()  # another way to compute it: see `ragged.WAYS`


class Step:
    """One equation at the full and at the short length, and the layouts of its operands."""

    def __init__(self, full, short, layouts, lengths):
        self.full, self.short = full.params, short.params
        self.name = full.primitive.name
        self.layouts = layouts
        self.lengths = lengths
        self.avals = [(v.aval, w.aval) for v, w in zip(full.invars, short.invars)]
        self.results = [(v.aval, w.aval) for v, w in zip(full.outvars, short.outvars)]

    def same(self, *but):
        """All parameters are the same, but for these."""
        same_params(self.full, self.short, self.name, but)

    def sizes(self, result, axis):
        return tuple(aval.shape[axis] for aval in self.results[result])

    def constant(self, axis):
        """An axis of the result along which all elements are alike."""
        return self.lengths.any_of(*self.sizes(0, axis))

    @property
    def dims(self):
        """Of the result."""
        return range(len(self.results[0][0].shape))


RULES = {}
_SHAPES = {"shape", "sharding", "out_sharding", "new_sizes", "lhs_shape", "rhs_shape", "name", "weak_type", "sizes"}
"""Parameters that say what the shapes say already."""


def same_params(full, short, name, but=()):
    """Raise Unknown where parameters differ that are no shapes."""
    for key in full.keys() | short.keys():
        if key in _SHAPES or key in but:
            continue
        a, b = full.get(key), short.get(key)
        need(equal(a, b), f"{name} with another {key}")


def equal(a, b):
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    if a is b or type(a) is not type(b):
        return a is b
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(equal, a, b))
    if hasattr(a, "eqns"):
        consts = [getattr(j, "consts", ()) for j in (a, b)]
        alike = len(consts[0]) == len(consts[1]) and all(map(np.array_equal, *consts))
        return alike and str(a) == str(b)
    return a == b or (callable(a) and getattr(a, "__qualname__", 0) == getattr(b, "__qualname__", 1))


def rule(*names):
    def register(function):
        RULES.update(dict.fromkeys(names, function))
        return function

    return register


def joined(layouts):
    """The common layout of operands of one shape; axes of length 1 spread."""
    return tuple([functools.reduce(spread, axes) for axes in zip(*layouts, strict=True)])


def spread(a, b):
    return b if a == () else a if b == () else join(a, b)


@rule("add", "add_any", "sub", "mul", "div", "rem", "max", "min", "pow", "atan2", "nextafter", "neg", "abs", "sign",
      "exp", "exp2", "expm1", "log", "log1p", "sqrt", "rsqrt", "cbrt", "square", "one_minus_square", "integer_pow",
      "logistic", "tanh", "tan", "sin", "cos", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "erf",
      "erfc", "erf_inv", "lgamma", "digamma", "igamma", "igammac", "lgamma_p", "floor", "ceil", "round", "is_finite",
      "not", "and", "or", "xor", "eq", "ne", "lt", "le", "gt", "ge", "select_n", "clamp", "convert_element_type",
      "reduce_precision", "stop_gradient", "copy", "copy_p", "device_put", "shift_left", "shift_right_logical",
      "shift_right_arithmetic", "population_count", "clz", "real", "imag", "conj", "complex", "bessel_i0e",
      "bessel_i1e", "polygamma", "zeta", "mul_no_nan", "eq_to", "le_to", "lt_to")  # fmt: skip
def elementwise(step):
    step.same()
    dims = len(step.results[0][0].shape)
    need(all(len(layout) in (0, dims) for layout in step.layouts), "values of other dimensions")
    return Done((joined([layout for layout in step.layouts if len(layout) == dims]),))


@rule("bitcast_convert_type")
def bitcast(step):
    need(step.avals[0][0].shape == step.results[0][0].shape, "bits taken apart")
    return elementwise(step)


@rule("optimization_barrier")
def each_alone(step):
    return Done(tuple(step.layouts))


@rule("iota")
def iota(step):
    step.same()
    if len(step.dims) == 1:
        axis = step.constant(0)
        return Done(((Count(step.sizes(0, 0)),),), how=("count", axis if len(axis.ds) == 1 else ()))
    d = step.full["dimension"]
    layout = tuple([step.lengths.leading(*step.sizes(0, i)) if i == d else step.constant(i) for i in step.dims])
    return Done((layout,), params=(("shape", extents(layout)),))


@rule("broadcast_in_dim")
def broadcast(step):
    places = step.full["broadcast_dimensions"]
    need(places == step.short["broadcast_dimensions"], "broadcasting along other axes")
    given = {i: axis for i, axis in zip(places, step.layouts[0], strict=True) if axis != ()}
    layout = tuple([given[i] if i in given else step.constant(i) for i in step.dims])
    return Done((layout,), params=(("shape", extents(layout)),))


@rule("reshape")
def reshape(step):
    need(step.full.get("dimensions") is None, "a reshape that transposes")
    layout, how = step.layouts[0], ()
    alike = all(isinstance(axis, (Any, Count)) or axis == () for axis in layout)
    if layout and isinstance(layout[0], Count):
        layout = tuple([step.lengths.settled(step.constant(i)) for i in step.dims])
        how = ("numbers", layout)
    elif alike:
        layout = tuple(map(step.constant, step.dims))
    else:
        layout = step.lengths.regrouped(layout, *[aval.shape for aval in step.results[0]])
    return Done((layout,), params=(("new_sizes", extents(layout)),), how=how)


@rule("transpose")
def transpose(step):
    step.same()
    return Done((tuple([step.layouts[0][i] for i in step.full["permutation"]]),))


@rule("squeeze")
def squeeze(step):
    step.same()
    layout = step.layouts[0]
    gone = {d % len(layout) for d in step.full["dimensions"]}
    need(all(layout[d] == () for d in gone), "an axis that is there for one length only")
    return Done((tuple([axis for i, axis in enumerate(layout) if i not in gone]),))


@rule("expand_dims")
def expand_dims(step):
    step.same()
    layout, dims = list(step.layouts[0]), len(step.results[0][0].shape)
    for d in sorted(d % dims for d in step.full["dimensions"]):
        layout.insert(d, ())
    return Done((tuple(layout),))


# -- along an axis ------------------------------------------------------------------------------------------------
_NEUTRAL = {
    "reduce_sum": 0, "reduce_prod": 1, "reduce_max": "lowest", "reduce_min": "highest", "reduce_and": True,
    "reduce_or": False, "argmax": "lowest", "argmin": "highest", "reduce_xor": 0,
}  # fmt: skip


def reduction(fill, step):
    step.same()
    need(len(step.layouts) == 1, "a reduction of several values")
    (layout,), axes = step.layouts, step.full["axes"]
    gone = {d: step.lengths.settled(layout[d]) for d in axes if varies(layout[d])}
    if step.name.startswith("arg"):
        need(all(map(is_prefix, gone.values())), "the place of an element among rows of sequences")
    masks = tuple([Mask(0, d, axis, fill) for d, axis in gone.items()])
    return Done((tuple([axis for i, axis in enumerate(layout) if i not in axes]),) * len(step.results), masks)


RULES.update((name, functools.partial(reduction, fill)) for name, fill in _NEUTRAL.items())


_START = {"cumsum": 0, "cumprod": 1, "cummax": "lowest", "cummin": "highest", "cumlogsumexp": "lowest"}


def cumulative(fill, step):
    step.same()
    layout, d = list(step.layouts[0]), step.full["axis"]
    if not varies(layout[d]):
        return Done((tuple(layout),))
    layout[d] = step.lengths.settled(layout[d])
    return Done((tuple(layout),), (Mask(0, d, layout[d], fill),))


RULES.update((name, functools.partial(cumulative, fill)) for name, fill in _START.items())


@rule("sort")
def sort(step):
    step.same()
    layout = joined(step.layouts)
    need(not varies(layout[step.full["dimension"]]), "sorting along a length that varies")
    return Done((layout,) * len(step.results))


@rule("top_k")
def top_k(step):
    step.same()
    layout = list(step.layouts[0])
    d = step.full.get("axis", -1)
    need(not varies(layout[d]), "sorting along a length that varies")
    layout[d] = fixed(step.sizes(0, d)[0])
    return Done((tuple(layout),) * 2)


@rule("rev")
def reverse(step):
    step.same()
    (layout,) = step.layouts
    need(not any(varies(layout[d]) and not isinstance(layout[d], Any) for d in step.full["dimensions"]),
         "a length that varies, turned around")  # fmt: skip
    return Done((layout,))


@rule("concatenate")
def concatenate(step):
    """Along a varying axis: pieces that are all alike, or one that varies among others, those after which must move up."""
    step.same()
    d = step.full["dimension"]
    pieces = [step.lengths.settled(layout[d]) for layout in step.layouts]
    found = list(joined([(*layout[:d], (), *layout[d + 1 :]) for layout in step.layouts]))
    varying = [i for i, axis in enumerate(pieces) if varies(axis)]
    if not varying:
        found[d], how = fixed(step.sizes(0, d)[0]), ()
    elif len(varying) == len(pieces) and len(set(pieces)) == 1:
        found[d], how = normal((len(pieces), *pieces[0])), ()
    else:
        at = varying[0]
        need(len(varying) == 1 and len(pieces[at]) == 1, "rows of several lengths joined")
        sizes = [axis[0] if axis else 1 for axis in pieces if not varies(axis)]
        start = pieces[at][0].d + sum(sizes[:at])
        found[d] = (N(start + sum(sizes[at:])),)
        how = ("joined", d, at + 1, Affine(1, start)) if sizes[at:] else ()
    return Done((tuple(found),), how=how)


@rule("slice")
def cut(step):
    parts = [zip(p["start_indices"], p["limit_indices"], p["strides"] or (1,) * 99) for p in (step.full, step.short)]
    found, starts, limits, how = [], [], [], ()
    for i, (axis, now, other) in enumerate(zip(step.layouts[0], *parts)):
        start, stop, layout = now[0], now[1], fixed(step.sizes(0, i)[0])
        if not varies(axis):
            need(now == other, "a part that depends on the length")
        elif [now, other] == [(0, aval.shape[i], 1) for aval in step.avals[0]]:
            stop, layout = Extent(axis), axis
        else:
            axis = step.lengths.settled(axis)
            need(len(axis) == 1 and now[2] == other[2] == 1, "some rows of a batch of sequences")
            start, stop = (step.lengths.affine(*pair) for pair in zip(now[:2], other[:2]))
            layout = step.lengths.leading(*step.sizes(0, i))
            if isinstance(start, Affine):  # the last few
                need(not how and isinstance(stop, Affine), "a part that depends on the length")
                how = ("tail", i, start, stop.d - start.d)
                start, stop = 0, Extent(axis)
        found.append(layout)
        starts.append(start)
        limits.append(stop)
    return Done((tuple(found),), (), (("start_indices", tuple(starts)), ("limit_indices", tuple(limits))), how)


@rule("pad")
def pad(step):
    need(step.layouts[1] == (), "padding with several values")
    found, config, masks, how = [], [], [], ()
    for i, axis in enumerate(step.layouts[0]):
        now, other = (p["padding_config"][i] for p in (step.full, step.short))
        layout = axis if now == other == (0, 0, 0) else step.lengths.leading(*step.sizes(0, i))
        if now != other or (varies(axis) and now != (0, 0, 0)):
            need(now[2] == other[2] == 0, "padding between the rows")
            now = (*(step.lengths.affine(*pair) for pair in zip(now[:2], other[:2])), 0)
            if varies(axis):
                axis = step.lengths.settled(axis)
                need(len(axis) == 1 and not any(isinstance(n, Affine) for n in now), "padding of a batch of sequences")
                masks.append(Mask(0, i, axis, ("operand", 1)))
            elif isinstance(now[0], Affine):  # to the end of a length that varies
                need(not how and not isinstance(now[1], Affine), "padding that depends on the length")
                how, now = ("place", i, now[0]), (0, 0, 0)
        found.append(layout)
        config.append(now)
    found = tuple(found)
    return Done((found,), tuple(masks), (("padding_config", tuple(config)),), how and (*how, extents(found)))


@rule("stack")
def stack(step):
    step.same()
    layout = list(joined(step.layouts))
    layout.insert(step.full["axis"], fixed(len(step.layouts)))
    return Done((tuple(layout),))


@rule("unstack")
def unstack(step):
    step.same()
    (layout,), d = step.layouts, step.full["axis"]
    need(not varies(layout[d]), "taken apart along a length that varies")
    return Done(((*layout[:d], *layout[d + 1 :]),) * len(step.results))


@rule("split")
def split(step):
    """Along a varying axis: pieces that are all alike, or one that varies among others."""
    step.same()
    (layout,), d = step.layouts, step.full["axis"]
    how, axis = (), layout[d]
    if not varies(axis):
        pieces = list(map(fixed, step.full["sizes"]))
    elif axis[0] == len(step.results) and not any(map(operator.sub, *[step.sizes(i, d) for i in (0, -1)])):
        pieces = [axis[1:]] * len(step.results)
    else:
        pieces = [step.lengths.leading(*step.sizes(i, d)) for i in range(len(step.results))]
        need(len(step.lengths.settled(axis)) == 1 and sum(map(varies, pieces)) == 1, "rows of several lengths split")
        how = ("parts", d, tuple(pieces))
    params = () if how else (("sizes", extents(pieces)),)
    return Done(tuple([(*layout[:d], piece, *layout[d + 1 :]) for piece in pieces]), (), params, how)


@rule("dynamic_slice")
def dynamic_slice(step):
    step.same("slice_sizes")
    layout, found = step.layouts[0], []
    for i, axis in enumerate(layout):
        whole = all(p["slice_sizes"][i] == a.shape[i] for p, a in zip((step.full, step.short), step.avals[0]))
        need(whole or not varies(axis), "a part of a length that varies")
        found.append(axis if varies(axis) else fixed(step.sizes(0, i)[0]))
    return Done((tuple(found),), params=(("slice_sizes", extents(found)),))


@rule("dynamic_update_slice")
def dynamic_update_slice(step):
    step.same()
    found = []
    for into, axis in zip(*step.layouts[:2]):
        need(varies(into) == varies(axis), "a part of a length that varies")
        found.append(join(into, axis) if varies(into) else into)
    return Done((tuple(found),))


# -- products ---------------------------------------------------------------------------------------------------------
@rule("dot_general")
def dot_general(step):
    step.same()
    (contracted, batched), (left, right) = step.full["dimension_numbers"], step.layouts
    masks = []
    for i, j in zip(*contracted):
        axis = step.lengths.settled(join(left[i], right[j]))
        if varies(axis):
            masks += [Mask(0, i, axis, 0), Mask(1, j, axis, 0)]
    found = [join(left[i], right[j]) for i, j in zip(*batched)]
    for side, layout in enumerate((left, right)):
        found += [axis for i, axis in enumerate(layout) if i not in (*contracted[side], *batched[side])]
    return Done((tuple(found),), tuple(masks))


@rule("conv_general_dilated")
def convolution(step):
    step.same()
    (left, right, out), (a, b) = step.full["dimension_numbers"], step.layouts
    groups = step.full["feature_group_count"], step.full["batch_group_count"]
    need(not varies(b[right[0]]), "a convolution along a batch")
    masks, found = [], [None] * len(out)
    features = join(a[left[1]], b[right[1]]) if groups[0] == 1 else a[left[1]]
    if varies(features):  # a kernel's gradient: the batch is what is summed over
        features = step.lengths.settled(features)
        masks += [Mask(0, left[1], features, 0), Mask(1, right[1], features, 0)]
    found[out[0]], found[out[1]] = a[left[0]], b[right[0]]
    need(not varies(a[left[0]]) or groups[1] == 1, "a convolution along a batch")
    if groups[1] > 1:
        found[out[0]] = fixed(step.sizes(0, out[0])[0])
    for k, i in enumerate(out[2:]):
        found[i] = along(step, k, a[left[2 + k]], b[right[2 + k]], (left[2 + k], right[2 + k]), masks)
    return Done((tuple(found),), tuple(masks))


def along(step, k, axis, kernel, places, masks):
    """A convolution along a varying axis reads zeros beyond its end, as it does without padding."""
    sizes = step.sizes(0, step.full["dimension_numbers"][2][2 + k])
    if not (varies(axis) or varies(kernel)):
        return fixed(sizes[0])
    still = "rhs_dilation" if varies(kernel) else "window_strides"
    plain = varies(axis) and step.full["lhs_dilation"][k] == step.full[still][k] == 1
    need(plain, "a convolution with strides along a length that varies")
    for operand, one in enumerate((axis, kernel)):
        if varies(one):
            one = step.lengths.settled(one)
            need(len(one) == 1, "a convolution along a batch of sequences")
            masks.append(Mask(operand, places[operand], one, 0))
    return step.lengths.leading(*sizes)


@rule("reduce_window_sum", "reduce_window_max", "reduce_window_min", "reduce_window", "select_and_scatter_add",
      "select_and_gather_add")  # fmt: skip
def window(step):
    """Windows that do not reach from row to row."""
    step.same()
    layout = joined([layout for layout in step.layouts if layout]) if step.name != "select_and_scatter_add" else None
    layout = step.layouts[1] if layout is None else layout
    for i, axis in enumerate(layout):
        if not varies(axis):
            continue
        for name in ("window_dimensions", "window_strides", "base_dilation", "window_dilation"):
            need(step.full.get(name) is None or step.full[name][i] == 1, "a pooling along a length that varies")
        need(tuple(step.full["padding"][i]) == (0, 0), "a pooling along a length that varies")
        others = [other[i] for other in step.layouts if other]
        need(all(other in (axis, ()) or isinstance(other, Any) for other in others), "a pooling of other lengths")
    found = [axis if varies(axis) else fixed(step.sizes(0, i)[0]) for i, axis in enumerate(layout)]
    return Done((tuple(found),) * len(step.results))


# -- looking up ---------------------------------------------------------------------------------------------------------
@rule("gather")
def gather(step):
    step.same("slice_sizes")
    numbers, (table, index) = step.full["dimension_numbers"], step.layouts
    need(not varies(index[-1]), "indices that vary in length themselves")
    pairs = dict(zip(numbers.start_indices_batching_dims, numbers.operand_batching_dims))
    rows = iter([join(axis, table[pairs[i]]) if i in pairs else axis for i, axis in enumerate(index[:-1])])
    gone = {*numbers.collapsed_slice_dims, *numbers.operand_batching_dims}
    windows, masks, sizes = [], [], []
    for i, axis in enumerate(table):
        taken, other = step.full["slice_sizes"][i], step.short["slice_sizes"][i]
        sizes.append(Extent(axis) if varies(axis) and i not in gone else taken)
        if varies(axis) and i in numbers.collapsed_slice_dims:
            axis = step.lengths.settled(axis)
            need(is_prefix(axis) and i in numbers.start_index_map, "rows of a batch of sequences that are looked up")
            masks.append(Mask(1, numbers.start_index_map.index(i), axis, "clip" if is_clip(step) else "drop"))
        elif varies(axis) and i not in gone:
            whole = (taken, other) == tuple(aval.shape[i] for aval in step.avals[0])
            need(whole and i not in numbers.start_index_map, "a part of a length that varies, looked up")
            windows.append(axis)
        elif i not in gone:
            windows.append(fixed(taken))
        need(varies(axis) or taken == other, "a look-up of other sizes")
    windows = iter(windows)
    found = tuple([next(windows) if i in numbers.offset_dims else next(rows) for i in step.dims])
    return Done((found,), tuple(masks), (("slice_sizes", tuple(sizes)),))


def is_clip(step):
    return "CLIP" in str(step.full["mode"]).upper()


@rule("scatter-add", "scatter_add")
def scatter_add(step):
    step.same()
    numbers, (table, index, updates) = step.full["dimension_numbers"], step.layouts
    need(not varies(index[-1]), "indices that vary in length themselves")
    rows = [i for i in range(len(updates)) if i not in numbers.update_window_dims]
    masks = []
    for i, axis in zip(rows, index[:-1], strict=True):
        axis = step.lengths.settled(join(axis, updates[i]))
        if varies(axis):
            masks.append(Mask(2, i, axis, 0))
    pairs = dict(zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims))
    gone = {*numbers.inserted_window_dims, *pairs}
    windows = iter([updates[i] for i in numbers.update_window_dims])
    found = []
    for i, axis in enumerate(table):
        if i in pairs:
            axis = join(axis, index[pairs[i]])
        elif i not in gone:
            part = next(windows)
            need(varies(axis) == varies(part), "an update of a part of a length that varies")
            need(
                not varies(axis) or i not in numbers.scatter_dims_to_operand_dims,
                "an update of a part of a length that varies",
            )
            axis = join(axis, part) if varies(axis) else axis
        elif varies(axis):  # an index beyond the valid rows adds to what is beyond them
            axis = step.lengths.settled(axis)
            need(is_prefix(axis) and not is_clip(step), "rows of a batch of sequences that are added to")
        found.append(axis)
    return Done((tuple(found),), tuple(masks))
