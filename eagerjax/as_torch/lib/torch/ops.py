"""torch.ops as a module: each name is a namespace of operators."""

from eagerjax.as_torch.lib.torch._ops import ops as _ops

load_library = _ops.load_library
import_module = _ops.import_module
loaded_libraries = _ops.loaded_libraries


def __getattr__(name):
    return getattr(_ops, name)
