"""torch.utils.data._utils.collate: what other libraries extend."""

import re

from eagerjax.utils.data.collate import (
    collate,
    collate_float_fn,
    collate_int_fn,
    collate_numpy_array_fn,
    collate_numpy_scalar_fn,
    collate_str_fn,
    default_collate,
    default_collate_fn_map,
    default_convert,
)
from eagerjax.utils.data.host import stack_tensors

__all__ = [
    "collate", "collate_float_fn", "collate_int_fn", "collate_numpy_array_fn", "collate_numpy_scalar_fn", "collate_str_fn",
    "collate_tensor_fn", "default_collate", "default_collate_err_msg_format", "default_collate_fn_map", "default_convert",
    "np_str_obj_array_pattern",
]  # fmt: skip

default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)
np_str_obj_array_pattern = re.compile(r"[SaUO]")


def collate_tensor_fn(batch, *, collate_fn_map=None):
    """The tensors of `batch`, stacked."""
    return stack_tensors(batch)
