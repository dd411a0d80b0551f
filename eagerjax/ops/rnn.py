"""One recurrent layer over time: LSTM, GRU and plain RNN as loops with hand-shaped gradients; and single steps.

input (T, N, in), states (N, hidden), weights as PyTorch keeps them: w_ih (gates * hidden, in), w_hh (gates * hidden,
hidden), biases (gates * hidden,) or None. Gates stand in the order i f g o (LSTM), r z n (GRU). The forward loop keeps
the partial derivatives of each step; the backward loop multiplies by them and carries the states' gradients, and the
weights' gradients are one matmul after it. A gate's sigmoid(x) is computed as (tanh(x / 2) + 1) / 2, with the half in
the weights, so that one tanh serves all gates.
`lengths` (N,) or None: past its length a sequence's state stays and its output is 0.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from eagerjax.ops.define import Tensors, op
from eagerjax.ops.matmul import over_rows, rows_of
from eagerjax.ops.precision import in_single, same_dtype

_sigmoid = jax.nn.sigmoid


def _project(x, weight, bias):
    """x @ weight.T + bias over the last dimension of (T, N, in)."""
    rows = rows_of(x) @ weight.T
    return (rows if bias is None else rows + bias).reshape(*x.shape[:-1], len(weight))


def _mask(lengths, x):
    """(T, N, 1): which steps lie within their sequence; None where all do."""
    return None if lengths is None else (jnp.arange(x.shape[0])[:, None] < lengths)[..., None]


def _keep(mask, new, old):
    return new if mask is None else jnp.where(mask, new, old)


def _weight_gradients(d_gates, *operands):
    """Gradients of the weights that `operands` (T, N, .) were multiplied by, and of the bias, from all steps at once."""
    flat, *rows = (a.reshape(-1, a.shape[-1]) for a in (d_gates, *operands))
    joined = over_rows(flat, jnp.concatenate(rows, 1))
    return *jnp.split(joined, np.cumsum([r.shape[1] for r in rows])[:-1], 1), flat.sum(0)


def _halved(array, gates, plain):
    """Half of a weight or bias (gates * hidden, ...), save for the gate numbered `plain`, which has a tanh of its own."""
    factors = np.full((gates, 1), 0.5)
    factors[plain] = 1
    split = array.reshape(gates, -1)
    return (split * factors.astype(array.dtype)).reshape(array.shape)


def _before(first, states, reverse):
    """The state in which each step began."""
    return jnp.concatenate([states[1:], first[None]] if reverse else [first[None], states[:-1]])


def _like(bias, grad):
    return None if bias is None else grad


def _outputs(mask, states, reverse):
    last = lax.index_in_dim(states, 0 if reverse else -1, keepdims=False)
    return (states if mask is None else jnp.where(mask, states, 0)), last


# -- LSTM ----------------------------------------------------------------------------------
@op(homes="")
def _lstm(input, h, c, w_ih, w_hh, b_ih, b_hh, w_hr, lengths, reverse: bool = False):
    """(output (T, N, hidden), last h, last c); w_hr (proj, hidden) or None projects h."""
    same_dtype("lstm", input, h, c, w_ih, w_hh, b_ih, b_hh, w_hr)
    if input.shape[0] == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    if w_hr is not None:
        return _projected_lstm(input, h, c, w_ih, w_hh, b_ih, b_hh, w_hr, lengths, reverse)
    return _lstm_loop(input, h, c, w_ih, w_hh, b_ih, b_hh, lengths, reverse)


def _lstm_gates(gates, c):
    size = c.shape[-1]
    open_ = _sigmoid(gates)
    new = jnp.tanh(gates[:, 2 * size : 3 * size])
    c = open_[:, size : 2 * size] * c + open_[:, :size] * new
    squashed = jnp.tanh(c)
    return open_, new, c, squashed, open_[:, 3 * size :] * squashed


def _both(b_ih, b_hh):
    return None if b_ih is None else b_ih + b_hh


def _projected_lstm(x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr, lengths, reverse):
    mask = _mask(lengths, x)

    def step(state, now):
        gates, m = now
        *_, new_c, _, new_h = _lstm_gates(gates + state[0] @ w_hh.T, state[1])
        state = _keep(m, new_h @ w_hr.T, state[0]), _keep(m, new_c, state[1])
        return state, state[0]

    (h, c), states = lax.scan(step, (h, c), (_project(x, w_ih, _both(b_ih, b_hh)), mask), reverse=reverse)
    return _outputs(mask, states, reverse)[0], h, c


@functools.partial(jax.custom_vjp, nondiff_argnums=(8,))
def _lstm_loop(x, h, c, w_ih, w_hh, b_ih, b_hh, lengths, reverse):
    return _lstm_forward(x, h, c, w_ih, w_hh, b_ih, b_hh, lengths, reverse)[0]


def _lstm_forward(x, h, c, w_ih, w_hh, b_ih, b_hh, lengths, reverse):
    mask, bias = _mask(lengths, x), _both(b_ih, b_hh)
    recurrent = _halved(w_hh, 4, 2).T

    def step(state, now):
        gates, m = now
        new_h, new_c, partials = _lstm_step(gates + state[0] @ recurrent, state[1])
        state = _keep(m, new_h, state[0]), _keep(m, new_c, state[1])
        return state, (state[0], partials)

    inputs = _project(x, _halved(w_ih, 4, 2), None if bias is None else _halved(bias, 4, 2))
    (_, last_c), (hs, partials) = lax.scan(step, (h, c), (inputs, mask), reverse=reverse)
    out, last_h = _outputs(mask, hs, reverse)
    return (out, last_h, last_c), (x, h, w_ih, w_hh, b_ih, b_hh, lengths, hs, partials)


def _lstm_step(gates, c):
    """(h, c, partials) from gates of which all but the third are halved. The partials: (N, 4, hidden) of c (of h for the
    last) by the gates' inputs; of h by c; of c by the c before."""
    size = c.shape[-1]
    wide = jnp.tanh(gates)
    i, f, o = (0.5 * wide[:, k * size : (k + 1) * size] + 0.5 for k in (0, 1, 3))
    new = wide[:, 2 * size : 3 * size]
    after = f * c + i * new
    squashed = jnp.tanh(after)
    by_gates = (new * i * (1 - i), c * f * (1 - f), i * (1 - new * new), squashed * o * (1 - o))
    return o * squashed, after, (jnp.stack(by_gates, 1), o * (1 - squashed * squashed), f)


