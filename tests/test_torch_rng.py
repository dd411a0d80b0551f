"""`eagerjax.rng = "torch"`: PyTorch's own random numbers, against values that PyTorch 2.13 gave, and against PyTorch live."""

import hashlib
import random
import struct

import numpy as np
import pytest

import eagerjax as ej
from eagerjax.dispatch import DRAWN
from eagerjax.ops.define import REGISTRY


@pytest.fixture(autouse=True)
def as_torch():
    before = ej.random.get_rng_state()
    with ej.set_rng("torch"):
        yield
    ej.random.set_rng_state(before)


def digest(tensor):
    return hashlib.sha256(np.ascontiguousarray(tensor.numpy()).tobytes()).hexdigest()[:16]


RECORDED = {  # what torch 2.13 draws after manual_seed(0), one after the other: no function of the C library takes part
    "rand": (lambda t: t.rand(1000), "20221bec9830215c"),
    "rand64": (lambda t: t.rand(100, dtype=t.float64), "c31a860aed1d130d"),
    "uniform_": (lambda t: t.empty(333).uniform_(-1, 3), "538bc7286c067f63"),
    "randn": (lambda t: t.randn(1003), "025a33eb5806b09e"),
    "normal_": (lambda t: t.empty(500).normal_(2, 3), "0fb8995565cd14c4"),
    "randint": (lambda t: t.randint(1000, (100,)), "1fb9c57d5a8a6c69"),
    "randint of 64 bits": (lambda t: t.randint(-(2**40), 2**40, (100,)), "e06f66bcd7ad5ca4"),
    "randperm": (lambda t: t.randperm(500), "353208c7f1ad1e3f"),
    "random_": (lambda t: t.empty(50, dtype=t.int32).random_(), "5057aad8c835e6ce"),
    "bernoulli_": (lambda t: t.empty(200).bernoulli_(0.3), "2352e0acab2d8e42"),
    "dropout": (lambda t: t.nn.functional.dropout(t.ones(200), 0.3), "e5836e6dc0ecda78"),
    "multinomial": (lambda t: t.multinomial(t.arange(1.0, 11.0), 20, True), "3fd1374d5e89f266"),
    "state": (lambda t: t.get_rng_state(), "4fcb3fe3ecb04701"),
}


def test_recorded_values():
    ej.manual_seed(0)
    assert {name: digest(draw(ej)) for name, (draw, _) in RECORDED.items()} == {n: d for n, (_, d) in RECORDED.items()}


def test_recorded_weights_and_values_of_the_c_library():
    ej.manual_seed(0)
    layer = ej.nn.Linear(3, 2)
    weight = [[-0.004322517663240433, 0.3097158372402191, -0.4751853346824646],
              [-0.4248946011066437, -0.2223689705133438, 0.15482072532176971]]  # fmt: skip
    assert layer.weight.tolist() == weight
    assert layer.bias.tolist() == [-0.011439144611358643, 0.45777493715286255]
    close = lambda tensor, *values: np.testing.assert_allclose(tensor.numpy(), values, rtol=2e-7)  # noqa: E731
    close(ej.randn(3), -1.0845223665237427, -1.3985954523086548, 0.40334683656692505)
    close(ej.empty(3).exponential_(), 0.8706983327865601, 0.3400087356567383, 0.6030667424201965)
    close(ej.empty(3).cauchy_(), -1.6113327741622925, -0.4888561964035034, 0.4028683304786682)
    close(ej.empty(3).log_normal_(), 14.527634620666504, 0.31906044483184814, 3.474332809448242)
    close(ej.empty(3).geometric_(0.2), 5, 8, 2)


# -- the switch ----------------------------------------------------------------------------------------
def test_the_switch_is_an_attribute_and_a_context():
    assert ej.rng == "torch"
    ej.manual_seed(0)
    mine = ej.rand(3)
    with ej.set_rng("counter"):
        assert ej.rng == "counter"
        ej.manual_seed(0)
        assert not ej.equal(ej.rand(3), mine)
    ej.rng = "counter"
    ej.manual_seed(0)
    ej.rng = "torch"  # a seed that was set before counts
    assert ej.equal(ej.rand(3), mine)
    with pytest.raises(ValueError, match='"counter" or "torch", not \'numpy\''):
        ej.set_rng("numpy")
    ej.rng = "numpy"
    with pytest.raises(ValueError, match='"counter" or "torch", not \'numpy\''):
        ej.rand(2)


