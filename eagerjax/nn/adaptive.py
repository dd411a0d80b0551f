"""Softmax over very many classes, the frequent ones apart (Grave et al. 2017)."""

from collections import namedtuple
from itertools import pairwise

from eagerjax.namespace import F, torch
from eagerjax.nn.containers import ModuleList, Sequential
from eagerjax.nn.linear import Linear
from eagerjax.nn.module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """Classes up to the first of `cutoffs` are scored by the head, each later cluster by a narrower tail."""

    def __init__(
        self, in_features, n_classes, cutoffs, div_value=4.0, head_bias=False, device=None, dtype=None
    ):
        super().__init__()
        place = {"device": device, "dtype": dtype}
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if any(int(c) != c or not 0 < c < n_classes for c in cutoffs) or cutoffs != sorted(set(cutoffs)):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where "
                "each value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, **place)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            width = int(in_features // (div_value ** (i + 1)))
            narrow = Linear(in_features, width, bias=False, **place)
            self.tail.append(Sequential(narrow, Linear(width, high - low, bias=False, **place)))

    def reset_parameters(self):
        """Draw new values."""
        self.head.reset_parameters()
        for narrow, out in self.tail:
            narrow.reset_parameters()
            out.reset_parameters()

    @staticmethod
    def _check_shapes(input, target):
        if target.dim() > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if input.dim() != target.dim() + 1:
            raise RuntimeError(
                f"{target.dim()}D target tensor expects {target.dim() + 1}D input tensors, but found inputs with "
                f"size {input.size()}"
            )
        if target.dim() == 1 and input.size(0) != target.size(0):
            raise RuntimeError("Input and target should have the same size in the batch dimension.")

    def forward(self, input_, target_):
        """(log-probability of each target, mean loss). Raises RuntimeError for a target that is no class.

        Every cluster scores every sample, so that shapes depend on no values.
        """
        self._check_shapes(input_, target_)
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        output = torch.zeros_like(input[:, 0])
        known = (target >= 0) & (target < self.n_classes)
        column = torch.where(known, target, -1)  # gathering column -1 raises
        head = F.log_softmax(self.head(input), dim=1)
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            inside = (target >= low) & (target < high)
            scores = F.log_softmax(self.tail[i](input), dim=1)
            picked = scores.gather(1, (target - low).clamp(0, high - low - 1).unsqueeze(1)).squeeze(1)
            output = torch.where(inside, picked, output)
            column = torch.where(inside, self.shortlist_size + i, column)
        output = output + head.gather(1, column.unsqueeze(1)).squeeze(1)
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def log_prob(self, input):
        """Log-probabilities (N, n_classes) of all classes."""
        head = F.log_softmax(self.head(input), dim=1)
        parts = [head[:, : self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            at = self.shortlist_size + i
            parts.append(F.log_softmax(tail(input), dim=1) + head[:, at : at + 1])
        return torch.cat(parts, dim=1)

    def predict(self, input):
        """The most probable class of each sample; the tails are asked only where the head prefers a cluster."""
        best = torch.argmax(self.head(input), dim=1)
        return torch.where(best < self.shortlist_size, best, torch.argmax(self.log_prob(input), dim=1))
