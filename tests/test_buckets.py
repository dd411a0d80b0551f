"""dynamic="powers-of-two": calls of any length through masked programs, with the results of the unpadded run."""

import warnings

import numpy as np
import pytest
from conftest import execution

import eagerjax as torch
from eagerjax import nn
from eagerjax.nn import functional as F
from eagerjax.static.padding import Padded

RNG = np.random.default_rng(0)
SIZES = (6, 9, 5, 13, 13, 13)


def agree(run, data, own=1):
    """`run(compile, data)` gives arrays and the compiled function: both ways agree; `own` lengths have a program."""
    torch.manual_seed(1)
    with execution("stepwise"):
        plain, _ = run(lambda f: f, data)
    torch.manual_seed(1)
    found, step = run(lambda f: torch.compile(f, jit=True, dynamic="powers-of-two"), data)
    for a, b in zip(plain, found, strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-7, atol=1e-9)
    outcomes = [e.outcome for e in step.report.events]
    lengths = [v for v in step.variants.values() if not v.padded]
    assert len(lengths) == own, outcomes
    return step


def evaluating(function):
    def run(compile, data):
        step = compile(torch.no_grad()(lambda x: [t.clone() for t in listed(function(x))]))
        found = []
        for x in data:
            found += [t.numpy() for t in step(torch.tensor(x))]
        return found, step

    return run


def listed(out):
    return out if isinstance(out, tuple) else (out,)


def words(sizes=SIZES, most=11):
    return [(RNG.integers(0, most, (2, n)), RNG.integers(0, most, (2, n))) for n in sizes]


def training(make, loss, optimizer=lambda p: torch.optim.SGD(p, lr=0.1)):
    def run(compile, data):
        torch.manual_seed(3)
        net = make().double()
        opt = optimizer(net.parameters())

        @compile
        def step(x, y):
            opt.zero_grad()
            value = loss(net(x), y)
            value.backward()
            opt.step()
            return value

        losses = [step(torch.tensor(x), torch.tensor(y)).item() for x, y in data]
        return [losses, *[v.detach().numpy() for v in net.state_dict().values()]], step

    return run


def of_words(out, y):
    return F.cross_entropy(out.reshape(-1, 11), y.reshape(-1))


class Decoder(nn.Module):
    """Causal attention with dropout in all places, positions, and a token in front of the sequence."""

    def __init__(self, front=False):
        super().__init__()
        self.table, self.places = nn.Embedding(11, 8), nn.Embedding(40, 8)
        self.front = nn.Parameter(torch.ones(1, 1, 8)) if front else None
        self.norm, self.qkv, self.out = nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 11)

    def forward(self, x):
        b, n = x.shape
        hidden = F.dropout(self.table(x) + self.places(torch.arange(n)), 0.2)
        if self.front is not None:
            hidden = torch.cat([self.front.expand(b, -1, -1), hidden], 1)
        parts = (p.view(b, -1, 2, 4).transpose(1, 2) for p in self.qkv(self.norm(hidden)).chunk(3, -1))
        mixed = F.scaled_dot_product_attention(*parts, is_causal=True, dropout_p=0.1).transpose(1, 2).reshape(b, -1, 8)
        return self.out(hidden + mixed)[:, -n:]


def test_a_language_model():
    step = agree(training(Decoder, of_words), words())
    programs = [p for p in step.report.programs if type(p) is Padded]
    assert {p.masked.room for p in programs} == {8, 16} and len({id(p.masked) for p in programs}) == 2
    assert sum(r.calls for v in step.variants.values() for r in v.replays) > 0
    assert any("padded to 16 elements" in e.outcome for e in step.report.events)


def test_a_token_in_front_and_a_loss_of_the_next_word():
    agree(training(lambda: Decoder(front=True), lambda out, y: of_words(out[:, :-1], y[:, 1:])), words((6, 5, 7)))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.cell = nn.Embedding(11, 4), nn.LSTM(4, 5, batch_first=True)
        self.head, self.whole = nn.Linear(5, 11), nn.Linear(5, 11)

    def forward(self, x):
        states, (last, _) = self.cell(self.table(x))
        return self.head(states) + self.whole(last[0])[:, None] + self.head(states[:, -1])[:, None]


def test_loops_over_a_sequence_end_where_it_does():
    agree(training(Recurrent, of_words), words((6, 5, 7)))


