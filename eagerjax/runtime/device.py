"""Devices under PyTorch's names. No device is started until one is needed."""

import functools
import re

import jax

_PLATFORMS = {"cpu": ("cpu",), "cuda": ("gpu", "cuda", "rocm"), "tpu": ("tpu",), "xla": ("tpu", "gpu", "cpu"), "meta": (),
              "mps": ("METAL",)}  # fmt: skip


class device:
    """Where a tensor lives: a type ("cpu", "cuda", "tpu") and an index. Interned: equal devices are the same object."""

    __slots__ = ("index", "type")

    def __new__(cls, type="cpu", index=None):
        if isinstance(type, device):
            return type if index is None else _device(type.type, index)
        if isinstance(type, int) and not isinstance(type, bool):
            return _device("cuda", type)
        if not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' must be str, not {type.__class__.__name__}")
        match = re.fullmatch(r"([a-z]+)(?::(\d+))?", type)
        if match is None:
            raise RuntimeError(f"Invalid device string: '{type}'")
        if match[1] not in _PLATFORMS:
            raise RuntimeError("Expected one of cpu, cuda, tpu, xla, mps, meta device type at start of device string: "
                               f"{type}")  # fmt: skip
        if match[2] is not None:
            if index is not None:
                raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {type}")
            index = int(match[2])
        if match[1] == "meta":
            global meta_used  # most programs never ask, and pay nothing
            meta_used, index = True, None
        return _device(match[1], index)

    def __repr__(self):
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __reduce__(self):
        return (device, (str(self),))

    def __enter__(self):
        _stack.append(self)
        return self

    def __exit__(self, *_):
        _stack.pop()


@functools.cache
def _device(type, index):
    made = object.__new__(device)
    made.type = type
    made.index = index
    return made


CPU = _device("cpu", None)
META = _device("meta", None)
meta_used = False
"""Has anybody asked for the meta device?"""
_stack: list[device] = []
_default: device = CPU


def current():
    """The device of new tensors: the innermost `with device(...)`, or what `set_default_device` named."""
    return _stack[-1] if _stack else _default


def set_default(d):
    """The device of new tensors outside of `with device(...)`; None: the CPU."""
    global _default  # noqa: PLW0603
    _default = CPU if d is None else d


@functools.cache
def to_jax(d):
    """The JAX device behind `d`. Raises RuntimeError where this machine has none."""
    for platform in _PLATFORMS[d.type]:
        try:
            found = jax.devices(platform)
        except RuntimeError:
            continue
        if (d.index or 0) < len(found):
            return found[d.index or 0]
        raise RuntimeError(f"{d} was asked for, but there are only {len(found)} devices of that type")
    raise RuntimeError(f"no {d.type} device is available to JAX here (jax.devices() lists what is)")


@functools.cache
def of_jax(jax_device):
    """The device whose JAX twin is `jax_device`."""
    name = {"gpu": "cuda", "cuda": "cuda", "rocm": "cuda"}.get(jax_device.platform, jax_device.platform)
    return CPU if name == "cpu" and jax_device.id == 0 else _device(name, jax_device.id)
