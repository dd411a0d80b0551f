"""Public functions that see a Proxy among their arguments record a node instead of computing.

No function asks for proxies while there are none: that would cost every program a look at each argument. While a Proxy
lives, each public function has another body, which looks, and goes on to its own. The function stays the same object, so
that `from torch import relu` made before, and a node's `target == torch.relu`, hold.
"""

import functools
import inspect
import threading
import types

from eagerjax import namespace
from eagerjax.fx.names import functionals
from eagerjax.tensor import Tensor

_alive: dict[int, None] = {}
_open: list = []  # of True, while they are
_lock = threading.RLock()
OPERATORS = {"truediv": "div", "mod": "remainder", "floordiv": "__floordiv__", "and": "__and__", "or": "__or__",
             "xor": "__xor__", "lshift": "__lshift__", "rshift": "__rshift__", "getitem": "__getitem__",
             "setitem": "__setitem__"}  # fmt: skip
"""What PyTorch calls the method behind an operator where that is not the operator's own name."""


def hold(what):
    """Doors are open from now on, until `what` and all other holders let go."""
    _alive[id(what)] = None
    if not _open:
        with _lock:
            if not _open:
                for door in doors():
                    door.open()
                _open.append(True)


def let_go(what):
    _alive.pop(id(what), None)
    if not _alive and _open:
        with _lock:
            if not _alive and _open:
                _open.clear()
                for door in doors():
                    door.shut()


@functools.cache
def doors():
    return [Door(fn, method) for fn, method in public().items()]


@functools.cache
def public():
    """{function: None, or the method's name where it is nothing but a method of Tensor}."""
    functions = {fn: None for space in namespace.HOMES.values() for name, fn in vars(space).items()
                 if isinstance(fn, types.FunctionType) and name not in PLAIN_FUNCTIONS}  # fmt: skip
    for name, fn in vars(Tensor).items():
        if isinstance(fn, types.FunctionType) and fn not in functions and (name in namespace.METHODS or name in METHODS):
            functions[fn] = name
    return functions


PLAIN_FUNCTIONS = frozenset("is_tensor is_storage typename compile cond while_loop scan vmap".split())
"""Functions for which a proxy is a value like any other."""
METHODS = frozenset("__getitem__ __setitem__ view reshape to expand_as expand type_as new_tensor".split())


class Door:
    """A public function, and the body that looks for proxies."""

    def __init__(self, fn, method):
        self.fn, self.code, self.keywords = fn, fn.__code__, fn.__kwdefaults__
        own = types.FunctionType(fn.__code__, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__)
        own.__kwdefaults__ = fn.__kwdefaults__
        own.__dict__.update(fn.__dict__)

        def enter(args, kwargs):
            proxy = first_proxy((args, kwargs))
            return own(*args, **kwargs) if proxy is None else record(proxy, fn, own, method, args, kwargs)

        self.entering = {**(fn.__kwdefaults__ or {}), "_enter": enter}
        self.body = body(len(fn.__code__.co_freevars))

    def open(self):
        self.fn.__kwdefaults__ = self.entering  # first: the other body needs it, and the own one does not mind
        self.fn.__code__ = self.body

    def shut(self):
        self.fn.__code__ = self.code
        self.fn.__kwdefaults__ = self.keywords


@functools.cache
def body(cells):
    """The code of a door with that many variables of an enclosing function, as the function that it stands in for has."""
    names = [f"c{i}" for i in range(cells)]
    kept = f"        if False: ({', '.join(names)},)\n" if names else ""
    inner = f"    def door(*args, _enter, **kwargs):\n{kept}        return _enter(args, kwargs)\n"
    source = f"def outer({', '.join(names)}):\n{inner}"
    outer = compile(source, __file__, "exec").co_consts[0]
    return next(c for c in outer.co_consts if isinstance(c, types.CodeType))


def first_proxy(value):
    """A proxy in `value`, however deep in its tuples, lists, dictionaries and slices, or None."""
    kind = value.__class__
    if kind is tuple or kind is list:
        for v in value:
            if v.__class__ not in PLAIN and (found := first_proxy(v)) is not None:
                return found
        return None
    if kind is dict:
        return first_proxy(tuple(value.values())) if value else None
    if kind is slice:
        return first_proxy((value.start, value.stop, value.step))
    if isinstance(value, (tuple, list)):
        return first_proxy(tuple(value))
    return value if hasattr(kind, "_fx_proxy") else None


PLAIN = frozenset((int, float, bool, str, type(None), Tensor))


def record(proxy, fn, own, method, args, kwargs):
    """Let the proxy record the call, in the way in which PyTorch passes it on."""
    if method is None:
        if fn in SAME_METHOD:
            return getattr(args[0], SAME_METHOD[fn])()
        if fn in functionals():
            args, kwargs = options_by_name(own, args, kwargs)
        return type(proxy).__torch_function__(fn, (type(proxy),), args, kwargs)
    if hasattr(type(args[0]), "_fx_proxy"):
        raise TypeError(f"descriptor '{method}' for 'torch._C.TensorBase' objects doesn't apply to a 'Proxy' object")
    plain = method.strip("_") if method.startswith("__") else method
    plain = OPERATORS.get(plain, plain)
    return proxy.tracer.create_proxy("call_method", plain, args, kwargs)


SAME_METHOD = {getattr(namespace.F, name): name for name in ("sigmoid", "tanh")}
"""Functions that only call the method of that name."""


@functools.cache
def signature(own):
    return inspect.signature(own)


def options_by_name(own, args, kwargs):
    """The arguments with all options by name: what must be given comes first, by position."""
    try:
        bound = signature(own).bind(*args, **kwargs)
    except TypeError:
        return args, kwargs  # an overload: as it is
    bound.apply_defaults()
    first, named = [], {}
    for name, parameter in signature(own).parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            first.extend(bound.arguments[name])
        elif parameter.kind is parameter.VAR_KEYWORD:
            named.update(bound.arguments[name])
        elif parameter.default is parameter.empty:
            first.append(bound.arguments[name])
        else:
            named[name] = bound.arguments[name]
    return tuple(first), named
