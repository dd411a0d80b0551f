"""Recurrent layers and cells. Gates stand in PyTorch's order: LSTM i f g o, GRU r z n."""

import math
import numbers
import warnings

from eagerjax.forms.rnn import layers, layers_packed
from eagerjax.namespace import torch
from eagerjax.nn import init
from eagerjax.nn.module import Module
from eagerjax.nn.parameter import new_parameter
from eagerjax.nn.recurrence import GATES, cell
from eagerjax.nn.utils.rnn import PackedSequence

__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"]


def _check_type(name, value, kind):
    if not isinstance(value, kind):
        raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")


class RNNBase(Module):
    """What RNN, LSTM and GRU share.

    For layer k, and again with "_reverse": weight_ih_lk (gates * hidden, in), weight_hh_lk (gates * hidden,
    hidden), bias_ih_lk and bias_hh_lk (gates * hidden,), weight_hr_lk (proj, hidden); all start uniform within
    1 / sqrt(hidden). Input (T, N, in), with `batch_first` (N, T, in), (T, in), or a PackedSequence.
    """

    def __init__(
        self, mode, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
        bidirectional=False, proj_size=0, device=None, dtype=None,
    ):  # fmt: skip
        super().__init__()
        self._check(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights = []
        for layer in range(num_layers):
            for end in ("", "_reverse") if bidirectional else ("",):
                self._make_weights(layer, f"l{layer}{end}", device, dtype)
        self.reset_parameters()

    @staticmethod
    def _check(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size):
        if not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1 or isinstance(dropout, bool):
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=4,
            )
        _check_type("bias", bias, bool)
        _check_type("batch_first", batch_first, bool)
        _check_type("input_size", input_size, int)
        if input_size <= 0:
            raise ValueError("input_size must be greater than zero")
        _check_type("hidden_size", hidden_size, int)
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if mode not in GATES:
            raise ValueError("Unrecognized RNN mode: " + mode)

    def _make_weights(self, layer, end, device, dtype):
        gates, hidden = GATES[self.mode] * self.hidden_size, self.proj_size or self.hidden_size
        width = self.input_size if layer == 0 else hidden * self._directions
        shapes = {f"weight_ih_{end}": (gates, width), f"weight_hh_{end}": (gates, hidden)}
        if self.bias:
            shapes |= {f"bias_ih_{end}": (gates,), f"bias_hh_{end}": (gates,)}
        if self.proj_size > 0:
            shapes[f"weight_hr_{end}"] = (self.proj_size, self.hidden_size)
        for name, shape in shapes.items():
            setattr(self, name, new_parameter(shape, device, dtype))
        self._all_weights.append(list(shapes))

    @property
    def _directions(self):
        return 2 if self.bidirectional else 1

    @property
    def all_weights(self):
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self):
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self):
        return [getattr(self, name) for name in self._flat_weights_names]

    def flatten_parameters(self):
        """Do nothing: XLA lays weights out as it likes."""

    def reset_parameters(self):
        """Draw new values."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        usual = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0,
                 "bidirectional": False}  # fmt: skip
        for name, value in usual.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        return text

    def __getstate__(self):
        """With what PyTorch keeps besides, so that a file of a whole module runs there."""
        return {**super().__getstate__(), "_flat_weights_names": self._flat_weights_names, "_flat_weights": self._flat_weights}

    def __setstate__(self, state):
        names = state.get("_all_weights") or state.get("all_weights")  # files of old versions of PyTorch have the latter
        kept = {k: v for k, v in state.items() if not k.startswith("_flat_weight") and k != "all_weights"}
        super().__setstate__({**kept, "_all_weights": names})
        self.__dict__.setdefault("proj_size", 0)

    # -- checks ------------------------------------------------------------------------------------
    def check_input(self, input, batch_sizes):
        """Raises RuntimeError where the input's shape, ValueError where its dtype does not fit."""
        dtype = self._flat_weights[0].dtype
        if input.dtype != dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). Convert input: "
                f"input.to({dtype}), or convert model: model.to({input.dtype})"
            )
        expected = 2 if batch_sizes is not None else 3
        if input.dim() != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )

    def get_expected_hidden_size(self, input, batch_sizes):
        """(layers * directions, batch, width) of the hidden state."""
        if batch_sizes is not None:
            batch = int(batch_sizes[0])
        else:
            batch = input.size(0) if self.batch_first else input.size(1)
        return self.num_layers * self._directions, batch, self.proj_size or self.hidden_size

    def check_hidden_size(self, hx, expected_hidden_size, msg="Expected hidden size {}, got {}"):
        """Raises RuntimeError unless the hidden state has the expected size."""
        if tuple(hx.size()) != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input, hidden, batch_sizes):
        """Raises where input or hidden state do not fit."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx, permutation):
        """The hidden state with its sequences in another order."""
        return hx if permutation is None else hx.index_select(1, permutation)

    # -- the call ------------------------------------------------------------------------------------
    def _states(self, hx):
        """The hidden state as a tuple: one tensor, for LSTM two."""
        return (hx,)

    def _hidden(self, states):
        return states[0]

    def _zero_states(self, input, batch):
        width = self.proj_size or self.hidden_size
        shape = (self.num_layers * self._directions, batch, width)
        return (torch.zeros(shape, dtype=input.dtype, device=input.device),)

    def forward(self, input, hx=None):
        """(output (T, N, directions * hidden), last hidden state)."""
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        name = type(self).__name__
        if input.dim() not in (2, 3):
            ending = " tensor instead" if self.mode.startswith("RNN") else " instead"
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.dim()}D{ending}")
        batched = input.dim() == 3
        batch_at = 0 if self.batch_first else 1
        input = input if batched else input.unsqueeze(batch_at)
        if hx is None:
            states = self._zero_states(input, input.size(batch_at))
        else:
            self._check_dims(hx, batched)
            states = self._states(hx) if batched else tuple(s.unsqueeze(1) for s in self._states(hx))
        self.check_forward_args(input, self._hidden(states), None)
        output, states = layers(self.mode, input.transpose(0, 1) if self.batch_first else input, states, *self._settings())
        output = output.transpose(0, 1) if self.batch_first else output
        if not batched:
            output, states = output.squeeze(batch_at), tuple(s.squeeze(1) for s in states)
        return output, self._hidden(states)

    def _check_dims(self, hx, batched):
        if hx.dim() != (3 if batched else 2):
            kind, n = ("batched 3-D", 3) if batched else ("unbatched 2-D", 2)
            raise RuntimeError(f"For {kind} input, hx should also be {n}-D but got {hx.dim()}-D tensor")

    def _forward_packed(self, packed, hx):
        data, batch_sizes, order, back = packed
        sizes = batch_sizes.numpy()
        if hx is None:
            states = self._zero_states(data, int(sizes[0]))
        else:
            states = self._states(self.permute_hidden(hx, order))
        self.check_forward_args(data, self._hidden(states), sizes)
        output, states = layers_packed(self.mode, data, batch_sizes, states, *self._settings())
        output = PackedSequence(output, batch_sizes, order, back)
        return output, self.permute_hidden(self._hidden(states), back)

    def _settings(self):
        return self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional


class RNN(RNNBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu in place of tanh (Elman 1990)."""

    def __init__(self, *args, **kwargs):
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if len(args) > 3:
            nonlinearity, args = args[3], args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """c' = f c + i g, h' = o tanh(c') (Hochreiter and Schmidhuber 1997); the hidden state is (h, c).

    `proj_size` makes h narrower by a further matrix.
    """

    def __init__(self, *args, **kwargs):
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input, batch_sizes):
        """(layers * directions, batch, hidden) of the cell state."""
        return *self.get_expected_hidden_size(input, batch_sizes)[:2], self.hidden_size

    def check_forward_args(self, input, hidden, batch_sizes):
        """Raises where input or hidden state do not fit."""
        self.check_input(input, batch_sizes)
        sizes = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        for i, size in enumerate(sizes):
            self.check_hidden_size(hidden[i], size, f"Expected hidden[{i}] size {{}}, got {{}}")

    def permute_hidden(self, hx, permutation):
        """The hidden state with its sequences in another order."""
        return hx if permutation is None else tuple(s.index_select(1, permutation) for s in hx)

    def _states(self, hx):
        return tuple(hx)

    def _hidden(self, states):
        return states

    def _zero_states(self, input, batch):
        (h,) = super()._zero_states(input, batch)
        if not self.proj_size:
            return h, h
        shape = (self.num_layers * self._directions, batch, self.hidden_size)
        return h, torch.zeros(shape, dtype=input.dtype, device=input.device)

    def _check_dims(self, hx, batched):
        n = 3 if batched else 2
        if hx[0].dim() != n or hx[1].dim() != n:
            kind = "batched 3-D" if batched else "unbatched 2-D"
            raise RuntimeError(
                f"For {kind} input, hx and cx should also be {n}-D but got ({hx[0].dim()}-D, {hx[1].dim()}-D) tensors"
            )


