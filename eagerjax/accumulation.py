"""`compile(..., accumulate=N)`: N calls of a function make one update, and what belongs to the update waits for the last."""

from eagerjax.record.trace import state


class Accumulation:
    """The calls of one function, as a context around each."""

    def __init__(self, every):
        self.every = every
        self.at = 0  # calls of the present update that are done
        self.stepped = set()  # optimizers that this call has stepped, or would have
        self.outer = None

    def __enter__(self):
        self.stepped.clear()
        self.outer, state.accumulation = state.accumulation, self
        return self

    def __exit__(self, kind, *_):
        state.accumulation = self.outer
        if kind is None:  # a call that raised is no part of the update
            self.at = (self.at + 1) % self.every

    @property
    def is_last(self):
        return self.at == self.every - 1

    @property
    def phase(self):
        """What a call does differently from others."""
        return self.at == 0, self.is_last


def phase():
    return None if state.accumulation is None else state.accumulation.phase


def postponed():
    """Is this call not the one that updates?"""
    return state.accumulation is not None and not state.accumulation.is_last


def steps(optimizer):
    """Is an optimizer's step to be taken? Raises RuntimeError for a second one in the same call."""
    here = state.accumulation
    if here is None:
        return True
    if id(optimizer) in here.stepped:
        raise RuntimeError(
            "a function with accumulate=N takes one step of each optimizer in a call, and this is the second"
        )
    here.stepped.add(id(optimizer))
    return here.is_last


def keeps_gradients(optimizer=None):
    """Does zero_grad() come in the middle of an update, so that the gradients so far must stay?

    They may go before the first call's backward pass, and after the last call's step. `None`: of all optimizers.
    """
    here = state.accumulation
    if here is None:
        return False
    stepped = bool(here.stepped) if optimizer is None else id(optimizer) in here.stepped
    return not (here.is_last if stepped else here.at == 0)