class Convolving(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.norm, self.head = nn.Embedding(11, 4), nn.BatchNorm1d(6), nn.Linear(6, 11)
        self.first, self.second = nn.Conv1d(4, 6, 3, padding=1), nn.Conv1d(6, 6, 3, padding=4, dilation=2)

    def forward(self, x):
        hidden = self.norm(self.first(self.table(x).transpose(1, 2))).relu()
        return self.head(self.second(hidden)[..., : x.shape[1]].transpose(1, 2))


def test_convolutions_along_a_sequence():
    agree(training(Convolving, of_words), words((6, 5, 7)))


EXPRESSIONS = {
    "statistics": lambda x: (x.mean(1), x.std(1), x.var(), x.amax(1), x.norm(), x.logsumexp(1), x.softmax(1).sum(2)),
    "places": lambda x: (x.argmax(1), x.cumsum(1), x.prod(1), x.argmin(1), x.logcumsumexp(1)),
    "parts": lambda x: (x[:, -1], x[:, 0], x[:, -2:], x[:, 1:] - x[:, :-1], x[:, 1:-1].sum(1), x[:, :2]),
    "joins": lambda x: (torch.cat([x, x], 1).sum(1), torch.cat([x[:, :1], x, x[:, :2]], 1), torch.stack([x, x])),
    "products": lambda x: (x @ x.mT, (x @ x.mT).softmax(-1) @ x, torch.einsum("bnd,bmd->nm", x, x), x.mT @ x),
    "flat": lambda x: (x.reshape(-1, 3).mean(0), x.flatten(1).sum(1), x.reshape(2, -1, 1, 3), x.flatten()),
    "masks": lambda x: (torch.where(x > 0, x, 0.0), (x > 0).sum(1), (x > 0).any(1), x.masked_fill(x < 0, -9.0).amax(1)),
    "triangles": lambda x: ((x @ x.mT).tril().sum(-1), (x @ x.mT).triu(1), torch.ones(x.shape[1], x.shape[1]).tril()),
    "padding": lambda x: (F.pad(x, (0, 0, 1, 2)), F.pad(x[:, :2], (0, 0, 0, x.shape[1])), F.pad(x, (1, 1))),
    "numbers": lambda x: (x.sum() / x.shape[1], x * x.shape[1], (x @ x.mT).mean(), x / x.shape[1] ** 0.5),
    "counting": lambda x: (
        torch.arange(x.shape[1]) * 2,
        torch.linspace(0, 1, 4),
        x + torch.arange(x.shape[1])[:, None],
    ),
    "random": lambda x: (F.dropout(x), torch.rand_like(x), x + torch.randn(x.shape[1], 3), torch.rand(2, x.shape[1])),
}


@pytest.mark.usefixtures("rounded_as_for_users")  # the numbers are to be the same to the last bit
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_values_along_a_sequence(name):
    data = [RNG.standard_normal((2, n, 3)) for n in (5, 6, 3, 7)]
    step = agree(evaluating(EXPRESSIONS[name]), data)
    assert {p.masked.room for p in step.report.programs if type(p) is Padded} == {4, 8}


REFUSED = {
    "sorting": (lambda x: x.sort(1).values, "sort"),
    "flipping": (lambda x: x.flip(1), "turned around"),
    "a median": (lambda x: x.median(1).values, "along a length that varies"),
    "another path": (lambda x: x.sin() if x.shape[1] % 2 else x.cos().sum(), "other steps"),
    "a shape of its own": (lambda x: torch.zeros(x.shape[1] ** 3 + 1).sum() + x, "a size of"),
    "strided windows": (lambda x: F.avg_pool1d(x.mT, 2), ""),
    "looking up": (lambda x: x.max(1).values, "looked up"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_runs_at_its_own_length(name):
    function, why = REFUSED[name]
    data = [RNG.standard_normal((2, n, 3)) for n in (5, 8, 5, 8)]
    step = agree(evaluating(function), data, own=2)
    assert any("own length" in e.outcome and why in e.outcome for e in step.report.events), step.report.events


def test_two_sizes_that_vary_at_once_have_programs_of_their_own():
    agree(evaluating(lambda x: x.sin()), [RNG.standard_normal(s) for s in ((2, 5), (3, 6), (2, 7))], own=2)


def test_a_batch_varies_as_well():
    agree(evaluating(lambda x: (x @ x.T, x.mean(0))), [RNG.standard_normal((n, 3)) for n in (5, 3, 9, 4)])


def test_what_is_beyond_is_never_seen():
    data = [RNG.standard_normal((2, n, 3)) for n in (5, 6, 3)]
    for x in data:
        x[:, 0] = np.inf
        x[:, -1, 1] = np.nan
    agree(evaluating(lambda x: (x.sum(1), x.amax(1), x.mT @ x, x.nan_to_num().mean(), x.softmax(1))), data)


def test_results_that_are_differentiated_outside():
    def run(compile, data):
        torch.manual_seed(3)
        net = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 3)).double()
        forward = compile(lambda x: (net(x) @ x.mT).log_softmax(-1))
        found = []
        for x in data:
            net.zero_grad()
            forward(torch.tensor(x)).square().mean().backward()
            found += [p.grad.numpy().copy() for p in net.parameters()]
        return found, forward

    agree(run, [RNG.standard_normal((2, n, 3)) for n in (5, 6, 3, 6, 6)])


def test_many_lengths_share_few_programs():
    f = torch.compile(torch.no_grad()(lambda x: x.softmax(0).sum()), jit=True, dynamic="powers-of-two")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in range(2, 80):
            assert f(torch.ones(n)).item() == pytest.approx(1)
    masked = {id(p.masked) for p in f.report.programs if type(p) is Padded}
    assert len(masked) == 6 and len(f.variants) == 78


def test_errors_in_values_are_found():
    table = nn.Embedding(4, 2)
    f = torch.compile(torch.no_grad()(lambda i: table(i).sum()), jit=True, dynamic="powers-of-two")
    for n in (4, 3, 5, 3, 5, 3):
        f(torch.zeros(n, dtype=torch.int64)).item()
    with pytest.raises(IndexError):
        f(torch.tensor([0, 1, 9])).item()


def test_what_compile_takes():
    with pytest.raises(ValueError, match="pads batches as well"):
        torch.compile(lambda x: x, jit=True, dynamic="powers-of-two", pad_batches=True)
    with pytest.raises(ValueError, match="dynamic"):
        torch.compile(lambda x: x, jit=True, dynamic="powers of two")


def test_slices_are_arguments_by_value():
    f = torch.compile(lambda x, part: x[part] * 2, jit=True)
    for _ in range(4):
        assert f(torch.arange(4.0), slice(1, 3)).tolist() == [2, 4]
    assert len(f.variants) == 1 and f(torch.arange(4.0), slice(0, 2)).tolist() == [0, 2]
