"""Names at torch's root that eagerjax's own root does not have, or means otherwise."""

from eagerjax.as_torch.lib.torch.overrides import handle_torch_function, has_torch_function
from eagerjax.as_torch.lib.torch.torch_version import __version__ as __version__
from eagerjax.namespace import torch as eager
from eagerjax.runtime.dtype import bool_
from eagerjax.tensor import Tensor


def _assert(condition, message):
    """`assert` as a function. A proxy of fx is not asked: the graph will check."""
    if has_torch_function((condition,)):
        return handle_torch_function(_assert, (condition,), condition, message)
    if not condition:
        raise AssertionError(message)
    return None


def _check(cond, message=None):
    """Raise RuntimeError unless `cond`."""
    _raise_unless(cond, RuntimeError, message)


def _check_value(cond, message=None):
    """Raise ValueError unless `cond`."""
    _raise_unless(cond, ValueError, message)


def _check_type(cond, message=None):
    """Raise TypeError unless `cond`."""
    _raise_unless(cond, TypeError, message)


def _check_index(cond, message=None):
    """Raise IndexError unless `cond`."""
    _raise_unless(cond, IndexError, message)


def _check_not_implemented(cond, message=None):
    """Raise NotImplementedError unless `cond`."""
    _raise_unless(cond, NotImplementedError, message)


def _check_with(error_type, cond, message):
    """Raise `error_type` unless `cond`."""
    _raise_unless(cond, error_type, message)


def _check_tensor_all(cond, message=None):
    """Raise RuntimeError unless all of the boolean tensor `cond` is true. Reads its value."""
    _check_all(cond, RuntimeError, message)


def _check_tensor_all_with(error_type, cond, message=None):
    """Raise `error_type` unless all of the boolean tensor `cond` is true. Reads its value."""
    _check_all(cond, error_type, message)


def _check_all(cond, error, message):
    if not isinstance(cond, Tensor):
        raise TypeError(f"cond must be a tensor, but got {type(cond)}")
    if cond.dtype != bool_:
        raise TypeError(f"cond tensor must have dtype torch.bool, but got {cond.dtype}")
    _raise_unless(bool(cond.all()), error, message)


def _assert_async(input, assert_msg=None):
    """Raise RuntimeError for a tensor of one element that is zero. Reads its value: nothing runs on meanwhile."""
    if input.numel() != 1:
        what = "no values" if input.numel() == 0 else "more than one value"
        raise RuntimeError(f"Boolean value of Tensor with {what} is ambiguous")
    if not bool(input):
        raise RuntimeError(assert_msg or "Expected Tensor with single nonzero value, but got zero")


def _raise_unless(cond, error, message):
    if isinstance(cond, Tensor):
        raise TypeError("cond must be a bool, but got a Tensor. For tensor conditions, use torch._check_tensor_all() to assert "
                        "that all elements are true.")  # fmt: skip
    if not isinstance(cond, bool):
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if not cond:
        raise error("Expected cond to be True, but got False. (Could this error message be improved? If so, please report "
                    "an enhancement request to PyTorch.)" if message is None else message())  # fmt: skip


def _is_all_true(input):
    return input.all()


def is_vulkan_available():
    return False


def is_grad_checkpointing_enabled():
    return False


def compiled_with_cxx11_abi():
    """Always true of PyTorch since 2.6."""
    return True


def _running_with_deploy():
    return False


class SymInt:
    """A symbolic size; nothing here makes one: sizes are integers."""


class SymFloat:
    """A symbolic number; nothing here makes one."""


class SymBool:
    """A symbolic truth value; nothing here makes one."""


def sym_int(a):
    return int(a)


def sym_float(a):
    return float(a)


def sym_not(a):
    return not a


def sym_max(a, b):
    return max(a, b)


def sym_min(a, b):
    return min(a, b)


def _shape_as_tensor(input):
    """The shape as a tensor of int64."""
    return eager.tensor(list(input.shape), dtype=eager.int64)
