"""Tensor.grad_fn: the recorded history under PyTorch's names, made only when somebody asks."""

import functools

from eagerjax import alias
from eagerjax.dispatch import pending
from eagerjax.lower.residuals import recipe_of
from eagerjax.namespace import METHODS
from eagerjax.ops.define import HERE, TENSOR, Constant, Placeholder
from eagerjax.record.trace import Leaf
from eagerjax.record.trie import CALL
from eagerjax.reverse import FREED, is_freed, now
from eagerjax.saved import PackedCall
from eagerjax.second import values_of

_NAMES = {
    "_attention": "ScaledDotProductAttention", "_batch_norm_eval": "NativeBatchNorm", "_batch_norm_train": "NativeBatchNorm",
    "_bitcast": "View", "_cast": "ToCopy", "_dropout": "Mul", "_gru": "Stack", "_rnn": "Stack",
    "conv1d": "Convolution", "conv2d": "Convolution", "conv3d": "Convolution",
    "conv_transpose1d": "Convolution", "conv_transpose2d": "Convolution",
    "conv_transpose3d": "Convolution", "group_norm": "NativeGroupNorm", "inverse": "LinalgInvEx", "layer_norm": "NativeLayerNorm",
    "linalg_inv": "LinalgInvEx", "linalg_norm": "LinalgVectorNorm", "linalg_solve": "LinalgSolveEx", "logsigmoid": "LogSigmoid",
    "max_pool1d": "MaxPool1DWithIndices", "max_pool2d": "MaxPool2DWithIndices", "max_pool3d": "MaxPool3DWithIndices",
    "norm": "LinalgVectorNorm", "prelu": "PreluKernel", "relu6": "Hardtanh", "selu": "Elu", "square": "Pow",
}  # fmt: skip
"""PyTorch's names where they are not the op's own in capitals."""

_WHOLE_FIRST = {"sum", "mean", "prod", "median", "nanmedian"}  # ...Backward0 over everything, ...Backward1 over dims
_WHOLE_SECOND = {"max", "min"}


class GradFn:
    """One step of a tensor's history. `next_functions` are the steps that its gradients go to."""

    def __init__(self, key, edges, saved=dict):
        self._key = key
        self._edges = edges
        self._saved = saved
        self.metadata = {}

    def __getattr__(self, name):
        """`_saved_self`, `_saved_result`: what the step's backward needs. Raises RuntimeError once that has been freed."""
        found = self._saved().get(name[7:]) if name.startswith("_saved_") else None
        if found is None:
            raise AttributeError(f"'{self.name()}' object has no attribute '{name}'")
        return found()

    def name(self):
        """The name PyTorch gives the step: "MulBackward0"."""
        return type(self).__name__

    @property
    def next_functions(self):
        """((step, which of its results), ...) per operand; (None, 0) for one without history."""
        return tuple(self._edges())

    def __eq__(self, other):
        return type(other) is type(self) and other._key == self._key

    def __hash__(self):
        return hash(self._key)

    def __repr__(self):
        return f"<{self.name()} object at {hash(self) & 0xFFFFFFFFFFFF:#x}>"


class AccumulateGrad(GradFn):
    """The end of a history: gradients accumulate in `variable.grad`."""

    def __init__(self, leaf):
        super().__init__(leaf, tuple)
        self._leaf = leaf

    def name(self):
        return "torch::autograd::AccumulateGrad"

    @property
    def variable(self):
        """The leaf tensor, while it is alive."""
        return self._leaf.owner() if self._leaf.owner is not None else None

    def __repr__(self):
        return f"<AccumulateGrad object at {hash(self) & 0xFFFFFFFFFFFF:#x}>"


@functools.cache
def _kind(name):
    return type(name, (GradFn,), {"__doc__": "One step of a tensor's history.", "__module__": "torch.autograd"})


def grad_fn(tensor):
    """The last step of the tensor's history; None for a leaf, and for a tensor that does not require grad."""
    if tensor._leaf is not None or not tensor.requires_grad:
        return None
    if tensor._trace is None and tensor._array is None:
        alias.settle(tensor)
    return step_of(alias.source_of(tensor))[0]


def output_nr(tensor):
    """Which result of its grad_fn the tensor is."""
    return 0 if grad_fn(tensor) is None else step_of(alias.source_of(tensor))[1]


def step_of(source):
    """(step, which of its results) for what the engine calls the source of a value."""
    while True:
        if source is None:
            return None, 0
        if type(source) is Leaf:
            return AccumulateGrad(source), 0
        trace, ref = source
        trace = now(trace)
        call, node = trace.calls.get(ref), ref.node
        if call is not None:
            return of_function(call), call.outputs.index(ref)
        if node.kind is not CALL:
            source = trace.sources.get(ref)
        elif node.op.name == "_graft":
            source = (trace, node.inputs[0])
        else:
            saved = functools.partial(saved_of, trace, node)
            return _kind(name_of(node))((trace.number, node), functools.partial(edges, trace, node), saved), ref.index


