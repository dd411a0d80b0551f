"""The names that PyTorch has, by module: what is known of those that do not exist here."""

import functools
import pathlib

VERSION = "2.13.0"
_FILE = pathlib.Path(__file__).with_name("names.txt")


@functools.cache
def _lines():
    pairs = [line.partition(":")[::2] for line in _FILE.read_text().splitlines()[1:]]
    return {name: rest for name, rest in pairs if name[0] != "~"}, {
        name[1:]: rest for name, rest in pairs if name[0] == "~"
    }


@functools.cache
def names(module):
    """{name: kind} of one module; the kinds are letters, which the first line of the file explains."""
    groups = [group.split() for group in _lines()[0].get(module, "").split(";") if group.strip()]
    return {name: group[0] for group in groups for name in group[1:]}


@functools.cache
def internals():
    """PyTorch's own modules of which only the path is recorded."""
    below = [f"{package}.{name}" for package, rest in _lines()[1].items() for name in rest.split()]
    return {*_lines()[1], *below} - set(_lines()[0])


@functools.cache
def packages():
    """All modules, and the packages above them."""
    every = (*_lines()[0], *internals())
    return {".".join(parts[:i]) for parts in (m.split(".") for m in every) for i in range(1, len(parts) + 1)}


def kind(module, name):
    """The letter for `module.name`: m for a module; None where PyTorch has no such name."""
    if f"{module}.{name}" in packages():
        return "m"
    if module in internals() and not name.startswith("__"):
        plain = name.lstrip("_")
        return "v" if plain.isupper() else "c" if plain[:1].isupper() else "f"  # by PyTorch's own habits of naming
    return names(module).get(name)
