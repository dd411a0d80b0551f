"""Watching one call of a function while its Python runs: what it reads, what it leaves behind, what stands in the way."""

import gc
import weakref

import numpy as np

from eagerjax import alias
from eagerjax.counted import USED
from eagerjax.lower.flush import flush, in_turn
from eagerjax.nn import Module
from eagerjax.nn.hooks import has_hooks
from eagerjax.record.site import user_site
from eagerjax.record.storage import Base
from eagerjax.record.trace import Leaf, state
from eagerjax.runtime.random import Generator, default_generator
from eagerjax.static import tree
from eagerjax.tensor import Tensor, raise_faults


class Splits(RuntimeError):
    """A function under `fullgraph=True` looked at a value before its end."""


class Watch:
    """What the engine tells while the Python of a function runs (`record.trace.state.watch`)."""

    def __init__(self, fullgraph=False):
        self.fullgraph = fullgraph
        self.entered = []  # (Ref, holder) of each concrete value that was read
        self.words = []  # (position among the numbers, generator) of random draws
        self.draws = []  # (Ref, draw) of numbers drawn on the host, as PyTorch draws them
        self.updates = []  # (rule, group, first, last position) of optimizers' hyperparameters
        self.splits = []  # lines at which a value was looked at
        self.rebound = False  # gave a tensor that was there other storage
        self.counts = False  # called a function that accumulates: what that does depends on how often it was called
        self.foreign = False  # went backward through a graph made outside
        self.packed = False  # recorded under hooks on saved tensors, which must run each time
        self.overtaken = False  # another thread ran a part of it
        self.number_sites = {}  # position among the numbers -> (file, line) of the step that takes some from there on
        self.final = False  # the function has returned: what runs now is its program
        self.program = None
        self.programs = []  # all that ran
        self.make = None  # what may make the function's program in another way: see padding.py

    def made_elsewhere(self, node, wanted, trace):
        return self.make(node, wanted, trace) if self.final and self.make is not None else None

    def flushed(self, program, trace):
        self.programs.append(program)
        if self.final:
            self.program = program
            return
        self.splits.append(user_site())
        if self.fullgraph:
            file, line = self.splits[-1]
            raise Splits(
                f"{file}:{line} looks at a tensor's value inside a function compiled with fullgraph=True (a branch, a "
                "print, item(), numpy()). Without fullgraph=True the function is split here and goes on. To keep it "
                "whole: torch.where for a choice between values, eagerjax.cond for a branch, eagerjax.while_loop and "
                "eagerjax.scan for loops, or return the tensor and look at it outside."
            )


