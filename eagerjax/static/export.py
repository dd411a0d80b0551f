"""`eagerjax.export` and `eagerjax.load_exported`: a function as one file that runs where its code is absent."""

import os

import jax
import jax.export
import numpy as np

from eagerjax import alias
from eagerjax.lower.evaluate import Evaluation, Inline
from eagerjax.lower.flush import flush
from eagerjax.lower.program import Program, first_wrong, pack
from eagerjax.nn import Module
from eagerjax.record.trace import state
from eagerjax.runtime import compat, device as devices, dtype as dt, random
from eagerjax.runtime.errors import fault_text
from eagerjax.static import artifact, stablehlo, tree
from eagerjax.static.verify import compare
from eagerjax.static.watch import Watch
from eagerjax.static.world import Snapshot, World, as_numpy
from eagerjax.tensor import Tensor, from_array


def export(function, args, path=None, params="baked", kwargs=None, platforms=None, dynamic_batch=False):
    """Export what `function` (or a module) computes of `args` as one program that needs neither its code nor its Python.

    params: "baked" makes parameters and other captured tensors constants of the program, "inputs" keeps them beside it
        in the same file, so that a loaded program's `params` can be replaced.
    platforms: for which backends, such as ("cpu", "cuda"). Default: the present one.
    dynamic_batch: the first dimension of all tensor arguments (of one length) may have any length when it is called.

    Writes the file `path`, if given, and returns the program as `load_exported` would. The program is run once and
    compared with the function's own result. Raises RuntimeError where the function is no pure function of its
    arguments: it writes to a buffer (call `.eval()` first), goes backward into `.grad`, or looks at a value.
    """
    if params not in ("baked", "inputs"):
        raise ValueError(f'export(): params must be "baked" or "inputs", not {params!r}')
    recorded = Recorded(function, tuple(args), kwargs or {})
    whole = Whole(recorded, recorded.with_batch(function) if dynamic_batch else None)
    names = recorded.names if params == "inputs" else []
    with compat.x64():
        facts, program = stablehlo.take_apart(whole.lower(names, platforms))
    data = artifact.dump({**whole.header(names), "program": facts}, program, {n: recorded.captured[n] for n in names})
    loaded = Exported(*artifact.parse(data, "the exported program"))
    recorded.check(loaded)
    if whole.other is not None:
        whole.other.check(loaded)
    if path is not None:
        with open(path, "wb") as file:
            file.write(data)
    return loaded


def load_exported(path):
    """The program in a file that `export` wrote, to be called on tensors or numpy arrays as the function was.

    Raises ArtifactError for a file that is something else, or damaged. Nothing in the file is executed but the program.
    """
    with open(path, "rb") as file:
        return Exported(*artifact.parse(file.read(), os.fspath(path)))


class Exported:
    """An exported program. `params` are the captured tensors that are inputs (by name); they may be replaced."""

    def __init__(self, header, program, arrays):
        self.header = header
        self.params = {name: from_array(a.copy()) for name, a in arrays.items()}
        self.run = jax.jit(stablehlo.put_together(header["program"], program).call)
        self.name = self.__name__ = header["name"]
        self.platforms = tuple(header["program"]["platforms"])

    def __repr__(self):
        takes = ", ".join(f"{dtype}{shape}" for shape, dtype in self.header["inputs"])
        return f"<exported {self.name}({takes}) for {', '.join(self.platforms)}>"

    def __call__(self, *args, **kwargs):
        tensors = []
        if artifact.describe((args, kwargs), tensors) != self.header["arguments"]:
            raise TypeError(
                f"{self!r} was exported for other arguments: the structure, and what is no tensor, must be the same"
            )
        inputs = [self.checked(i, t) for i, t in enumerate(tensors)]
        words = np.array(self.header["words"], np.int64)
        for at in self.header["draws"]:
            words[at] = random.next_word()
        with compat.x64():
            results = self.run([*[as_array(p) for p in self.params.values()], *inputs, words])
        if self.header["faults"]:
            self.look(results.pop())
        return artifact.build(self.header["results"], [result(a) for a in results])

    def checked(self, i, tensor):
        """The array of an argument, if it has the shape and dtype that was exported."""
        shape, name = self.header["inputs"][i]
        array = as_array(tensor)
        fits = len(array.shape) == len(shape) and all(n in (None, m) for n, m in zip(shape, array.shape))
        if not fits or dt.from_np(array.dtype).name != name:
            expected = tuple("any" if n is None else n for n in shape)
            raise TypeError(f"{self.name}: argument {i} must be {name}{expected}, not "
                            f"{dt.from_np(array.dtype).name}{tuple(array.shape)}")  # fmt: skip
        return array

    def look(self, fault):
        """Raise what values got wrong."""
        if (at := int(fault[0])) >= 0:
            kind, message = self.header["faults"][at]
            kinds = {"IndexError": IndexError, "ValueError": ValueError}
            raise kinds.get(kind, RuntimeError)(fault_text(message, fault[1]))


