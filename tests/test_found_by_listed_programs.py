"""What public programs that had never been run tripped over: one test for each cause."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.vision import datasets, transforms


@pytest.fixture
def torch_numbers():
    with torch.set_rng("torch"):
        yield


def test_fake_data_draws_from_the_stream(torch_numbers):
    """The ImageNet program trains on `--dummy` images: those that PyTorch draws after `manual_seed(index)`."""
    data = datasets.FakeData(5, (3, 4, 6), 10, transform=transforms.ToTensor(), random_offset=2)
    torch.manual_seed(0)
    before = torch.get_rng_state()
    image, target = data[1]
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(3)
    expected = torch.randn(3, 4, 6).mul(255).byte()
    np.testing.assert_array_equal((image * 255).round().byte().numpy(), expected.numpy())
    assert target == torch.randint(0, 10, (1,)).item() and type(target) is int
