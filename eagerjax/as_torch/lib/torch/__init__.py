"""Names at torch's root that eagerjax's own root does not have, or means otherwise."""

from eagerjax.as_torch.lib.torch.torch_version import __version__ as __version__


def _assert(condition, message):
    """`assert` as a function."""
    if not condition:
        raise AssertionError(message)


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


def _raise_unless(cond, error, message):
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
