"""pad_batches: shorter batches through one masked program, with the results of the unpadded run."""

import numpy as np
import pytest
from conftest import execution

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F
from eagerjax.static.padding import Padded

RNG = np.random.default_rng(0)
SIZES = [8, 8, 8, 8, 5, 8, 3, 5, 3, 5, 3, 7, 8]


def batches(sizes=SIZES, make=lambda n: RNG.standard_normal((n, 5)), classes=3):
    return [(make(n), RNG.integers(0, classes, n)) for n in sizes]


def agree(run, data, padded=True):
    """`run(compile, data)` gives arrays and the compiled function: padded and plain must agree."""
    torch.manual_seed(1)
    with execution("stepwise"):  # which leaves no programs of these lengths behind
        plain, _ = run(lambda f: f, data)
    torch.manual_seed(1)
    found, step = run(lambda f: torch.compile(f, jit=True, pad_batches=True), data)
    assert len(plain) == len(found)
    for a, b in zip(plain, found):
        np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-7, atol=1e-10)
    outcomes = [e.outcome for e in step.report.events]
    if padded:
        assert any("padded to 8 rows" in o for o in outcomes) and not any("own length" in o for o in outcomes), outcomes
    else:
        assert not any("padded to" in o for o in outcomes), outcomes
    return step


def training(model, loss, optimizer=lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)):
    def run(compile, data):
        torch.manual_seed(3)
        net = model().double()
        opt = optimizer(net.parameters())

        @compile
        def step(x, y):
            opt.zero_grad()
            out = net(x)
            value = loss(out, y)
            value.backward()
            opt.step()
            return value, (out.argmax(-1) == y).float().mean(), out

        found = []
        for x, y in data:
            found += [t.detach().numpy() for t in step(torch.tensor(x), torch.tensor(y))]
        return found + [v.detach().numpy() for v in net.state_dict().values()], step

    return run


def mlp(width=7):
    return nn.Sequential(
        nn.Linear(5, width, bias=False), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, 3)
    )


def test_an_mlp_with_batch_norm_and_dropout():
    step = agree(training(mlp, F.cross_entropy), batches())
    kinds = torch.explain(step).kinds
    assert sum(k.replayed for k in kinds[1:]) > 0


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_other_reductions(reduction):
    agree(training(mlp, lambda out, y: F.cross_entropy(out, y, reduction=reduction).sum() / len(y)), batches())


def test_label_smoothing_weights_and_ignored_targets():
    weight = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    loss = lambda out, y: F.cross_entropy(out, y, weight=weight, ignore_index=1, label_smoothing=0.1)  # noqa: E731
    agree(training(mlp, loss), batches())


def test_a_convolutional_net():
    def net():
        return nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 3)
        )

    data = batches(make=lambda n: RNG.standard_normal((n, 1, 6, 6)))
    agree(training(net, F.cross_entropy), data)


def test_a_language_model():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(11, 8)
            self.norm, self.qkv = nn.LayerNorm(8), nn.Linear(8, 24)
            self.head = nn.Linear(8, 11)

        def forward(self, x):
            hidden = self.table(x)
            q, k, v = self.qkv(self.norm(hidden)).view(x.shape[0], x.shape[1], 3, 2, 4).permute(2, 0, 3, 1, 4)
            mixed = (
                F.scaled_dot_product_attention(q, k, v, is_causal=True)
                .transpose(1, 2)
                .reshape(x.shape[0], x.shape[1], 8)
            )
            return self.head(hidden + mixed)

    def run(compile, data):
        torch.manual_seed(3)
        net = Model().double()
        opt = torch.optim.SGD(net.parameters(), lr=0.1)

        @compile
        def step(x, y):
            opt.zero_grad()
            loss = F.cross_entropy(net(x).reshape(-1, 11), y.reshape(-1))
            loss.backward()
            opt.step()
            return loss

        losses = [step(torch.tensor(x), torch.tensor(y)).item() for x, y in data]
        return [losses, *[p.detach().numpy() for p in net.parameters()]], step

    data = [(RNG.integers(0, 11, (n, 4)), RNG.integers(0, 11, (n, 4))) for n in SIZES]
    agree(run, data)


