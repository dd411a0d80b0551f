"""The state of autocast, and what it does to the operands of an op."""

from eagerjax.amp import lists
from eagerjax.dispatch import apply
from eagerjax.record.trace import ROOT_NODE, state
from eagerjax.record.trie import ROOT, Node
from eagerjax.runtime import dtype as dt


class Mode:
    """Devices with autocast on, and their dtypes. One object per meaning, so that it can stand in keys."""

    def __init__(self, dtypes):
        self.dtypes = dict(dtypes)

    def __repr__(self):
        return ", ".join(f"autocast({device}, {dtype})" for device, dtype in self.dtypes.items())

    def cast(self, op, template, operands):
        """The operands in the dtypes in which `op` is to run."""
        device = next((t._ref.device.type for t in operands if t._ref.device.type in self.dtypes), None)
        if device is None:
            return operands
        policy = op.autocast.get("cpu" if device == "cpu" else "cuda")
        if policy is None:
            return operands
        if policy is lists.BANNED:
            raise RuntimeError(BANNED)
        if policy is lists.FLOAT_UNLESS_TOLD and template[op.names.index("dtype")] is not None:
            return operands
        to = self.dtypes[device] if policy in (lists.LOWER, lists.WIDEST) else dt.float32
        if policy is lists.WIDEST and any(t._ref.dtype is dt.float32 for t in operands):
            to = dt.float32
        return [cast(t, to, device) for t in operands]


BANNED = (
    "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.\nMany models use a sigmoid layer "
    "right before the binary cross entropy layer.\nIn this case, combine the two layers using "
    "torch.nn.functional.binary_cross_entropy_with_logits\nor torch.nn.BCEWithLogitsLoss.  binary_cross_entropy_with_logits "
    "and BCEWithLogits are\nsafe to autocast."
)


def cast(tensor, dtype, device):
    ref = tensor._ref
    eligible = ref.dtype.is_floating_point and ref.dtype is not dt.float64 and ref.device.type == device
    return apply("_cast", tensor, dtype) if eligible and ref.dtype is not dtype else tensor


_MODES: dict[tuple, Mode] = {}
_ROOTS: dict[Mode, Node] = {}


def switch(dtypes):
    """Autocast is on for the devices of `dtypes` from here on.

    The trace goes on at a position of its own, where no step that was recorded in another mode is found.
    """
    key = tuple(sorted(dtypes.items(), key=lambda item: item[0]))
    mode = None
    if key:
        mode = _MODES.get(key)
        if mode is None:
            mode = _MODES[key] = Mode(key)
    if mode is state.autocast:
        return
    state.autocast = mode
    state.root = ROOT_NODE if mode is None else position(ROOT_NODE, mode)
    trace = state.trace
    trace.node = state.root if trace.node.depth <= 1 and trace.node.kind is ROOT else position(trace.node, mode)


def position(node, mode):
    key = (ROOT, mode)
    found = node.get(key)
    if found is None:
        found = node[key] = Node(node, ROOT)
        found.key, found.site = key, ("<autocast>", 0)
    return found
