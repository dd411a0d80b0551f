"""gradcheck and gradgradcheck: gradients compared with finite differences."""

import warnings

import numpy as np

from eagerjax import autograd
from eagerjax.func import dual as forward_ad
from eagerjax.lower.flush import flush
from eagerjax.namespace import torch
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor, concrete_array, from_array

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A gradient differs from finite differences."""


def gradcheck(func, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, nondet_tol=0.0,
              check_undefined_grad=True, check_grad_dtypes=False, check_batched_grad=False,
              check_batched_forward_grad=False, check_forward_ad=False, check_backward_ad=True, fast_mode=False,
              masked=None):  # fmt: skip
    """Compare the gradients of `func` at `inputs` with central differences of step `eps`, element by element.

    Returns True; where they differ by more than `atol + rtol * |difference|` raises GradcheckError, or returns False
    if not `raise_exception`. Inputs should be float64. Complex inputs and outputs count as pairs of real numbers.
    check_forward_ad: also the tangents of `autograd.forward_ad`.
    """
    if check_batched_grad or check_batched_forward_grad:
        raise NotImplementedError("gradcheck does not check batched gradients")
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    places = places_to_check(inputs)
    try:
        if check_forward_ad:
            compare_tangents(func, inputs, places, eps, atol, rtol)
        return check_backward_ad is False or compare(func, inputs, places, eps, atol, rtol, nondet_tol, check_grad_dtypes)
    except GradcheckError:
        if raise_exception:
            raise
        return False


def gradgradcheck(func, inputs, grad_outputs=None, *, eps=1e-6, atol=1e-5, rtol=1e-3, gen_non_contig_grad_outputs=False,
                  raise_exception=True, nondet_tol=0.0, check_undefined_grad=True, check_grad_dtypes=False,
                  check_batched_grad=False, check_fwd_over_rev=False, check_rev_over_rev=True, fast_mode=False,
                  masked=False):  # fmt: skip
    """gradcheck of the gradients of `func`: second derivatives compared with finite differences of the first.

    `grad_outputs` are the gradients to start from; None: random ones.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    starts = random_starts(func(*inputs)) if grad_outputs is None else tensors_of(grad_outputs)
    n = len(inputs)

    def first_gradients(*args):
        args, starts = args[:n], args[n:]
        outputs = differentiable(func(*args))
        wanted = [a for a in args if isinstance(a, Tensor) and a.requires_grad]
        found = autograd.grad(outputs, wanted, starts, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    options = {"check_grad_dtypes": check_grad_dtypes, "check_batched_grad": check_batched_grad, "nondet_tol": nondet_tol}
    options |= {"eps": eps, "atol": atol, "rtol": rtol, "raise_exception": raise_exception}
    return gradcheck(first_gradients, (*inputs, *starts), **options)


def places_to_check(inputs):
    """The positions of the inputs that require grad. Raises ValueError if there are none."""
    places = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not places:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them have "
                         "requires_grad=True.")  # fmt: skip
    for i in places:
        if inputs[i].dtype not in (dt.float64, dt.complex128):
            warnings.warn(f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                          "will likely fail if all the inputs are not of double precision floating point or complex. ",
                          stacklevel=3)  # fmt: skip
    return places


def tensors_of(outputs):
    if isinstance(outputs, Tensor):
        return (outputs,)
    return tuple(o for o in outputs if isinstance(o, Tensor)) if isinstance(outputs, (tuple, list)) else ()


def differentiable(outputs):
    return tuple(o for o in tensors_of(outputs) if o.requires_grad)


def random_starts(outputs):
    return tuple(torch.randn_like(o).requires_grad_() for o in differentiable(outputs))


def compare(func, inputs, places, eps, atol, rtol, nondet_tol, check_dtypes):
    slopes = numerical(func, inputs, places, eps)
    outputs = tensors_of(func(*inputs))
    for o, output in enumerate(outputs):
        exact = analytical(output, [inputs[i] for i in places], check_dtypes)
        if nondet_tol < float("inf") and output.requires_grad:
            check_repeatable(exact, analytical(tensors_of(func(*inputs))[o], [inputs[i] for i in places], False), nondet_tol)
        for i, expected, got in zip(places, slopes[o], exact):
            if not np.allclose(got, expected, rtol, atol, equal_nan=True):
                raise GradcheckError(f"Jacobian mismatch for output {o} with respect to input {i},\n"
                                     f"numerical:{torch.tensor(expected)}\nanalytical:{torch.tensor(got)}\n")  # fmt: skip
    return True


def compare_tangents(func, inputs, places, eps, atol, rtol):
    slopes = numerical(func, inputs, places, eps)
    for k, i in enumerate(places):
        for o, got in enumerate(forward(func, inputs, i)):
            if not np.allclose(got, slopes[o][k], rtol, atol, equal_nan=True):
                raise GradcheckError(f"Jacobian computed with forward mode mismatch for output {o} with respect to input {i},\n"
                                     f"numerical:{torch.tensor(slopes[o][k])}\nanalytical:{torch.tensor(got)}\n")  # fmt: skip


