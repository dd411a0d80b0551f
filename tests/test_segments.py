"""Reverse passes of equal segments in batches, and what small programs that take turns with Python keep at hand."""

import jax
import numpy as np
import pytest

import eagerjax as torch
from eagerjax.lower import numpy_kernels, policy, segments
from eagerjax.ops.random import eagerjax_words
from eagerjax.record.trie import PULL_SEGMENT
from eagerjax.runtime.random import Generator, mixed, unmixed


@pytest.fixture
def batches(monkeypatch):
    """How many segments each batch held. Backward runs stepwise, as that of an episode does whose length is new."""
    ran, batch, compiles = [], segments.Row.batch, policy.compiles
    goes_back = lambda node: any(n.kind is PULL_SEGMENT for n in node.path())  # noqa: E731
    monkeypatch.setattr(policy, "compiles", lambda node, *facts: not goes_back(node) and compiles(node, *facts))

    def noted(self, size, columns, common):
        run = batch(self, size, columns, common)
        return run and (lambda *given: ran.append(size) or run(*given))

    monkeypatch.setattr(segments.Row, "batch", noted)
    return ran


class Looked:
    """Losses of several steps through two layers, each of them looked at or none."""

    def __init__(self, dtype=torch.float32):
        torch.manual_seed(0)
        self.first, self.last = torch.nn.Linear(3, 4, dtype=dtype), torch.nn.Linear(4, 2, dtype=dtype)
        self.scale = torch.tensor(0.7, dtype=dtype, requires_grad=True)
        self.parameters = [*self.first.parameters(), *self.last.parameters(), self.scale]

    def loss(self, values, look):
        losses = []
        for i, value in enumerate(values):
            x = torch.tensor([value] * 3, dtype=self.scale.dtype)  # an input: of `full` the first number met is a constant
            out = torch.log_softmax(self.last(torch.tanh(self.first(x) * self.scale)), -1)
            if look:
                out.tolist()
            losses.append(out[i % 2])
        return (torch.stack(losses) * torch.arange(1, 1 + len(losses), dtype=self.scale.dtype)).mean()

    def gradients(self, values, look, times=1):
        for p in self.parameters:
            p.grad = None
        for _ in range(times):
            self.loss(values, look).backward()
        return [p.grad.tolist() for p in self.parameters]


def assert_close(ours, theirs, **kwargs):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, **kwargs)


@pytest.mark.parametrize(("length", "sizes"), [(3, []), (4, [4]), (7, [4]), (16, [16]), (37, [16, 16, 4])])
def test_gradients_of_steps_that_were_looked_at_come_in_batches(batches, length, sizes):
    model, values = Looked(), np.linspace(-1, 1, length).tolist()
    wanted = model.gradients(values, look=False)
    for _ in range(4):  # a segment runs in numpy once its forward pass has come back
        del batches[:]
        assert_close(model.gradients(values, look=True), wanted, rtol=2e-5, atol=1e-6)
    assert batches == sizes


def test_gradients_of_batches_add_to_those_that_are_there(batches):
    model, values = Looked(), np.linspace(-1, 1, 9).tolist()
    for _ in range(4):
        twice = model.gradients(values, look=True, times=2)
    assert_close(twice, [2 * np.array(g) for g in model.gradients(values, look=False)], rtol=2e-5, atol=1e-6)
    assert batches.count(4) >= 4


def test_a_step_that_differs_ends_a_batch_and_the_next_goes_on(batches):
    """Half way a step runs under another program; rows before and after it pass the sums on."""
    model, values = Looked(), np.linspace(-1, 1, 11).tolist()

    def loss(look):
        total = model.loss(values[:5], look)
        middle = torch.sin(model.first(torch.ones(3)))
        if look:
            middle.tolist()
        return total + middle.sum() + model.loss(values[5:], look)

    for _ in range(5):
        grads = {}
        for look in (True, False):
            for p in model.parameters:
                p.grad = None
            loss(look).backward()
            grads[look] = [p.grad.tolist() for p in model.parameters]
        assert_close(grads[True], grads[False], rtol=2e-5, atol=1e-6)
    assert batches


