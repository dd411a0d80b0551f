"""The reference, one page of Markdown per namespace, a section per source file: `python -m eagerjax.tools.pages` (to docs/api/).

Signatures and texts are those of the definitions. `--check` says whether the pages are up to date.
"""

import inspect
import pathlib
import sys

import eagerjax
from eagerjax import autograd, distributions, func, namespace, nn, optim
from eagerjax.nn import functional, init, utils
from eagerjax.ops import define
from eagerjax.optim import lr_scheduler
from eagerjax.tensor import Tensor
from eagerjax.tools.returns import op_of

FOLDER = pathlib.Path(eagerjax.__file__).parent.parent / "docs" / "api"
SPACES = {
    "torch": eagerjax, "Tensor": Tensor, "nn": nn, "nn.functional": functional, "nn.init": init, "nn.utils": utils,
    "linalg": namespace.linalg, "fft": namespace.fft, "special": namespace.special, "masked": namespace.masked,
    "optim": optim, "optim.lr_scheduler": lr_scheduler, "autograd": autograd, "func": func, "distributions": distributions,
}  # fmt: skip
_SHORT = {define.Scalar: "number", define.Number: "number", define.Dims: "dims", define.Size: "size", define.Dtype: "dtype",
          define.Tensors: "tensors"}  # fmt: skip


def source_of(value):
    """The module whose file holds the definition, and its line there."""
    op = op_of(value)
    target = inspect.unwrap(op.fn if op is not None else value)
    module = getattr(target, "__globals__", {}).get("__name__", target.__module__)
    return sys.modules.get(module), getattr(getattr(target, "__code__", None), "co_firstlineno", 0)


def signature_of(value):
    op = op_of(value)
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return "(...)"
    parameters = [p for p in signature.parameters.values() if p.name != "self"]
    if op is not None:
        parameters = op.parameters
    parts, keyword = [], False
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and not keyword:
            parts.append("*")
        keyword |= p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        kind = _SHORT.get(p.annotation, getattr(p.annotation, "__name__", "")) if p.annotation is not p.empty else ""
        default = "" if p.default is p.empty else f"={p.default!r}" if is_simple(p.default) else "=..."
        parts.append(f"{star}{p.name}{': ' + kind if kind else ''}{default}")
    return f"({', '.join(parts)})"


def is_simple(value):
    """Does the value's repr say the same in each run?"""
    return value is None or isinstance(value, (bool, int, float, str, tuple))


def entries(space):
    """{section: [(name, value)]} of the functions and classes of a namespace, in-place forms left out."""
    sections = {}
    for name, value in sorted(vars(space).items()):
        if name.startswith("_") or not (inspect.isfunction(value) or inspect.isclass(value)):
            continue
        if name.endswith("_") and hasattr(space, name[:-1]):
            continue
        if space is Tensor and getattr(eagerjax, name, None) is value:
            continue  # on the page of torch
        module, _ = source_of(value)
        if module is not None and module.__name__.startswith("eagerjax"):
            sections.setdefault(module.__name__, []).append((name, value))
    return sections


def page(title, space):
    yield f"# {title}\n"
    if space is Tensor:
        yield "Methods. Functions of `torch` that are methods too are on [their page](torch.md).\n"
    for module, members in sorted(entries(space).items()):
        text = (sys.modules[module].__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
        yield f"## {module.removeprefix('eagerjax.')}\n\n{text}\n"
        for name, value in members:
            doc = (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")
            also = " Method too." if space is eagerjax and vars(Tensor).get(name) is value else ""
            also += f" In place: `{name}_`." if hasattr(space, name + "_") else ""
            text = (doc + also).strip()
            yield f"* `{name}{signature_of(value)}`" + (f"  \n  {text}" if text else "")
        yield ""


def files():
    """{path: text} of all pages."""
    for name in eagerjax._LATER:
        getattr(eagerjax, name)  # loads it
    made = {FOLDER / f"{title}.md": "\n".join(page(title, space)).rstrip() + "\n" for title, space in SPACES.items()}
    counts = {title: sum(map(len, entries(space).values())) for title, space in SPACES.items()}
    rows = "\n".join(f"| [{title}]({title}.md) | {count} |" for title, count in counts.items())
    made[FOLDER / "index.md"] = (
        f"# Reference\n\nMade by `python -m eagerjax.tools.pages`.\n\n| page | names |\n|---|---:|\n{rows}\n"
    )
    return made


def main(arguments):
    made = files()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in FOLDER.glob("*.md") if path not in made]
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path} is out of date: run python -m eagerjax.tools.pages")
        return int(bool(stale))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.unlink(missing_ok=True)
        if path in made:
            path.write_text(made[path])
    print(f"{len(stale)} files written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
