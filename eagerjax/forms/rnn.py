"""Recurrent layers over time as public functions: torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu."""

import numpy as np

from eagerjax.dispatch import apply
from eagerjax.namespace import F, form, torch


# -- sequences without padding -------------------------------------------------------------------------------------
def lengths_of(batch_sizes):
    """The length of each sequence, longest first, of a numpy array of batch sizes."""
    return (np.asarray(batch_sizes)[:, None] > np.arange(batch_sizes[0])).sum(0)


def packing(lengths):
    """(steps, sequences): where in (T, N) each row of the packed data stands; `lengths` descend."""
    steps, sequences = np.nonzero(np.arange(lengths[0])[:, None] < np.asarray(lengths))
    return steps, sequences


def pack(padded, lengths, batch_first=False):
    """(T, N, *), with `batch_first` (N, T, *), as packed data (sum of lengths, *), and the step of each of its rows.

    `lengths` descend.
    """
    steps, sequences = packing(lengths)
    at = sequences * padded.shape[1] + steps if batch_first else steps * len(lengths) + sequences
    return padded.flatten(0, 1).index_select(0, torch.tensor(at, device=padded.device)), steps


def unpack(data, lengths, total, padding_value=0.0):
    """Packed data (sum of lengths, *) as (total, N, *); `lengths` descend."""
    steps, sequences = packing(lengths)
    at = np.full((total, len(lengths)), len(steps))  # one row after the last: the padding
    at[steps, sequences] = np.arange(len(steps))
    rows = F.pad(data, (*(0, 0) * (data.dim() - 1), 0, 1), value=padding_value)
    return rows.index_select(0, torch.tensor(at.reshape(-1), device=data.device)).unflatten(0, at.shape)


# -- layers --------------------------------------------------------------------------------------------------------
def layer(mode, input, states, weights, bias, lengths=None, reverse=False):
    """One direction of one layer: (output (T, N, hidden), *last states).

    mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU"; weights: w_ih, w_hh, with `bias` b_ih, b_hh, and for an LSTM maybe
    the projection w_hr; past its length (N,), a sequence's state stays and its output is zero.
    """
    w_ih, w_hh, *rest = weights
    b_ih, b_hh = rest[:2] if bias else (None, None)
    if mode == "LSTM":
        w_hr = rest[-1] if len(rest) in (1, 3) else None
        return apply("_lstm", input, *states, w_ih, w_hh, b_ih, b_hh, w_hr, lengths, reverse)
    if mode == "GRU":
        return apply("_gru", input, *states, w_ih, w_hh, b_ih, b_hh, lengths, reverse)
    nonlinearity = "tanh" if mode == "RNN_TANH" else "relu"
    return apply("_rnn", input, *states, w_ih, w_hh, b_ih, b_hh, lengths, reverse, nonlinearity)


def layers(mode, input, states, params, has_biases, num_layers, dropout, train, bidirectional, lengths=None):
    """All layers and directions on (T, N, in): (output, last states, each (layers * directions, N, hidden)).

    Sequence i ends after `lengths[i]` steps; they descend.
    """
    directions = 2 if bidirectional else 1
    each = len(params) // (num_layers * directions)
    ends_at = None if lengths is None else torch.tensor(lengths, device=input.device)
    last = [[] for _ in states]
    for i in range(num_layers):
        outputs = []
        for d in range(directions):
            at = i * directions + d
            own = params[at * each : (at + 1) * each]
            out, *ends = layer(mode, input, [s[at] for s in states], own, has_biases, ends_at, d == 1)
            outputs.append(out)
            for kept, end in zip(last, ends):
                kept.append(end)
        input = outputs[0] if directions == 1 else torch.cat(outputs, -1)
        if dropout and train and i < num_layers - 1:
            input = _drop(input, dropout, lengths)
    return input, tuple(torch.stack(kept) for kept in last)


def _drop(input, p, lengths):
    """Dropout between layers; where sequences are packed, only their own steps draw numbers."""
    if lengths is None:
        return F.dropout(input, p)
    return unpack(F.dropout(pack(input, lengths)[0], p), lengths, len(input))


def layers_packed(mode, data, batch_sizes, states, *settings):
    """`layers` on packed data: (packed output, last states)."""
    lengths = lengths_of(batch_sizes.numpy())
    out, last = layers(mode, unpack(data, lengths, len(batch_sizes)), states, *settings, lengths=lengths)
    return pack(out, lengths)[0], last


def _run(mode, input, states, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    if isinstance(has_biases, (list, tuple)):  # the other overload: data, batch_sizes, hx, params, has_biases, ...
        batch_sizes, hx, *settings = states, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
        out, last = layers_packed(mode, input, batch_sizes, hx if mode == "LSTM" else [hx], *settings)
        return (out, *last)
    x = input.transpose(0, 1) if batch_first else input
    states = states if mode == "LSTM" else [states]
    out, last = layers(mode, x, states, params, has_biases, num_layers, dropout, train, bidirectional)
    return (out.transpose(0, 1) if batch_first else out, *last)


@form(homes="torch")
def lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """(output, h, c) of an LSTM of several layers; hx = (h, c).

    Packed: lstm(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional); so the others.
    """
    return _run("LSTM", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@form(homes="torch")
def gru(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """(output, h) of a GRU of several layers."""
    return _run("GRU", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@form(homes="torch")
def rnn_tanh(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """(output, h) of a plain RNN with tanh."""
    return _run("RNN_TANH", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@form(homes="torch")
def rnn_relu(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """(output, h) of a plain RNN with relu."""
    return _run("RNN_RELU", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
