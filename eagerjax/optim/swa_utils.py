"""Averages of a model's parameters over training, and the schedule that goes with them."""

import itertools
import math
from copy import deepcopy

from eagerjax.accumulation import postponed
from eagerjax.autograd import no_grad
from eagerjax.namespace import torch
from eagerjax.nn.module import Module
from eagerjax.optim.schedules.base import LRScheduler, per_group, warn_outside_step
from eagerjax.runtime import dtype as dt

__all__ = ["SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
           "update_bn"]  # fmt: skip


def get_ema_avg_fn(decay=0.999):
    """Exponential average: `decay * average + (1 - decay) * current`."""
    check_decay(decay)

    @no_grad()
    def ema_update(ema_param, current_param, num_averaged):
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_ema_multi_avg_fn(decay=0.999):
    """Exponential average of lists of parameters, in place."""
    return in_place(get_ema_avg_fn(decay))


def get_swa_avg_fn():
    """Plain average of everything seen."""

    @no_grad()
    def swa_update(averaged_param, current_param, num_averaged):
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_swa_multi_avg_fn():
    """Plain average of lists of parameters, in place."""
    return in_place(get_swa_avg_fn())


def in_place(average):
    @no_grad()
    def update(averaged_param_list, current_param_list, num_averaged):
        for old, new in zip(averaged_param_list, current_param_list, strict=True):
            old.copy_(average(old, new, num_averaged))

    return update


def check_decay(decay):
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


class AveragedModel(Module):
    """A copy of a model whose parameters are averages: call `update_parameters(model)` after each step or epoch."""

    def __init__(self, model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False):
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", torch.tensor(0, dtype=dt.int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model):
        """Take the present parameters of `model` into the averages."""
        if postponed():
            return
        mine, theirs = self.averaged(self.module), self.averaged(model)
        current = [new.detach().to(old.device) for old, new in zip(mine, theirs, strict=True)]
        if self.n_averaged.item() == 0:
            for old, new in zip(mine, current):
                old.detach().copy_(new)
        elif self.multi_avg_fn is not None:
            self.multi_avg_fn([old.detach() for old in mine], current, self.n_averaged)
        else:
            in_place(self.avg_fn or get_swa_avg_fn())([old.detach() for old in mine], current, self.n_averaged)
        if not self.use_buffers:
            for old, new in zip(self.module.buffers(), model.buffers(), strict=True):
                old.detach().copy_(new.detach().to(old.device))
        self.n_averaged += 1

    def averaged(self, model):
        """What takes part: parameters, and buffers if asked for."""
        return list(itertools.chain(model.parameters(), model.buffers() if self.use_buffers else ()))


@no_grad()
def update_bn(loader, model, device=None):
    """Compute the running statistics of batch normalisation anew, from the inputs in `loader`."""
    momenta = {m: m.momentum for m in model.modules() if hasattr(m, "reset_running_stats")}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.reset_running_stats()
        module.momentum = None
    for batch in loader:
        given = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(given if device is None else given.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """From the present rates to `swa_lr` in `anneal_epochs` epochs, and constant from there on."""

    def __init__(self, optimizer, swa_lr, anneal_epochs=10, anneal_strategy="cos", last_epoch=-1):
        for rate, group in zip(per_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def anneal_func(self, t):
        """How much of the way is done at the fraction `t` of the epochs."""
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self):
        warn_outside_step(self)
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = (
            self.anneal_func(max(0, min(1, at / max(1, self.anneal_epochs)))) for at in (step - 1, step)
        )  # fmt: skip
        rates = []
        for group in self.optimizer.param_groups:
            swa = group["swa_lr"]
            start = swa if before == 1 else (group["lr"] - before * swa) / (1 - before)
            rates.append(swa * now + start * (1 - now))
        return rates
