"""`LRScheduler`: what all schedules have in common."""

import warnings
import weakref
from functools import wraps

from eagerjax.accumulation import postponed
from eagerjax.optim.optimizer import Optimizer, _to_scalar
from eagerjax.tensor import Tensor

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available."
)
_ORDER = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
_REPLACED = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. Please, make sure "
    f"to call `optimizer.step()` before `lr_scheduler.step()`. {_ORDER}"
)
_TOO_EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call "
    "them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result in "
    f"PyTorch skipping the first value of the learning rate schedule. {_ORDER}"
)


class LRScheduler:
    """Base of all schedules: a subclass gives the learning rates of an epoch in `get_lr`.

    `_get_closed_form_lr`, where a subclass has it, serves `step(epoch)`.
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer, last_epoch=-1):
        self.optimizer = check_optimizer(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0: load the optimizer's state first, or start with last_epoch=-1"
                )
        self.base_lrs = group_values(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        watch_steps(optimizer)
        self._initial_step()

    def _initial_step(self):
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self):
        """Everything but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` of the same kind of schedule gave."""
        self.__dict__.update(state_dict)

    def get_last_lr(self):
        """The learning rates that are in force, one for each group."""
        return self._last_lr

    def get_lr(self):
        """The learning rates of epoch `last_epoch`; called by `step` only."""
        raise NotImplementedError

    def step(self, epoch=None):
        """Go on to the next epoch. Call it after `optimizer.step()`."""
        if postponed():
            return
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warnings.warn(_REPLACED, UserWarning, stacklevel=2)
            elif not getattr(self.optimizer, "_opt_called", False):
                warnings.warn(_TOO_EARLY, UserWarning, stacklevel=2)
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch=None):
        with computing(self):
            if epoch is None:
                self.last_epoch += 1
                values = self.get_lr()
            else:
                self.last_epoch = epoch
                values = self._get_closed_form_lr() if hasattr(self, "_get_closed_form_lr") else self.get_lr()
        self._set(values)

    def _set(self, values):
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            set_value(group, "lr", lr)
        self._last_lr = group_values(self.optimizer, "lr")

    # -- for subclasses ----------------------------------------------------------------
    def _current(self):
        return group_values(self.optimizer, "lr")

    def _scaled(self, factor):
        return [group["lr"] * factor for group in self.optimizer.param_groups]


class _LRScheduler(LRScheduler):
    """The name of old versions."""


class computing:
    """While a schedule calls its own `get_lr`."""

    def __init__(self, schedule):
        self.schedule = schedule

    def __enter__(self):
        self.schedule._get_lr_called_within_step = True

    def __exit__(self, *exc):
        self.schedule._get_lr_called_within_step = False


def warn_outside_step(schedule):
    """Warn where a user calls `get_lr` directly."""
    if not schedule._get_lr_called_within_step:
        warnings.warn("To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                      UserWarning, stacklevel=3)  # fmt: skip


def check_optimizer(optimizer):
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def copied(value):
    return value.clone() if isinstance(value, Tensor) else value


def group_values(optimizer, key):
    """An option's value in each group; tensors are copied."""
    return [copied(group[key]) for group in optimizer.param_groups]


def per_group(name, optimizer, value):
    """One value for each group, of a value or a list. Raises ValueError for a list of another length."""
    groups = optimizer.param_groups
    if not isinstance(value, (list, tuple)):
        return [copied(value) for _ in groups]
    if len(value) != len(groups):
        raise ValueError(f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
                         f"param_groups has {len(groups)}.")  # fmt: skip
    return [copied(v) for v in value]


def set_value(group, key, value):
    """Set an option; a tensor is filled in place, so that compiled steps see it."""
    if isinstance(group[key], Tensor):
        group[key].fill_(_to_scalar(value))
    else:
        group[key] = value


def watch_steps(optimizer):
    """Let the optimizer remember that its step was called."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    reference, function = weakref.ref(optimizer), optimizer.step.__func__

    @wraps(function)
    def wrapper(*args, **kwargs):
        owner = reference()
        owner._opt_called = True
        return function(owner, *args, **kwargs)

    wrapper._wrapped_by_lr_sched = True
    optimizer.step = wrapper


def own_state(fn):
    """What a state dict keeps of a function: nothing of a plain one, the attributes of a callable object."""
    return None if fn is None or hasattr(fn, "__code__") else fn.__dict__.copy()
