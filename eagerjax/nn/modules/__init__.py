"""PyTorch's paths to the layers (`nn.modules.batchnorm._BatchNorm`): the files of `nn` under their other names."""

import importlib
import sys

from eagerjax.nn.modules import utils  # noqa: F401

FILES = {
    "activation": "activation", "adaptive": "adaptive", "batchnorm": "batchnorm", "channelshuffle": "pixelshuffle",
    "container": "containers", "conv": "conv", "distance": "distance", "dropout": "dropout", "flatten": "flatten",
    "fold": "fold", "instancenorm": "instancenorm", "lazy": "lazy", "linear": "linear", "loss": "loss",
    "module": "module", "normalization": "normalization", "padding": "padding", "pixelshuffle": "pixelshuffle",
    "pooling": "pooling", "rnn": "rnn", "sparse": "embedding", "transformer": "transformer",
    "upsampling": "upsampling",
}  # fmt: skip

for _name, _file in FILES.items():
    _found = importlib.import_module(f"eagerjax.nn.{_file}")
    sys.modules[f"{__name__}.{_name}"] = globals()[_name] = _found
    globals().update({name: getattr(_found, name) for name in getattr(_found, "__all__", ())})