def of_function(call):
    """The step of a custom Function, or of a call under hooks on saved tensors."""
    if type(call) is PackedCall:
        return _kind(name_of(call.node))(call, lambda: [step_of(s) for s in call.sources], call.named)
    function, sources = call.pull.args[0], call.pull.args[2]
    return _kind(function.__name__ + "Backward")(call, lambda: [step_of(s) for s in sources])


def saved_of(trace, node):
    """{name: function that gives the value} of what a call's backward needs."""
    recipe = recipe_of(node)
    places = [(node.inputs if side else node.results)[i] for side, i in recipe.kept]
    return {name: functools.partial(saved_value, trace, node, ref) for name, ref in zip(recipe.names(node), places)}


def saved_value(trace, node, ref):
    trace = now(trace)
    if is_freed(trace, (node,)):
        raise RuntimeError(FREED)
    source = trace.sources.get(ref)
    if type(source) is Leaf and source.owner is not None and (owner := source.owner()) is not None:
        return owner
    return values_of(trace, (ref,))[0] if trace.closed else pending(trace, ref)


def edges(trace, node):
    """Where the gradients of a call's operands go, in PyTorch's order."""
    name = node.op.name
    found = [step_of((trace, r)) if r.needs else (None, 0) for r in operands(node)]
    inner = {"linear": "TBackward0", "cross_entropy": "LogSoftmaxBackward0"}.get(name)
    if inner is not None:  # PyTorch has two steps where one op is here
        at = -1 if name == "linear" else 0
        outer = found[at]
        found[at] = (_kind(inner)((trace.number, node, inner), lambda: [outer]), 0) if outer[0] else outer
    if name in ("add", "sub", "mul", "div") and number(node) != "1":
        found += [(None, 0) for e, k in zip(node.template[:2], node.op.kinds) if k == TENSOR and is_number(e)]
    return found


def operands(node):
    """The operands that may have gradients, in PyTorch's order."""
    inputs = node.inputs
    if node.op.name == "linear":  # input, weight[, bias]
        inputs = (*inputs[2:], *inputs[:2])
    return [r for r in inputs if r.dtype.category >= 2]


def is_number(entry):
    """Does a Python number stand here in a call's template (or one that has been left out of it)?"""
    return isinstance(entry, (Constant, Placeholder)) and entry is not HERE


# -- names --------------------------------------------------------------------------------
def name_of(node):
    """The name of a call's step: "AddBackward0"."""
    name = node.op.name
    if name.endswith("_write"):
        return "CopySlices"
    return "CopyBackwards" if name == "_copied" else f"{title(node)}Backward{number(node)}"


def title(node):
    """What the name begins with."""
    name = node.op.name
    special = _SPECIAL.get(name)
    return special(node) if special else _NAMES.get(name) or name.strip("_").title().replace("_", "")


def number(node):
    """What it ends with: PyTorch counts the overloads of an op."""
    name, template = node.op.name, node.template
    if name in _WHOLE_FIRST:
        return "0" if template[1] is None else "1"
    if name in _WHOLE_SECOND:
        return "1" if template[1] is None else "0"
    if name == "pow":
        return "2" if is_number(template[0]) else "0" if is_number(template[1]) else "1"
    if name == "sub":
        return "1" if is_number(template[0]) else "0"
    if name == "div":
        return "0" if template[2] is None else "1"
    if name == "clamp":
        return "0" if len(node.inputs) > 1 else "1"
    return "2" if title(node) == "Fill" else "0"


def reshape_title(node):
    before, after = ([n for n in r.shape if n != 1] for r in (node.inputs[0], node.results[0]))
    change = node.results[0].ndim - node.inputs[0].ndim
    return "View" if before != after or change == 0 else "Unsqueeze" if change == 1 else "Squeeze" if change < 0 else "View"


def permute_title(node):
    dims = node.template[1]
    moved = sum(i != d for i, d in enumerate(dims))
    return "Permute" if moved != 2 else "T" if len(dims) == 2 else "Transpose"


def matmul_title(node):
    return {(1, 1): "Dot", (2, 1): "Mv", (2, 2): "Mm"}.get(tuple(r.ndim for r in node.inputs), "UnsafeView")


def lstm_title(node):
    """On a CPU PyTorch has one step for a layer up to single precision; other layers stack their steps' results."""
    projected = node.template[7] is not None
    return "Stack" if projected or node.inputs[0].dtype.itemsize > 4 else "MkldnnRnnLayer"


_SPECIAL = {
    "_lstm": lstm_title,
    "_reshape": reshape_title,
    "_permute": permute_title,
    "matmul": matmul_title,
    "_filled": lambda node: "Zero" if isinstance(e := node.template[1], Constant) and e.value == 0 else "Fill",
    "cross_entropy": lambda node: "NllLoss2D" if node.inputs[0].ndim > 2 else "NllLoss",
    "nll_loss": lambda node: "NllLoss2D" if node.inputs[0].ndim > 2 else "NllLoss",
    "l1_loss": lambda node: {"mean": "Mean", "sum": "Sum"}.get(node.template[4], "Abs"),
    "linear": lambda node: "Addmm" if len(node.inputs) > 2 else "Mm",
    "sub": lambda node: "Rsub" if is_number(node.template[0]) else "Sub",
}
METHODS.update(grad_fn=property(grad_fn), output_nr=property(output_nr))
