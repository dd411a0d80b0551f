"""How PyTorch would lay out a value in memory: it draws random numbers in that order.

Values here lie row by row, always. PyTorch's results lie as their operands do (twice a transposed tensor is transposed,
too), and a dropout's mask is drawn in the order of its input's memory. So where PyTorch's own numbers are drawn, the path
that leads to a value is followed back to the views it was made of. From the first draw on that asks, tensors also remember
it when their trace runs.
"""

from eagerjax.alias import ORDERS
from eagerjax.dispatch import enter_all
from eagerjax.forms.views import reshaped_strides
from eagerjax.record.trace import Holder, state
from eagerjax.record.trie import CALL, DETACH, VARIABLE
from eagerjax.runtime.random import like_torch
from eagerjax.tensor import row_major


def strides_of(tensor):
    """The strides that the tensor has in PyTorch; None: row-major."""
    state.laid_out = note
    if tensor._array is not None:
        return tensor._order or tensor._strides
    (ref,) = enter_all([tensor])
    return follow(ref, dict(ORDERS.get(state.trace, ())))


def note(trace, holders):
    """Before the results of a trace become arrays: remember how they lie."""
    if not like_torch():
        state.laid_out = None
        return
    found = dict(ORDERS.get(trace, ()))
    for holder in holders:
        strides = follow(holder._ref, found)
        if (strides or holder._order or holder._strides) is not None and type(holder) is not Holder:
            holder._order = strides or row_major(holder._ref.shape)


def follow(ref, found):
    """The strides of `ref`; `found` has those that are known, and gets what is found out on the way."""
    waiting = [ref]
    while waiting:  # not by recursion: a path may be long
        at = waiting[-1]
        missing = [r for r in origins(at) if r not in found]
        waiting.extend(missing)
        if not missing:
            found[waiting.pop()] = step(at, found)
    return found[ref]


def by_rows(tensor):
    """Do the elements lie row by row in PyTorch?"""
    strides = strides_of(tensor)
    return strides is None or same_order(tensor._ref.shape, strides)


def origins(ref):
    """The Refs whose layout decides on that of `ref`."""
    node = ref.node
    if node is None or node.kind not in (CALL, DETACH, VARIABLE):
        return ()
    return node.inputs if node.kind is not CALL or rule_of(node.op) else ()


def rule_of(op):
    return RULES.get(op.name) or (along if op.pointwise else first if op.view and op.writes else None)


def step(ref, found):
    """The strides of `ref`, given those of its origins; None: row-major."""
    given = [(r, found[r]) for r in origins(ref)]
    if not given:
        return None
    if ref.node.kind is not CALL:
        return given[0][1]
    if not ref.node.op.view and ref.node.op.name != "clone" and all(strides is None for _, strides in given):
        return None
    given = [(r, row_major(r.shape) if strides is None else strides) for r, strides in given]
    strides = rule_of(ref.node.op)(ref, given)
    return None if strides is None or same_order(ref.shape, strides) else tuple(strides)


def same_order(shape, strides):
    return all(n == 1 or a == b for n, a, b in zip(shape, strides, row_major(shape)))


# -- results that lie as their operands do -------------------------------------------------
def along(ref, given):
    """Dimensions in the order of the first operand that tells two of them apart, and no gaps."""
    order = list(reversed(range(ref.ndim)))
    spread = [broadcast(r.shape, strides, ref.shape) for r, strides in given if r.ndim]
    for i in range(1, len(order)):
        at = i
        for j in reversed(range(i)):
            comparison = compare(order[j], order[at], spread, ref.shape)
            if comparison < 0:
                break
            if comparison > 0:
                order[j], order[at] = order[at], order[j]
                at = j
    return dense(ref.shape, order)


def broadcast(shape, strides, to):
    """Strides among the dimensions of `to`; 0 where the operand is repeated."""
    lead = len(to) - len(shape)
    return [0] * lead + [0 if n == 1 and m != 1 else s for n, m, s in zip(shape, to[lead:], strides)]


def compare(inner, outer, spread, shape):
    """Negative if `inner` is the faster of two dimensions, positive if it is the slower one, 0 if nothing tells."""
    for strides in spread:
        a, b = strides[inner], strides[outer]
        if a == 0 or b == 0:
            continue
        if a != b:
            return a - b
        if shape[inner] > shape[outer]:
            return 1
    return 0


