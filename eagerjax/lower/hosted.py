"""Small calls on the CPU as numpy code: no compilation, and a few microseconds where a compiled call costs twenty.

A `Host` is one call (op, arguments, shapes), forward or with its reverse pass, translated once by `numpy_code` from the
jaxpr of the op's own body: there is no second definition of any op. Stepwise programs ask for it; where there is none
(large operands, most random numbers, a primitive without a rule) they use the compiled call.
"""

import collections
import math
import threading
import types
import weakref
from typing import Any

import jax
import numpy as np

from eagerjax.lower.alike import like, stand_in
from eagerjax.lower.backward import vjp, wrt_of
from eagerjax.lower.infer import infer, scalar_struct
from eagerjax.lower.joins import Join, layout
from eagerjax.lower.numpy_code import Unknown, resized, served, translate, work_of
from eagerjax.lower.numpy_rules import MANY
from eagerjax.ops import define
from eagerjax.record.trie import LEAF
from eagerjax.runtime import compat, config
from eagerjax.runtime.errors import refuse_wrong

ARRAYS = {np.ndarray, *(np.dtype(d).type for d in "?bhilqBHILQfd")}
"""What numpy code takes as it is."""


class Pull:
    """The reverse pass of a call whose values are known: what it saved, and how to go on."""

    __slots__ = ("host", "saved")

    def __init__(self, host, saved):
        self.host = host
        self.saved = saved

    def __call__(self, cotangents):
        """Inside a program that is traced: as JAX has it."""
        return self.host.traced(self.saved, cotangents)


jax.tree_util.register_pytree_node(Pull, lambda p: (tuple(p.saved), p.host), lambda host, saved: Pull(host, saved))


class Host:
    """One call, or a piece of calls, as numpy code.

    `run(*arrays, *numbers)` gives its results, then what its reverse pass needs. The last number of a random call is its key.
    """

    __slots__ = ("calls", "count", "floats", "reverse", "run", "saved", "sizes", "structs", "tree", "wrt")

    def __init__(self, node, wrt, calls=1, random=False, sizes=None):
        self.sizes = sizes  # those that a stand-in's stand for
        self.calls = calls  # that the node stands for
        self.wrt = wrt or ()
        self.count = len(node.results)
        self.reverse: Any = None
        self.tree: Any = None
        self.saved: Any = ()
        arrays = [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in node.inputs]
        numbers = [scalar_struct(k) for k in node.scalars]
        if random:
            numbers[-1] = jax.ShapeDtypeStruct((2,), np.uint32)

        def run(*given):
            values, scalars = list(given[: len(arrays)]), list(given[len(arrays) :])
            key = scalars.pop() if random else None
            if wrt is None:
                out = node.call(values, scalars, key)
                return tuple(out) if isinstance(out, (tuple, list)) else (out,)
            outs, pull = vjp(node.call, values, scalars, wrt, key)
            saved, self.tree = jax.tree.flatten(pull)
            self.saved = [jax.ShapeDtypeStruct(s.shape, s.dtype) for s in saved]
            return (*outs, *saved)

        self.run = code(run, (*arrays, *numbers), calls, sizes)
        self.structs = [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in node.results]
        self.floats = tuple(i for i, r in enumerate(node.results) if r.dtype.category >= 2)

    def pull(self, saved, cotangents):
        """The gradients of the operands, of what was saved and the gradients of the results (in full); some as a RowSum."""
        reverse = self.reverse
        if reverse is None:
            reverse = self.reverse = self.reversed()
        if len(self.floats) < len(cotangents):
            cotangents = [cotangents[i] for i in self.floats]
        return reverse(*saved, *cotangents)  # pyright: ignore[reportCallIssue]

    def traced(self, saved, cotangents):
        """The reverse pass inside a program that is traced: as JAX has it."""
        tree = self.tree() if type(self.tree) is Later else self.tree
        return jax.tree.unflatten(tree, list(saved))(cotangents)

    def fitted(self, node):
        """Of a stand-in's, the same for a call that it stands for; None where its code holds sizes or it is too large."""
        sizes = node.call.alike.sizes
        made = object.__new__(Host)
        made.calls, made.count, made.floats, made.wrt = self.calls, self.count, self.floats, self.wrt
        made.run, made.reverse = fitted(self.run, sizes), self.reverse and fitted(self.reverse, sizes)
        if made.run is None or (made.reverse is None) != (self.reverse is None):
            return None
        made.structs = [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in node.results]
        made.saved, made.sizes, made.tree = self.saved, None, self.tree and Later(node, self.wrt)
        return made

    def reversed(self):
        n = len(self.saved)

        def run(*given):
            rest = iter(given[n:])
            full = [
                next(rest) if i in self.floats else np.zeros(s.shape, jax.dtypes.float0)
                for i, s in enumerate(self.structs)
            ]
            return jax.tree.unflatten(self.tree, given[:n])(tuple(full))

        return code(run, (*self.saved, *[self.structs[i] for i in self.floats]), self.calls, self.sizes, put_off=True)


