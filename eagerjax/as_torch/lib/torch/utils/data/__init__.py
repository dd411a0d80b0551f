"""torch.utils.data's DataPipes, as far as libraries define some: the two bases, and names for chains of them."""

import functools

from eagerjax.as_torch.missing import MissingType
from eagerjax.utils.data import Dataset, IterableDataset


class _Named:
    """Functions by name, which `functional_datapipe` adds: `pipe.batch(2)` makes the class that has the name "batch"."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if _Named in cls.__bases__:
            cls.functions = {}

    def __getattr__(self, name):
        if name in type(self).functions:
            return functools.partial(type(self).functions[name], self)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @classmethod
    def register_function(cls, function_name, function):
        cls.functions[function_name] = function

    @classmethod
    def register_datapipe_as_function(cls, function_name, cls_to_register, enable_df_api_tracing=False):
        """Let `pipe.function_name(...)` make a `cls_to_register(pipe, ...)`."""
        if function_name in cls.functions:
            raise Exception(f"Unable to add DataPipe function name {function_name} as it is already taken")
        cls.functions[function_name] = cls_to_register


class IterDataPipe(_Named, IterableDataset):
    """A dataset that is iterated over."""


class MapDataPipe(_Named, Dataset):
    """A dataset that is indexed."""


class functional_datapipe:
    """Decorator: gives a class of DataPipes a name, by which all DataPipes of its kind make one."""

    def __init__(self, name, enable_df_api_tracing=False):
        self.name = name

    def __call__(self, cls):
        for base in (IterDataPipe, MapDataPipe):
            if issubclass(cls, base):
                base.register_datapipe_as_function(self.name, cls)
                return cls
        if any(isinstance(base, MissingType) for base in cls.__mro__):  # one of PyTorch's own, which do not exist here
            return cls
        raise TypeError("functional_datapipe can only decorate IterDataPipe")
