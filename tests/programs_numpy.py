"""Random programs over tensors and numpy arrays that share memory, run side by side in two libraries.

An instruction is (name, whole numbers); the numbers choose among what is there, so both sides choose alike.
"""

import random

import numpy as np

DTYPES = ("float32", "float64", "int64", "complex64")
SHAPES = ((4,), (3, 4), (2, 3, 2), ())


class World:
    """The tensors and arrays of one side. `log` keeps what it has shown."""

    def __init__(self, lib):
        self.lib = lib
        self.tensors, self.arrays, self.kept, self.log = [], [], [], []

    def tensor(self, n):
        return self.tensors[n % len(self.tensors)] if self.tensors else None

    def array(self, n):
        return self.arrays[n % len(self.arrays)] if self.arrays else None

    # -- making ------------------------------------------------------------------------------------
    def do_new_array(self, a, b, c):
        shape, dtype = SHAPES[a % 4], DTYPES[b % 7 if b % 7 < 4 else 0]
        made = (np.arange(int(np.prod(shape))) + c % 5).astype(dtype).reshape(shape)
        if c % 4 == 1:
            made = np.asfortranarray(made)
        self.arrays.append(made)

    def do_new_tensor(self, a, b, c):
        shape, dtype = SHAPES[a % 4], DTYPES[b % 7 if b % 7 < 4 else 0]
        numbers = (np.arange(int(np.prod(shape))) + c % 5).reshape(shape)
        self.tensors.append(self.lib.tensor(numbers.tolist(), dtype=getattr(self.lib, dtype)))

    def do_from_numpy(self, a, b, c):
        self.tensors.append([self.lib.from_numpy, self.lib.as_tensor, self.lib.asarray][b % 3](self.array(a)))

    def do_from_temporary(self, a, b, c):
        self.tensors.append(self.lib.from_numpy(self.array(a) * 2))

    def do_numpy(self, a, b, c):
        tensor = self.tensor(a)
        made = np.asarray(tensor) if b % 3 == 0 else tensor.detach().numpy() if b % 3 == 1 else tensor.numpy()
        self.arrays.append(made)

    def do_copy_out(self, a, b, c):
        self.arrays.append(np.array(self.tensor(a), order="C"))

    def do_snapshot(self, a, b, c):
        self.log.append(self.tensor(a).detach().numpy().tolist())

    def do_array_view(self, a, b, c):
        array = self.array(a)
        if array.ndim:
            self.arrays.append(
                [array[b % len(array) :], array.T, array[::2], array[..., :1], array[b % len(array)]][c % 5]
            )

    def do_view(self, a, b, c):
        t, kind = self.tensor(a), c % 12
        if t.ndim and not t.requires_grad:
            n = len(t)
            if kind == 0:
                made = t[b % n :]
            elif kind == 1:
                made = t[b % n]
            elif kind == 2:
                made = t.permute(*range(t.ndim - 1, -1, -1))
            elif kind == 3:
                made = t[::2]
            elif kind == 4:
                made = t.reshape(-1)
            elif kind == 5:
                made = t[..., :1]
            elif kind == 6:
                made = t.unfold(0, min(2, n), 2)
            elif kind == 7:
                made = t.diagonal() if t.ndim > 1 else t[:]
            elif kind == 8:
                made = t.real if t.is_complex() else t.unsqueeze(0)
            elif kind == 9:
                made = t.narrow(0, b % n, 1) if t.dtype is not self.lib.int64 else t.view(self.lib.int32)
            elif kind == 10:
                made = t.conj() * 1
            else:
                made = self.lib.view_as_real(t) if t.is_complex() else t.unsqueeze(-1)
            self.tensors.append(made)

    def do_detach(self, a, b, c):
        t = self.tensor(a)
        self.tensors.append([t.detach, lambda: t.data, t.clone, lambda: t.requires_grad][b % 3]())

    # -- writing ------------------------------------------------------------------------------------
    def do_write_array(self, a, b, c):
        array = self.array(a)
        kind = c % 5
        if kind == 0:
            array += 1
        elif kind == 1 and array.ndim and len(array):
            array[b % len(array)] = b % 7
        elif kind == 2:
            array[...] = b % 9
        elif kind == 3:
            np.multiply(array, 2, out=array)
        elif array.ndim and array.shape[-1]:
            array[..., -1] = -(b % 3)

    def do_write_tensor(self, a, b, c):
        t, kind = self.tensor(a), c % 9
        if kind == 0:
            t.add_(1)
        elif kind == 1:
            t.mul_(2)
        elif kind == 2 and t.ndim and len(t):
            t[b % len(t)] = b % 5
        elif kind == 3:
            t.fill_(b % 6)
        elif kind == 4:
            t.copy_(self.tensor(b).detach().reshape(-1)[0] if self.tensor(b).numel() else t)
        elif kind == 5 and t.ndim and len(t):
            t[self.lib.tensor([0, len(t) - 1])] = 3
        elif kind == 6 and not t.is_complex():
            t[t > 2] = 1
        elif kind == 7:
            t += self.tensor(b).detach().to(t.dtype).sum()
        else:
            with self.lib.no_grad():
                t.sub_(1)

    # -- histories ----------------------------------------------------------------------------------
    def do_leaf(self, a, b, c):
        t = self.tensor(a).detach().clone() if c % 3 else self.lib.from_numpy(self.array(a))
        self.tensors.append(t.requires_grad_(b % 4 != 0))

    def do_compute(self, a, b, c):
        t = self.tensor(a)
        self.kept.append((t * 2 + self.tensor(b).sum()).sum())

    def do_result(self, a, b, c):
        self.tensors.append(self.tensor(a) * 2 + 1)

    def do_backward(self, a, b, c):
        t = self.tensor(a)
        (t * t).sum().backward()

    def do_step(self, a, b, c):
        leaves = [t for t in self.tensors if t.is_leaf and t.requires_grad and t.grad is not None]
        if leaves:
            self.lib.optim.SGD(leaves[:2], lr=0.5).step()

    # -- forgetting -----------------------------------------------------------------------------------
    def do_drop_array(self, a, b, c):
        if self.arrays:
            del self.arrays[a % len(self.arrays)]

    def do_drop_tensor(self, a, b, c):
        if self.tensors:
            del self.tensors[a % len(self.tensors)]

    # -- looking --------------------------------------------------------------------------------------
    def do_look(self, a, b, c):
        t = self.tensor(a)
        self.log.append((t.tolist(), t.requires_grad, t.is_leaf))

    def everything(self):
        arrays = [(a.dtype.name, a.tolist()) for a in self.arrays]
        tensors = [(t.tolist(), t.requires_grad, t.is_leaf, None if t.grad is None else t.grad.tolist())
                   for t in self.tensors]  # fmt: skip
        shared = [np.shares_memory(a, b) for i, a in enumerate(self.arrays) for b in self.arrays[:i]]
        return arrays, tensors, [k.tolist() for k in self.kept], shared, self.log


