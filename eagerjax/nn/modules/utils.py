"""PyTorch's names for the helpers on tuples and state dictionaries."""

from eagerjax.nn.state import consume_prefix_in_state_dict_if_present
from eagerjax.nn.tuples import (
    ntuple as _ntuple,
    pair as _pair,
    quadruple as _quadruple,
    reverse_repeat as _reverse_repeat_tuple,
    single as _single,
    triple as _triple,
)

__all__ = [
    "_ntuple", "_pair", "_quadruple", "_reverse_repeat_tuple", "_single", "_triple",
    "consume_prefix_in_state_dict_if_present",
]  # fmt: skip
