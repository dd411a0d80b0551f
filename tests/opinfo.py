"""PyTorch's own database of ops, run on both sides: each sample of each op in each of its forms.

`check(op, dtype, samples)` says what differs, by phase. The tests run some of it each time;
`python tests/record_conformance.py` runs all of it and keeps the verdicts.
"""

import collections.abc
import contextlib
import dataclasses
import functools
import inspect
import itertools
import random
import types
import warnings

import numpy as np
import torch
from opinfo_compare import Different, compare, layout_of, tensors_in
from torch.testing._internal.common_methods_invocations import op_db

import eagerjax

PHASES = ("function", "method", "operator", "inplace", "grad", "inplace grad", "views", "out", "errors")
FULLY = PHASES[:6]

NOT_COMPARED = {
    "jiterator_": "compiles CUDA source",
    "torch.ops.": "an internal kernel, no public name",
    "torch._scaled_mm": "an internal kernel for 8-bit floats, no public name",
    "_": "an internal kernel, no public name",
    "max_pool2d_with_indices_backward": "an internal kernel, no public name",
    "native_dropout_backward": "an internal kernel, no public name",
    "nn.functional.batch_norm.without_cudnn": "for CUDA only",
    "slice": "an internal kernel: x[a:b] is tested as __getitem__",
    "sparse.": "takes sparse tensors; tests/test_sparse.py has them",
    "to_sparse": "makes sparse tensors; tests/test_sparse.py has them",
}
"""Beginnings of names that are left out, and why. Reflected operators (`__radd__`) are in."""

UNIQUE_ONLY_AFTER = {"svd", "linalg.svd", "svd_lowrank", "pca_lowrank", "linalg.eig", "linalg.eigh"}
"""Decompositions are unique up to signs and phases: their samples bring a function of them that is unique."""

UNDEFINED_VALUES = {"empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided",
                    "resize_", "resize_as_"}  # fmt: skip
FALLBACKS = (torch.int64, torch.complex64, torch.bool, torch.float64)
"""For ops without floats, in the column of float32."""


def left_out(op):
    """The reason why an op is not compared, or None."""
    if op.name.startswith("__"):
        return None
    return next((why for start, why in NOT_COMPARED.items() if op.full_name.startswith(start)), None)


def dtype_for(op, dtype):
    """The dtype to run, or None where PyTorch's op does not take it on the CPU."""
    if dtype in op.dtypes:
        return dtype
    return next((d for d in FALLBACKS if d in op.dtypes), None) if dtype is torch.float32 else None


class Refused(Exception):
    """PyTorch itself does not take this sample in this form."""


# -- from torch to eagerjax ------------------------------------------------------------
@functools.cache
def _public():
    """{id of a public callable of torch's: (its path, itself)}"""
    spaces = {"Tensor": torch.Tensor, "linalg": torch.linalg, "fft": torch.fft, "special": torch.special,
              "nn.functional": torch.nn.functional, "nn": torch.nn, "": torch}  # fmt: skip
    return {
        id(value): (f"{path}.{name}".lstrip("."), value)
        for path, space in spaces.items()
        for name in dir(space)
        if not name.startswith("_") and callable(value := getattr(space, name, None))
    }


def path_of(value):
    """`nn.functional.relu` for that function; None for what is not public."""
    found = _public().get(id(value))
    if found is not None and found[1] is value:
        return found[0]
    owner = getattr(value, "__objclass__", None)  # method descriptors are new objects each time
    return f"Tensor.{value.__name__}" if owner is not None and owner.__name__ in ("Tensor", "TensorBase") else None


def at(path, root=eagerjax):
    return functools.reduce(getattr, path.split("."), root)


def array_of(tensor):
    """A numpy array of a torch tensor; bfloat16, which numpy lacks, as float32."""
    tensor = tensor.detach().resolve_conj().resolve_neg()
    return np.array((tensor.float() if tensor.dtype is torch.bfloat16 else tensor).numpy(force=True), copy=True)