WEIGHTS = {
    "new_array": 4,
    "new_tensor": 3,
    "from_numpy": 8,
    "from_temporary": 2,
    "numpy": 8,
    "copy_out": 1,
    "snapshot": 3,
    "array_view": 4,
    "view": 10,
    "detach": 3,
    "write_array": 16,
    "write_tensor": 16,
    "leaf": 3,
    "compute": 6,
    "result": 3,
    "backward": 1,
    "step": 1,
    "drop_array": 5,
    "drop_tensor": 4,
    "look": 8,
    "everything": 2,
}


def program(seed, steps):
    rng = random.Random(seed)
    names = rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=steps)
    return [("new_array", 1, 0, 0), ("new_tensor", 1, 0, 0)] + [
        (n, *[rng.randrange(840) for _ in range(3)]) for n in names
    ]


def perform(world, name, *numbers):
    """What an instruction shows: nothing, a value, or the kind of error."""
    if not (world.tensors and world.arrays) and not name.startswith("new"):
        return None
    try:
        return world.everything() if name == "everything" else getattr(world, "do_" + name)(*numbers)
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError) as error:
        return type(error).__name__


def run(lib_a, lib_b, seed, steps):
    """Run one program in both. Raises AssertionError with the program where they differ."""
    a, b, done = World(lib_a), World(lib_b), []
    for instruction in [*program(seed, steps), ("everything", 0, 0, 0)]:
        done.append(instruction)
        shown = [perform(w, *instruction) for w in (a, b)]
        assert equal(*shown), f"program {seed}: after {done}\n{first_difference(*shown)}"


def first_difference(a, b):
    """The smallest part in which two values differ, and where it is."""
    where = []
    while isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        where.append(next(i for i, (x, y) in enumerate(zip(a, b)) if not equal(x, y)))
        a, b = a[where[-1]], b[where[-1]]
    return where, a, b


def equal(a, b):
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, (float, complex)) and isinstance(b, (float, complex)):
        return a == b or bool(np.isclose(a, b, rtol=1e-4, atol=1e-4, equal_nan=True))
    return a == b