def as_array(value):
    if isinstance(value, Tensor):
        return as_numpy(value) if value._array is None else value._array
    return np.asarray(value)


def result(array):
    return from_array(array, device=devices.of_jax(next(iter(array.devices()))))


# -- recording -----------------------------------------------------------------------------------------------
class Recorded:
    """One run of a function: its path, where its inputs come from, and its results."""

    def __init__(self, function, args, kwargs):
        self.copies = {}
        self.args, self.kwargs = tree.rebuild((args, kwargs), self.copy)
        self.arguments = artifact.describe((self.args, self.kwargs), tensors := [])
        if any(not isinstance(t, Tensor) for t in tensors):
            raise TypeError("export() takes tensors as arguments, not numpy arrays")
        self.inputs = tensors
        self.name = getattr(function, "__qualname__", type(function).__name__)
        call = function._call_impl if isinstance(function, Module) else function
        snapshot = Snapshot(World(call, self.args, self.kwargs))
        try:
            self.run(call)
        finally:
            state.trace.live.clear()  # what was recorded before an error does not happen
            snapshot.restore()

    def copy(self, tensor):
        """An argument as a tensor of its own, so that its array is nobody else's."""
        if id(tensor) not in self.copies:
            made = from_array(as_numpy(tensor), tensor.dtype, tensor.device)
            self.copies[id(tensor)] = made.requires_grad_() if tensor.requires_grad else made
        return self.copies[id(tensor)]

    def run(self, call):
        flush()
        watch = Watch(fullgraph=True)
        position, stepwise = random.default_generator.state(), state.stepwise
        state.watch, state.stepwise = watch, True
        try:
            outputs = []
            self.form = artifact.describe(call(*self.args, **self.kwargs), outputs)
            trace = state.trace
            self.wanted = tuple([alias.enter(trace, t) for t in outputs])
            self.refuse_effects(trace, call)
            self.node, self.scalars, leaves = trace.node, tuple(trace.scalars), list(trace.leaves)
            self.draws = [(at, generator) for at, generator in watch.words]
            watch.final = True
            flush()
        finally:
            state.watch, state.stepwise = None, stepwise
            random.default_generator.set_position(position)
        self.results = [as_numpy(t) for t in outputs]
        if watch.draws:
            raise RuntimeError(f"{self.name} draws PyTorch's own numbers, which are made on the host and not by a program: "
                               'export it under eagerjax.set_rng("counter")')  # fmt: skip
        if any(g not in (None, random.default_generator) for _, g in self.draws):
            raise RuntimeError(f"{self.name} draws from a generator of its own, which an exported program can't have")
        self.find(leaves, watch, World(call, self.args, self.kwargs))

    def refuse_effects(self, trace, call):
        """A program has results and nothing else."""
        written = {id(h) for h, *_ in trace.undo if h._trace is trace}
        if written:
            named = World(call, self.args, self.kwargs).tensors.items()
            hit = (f"{k} {n}" for (k, n), t in named if id(t) in written or id(t._base) in written)
            name = next(hit, "a tensor that was there before")
            raise RuntimeError(f"{self.name} writes to {name}, which an exported program can't do. "
                               "(Batch norm in training mode does: call .eval() on the model first.)")  # fmt: skip
        leaves = [s for s in trace.sources.values() if hasattr(s, "accumulated_hooks")]
        if any(s.grad is not None and s.grad._trace is trace for s in leaves):
            raise RuntimeError(f"{self.name} accumulates gradients into .grad, which an exported program can't do. "
                               "(Gradients that are results come from autograd.grad.)")  # fmt: skip

    def find(self, leaves, watch, world):
        """Which inputs of the path are arguments, and which are captured."""
        arguments = {id(t._array): i for i, t in enumerate(self.inputs)}
        arguments.update((id(t._base._array), i) for i, t in enumerate(self.inputs) if t._base is not None)
        known = {id(t._array): name for (_, name), t in world.tensors.items() if t._array is not None}
        self.sources, self.captured, taken = [], {}, {}
        for array in leaves:
            if id(array) in arguments:
                self.sources.append(arguments[id(array)])
                continue
            name = taken.get(id(array)) or known.get(id(array)) or f"constant {len(self.captured)}"
            taken[id(array)] = name
            self.captured[name] = np.asarray(array)
            self.sources.append(name)
        self.names = list(self.captured)

    def with_batch(self, function):
        """The same function on arguments that have one row more."""
        lengths = {t.shape[0] if t.ndim else None for t in self.inputs}
        if len(lengths) != 1 or None in lengths:
            raise RuntimeError("export(dynamic_batch=True) needs tensor arguments that all have one first dimension, of one "
                               f"length; they have {sorted(map(str, lengths))}")  # fmt: skip
        args, kwargs = tree.rebuild((self.args, self.kwargs), one_more)
        return Recorded(function, args, kwargs)

    def check(self, loaded):
        """Raise RuntimeError where the program gives something else than the function did."""
        position = random.default_generator.state()
        results = []
        artifact.describe(loaded(*self.args, **self.kwargs), results)
        random.default_generator.set_position(position)
        for i, (mine, theirs) in enumerate(zip(self.results, results)):
            how = compare(mine, as_numpy(theirs), 1e-3 if mine.dtype.kind != "f" or mine.dtype.itemsize > 2 else 5e-2)
            if how is not None:
                how = how.replace("stepwise", "eager").replace("compiled", "exported")
                raise RuntimeError(f"the exported program of {self.name} gives something else for result {i}: {how}")


