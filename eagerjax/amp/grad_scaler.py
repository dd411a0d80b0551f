"""`GradScaler`: losses are scaled up so that small gradients survive float16; steps that overflow are not taken."""

import warnings
from collections import abc, defaultdict
from enum import Enum

import numpy as np

from eagerjax import cuda, dispatch
from eagerjax.accumulation import postponed
from eagerjax.autograd_mode import no_grad
from eagerjax.dispatch import apply
from eagerjax.runtime import device as devices, dtype as dt
from eagerjax.tensor import Tensor, from_array, to_device


class OptState(Enum):
    """What has happened to an optimizer's gradients since the last `update()`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


def _fresh():
    return {"stage": OptState.READY, "found_inf_per_device": {}}


def _constant(value, np_type, device):
    array = np.array(value, np_type)
    return from_array(array if device == devices.CPU else to_device(array, device), None, device)


class GradScaler:
    """Scales losses and unscales gradients; a step with an infinite or undefined gradient is skipped.

    >>> scaler.scale(loss).backward()
    >>> scaler.step(optimizer)
    >>> scaler.update()

    Whether a step is skipped stays a value on the device for the package's own optimizers: nothing waits, and all of it
    can be one program under `jit=True`. Optimizers of other kinds wait for that value, as in PyTorch.
    """

    def __init__(self, device="cuda", init_scale=2.0**16, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000,
                 enabled=True):  # fmt: skip
        self._device = device
        self._enabled = enabled
        if enabled and device == "cuda" and not cuda.is_available():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale = init_scale
        self._init_growth_tracker = 0
        self._growth_factor, self._backoff_factor, self._growth_interval = (
            growth_factor,
            backoff_factor,
            growth_interval,
        )
        self._scale = self._growth_tracker = self._factors = None
        self._per_optimizer_states = defaultdict(_fresh)

    def _lazy_init_scale_growth_tracker(self, device):
        self._scale = _constant(self._init_scale, np.float32, device)
        self._growth_tracker = _constant(self._init_growth_tracker, np.int32, device)
        self._set_factors()

    def _set_factors(self):
        """The options as a tensor: a recorded step reads what they are when it is replayed."""
        if self._scale is not None:
            values = [self._growth_factor, self._backoff_factor, self._growth_interval]
            made = _constant(values, np.float64, self._scale.device)
            if self._factors is None:
                self._factors = made
            else:
                self._factors.copy_(made)

    def _check_scale_growth_tracker(self, name):
        fix = "This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration."
        if self._scale is None:
            raise AssertionError(f"Attempted {name} but _scale is None.  " + fix)
        return self._scale, self._growth_tracker

    # -- an iteration ------------------------------------------------------------------------------------
    def scale(self, outputs):
        """`outputs` (a tensor, or an iterable of tensors) times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            if self._scale is None:
                self._lazy_init_scale_growth_tracker(outputs.device)
            return outputs * self._scale
        if isinstance(outputs, abc.Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer):
        """Divide the optimizer's gradients by the scale, to look at or clip them before `step`. Once per step."""
        if not self._enabled or postponed():
            return
        self._check_scale_growth_tracker("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        with no_grad():
            inverse = self._scale.double().reciprocal().float()
        state["found_inf_per_device"] = self._unscale_grads_(optimizer, inverse, False)
        state["stage"] = OptState.UNSCALED

    def _unscale_grads_(self, optimizer, inverse, allow_fp16):
        """Multiply the gradients; {device: 1.0 if one was not finite, else 0.0}."""
        grads = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if not allow_fp16 and any(g.dtype is dt.float16 for g in grads):
            raise ValueError("Attempting to unscale FP16 gradients.")
        if not grads:
            return {}
        with no_grad():
            found, *values = apply("_amp_unscale", grads, inverse)
            dispatch.assign(grads, values)
        return {grads[0].device: found}

    def step(self, optimizer, *args, **kwargs):
        """`unscale_` (unless done), then `optimizer.step(...)`, unless a gradient is not finite."""
        if not self._enabled or postponed():
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_scale_growth_tracker("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if state["stage"] is OptState.READY:
            self.unscale_(optimizer)
        if not state["found_inf_per_device"]:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        result = self._maybe_opt_step(optimizer, state, *args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def _maybe_opt_step(self, optimizer, state, *args, **kwargs):
        (found,) = state["found_inf_per_device"].values()
        if not getattr(optimizer, "steps_conditionally", False) or args:
            return None if found.item() else optimizer.step(*args, **kwargs)
        optimizer.found_inf = found
        try:
            return optimizer.step(**kwargs)
        finally:
            del optimizer.found_inf

    def update(self, new_scale=None):
        """Adapt the scale: smaller after an overflow, larger after `growth_interval` good steps; or set it."""
        if not self._enabled or postponed():
            return
        scale, tracker = self._check_scale_growth_tracker("update")
        with no_grad():
            if new_scale is None:
                self._adapt(scale, tracker)
            elif isinstance(new_scale, float):
                scale.fill_(new_scale)
            else:
                if new_scale.device.type != self._device or new_scale.numel() != 1 or new_scale.requires_grad:
                    raise AssertionError("new_scale should be a float or a 1-element torch.cuda.FloatTensor or "
                                         "torch.FloatTensor with requires_grad=False.")  # fmt: skip
                scale.copy_(new_scale)
        self._per_optimizer_states = defaultdict(_fresh)

    def _adapt(self, scale, tracker):
        found = [f for state in self._per_optimizer_states.values() for f in state["found_inf_per_device"].values()]
        if not found:
            raise AssertionError("No inf checks were recorded prior to update.")
        dispatch.assign([scale, tracker], apply("_amp_update", scale, tracker, sum(found[1:], found[0]), self._factors))

    # -- options and state ---------------------------------------------------------------------------------
    def get_scale(self):
        """The scale as a float (waits for it); 1.0 if disabled."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def _get_growth_tracker(self):
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else self._growth_tracker.item()

    def get_growth_factor(self):
        return self._growth_factor

    def set_growth_factor(self, new_factor):
        self._growth_factor = new_factor
        self._set_factors()

    def get_backoff_factor(self):
        return self._backoff_factor

    def set_backoff_factor(self, new_factor):
        self._backoff_factor = new_factor
        self._set_factors()

    def get_growth_interval(self):
        return self._growth_interval

    def set_growth_interval(self, new_interval):
        self._growth_interval = new_interval
        self._set_factors()

    def is_enabled(self):
        return self._enabled

    def state_dict(self):
        """Scale, options and counter as Python numbers; empty if disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict):
        """Take over what `state_dict` gave; nothing happens if disabled."""
        if not self._enabled:
            return
        if len(state_dict) == 0:
            raise RuntimeError("The source state dict is empty, possibly because it was saved from a disabled instance of "
                               "GradScaler.")  # fmt: skip
        self._init_scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._scale is not None:
            self._scale.fill_(self._init_scale)
            self._growth_tracker.fill_(self._init_growth_tracker)
            self._set_factors()

    def __getstate__(self):
        state = self.__dict__.copy()
        if self._enabled:
            if len(self._per_optimizer_states) != 0:
                raise AssertionError("A GradScaler instance may only be pickled at the beginning of an iteration, or at the "
                                     "end after scaler.update().")  # fmt: skip
            state["_init_scale"] = self.get_scale()
            state["_init_growth_tracker"] = self._get_growth_tracker()
            state["_scale"] = state["_growth_tracker"] = state["_factors"] = None
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)

    def _check_inf_per_device(self, optimizer):
        scale, _ = self._check_scale_growth_tracker("_check_inf_per_device")
        found = self._unscale_grads_(optimizer, _constant(1.0, np.float32, scale.device), True)
        self._per_optimizer_states[id(optimizer)]["found_inf_per_device"] = found
        return found

    def _found_inf_per_device(self, optimizer):
        return self._per_optimizer_states[id(optimizer)]["found_inf_per_device"]
