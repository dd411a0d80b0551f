"""The world of a function: every tensor and every Python value that a call may read or change, by name; to be put back."""

import random as python_random
import re
import types

import numpy as np

from eagerjax import alias
from eagerjax.lower.flush import flush, resume
from eagerjax.memory import suspend
from eagerjax.nn import Module
from eagerjax.optim import Optimizer
from eagerjax.record.storage import Base
from eagerjax.record.trace import state
from eagerjax.runtime.random import Generator, default_generator
from eagerjax.static.checks import LENGTH, MISSING, read, same
from eagerjax.static.guards import Guards
from eagerjax.static.tree import flatten
from eagerjax.tensor import Tensor, computed, concrete_array

_OWN_DICTS = re.compile(r"\._(parameters|buffers)\['([^']*)'\]")
_SUBMODULES = re.compile(r"\._modules\['([^']*)'\]")


class World:
    """What a function's code and its arguments lead to, now."""

    def __init__(self, function, args, kwargs):
        plain = (bool, int, float, str, type(None))
        others = [a for a in (*args, *kwargs.values()) if not isinstance(a, plain)]
        self.guards = Guards(function, others)
        objects = list(self.guards.seen.values())
        self.optimizers = [o for o in objects if isinstance(o, Optimizer)]
        self.modules = [m for m in objects if isinstance(m, Module)]
        self.generators = [default_generator, *[g for g in objects if isinstance(g, Generator)]]
        self.generators += [a for a in others if isinstance(a, Generator) and a not in self.generators]
        # Schedulers and scalers: the library's own objects, whose insides the guards do not follow.
        self.others = [o for o in objects if is_object(o)]
        self.tensors = self.named(args, kwargs)

    def named(self, args, kwargs):
        """{(kind, name): tensor}. A tensor that is found in several places has its first name."""
        found, seen = {}, set()
        arguments = []
        flatten((args, kwargs), arguments, [])
        places = [
            *self.parameters(),
            *[("argument", str(i), t) for i, t in enumerate(arguments)],
            *self.noted(),
            *self.slots(),
        ]
        for kind, name, tensor in places:
            if id(tensor) not in seen:
                seen.add(id(tensor))
                found[kind, name] = tensor
        return found

    def noted(self):
        for _, _, value, where in self.guards.table:
            if isinstance(value, Tensor) and ".state[" not in where and ".param_groups[" not in where:
                yield "tensor", where, value

    def parameters(self):
        for _, _, value, where in self.guards.table:
            match = _OWN_DICTS.search(where)
            if match and isinstance(value, Tensor):
                kind = "parameter" if match[1] == "parameters" else "buffer"
                yield kind, _SUBMODULES.sub(r".\1", _OWN_DICTS.sub(r".\2", where)), value

    def slots(self):
        names = {id(t): name for _, name, t in self.parameters()}
        for optimizer in self.optimizers:
            for i, p in enumerate(q for group in optimizer.param_groups for q in group["params"]):
                yield "parameter", names.get(id(p), f"{i} of {type(optimizer).__name__}"), p
                for slot, value in optimizer.state.get(p, {}).items():
                    if isinstance(value, Tensor):
                        yield "optimizer state", f"{slot} of {names.get(id(p), f'parameter {i}')}", value

    # -- what there is to compare ------------------------------------------------------------------------------
    def facts(self):
        """{(kind, name): array or plain value}."""
        found = {}
        for (kind, name), tensor in self.tensors.items():
            found[kind, name] = as_numpy(tensor)
            if tensor._leaf is not None and tensor._leaf.grad is not None:
                found["gradient", name] = as_numpy(tensor._leaf.grad)
        for i, generator in enumerate(self.generators):
            found["random counter", f"generator {i}" if i else "the default generator"] = generator.state()
        for i, optimizer in enumerate(self.optimizers):
            for j, group in enumerate(optimizer.param_groups):
                found.update((("hyperparameter", f"{key} of group {j} of optimizer {i}"), value)
                             for key, value in group.items() if isinstance(value, (bool, int, float)))  # fmt: skip
        for _, _, value, where in self.guards.table:
            if isinstance(value, (bool, int, float, str)):
                found["Python value", where] = value
        return found


def is_object(value):
    kind = type(value)
    plain = isinstance(value, (Tensor, Module, Optimizer, Generator, type, types.ModuleType, types.FunctionType))
    return kind.__module__.startswith("eagerjax.") and not plain and hasattr(value, "__dict__")


def as_numpy(tensor):
    return np.array(concrete_array(tensor))


