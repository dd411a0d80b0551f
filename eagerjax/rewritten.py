"""Values that were changed behind autograd's back, through `.data`, after a call had kept them for its gradient.

PyTorch's version counters do not count such writes, and what it keeps is the memory itself: the gradient is computed from
what is there by then. (Old implementations of spectral normalisation do this in each forward pass.)
"""

from eagerjax import alias, second
from eagerjax.dispatch import enter_all, pending
from eagerjax.lower import recorder
from eagerjax.lower.residuals import recipe_of
from eagerjax.namespace import torch
from eagerjax.ops import define
from eagerjax.record.storage import Base, Rewritten
from eagerjax.record.trace import concrete_ref, state
from eagerjax.record.trie import CALL, Node
from eagerjax.tensor import Tensor

PULLS = {random: define.Op(lambda input: input, name="pull_saved", homes="", random=random) for random in (False, True)}


def found(trace, plan):
    """{call: {Ref: Rewritten}} of the calls of a reverse pass that kept values which were rewritten."""
    calls = {}
    for node, ref in plan.kept:
        writer = trace.writer_past(ref)
        if type(writer) is Rewritten and ((holder := writer.holder) is not None) and (type(holder) is Base or ref in node.inputs):
            calls.setdefault(node, {})[ref] = writer
    return calls


def present(writer, ref):
    """The tensor that shows what stands where the value `ref` was. Raises RuntimeError if it is of another kind by now."""
    holder = writer.holder
    if type(holder) is Base:
        made = object.__new__(Tensor)
        alias.join(made, holder, writer.view, concrete_ref(ref.shape, ref.dtype, ref.device, ref.needs))
        return made
    if (holder._ref.shape, holder._ref.dtype) != (ref.shape, ref.dtype):
        raise RuntimeError(f"a value that the gradient is computed from was {ref.dtype.title}Tensor {list(ref.shape)}, and "
                           f"`.data` has made it {holder.dtype.title}Tensor {list(holder.shape)} since")  # fmt: skip
    return holder


class Kept:
    """What the calls in `calls`, as `found` gives them, have kept: values of the trace, and those that replaced them."""

    def __init__(self, trace, calls):
        self.rewritten = {ref: writer for refs in calls.values() for ref, writer in refs.items()}
        refs = [ref for node in calls for ref in kept_by(node)]
        self.refs = tuple(dict.fromkeys([r for r in refs if r not in self.rewritten]))
        self.values = None if trace.closed else {r: pending(trace, r) for r in self.refs}

    def of(self, node, trace):
        if self.values is None:
            self.values = dict(zip(self.refs, second.values_of(trace, self.refs)))
        return [present(self.rewritten[r], r) if r in self.rewritten else self.values[r] for r in kept_by(node)]


def kept_by(node):
    return [(node.inputs if side else node.results)[i] for side, i in recipe_of(node).kept]


def gradients(node, recipe, values, scalars, cotangents):
    """Record the reverse pass of one call, from the values it kept and the gradients of its results (None: zeros).

    Returns the gradients of its operands that need one.
    """
    outs = [r for r in node.results if r.needs]
    full = [torch.zeros(r.shape, dtype=r.dtype, device=r.device) if g is None else g for r, g in zip(outs, cotangents)]
    refs = enter_all([*values, *full])
    trace = state.trace
    op = PULLS[node.op.random]
    key = (op, recipe, trace.grad, *refs)
    step = trace.node.get(key)
    if step is None:
        step = Node(trace.node, CALL, refs, op, (), node.scalars)
        step.call = recipe.function
        step.several = True
        wanted = [r for r in node.inputs if r.needs]
        needs = [bool(trace.grad) and any(refs[i].needs for i in route) for route in recipe.routes]
        step.reads = [sum([1 << i for i in route]) for route in recipe.routes]
        step.give([(r.shape, r.dtype, r.device, n) for r, n in zip(wanted, needs)])
        recorder.grow(trace, key, step)
    trace.scalars.extend(scalars)
    trace.node = step
    return [pending(trace, r) for r in step.results]
