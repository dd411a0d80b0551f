"""`python -m eagerjax check PATH...`: which of PyTorch's names a program uses, found in its source, and which are here.

Only names are looked at: attributes of what is imported from torch and torchvision, by dotted path. Methods of values
whose type the source does not show are not.
"""

import ast
import collections
import importlib
import pathlib
import sys

from eagerjax.as_torch import install_as_torch
from eagerjax.as_torch.missing import Missing, MissingType, UnknownDtype
from eagerjax.as_torch.module import AliasModule

ROOTS = ("torch", "torchvision")


def main(arguments):
    """Print the report; the exit status says whether all names are there."""
    if not arguments:
        sys.exit("usage: python -m eagerjax check PATH [PATH...]")
    used = collections.defaultdict(list)
    for file in files(arguments):
        for name, line in names_in(file):
            used[name].append(f"{file}:{line}")
    with install_as_torch():
        states = {name: state(name) for name in used}
    return report(used, states)


def files(paths):
    for path in map(pathlib.Path, paths):
        if not path.exists():
            sys.exit(f"python -m eagerjax check: no such file or folder: {path}")
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def report(used, states):
    """The names that are absent and where; 0 if there are none, 1 otherwise."""
    titles = {"unsupported": "Not supported (they can be imported; calling them raises NotImplementedError)",
              "unknown": "Unknown to PyTorch 2.13 and to eagerjax"}  # fmt: skip
    for wanted, title in titles.items():
        found = sorted(name for name in used if states[name] == wanted)
        if found:
            print(f"{title}:")
        for name in found:
            places = used[name]
            print(f"  {name}  {places[0]}" + (f" and {len(places) - 1} more" if len(places) > 1 else ""))
    absent = sum(state != "here" for state in states.values())
    print(f"{len(used) - absent} of {len(used)} names that the source shows are here.")
    return int(absent > 0)


def state(name):
    """here, unsupported or unknown."""
    root, *parts = name.split(".")
    found = importlib.import_module(root)
    for part in parts:
        try:
            found = getattr(found, part)
        except AttributeError:
            # What a class's instances have is not known of the class: only modules are complete.
            return "unknown" if isinstance(found, type(sys)) else "here"
        if isinstance(found, (Missing, MissingType, UnknownDtype)) or empty_module(found):
            return "unsupported"
    return "here"


def empty_module(value):
    """A module of which eagerjax has nothing."""
    return isinstance(value, AliasModule) and not value._sources


def names_in(file):
    """(dotted name, line) of each use in a file."""
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except SyntaxError as error:
        print(f"{file}: not Python 3: {error.msg}", file=sys.stderr)
        return []
    bound = {}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found += [(name, node.lineno) for name in imports(node, bound)]
    seen_inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in seen_inside:
            path = dotted(node, bound, seen_inside)
            if path:
                found.append((path, node.lineno))
    return found


def imports(node, bound):
    """The names of torch that an import statement uses; what it binds is noted in `bound`."""
    for item in node.names:
        path = item.name if isinstance(node, ast.Import) else f"{node.module}.{item.name}"
        if path.partition(".")[0] not in ROOTS or getattr(node, "level", 0):
            continue
        if item.name == "*":
            yield node.module
            continue
        yield path
        if isinstance(node, ast.Import) and item.asname is None:
            bound[path.partition(".")[0]] = path.partition(".")[0]
        else:
            bound[item.asname or item.name] = path


def dotted(node, bound, seen_inside):
    """The path that a chain of attributes means, or None if it does not start at something of torch's."""
    parts = []
    while isinstance(node, ast.Attribute):
        seen_inside.add(id(node))
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in bound:
        return None
    return ".".join([bound[node.id], *reversed(parts)])