def one_more(tensor):
    array = as_numpy(tensor)
    return from_array(np.concatenate([array, array[:1]]), tensor.dtype, tensor.device)


# -- the program ---------------------------------------------------------------------------------------------
class Whole:
    """A recorded path as one pure function of (captured arrays, arguments, numbers)."""

    def __init__(self, recorded, other):
        self.recorded, self.other = recorded, other
        self.program = Program(recorded.node, recorded.wanted, ())
        self.calls = Inline if other is None else Polymorphic(self.program.path, other, recorded.inputs[0].shape[0])
        if other is not None and (recorded.scalars, recorded.form) != (other.scalars, other.form):
            raise RuntimeError(f"{recorded.name} computes with a number, or returns one, that depends on the batch's length: "
                               "dynamic_batch=True can't keep it")  # fmt: skip
        self.faults = []

    def lower(self, names, platforms):
        recorded = self.recorded
        structs = [jax.ShapeDtypeStruct(recorded.captured[n].shape, recorded.captured[n].dtype) for n in names]
        words = pack(recorded.scalars)
        sizes = [(t._ref.shape, t._ref.dtype.np) for t in recorded.inputs]
        if self.other is not None:
            (self.calls.batch,) = jax.export.symbolic_shape("batch")
            sizes = [((self.calls.batch, *shape[1:]), dtype) for shape, dtype in sizes]
        inputs = [jax.ShapeDtypeStruct(*size) for size in sizes]
        run = jax.jit(lambda arrays: self.compute(names, arrays))
        return jax.export.export(run, platforms=platforms)(
            [*structs, *inputs, jax.ShapeDtypeStruct(words.shape, words.dtype)]
        )

    def compute(self, names, arrays):
        recorded = self.recorded
        *inputs, words = arrays[len(names) :]
        known = {**recorded.captured, **dict(zip(names, arrays))}
        leaves = [inputs[s] if type(s) is int else jax.numpy.asarray(known[s]) for s in recorded.sources]
        evaluation = AllFaults(self.calls, leaves, words, self.program.with_pull).run(self.program.path)
        self.faults = [[kind.__name__, message] for _, kind, message, _ in evaluation.faults]
        conditions = [jax.numpy.asarray(c).reshape(()) for c, *_ in evaluation.faults]
        results = [evaluation.values[r] for r in recorded.wanted]
        return [*results, first_wrong(conditions)] if conditions else results

    def header(self, names):
        recorded = self.recorded
        wide = [type(s) is complex for s in recorded.scalars]
        first = 1 if self.other is not None else 0
        return {
            "name": recorded.name,
            "jax": jax.__version__,
            "arguments": recorded.arguments,
            "results": recorded.form,
            "inputs": [[[None] * first + list(t._ref.shape[first:]), t._ref.dtype.name] for t in recorded.inputs],
            "words": pack(recorded.scalars).tolist(),
            "draws": [at + sum(wide[:at]) for at, _ in recorded.draws],
            "faults": self.faults,
        }


