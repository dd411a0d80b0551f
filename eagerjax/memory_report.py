"""Where the memory is: `eagerjax.memory_summary()`."""

import contextlib
import dataclasses
import gc

import jax

from eagerjax.lower import policy
from eagerjax.nn import Module, Parameter
from eagerjax.optim import Optimizer
from eagerjax.record.trace import Leaf
from eagerjax.static.explain import amount
from eagerjax.tensor import Tensor

KINDS = ("parameters", "gradients", "optimizer state", "buffers", "other tensors", "kept for backward, and other arrays")


@dataclasses.dataclass(frozen=True)
class MemorySummary:
    """Bytes, as data; `print` shows them as a table.

    arrays: {kind: (how many arrays, their bytes)} of what is alive on all devices, each array counted once.
    programs: compiled programs that the process holds.
    process: (bytes resident now, the most so far) as the system says, or None where it does not.
    devices: {device: (bytes in use, the most so far, the limit)} of devices that count, such as GPUs.
    """

    arrays: dict
    programs: int
    process: tuple | None
    devices: dict

    @property
    def total(self):
        """Bytes of all arrays."""
        return sum(size for _, size in self.arrays.values())

    def __str__(self):
        rows = [(kind, str(count), amount(size, "B")) for kind, (count, size) in self.arrays.items()]
        rows = [("", "arrays", "bytes"), *rows, ("all", str(sum(n for n, _ in self.arrays.values())), amount(self.total, "B"))]
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
        lines.append(f"compiled programs: {self.programs}")
        if self.process is not None:
            lines.append("this process: {} resident, {} at most so far".format(*(amount(n, "B") for n in self.process)))
        for device, (now, most, limit) in self.devices.items():
            lines.append(f"{device}: {amount(now, 'B')} in use, {amount(most, 'B')} at most so far, of {amount(limit, 'B')}")
        return "\n".join(lines)


def memory_summary():
    """What holds memory now: parameters, gradients, optimizer state, buffers, other tensors, what is kept for a backward pass.

    Returns a `MemorySummary`: data, and a table when it is printed. It looks at all objects of the process, which takes a
    while. What has been recorded and has not run has no memory yet. Where the process runs on a CPU, what programs need
    while they run is in the process's peak only; `explain()` says it for each program.

    >>> model = torch.nn.Linear(10, 10, bias=False)
    >>> eagerjax.memory_summary().arrays["parameters"]
    (1, 400)
    """
    seen, arrays = set(), {}
    for kind, tensors in zip(KINDS, sorted_tensors()):
        arrays[kind] = count([t._array for t in map(holder_of, tensors) if t._array is not None], seen)
    arrays[KINDS[-1]] = count(jax.live_arrays(), seen)
    return MemorySummary(arrays, len(policy.programs()), process_memory(), dict(device_memory()))


def sorted_tensors():
    """All tensors that are alive: parameters, gradients, optimizer state, buffers, others."""
    objects = gc.get_objects()
    parameters = [o for o in objects if issubclass(type(o), Parameter)]
    gradients = [o.grad for o in objects if type(o) is Leaf and o.grad is not None]
    optimizers = [o for o in objects if issubclass(type(o), Optimizer)]
    slots = [t for o in optimizers for t in jax.tree.leaves(list(o.state.values())) if isinstance(t, Tensor)]
    modules = [o for o in objects if issubclass(type(o), Module)]
    buffers = [b for m in modules for b in m._buffers.values() if b is not None]
    return parameters, gradients, slots, buffers, [o for o in objects if issubclass(type(o), Tensor)]


def holder_of(tensor):
    """What holds a tensor's content: itself, or the family that it is a view of."""
    return tensor if tensor._array is not None or tensor._base is None else tensor._base


def count(arrays, seen):
    """(how many, bytes) of the arrays that were not seen before."""
    new = {id(a): a for a in arrays if id(a) not in seen and not (isinstance(a, jax.Array) and a.is_deleted())}
    seen.update(new)
    return len(new), sum(a.nbytes for a in new.values())


def process_memory():
    with contextlib.suppress(OSError), open("/proc/self/status") as status:
        found = dict(line.split(":", 1) for line in status)
        return tuple(int(found[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return None


def device_memory():
    for device in jax.devices():
        stats = device.memory_stats()
        if stats:
            yield str(device), (stats["bytes_in_use"], stats.get("peak_bytes_in_use"), stats.get("bytes_limit"))
