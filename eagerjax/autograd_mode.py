"""Grad mode: no_grad, enable_grad, set_grad_enabled, inference_mode. The open trace carries the mode."""

import functools
import inspect
import warnings
from typing import Any

from eagerjax.record.trace import state


def is_grad_enabled():
    return bool(state.trace.grad)


class Mode:
    """A context manager and decorator that sets grad mode; works on generators too."""

    mode = False

    def __init__(self):
        self.saved = []

    def __enter__(self):
        self.saved.append(state.trace.grad)
        state.trace.grad = self.mode and state.grad_on
        return self

    def __exit__(self, *_):
        state.trace.grad = self.saved.pop()

    def __call__(self, function):
        if inspect.isclass(function):
            warnings.warn("Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
                          "functions or methods. To preserve the current behavior of class decoration, you can directly "
                          "decorate the `__init__` method and nothing else.", FutureWarning, stacklevel=2)  # fmt: skip
        if inspect.isgeneratorfunction(function):
            return self.generator(function)

        @functools.wraps(function)
        def inside(*args, **kwargs):
            modes = state.trace.grad, state.inference
            state.trace.grad, state.inference = self.inside()
            try:  # not `with`: an interrupt that comes as a context is left would leave the mode changed
                return function(*args, **kwargs)
            finally:
                state.trace.grad, state.inference = modes

        return inside

    def inside(self):
        """(grad mode, inference mode) inside."""
        return self.mode and state.grad_on, state.inference

    def generator(self, function):
        """The mode holds while the generator's own code runs, and not while it waits."""

        @functools.wraps(function)
        def inside(*args, **kwargs):
            items = function(*args, **kwargs)
            go_on, given = items.send, None
            while True:
                try:
                    with self.clone():
                        item = go_on(given)
                except StopIteration as stop:
                    return stop.value
                try:
                    go_on, given = items.send, (yield item)
                except GeneratorExit:
                    with self.clone():
                        items.close()
                    raise
                except BaseException as error:
                    go_on, given = items.throw, error

        return inside

    def clone(self):
        return type(self)()


class no_grad(Mode):
    """Operations inside record no history."""

    def __new__(cls, orig_func=None) -> Any:
        made = object.__new__(cls)
        if orig_func is None:
            return made
        made.saved = []
        return made(orig_func)

    def __init__(self, orig_func=None):
        super().__init__()


class enable_grad(no_grad):
    """Operations inside record history, also within no_grad."""

    mode = True


class set_grad_enabled(Mode):
    """Switch grad mode now; as a context manager, until its end."""

    def __init__(self, mode):
        super().__init__()
        self.mode = bool(mode)
        self.saved.append(state.trace.grad)
        state.trace.grad = self.mode and state.grad_on

    def __enter__(self):
        state.trace.grad = self.mode and state.grad_on
        return self

    def __call__(self, function):
        state.trace.grad = self.saved.pop()
        return super().__call__(function)

    def clone(self):
        return set_grad_enabled(self.mode)


class inference_mode(Mode):
    """no_grad, and `is_inference_mode_enabled()` says so; with `mode=False` neither is, whatever was around it."""

    def __new__(cls, mode=True) -> Any:
        made = object.__new__(cls)
        if callable(mode):
            made.__init__(True)
            return made(mode)
        return made

    def __init__(self, mode=True):
        super().__init__()
        self.enabled = mode

    def __enter__(self):
        self.saved.append((state.trace.grad, state.inference))
        state.trace.grad, state.inference = self.inside()
        return self

    def __exit__(self, *_):
        state.trace.grad, state.inference = self.saved.pop()

    def inside(self):
        return not self.enabled and state.grad_on, self.enabled

    def clone(self):
        return inference_mode(self.enabled)


def is_inference_mode_enabled():
    return state.inference
