"""`torch.save` and `torch.load` in PyTorch's own file format, written and read without torch; safetensors besides.

A file is data, never a program: what it names is looked up in fixed tables (`allowed.py`), nothing is imported.
"""

from eagerjax.serialization import safetensors
from eagerjax.serialization.allowed import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals
from eagerjax.serialization.checkpoint import load, save
from eagerjax.serialization.training import TrainingState, load_training_state, save_training_state

__all__ = [
    "TrainingState",
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "load",
    "load_training_state",
    "safe_globals",
    "safetensors",
    "save",
    "save_training_state",
]
