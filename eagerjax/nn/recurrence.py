"""One step of a recurrent layer in terms of other ops; a whole sequence is one op (forms/rnn.py)."""

from eagerjax.namespace import F, torch

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


def cell(mode, x, states, weights):
    """The new states [h] or [h, c] after input x (N, in); weights: W_ih, W_hh and maybe b_ih, b_hh."""
    w_ih, w_hh, *biases = weights
    b_ih, b_hh = biases[:2] or (None, None)
    return _update(mode, F.linear(x, w_ih, b_ih), states, w_hh, b_hh)


def _update(mode, from_input, states, w_hh, b_hh):
    h = states[0]
    from_hidden = F.linear(h, w_hh, b_hh)
    if mode == "LSTM":
        i, f, g, o = (from_input + from_hidden).chunk(4, -1)
        c = torch.sigmoid(f) * states[1] + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return [h, c]
    if mode == "GRU":
        (r_i, z_i, n_i), (r_h, z_h, n_h) = from_input.chunk(3, -1), from_hidden.chunk(3, -1)
        n = torch.tanh(n_i + torch.sigmoid(r_i + r_h) * n_h)
        z = torch.sigmoid(z_i + z_h)
        return [n + z * (h - n)]
    return [torch.tanh(from_input + from_hidden) if mode == "RNN_TANH" else torch.relu(from_input + from_hidden)]
