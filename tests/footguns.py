"""What the galleries of traps under `jit=True` share: a network, a training step, and the comparison of both ways."""

import numpy as np

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F

RNG = np.random.default_rng(0)
DATA = [(RNG.standard_normal((6, 5)).astype("f"), RNG.integers(0, 3, 6)) for _ in range(12)]


def batches(n=8, start=0):
    return [(torch.tensor(x), torch.tensor(y)) for x, y in DATA[start : start + n]]


def net(dropout=0.0):
    torch.manual_seed(3)
    # No bias before the batch norm: its gradient is rounding noise, which Adam would blow up.
    return nn.Sequential(
        nn.Linear(5, 7, bias=False), nn.BatchNorm1d(7), nn.ReLU(), nn.Dropout(dropout), nn.Linear(7, 3)
    )


def trainer(jit, model=None, optimizer=None, loss=F.cross_entropy):
    """(model, optimizer, step)."""
    model = model or net()
    optimizer = (optimizer or (lambda p: torch.optim.Adam(p, lr=0.05)))(model.parameters())

    @torch.compile(jit=jit)
    def step(x, y):
        optimizer.zero_grad()
        out = loss(model(x), y)
        out.backward()
        optimizer.step()
        return out

    return model, optimizer, step


def state(model, optimizer=None):
    found = [v.detach().numpy().copy() for v in model.state_dict().values()]
    for slots in optimizer.state.values() if optimizer else ():
        found += [v.detach().numpy().copy() for v in slots.values()]
    return found


def agree(run, replays=True):
    """`run(jit)` gives numbers, and the compiled function (or None) as its last item: both ways must be equal."""
    torch.manual_seed(1)
    *eager, _ = run(False)
    torch.manual_seed(1)
    *compiled, function = run(True)
    assert len(eager) == len(compiled)
    for a, b in zip(eager, compiled):
        np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=2e-5, atol=1e-6)
    if replays:
        assert replayed(function) > 0, [e.outcome for e in function.report.events]


def replayed(function):
    return sum(r.calls for v in function.variants.values() for r in v.replays)


def outcomes(function):
    return " | ".join(e.outcome for e in function.report.events)


def train(jit, between=lambda i, model, optimizer: None, n=8, **how):
    model, optimizer, step = trainer(jit, **how)
    losses = []
    for i, (x, y) in enumerate(batches(n)):
        between(i, model, optimizer)
        losses.append(step(x, y).item())
    return losses, *state(model, optimizer), step
