"""Selective rematerialisation: which results of a checkpointed function are kept, and not computed again.

PyTorch's policies speak of its own operators (`torch.ops.aten.mm.default`); an op here answers to the names of those that
PyTorch would have called for it.
"""

import contextlib
import enum
import sys

from eagerjax.namespace import torch
from eagerjax.record.trie import CALL
from eagerjax.tensor import Tensor

__all__ = ["CheckpointPolicy", "SelectiveCheckpointContext", "create_selective_checkpoint_contexts", "kept_nodes"]

ATTENTION = tuple(f"_scaled_dot_product_{kind}attention{where}" for kind in ("flash_", "efficient_", "cudnn_", "fused_")
                  for where in ("", "_for_cpu"))  # fmt: skip
NAMES = {
    "linear": ("mm", "addmm"), "matmul": ("mm", "bmm", "mv", "dot"), "_attention": ("scaled_dot_product_attention", *ATTENTION),
    **dict.fromkeys([f"conv{n}d" for n in (1, 2, 3)], ("convolution",)),
}  # fmt: skip
"""PyTorch's operators behind an op, besides the one of its own name."""


class CheckpointPolicy(enum.Enum):
    """What a policy says of an operator's result. What is preferred is done."""

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3


class SelectiveCheckpointContext:
    """What a policy is given first."""

    def __init__(self, *, is_recompute):
        self.is_recompute = is_recompute


class Selection(contextlib.nullcontext):
    """In place of PyTorch's two contexts: carries the policy to `checkpoint`, which asks it of each recorded step."""

    def __init__(self, policy):
        super().__init__()
        self.policy = policy


def create_selective_checkpoint_contexts(policy_fn_or_list, allow_cache_entry_mutation=False):
    """For `checkpoint(context_fn=...)`: keep the results of some operators instead of computing them again.

    policy_fn_or_list: operators to keep (`torch.ops.aten.mm.default`, functions such as `torch.mm`, or their names), or
    `policy(ctx, op, *args, **kwargs) -> CheckpointPolicy`, which is asked once, as the function is recorded: op is an operator
    of PyTorch's, and there are no further arguments.

    >>> context_fn = functools.partial(create_selective_checkpoint_contexts, [torch.mm])
    >>> y = checkpoint(layers, x, use_reentrant=False, context_fn=context_fn)
    """
    if isinstance(policy_fn_or_list, (list, tuple, set, frozenset)):
        names = {name_of(op) for op in policy_fn_or_list}
        choice = Selection(lambda name: name in names)
    elif callable(policy_fn_or_list):
        context = SelectiveCheckpointContext(is_recompute=False)
        choice = Selection(lambda name: saves(policy_fn_or_list(context, operator_of(name))))
    else:
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    return choice, choice


def name_of(op):
    """The name of an operator, or of one of its overloads."""
    return (op if isinstance(op, str) else op.__name__).partition(".")[0]


def operator_of(name):
    """PyTorch's operator of that name where `import torch` gives this package; else the function."""
    alias = sys.modules.get("torch")
    if getattr(alias, "Tensor", None) is Tensor:
        return getattr(alias.ops.aten, name).default  # pyright: ignore[reportOptionalMemberAccess]
    return getattr(torch, name, name)


def saves(answer):
    if isinstance(answer, bool):  # what policies were before there was an enum
        return answer
    if not isinstance(answer, CheckpointPolicy):
        raise TypeError(f"the policy of a selective checkpoint must return a CheckpointPolicy, not {type(answer).__name__}")
    return answer in (CheckpointPolicy.MUST_SAVE, CheckpointPolicy.PREFER_SAVE)


def policy_of(contexts):
    """The policy that `context_fn` has made; None for contexts of another kind."""
    first = contexts[0] if isinstance(contexts, tuple) and len(contexts) == 2 else None
    return first.policy if isinstance(first, Selection) else None


def kept_nodes(run, policy):
    """The numbers of the run's steps whose results the policy wants kept."""
    kept = []
    for i, node in enumerate(run.nodes):
        if node.kind is CALL and not node.op.view:
            own = node.op.name.lstrip("_")
            if any(policy(name) for name in dict.fromkeys((own, *NAMES.get(node.op.name, ())))):
                kept.append(i)
    return tuple(kept)