def _lstm_backward(reverse, saved, grads):
    x, h, w_ih, w_hh, b_ih, b_hh, lengths, hs, partials = saved
    mask = _mask(lengths, x)

    def step(carried, now):
        d_h, d_c = carried
        grad, (by_gates, by_c, f), m = now
        total_h, total_c = (d_h + grad, d_c) if m is None else (jnp.where(m, d_h + grad, 0), jnp.where(m, d_c, 0))
        cell = total_c + total_h * by_c
        parts = [(total_h if k == 3 else cell) * by_gates[:, k] for k in range(4)]
        d_gates = jnp.concatenate(parts, -1)
        return (_keep(m, d_gates @ w_hh, d_h), _keep(m, cell * f, d_c)), d_gates

    (d_h, d_c), d_gates = lax.scan(step, (grads[1], grads[2]), (grads[0], partials, mask), reverse=not reverse)
    d_ih, d_hh, d_bias = _weight_gradients(d_gates, x, _before(h, hs, reverse))
    return _project(d_gates, w_ih.T, None), d_h, d_c, d_ih, d_hh, _like(b_ih, d_bias), _like(b_hh, d_bias), None


_lstm_loop.defvjp(_lstm_forward, _lstm_backward)


# -- GRU -----------------------------------------------------------------------------------
@op(homes="")
def _gru(input, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse: bool = False):
    """(output (T, N, hidden), last h)."""
    same_dtype("gru", input, h, w_ih, w_hh, b_ih, b_hh)
    if input.shape[0] == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    return _gru_loop(input, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse)


def _gru_gates(from_input, from_hidden, h):
    size = h.shape[-1]
    open_ = _sigmoid(from_input[:, : 2 * size] + from_hidden[:, : 2 * size])
    inner = from_hidden[:, 2 * size :]
    new = jnp.tanh(from_input[:, 2 * size :] + open_[:, :size] * inner)
    return open_, inner, new, new + open_[:, size:] * (h - new)


@functools.partial(jax.custom_vjp, nondiff_argnums=(7,))
def _gru_loop(x, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse):
    return _gru_forward(x, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse)[0]


def _gru_forward(x, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse):
    mask, recurrent = _mask(lengths, x), _halved(w_hh, 3, 2).T
    bias, shift = (None if b is None else _halved(b, 3, 2) for b in (b_ih, b_hh))

    def step(h, now):
        from_input, m = now
        from_hidden = h @ recurrent if shift is None else h @ recurrent + shift
        new_h, partials = _gru_step(from_input, from_hidden, h)
        h = _keep(m, new_h, h)
        return h, (h, partials)

    _, (hs, partials) = lax.scan(step, h, (_project(x, _halved(w_ih, 3, 2), bias), mask), reverse=reverse)
    return _outputs(mask, hs, reverse), (x, h, w_ih, w_hh, b_ih, b_hh, lengths, hs, partials)


def _gru_step(from_input, from_hidden, h):
    """(h, partials) from halved r and z. The partials of h: (N, 3, hidden) by `from_hidden`; by the input of n; by the h
    before, where the gates stay."""
    size = h.shape[-1]
    open_ = 0.5 * jnp.tanh(from_input[:, : 2 * size] + from_hidden[:, : 2 * size]) + 0.5
    r, z, inner = open_[:, :size], open_[:, size:], from_hidden[:, 2 * size :]
    new = jnp.tanh(from_input[:, 2 * size :] + r * inner)
    by_new = (1 - z) * (1 - new * new)
    by_hidden = (by_new * inner * r * (1 - r), (h - new) * z * (1 - z), by_new * r)
    return new + z * (h - new), (jnp.stack(by_hidden, 1), by_new, z)