def test_states_are_taken_and_put_back():
    generator = ej.Generator().manual_seed(5)
    ej.randn(3, generator=generator)  # leaves the second value of a pair
    state = generator.get_state()
    assert state.dtype is ej.uint8 and state.shape == (5056,)
    following = ej.randn(5, generator=generator)
    assert ej.equal(ej.randn(5, generator=ej.Generator().set_state(state)), following)
    clone = generator.clone_state()
    assert ej.equal(ej.rand(700, generator=clone), ej.rand(700, generator=generator))
    with ej.random.fork_rng():
        inside = ej.rand(3)
    assert ej.equal(ej.rand(3), inside)
    with pytest.raises(RuntimeError, match="of size 5056"):
        generator.set_state(state[:100])
    bad = state.tolist()
    bad[8:12] = struct.pack("<i", 9999)
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        generator.set_state(ej.tensor(bad, dtype=ej.uint8))
    with ej.set_rng("counter"), pytest.raises(RuntimeError, match='set eagerjax.rng = "torch"'):
        generator.set_state(state)


def test_every_random_op_is_drawn_but_not_in_loops_of_a_program():
    assert {name for name, op in REGISTRY.items() if op.random} == set(DRAWN)
    with pytest.raises(RuntimeError, match="non-negative"):
        ej.poisson(ej.tensor([1.0, -1.0]))
    with pytest.raises(RuntimeError, match="rand inside of a loop"):
        ej.scan(lambda carry, x: (carry + ej.rand(()), x), ej.zeros(()), ej.zeros(3))


# -- compiled ----------------------------------------------------------------------------------------
def test_a_compiled_function_draws_anew():
    generator = ej.Generator()

    def draw(x, p):
        ej.rand(3)  # not used, but drawn
        noisy = ej.nn.functional.dropout(x, p) + ej.randn(5, generator=generator)
        return noisy, ej.randperm(5), x.clone().bernoulli_(0.5)

    compiled = ej.compile(draw, jit=True)
    results = []
    for function in (draw, compiled):
        ej.manual_seed(1)
        generator.manual_seed(2)
        rounds = [function(ej.ones(5), p) for p in (0.5,) * 5 + (0.2,) * 3]
        results.append([[t.tolist() for t in r] for r in rounds] + [ej.get_rng_state().tolist()])
    assert results[0] == results[1]
    assert "8 calls, 4 of them replayed" in str(ej.explain(compiled))
    ej.manual_seed(1)
    with ej.set_rng("counter"):  # is noticed: these are other numbers
        ej.manual_seed(1)
        expected = draw(ej.ones(5), 0.5)[1].tolist()
        ej.manual_seed(1)
        assert compiled(ej.ones(5), 0.5)[1].tolist() == expected


def test_normal_of_tensors_is_not_looked_at():
    """Its check wrote a message with the tensor in it, each time: a compiled function was cut there."""
    for draw in (lambda x: ej.normal(x, x + 1), lambda x: ej.bernoulli(x, x), lambda x: x.clone().bernoulli_(x)):
        ej.compile(draw, jit=True, fullgraph=True)(ej.zeros(4) + 0.5)


# -- live ------------------------------------------------------------------------------------------------
def turned(t):
    return t.zeros(5, 6, 4).permute(2, 0, 1)


def whole(t, n):
    return (t.arange(float(n)) - 20) / 16


