"""The arguments with which a function is traced: proxies, or values that are given beforehand."""

import inspect
import types
import warnings

from eagerjax.fx.node import base_types
from eagerjax.tensor import Tensor


class PHBase:
    """Stands in `concrete_args` for an argument that is traced."""

    def __repr__(self):
        return "PH"


class PHWithMeta(PHBase):
    """Such a one with facts for the placeholder: `ph_key`."""

    def __init__(self, ph_key=None):
        self.ph_key = ph_key


PH = PHBase()


def _assert_is_none(value, msg):
    if value is not None:
        raise AssertionError(msg)


def arguments(tracer, function, is_module, concrete):
    """(the function, the arguments to call it with). One that takes `*args` or names gets all by position."""
    plain = inspect.unwrap(function)
    code = plain.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[int(is_module) : count])
    if isinstance(concrete, tuple):
        if len(names) != len(concrete):
            raise RuntimeError(f"Tracing expected {len(names)} arguments but got {len(concrete)} concrete arguments")
        concrete = dict(zip(names, concrete))
    maker = _Maker(tracer, plain, concrete or {})
    args = [*([tracer.root] if is_module else []), *map(maker.made, names)]
    if count == len(code.co_varnames[: code.co_argcount]) and not code.co_flags & STARRED:
        return function, args
    for flag, stars in ((inspect.CO_VARARGS, "*"), (inspect.CO_VARKEYWORDS, "**")):
        if code.co_flags & flag:
            args.append(maker.placeholder(stars + code.co_varnames[count]))
            count += 1
    return by_position(function, len(args)), args


STARRED = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def by_position(function, count):
    """The function with its first `count` names as plain arguments: a proxy stands for `args`, and one for `kwargs`."""
    code = function.__code__.replace(co_flags=function.__code__.co_flags & ~STARRED, co_argcount=count, co_posonlyargcount=0,
                                     co_kwonlyargcount=0)  # fmt: skip
    return types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)


class _Maker:
    """Makes the placeholders of one function."""

    def __init__(self, tracer, function, concrete):
        self.tracer, self.concrete, self.count = tracer, concrete, 0
        self.types = getattr(function, "__annotations__", {})
        self.parameters = inspect.signature(function).parameters

    def made(self, name):
        value = self.concrete.get(name, PH)
        if isinstance(value, PHBase):
            return self.placeholder(name) if name not in self.concrete else self.placeholder(self.numbered(name), name)
        if isinstance(value, (tuple, list, dict)):
            raise NotImplementedError(f"concrete_args[{name!r}]: values inside of a {type(value).__name__} are not supported by "
                                      "eagerjax; give the function plain arguments")  # fmt: skip
        return self.specialised(name, value)

    def numbered(self, name):
        return f"{name}_1"

    def placeholder(self, name, parameter=None):
        """A proxy for an argument, with its default value and its annotation."""
        known = self.parameters.get(parameter or name)
        default = () if name[0] == "*" or known is None or known.default is known.empty else (known.default,)
        kind = self.types.get(name)
        return self.tracer.create_proxy("placeholder", name, default, {}, type_expr=kind)

    def specialised(self, name, value):
        """The value itself; the traced program checks that it is called with it."""
        given = self.placeholder(self.numbered(name), name)
        if value is None:
            message = f"{name} has been specialized to have value None but got another value"
            self.tracer.create_proxy("call_function", _assert_is_none, (given, message), {})
        elif isinstance(value, base_types) and not isinstance(value, Tensor):
            message = f"{name} has been specialized to have value {value} but got another value"
            self.tracer.create_proxy("call_function", _assert, (given == value, message), {})
        else:
            warnings.warn(f"Was not able to add assertion to guarantee correct input {name} to specialized function. It is up to "
                          "the user to make sure that your inputs match the inputs you specialized the function with.",
                          stacklevel=5)  # fmt: skip
        return value


def _assert(condition, message):
    """`assert` as a function."""
    if not condition:
        raise AssertionError(message)


_assert._fx_path = "torch._assert"
_assert_is_none._fx_path = "torch.fx._symbolic_trace._assert_is_none"
