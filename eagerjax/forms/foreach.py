"""torch._foreach_*: the same on each tensor of a list, as optimizers and moving averages call it."""

from eagerjax.namespace import linalg, publish, torch
from eagerjax.tensor import Tensor

ALONE = (
    "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round rsqrt "
    "sigmoid sign sin sinh sqrt tan tanh trunc"
).split()
WITH_OTHERS = {name: name for name in "add sub mul div pow lerp clamp_min clamp_max addcmul addcdiv".split()}
WITH_OTHERS |= {"maximum": "clamp_min", "minimum": "clamp_max"}  # which take numbers, too
_NAMED = ("other", "scalar", "tensor1", "tensors1", "tensor2", "exponent", "weight", "weights", "value", "scalars", "src")


def checked(tensors):
    """The tensors of a list. Raises RuntimeError where there are none."""
    if not len(tensors):
        raise RuntimeError("Tensor list must have at least one tensor.")
    return tensors


def spread(operand, n):
    """For each of n tensors its own operand, of a list, or the one for all."""
    if not isinstance(operand, (list, tuple)):
        return [operand] * n
    if len(operand) != n:
        if operand and isinstance(operand[0], Tensor):
            raise RuntimeError(f"Tensor lists must have the same number of tensors, got {n} and {len(operand)}")
        raise RuntimeError("Tensor list must have same number of elements as scalar list.")
    return operand


def rows(tensors, operands, named):
    """[(operands, keywords)] for each tensor."""
    operands = [*operands, *(named.pop(name) for name in _NAMED if name in named)]
    if len(operands) == 3:  # addcmul, addcdiv
        scales = operands.pop()
        scales = spread(scales.tolist() if isinstance(scales, Tensor) else scales, len(tensors))
        named = [{**named, "value": v} for v in scales]
    else:
        named = [named] * len(tensors)
    columns = [spread(o, len(tensors)) for o in operands]
    return [(given, kw) for given, kw in zip(zip(*columns) if columns else [()] * len(tensors), named)]


def each(name):
    """The function that gives a tuple of results."""

    def function(self, *operands, **named):
        if name == "pow" and not isinstance(self, (list, tuple)):  # a number to the power of each
            return tuple(torch.pow(self, exponent) for exponent in checked(operands[0]))
        compute = getattr(torch, name)
        return tuple(compute(t, *given, **kw) for t, (given, kw) in zip(checked(self), rows(self, operands, named)))

    function.__doc__ = f"`{name}` of each tensor of a list; other operands are one for all, or a list."
    return function


def each_in_place(name):
    """The form that writes to the tensors, and returns the list."""

    def function(self, *operands, **named):
        for t, (given, kw) in zip(checked(self), rows(self, operands, named)):
            getattr(t, name + "_")(*given, **kw)
        return self

    function.__doc__ = f"`{name}_` on each tensor of a list; other operands are one for all, or a list."
    return function


def norm(self, ord=2, dtype=None):
    """The vector norm of each tensor of a list."""
    return tuple(linalg.vector_norm(t, ord, dtype=dtype) for t in checked(self))


def powsum(self, ord=2, dtype=None):
    """The sum of |x|**ord for each tensor of a list."""
    return tuple(t.abs().pow(ord).sum(dtype=dtype) for t in checked(self))


def copy_(self, src, non_blocking=False):
    """Each tensor of a list with the values of another one."""
    for t, given in zip(checked(self), spread(src, len(self))):
        t.copy_(given, non_blocking)
    return self


def zero_(self):
    """Zeros in each tensor of a list."""
    for t in checked(self):
        t.zero_()
    return self


for _name, _op in {**dict(zip(ALONE, ALONE)), **WITH_OTHERS, "clone": "clone", "max": "max", "mm": "mm"}.items():
    publish(f"_foreach_{_name}", each(_op), ["torch"])
    if _name not in ("clone", "max", "mm"):
        publish(f"_foreach_{_name}_", each_in_place(_op), ["torch"])
for _form in (norm, powsum, copy_, zero_):
    publish(f"_foreach_{_form.__name__}", _form, ["torch"])
