"""torch.autograd.functional: derivatives of a function of tensors, as functions."""

import numpy as np

from eagerjax import autograd
from eagerjax.autograd_mode import enable_grad
from eagerjax.lower.flush import flush
from eagerjax.namespace import torch
from eagerjax.tensor import Tensor, from_array

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False, strategy="reverse-mode"):
    """d outputs / d inputs, each of shape (*output, *input); nested in tuples where `func` has several of either.

    `vectorize` and `strategy` change nothing: there is one backward pass per output element.
    Raises RuntimeError under `strict` where an output does not depend on an input.
    """
    check_modes(create_graph, strict, vectorize, strategy)
    with enable_grad():
        several_in, inputs = entered(inputs, "jacobian", create_graph)
        several_out, outputs = checked(func(*inputs), "outputs of the user-provided function", "jacobian")
        result = tuple(rows(o, i, inputs, create_graph, strict) for i, o in enumerate(outputs))
    result = tuple(r if several_in else r[0] for r in result)
    return result if several_out else result[0]


def rows(output, number, inputs, create_graph, strict):
    """The Jacobian of one output, per input."""
    check_strict(strict, [output], OUTPUT.format(number))
    found = [[] for _ in inputs]
    for n in range(output.numel() if output.requires_grad else 0):
        start = np.zeros(output.shape, output.dtype.np)
        start.reshape(-1)[n] = 1
        flush()  # so that each row is the same small program
        start = from_array(start, output.dtype, output.device)
        for i, g in enumerate(autograd.grad(output, inputs, start, True, create_graph, allow_unused=True)):
            found[i].append(filled(g, inputs[i], strict, f"Output {number} of the user-provided function is independent of "
                                   f"input {i}. This is not allowed in strict mode."))  # fmt: skip
            check_strict(strict and create_graph, [g], NO_GRAPH.format("jacobian", i))
    made = [torch.stack(r).reshape(*output.shape, *x.shape) if r else torch.zeros((*output.shape, *x.shape), dtype=x.dtype)
            for r, x in zip(found, inputs)]  # fmt: skip
    return tuple(made if create_graph else [m.detach() for m in made])


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False, outer_jacobian_strategy="reverse-mode"):
    """Second derivatives of a `func` that returns one number: (*input i, *input j) at [i][j]."""
    several, inputs = checked(inputs, "inputs", "hessian")
    check_modes(create_graph, strict, vectorize, outer_jacobian_strategy)

    def first(*inputs):
        several_out, outputs = computed(func, inputs, "hessian", strict)
        check_scalar(several_out, outputs, "hessian")
        return first_derivatives(outputs, inputs, strict)

    result = jacobian(first, inputs, create_graph, strict)
    return result if several else result[0][0]


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """(outputs, v^T J): `v` has the shape of the outputs, and may be left out for a single number."""
    with enable_grad():
        several, inputs = entered(inputs, "vjp", create_graph)
        several_out, outputs = computed(func, inputs, "vjp", strict)
        v = given(v, outputs, "vjp", create_graph, "The vector v can only be None if the user-provided function returns a single "
                  "Tensor with a single element.")  # fmt: skip
        found = grads_of(outputs, inputs, v, create_graph, strict)
    return left(outputs, several_out, create_graph), left(found, several, create_graph)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """(outputs, J v): `v` has the shape of the inputs. Two reverse passes: the derivative of v^T J is linear in v."""
    with enable_grad():
        _, inputs = entered(inputs, "jvp", create_graph)
        v = given(v, inputs, "jvp", create_graph, "The vector v can only be None if the input to the user-provided function is a "
                  "single Tensor with a single element.")  # fmt: skip
        several_out, outputs = computed(func, inputs, "jvp", strict)
        probes = tuple(torch.zeros_like(o).requires_grad_() for o in outputs)
        found = grads_of(outputs, inputs, probes, True, strict)
        for i, g in enumerate(found):
            check_strict(strict, [g], f"The gradient with respect to input {i} is independent of the inputs of the user-provided "
                                      "function. This is not allowed in strict mode.")  # fmt: skip
        found = grads_of(found, probes, v, create_graph, strict)
    return left(outputs, several_out, create_graph), left(found, several_out, create_graph)


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """(output, v^T H) of a `func` that returns one number."""
    return hessian_with_vector("vhp", func, inputs, v, create_graph, strict)


def hessian_with_vector(name, func, inputs, v, create_graph, strict):
    with enable_grad():
        several, inputs = entered(inputs, name, create_graph)
        v = given(v, inputs, name, create_graph, "The vector v can only be None if the input to the user-provided function is a "
                  "single Tensor with a single element.")  # fmt: skip
        several_out, outputs = computed(func, inputs, name, strict)
        check_scalar(several_out, outputs, name)
        found = grads_of(first_derivatives(outputs, inputs, strict), inputs, v, create_graph, strict, "hessian")
    return left(outputs, several_out, create_graph), left(found, several, create_graph)


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """(output, H v) of a `func` that returns one number; H is symmetric, so this is `vhp`."""
    return hessian_with_vector("hvp", func, inputs, v, create_graph, strict)


