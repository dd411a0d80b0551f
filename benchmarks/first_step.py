"""A fresh process that takes a first step: `python -m benchmarks.first_step KIND WORKLOAD WEIGHTS [STEPS]`.

From before the first import of a library to the end of the first training step; prints wall and processor seconds. With STEPS
it then takes so many more, untimed, and says how much memory the process has had at most.
"""

import importlib
import json
import os
import sys
import time

import numpy as np

from benchmarks import models

KINDS = {"torch": "torch", "eagerjax": "eagerjax", "jit": "eagerjax", "jax": "benchmarks.handwritten"}
"""{kind: the module that is imported}."""


def main(kind, name, file, more=None):
    workload = models.workload_of(name)
    weights, batches = dict(np.load(file)), models.draw_batches(workload)
    start = now()
    module = importlib.import_module(KINDS[kind])
    imported = now()
    if kind == "jax":
        step = module.training_step(workload, weights, batches)
    else:
        step = models.training_step(module, workload, weights, batches, jit=kind == "jit")
    loss = step()
    end = now()
    found = {"import": since(start, imported), "first_step": since(start, end), "loss": loss}
    if more is not None:
        from benchmarks import timing  # noqa: PLC0415  (nothing that a first step does not need is loaded before)

        for _ in range(int(more)):
            step()
        found["peak"] = timing.peak_memory()
    print(json.dumps(found), flush=True)
    os._exit(0)  # what a library does at its end is nobody's start


def now():
    return time.perf_counter(), time.process_time()


def since(start, end):
    return {"wall_s": end[0] - start[0], "cpu_s": end[1] - start[1]}


if __name__ == "__main__":
    main(*sys.argv[1:])