def across(value, made):
    """The same arguments for eagerjax. A tensor met twice becomes one tensor: `made` remembers {id: (theirs, ours)}."""
    go = functools.partial(across, made=made)
    if isinstance(value, torch.Tensor):
        if id(value) not in made:
            made[id(value)] = value, tensor_across(value)
        return made[id(value)][1]
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        items = [go(v) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {k: go(v) for k, v in value.items()}
    if isinstance(value, slice):
        return slice(go(value.start), go(value.stop), go(value.step))
    if dataclasses.is_dataclass(value):  # options of linear_cross_entropy
        given = {f.name: go(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return at(f"nn.{type(value).__name__}")(**given)
    return next((make(value) for kind, make in _SIMPLE if isinstance(value, kind)), value)


_SIMPLE = (
    ((torch.dtype, torch.layout, torch.memory_format), lambda v: getattr(eagerjax, str(v).rpartition(".")[2])),
    (torch.device, lambda v: eagerjax.device(str(v))),
    (torch.Generator, lambda v: eagerjax.Generator().manual_seed(v.initial_seed() % 2**31)),
    (torch.Size, tuple),
    (torch.nn.Module, lambda v: at(f"nn.{type(v).__name__}")(**module_arguments(v))),
    (collections.abc.Callable, lambda v: rebound(v)),
)
"""How values without parts are carried over."""


def tensor_across(tensor):
    if tensor.layout is not torch.strided:
        raise Refused("a sparse argument")
    made = eagerjax.tensor(array_of(tensor), dtype=getattr(eagerjax, str(tensor.dtype)[6:]))
    if isinstance(tensor, torch.nn.Parameter):
        return eagerjax.nn.Parameter(made, requires_grad=tensor.requires_grad)
    return made.requires_grad_() if tensor.requires_grad else made


def module_arguments(module):
    """The distance modules that losses take as arguments keep theirs as attributes."""
    names = list(inspect.signature(type(module).__init__).parameters)[1:]
    return {name: getattr(module, name) for name in names if hasattr(module, name)}


def rebound(function, root=eagerjax, depth=0):
    """A function of PyTorch's test code that says `torch` made to mean `root`; public ones become root's own."""
    if isinstance(function, functools.partial):
        return functools.partial(rebound(function.func, root, depth), *function.args, **function.keywords)
    path = path_of(function)
    if path is not None:
        return at(path, root)
    if not isinstance(function, types.FunctionType) or not (function.__module__ or "").startswith("torch.testing"):
        return function
    if function.__name__ == "wrapper_set_seed":
        return lambda op, *args, **kwargs: op(*args, **kwargs)
    if depth > 6:
        return function
    known = {n: _swapped(function.__globals__[n], root, depth + 1) for n in names_in(function.__code__)
             if n in function.__globals__}  # fmt: skip
    cells = tuple(types.CellType(_swapped(c.cell_contents, root, depth + 1)) for c in function.__closure__ or ())
    made = types.FunctionType(
        function.__code__,
        {"__builtins__": __builtins__, **known},
        function.__name__,
        function.__defaults__,
        cells or None,
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def names_in(code):
    nested = (names_in(c) for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*nested)


def _swapped(value, root, depth):
    if value is torch:
        return root
    if isinstance(value, types.ModuleType) and value.__name__.startswith("torch.") and "testing" not in value.__name__:
        return at(value.__name__[6:], root)
    if root is not torch and isinstance(value, (torch.Tensor, torch.dtype)):
        return across(value, {})
    return rebound(value, root, depth) if callable(value) else value


# -- the forms of an op ----------------------------------------------------------------
def forms(op):
    """[(phase, PyTorch's callable, ours)] of all forms that PyTorch has."""
    yield "function", *pair(op.op, op.name)
    if op.method_variant is not None and not op.name.startswith("__"):
        yield "method", *pair(op.method_variant, f"Tensor.{op.name}")
    if op.operator_variant is not None:
        yield "operator", op.operator_variant, op.operator_variant
    for written in (op.inplace_variant, op.inplace_operator_variant):
        if written is not None:
            path = path_of(written)
            yield "inplace", *(pair(written, path) if path else (rebound(written, torch), rebound(written)))


def pair(theirs, name):
    """PyTorch's callable and ours, looked up on each call so that a missing name is the failure of a sample."""
    if isinstance(theirs, types.FunctionType) and (theirs.__module__ or "").startswith("torch.testing"):
        return rebound(theirs, torch), lambda *args, **kwargs: rebound(theirs)(*args, **kwargs)
    path = f"Tensor.{name}" if name.startswith("__") else path_of(theirs) or name
    return theirs, lambda *args, **kwargs: at(path)(*args, **kwargs)


def copied(tree, seen=None):
    """Arguments of PyTorch's, so that a call can't change the sample."""
    seen = {} if seen is None else seen
    if isinstance(tree, torch.Tensor):
        if id(tree) not in seen:
            made = tree.detach().clone()
            made = torch.nn.Parameter(made) if isinstance(tree, torch.nn.Parameter) else made
            seen[id(tree)] = made.requires_grad_(tree.requires_grad)
        return seen[id(tree)]
    if isinstance(tree, (list, tuple)) and not isinstance(tree, torch.Size):
        items = [copied(v, seen) for v in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    return {k: copied(v, seen) for k, v in tree.items()} if isinstance(tree, dict) else tree


WIDER = {torch.float16: torch.float64, torch.bfloat16: torch.float64, torch.float32: torch.float64,
         torch.complex64: torch.complex128}  # fmt: skip


def widened(tree):
    """The same arguments in double precision."""
    if isinstance(tree, torch.Tensor):
        made = tree.detach().to(WIDER.get(tree.dtype, tree.dtype))
        return made.requires_grad_(tree.requires_grad)
    if isinstance(tree, torch.dtype):
        return WIDER.get(tree, tree)
    if isinstance(tree, (list, tuple)) and not isinstance(tree, torch.Size):
        return type(tree)(*map(widened, tree)) if hasattr(tree, "_fields") else type(tree)(map(widened, tree))
    return {k: widened(v) for k, v in tree.items()} if isinstance(tree, dict) else tree


# -- one op ------------------------------------------------------------------------------
class Check:
    """Runs the phases of one op in one dtype; `failed` has {phase: messages}, `judged` counts samples.

    way: makes of our side's function what is to be called (`conftest.Way`), `calls` times in a row.
    """

    def __init__(self, op, dtype, limit, seed=0, way=None, calls=1):
        self.op, self.dtype, self.limit, self.seed = op, dtype, limit, seed
        self.way, self.calls = way or (lambda function: function), calls
        self.failed, self.judged = {}, 0
        self.main, *self.others = forms(op)

    def samples(self, requires_grad):
        """The first sample and others drawn by the seed, [(arguments, keywords, what to do with the result)]."""
        torch.manual_seed(self.seed)
        random.seed(self.seed)
        np.random.seed(self.seed)
        made = self.op.sample_inputs("cpu", self.dtype, requires_grad=requires_grad, set_seed=False)
        made = list(itertools.islice(made, 5000))
        if len(made) > self.limit:
            chosen = random.Random(f"{self.seed}:{self.op.full_name}").sample(range(1, len(made)), self.limit - 1)
            made = [made[i] for i in (0, *sorted(chosen))]
        return [(((s.input, *s.args), s.kwargs), s.output_process_fn_grad) for s in made]

    def attempt(self, phase, check, *arguments):
        try:
            check(*arguments)
        except Refused:
            return
        except Exception as error:  # noqa: BLE001  whatever it is, it is this sample's failure
            self.failed.setdefault(phase, []).append(f"{type(error).__name__}: {error}"[:300])
        self.judged += 1

    def run(self, phases=PHASES):
        plain = self.samples(requires_grad=False)
        for phase, theirs, ours in (self.main, *self.others):
            for tree, process in plain:
                if phase in phases:
                    self.attempt(phase, self.forward, phase, theirs, ours, tree, process)
        for tree, _ in plain[:5]:
            if "views" in phases and self.op.name not in UNIQUE_ONLY_AFTER:
                self.attempt("views", self.views, tree)
        for tree, _ in plain[:3]:
            if "out" in phases and self.op.supports_out:
                self.attempt("out", self.out, tree)
        self.gradients(phases)
        if "errors" in phases and self.op.error_inputs_func is not None:
            self.errors()
        return self

    def gradients(self, phases):
        op = self.op
        if (
            not op.supports_autograd
            or self.dtype not in op.backward_dtypes
            or not self.dtype.is_floating_point | self.dtype.is_complex
        ):
            return
        written = next((f for f in self.others if f[0] == "inplace"), None) if op.supports_inplace_autograd else None
        for tree, process in self.samples(requires_grad=True):
            if "grad" in phases:
                self.attempt("grad", self.gradient, *self.main[1:], tree, process)
            if "inplace grad" in phases and written and getattr(tree[0][0], "requires_grad", False):
                self.attempt("inplace grad", self.gradient, *written[1:], tree, process, True)

    def both(self, theirs, ours, tree, **options):
        """Compare what two functions of the arguments give. What is random for PyTorch has only its layout compared."""
        expected = self.oracle(theirs, tree)
        undefined = self.op.name in UNDEFINED_VALUES or self.is_random(theirs, tree, expected)
        run = self.way(lambda args, kwargs: ours(args, kwargs, {}))
        for _ in range(self.calls):
            given = run(*across(copied(tree), {}))
            if not undefined:
                compare(expected, given, wide=lambda: theirs(*widened(tree), {}), **options)
            elif layout_of(expected) != layout_of(given):
                raise Different(f"{layout_of(given)}, should be {layout_of(expected)}")

    def oracle(self, theirs, tree, seed=1):
        torch.manual_seed(seed)
        try:
            return theirs(*copied(tree), {})
        except Exception as error:
            raise Refused(str(error)) from error

    def is_random(self, theirs, tree, expected):
        again = (self.oracle(theirs, tree, seed) for seed in ((2,) if self.deterministic else range(2, 14)))
        return any(not _equal(expected, other) for other in again)

    @functools.cached_property
    def deterministic(self):
        return "wrapper_set_seed" not in names_in(getattr(self.op.op, "__code__", (lambda: 0).__code__))

    def forward(self, phase, theirs, ours, tree, process):
        if phase != "function" and not isinstance(tree[0][0], torch.Tensor):
            raise Refused("no tensor to call it on")
        if "operator" in (phase, getattr(theirs, "__module__", "")) and tree[1]:
            raise Refused("an operator takes no keywords")

        def call(function, root):
            unique = rebound(process, root) if self.op.name in UNIQUE_ONLY_AFTER else (lambda result: result)

            def run(args, kwargs, _):
                result = function(*args, **kwargs)
                if phase == "inplace" and result is not args[0]:
                    raise Different("what comes back is not the tensor that it was called on")
                return unique(result)

            return run

        ties = tree[0][0] if not tree[1].get("stable") else None
        self.both(call(theirs, torch), call(ours, eagerjax), tree, ties=ties, mask=self.mask(tree))

    def mask(self, tree):
        """masked.*: which elements of the result are defined."""
        if not self.op.name.startswith("masked.") or self.op.name == "masked.logaddexp":
            return None
        with contextlib.suppress(Exception):
            return torch.masked._output_mask(self.op.op, *tree[0], **tree[1]).numpy()
        return None

    def gradient(self, theirs, ours, tree, process, on_clone=False):
        """Gradients of a sum with random weights, for all arguments that require them."""
        mask, weights = self.mask(tree), {}
        wrapper = self.op.gradcheck_wrapper if not self.op.name.startswith("masked.") else _call

        def run_theirs(args, kwargs, _):
            leaves = [t for t in tensors_in((args, kwargs)) if t.requires_grad]
            result = rebound(process, torch)(rebound(wrapper, torch)(theirs, *_first_cloned(args, on_clone), **kwargs))
            outs = {i: t for i, t in enumerate(tensors_in(result)) if t.requires_grad}
            if not outs or not leaves:
                raise Refused("nothing to differentiate")
            for i, t in outs.items():
                if i not in weights:
                    weights[i] = _weights(t, 7 + i, mask)
            found = torch.autograd.grad(list(outs.values()), leaves, [weights[i].to(t.dtype) for i, t in outs.items()],
                                        allow_unused=True)  # fmt: skip
            return [torch.zeros_like(x) if g is None else g for g, x in zip(found, leaves)]

        def run_ours(args, kwargs, _):
            leaves = [t for t in tensors_in((args, kwargs), eagerjax.Tensor) if t.requires_grad]
            result = rebound(process)(rebound(wrapper)(ours, *_first_cloned(args, on_clone), **kwargs))
            outs = tensors_in(result, eagerjax.Tensor)
            if any(not outs[i].requires_grad for i in weights):
                raise Different("the result does not require grad")
            found = eagerjax.autograd.grad([outs[i] for i in weights], leaves,
                                           [across(w, {}) for w in weights.values()], allow_unused=True)  # fmt: skip
            return [eagerjax.zeros_like(x) if g is None else g for g, x in zip(found, leaves)]

        self.both(run_theirs, run_ours, tree, factor=3)

    def views(self, tree):
        """Write to the result and look at the arguments, then the other way round."""

        def scenario(function, kind):
            def run(args, kwargs, _):
                outs, ins = tensors_in(function(*args, **kwargs), kind), tensors_in((args, kwargs), kind)
                if not outs or not ins:
                    raise Refused("no tensors")
                _poke(outs[0])
                seen = [t.clone() for t in ins]
                _poke(ins[0])
                return [*seen, *(t.clone() for t in outs)]

            return run

        self.both(scenario(self.main[1], torch.Tensor), scenario(self.main[2], eagerjax.Tensor), tree, ties=tree[0][0])

    def out(self, tree):
        """`out=` is written to and returned."""
        if self.op.name in UNIQUE_ONLY_AFTER or "out" in tree[1]:
            raise Refused("not unique")
        plain = self.oracle(lambda args, kwargs, _: self.main[1](*args, **kwargs), tree)

        def call(function, root):
            def run(args, kwargs, _):
                like = function(*args, **kwargs) if root is torch else plain  # what is widened has a wider result
                shapes = [(t.shape, str(t.dtype)[6:]) for t in tensors_in(like)]
                outs = tuple(root.zeros(tuple(s), dtype=getattr(root, d)) for s, d in shapes)
                result = function(*args, **kwargs, out=outs[0] if isinstance(like, torch.Tensor) else outs)
                if any(a is not b for a, b in zip(tensors_in(result, root.Tensor), outs)):
                    raise Different("what comes back is not the `out` that was given")
                return outs

            return run

        self.both(call(self.main[1], torch), call(self.main[2], eagerjax), tree, ties=tree[0][0])

    def errors(self):
        """What PyTorch refuses is refused with its type of exception."""
        try:
            random.seed(self.seed)
            cases = list(itertools.islice(self.op.error_inputs("cpu", set_seed=False), 60))
        except Exception:  # noqa: BLE001  some need a GPU to be made
            return
        for case in cases:
            sample = case.sample_input
            self.attempt("errors", self.error, ((sample.input, *sample.args), sample.kwargs))

    def error(self, tree):
        try:
            self.main[1](*copied(tree)[0], **copied(tree)[1])
        except Exception as error:  # noqa: BLE001  any type may be the expected one
            expected = error
        else:
            raise Refused("PyTorch takes it")
        try:
            args, kwargs = across(copied(tree), {})
        except Exception as error:
            raise Refused("it can't be made here") from error
        try:
            self.main[2](*args, **kwargs)
        except Exception as error:  # noqa: BLE001
            if not isinstance(error, type(expected)) and type(error).__name__ != type(expected).__name__:
                raise Different(f"{error!r}, should be {expected!r}") from error
        else:
            raise Different(f"no error, should be {expected!r}")


def _call(function, *args, **kwargs):
    return function(*args, **kwargs)


def _first_cloned(args, on_clone):
    return (args[0].clone(), *args[1:]) if on_clone else args


def _weights(like, seed, mask):
    """Random numbers like a tensor, 0 where it is not finite or not defined."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(tuple(like.shape)) + (
        1j * rng.standard_normal(tuple(like.shape)) if like.is_complex() else 0
    )
    made = torch.where(torch.isfinite(like.detach()), torch.as_tensor(values).to(like.dtype), 0)
    return made if mask is None else torch.where(torch.as_tensor(mask).expand(made.shape), made, 0)


def _poke(tensor):
    tensor.logical_not_() if "bool" in str(tensor.dtype) else tensor.add_(1)


def _equal(one, other):
    pairs = list(zip(tensors_in(one), tensors_in(other)))
    return all(a.shape == b.shape and np.allclose(array_of(a), array_of(b), rtol=1e-3, atol=1e-4, equal_nan=True)
               for a, b in pairs if a.layout is torch.strided)  # fmt: skip


def check(op, dtype, limit=10, phases=PHASES, **how):
    """The `Check` of one op after its run, or None where there is nothing to compare."""
    dtype = dtype_for(op, dtype)
    if dtype is None or left_out(op) is not None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Check(op, dtype, limit, **how).run(phases)


OPS = {op.full_name: op for op in op_db}
