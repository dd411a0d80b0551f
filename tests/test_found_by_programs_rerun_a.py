"""What a second run of the list of programs found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import pytest

import eagerjax as torch
from eagerjax.vision import transforms


# -- printing ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind, dtype, options, step", [
    ("LSTM", torch.float32, {}, "MkldnnRnnLayerBackward0"),
    ("LSTM", torch.float32, {"num_layers": 2}, "MkldnnRnnLayerBackward0"),
    ("LSTM", torch.float32, {"proj_size": 2}, "StackBackward0"),
    ("LSTM", torch.float64, {}, "StackBackward0"),
    ("GRU", torch.float32, {}, "StackBackward0"),
    ("RNN", torch.float32, {}, "StackBackward0"),
])  # fmt: skip
def test_results_of_recurrent_layers_print_the_names_of_pytorchs_steps(kind, dtype, options, step):
    layer = getattr(torch.nn, kind)(4, 5, dtype=dtype, **options)
    assert layer(torch.randn(3, 2, 4, dtype=dtype))[0].grad_fn.name() == step


# -- pictures ------------------------------------------------------------------------------------------------------
@pytest.fixture
def pytorchs_numbers():
    torch.set_rng("torch")
    yield
    torch.set_rng("counter")
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("dtype, angle, part, after", [
    (torch.float64, -27.95350826096877, (0, 15, 47, 55), 981),
    (torch.float32, -29.74418830871582, (21, 28, 40, 35), 280),
    (torch.bfloat16, -29.75, (21, 28, 40, 35), 280),
])  # fmt: skip
def test_random_transforms_draw_numbers_of_the_default_dtype(pytorchs_numbers, dtype, angle, part, after):
    torch.set_default_dtype(dtype)
    torch.manual_seed(3)
    assert transforms.RandomRotation.get_params([-30.0, 30.0]) == angle
    assert transforms.RandomResizedCrop.get_params(torch.zeros(3, 90, 80), (0.1, 1.0), (0.75, 1.33)) == part
    assert torch.randint(0, 1000, (1,)).item() == after


# -- optimizers ----------------------------------------------------------------------------------------------------
@pytest.mark.filterwarnings("ignore:optimizer contains a parameter group with duplicate parameters")
@pytest.mark.parametrize("name, options, first, second, steps", [
    ("SGD", {}, [1.8696192, 3.7392384, 5.6088576], -3.4532416, None),
    ("SGD", {"momentum": 0.9}, [3.231023568, 6.462047136, 9.693070704], -6.529920184, None),
    ("Adam", {}, [0.4302180152155598, 1.4200489267936645, 2.4172369250573875], 0.20316486277018608, 6.0),
    ("AdamW", {"weight_decay": 0.1}, [0.38940197173854557, 1.3203624693790963, 2.258901895974516], 0.19246948599928737, 6.0),
    ("RMSprop", {}, [-2.9571812731186236, 0.9478106621161085, 2.7752364281743502], -1.0639802090683916, 6.0),
    ("Rprop", {}, [0.007008, 1.007008, 2.007008], 0.136, 6.0),
])  # fmt: skip
def test_a_parameter_that_is_listed_twice_is_updated_twice(name, options, first, second, steps):
    """As in programs whose networks share layers: the second update goes on from the first, step count and all."""
    p = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([p, q, p], lr=0.1, **options)
    for _ in range(3):
        optimizer.zero_grad()
        ((p * p).sum() * q).sum().backward()
        optimizer.step()
    assert p.tolist() == pytest.approx(first, rel=1e-10) and q.item() == pytest.approx(second, rel=1e-10)
    if steps is not None:
        assert optimizer.state[p]["step"].item() == steps and optimizer.state[q]["step"].item() == 3.0


@pytest.mark.filterwarnings("ignore:optimizer contains a parameter group with duplicate parameters")
def test_a_parameter_that_is_listed_twice_is_updated_twice_in_a_compiled_step():
    def train(jit):
        torch.manual_seed(0)
        shared, own = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
        optimizer = torch.optim.Adam([*shared.parameters(), *own.parameters(), *shared.parameters()], lr=0.1)

        @torch.compile(jit=jit)
        def step(x):
            optimizer.zero_grad()
            loss = own(torch.tanh(shared(x))).square().mean()
            loss.backward()
            optimizer.step()
            return loss

        return [step(torch.full((2, 3), 0.1 * i)).item() for i in range(8)]

    assert train(True) == pytest.approx(train(False), rel=1e-5)