class Recording:
    """One watched call: `result` and, in `obstacles`, why it can't be replayed (empty if it can)."""

    def __init__(self, function, args, kwargs, tensors, leaves, guards, fullgraph, make=None):
        self.obstacles = []
        self.guards = guards
        # Leaves are named by the argument that they belong to, if any: another call brings another tensor.
        self.arguments = {t._leaf: ("argument", i) for i, t in enumerate(tensors) if t._leaf is not None}
        self.before = {leaf: leaf.grad for leaf in {**leaves, **self.arguments}}
        flush()
        generators = {default_generator, *[g for g in guards.seen.values() if isinstance(g, Generator)]}
        drawn = {g: g.state() for g in generators}
        watch = self.watch = Watch(fullgraph)
        watch.make = make
        state.watch = watch
        try:
            self.result = function(*args, **kwargs)
            in_turn(self.finish, tensors)
        finally:
            state.watch = None
        self.resolve()
        for generator, (seed, draws) in drawn.items():
            count = sum((g or default_generator) is generator for g in self.drawing())
            if generator.state() != (seed, draws + count):
                self.obstacles.append("it seeds a generator")
        self.program = watch.program
        if self.program is None:
            self.obstacles.append("it computes nothing")
        changed = guards.changed()
        if changed is not None:
            self.obstacles.append(f"it changes Python state: {changed}")

    # -- before the program runs -----------------------------------------------------------------------
    def finish(self, tensors):
        """Describe what the function has recorded, and run it. (What another thread has run of it would be missing.)"""
        outputs = []
        self.form = tree.flatten(self.result, outputs, numbers := [])
        for tensor in outputs:
            if tensor._trace is None and tensor._array is None:
                alias.settle(tensor)
        self.numbers_out = tuple(map(repr, numbers))  # nan is not nan, and -0.0 is 0.0
        self.describe(state.trace, tensors, outputs)
        self.skeleton = tree.skeleton(self.result, outputs)
        self.watch.final = True
        flush()

    def describe(self, trace, tensors, outputs):
        watch = self.watch
        self.node, self.freed, self.scalars = trace.node, tuple(trace.freed), tuple(trace.scalars)
        self.grad = trace.grad
        self.sites = trace.sites
        self.leaf_sources = {r: self.name(s) if type(s) is Leaf else s for r, s in trace.sources.items()}
        self.leaves = {s for s in trace.sources.values() if type(s) is Leaf}
        self.words, self.draws = tuple(watch.words), tuple(draw for _, draw in watch.draws)
        self.updates = [(rule, group, a, b, rule.numbers(group)) for rule, group, a, b in watch.updates]
        if any(all(g is not own for own in rule.param_groups) for rule, g, *_ in self.updates):
            self.obstacles.append("an optimizer's slots are made in it")
        if watch.splits:
            self.obstacles.append("it looks at a value at {}:{}".format(*watch.splits[0]))
        if watch.overtaken:
            self.obstacles.append("another thread ran a part of it")
        if watch.rebound:
            self.obstacles.append("it gives a tensor other storage (`x.data = y`, `set_`, `detach_`)")
        if watch.counts:
            self.obstacles.append("it calls a function that was compiled with accumulate=N")
        if watch.packed:
            self.obstacles.append("hooks on saved tensors run in it")
        if watch.foreign:
            self.obstacles.append("it goes backward through a graph that was made outside")
        if trace.hooked or any(leaf.hooks or leaf.accumulated_hooks for leaf in self.leaves):
            self.obstacles.append("hooks of tensors run in it")
        self.custom = bool(trace.calls) and any(t._ref.needs for t in outputs)
        if self.custom and not trace.freed:
            self.obstacles.append("its result has a custom autograd.Function in its history")
        if self.hooked_modules():
            self.obstacles.append("hooks of modules run in it")
        self.inputs = self.sources(trace, tensors)
        self.effects(trace, tensors, outputs)

    def name(self, leaf):
        return self.arguments.get(leaf, leaf)

    def hooked_modules(self):
        modules = [m for m in self.guards.seen.values() if isinstance(m, Module)]
        return bool(USED) and any(has_hooks(m) for m in modules)

    def sources(self, trace, tensors):
        """Where each input of the program comes from.

        ("argument", i), ("grad", Leaf), ("draw", i), ("holder", h), ("constant", array)
        """
        arguments = places(tensors)
        grads = {id(g): leaf for leaf, g in self.before.items() if g is not None}
        drawn = {ref: i for i, (ref, _) in enumerate(self.watch.draws)}
        found = []
        for (ref, holder), array in zip(self.watch.entered, trace.leaves):
            if ref in drawn:
                found.append(("draw", drawn[ref]))
            elif id(holder) in arguments:
                found.append(("argument", arguments[id(holder)]))
            elif id(holder) in grads:
                found.append(("grad", self.name(grads[id(holder)])))
            elif type(holder) is Base:
                found.append((*self.family(holder, arguments), array))
            else:
                found.append(("holder", weakref.ref(holder), array))
        if len(self.watch.entered) != len(trace.leaves):
            self.obstacles.append("it reads values that can't be named")
        self.watch.entered = []
        return found

    def effects(self, trace, tensors, outputs):
        """What the call leaves: values written in place, gradients, results; and tensors that escape."""
        grads = {id(leaf.grad): leaf for leaf in self.leaves | set(self.before) if leaf.grad is not None}
        before = {id(grad): leaf for leaf, grad in self.before.items() if grad is not None}
        written = {id(h): source for h, _, _, source in trace.undo if h._trace is trace}
        for h, _, _, source in trace.undo:
            if isinstance(h, Tensor) and h._base is not None:  # it was written to, and then became one of a family
                written.setdefault(id(h._base), source)
        positions = {id(t): i for i, t in enumerate(outputs)}
        arguments = places(tensors)
        bases = [h._base if isinstance(h, Tensor) else h for h, *_ in trace.undo]
        touched = {id(b.storage) for b in bases if type(b) is Base}  # storages that were there and were written to
        self.written, self.grads, self.relinked, self.views, escaped, caught = [], [], set(), [], [], set()
        for h in {id(h): h for h in trace.live if h._trace is trace and h._array is None}.values():
            if id(h) in written:
                if h._ref not in trace.sources and (h._ref.needs or written[id(h)] is not None):
                    self.relinked.add(h._ref)  # what is written brings its own history, or ends one
                self.written.append((self.target(h, arguments, before), h._ref))
                if type(h) is Base:
                    caught.add(id(h.storage))
            elif id(h) in grads:
                self.grads.append((self.name(grads[id(h)]), h._ref))
            elif type(h) is Base:
                # What was written may be a sister of the family that lives on, made by `.data` or `detach()`.
                target = self.family(h, arguments)
                if h.storage.latest is h and (id(h.storage) in touched or target[0] == "argument"):
                    self.written.append((target, h._ref))
                    caught.add(id(h.storage))
            elif id(h) not in positions:
                escaped.append(h)
        # Aliases of what was written to have been read again. (One that was made in the call and kept has another family
        # in each call: no two recordings agree.)
        self.escaped = [
            (weakref.ref(h), h._ref.node.site)
            for h in escaped
            if getattr(h, "_base", None) is None or id(h._base.storage) not in caught
        ]
        self.cleared = frozenset(
            self.name(leaf) for leaf, old in self.before.items() if old is not None and leaf.grad is None
        )
        self.had_grad = frozenset(self.name(leaf) for leaf, old in self.before.items() if old is not None)
        self.outputs = tuple(self.output(trace, t, arguments, written, touched, grads) for t in outputs)

    def target(self, holder, arguments, grads):
        """`grads`: {id of a gradient that was there before: its leaf}."""
        if id(holder) in arguments:
            return ("argument", arguments[id(holder)])
        if id(holder) in grads:
            return ("grad", self.name(grads[id(holder)]))
        return ("holder", weakref.ref(holder))

    def family(self, base, arguments):
        """A written storage as a target: an argument's, or whichever of its families outlives the call."""
        families = [base, *[f for f in base.storage.alive() if f is not base]]
        mine = next((f for f in families if id(f) in arguments), None)
        return ("families", tuple(map(weakref.ref, families))) if mine is None else ("argument", arguments[id(mine)])

    def output(self, trace, tensor, arguments, written, touched, grads):
        """The source of a tensor that was there before, or ("new", Ref, strides, offset) for one made here."""
        if id(tensor) in arguments:
            return ("argument", arguments[id(tensor)])
        if id(tensor) in grads:
            return ("grad", self.name(grads[id(tensor)]))
        if tensor._trace is not trace or tensor._array is not None or id(tensor) in written:
            return ("holder", tensor)
        if tensor._base is not None:
            if id(tensor._base.storage) in touched:
                return ("holder", tensor)
            self.views.append((weakref.ref(tensor), id(tensor._base) in written))
        return ("new", tensor._ref, tensor._strides, tensor._offset)

    # -- after it has run -----------------------------------------------------------------------------------
    def resolve(self):
        """What only the call itself knew is gone by now: other values that it read were there before."""
        if any(written or len(tensor()._base.tensors()) > 1 for tensor, written in self.views):
            self.obstacles.append("it returns a view of something else that lives on")
        if any(tensor() is not None for tensor, _ in self.escaped):
            gc.collect()
        for tensor, (file, line) in self.escaped:
            if tensor() is not None:
                self.obstacles.append(f"it keeps a tensor, computed at {file}:{line}, somewhere besides its result")
                break
        self.inputs = tuple(map(resolved_input, self.inputs))
        self.leaves = {leaf for leaf in self.leaves if leaf.owner is None or leaf.owner() is not None}
        mine = {self.name(leaf) for leaf in self.leaves | set(self.before)}  # the others came and went with the call
        self.grads = tuple((name, ref) for name, ref in self.grads if name in mine)
        # A storage may be there twice: as a family that was read again, and as the one that was written last.
        found = {}
        for target, ref in sorted(self.written, key=lambda w: w[0][0] == "families"):
            kind, what = resolved(*target)
            if what is not None:
                found[kind, what if kind == "argument" else id(what)] = ((kind, what), ref)
        self.written = tuple(found.values())

    def drawing(self):
        """The generator of each draw (None for the default one)."""
        return [g for _, g in self.words] + [draw.generator for draw in self.draws]

    def refuse_faults(self):
        """Raise what values got wrong, with the gradients that were there before. (The program itself has kept the rest.)"""
        try:
            raise_faults()
        except Exception:
            for leaf, grad in self.before.items():
                leaf.grad = grad
            raise

    # -- comparing ------------------------------------------------------------------------------------------
    def signature(self):
        """Equal for two calls that do the same."""
        return (self.node, self.freed, self.program and self.program.wanted, tuple(map(key_of, self.inputs)), self.form,
                tuple((key_of(t), r) for t, r in self.written), self.grads, self.cleared,
                tuple(key_of(o) for o in self.outputs), self.numbers_out, self.grad,
                tuple((id(r), id(g), a, b) for r, g, a, b, _ in self.updates),
                self.had_grad, frozenset(map(self.name, self.leaves)), tuple(d.key() for d in self.draws))  # fmt: skip

    def families(self):
        """Which of its tensors had aliases, or were aliases, when it read and wrote them."""
        return {id(what) for kind, what, *_ in (*self.inputs, *[t for t, _ in self.written]) if type(what) is Base}

    def constants_equal(self, other):
        pairs = zip(self.inputs, other.inputs)
        return all(a[0] != "constant" or np.array_equal(np.asarray(a[1]), np.asarray(b[1]), equal_nan=kind_of(a[1]))
                   for a, b in pairs)  # fmt: skip

    def first_difference(self, other):
        """Where two recordings part: (file, line) of the first step that `self` took and `other` did not."""
        for a, b in zip(self.node.path(), other.node.path()):
            if a is not b:
                return a.site
        return self.node.site or ("<unknown>", 0)

    def site_of_number(self, position):
        """(file, line) of the step that takes the number there."""
        sites = self.watch.number_sites
        return sites.get(max((first for first in sites if first <= position), default=None), ("<unknown>", 0))


def places(tensors):
    """{id of an argument, or of the family of which it is the whole: its place}."""
    found = {id(t._base): i for i, t in enumerate(tensors) if t._base is not None and not t._view}
    return {**found, **{id(t): i for i, t in enumerate(tensors)}}


def resolved(kind, what):
    """A target once the call is over; None for what did not outlive it.

    A family and its storage refer to each other and wait for the collector: what counts is a tensor that shows it.
    """
    if kind == "families":
        kind, what = "holder", next((w for w in what if w() is not None and w().tensors()), lambda: None)
    if kind != "holder":
        return kind, what
    found = what()
    return kind, None if type(found) is Base and not found.tensors() else found


def resolved_input(source):
    """A source once the call is over: what did not outlive it was a constant."""
    if source[0] not in ("holder", "families"):
        return source[:2]
    kind, found = resolved(*source[:2])
    return ("constant", source[2]) if found is None else (kind, found)


def kind_of(array):
    return np.asarray(array).dtype.kind in "fc"


def key_of(source):
    kind, what, *rest = source
    if kind == "holder":
        return (kind, id(what))
    return (kind,) if kind == "constant" else (kind, what, *rest)
