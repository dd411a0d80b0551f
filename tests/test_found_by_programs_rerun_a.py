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
