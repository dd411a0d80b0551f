"""`grad`, `vjp`, `jvp`, `linearize`: derivatives of functions, by the same engine as `backward()`.

The function runs on copies of its arguments that start a history of their own. Whether the derivatives get a history
in turn depends on whether anything else that the function read has one: an outer transform, a parameter.
"""

import functools

from eagerjax import autograd
from eagerjax.autograd_mode import enable_grad, is_grad_enabled
from eagerjax.func import depth, tree
from eagerjax.namespace import torch
from eagerjax.record.trace import Leaf, state
from eagerjax.reverse import Backward, identity
from eagerjax.tensor import Tensor


class Point:
    """A function at given arguments: outputs with a history that starts at `inputs`."""

    def __init__(self, name, func, args, kwargs=None, argnums=None, has_aux=False):
        outer = is_grad_enabled()
        with enable_grad(), depth.entered():
            args, self.shape, self.inputs = entered(name, args, argnums)
            result = func(*args, **(kwargs or {}))
        self.aux = None
        if has_aux:
            result, self.aux = with_aux(name, result)
        self.outputs, self.result = tree.flatten(result)
        if name != "grad":
            check_outputs(name, self.outputs)
        self.reads = state.body is None and reads_more(self.outputs, self.inputs)
        self.create = state.body is not None or (outer and self.reads)
        self.value = self.left(result)
        self.aux = self.left(self.aux)

    def left(self, value):
        """What leaves the function: without the history that starts here, unless there is more to it."""
        leaves, shape = tree.flatten(value)
        return value if self.create else tree.unflatten(shape, [t.detach() if isinstance(t, Tensor) else t for t in leaves])

    def pull(self, cotangents, retain=True, create=None):
        """The gradients of the inputs, zeros where there is no dependence."""
        if create is None:  # as grad mode is now, not as it was when the function ran
            create = is_grad_enabled() and (self.reads or any(c.requires_grad for c in cotangents))
        found = gradients(self.outputs, self.inputs, cotangents, retain, create)
        return tree.unflatten(self.shape, filled(found, self.inputs))

    def push(self):
        """The derivative along tangents, as a function of them: a reverse pass is linear, and its own reverse is this."""
        with enable_grad():
            probes = [torch.zeros_like(t).requires_grad_() if t.requires_grad else None for t in self.outputs]
            known = [p for p in probes if p is not None]
            found = gradients(self.outputs, self.inputs, probes, True, True)
        reached = [i for i, g in enumerate(found) if g is not None and g.requires_grad]

        def along(tangents):
            create = self.create or any(t.requires_grad for t in tangents)
            back = gradients([found[i] for i in reached], known, [tangents[i] for i in reached], True, create)
            back = iter(back)
            outs = [None if p is None else next(back) for p in probes]
            return tree.unflatten(self.result, filled(outs, self.outputs))

        return along


CALLED = {"grad": "grad_and_value(f)(*args)", "vjp": "vjp(f, *primals)", "jacrev": "vjp(f, *primals)",
          "jvp": "jvp(f, primals, tangents)", "jacfwd": "jvp(f, primals, tangents)",
          "linearize": "jvp(f, primals, tangents)"}  # fmt: skip
"""What messages call the transforms."""


def with_aux(name, result):
    """(the outputs, what else there is: tensors in any nesting)."""
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{CALLED[name]}: output of function f should be a tuple: (output, aux) if has_aux is True")
    for leaf in tree.flatten(result[1])[0]:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")
    return result


def check_outputs(name, outputs):
    """Raises RuntimeError unless there are tensors, and nothing else."""
    if not outputs or (len(outputs) == 1 and outputs[0] is None):
        raise RuntimeError(f"{CALLED[name]}: Expected f to be a function that has non-empty output (got output = {outputs})")
    for leaf in outputs:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"{CALLED[name]}: expected f(*primals) to return only tensors, got unsupported type {type(leaf)}")


def entered(name, args, argnums):
    """(arguments with copies in place of those that are differentiated, their structure, where gradients get to)."""
    chosen = args if argnums is None else pick(name, args, argnums)
    leaves, shape = tree.flatten(chosen)
    inputs = [start(name, leaf) for leaf in leaves]
    chosen = tree.unflatten(shape, [t.clone() for t in inputs])  # the function may write to them
    if argnums is None:
        return chosen, shape, inputs
    args = list(args)
    for at, value in zip(*(((argnums,), (chosen,)) if type(argnums) is int else (argnums, chosen))):
        args[at] = value
    return args, shape, inputs