def _gru_backward(reverse, saved, grads):
    x, h, w_ih, w_hh, b_ih, b_hh, lengths, hs, partials = saved
    size, mask = h.shape[-1], _mask(lengths, x)

    def step(d_h, now):
        grad, (by_hidden, by_new, z), m = now
        total = d_h + grad if m is None else jnp.where(m, d_h + grad, 0)
        d_hidden = jnp.concatenate([total * by_hidden[:, k] for k in range(3)], -1)
        return _keep(m, total * z + d_hidden @ w_hh, d_h), (d_hidden, total * by_new)

    d_h, (d_hidden, d_new) = lax.scan(step, grads[1], (grads[0], partials, mask), reverse=not reverse)
    d_input = jnp.concatenate([d_hidden[..., : 2 * size], d_new], -1)
    d_ih, d_b_ih = _weight_gradients(d_input, x)
    d_hh, d_b_hh = _weight_gradients(d_hidden, _before(h, hs, reverse))
    return _project(d_input, w_ih.T, None), d_h, d_ih, d_hh, _like(b_ih, d_b_ih), _like(b_hh, d_b_hh), None


_gru_loop.defvjp(_gru_forward, _gru_backward)


# -- plain RNN -----------------------------------------------------------------------------
@op(homes="")
def _rnn(input, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse: bool = False, nonlinearity: str = "tanh"):
    """(output (T, N, hidden), last h) of h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or with relu."""
    same_dtype("rnn", input, h, w_ih, w_hh, b_ih, b_hh)
    if input.shape[0] == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    return _rnn_loop(input, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse, nonlinearity)


def _activate(x, nonlinearity):
    return jnp.tanh(x) if nonlinearity == "tanh" else jnp.where(x <= 0, 0, x)


@functools.partial(jax.custom_vjp, nondiff_argnums=(7, 8))
def _rnn_loop(x, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse, nonlinearity):
    return _rnn_forward(x, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse, nonlinearity)[0]


def _rnn_forward(x, h, w_ih, w_hh, b_ih, b_hh, lengths, reverse, nonlinearity):
    mask, recurrent = _mask(lengths, x), w_hh.T

    def step(h, now):
        h = _keep(now[1], _activate(now[0] + h @ recurrent, nonlinearity), h)
        return h, h

    _, hs = lax.scan(step, h, (_project(x, w_ih, _both(b_ih, b_hh)), mask), reverse=reverse)
    return _outputs(mask, hs, reverse), (x, h, w_ih, w_hh, b_ih, b_hh, lengths, hs)


def _rnn_backward(reverse, nonlinearity, saved, grads):
    x, h, w_ih, w_hh, b_ih, b_hh, lengths, hs = saved
    mask = _mask(lengths, x)

    def step(d_h, now):
        grad, h, m = now
        total = d_h + grad if m is None else jnp.where(m, d_h + grad, 0)
        d_gate = total * (1 - h * h) if nonlinearity == "tanh" else jnp.where(h > 0, total, 0)
        return _keep(m, d_gate @ w_hh, d_h), d_gate

    d_h, d_gates = lax.scan(step, grads[1], (grads[0], hs, mask), reverse=not reverse)
    d_ih, d_hh, d_bias = _weight_gradients(d_gates, x, _before(h, hs, reverse))
    return _project(d_gates, w_ih.T, None), d_h, d_ih, d_hh, _like(b_ih, d_bias), _like(b_hh, d_bias), None


_rnn_loop.defvjp(_rnn_forward, _rnn_backward)

for _op in (_lstm, _gru, _rnn):
    _op.on("cpu")(in_single(_op.fn))


# -- one step ------------------------------------------------------------------------------
def _affine(x, weight, bias):
    out = x @ weight.T
    return out if bias is None else out + bias


@op(homes="torch")
def lstm_cell(input, hx: Tensors, w_ih, w_hh, b_ih=None, b_hh=None):
    """(h, c) after one step; input (N, in), hx = (h, c) of (N, hidden) each."""
    h, c = hx
    *_, new_c, _, new_h = _lstm_gates(_affine(input, w_ih, b_ih) + _affine(h, w_hh, b_hh), c)
    return new_h, new_c


@op(homes="torch")
def gru_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """h after one step; input (N, in), hx (N, hidden)."""
    return _gru_gates(_affine(input, w_ih, b_ih), _affine(hx, w_hh, b_hh), hx)[3]


@op(homes="torch")
def rnn_tanh_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """tanh(W_ih x + b_ih + W_hh h + b_hh)."""
    return jnp.tanh(_affine(input, w_ih, b_ih) + _affine(hx, w_hh, b_hh))


@op(homes="torch")
def rnn_relu_cell(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """relu(W_ih x + b_ih + W_hh h + b_hh)."""
    return _activate(_affine(input, w_ih, b_ih) + _affine(hx, w_hh, b_hh), "relu")