def forward(func, inputs, i):
    """Per output the matrix that `numerical` approximates, from one run per part of an element of input `i`."""
    rows = [tangents(func, inputs, i, n, unit) for n in range(inputs[i].numel()) for unit in parts(value(inputs[i]))]
    return [folded(np.array(row), inputs[i]) for row in zip(*rows)]


def tangents(func, inputs, i, n, unit):
    """How all outputs change, by the rules of forward mode, with element `n` of input `i`."""
    start = np.zeros(inputs[i].shape, inputs[i].dtype.np)
    start.reshape(-1)[n] = unit
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(inputs[i].detach(), from_array(start, inputs[i].dtype))
        outputs = tensors_of(func(*inputs[:i], dual, *inputs[i + 1 :]))
        found = [forward_ad.unpack_dual(o).tangent for o in outputs]
    return [pairs(value(torch.zeros_like(o) if t is None else t.detach())) for o, t in zip(outputs, found)]


def check_repeatable(first, second, tol):
    """Raise where two runs differ by more than `tol`, and than rounding: the second may be a compiled program."""
    for a, b in zip(first, second):
        rounding = 1000 * np.finfo(a.dtype).eps * np.abs(a).max(initial=1)
        if np.abs(a - b).max(initial=0) > tol + rounding:
            raise GradcheckError("Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
                                 "times gives different values, although analytical gradient matches numerical gradient. The "
                                 f"tolerance for nondeterminism was {tol}.")  # fmt: skip


def parts(array):
    """The units in which an element can change: 1, and 1j where it is complex."""
    return (1.0, 1.0j) if array.dtype.kind == "c" else (1.0,)


def numerical(func, inputs, places, eps):
    """[output][place] -> the matrix (elements of the input, elements of the output, in real and imaginary parts)."""
    columns = [[difference(func, inputs, i, n, unit * eps, eps)
                for n in range(inputs[i].numel()) for unit in parts(value(inputs[i]))] for i in places]  # fmt: skip
    shapes = [pairs(value(o)).shape for o in tensors_of(func(*inputs))]
    return [[folded(np.array([c[o] for c in column]).reshape(len(column), *shape), inputs[i])
             for i, column in zip(places, columns)] for o, shape in enumerate(shapes)]  # fmt: skip


def folded(slopes, tensor):
    """Slopes along the real and the imaginary axis as one complex gradient per element."""
    return slopes[0::2] + 1j * slopes[1::2] if tensor.is_complex() else slopes


def difference(func, inputs, i, n, step, eps):
    """How all outputs change with element `n` of input `i`."""
    up, down = (outputs_near(func, inputs, i, n, s) for s in (step, -step))
    return [(u - d) / (2 * eps) for u, d in zip(up, down)]


def outputs_near(func, inputs, i, n, step):
    """The outputs with element `n` of input `i` moved in place: `func` may know the tensor by another way, too."""
    tensor, array = inputs[i], np.array(value(inputs[i]))
    near = array.copy()
    near.reshape(-1)[n] += step
    write(tensor, near)
    try:
        return [pairs(np.array(value(o))) for o in tensors_of(func(*inputs))]
    finally:
        write(tensor, array)


def write(tensor, array):
    """Give a tensor other values for a while, which its graph and its version do not notice."""
    flush()
    if tensor._base is None:
        tensor._array, tensor._stamp = array, None
    else:
        tensor.data.copy_(from_array(array, tensor.dtype))
        flush()


def value(tensor):
    return np.asarray(concrete_array(tensor))


def pairs(array):
    """All elements in a row, complex ones as two."""
    array = array.reshape(-1)
    return np.stack([array.real, array.imag], -1).reshape(-1) if array.dtype.kind == "c" else array


def analytical(output, inputs, check_dtypes):
    """Per input the matrix that `numerical` approximates, from one backward pass per part of the output."""
    rows = []
    if output.requires_grad:
        for n in range(output.numel()):
            for unit in parts(value(output)):
                start = np.zeros(output.shape, output.dtype.np)
                start.reshape(-1)[n] = unit
                flush()
                rows.append(autograd.grad(output, inputs, from_array(start, output.dtype), retain_graph=True, allow_unused=True))
    if check_dtypes and any(g is not None and g.dtype is not x.dtype for row in rows for g, x in zip(row, inputs)):
        raise GradcheckError("Gradient has dtype mismatch")
    columns = pairs(value(output)).size
    return [np.stack([np.zeros(x.numel(), x.dtype.np) if row[k] is None else value(row[k]).reshape(-1) for row in rows], -1)
            if rows else np.zeros((x.numel(), columns)) for k, x in enumerate(inputs)]  # fmt: skip