class AllFaults(Evaluation):
    """Looks at every call's values inside the program: nobody looks at its inputs before it runs."""

    def run_call(self, node):
        if node.call.faults is not None and node.check:
            at = self.at
            arrays = [self.values[r] for r in node.inputs]
            scalars = [self.number(kind) for kind in node.scalars]
            self.at = at
            self.faults += [(*fault, node) for fault in self.calls.faults(node, arrays, scalars)]
        super().run_call(node)


class Polymorphic:
    """Calls whose static arguments depend on the batch's length; found by comparing two runs that differ in it by one."""

    def __init__(self, path, other, rows):
        theirs = Program(other.node, other.wanted, ()).path
        self.batch, self.rows = None, rows
        self.slopes = {}
        if len(path) != len(theirs):
            raise RuntimeError(f"{other.name} takes other steps for another length of the batch")
        for mine, its in zip(path, theirs):
            self.match(mine, its)

    def match(self, mine, its):
        file, line = mine.site or ("<unknown>", 0)
        slots = [[r.slot for r in n.inputs] for n in (mine, its)]
        if mine.kind not in ("leaf", "call", "variable", "detach") or mine.kind != its.kind or mine.op is not its.op:
            raise RuntimeError(f"{file}:{line}: a reverse pass, or another operation for another length of the batch: "
                               "dynamic_batch=True can't keep it")  # fmt: skip
        if slots[0] != slots[1] or len(mine.template) != len(its.template):
            raise RuntimeError(f"{file}:{line}: other operands for another length of the batch")
        if mine.template != its.template:
            self.slopes[mine] = tuple(self.slope(a, b, mine) for a, b in zip(mine.template, its.template))

    def slope(self, mine, its, node):
        """A static argument as it depends on the batch: itself where both runs agree, else a Slope, or a tuple with some."""
        if mine == its:
            return mine
        if type(mine) is type(its) is tuple and len(mine) == len(its):
            return tuple(self.slope(a, b, node) for a, b in zip(mine, its))
        if type(mine) is type(its) is int:
            return Slope(its - mine, mine - (its - mine) * self.rows)
        file, line = node.site or ("<unknown>", 0)
        values = [getattr(v, "value", v) for v in (mine, its)]
        raise RuntimeError(
            f"{file}:{line}: {node.op.name.lstrip('_')} gets {values[0]!r} or {values[1]!r}, depending on the length of the batch"
        )

    def function(self, node):
        slopes = self.slopes.get(node)
        if slopes is None:
            return node.call
        template = tuple(place(entry, self.batch) for entry in slopes)
        return node.op.build(template, [r.dtype for r in node.inputs], [r.ndim for r in node.inputs])

    def call(self, node, arrays, scalars, key):
        try:
            out = self.function(node)(arrays, scalars, key)
        except Exception as error:  # a body that needs the numbers, in whatever way
            file, line = node.site or ("<unknown>", 0)
            raise RuntimeError(f"{node.op.name.lstrip('_')} at {file}:{line} can't be exported for any length of the batch "
                               f"({str(error).splitlines()[0] if str(error) else type(error).__name__})") from error  # fmt: skip
        return out if isinstance(out, (tuple, list)) else (out,)

    key, number, faults = Inline.key, Inline.number, Inline.faults


class Slope:
    """An integer that is `times * batch + plus`."""

    def __init__(self, times, plus):
        self.times, self.plus = times, plus


def place(entry, batch):
    if type(entry) is Slope:
        return entry.times * batch + entry.plus
    return tuple(place(e, batch) for e in entry) if type(entry) is tuple else entry