LIVE = {
    "rand complex": lambda t: t.rand(20, dtype=t.complex64),
    "randn": lambda t: t.randn(5, 7),
    "randn few": lambda t: t.randn(7),
    "randn float64": lambda t: t.randn(40, dtype=t.float64),
    "randn bfloat16": lambda t: t.randn(37, dtype=t.bfloat16).float(),
    "randn half": lambda t: t.randn(7, dtype=t.float16),
    "randn complex": lambda t: t.randn(20, dtype=t.complex64),
    "randint_like": lambda t: t.randint_like(t.zeros(4, 5), 3, 10),
    "randint wide": lambda t: t.randint(-(2**31), 2**31 - 1, (50,)),
    "randperm int32": lambda t: t.randperm(100, dtype=t.int32),
    "normal of tensors": lambda t: t.normal(t.arange(20.0), t.arange(1.0, 21.0)),
    "normal of means": lambda t: t.normal(t.arange(20.0), 2.0),
    "bernoulli": lambda t: t.bernoulli(t.arange(50) / 64),
    "bernoulli_ of float64": lambda t: t.empty(50, dtype=t.int64).bernoulli_((t.arange(50) / 64).double()),
    "random_ 64": lambda t: t.empty(50, dtype=t.int64).random_(),
    "random_ float": lambda t: t.empty(50).random_(),
    "random_ to": lambda t: t.empty(50).random_(17),
    "exponential_": lambda t: t.empty(50).exponential_(3),
    "cauchy_": lambda t: t.empty(50, dtype=t.float64).cauchy_(1, 2),
    "geometric_": lambda t: t.empty(50).geometric_(0.2),
    "log_normal_": lambda t: t.empty(50).log_normal_(0.1, 0.5),
    "turned uniform_": lambda t: turned(t).uniform_(1, 3),
    "turned normal_": lambda t: turned(t).normal_(1, 3),
    "turned randn_like": lambda t: t.randn_like(turned(t)),
    "turned dropout": lambda t: t.nn.functional.dropout(t.ones(5, 6, 4).permute(2, 0, 1)),
    "sliced": lambda t: t.zeros(10, 10)[::2, 1::3].normal_(),
    "multinomial of 1": lambda t: t.multinomial(t.arange(1.0, 50.0), 1),
    "multinomial rows": lambda t: t.multinomial(t.arange(1.0, 61.0).reshape(3, 20), 7),
    "multinomial again": lambda t: t.multinomial(t.arange(1.0, 61.0).reshape(3, 20).double(), 30, True),
    "dropout bfloat16": lambda t: t.nn.functional.dropout(t.ones(50, dtype=t.bfloat16) * 1.7, 0.3).float(),
    "dropout of all": lambda t: t.nn.functional.dropout(t.ones(5), 1.0),
    "dropout2d": lambda t: t.nn.functional.dropout2d(t.ones(4, 5, 3, 3), 0.3),
    "gumbel": lambda t: t.nn.functional.gumbel_softmax(whole(t, 40).reshape(4, 10), hard=True),
    "rrelu": lambda t: t.nn.functional.rrelu(whole(t, 40), training=True),
    "generator": lambda t: t.randn(5, generator=t.Generator().manual_seed(7)),
    "out": lambda t: t.randn(5, out=t.empty(5)),
    "Linear": lambda t: t.nn.Linear(30, 20).weight,
    "Embedding": lambda t: t.nn.Embedding(20, 7, padding_idx=2).weight,
    "trunc_normal_": lambda t: t.nn.init.trunc_normal_(t.empty(30, 20)),
    "trunc_normal_ of a tail": lambda t: t.nn.init.trunc_normal_(t.empty(30, 20), 0, 1, 1, 2),
    "kaiming_normal_": lambda t: t.nn.init.kaiming_normal_(t.empty(30, 20)),
    "sparse_": lambda t: t.nn.init.sparse_(t.empty(30, 20), 0.3),
    "Normal": lambda t: t.distributions.Normal(t.zeros(20), t.ones(20) * 2).sample((3,)),
    "Categorical": lambda t: t.distributions.Categorical(t.arange(1.0, 21.0)).sample((30,)),
    "gamma": lambda t: t._standard_gamma(t.arange(40.0) / 8),
    "gamma float64": lambda t: t._standard_gamma((t.arange(40.0) / 8).double()),
    "poisson": lambda t: t.poisson(t.arange(0.0, 40.0)),
    "binomial": lambda t: t.binomial(t.arange(0.0, 40.0) * 2, t.arange(0.0, 40.0) / 39),
    "Dirichlet": lambda t: t.distributions.Dirichlet(t.ones(4, 5)).sample(),
    "random_split": lambda t: t.tensor(t.utils.data.random_split(range(20), [12, 8])[0].indices),
    "RandomSampler": lambda t: t.tensor(list(t.utils.data.RandomSampler(range(10), num_samples=25))),
    "RandomSampler again": lambda t: t.tensor(list(t.utils.data.RandomSampler(range(10), True, 70))),
    "SubsetRandomSampler": lambda t: t.tensor(list(t.utils.data.SubsetRandomSampler(range(30, 50)))),
    "WeightedRandomSampler": lambda t: t.tensor(list(t.utils.data.WeightedRandomSampler([0.1, 0.5, 2, 3, 1], 12))),
    "DistributedSampler": lambda t: t.tensor(list(t.utils.data.DistributedSampler(range(20), 2, 1))),
    "DataLoader": lambda t: t.cat(list(t.utils.data.DataLoader(range(20), 6, shuffle=True))),
}


@pytest.mark.torch
def test_each_draw_and_the_state_after_it_are_torchs():
    torch = pytest.importorskip("torch")
    for name, draw in LIVE.items():
        for seed in (0, 2**63 + 7):
            torch.manual_seed(seed - 2**64 if seed >> 63 else seed)
            ej.manual_seed(seed)
            expected, found = draw(torch).detach().numpy(), draw(ej).detach().numpy()
            np.testing.assert_array_equal(found, expected, err_msg=name, strict=True)
            assert bytes(ej.get_rng_state().tolist()) == torch.get_rng_state().numpy().tobytes(), name


