"""What a second run of the list of programs found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import pytest

import eagerjax as torch


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
