"""In a process that a program under eagerjax started, `import torch` comes here first."""

import importlib
import sys

import eagerjax.as_torch

del sys.modules["torch"]
eagerjax.as_torch.install_as_torch()
sys.modules["torch"] = importlib.import_module("torch")