def fitted(function, sizes):
    """Numpy code of a stand-in for these sizes, or None."""
    made = resized(function, sizes)
    return None if made is None or work_of(function, sizes) > most_work(1) else made


class Later:
    """The form of a call's reverse pass as JAX has it, made when it is needed: where it becomes part of a compiled program."""

    __slots__ = ("found", "step", "wrt")

    def __init__(self, node, wrt):
        refs = [like(refs, [r.shape for r in refs]) for refs in (node.inputs, node.results)]  # a node would keep its path
        self.step = types.SimpleNamespace(call=node.call, inputs=refs[0], results=refs[1], scalars=node.scalars)
        self.wrt = wrt
        self.found: Any = None

    def __call__(self):
        if self.found is None:
            self.found = Host(self.step, self.wrt).tree
        return self.found


def code(function, structs, calls=1, sizes=None, put_off=False):
    """`function` as numpy code. Raises Unknown where it has none, or is too much work for numpy."""
    with compat.x64():
        run, _, work = translate(jax.make_jaxpr(function)(*structs), sizes, put_off)
    if sizes is None and work > most_work(calls):
        raise Unknown("too large")
    return run


def most_work(calls):
    return config.most_work_in_numpy * calls


class Faults:
    """The conditions under which a call must refuse its values, as numpy code; `needed` are the operands they look at."""

    __slots__ = ("fine", "met", "needed", "only", "run", "stand_ins", "texts")

    def __init__(self, node):
        arrays = [jax.ShapeDtypeStruct(r.shape, r.dtype.np) for r in node.inputs]
        numbers = [scalar_struct(k) for k in node.scalars]

        def run(*given):
            found = node.call.faults(given[: len(arrays)], given[len(arrays) :])
            self.texts = [f[1:] for f in found]
            return tuple(f[0] for f in found)

        with compat.x64():
            jaxpr = jax.make_jaxpr(run)(*arrays, *numbers).jaxpr
        used = {id(v) for equation in jaxpr.eqns for v in equation.invars} | {id(v) for v in jaxpr.outvars}
        self.needed = frozenset(i for i, v in enumerate(jaxpr.invars[: len(arrays)]) if id(v) in used)
        self.stand_ins = [np.broadcast_to(np.zeros((), a.dtype), a.shape) for a in arrays]
        self.only = min(self.needed) if len(self.needed) == 1 and not numbers else None  # the one that they depend on
        self.fine = {}  # id -> weak reference, of the last arrays (immutable ones) that held nothing wrong
        self.met = set()  # the bytes of few numbers, which held nothing wrong
        self.run = code(run, (*arrays, *numbers))

    def __call__(self, arrays, scalars):
        return [(c, *text) for c, text in zip(self.run(*arrays, *scalars), self.texts)]  # pyright: ignore[reportCallIssue]

    def refuse(self, arrays, scalars):
        """Raise what the call must raise for these operands (None for those that are not needed)."""
        only = None if self.only is None else arrays[self.only]
        if (known := self.fine.get(id(only))) is not None and known() is only:
            return
        few = only.tobytes() if type(only) is np.ndarray and only.nbytes <= FEW_BYTES else None
        if few in self.met:
            return
        given = [np.asarray(a) if i in self.needed else s for i, (a, s) in enumerate(zip(arrays, self.stand_ins))]
        refuse_wrong(self(given, [np.asarray(s) for s in scalars]))
        if isinstance(only, jax.Array):
            if len(self.fine) > 64:
                self.fine.clear()
            self.fine[id(only)] = weakref.ref(only)
        elif few is not None:
            if len(self.met) > MOST_MET:
                self.met.clear()
            self.met.add(few)


