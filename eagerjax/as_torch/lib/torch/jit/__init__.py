"""torch.jit: functions and modules stay what they are, since XLA compiles what runs. Scripted files are not read."""

import functools
import typing
import warnings

from eagerjax import nn
from eagerjax.as_torch.missing import refuse
from eagerjax.as_torch.paths import follow

Final = typing.Final
Future = typing.Any


class TracerWarning(Warning):
    """Never given: nothing here is frozen by tracing."""

    @staticmethod
    def ignore_lib_warnings():
        """Nothing to do."""


class Error(RuntimeError):
    """An error in compiled code."""


class ScriptModule(nn.Module):
    """A module. Scripting one returns the module itself."""


class RecursiveScriptModule(ScriptModule):
    """The same."""


class ScriptFunction:
    """Scripting a function returns the function itself: nothing is an instance."""


class CompilationUnit:
    """Code as text is not compiled."""

    def __init__(self, lang=None, _frames_up=0):
        refuse("torch.jit.CompilationUnit")


class Attribute(typing.NamedTuple):
    """A value with the type that TorchScript should give it."""

    value: object
    type: object


def script(obj, optimize=None, _frames_up=0, _rcb=None, example_inputs=None):
    """`obj` itself: XLA compiles what runs."""
    return obj


def trace(func, example_inputs=None, optimize=None, check_trace=True, check_inputs=None, check_tolerance=1e-5, strict=True,
          **unused):  # fmt: skip
    """`func` itself, not frozen: it goes on following its Python code."""
    return func


def trace_module(mod, inputs, *unused, **options):
    """`mod` itself."""
    return mod


def _same(fn):
    return fn


export = script_method = script_if_tracing = _script_if_tracing = _overload = _overload_method = interface = _same


def ignore(drop=False, **kwargs):
    """A decorator without effect, with arguments or without."""
    return drop if callable(drop) else _same


unused = ignore


def annotate(the_type, the_value):
    return the_value


def isinstance(obj, target_type):
    """Is `obj` of a type, or of one of several?"""
    import builtins  # noqa: PLC0415

    return builtins.isinstance(obj, typing.get_origin(target_type) or target_type)


def is_scripting():
    return False


def is_tracing():
    return False


def freeze(mod, preserved_attrs=None, optimize_numerics=True):
    """`mod` itself, which must be in evaluation mode."""
    if mod.training:
        raise RuntimeError(
            "Freezing is currently only implemented for modules in eval mode. Please call .eval() first."
        )
    return mod


def optimize_for_inference(mod, other_methods=None):
    return mod


run_frozen_optimizations = optimize_for_inference


def fork(func, *args, **kwargs):
    """Run it now; `wait` gives the result."""
    return functools.partial(_same, func(*args, **kwargs))


def wait(future):
    return future()


def enable_onednn_fusion(enabled):
    """No effect."""


def onednn_fusion_enabled():
    return False


def set_fusion_strategy(strategy):
    """No effect."""
    return strategy


class optimized_execution:
    """A context without effect."""

    def __init__(self, should_optimize=True):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class fuser(optimized_execution):
    """A context without effect."""


class strict_fusion(optimized_execution):
    """A context without effect."""

    def __init__(self):
        super().__init__()


def save(m, f, _extra_files=None):
    """Write the module as `torch.save` does; `torch.jit.load` reads it."""
    warnings.warn("torch.jit.save writes the module by name, not its code: reading needs its class", stacklevel=2)
    follow("torch").save(m, f)


def load(f, map_location=None, _extra_files=None, _restore_shapes=False):
    """Read what `save` here wrote. Files of TorchScript, which hold code, are refused with RuntimeError."""
    return follow("torch").load(f, map_location=map_location, weights_only=False)
