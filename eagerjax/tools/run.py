"""Runs programs written for PyTorch: `python -m eagerjax [OPTIONS] script.py ARGS...`, or `-m MODULE ARGS...`.

`python -m eagerjax check PATH...` only lists the names of PyTorch's that a program uses and eagerjax lacks.
"""

import argparse
import functools
import importlib.util
import os
import runpy
import sys
import types

from eagerjax.as_torch import SHIMS, install_as_torch
from eagerjax.tools import check
from eagerjax.tools.steps import Steps

USAGE = """python -m eagerjax [OPTIONS] script.py [ARGS...]
       python -m eagerjax [OPTIONS] -m MODULE [ARGS...]
       python -m eagerjax check PATH [PATH...]"""


RUNNERS = {
    __file__,
    os.path.join(os.path.dirname(os.path.dirname(__file__)), "__main__.py"),
    *(f"<frozen {name}>" for name in ("runpy", "importlib._bootstrap")),
}
"""Files whose frames stand before the program's in a traceback."""


def main(arguments):
    if arguments[:1] == ["check"]:  # a script of that name is ./check
        return check.main(arguments[1:])
    options = parser().parse_args(arguments)
    module, program = options.module, options.program
    if not (module or program):
        parser().error("which program? Name a script, or a module with -m")
    install_as_torch()
    for_children()
    sys.excepthook = functools.partial(show_error, sys.excepthook)
    if options.device:
        sys.modules["torch"].set_default_device(options.device)
    if not (options.jit or options.verify or options.explain):
        run_module(*module) if module else run_script(program)
        return 0
    with Steps(folder_of(program[0] if program else "."), options.jit, options.verify, options.explain) as steps:
        if options.jit:
            sys.modules["torch"].compile = steps.compile
        run_module(*module) if module else run_script(program, steps)
    return 0


def folder_of(path):
    return path if os.path.isdir(path) else os.path.dirname(os.path.abspath(path))


def parser():
    made = argparse.ArgumentParser(prog="python -m eagerjax", usage=USAGE, description=__doc__.split("\n")[0])
    made.add_argument("--device", help="where tensors are made unless the program says it: cpu, cuda, tpu")
    made.add_argument("--jit", action="store_true",
                      help="compile the training steps that the source shows, and what it gives to torch.compile")  # fmt: skip
    made.add_argument("--verify", action="store_true",
                      help="run each step first compiled and one op at a time, and compare all that it leaves")  # fmt: skip
    made.add_argument("--explain", action="store_true", help="say at the end what was compiled, why, and what it cost")
    made.add_argument("-m", dest="module", metavar="MODULE", nargs=argparse.REMAINDER, help="run a module")
    made.add_argument("program", nargs=argparse.REMAINDER, metavar="script.py [ARGS...]")
    return made


def for_children():
    """Python processes that the program starts run on eagerjax as well."""
    root = os.path.dirname(os.path.dirname(importlib.util.find_spec("eagerjax").origin))
    paths = [SHIMS, root, *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def show_error(show, kind, error, trace):
    """Show an error that ends the program, from the program's own first line on."""
    while trace is not None and trace.tb_frame.f_code.co_filename in RUNNERS:
        trace = trace.tb_next
    show(kind, error.with_traceback(trace), trace)


def run_script(program, steps=None):
    """Run a file as Python itself would: as `__main__`, its folder first among the places of modules."""
    path, *arguments = program
    sys.argv = [path, *arguments]
    sys.path[0:1] = [os.path.dirname(os.path.abspath(path))]
    if os.path.isdir(path):
        sys.path[0] = path
        runpy.run_path(path, run_name="__main__")
        return
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        sys.exit(f"python -m eagerjax: can't open file {path!r}: {error.strerror}")
    code = compile(source if steps is None else steps.mark(source, path), path, "exec", dont_inherit=True)
    main_module = types.ModuleType("__main__")
    main_module.__dict__.update(__file__=path, __builtins__=__builtins__, __spec__=None, __loader__=None)
    sys.modules["__main__"] = main_module
    exec(code, main_module.__dict__)


def run_module(name, *arguments):
    """Run a module as `python -m` does."""
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)
