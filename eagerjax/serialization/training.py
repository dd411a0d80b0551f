"""`save_training_state` and `load_training_state`: a run that was stopped goes on bit for bit."""

from eagerjax.lower.flush import flush
from eagerjax.runtime import random
from eagerjax.serialization.checkpoint import load, save
from eagerjax.utils.data import resume

FORMAT = 1
_PARTS = ("model", "optimizer", "scheduler", "scaler", "loader")


def save_training_state(path, model, optimizer=None, *, scheduler=None, scaler=None, loader=None, step=0, epoch=0,
                        generators=(), grads=True, **more):  # fmt: skip
    """Write all that a run needs to go on to one file, which is replaced at once or not at all.

    Each of `model`, `optimizer`, `scheduler`, `scaler`, `loader` is one object with `state_dict()`, or a list or dict of
    them. `loader` is saved as it stands in its pass. Besides: Python's, numpy's and eagerjax's random state, those of
    `generators`, the parameters' gradients (for a stop between two backward passes that accumulate; not with
    `grads=False`), and `more`: objects with `state_dict()`, tensors, plain values.

    >>> eagerjax.save_training_state("run.pt", model, optimizer, scheduler=scheduler, loader=loader, step=step)
    >>> step = eagerjax.load_training_state("run.pt", model, optimizer, scheduler=scheduler, loader=loader).step
    """
    parts = dict(zip(_PARTS, (model, optimizer, scheduler, scaler, loader)))
    content = {
        "format": FORMAT, "step": step, "epoch": epoch, "parts": {n: each(p, state_of) for n, p in parts.items()},
        "grads": each(model, grads_of) if grads else None,
        "random": {"kind": random.kind(), **resume.random_state(generators)},
        "more": {name: state_of(value) if hasattr(value, "state_dict") else value for name, value in more.items()},
    }  # fmt: skip
    save(content, path)


class TrainingState(dict):
    """What `load_training_state` found besides: `step`, `epoch`, and the plain values among `more`, as attributes too."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the training state holds no {name!r}, only {', '.join(self)}") from None


def load_training_state(path, model, optimizer=None, *, scheduler=None, scaler=None, loader=None, generators=(),
                        map_location=None, **more):  # fmt: skip
    """Put everything back that `save_training_state` wrote, given the same objects made anew. Returns a `TrainingState`.

    Raises ValueError where the file holds a part that is not given or the other way round (before anything is changed),
    and what `load_state_dict` of a part raises where it does not fit.
    """
    content = load(path, map_location=map_location)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path} was not written by save_training_state (or by a later version)")
    parts = dict(zip(_PARTS, (model, optimizer, scheduler, scaler, loader)))
    for name, part in parts.items():
        check(name, part, content["parts"][name])
    for name, value in more.items():
        if name not in content["more"] or not hasattr(value, "load_state_dict"):
            raise ValueError(
                f"{name}: {'the file has none' if name not in content['more'] else 'it has no load_state_dict'}"
            )
    if len(content["random"]["streams"]) != 1 + len(generators):
        raise ValueError(
            f"the file has the state of {len(content['random']['streams']) - 1} generators, not of {len(generators)}"
        )
    for name, part in parts.items():
        pairwise(part, content["parts"][name], lambda obj, state: obj.load_state_dict(state))
    if content["grads"] is not None:
        pairwise(model, content["grads"], set_grads)
    for name, value in more.items():
        value.load_state_dict(content["more"][name])
    flush()  # the first step is recorded as any other
    random.set_kind(content["random"]["kind"])
    resume.set_random_state(content["random"], generators)
    plain = {name: value for name, value in content["more"].items() if name not in more}
    return TrainingState(step=content["step"], epoch=content["epoch"], **plain)


# -- one object, or several ------------------------------------------------------------------------
def each(part, function):
    if part is None:
        return None
    if isinstance(part, (list, tuple)):
        return [function(p) for p in part]
    return {k: function(p) for k, p in part.items()} if isinstance(part, dict) else function(part)


def pairwise(part, states, function):
    if isinstance(part, (list, tuple)):
        for p, state in zip(part, states):
            function(p, state)
    elif isinstance(part, dict):
        for key, p in part.items():
            function(p, states[key])
    elif part is not None:
        function(part, states)


def check(name, part, state):
    """Raises ValueError where what was saved and what is given are not of one kind."""
    if (part is None) != (state is None):
        raise ValueError(f"{name}: {'the file has one, but none is given' if part is None else 'the file has none'}")
    several = isinstance(part, (list, tuple)), isinstance(part, dict)
    if several[0] and (not isinstance(state, list) or len(state) != len(part)):
        raise ValueError(f"{name}: {len(part)} are given, the file does not have as many")
    if several[1] and (not isinstance(state, dict) or set(part) - set(state)):
        raise ValueError(f"{name}: the file does not have {', '.join(map(str, part))}")


def state_of(obj):
    return obj.state_dict()


def grads_of(model):
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def set_grads(model, grads):
    for name, p in model.named_parameters():
        p.grad = grads.get(name)
