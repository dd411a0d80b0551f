"""Writes into parts of tensors, element by element: they cost no copy of the whole, and nobody else sees them."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.lower import flush, in_place, recorder
from eagerjax.record.trace import state


@pytest.fixture(autouse=True)
def stepwise():
    before, state.stepwise = state.stepwise, True
    yield
    state.stepwise = before


def test_a_table_is_filled_in_its_own_array(monkeypatch):
    written = []
    original = in_place.InPlaceEvaluation.write

    def write(self, node):
        done = original(self, node)
        written.append((id(self.values.get(node.results[0])), done, node.inputs[0].shape))
        return done

    monkeypatch.setattr(in_place.InPlaceEvaluation, "write", write)
    table = torch.zeros(50, 3)
    for i in range(20):
        table[i, 1] = i
        table[i] += 0.5
    expected = np.zeros((50, 3), np.float32)
    expected[:20, 1] = np.arange(20)
    expected[:20] += 0.5
    assert table.numpy().tolist() == expected.tolist()
    whole = [(array, done) for array, done, shape in written if shape == (50, 3)]
    assert len(whole) == 60
    assert len(set(whole)) == 1
    assert whole[0][1]


def test_values_read_before_a_write_keep_what_they_showed():
    x = torch.arange(12.0).reshape(3, 4)
    row, cell, copied = x[1].clone(), x[2, 3] + 0, x.detach().clone()
    part = torch.sum(x[:, 1:3], 1)
    x[1, 2] = 100.0
    kept = x * 1
    x[1] = -1.0
    assert row.tolist() == [4.0, 5.0, 6.0, 7.0]
    assert cell.item() == 11.0
    assert copied.tolist() == np.arange(12.0).reshape(3, 4).tolist()
    assert part.tolist() == [3.0, 11.0, 19.0]
    assert kept[1].tolist() == [4.0, 5.0, 100.0, 7.0]
    assert x[1].tolist() == [-1.0] * 4


@pytest.mark.parametrize("flushed", [False, True])
def test_what_others_hold_is_not_written_to(flushed):
    given = np.zeros(5, np.float32)
    x = torch.tensor(given)
    if flushed:
        x[0] = 1.0
        assert x[0].item() == 1.0
    other = x.clone()
    array = np.asarray(x.tolist())
    y = x + 0
    for i in range(5):
        x[i] = 7.0
    assert given.tolist() == [0.0] * 5
    assert other.tolist() == y.tolist() == array.tolist()
    assert x.tolist() == [7.0] * 5


def test_views_see_what_is_written_and_gradients_pass_writes():
    x = torch.zeros(4, 4)
    view = x.T[1:3]
    for i in range(2):
        view[i, i] = i + 1.0
    assert x[0, 1].item() == 1.0
    assert x[1, 2].item() == 2.0
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.zeros(3)
    y[0] = first = w[0] * 3
    y[2] = w[1] * first
    y.sum().backward()
    assert w.grad.tolist() == [3.0 + 6.0, 3.0]


def test_indices_of_a_loop_become_inputs():
    x = torch.zeros(40)
    before = len(recorder._KNOWN)
    for i in range(40):
        x[i] = float(i)
    assert x.tolist() == list(range(40))
    assert len(recorder._KNOWN) - before < 120


def test_a_part_is_written_with_itself():
    x = torch.zeros(0, 3) + 1
    x[:] = x
    y = torch.ones(2, 3) + 1
    y[:] = y
    y[0] = y[0]
    assert x.shape == (0, 3)
    assert y.tolist() == [[2.0] * 3] * 2


def test_a_part_without_elements_is_added_to():
    x = torch.zeros(2, 0, 3) + 1
    x[0] += 1
    x[:, :, 1] = x[:, :, 1]
    assert x.shape == (2, 0, 3)


def test_what_a_piece_of_several_calls_reads_stays_until_it_runs(monkeypatch):
    monkeypatch.setattr("eagerjax.lower.program.all_hosted", lambda *_: False)  # the calls come in pieces
    state.stepwise = False
    for i in range(10):
        given = torch.tensor([0.1, 0.2, 0.3])
        x = torch.zeros(3)
        for _ in range(i):  # another path each time; it is cut where the loop goes back, and ends with the same piece
            x = x + 2
            x = x - 1
        x[0] = 5.0
        doubled = given * 2
        wave = doubled.sin()
        result = wave.exp() + x
        expected = np.exp(np.sin(np.float32([0.2, 0.4, 0.6]))) + [5, i, i]
        np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)


def test_a_long_loop_that_fills_a_table_is_not_compiled(monkeypatch):
    compiled = []
    monkeypatch.setattr(flush.policy, "note", lambda program, *_: compiled.append(len(program.path)))
    monkeypatch.setattr(flush.config, "max_trace", 60)
    monkeypatch.setattr(flush.config, "shortest_filling", 40)
    monkeypatch.setattr(state, "stepwise", False)
    table, source = torch.zeros(300, 3), torch.arange(3.0)
    for i in range(300):
        table[i, 1] = source[1] + 1
    assert table.sum().item() == 600
    assert not any(steps > 40 for steps in compiled)