def evaluating(function):
    def run(compile, data):
        step = compile(torch.no_grad()(function))
        found = []
        for x, y in data:
            out = step(torch.tensor(x), torch.tensor(y))
            found += [t.numpy() for t in (out if isinstance(out, tuple) else (out,))]
        return found, step

    return run


def test_statistics_over_the_batch():
    def f(x, y):
        return (
            x.mean(0),
            x.std(0),
            x.var(),
            x.max(0).values,
            x.min(),
            x.amax(1),
            x.softmax(0).sum(0),
            y.sum(),
            (x > 0).all(0),
        )

    agree(evaluating(f), batches())


def test_values_of_each_row():
    agree(evaluating(lambda x, y: (x.softmax(1), F.one_hot(y, 3), x.T @ x, x[0] * 1, x.argmax(0))), batches())


def test_rows_that_meet_other_rows():
    agree(evaluating(lambda x, y: (x @ x.T, x[-1] + x[1:].sum(0), x.cumsum(0), torch.cat([x, x]))), batches())


def test_what_is_not_known_runs_at_its_own_length():
    step = agree(evaluating(lambda x, y: x.sort(0).values), batches(), padded=False)
    assert any("own length: sort" in e.outcome for e in step.report.events)
    agree(evaluating(lambda x, y: x.flip(0)), batches(), padded=False)
    agree(evaluating(lambda x, y: x.median(0).values), batches(), padded=False)


def test_python_that_depends_on_the_length():
    agree(evaluating(lambda x, y: x.sin().sum() if len(x) > 4 else x.cos().sum()), [b for b in batches() if len(b[1]) in (3, 8)],
          padded=False)  # fmt: skip
    agree(evaluating(lambda x, y: x.sum() / len(x) + len(x) - 1), batches())
    agree(evaluating(lambda x, y: x.sum() * len(x) ** 2 / len(x) ** 0.5), batches())


def test_rows_of_nan_and_infinity_stay_where_they_are():
    data = batches()
    for x, _ in data:
        x[0, 0], x[-1, 1] = np.inf, np.nan
    agree(evaluating(lambda x, y: (x.sum(0), x.max(0).values, x.exp(), x.nan_to_num().mean())), data)


def test_no_more_than_two_programs():
    step = agree(training(lambda: mlp(6), F.cross_entropy), batches([8, 8, 8, *range(2, 8), *range(2, 8)]))
    masked = {id(p.masked) for p in step.report.programs if type(p) is Padded}
    assert len(masked) == 1 and len(torch.explain(step).programs) == 2


def test_errors_in_values_are_found():
    table = nn.Embedding(4, 2)
    f = torch.compile(torch.no_grad()(lambda i: table(i).sum()), jit=True, pad_batches=True)
    for n in (4, 4, 4, 2, 3, 2, 3):
        f(torch.zeros(n, dtype=torch.int64)).item()
    with pytest.raises(IndexError):
        f(torch.tensor([0, 9])).item()


def test_results_that_are_differentiated_outside():
    def run(compile, data):
        torch.manual_seed(3)
        net = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 3)).double()
        forward = compile(lambda x: net(x).log_softmax(1))
        found = []
        for x, y in data:
            net.zero_grad()
            F.nll_loss(forward(torch.tensor(x)), torch.tensor(y)).backward()
            found += [p.grad.numpy().copy() for p in net.parameters()]
        return found, forward

    agree(run, batches())


def test_dynamic_is_torch_compiles_word_for_it():
    assert torch.compile(lambda x: x, jit=True, dynamic=True).padding is not None
    assert torch.compile(lambda x: x, jit=True, dynamic=False).padding is None
    with pytest.raises(ValueError, match="dynamic"):
        torch.compile(lambda x: x, jit=True, dynamic=3)


def test_a_function_that_never_does_the_same_twice_says_that_it_runs_eagerly():
    count = 0

    @torch.compile(jit=True)
    def restless(x):
        return x * float(str(count)) if count % 2 else x + float(str(count))

    with pytest.warns(RuntimeWarning, match="runs its Python on every call"):
        for count in range(40):
            got = restless(torch.ones(2))
            assert got.tolist() == [float(count) if count % 2 else 1.0 + count] * 2
