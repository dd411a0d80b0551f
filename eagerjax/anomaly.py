"""Anomaly detection: a backward pass that runs one op at a time and says which one made the first NaN."""

import warnings

import numpy as np

from eagerjax.forms.grad_fn import name_of, of_function, operands
from eagerjax.lower import stepwise
from eagerjax.lower.evaluate import Evaluation
from eagerjax.lower.flush import flush
from eagerjax.namespace import torch
from eagerjax.record import trace as record
from eagerjax.record.trace import state
from eagerjax.record.trie import ROOT, Node
from eagerjax.reverse import Backward, now, run_again
from eagerjax.runtime import compat
from eagerjax.tensor import concrete_array, from_array

_options = {"check_nan": True}
_everyday_root = record.ROOT_NODE


class WatchedBackward(Backward):
    """A backward pass that computes as it goes, and looks at every gradient."""

    def pull_recorded(self, trace, roots, plan, cotangents, grads=None):
        arrays = [concrete_array(c) for c in cotangents]
        outs = watched_pull(concluded(trace), roots, plan, arrays)
        return [from_array(a, t.dtype, t.device) for a, t in zip(outs, plan.targets)]

    def pull_differentiable(self, trace, roots, plan, cotangents):
        self.pull_recorded(trace, roots, plan, cotangents)
        return super().pull_differentiable(now(trace), roots, plan, cotangents)

    def pull_call(self, cut, call, gradients):
        got = super().pull_call(cut, call, gradients)
        for i, (_, grad) in enumerate(got):
            check(concrete_array(grad), of_function(call).name(), i, cut.node)
        return got


def concluded(trace):
    """The trace once it has run, its calls each with a reverse pass of its own."""
    trace = now(trace)
    if not trace.closed:
        flush(trace)
        trace = now(trace)
    if trace.segment.program.inside:
        run_again(trace)
    return trace


def watched_pull(trace, roots, plan, arrays):
    """The reverse pass of a plan, each call's gradients checked as they come."""
    evaluation = Watched(stepwise, (), (), frozenset())
    grads = {}
    with compat.x64():
        pulls = trace.segment.program.restore(trace.segment.saved)
        for root, array in zip(roots, arrays):
            evaluation.accumulate(grads, root, evaluation.conjugate(root, array))
        for node in plan.visited:
            evaluation.visit(node, grads, pulls, {}, set())
        return [evaluation.conjugate(t, grads[t]) for t in plan.targets]


class Watched(Evaluation):
    """An evaluation that checks what every pull gives."""

    def visit(self, visited, grads, pulls, inside, done):
        wanted = [r for r in visited.inputs if r.needs]
        got = self.calls.pull(pulls[visited], tuple([self.cotangent(grads, r) for r in visited.results]))
        for ref, grad in zip(wanted, got):
            check(grad, name_of(visited), operands(visited).index(ref), visited)
            self.accumulate(grads, ref, grad)


def check(array, name, i, node):
    """Raises RuntimeError for a gradient with NaN in it, naming the line of the forward call."""
    if np.isnan(np.asarray(array)).any():
        error = RuntimeError(f"Function '{name}' returned nan values in its {i}th output.")
        file, line = node.site
        error.add_note(f"eagerjax: the forward call was {node.op.name if node.op else name} at {file}:{line}")
        raise error


# -- the mode -----------------------------------------------------------------------------
def is_anomaly_enabled():
    """Is anomaly detection on?"""
    return state.anomaly


def is_anomaly_check_nan_enabled():
    """Does anomaly detection look for NaN?"""
    return _options["check_nan"]


def set_anomaly_enabled(mode, check_nan=True):
    """Switch anomaly detection. While it is on, everything runs one op at a time, and is recorded afresh."""
    _options["check_nan"] = check_nan
    if mode == state.anomaly:
        return
    flush()
    state.anomaly = bool(mode)
    state.stepwise += 1 if mode else -1
    record.ROOT_NODE = Node(None, ROOT) if mode else _everyday_root  # known steps would name the lines of earlier calls
    state.trace.node = record.ROOT_NODE


def engine():
    """The class of backward passes that the mode asks for."""
    return WatchedBackward if state.anomaly and _options["check_nan"] else Backward


class set_detect_anomaly:
    """Switch anomaly detection now; as a context manager, until its end."""

    def __init__(self, mode, check_nan=True):
        self.before = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self):
        return None

    def __exit__(self, *_):
        set_anomaly_enabled(*self.before)


class detect_anomaly:
    """Inside, a backward pass that makes a NaN raises RuntimeError, which names the op and the line that called it.

    Everything runs one op at a time: slow, for debugging only.
    """

    def __init__(self, check_nan=True):
        self.check_nan = check_nan
        warnings.warn("Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
                      "debugging.", stacklevel=2)  # fmt: skip

    def __enter__(self):
        self.before = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *_):
        set_anomaly_enabled(*self.before)


torch.is_anomaly_enabled, torch.set_anomaly_enabled = is_anomaly_enabled, set_anomaly_enabled
torch.is_anomaly_check_nan_enabled = is_anomaly_check_nan_enabled
