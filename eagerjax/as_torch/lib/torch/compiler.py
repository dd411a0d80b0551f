"""torch.compiler: functions run as they are written, so there is nothing to leave out, and nothing to reset."""

import contextlib


def _same(fn):
    return fn


def disable(fn=None, recursive=True, *, reason=None):
    """`fn` itself, or a decorator that returns it."""
    return _same if fn is None else fn


def allow_in_graph(fn):
    return fn


def disallow_in_graph(fn):
    return fn


def assume_constant_result(fn):
    return fn


def substitute_in_graph(original_fn, *, can_constant_fold_through=False, skip_signature_check=False):
    return _same


def wrap_numpy(fn):
    return fn


def nested_compile_region(fn=None, **options):
    return _same if fn is None else fn


def is_compiling():
    return False


def is_dynamo_compiling():
    return False


def is_exporting():
    return False


def reset():
    """Nothing to do: programs that no longer fit are not used."""


def cudagraph_mark_step_begin():
    """Nothing to do."""


def list_backends(exclude_tags=("debug", "experimental")):
    return ["inductor"]


@contextlib.contextmanager
def set_stance(stance="default", *, skip_guard_eval_unsafe=False, force_backend=None):
    """A context without effect."""
    yield


def set_enable_guard_collectives(enabled):
    return False