class GRU(RNNBase):
    """h' = (1 - z) n + z h, n = tanh(W_in x + b_in + r (W_hn h + b_hn)) (Cho et al. 2014)."""

    def __init__(self, *args, **kwargs):
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


class RNNCellBase(Module):
    """What the cells share: weight_ih, weight_hh, bias_ih, bias_hh, uniform within 1 / sqrt(hidden)."""

    def __init__(self, input_size, hidden_size, bias, num_chunks, device=None, dtype=None):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        for end, width in (("ih", input_size), ("hh", hidden_size)):
            setattr(self, f"weight_{end}", new_parameter((gates, width), device, dtype))
        for end in ("ih", "hh"):
            made = new_parameter(gates, device, dtype) if bias else None
            self.register_parameter(f"bias_{end}", made)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw new values."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.__dict__.get("nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text

    def _check_dims(self, what, x):
        if x.dim() not in (1, 2):
            raise ValueError(f"{type(self).__name__}: Expected {what} to be 1D or 2D, got {x.dim()}D instead")

    def _check_sizes(self, input, states):
        """Raises RuntimeError where widths are others than the weights', or a state belongs to another batch."""
        n, width = input.shape
        if width != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {width} expected {self.input_size}")
        for i, state in enumerate(states):
            if state.size(0) != n:
                raise RuntimeError(f"Input batch size {n} doesn't match hidden{i} batch size {state.size(0)}")
            if state.size(1) != self.hidden_size:
                raise RuntimeError(f"hidden{i} has inconsistent hidden_size: got {state.size(1)}, expected {self.hidden_size}")

    def _step(self, mode, input, states):
        """The new states; unbatched input is a batch of one. None stands for zeros."""
        self._check_dims("input", input)
        count = 2 if mode == "LSTM" else 1
        for i, state in enumerate(states or ()):
            self._check_dims("hidden" if count == 1 else f"hx[{i}]", state)
        batched = input.dim() == 2
        input = input if batched else input.unsqueeze(0)
        if states is None:
            zeros = torch.zeros(input.size(0), self.hidden_size, dtype=input.dtype, device=input.device)
            states = (zeros,) * count
        elif not batched:
            states = [s.unsqueeze(0) for s in states]
        self._check_sizes(input, states)
        biases = [self.bias_ih, self.bias_hh] if self.bias else []
        made = cell(mode, input, states, [self.weight_ih, self.weight_hh, *biases])
        return made if batched else [s.squeeze(0) for s in made]


class RNNCell(RNNCellBase):
    """One step of an RNN: input (N, in), hidden state (N, hidden)."""

    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(f"RNN_{self.nonlinearity.upper()}", input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """One step of an LSTM: input (N, in), hidden state ((N, hidden), (N, hidden))."""

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        return tuple(self._step("LSTM", input, hx))


class GRUCell(RNNCellBase):
    """One step of a GRU: input (N, in), hidden state (N, hidden)."""

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input, hx=None):
        return self._step("GRU", input, None if hx is None else (hx,))[0]