FEW_BYTES, MOST_MET = 64, 10_000
"""Of an array of numpy whose content is looked up instead of being looked at again, and how many such contents are kept."""


# -- remembered -------------------------------------------------------------------------------
_KNOWN: collections.OrderedDict = collections.OrderedDict()
_LOCK = threading.Lock()


def of(node, pulled):
    """The Host of a call, with its reverse pass where it is `pulled`; None where the compiled call is to be used."""
    key = (node.call, tuple([r.needs for r in node.inputs])) if pulled else node.call
    found = _KNOWN.get(key, _KNOWN)
    if found is _KNOWN:
        wrt = wrt_of(node) if pulled else None
        found = remember(key, (join(node, wrt) or host(node, wrt)) if fits(node) else None)
    return found


def host(node, wrt):
    """The Host of a call: that of one which differs in its sizes alone, if there is one."""
    model = stand_in(node)
    if model is not None:
        sizes = node.call.alike.sizes
        many = any(math.prod(r.shape) >= MANY for r in (*node.inputs, *node.results))
        of_model = known((model.call, wrt, many), make, Host, model, wrt, 1, False, sizes)
        made = None if of_model is None else of_model.fitted(node)
        if made is not None or of_model is None:
            return made  # what has no rule has none for any size
    return make(Host, node, wrt, 1, node.op.random)


def window(node):
    """What a view's write op writes to: its read op as numpy code, which returns a view; None if it has none."""
    return known(("window", node.call), new_window, node)


def new_window(node):
    base = node.inputs[0]
    if not on_cpu([base]):
        return None
    read, template = define.REGISTRY[node.op.name.removesuffix("_write")], (define.HERE, *node.template[2:])
    function, _, _ = infer(read, template, (base.aval,))
    step = types.SimpleNamespace(call=function, inputs=(base,), results=(node.inputs[1],), scalars=node.scalars)
    return make(Host, step, None)


def join(node, wrt):
    """The code of a `stack` or `cat` of many equal tensors, of kinds that numpy serves well."""
    found = layout(node.op, node.template, [r.aval for r in node.inputs])
    if found is None or not served(node.results[0].dtype.np):
        return None
    return Join(found[0], found[2], wrt)


def faults(node):
    return known(node.call.faults, lambda: make(Faults, node) if fits(node) else None)


def early_faults(node):
    """What to check as the call is recorded, so that nothing of a step runs on bad input: a Faults, or None where its
    operands are not there yet, not on the CPU, or large."""
    found = known(("early", node.call.faults), make, Faults, node)
    if found is None:
        return None
    refs = [node.inputs[i] for i in found.needed]
    there = all(r.node is not None and r.node.kind == LEAF and r.device.type == "cpu" for r in refs)
    return found if there and sum(math.prod(r.shape) for r in refs) <= config.largest_hosted else None


def known(key, kind, *arguments):
    """`kind(*arguments)`, or what it gave for this key before."""
    found = _KNOWN.get(key, _KNOWN)
    return remember(key, kind(*arguments)) if found is _KNOWN else found


def remember(key, found):
    with _LOCK:
        _KNOWN[key] = found
        while len(_KNOWN) > config.hosted_calls:
            _KNOWN.popitem(last=False)
    return found


def make(kind, *arguments):
    try:
        made = kind(*arguments)
        if kind is Host and made.tree is not None:
            made.reverse = made.reversed()
    except Unknown:
        return None
    return made


def fits(node):
    """May this call run in numpy, as far as its operands tell?"""
    refs = (*node.inputs, *node.results)
    counted = node.results if node.op.view and not node.op.writes else refs  # a part is not copied
    drawn = node.op.random and not node.op.exact
    return not drawn and sum([math.prod(r.shape) for r in counted]) <= config.largest_hosted and on_cpu(refs)


def on_cpu(refs):
    return all(r.device.type == "cpu" and not r.device.index for r in refs)


def array(value):
    """A value as numpy code takes it."""
    return value if type(value) in ARRAYS else np.asarray(value)