OUTPUT = ("Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
          "differentiable manner from the input when running in strict mode.")  # fmt: skip
NO_GRAPH = ("The {} of the user-provided function is independent of input {}. This is not allowed in strict mode when "
            "create_graph=True.")  # fmt: skip
UNUSED = "The {} of the user-provided function is independent of input {}. This is not allowed in strict mode."
LINEAR = ("While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
          "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
          "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
          "example).")  # fmt: skip


def check_modes(create_graph, strict, vectorize, strategy):
    """Raises what PyTorch raises for settings that it cannot serve together."""
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more '
                             'outputs than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use '
                             '"reverse-mode".')  # fmt: skip
    forward = strategy == "forward-mode"
    if forward and create_graph:
        raise NotImplementedError('torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not '
                                  'supported together (yet). Please either set `create_graph=False` or '
                                  '`strategy="reverse-mode"`.')  # fmt: skip
    if strict and (forward or vectorize):
        which = ('`strategy="forward-mode"` are not supported together (yet)', '`strategy="reverse-mode"`') if forward else (
            "`vectorized=True` are not supported together", "`vectorize=False`")  # fmt: skip
        raise RuntimeError(f"torch.autograd.functional.jacobian: `strict=True` and {which[0]}. Please either set "
                           f"`strict=False` or {which[1]}.")  # fmt: skip


def check_strict(strict, tensors, message):
    if strict and not all(t.requires_grad for t in tensors):
        raise RuntimeError(message)


def computed(func, inputs, name, strict):
    """(were there several?, what `func` returns)."""
    several, outputs = checked(func(*inputs), "outputs of the user-provided function", name)
    for i, output in enumerate(outputs):
        check_strict(strict, [output], OUTPUT.format(i))
    return several, outputs


def first_derivatives(outputs, inputs, strict):
    """The gradient of one number, to be differentiated again."""
    kept = [o for o in outputs if o.requires_grad]
    found = autograd.grad(kept, inputs, create_graph=True, allow_unused=True) if kept else [None] * len(inputs)
    found = [filled(g, x, strict, UNUSED.format("output", i)) for i, (g, x) in enumerate(zip(found, inputs))]
    for i, g in enumerate(found):
        check_strict(strict, [g], LINEAR.format(i))
    return found


# -- in and out ---------------------------------------------------------------------------
def checked(values, what, name):
    """(were there several?, the tensors). Raises TypeError for anything else."""
    several = isinstance(values, (tuple, list))
    if not several and not isinstance(values, Tensor):
        raise TypeError(f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the given {what} has type "
                        f"{type(values)}.")  # fmt: skip
    values = tuple(values) if several else (values,)
    for i, x in enumerate(values):
        if not isinstance(x, Tensor):
            raise TypeError(f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the value at index "
                            f"{i} has type {type(x)}.")  # fmt: skip
    return several, values


def entered(inputs, name, create_graph):
    """(were there several?, the inputs as tensors that require grad), apart from what the caller's tensors know."""
    several, inputs = checked(inputs, "inputs", name)
    if create_graph:
        return several, tuple(x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in inputs)
    return several, tuple(x.detach().requires_grad_() for x in inputs)


def left(values, several, create_graph):
    values = values if create_graph else tuple(x.detach() for x in values)
    return values if several else values[0]


def given(v, likes, name, create_graph, message):
    """The vectors `v`, checked; ones for a single number."""
    if v is None:
        if len(likes) != 1 or likes[0].numel() != 1:
            raise RuntimeError(message)
        return (torch.ones_like(likes[0]),)
    _, v = checked(v, "v", name)
    if len(v) != len(likes):
        raise RuntimeError("The given v should contain a single Tensor." if len(likes) == 1 else
                           f"v is a tuple of invalid length: should be {len(likes)} but got {len(v)}.")  # fmt: skip
    for i, (a, b) in enumerate(zip(v, likes)):
        if a.shape != b.shape:
            where = f"Entry {i} in " if len(v) > 1 else ""
            raise RuntimeError(f"{where}v has invalid size: should be {b.shape} but got {a.shape}.")
    return v if create_graph else tuple(x.detach() for x in v)


def check_scalar(several, outputs, name):
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if len(outputs) != 1 or outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")


def grads_of(outputs, inputs, starts, create_graph, strict, what="jacobian"):
    """autograd.grad with zeros where there is no dependence, which `strict` forbids."""
    kept = [i for i, o in enumerate(outputs) if o.requires_grad]
    if starts is not None:
        starts = [starts[i] for i in kept]
    found = [None] * len(inputs)
    if kept:
        found = autograd.grad([outputs[i] for i in kept], inputs, starts, create_graph=create_graph, allow_unused=True)
    part = "output" if what == "jacobian" else "jacobian"
    for i, g in enumerate(found):
        check_strict(strict and create_graph and g is not None, [g], NO_GRAPH.format(what, i))
    return tuple(filled(g, x, strict, UNUSED.format(part, i)) for i, (g, x) in enumerate(zip(found, inputs)))


def filled(g, like, strict, message):
    if g is None and strict:
        raise RuntimeError(message)
    return torch.zeros_like(like) if g is None else g