def pick(name, args, argnums):
    """What is differentiated: one argument, or a tuple of several."""
    if type(argnums) is not int and not isinstance(argnums, tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if argnums == ():
        raise RuntimeError("argnums must be non-empty")
    several = (argnums,) if type(argnums) is int else argnums
    if len({i % len(args) if type(i) is int else i for i in several if args}) != len(several):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    for i in several:
        if type(i) is not int:
            raise RuntimeError(f"argnum must be int, got: {type(i)}")
        if not -len(args) <= i < len(args):
            raise RuntimeError(f"Got argnum={i}, but only {len(args)} positional inputs")
    return args[argnums] if type(argnums) is int else tuple(args[i] for i in argnums)


def start(name, value):
    """A value that starts a history of its own, on top of the one that `value` has. No view: those share their base's."""
    if not isinstance(value, Tensor):
        raise RuntimeError(f"{name}: Expected all inputs that are differentiated to be tensors, got {type(value)}")
    if value.requires_grad:
        return value.clone()
    made = value.detach().requires_grad_()
    made._leaf.deaf = True  # nobody sees its `.grad`
    return made


def reads_more(outputs, inputs):
    """Do the outputs depend on anything that requires grad, besides these inputs (and on what they are aliases of)?"""
    own = [identity(t) for t in inputs]
    if any(type(source) is not Leaf for source in own):
        return True
    engine = Backward(True, True)
    todo = [identity(t) for t in outputs if isinstance(t, Tensor) and t.requires_grad]
    seen = set()
    while todo:
        here = todo.pop()
        if here in seen or here in own:
            continue
        if type(here) is Leaf:
            return True
        seen.add(here)
        todo += engine.below(*here)
    return False


def gradients(outputs, inputs, cotangents, retain, create):
    """autograd.grad of those outputs that have a history; None where there is no dependence."""
    kept = [i for i, t in enumerate(outputs) if t.requires_grad]
    if not kept or not inputs:
        return [None] * len(inputs)
    starts = [cotangents[i] for i in kept]
    create = create or state.body is not None  # `autograd.grad` would cut what an outer transform differentiates
    return autograd.grad([outputs[i] for i in kept], inputs, starts, retain, create, allow_unused=True)


def filled(values, likes):
    return [torch.zeros_like(like) if v is None else v for v, like in zip(values, likes)]


# -- the public functions ----------------------------------------------------------------------------
def grad(func, argnums=0, has_aux=False):
    """The gradient of a `func` that returns one number, as a function of the same arguments.

    argnums: which arguments, an int or a tuple; each may be any nesting of tensors. With has_aux `func` returns
    (number, anything else), and so does the result.

    >>> eagerjax.func.grad(eagerjax.sin)(eagerjax.tensor(0.0))
    tensor(1.)
    """

    @functools.wraps(func)
    def gradient(*args, **kwargs):
        found, value = evaluate(func, argnums, has_aux, args, kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def grad_and_value(func, argnums=0, has_aux=False):
    """As `grad`, but returns (gradient, value), or (gradient, (value, aux))."""

    @functools.wraps(func)
    def both(*args, **kwargs):
        return evaluate(func, argnums, has_aux, args, kwargs)

    return both


def evaluate(func, argnums, has_aux, args, kwargs):
    point = Point("grad", func, args, kwargs, argnums, has_aux)
    if point.result is not None or not isinstance(point.outputs[0], Tensor):
        kind = type(point.outputs[0]) if point.result is None else point.result[0]
        raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {kind}")
    (out,) = point.outputs
    if out.ndim:
        raise RuntimeError("grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                           f"{out.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?")  # fmt: skip
    with enable_grad():
        found = point.pull([None], retain=point.create, create=point.create)
    return found, (point.value, point.aux) if has_aux else point.value


def vjp(func, *primals, has_aux=False):
    """(outputs, pull): `pull(cotangents)` is the tuple of the inputs' gradients for given gradients of the outputs."""
    point = Point("vjp", func, primals, has_aux=has_aux)

    def pull(cotangents, retain_graph=True, create_graph=None):
        leaves, shape = tree.flatten(cotangents)
        if shape != point.result:
            raise RuntimeError("Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                               f"function. cotangents: {shape}, primal output: {point.result}")  # fmt: skip
        return point.pull(leaves, retain_graph, create_graph)

    return (point.value, pull, point.aux) if has_aux else (point.value, pull)


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """(outputs, their derivative along `tangents`). Under strict an output that does not depend on the inputs is an error."""
    check_tangents("jvp", primals, tangents)
    point = Point("jvp", func, primals, has_aux=has_aux)
    if strict and not all(t.requires_grad for t in point.outputs):
        raise RuntimeError("jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not "
                           "allowed with strict=True.")  # fmt: skip
    out = point.push()(tree.flatten(tangents)[0])
    return (point.value, out, point.aux) if has_aux else (point.value, out)


def linearize(func, *primals):
    """(outputs, push): `push(*tangents)` is the derivative at `primals` along the tangents."""
    point = Point("linearize", func, primals)
    push = point.push()

    def along(*tangents):
        check_tangents("linearize", primals, tangents)
        return push(tree.flatten(tangents)[0])

    return point.value, along


def check_tangents(name, primals, tangents):
    """Raises RuntimeError unless the tangents are like the primals."""
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{name}(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call "
                           "f(*primals).")  # fmt: skip
    (a, shape), (b, other) = tree.flatten(primals), tree.flatten(tangents)
    if shape != other:
        raise RuntimeError(
            f"{name}(f, primals, tangents): Expected primals and tangents to have the same python structure."
        )
    for values, what in ((a, "primals"), (b, "tangents")):
        if not values:
            raise RuntimeError(f"{name}(f, primals, tangents): Expected {what} to contain at least one Tensor.")
        for value in values:
            if not isinstance(value, Tensor):
                raise RuntimeError(f"{name}(f, primals, tangents): Expected {what} to only contain Tensors, got {type(value)}")
    for x, t in zip(a, b):
        if t.shape != x.shape or t.dtype is not x.dtype:
            raise RuntimeError(
                f"{name}(f, primals, tangents): Expected the tangents to be tensors of the primals' shapes and dtypes"
            )


def functionalize(func, *, remove="mutations"):
    """`func` itself: in-place operations are recorded as pure ones anyway."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options "
                           "are: 'mutations', 'mutations_and_views'")  # fmt: skip
    return func
