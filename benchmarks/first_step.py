"""The process that `benchmarks.start` times: `python -m benchmarks.first_step KIND WORKLOAD WEIGHTS`.

From before the first import of a library to the end of the first training step; prints wall and processor seconds.
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


def main(kind, name, file):
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
    print(json.dumps({"import": since(start, imported), "first_step": since(start, end), "loss": loss}), flush=True)
    os._exit(0)  # what a library does at its end is nobody's start


def now():
    return time.perf_counter(), time.process_time()


def since(start, end):
    return {"wall_s": end[0] - start[0], "cpu_s": end[1] - start[1]}


if __name__ == "__main__":
    main(*sys.argv[1:])
