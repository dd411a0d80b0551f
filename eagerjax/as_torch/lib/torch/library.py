"""torch.library: operators that a program defines in Python. They run as the functions they are; `torch.ops` finds them."""

import functools
import inspect

from eagerjax.as_torch.lib.torch._ops import define_operator, operators
from eagerjax.function import Function
from eagerjax.tensor import Tensor


def _qualified(name, namespace=None):
    """("ns", "op") of "ns::op", of "op" in a namespace, or of an operator."""
    if isinstance(name, CustomOpDef):
        return name._qualname.split("::")
    name = str(name).split("(")[0].strip()
    space, _, op = name.rpartition("::")
    return space or namespace, op.split(".")[0]


def _named(space, op):
    """The operator, which is made if nobody has defined it: libraries declare them in any order."""
    return operators.get((space, op)) or CustomOpDef(space, op)


EVERYWHERE = {None, "", "default", "CompositeExplicitAutograd", "CompositeImplicitAutograd", "BackendSelect"}
"""What stands for all devices where a function is registered."""

WITHOUT_KERNEL = {"Meta", "Autograd", "AutogradCPU", "AutogradCUDA"}
"""Keys of functions that are never called: shapes and gradients are found by running the operator."""


def _device_of(args):
    """The type of device of the first tensor among the arguments, or in their lists; None without one."""
    for value in args:
        if isinstance(value, Tensor):
            return value.device.type
        found = _device_of(value) if isinstance(value, (list, tuple)) else None
        if found is not None:
            return found
    return None


class CustomOpDef:
    """One operator: a Python function, for some devices one of their own, and the rule of its gradient where it has one."""

    def __init__(self, namespace, name, fn=None):
        self._namespace, self._name, self._qualname = namespace, name, f"{namespace}::{name}"
        self._fn = self._init_fn = fn
        self._kernels = {}
        self._differentiable = None
        self.__name__ = name
        define_operator(namespace, name, self)

    def __call__(self, *args, **kwargs):
        kernel = self._kernel((*args, *kwargs.values()))
        if self._differentiable is None:
            return kernel(*args, **kwargs)
        bound = inspect.signature(kernel).bind(*args, **kwargs)
        bound.apply_defaults()
        return self._differentiable.apply(*bound.args)

    def _kernel(self, args):
        """The function for the device that the arguments are on."""
        kernel = self._kernels.get(_device_of(args), self._fn) if self._kernels else self._fn
        if kernel is not None:
            return kernel
        if self._kernels:
            raise NotImplementedError(f"Could not run '{self._qualname}' with arguments from the '{_device_of(args)}' backend: "
                                      f"it is defined for {', '.join(self._kernels)}")  # fmt: skip
        raise NotImplementedError(f"operator {self._qualname} has no implementation in Python: compiled extensions "
                                  "of PyTorch are not supported by eagerjax")  # fmt: skip

    def _note(self, types, fn):
        """`fn` is the function for these types of devices (or keys of PyTorch's dispatcher), or for all."""
        for kind in types if isinstance(types, (list, tuple)) else (types,):
            if kind in EVERYWHERE:
                self._fn = fn
            elif kind not in WITHOUT_KERNEL:
                self._kernels[kind.lower()] = fn

    def register_kernel(self, device_types=None, func=None, /):
        """The function of the operator for some types of devices, or for all."""
        return _register(functools.partial(self._note, device_types), func)

    register_impl = register_kernel

    def register_fake(self, fn=None, /):
        """Shapes are found by running the function; a rule for them is not needed."""
        return _register(lambda rule: None, fn)

    register_vmap = register_torch_dispatch = lambda self, *args: _register(
        lambda rule: None, args[-1] if args else None
    )

    def register_autograd(self, backward, /, *, setup_context=None):
        """How gradients are computed: `backward(ctx, *grads)`, after `setup_context(ctx, inputs, output)`."""

        def forward(ctx, *args):
            output = self._kernel(args)(*args)
            if setup_context is not None:
                setup_context(ctx, args, output)
            return output

        facts = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
        self._differentiable = type(self._name, (Function,), facts)


def _register(note, fn):
    """`note(fn)` now, or of what the decorator is given."""

    def decorate(given):
        note(given)
        return given

    return decorate if fn is None else decorate(fn)


def custom_op(name, fn=None, /, *, mutates_args=(), device_types=None, schema=None, tags=None):
    """Define an operator "namespace::name" by a Python function."""
    space, op = _qualified(name)
    if not space:
        raise ValueError(f"custom_op(name={name!r}): expected a name of the form 'namespace::name'")

    def decorate(given):
        made = CustomOpDef(space, op)
        made._note(device_types, given)
        made._init_fn = given
        return functools.wraps(given, updated=())(made)

    return decorate if fn is None else decorate(fn)


triton_op = custom_op


def wrap_triton(kernel):
    """Triton's kernels do not run here."""
    raise NotImplementedError("torch.library.wrap_triton is not supported by eagerjax")


def define(qualname, schema="", *, lib=None, tags=()):
    """Declare an operator; `impl` gives it a function."""
    _named(*_qualified(qualname))


def impl(qualname, types=None, func=None, *, lib=None, key=None):
    """The function of an operator."""
    if isinstance(qualname, Library):  # the old order: impl(library, name, key)
        return _register(functools.partial(_named(*_qualified(types, qualname.ns))._note, func or key), None)
    return _register(functools.partial(_named(*_qualified(qualname))._note, types), func)


def register_kernel(op, device_types=None, func=None, /, *, lib=None):
    """The function of an operator for some types of devices, or for all."""
    return _register(functools.partial(_named(*_qualified(op))._note, device_types), func)


def register_fake(op, func=None, /, *, lib=None, _stacklevel=1, allow_override=False):
    """Accepted: shapes are found by running the function. An operator nobody has defined is declared by this."""
    _named(*_qualified(op))
    return _register(lambda rule: None, func)


impl_abstract = register_vmap = register_fake


def register_autograd(op, backward, /, *, setup_context=None, lib=None):
    """How an operator's gradients are computed."""
    _named(*_qualified(op)).register_autograd(backward, setup_context=setup_context)


def register_autocast(op, device_type=None, cast_inputs=None, /, *, lib=None):
    """Accepted, without effect: the operator runs in the dtypes it is given."""


def register_torch_dispatch(op, torch_dispatch_class, func=None, /, *, lib=None):
    """Accepted, without effect: there are no dispatch modes."""
    return _register(lambda rule: None, func)


class Library:
    """Operators of one namespace."""

    def __init__(self, ns, kind="DEF", dispatch_key=""):
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key

    def define(self, schema, alias_analysis="", *, tags=()):
        """Declare an operator by its schema; its name is returned."""
        space, op = _qualified(schema, self.ns)
        _named(space, op)
        return op

    def impl(self, op_name, fn, dispatch_key="", *, with_keyset=False, allow_override=False):
        """The function of an operator; for gradients and shapes, nothing is needed."""
        _named(*_qualified(op_name, self.ns))._note(dispatch_key or self.dispatch_key, fn)

    def fallback(self, fn, dispatch_key="", *, with_keyset=False):
        """Accepted, without effect."""

    def _destroy(self):
        """Nothing to do."""


def fallthrough_kernel():
    """Nothing to do."""


def get_ctx():
    """Rules for shapes are never called."""
    raise RuntimeError(
        "torch.library.get_ctx() can only be called inside a rule for shapes, which eagerjax never calls"
    )
