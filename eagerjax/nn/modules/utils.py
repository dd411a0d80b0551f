"""PyTorch's names for the helpers on tuples and state dictionaries."""

from eagerjax.nn.state import consume_prefix_in_state_dict_if_present
from eagerjax.nn.tuples import ntuple as _ntuple
from eagerjax.nn.tuples import pair as _pair
from eagerjax.nn.tuples import quadruple as _quadruple
from eagerjax.nn.tuples import reverse_repeat as _reverse_repeat_tuple
from eagerjax.nn.tuples import single as _single
from eagerjax.nn.tuples import triple as _triple

__all__ = [
    "_ntuple", "_pair", "_quadruple", "_reverse_repeat_tuple", "_single", "_triple",
    "consume_prefix_in_state_dict_if_present",
]  # fmt: skip