def test_a_value_that_is_not_finite_spoils_only_what_it_does_in_pytorch(batches):
    model, values = Looked(), [0.1, float("nan"), 0.3, 0.4, -0.2]
    for _ in range(4):
        assert_close(model.gradients(values, look=True), model.gradients(values, look=False), rtol=2e-5)
    assert batches[-1] == 4


def test_weights_that_change_between_the_steps_are_their_own(batches):
    """Each segment saved the weights that it used: nothing is common to all."""
    model = Looked()

    def gradients(look):
        with torch.no_grad():
            model.scale.fill_(0.5)
        total = 0
        for i in range(6):
            scale = model.scale * (i + 1)
            total = total + (torch.tanh(model.first(torch.full((3,), 0.1 * i))) * scale).sum()
            if look:
                total.item()
        grads = torch.autograd.grad(total, [model.scale, *model.first.parameters()])
        return [g.tolist() for g in grads]

    for _ in range(4):
        assert_close(gradients(True), gradients(False), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_dtypes(batches, dtype):
    model, values = Looked(dtype), np.linspace(-1, 1, 6).tolist()
    tolerance = 1e-12 if dtype is torch.float64 else 0.1
    for _ in range(4):
        assert_close(model.gradients(values, look=True), model.gradients(values, look=False), rtol=tolerance, atol=tolerance)
    assert bool(batches) == (dtype is torch.float64)  # numpy has no bfloat16


# -- arrays that stay where they are read ------------------------------------------------------------------
def test_a_parameter_that_numpy_code_reads_stays_a_numpy_array_until_a_compiled_program_reads_it():
    weight, vector = torch.nn.Parameter(torch.ones(3, 3)), np.ones(3, np.float32)
    for _ in range(4):
        torch.tanh(weight @ torch.from_numpy(vector)).tolist()
    weight.data = torch.from_numpy(np.full((3, 3), 0.5, np.float32)).clone()
    for _ in range(4):
        torch.tanh(weight @ torch.from_numpy(vector)).tolist()
    assert type(weight._array) is np.ndarray
    large = torch.ones(3, 200_000)
    for _ in range(6):
        (weight @ large).sum().item()
    assert isinstance(weight._array, jax.Array)


# -- draws ahead of time -----------------------------------------------------------------------------------
def test_the_state_that_gives_a_word():
    for state in (0, 1, 0x9E3779B97F4A7C15, (1 << 64) - 1, 0x0123456789ABCDEF):
        assert unmixed(mixed(state)) == state


@pytest.mark.parametrize("shape", [(), (2,), (5, 3), (33,), (64,), (65,)])
@pytest.mark.parametrize("distance", [1, 3])
def test_draws_of_a_loop_are_what_they_are_alone(shape, distance):
    generator = Generator().manual_seed(distance)
    for i in range(20):
        for _ in range(distance + (i == 12)):  # once the loop draws one more
            word = generator.next_word()
        key = np.array([word & 0xFFFFFFFF, word >> 32 & 0xFFFFFFFF], np.uint32)
        wanted = eagerjax_words(key, shape)
        for ours in (numpy_kernels.drawn(np.int64(word), shape), numpy_kernels.threefry(key, shape)):
            for a, b in zip(ours, wanted, strict=True):
                np.testing.assert_array_equal(a, np.asarray(b), strict=True)


def test_draws_that_nobody_takes_do_not_pile_up():
    for seed in range(200):
        generator = Generator().manual_seed(seed)
        for _ in range(4):
            numpy_kernels.drawn(generator.next_word(), (seed % 7,) if seed % 7 else ())
    assert len(numpy_kernels._AHEAD) <= numpy_kernels.MOST_AHEAD + numpy_kernels.ROUNDS
