"""Programs whose structure differs each time: they agree with what one piece computes, and cease to compile."""

import jax
import numpy as np
import pytest

import eagerjax as torch
from eagerjax.lower import hosted
from eagerjax.lower.flush import flush

compiled = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **__: compiled.append(event) if event == "/jax/core/compile/backend_compile_duration" else None
)


def episode(policy, optimizer, length):
    """A REINFORCE step: every action is looked at, so each step of the episode is a segment."""
    log_probs = []
    for t in range(length):
        place = torch.from_numpy(np.full(3, t / 10, np.float32))
        log_prob = torch.log_softmax(policy(place), -1)
        action = int(log_prob.detach().argmax().item())
        log_probs.append(log_prob[action])
    returns = torch.tensor(np.linspace(-1, 1, length).tolist())
    loss = -(torch.stack(log_probs) * returns).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def test_episodes_of_new_lengths_do_not_compile():
    torch.manual_seed(0)
    policy = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
    for length in (5, 6, 7, 5, 8, 9, 10, 6, 11, 12, 13, 14, 15):
        episode(policy, optimizer, length)
    before = len(compiled)
    for length in range(16, 26):
        assert np.isfinite(episode(policy, optimizer, length))
    assert len(compiled) == before


def test_gradients_of_many_segments_add_up():
    def gradients(observed):
        x = torch.tensor([0.1, -0.4, 0.7], requires_grad=True)
        w = torch.tensor([[0.3, 0.2, -0.1], [1.0, 0.5, 0.2]], requires_grad=True)
        x.register_hook(lambda g: seen.append(g.tolist()))
        total, carried = 0, x
        for i in range(6):
            carried = torch.tanh(carried * (i + 1) + w[i % 2])
            total = total + (w @ carried).sum()
            if observed:
                total.item()
        total.backward()
        return x.grad.tolist(), w.grad.tolist()

    seen = []
    for _ in range(4):  # first stepwise, then compiled
        for got, want in zip(gradients(True), gradients(False)):
            np.testing.assert_allclose(got, want, rtol=1e-5)
    np.testing.assert_allclose(seen[::2], seen[1::2], rtol=1e-5)
    assert len(seen) == 8  # once in each backward, with the whole gradient


def test_a_gradient_wanted_from_the_middle_of_segments():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.tolist()
    z = (y * y).sum() + x.sum()
    z.item()
    gy, gx = torch.autograd.grad(z, (y, x))
    assert gy.tolist() == [6.0, 12.0] and gx.tolist() == [19.0, 37.0]


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("join", ["stack", "cat"])
def test_long_lists_are_joined_and_differentiated(join, dim):
    rng = np.random.default_rng(0)
    given = [rng.standard_normal((2, 3)).astype(np.float32) for _ in range(7)]
    parts = [torch.tensor(g, requires_grad=i != 2) for i, g in enumerate(given)]
    weight = rng.standard_normal(getattr(np, {"cat": "concatenate"}.get(join, join))(given, dim).shape).astype(
        np.float32
    )
    out = getattr(torch, join)(parts, dim)
    (out * torch.tensor(weight)).sum().backward()
    np.testing.assert_array_equal(out.detach().numpy(), getattr(np, {"cat": "concatenate"}.get(join, join))(given, dim))
    shares = np.split(weight, 7, dim) if join == "cat" else np.moveaxis(weight, dim, 0)
    assert parts[2].grad is None
    for i, part in enumerate(parts):
        if i != 2:
            np.testing.assert_array_equal(part.grad.numpy(), shares[i])


def test_joining_refuses_what_pytorch_refuses():
    parts = [torch.ones(2, 3)] * 6
    with pytest.raises(IndexError):
        torch.stack(parts, 3)
    with pytest.raises(IndexError):
        torch.cat(parts, 2)
    with pytest.raises(RuntimeError):
        torch.cat([torch.tensor(1.0)] * 6)


def test_a_stepwise_segment_goes_on_in_a_compiled_program():
    def step():
        x = torch.tensor([0.5, -1.0], requires_grad=True)
        y = torch.stack([x.sin(), x.cos(), x.exp(), x * 2, x]).relu()
        y.sum().item()
        (y * y).sum().backward()
        flush()
        return x.grad.tolist()

    first = step()
    for _ in range(4):
        np.testing.assert_allclose(step(), first, rtol=1e-6)


def test_remembered_code_is_bounded(monkeypatch):
    monkeypatch.setattr(hosted.config, "hosted_calls", 20)
    for n in range(2, 40):
        (torch.ones(n) + 1).sum().item()
    assert len(hosted._KNOWN) <= 20
