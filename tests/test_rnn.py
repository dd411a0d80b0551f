"""Recurrent layers over time against the same cells step by step: values, gradients, gradients of gradients."""

import numpy as np
import pytest
from conftest import execution

import eagerjax as torch


def by_layer(module, x, lengths):
    """The layer's output and last states, from packed sequences."""
    out, states = module(torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths)))
    states = states if isinstance(states, tuple) else (states,)
    return torch.nn.utils.rnn.pad_packed_sequence(out)[0], [s[0] for s in states]


def by_cells(module, cell, x, lengths):
    """The layer's output and last states from its own weights, one cell call a step."""
    weights = [module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0, module.bias_hh_l0]
    hidden = torch.zeros(x.shape[1], module.hidden_size)
    states, outputs = (hidden, hidden) if cell == "lstm_cell" else (hidden,), []
    for t in range(x.shape[0]):
        given = states if cell == "lstm_cell" else states[0]
        new = getattr(torch, cell)(x[t], given, *weights)
        new = new if isinstance(new, tuple) else (new,)
        inside = (torch.tensor(lengths) > t)[:, None]
        states = tuple(torch.where(inside, n, o) for n, o in zip(new, states))
        outputs.append(torch.where(inside, states[0], 0.0))
    return torch.stack(outputs), states


@pytest.mark.parametrize(("kind", "cell"), [("LSTM", "lstm_cell"), ("GRU", "gru_cell"), ("RNN", "rnn_tanh_cell")])
@pytest.mark.parametrize("lengths", [(3, 3), (3, 2)])
def test_a_layer_is_its_cell_step_by_step(kind, cell, lengths):
    """Also where sequences end early, and for the second derivative; large inputs drive the gates to 0 and 1."""
    torch.manual_seed(1)
    module = getattr(torch.nn, kind)(3, 5)

    def results(run):
        x = (torch.arange(18.0).reshape(3, 2, 3).sin() * 8).requires_grad_()
        out, states = run(x)
        loss = (out * out).sum() + sum(s.sin().sum() for s in states)
        leaves = (x, *module.parameters())
        grads = torch.autograd.grad(loss, leaves, create_graph=True)
        second = torch.autograd.grad(sum((g * g).sum() for g in grads), leaves)
        return [t.detach().numpy() for t in (out, *states, *grads, *second)]

    ours = results(lambda x: by_layer(module, x, lengths))
    with execution("stepwise"):  # compiled whole, the cells take seconds
        cells = results(lambda x: by_cells(module, cell, x, lengths))
    for one, other in zip(ours, cells, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * (1 + np.abs(other).max()))


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_infinite_inputs_close_and_open_gates(kind):
    module = getattr(torch.nn, kind)(1, 2)
    with torch.no_grad():
        for weight in module.parameters():
            weight.fill_(1.0)
    out, _ = module(torch.tensor([[[float("inf")]], [[-float("inf")]]]))
    wanted = torch.tensor([1.0]).tanh().item() if kind == "LSTM" else 0.0
    assert np.allclose(out[0].detach().numpy(), wanted)
    assert np.isfinite(out.detach().numpy()).all()
