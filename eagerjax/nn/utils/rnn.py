"""Sequences of different lengths: padded into one tensor, or packed without the padding."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from eagerjax.forms.rnn import lengths_of, pack, unpack
from eagerjax.namespace import F, torch
from eagerjax.runtime import dtype as dt
from eagerjax.tensor import Tensor

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """Sequences without padding: `data` holds step 0 of all, then step 1 of those that have one, and so on.

    batch_sizes: (longest,), how many sequences have each step; the two index tensors, (N,) or None, lead to the
    order by length and back.
    """

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be created manually. "
                "They should be instantiated by functions like pack_sequence and pack_padded_sequences in "
                "nn.utils.rnn."
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs):
        """Like `Tensor.to` on the data; the index tensors follow to its device."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        order = (None if t is None else t.to(data.device) for t in (self.sorted_indices, self.unsorted_indices))
        return type(self)(data, self.batch_sizes, *order)

    def cuda(self, *args, **kwargs):
        """The same on a GPU."""
        return self.to(*args, **{"device": "cuda", **kwargs})

    def cpu(self, *args, **kwargs):
        """The same on the CPU."""
        return self.to(*args, **{"device": "cpu", **kwargs})

    def pin_memory(self):
        """The same: XLA copies from ordinary memory."""
        return self

    def double(self):
        """The data as float64."""
        return self.to(dtype=dt.float64)

    def float(self):
        """The data as float32."""
        return self.to(dtype=dt.float32)

    def half(self):
        """The data as float16."""
        return self.to(dtype=dt.float16)

    def long(self):
        """The data as int64."""
        return self.to(dtype=dt.int64)

    def int(self):
        """The data as int32."""
        return self.to(dtype=dt.int32)

    def short(self):
        """The data as int16."""
        return self.to(dtype=dt.int16)

    def char(self):
        """The data as int8."""
        return self.to(dtype=dt.int8)

    def byte(self):
        """The data as uint8."""
        return self.to(dtype=dt.uint8)

    @property
    def is_cuda(self):
        return self.data.device.type == "cuda"

    def is_pinned(self):
        return False


def invert_permutation(permutation):
    """The permutation that undoes `permutation`; None stays None."""
    return None if permutation is None else torch.argsort(permutation)


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    """Pack `input` (T, N, *), with `batch_first` (N, T, *), of which sequence i has `lengths[i]` steps.

    Raises RuntimeError unless lengths are positive and, with `enforce_sorted`, descend. Reads the values of lengths.
    """
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if isinstance(lengths, Tensor):
        lengths = lengths.detach().cpu().numpy()
    lengths = np.asarray(lengths).astype(np.int64)
    if lengths.ndim != 1:
        raise RuntimeError(
            "'lengths' argument should be a 1D CPU int64 tensor, but got " + f"{lengths.ndim}D Long tensor"
        )
    order = None
    if not enforce_sorted:
        order = np.argsort(-lengths, kind="stable")
        lengths = lengths[order]
        order = torch.tensor(order, device=input.device)
        input = input.index_select(0 if batch_first else 1, order)
    _check_lengths(lengths, input.shape[0 if batch_first else 1], input.shape[1 if batch_first else 0])
    data, steps = pack(input, lengths, batch_first)
    return PackedSequence(data, torch.tensor(np.bincount(steps)), order)


def _check_lengths(lengths, batch, total):
    if len(lengths) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} (batch_size={batch})"
        )
    if (np.diff(lengths) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if "
            "you do not need ONNX exportability."
        )
    if lengths.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if lengths.max() > total:
        raise RuntimeError(f"Expected `lengths` to be at most {total}, the padded length, but got {lengths.max()}")


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """(padded (T, N, *), lengths (N,)) of a packed sequence, in its first order."""
    sizes = sequence.batch_sizes.numpy()
    total = len(sizes)
    if total_length is not None:
        if total_length < total:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {total}"
            )
        total = total_length
    lengths = lengths_of(sizes)
    padded = unpack(sequence.data, lengths, total, padding_value)
    lengths = torch.tensor(lengths)
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(1, sequence.unsorted_indices)
        lengths = lengths.index_select(0, sequence.unsorted_indices.cpu())
    return (padded.transpose(0, 1) if batch_first else padded), lengths


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """Stack sequences (length, *) as (longest, N, *), filled up with `padding_value`."""
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    sequences = list(sequences)
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    longest = max(s.shape[0] for s in sequences)
    padded = []
    for s in sequences:
        missing = longest - s.shape[0]
        sides = (missing, 0) if padding_side == "left" else (0, missing)
        padded.append(F.pad(s, (*(0, 0) * (s.dim() - 1), *sides), value=padding_value) if missing else s)
    return torch.stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """The list of sequences that `pad_sequence` padded. Reads the values of `lengths`."""
    padded = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:length] for row, length in zip(padded, lengths.tolist(), strict=True)]


def pack_sequence(sequences, enforce_sorted=True):
    """Pack a list of sequences (length, *)."""
    lengths = [s.size(0) for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences):
    """The list of sequences in a packed sequence."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)