def dense(shape, order):
    """Strides of dimensions given from the fastest to the slowest one."""
    strides, step = [0] * len(shape), 1
    for d in order:
        strides[d] = step
        step *= shape[d]
    return strides


def first(ref, given):
    """As the first operand."""
    return given[0][1]


def image(ref, given):
    """Channels last where all operands of that many dimensions are; row-major else."""
    like = [(r.shape, strides) for r, strides in given if r.ndim == ref.ndim]
    if ref.ndim == 4 and like and is_channels_last(*like[0]):
        return dense(ref.shape, (1, 3, 2, 0))
    return None


def is_channels_last(shape, strides):
    least = 0
    for d in (1, 3, 2, 0):
        if shape[d] == 0 or strides[d] < least or (d == 0 and least == strides[1]):
            return False
        least = strides[d] * max(shape[d], 1)
    return True


def joined(ref, given):
    """`cat`: channels last only if every part is."""
    return image(ref, given) if all(is_channels_last(r.shape, s) for r, s in given if r.ndim == 4) else None


def padded(ref, given):
    return None if "circular" in ref.node.template else image(ref, given)


def clone(ref, given):
    format = getattr(ref.node.template[1], "name", "preserve_format")
    if format == "channels_last":
        return dense(ref.shape, (1, 3, 2, 0))
    return None if format == "contiguous_format" else along(ref, given)


def narrowed(ref, given):
    """As an operand of other lengths."""
    _, strides = given[0]
    return dense(ref.shape, sorted(range(ref.ndim), key=lambda d: (strides[d], -d)))


# -- views ---------------------------------------------------------------------------------
def reshaped(ref, given):
    """None where it is no view of what PyTorch has, but a copy."""
    (of, strides), = given  # fmt: skip
    return reshaped_strides(of.shape, strides, ref.shape)


def permuted(ref, given):
    return [given[0][1][d] for d in ref.node.template[1]]


def expanded(ref, given):
    (of, strides), = given  # fmt: skip
    return broadcast(of.shape, strides, ref.shape)


def selected(ref, given):
    dim = ref.node.template[1]
    return given[0][1][:dim] + given[0][1][dim + 1 :]


def sliced(ref, given):
    _, dim, _, _, step = ref.node.template
    strides = list(given[0][1])
    strides[dim] *= step
    return strides


def diagonal(ref, given):
    _, _, dim1, dim2 = ref.node.template
    strides = given[0][1]
    kept = [s for d, s in enumerate(strides) if d not in (dim1, dim2)]
    return [*kept, strides[dim1] + strides[dim2]]


def unfolded(ref, given):
    _, dim, _, step = ref.node.template
    strides = list(given[0][1])
    strides.append(strides[dim])
    strides[dim] *= step
    return strides


def as_told(ref, given):
    return ref.node.template[2]


def as_real(ref, given):
    return [*(2 * s for s in given[0][1]), 1]


def as_complex(ref, given):
    return [s // 2 for s in given[0][1][:-1]]


RULES = {
    "_reshape": reshaped, "_permute": permuted, "_expand": expanded, "_select": selected, "_slice": sliced,
    "_split": first, "_split_with_sizes": first, "_unbind": selected, "_diagonal": diagonal, "_unfold": unfolded,
    "_as_strided": as_told, "_view_as_real": as_real, "_view_as_complex": as_complex, "_real": first, "_imag": first,
    "_conj": first, "clone": clone, "cat": joined, "pad": padded, "glu": narrowed, "diff": narrowed, "_copied": first,
    "index_fill": along,
    **dict.fromkeys(
        ("relu", "leaky_relu", "prelu", "threshold", "hardtanh", "relu6", "hardsigmoid", "hardswish", "hardshrink",
         "softshrink", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "tanhshrink", "_cast",
         "_ones_like", "_filled", "isclose", "isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal", "complex",
         "polar", "flip", "sort", "msort", "normalize", "rms_norm", "mse_loss", "l1_loss",
         "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div"),
        along,
    ),
    **dict.fromkeys(
        ("conv2d", "conv_transpose2d", "_batch_norm_train", "_batch_norm_eval", "group_norm", "local_response_norm",
         "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "_interpolate", "roll",
         "pixel_unshuffle"),
        image,
    ),
}  # fmt: skip
"""For ops that are neither pointwise nor write views: how the result lies. All others give a row-major result."""
