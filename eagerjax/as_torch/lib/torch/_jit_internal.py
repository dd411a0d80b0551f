"""torch._jit_internal: names for annotations, and decorators without effect."""

import typing
from typing import Any, Dict, Final, List, Optional, Tuple, Union  # noqa: F401, UP035  the names are PyTorch's

from eagerjax.as_torch.lib.torch.jit import (  # noqa: F401
    _overload,
    _overload_method,
    export,
    ignore,
    is_scripting,
    unused,
)
from eagerjax.as_torch.lib.torch.jit.annotations import (  # noqa: F401
    BroadcastingList1,
    BroadcastingList2,
    BroadcastingList3,
)

Future = RRef = Await = typing.Any


def _copy_to_script_wrapper(fn):
    return fn


def boolean_dispatch(arg_name, arg_index, default, if_true, if_false, module_name, func_name):
    """A function that is one of two, by the value of one argument."""

    def choose(*args, **kwargs):
        chosen = kwargs.get(arg_name, args[arg_index] if len(args) > arg_index else default)
        return (if_true if chosen else if_false)(*args, **kwargs)

    return choose


def is_final(ann):
    return ann is Final or typing.get_origin(ann) is Final
