"""In a process that a program under eagerjax started, `import torchvision` comes here first."""

import importlib
import sys

import eagerjax.as_torch

del sys.modules["torchvision"]
eagerjax.as_torch.install_as_torch()
sys.modules["torchvision"] = importlib.import_module("torchvision")