@pytest.mark.torch
def test_gradients_of_gamma_variables():
    torch = pytest.importorskip("torch")
    found = []
    for t in (torch, ej):
        t.manual_seed(0)
        shape = ((t.arange(8.0) + 1) / 2).requires_grad_()
        (t._standard_gamma(shape) ** 2).sum().backward()
        found.append(shape.grad.numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4)


@pytest.mark.torch
def test_what_is_computed_further_agrees_to_rounding():
    torch = pytest.importorskip("torch")
    rounded = {
        "alpha": lambda t: t.nn.functional.alpha_dropout(whole(t, 50), 0.3, True),
        "channels": lambda t: t.nn.functional.feature_alpha_dropout(whole(t, 90).reshape(2, 5, 9), 0.3, True),
        "orthogonal": lambda t: t.nn.init.orthogonal_(t.empty(5, 8)),
        "Gumbel": lambda t: t.distributions.Gumbel(t.zeros(20), t.ones(20)).sample(),
        "attention": lambda t: t.nn.functional.scaled_dot_product_attention(
            *[whole(t, 240).reshape(2, 12, 10)] * 3, dropout_p=0.5, is_causal=True
        ),
    }
    for name, draw in rounded.items():
        torch.manual_seed(3)
        ej.manual_seed(3)
        np.testing.assert_allclose(draw(ej).numpy(), draw(torch).numpy(), rtol=2e-5, atol=2e-6, err_msg=name)
        assert bytes(ej.get_rng_state().tolist()) == torch.get_rng_state().numpy().tobytes(), name


LAYERS = {
    "Conv2d": lambda nn: nn.Conv2d(4, 6, 3, groups=2),
    "ConvTranspose1d": lambda nn: nn.ConvTranspose1d(3, 4, 3),
    "Bilinear": lambda nn: nn.Bilinear(3, 4, 5),
    "LSTM": lambda nn: nn.LSTM(5, 6, 2, bidirectional=True, proj_size=3),
    "GRUCell": lambda nn: nn.GRUCell(5, 6),
    "attention": lambda nn: nn.MultiheadAttention(8, 2, kdim=5, vdim=6, add_bias_kv=True),
    "Transformer": lambda nn: nn.Transformer(8, 2, 1, 1, 16),
    "AdaptiveLogSoftmax": lambda nn: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10]),
}


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:enable_nested_tensor", "ignore:Initializing zero-element")
def test_layers_begin_with_torchs_weights():
    torch = pytest.importorskip("torch")
    for name, layer in LAYERS.items():
        torch.manual_seed(3)
        ej.manual_seed(3)
        expected, found = layer(torch.nn).state_dict(), layer(ej.nn).state_dict()
        assert list(found) == list(expected)
        for key, value in expected.items():
            np.testing.assert_array_equal(found[key].numpy(), value.numpy(), err_msg=f"{name}.{key}")


def train(t, losses):
    t.manual_seed(0)
    model = t.nn.Sequential(t.nn.Linear(6, 16), t.nn.ReLU(), t.nn.Dropout(0.4), t.nn.Linear(16, 3))
    optimizer = t.optim.SGD(model.parameters(), lr=0.1)
    data = t.utils.data.TensorDataset(t.randn(40, 6), t.randint(3, (40,)))
    for _ in range(3):
        for x, y in t.utils.data.DataLoader(data, batch_size=10, shuffle=True):
            optimizer.zero_grad()
            loss = t.nn.functional.cross_entropy(model(x + 0.1 * t.randn_like(x)), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@pytest.mark.torch
def test_a_training_run_step_by_step():
    torch = pytest.importorskip("torch")
    np.testing.assert_allclose(train(ej, []), train(torch, []), rtol=1e-5)


@pytest.mark.torch
def test_a_state_of_torchs_goes_on():
    torch = pytest.importorskip("torch")
    torch.manual_seed(9)
    torch.randn(3)
    ej.set_rng_state(ej.tensor(torch.get_rng_state().numpy()))
    assert ej.initial_seed() == 9
    assert ej.randn(5).tolist() == torch.randn(5).tolist()


class Drawing:
    """A dataset of numpy's and Python's own random numbers."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return np.array([i, np.random.randint(1000), random.randint(0, 1000)])


def test_workers_are_seeded_as_torch_seeds_them():
    ej.manual_seed(4)
    found = ej.cat(list(ej.utils.data.DataLoader(Drawing(), 3, shuffle=True, num_workers=1))).tolist()
    assert found == [[0, 989, 100], [3, 469, 60], [1, 336, 337], [2, 953, 82], [4, 637, 308], [5, 440, 107]]
