"""Images with channels last: how a compiled program keeps them on a CPU between its convolutions.

A call that knows both layouts runs between two transpositions. Where one such call follows another they meet and XLA
takes both out, in the reverse pass as well, so only the ends of a chain are paid for; whoever asks for a value in
between gets PyTorch's layout. See docs/decisions/0009-channels-last.md.
"""

from eagerjax.lower.backward import vjp, wrt_of
from eagerjax.lower.evaluate import Evaluation, Inline
from eagerjax.ops.sliding import channels_first, channels_last
from eagerjax.record.trie import CALL, PULL_SEGMENT
from eagerjax.runtime.dtype import FLOATING

_REDUCING = {"mean", "sum", "amax", "amin"}
_POINTWISE = {
    "relu", "leaky_relu", "threshold", "hardtanh", "relu6", "hardsigmoid", "hardswish", "hardshrink", "softshrink", "elu",
    "celu", "selu", "gelu", "silu", "mish", "softplus", "logsigmoid", "softsign", "tanhshrink", "where", "clone",
    "maximum", "minimum", "fmax", "fmin",
}  # fmt: skip
"""Besides the ops of the families that say so."""


def evaluation(path, leaves, words, with_pull, plain=False):
    """What traces a path inside a compiled program. plain: no call in a form that depends on how many rows there are."""
    if convolves(path):
        return ImageEvaluation(leaves, words, with_pull, plain)
    return Evaluation(Inline if plain else Pulled, leaves, words, with_pull)


def convolves(path):
    """Does a path hold convolutions on a CPU, or the reverse pass of some?"""
    return any(map(is_convolution, calls_of(path)))


def calls_of(path):
    """The calls of a path, and those that it goes back through."""
    return [n for p in path for n in (p.detail[1].visited if p.kind is PULL_SEGMENT else (p,)) if n.kind is CALL]


def is_convolution(node):
    return node.kind is CALL and node.op.convolution and node.results[0].device.type == "cpu"


class Pulled(Inline):
    """Calls inline, those that the program goes backward through in the form that is meant for it."""

    @staticmethod
    def vjp(node, arrays, scalars, key):
        if node.op.pulled is None or node.results[0].device.type != "cpu":
            return Inline.vjp(node, arrays, scalars, key)
        return vjp(rebuilt(node, node.template, node.op.pulled), arrays, scalars, wrt_of(node), key)


class ImageCalls(Inline):
    """Calls inline, with channels last where that pays. `native` are the Refs whose values come from there."""

    def __init__(self, plain):
        self.native = set()
        self.others = Inline if plain else Pulled

    def call(self, node, arrays, scalars, key):
        out = self.function(node)(arrays, scalars, key)
        return out if isinstance(out, (tuple, list)) else (out,)

    def vjp(self, node, arrays, scalars, key):
        function = self.function(node)
        if function is node.call:
            return self.others.vjp(node, arrays, scalars, key)
        return vjp(function, arrays, scalars, wrt_of(node), key)

    def function(self, node):
        """The pure function of a call, in the form that suits its operands."""
        made = form(node, self.native)
        if made is None:
            return node.call
        self.native.update(r for r in node.results if r.ndim == ndim_of(node))
        return made


class ImageEvaluation(Evaluation):
    """A path in which images have their channels last between the calls that know this layout."""

    def __init__(self, leaves, words, with_pull, plain):
        super().__init__(ImageCalls(plain), leaves, words, with_pull)
        self.native = self.calls.native

    def run_variable(self, node):
        super().run_variable(node)
        if node.inputs[0] in self.native:
            self.native.add(node.results[0])

    run_detach = run_variable

    def run_pull_segment(self, node):
        self.native.update(node.detail[2].native)
        super().run_pull_segment(node)

    def accumulate(self, grads, ref, grad):
        if ref in grads and ref in self.native:
            grads[ref] = channels_first(self.calls.add(channels_last(grads[ref]), channels_last(grad)))
        else:
            super().accumulate(grads, ref, grad)


# -- the form of a call ------------------------------------------------------------------------
def ndim_of(node):
    """How many dimensions a call's images have."""
    return max([r.ndim for r in node.inputs], default=0)


def form(node, native):
    """The function of a call between transpositions, or None where it has no such form, or no use for one."""
    images = [r for r in node.inputs if r in native]
    if not (images or is_convolution(node)) or any(0 in r.shape for r in node.inputs):
        return None
    op, ndim = node.op, ndim_of(node)
    if op.images is not None:
        space, body = op.images
        first = node.inputs[0]
        fits = first.dtype.category == FLOATING and first.ndim == (ndim if space is None else space + 2)
        return between(rebuilt(node, node.template, body), ndim, (0,)) if fits else None
    if images[0].ndim != ndim:
        return None
    if op.pointwise or op.name in _POINTWISE:
        return between(node.call, ndim, range(len(node.inputs)))
    if op.name == "cat" and all(r.ndim == ndim for r in node.inputs):
        function = along(node, ndim, lambda axes: axes == [1])
        return function and between(function, ndim, range(len(node.inputs)))
    if op.name in _REDUCING:
        function = along(node, ndim, lambda axes: axes == [*range(2, ndim)])
        return function and between(function, ndim, (0,))
    return None


def rebuilt(node, template, body=None):
    return node.op.build(template, [r.dtype for r in node.inputs], [r.ndim for r in node.inputs], body=body)


def along(node, ndim, fits):
    """The call along the same axes of the transposed operands, where `fits(axes)`, else None."""
    at = node.op.names.index("dim")
    dims = node.template[at]
    axes = sorted(d % ndim for d in ((dims,) if isinstance(dims, int) else dims or ()))
    if not fits(axes):
        return None
    moved = tuple(0 if a == 0 else (a - 2) % (ndim - 1) + 1 for a in axes)
    template = list(node.template)
    template[at] = moved[0] if isinstance(dims, int) else moved
    return rebuilt(node, tuple(template))


def between(function, ndim, operands):
    """`function` of images with channels last, for images with channels first: the operands numbered, and results."""

    def moved(arrays, scalars=(), key=None):
        last = [widened(a, ndim) if i in operands else a for i, a in enumerate(arrays)]
        out = function(last, scalars, key)
        if not isinstance(out, (tuple, list)):
            return first(out, ndim)
        return tuple(first(o, ndim) for o in out)

    return moved


def widened(array, ndim):
    """An operand that broadcasts against images of `ndim` dimensions, with channels last."""
    if array.ndim == 0:
        return array
    return channels_last(array.reshape((1,) * (ndim - array.ndim) + array.shape))


def first(array, ndim):
    return channels_first(array) if array.ndim == ndim else array
