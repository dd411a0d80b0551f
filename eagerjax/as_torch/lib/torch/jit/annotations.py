"""torch.jit.annotations: names for annotations."""

from typing import Any, Dict, List, Optional, Tuple, Union  # noqa: F401, UP035  the names are PyTorch's


class _Broadcasting:
    """A list of the length that stands in brackets, or one number for all."""

    def __getitem__(self, kinds):
        return Any


BroadcastingList1 = BroadcastingList2 = BroadcastingList3 = BroadcastingList4 = _Broadcasting()
BroadcastingList5 = BroadcastingList6 = _Broadcasting()
