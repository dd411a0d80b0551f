"""Training steps in programs that know nothing of eagerjax: found in the source, compiled, verified, explained.

A step is a function that calls `.backward()` and an optimizer's `.step()`, neither of them in a loop of its own: one call,
one step. What holds the loop as well stays as it is, and is named.
"""

import ast
import builtins
import functools
import importlib.abc
import importlib.machinery
import os
import sys

NAME = "__eagerjax_step__"
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def calls(node, in_loop=False):
    """(name of a method that is called, whether in a loop) in a function's own body, functions inside left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            yield child.func.attr, in_loop
        if isinstance(child, (ast.Yield, ast.YieldFrom)):
            yield "yield", in_loop
        yield from calls(child, in_loop or isinstance(child, _LOOPS))


def kind_of(function):
    """ "step", "loop" for a function that goes over steps itself, or None."""
    found = set(calls(function))
    names = {name for name, _ in found}
    if not {"backward", "step"} <= names or "yield" in names:
        return None
    return "step" if ("backward", False) in found and ("backward", True) not in found else "loop"


def is_compiled(function):
    """Does the program compile it itself?"""
    return any("compile" in ast.unparse(d) or "jit" in ast.unparse(d) for d in function.decorator_list)


class Steps:
    """The steps of one program. `mark` is what its source is given to; `report` tells what came of them."""

    def __init__(self, folder, jit=False, verify=False, explain=False, say=None):
        self.folder = os.path.abspath(folder)
        self.jit, self.verify, self.explain = jit, verify, explain
        self.say = say or (lambda text: print(f"eagerjax: {text}", file=sys.stderr))
        self.found, self.loops = [], []

    def mark(self, source, path):
        """The syntax tree of a file, in which each step has a decorator more."""
        tree = ast.parse(source, path)
        for node in ast.walk(tree):
            kind = kind_of(node) if isinstance(node, ast.FunctionDef) else None
            if kind == "step" and not is_compiled(node):
                place = ast.copy_location(ast.Name(NAME, ast.Load()), node)
                node.decorator_list.append(place)
            elif kind == "loop":
                self.loops.append(f"{node.name} ({path}:{node.lineno})")
        return tree

    def __call__(self, function):
        """The decorator."""
        code = function.__code__
        place = f"{function.__qualname__} ({code.co_filename}:{code.co_firstlineno})"
        if place not in [step.place for step in self.found]:
            self.say(f"{'compiling' if self.jit else 'found'} the step {place}")
        step = Step(function, place, self)
        self.found.append(step)
        return step

    def compile(self, model=None, **options):
        """`torch.compile` under --jit: the program says itself what is to be compiled."""
        import eagerjax  # noqa: PLC0415

        if model is None:
            return functools.partial(self.compile, **options)
        name = getattr(model, "__qualname__", type(model).__name__)
        self.say(f"compiling {name}, which the program gives to torch.compile")
        return eagerjax.compile(model, **{"jit": True, **options})

    def report(self):
        """What is to be said at the program's end."""
        if not self.found and (self.jit or self.verify):
            self.say("found no step: no function calls .backward() and .step() without a loop around them"
                     + (f"; these hold the loop, too: {', '.join(self.loops)}" if self.loops else ""))  # fmt: skip
        if self.explain:
            self.say("what was compiled\n" + explained(self.found))

    def __enter__(self):
        setattr(builtins, NAME, self)
        self.finder = Finder(self)
        sys.meta_path.insert(0, self.finder)
        return self

    def __exit__(self, *_):
        sys.meta_path.remove(self.finder)
        self.report()  # the decorator stays: what runs at the interpreter's exit may still define steps


class Step:
    """One function that is a step; as a method, one for each instance."""

    def __init__(self, function, place, steps):
        from eagerjax.static.function import CompiledFunction  # noqa: PLC0415

        functools.update_wrapper(self, function)
        self.function, self.place, self.steps = function, place, steps
        self.compiled = CompiledFunction(function) if steps.jit else None
        self.bound = []
        self.unverified = steps.verify

    def __call__(self, *args, **kwargs):
        return self.run(self.function, self.compiled, args, kwargs)

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        function = self.function.__get__(instance, owner)
        compiled = None if self.compiled is None else self.compiled.__get__(instance, owner)
        if compiled is not None and compiled not in self.bound:
            self.bound.append(compiled)
        return lambda *args, **kwargs: self.run(function, compiled, args, kwargs)

    def run(self, function, compiled, args, kwargs):
        if self.unverified:
            self.unverified = False
            self.check(function, args, kwargs)
        return (function if compiled is None else compiled)(*args, **kwargs)

    def check(self, function, args, kwargs):
        """Raises VerificationError where the compiled step does something else."""
        from eagerjax.static.verify import verify_jit  # noqa: PLC0415

        self.steps.say(f"verified: {verify_jit(function, *args, **kwargs)}")


def explained(steps):
    """The programs of each step, and of the whole process."""
    from eagerjax.lower import policy  # noqa: PLC0415
    from eagerjax.static.explain import cache_info, explain, facts, table  # noqa: PLC0415

    lines = [str(explain(f)) for s in steps for f in [*s.bound, *([] if s.bound else [s.compiled or s.function])]]
    known = [(site, p, why) for site, p, why in policy.programs() if hasattr(p, "analysis")]
    every = [facts(p, f"{why}, at {site[0]}:{site[1]}", site) for site, p, why in known]
    return "\n".join([*lines, f"the whole program: {cache_info()}", *table(every)])


# -- the program's other files --------------------------------------------------------------------
class Finder(importlib.abc.MetaPathFinder):
    """Modules that lie in the program's own folder are marked as well."""

    def __init__(self, steps):
        self.steps = steps

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or type(spec.loader) is not importlib.machinery.SourceFileLoader or not self.owns(spec.origin):
            return None
        spec.loader = Loader(spec.loader.name, spec.loader.path, self.steps)
        return spec

    def owns(self, path):
        inside = os.path.abspath(path).startswith(self.steps.folder + os.sep)
        return inside and not {"site-packages", "eagerjax"} & set(os.path.abspath(path).split(os.sep))


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a module from its marked source; files of compiled code are neither read nor written."""

    def __init__(self, name, path, steps):
        super().__init__(name, path)
        self.steps = steps

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return compile(self.steps.mark(self.get_data(path), path), path, "exec", dont_inherit=True)