class Held:
    """The content of one holder and its place in autograd, to be put back."""

    def __init__(self, holder):
        self.holder = holder
        self.array = computed(holder)
        self.ref, self.source, self.stamp = holder._ref, holder._source, holder._stamp
        self.writes = getattr(holder, "_writes", 0)

    def restore(self, array=None):
        holder = self.holder
        if type(holder) is Base:
            suspend(holder.storage)
        if type(holder) is Base or holder._base is not None:
            if array is not None or holder._array is not self.array:
                alias.put(holder if type(holder) is Base else holder._base, self.array if array is None else array,
                          state.trace.node)  # fmt: skip
            return
        holder._array = self.array if array is None else array
        holder._ref, holder._source, holder._stamp, holder._trace = self.ref, self.source, self.stamp, None
        if self.stamp is not None:
            self.stamp.overwritten = None
        if holder._writes != self.writes:
            holder._writes = self.writes


class Snapshot:
    """A world as it was. `restore()` puts everything back, as often as wanted."""

    def __init__(self, world):
        flush()
        self.leaves, holders = [], {}
        for tensor in world.tensors.values():
            self.hold(tensor, holders)
            if tensor._leaf is not None:
                self.leaves.append((tensor._leaf, tensor._leaf.grad))
                if tensor._leaf.grad is not None:
                    self.hold(tensor._leaf.grad, holders)
        self.holders = [Held(h) for h in holders.values()]
        self.containers = [c for c, key, *_ in world.guards.table if key is LENGTH]
        self.copies = [(c, c.copy()) for c in self.containers if not isinstance(c, tuple)]
        self.entries = [e for e in world.guards.table if e[1] is not LENGTH]
        self.objects = [(o, shallow(vars(o))) for o in world.others]
        self.slots = [(o, [dict(g) for g in o.param_groups], [(p, s, dict(s)) for p, s in o.state.items()])
                      for o in world.optimizers]  # fmt: skip
        self.generators = [(g, g.state()) for g in world.generators]
        self.python = python_random.getstate(), np.random.get_state()

    def hold(self, tensor, holders):
        holder = tensor if tensor._base is None else tensor._base
        holders[id(holder)] = holder

    def restore(self):
        flush()
        state.faults.clear()
        for held in self.holders:
            held.restore()
        resume(state.trace)
        for leaf, grad in self.leaves:
            leaf.grad = grad
        for optimizer, groups, slots in self.slots:
            for group, copy in zip(optimizer.param_groups, groups):
                group.update(copy)
            optimizer.state.clear()
            for p, own, copy in slots:
                own.clear()
                own.update(copy)
                optimizer.state[p] = own
        self.restore_python()

    def restore_python(self):
        slots = {id(o.state) for o, *_ in self.slots}
        for container, copy in self.copies:
            if id(container) not in slots and not equal_items(container, copy):
                refill(container, copy)
        for container, key, value, where in self.entries:
            now = read(container, key)
            if now is not value and not same(now, value) and id(container) not in slots:
                put_back(container, key, value, where)
        for obj, attributes in self.objects:
            vars(obj).clear()
            vars(obj).update(shallow(attributes))
        for generator, position in self.generators:
            generator.set_position(position)
        python_random.setstate(self.python[0])
        np.random.set_state(self.python[1])

    def perturb(self, rng):
        """Move each float by a few units in its last place: how far rounding may carry."""
        for held in self.holders:
            array = np.asarray(held.array)
            dtype = held.ref.dtype
            if dtype.category < 2 or dtype.is_complex:
                continue
            noise = 1 + rng.uniform(-4, 4, array.shape) * float(eps_of(array.dtype))
            held.restore((array.astype(np.float64) * noise).astype(array.dtype))
        resume(state.trace)


def eps_of(dtype):
    import jax.numpy as jnp  # noqa: PLC0415

    return jnp.finfo(dtype).eps


def shallow(attributes):
    """A copy of an object's attributes, lists and dicts among them copied too."""
    return {k: v.copy() if type(v) in (list, dict) else v for k, v in attributes.items()}


def equal_items(container, copy):
    if len(container) != len(copy):
        return False
    if isinstance(container, dict):
        return all(k in container and container[k] is v for k, v in copy.items())
    if isinstance(container, set):
        return container == copy
    return all(a is b for a, b in zip(container, copy))


def refill(container, copy):
    if isinstance(container, list):
        container[:] = copy
        return
    container.clear()
    container.update(copy)


def put_back(container, key, value, where):
    """Make an entry of the guards' table what it was."""
    if isinstance(container, types.CellType):
        container.cell_contents = value
    elif isinstance(container, types.MappingProxyType):
        raise RuntimeError(
            f"verify_jit can't put {where}, an attribute of a class, back to what it was before the call"
        )
    elif value is MISSING:
        container.pop(key, None)
    else:
        container[key] = value
