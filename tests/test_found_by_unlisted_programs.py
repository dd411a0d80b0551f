"""What programs outside the usual lists found: each test here is a bug that was one. Expected values are PyTorch 2.13's."""

import numpy as np
import pytest

import eagerjax as torch
from eagerjax.vision.transforms import functional as pictures


@pytest.fixture
def default_dtype():
    yield torch.set_default_dtype
    torch.set_default_dtype(torch.float32)


# -- pictures ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_bytes_become_numbers_of_the_default_dtype(default_dtype, dtype):
    default_dtype(dtype)
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 21
    seen = pictures.to_tensor(picture)
    assert seen.dtype == dtype
    exact = picture.transpose(2, 0, 1) / 255
    assert torch.equal(seen, torch.from_numpy(exact).to(torch.float64 if dtype == torch.float64 else torch.float32).to(dtype))
