"""Recurrent layers over time as public functions: torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu."""

from eagerjax.dispatch import apply
from eagerjax.namespace import F, form, torch


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
    """All layers and directions on (T, N, in): (output, [last states], each (layers * directions, N, hidden))."""
    directions = 2 if bidirectional else 1
    each = len(params) // (num_layers * directions)
    last = [[] for _ in states]
    for i in range(num_layers):
        outputs = []
        for d in range(directions):
            at = i * directions + d
            own = params[at * each : (at + 1) * each]
            out, *ends = layer(mode, input, [s[at] for s in states], own, has_biases, lengths, d == 1)
            outputs.append(out)
            for kept, end in zip(last, ends):
                kept.append(end)
        input = outputs[0] if directions == 1 else torch.cat(outputs, -1)
        if dropout and train and i < num_layers - 1:
            input = F.dropout(input, dropout)
    return input, [torch.stack(kept) for kept in last]


def _run(mode, input, states, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    x = input.transpose(0, 1) if batch_first else input
    out, last = layers(mode, x, states, params, has_biases, num_layers, dropout, train, bidirectional)
    return (out.transpose(0, 1) if batch_first else out, *last)


@form(homes="torch")
def lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """(output, h, c) of an LSTM of several layers; hx = (h, c)."""
    return _run("LSTM", input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@form(homes="torch")
def gru(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """(output, h) of a GRU of several layers."""
    return _run("GRU", input, [hx], params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@form(homes="torch")
def rnn_tanh(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """(output, h) of a plain RNN with tanh."""
    return _run("RNN_TANH", input, [hx], params, has_biases, num_layers, dropout, train, bidirectional, batch_first)


@form(homes="torch")
def rnn_relu(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
    """(output, h) of a plain RNN with relu."""
    return _run("RNN_RELU", input, [hx], params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
