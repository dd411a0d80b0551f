"""Bessel and Airy functions at points known to 16 digits, orthogonal polynomials against numpy's."""

import math

import numpy as np
import pytest

import eagerjax as torch

KNOWN = {  # by mpmath
    "bessel_j0": {-12.75: 0.1828850566401553, 0.5: 0.9384698072408129, 5.0: -0.1775967713143383, 30.0: -0.08636798358104021},
    "bessel_j1": {-0.5: -0.2422684576748739, 2.0: 0.5767248077568734, 8.0: 0.2346363468539146, 50.0: -0.09751182812517514},
    "bessel_y0": {0.1: -1.534238651350367, 3.0: 0.3768500100127904, 9.0: 0.2499366982850247},
    "bessel_y1": {0.1: -6.458951094702027, 3.0: 0.3246744247918, 9.0: 0.1043145751967159},
    "modified_bessel_k0": {0.1: 2.427069024702017, 1.0: 0.4210244382407083, 5.0: 0.003691098334042594},
    "modified_bessel_k1": {0.1: 9.853844780870606, 1.0: 0.6019072301972346, 5.0: 0.004044613445452164},
    "scaled_modified_bessel_k0": {0.1: 2.682326102262894, 300.0: 0.0723300317396073},
    "airy_ai": {-8.5: -0.3302902376302089, -3.9: -0.1474199056407443, 0.0: 0.3550280538878172, 5.0: 0.0001083444281360744},
    "spherical_bessel_j0": {0.0: 1.0, 0.1: 0.9983341664682815, 3.0: 0.04704000268662241},
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_known_values(name):
    points, wanted = zip(*KNOWN[name].items())
    function = getattr(torch.special, name)
    np.testing.assert_allclose(function(torch.tensor(points, dtype=torch.float64)).numpy(), wanted, rtol=1e-13)
    np.testing.assert_allclose(function(torch.tensor(points)).numpy(), wanted, rtol=2e-5)


def test_edges():
    at = torch.tensor([0.0, -1.0, math.inf, math.nan])
    special = torch.special
    assert special.bessel_y0(at)[:1].item() == -math.inf and special.bessel_y1(at)[1:].isnan().all()
    assert special.modified_bessel_k0(at)[:1].item() == math.inf and special.modified_bessel_k1(at)[2].item() == 0
    assert special.modified_bessel_k1(at)[1].isnan() and special.spherical_bessel_j0(at)[2].item() == 0
    for name in ("bessel_j0", "bessel_j1", "airy_ai", "modified_bessel_i0"):
        assert getattr(special, name)(at)[2:].isnan().all()
    assert not special.bessel_j0(torch.ones(2, requires_grad=True)).requires_grad
    with pytest.raises(NotImplementedError):
        special.bessel_j0(torch.ones(2, dtype=torch.bfloat16))


BASES = {
    "chebyshev_polynomial_t": np.polynomial.Chebyshev,
    "hermite_polynomial_h": np.polynomial.Hermite,
    "hermite_polynomial_he": np.polynomial.HermiteE,
    "laguerre_polynomial_l": np.polynomial.Laguerre,
    "legendre_polynomial_p": np.polynomial.Legendre,
}


@pytest.mark.parametrize("name", BASES)
def test_polynomials_as_numpy(name):
    x = np.array([-2.0, -1.0, -0.3, 0.0, 0.7, 1.0, 1.5])
    for n in (0, 1, 2, 5, 8, 13):
        found = getattr(torch.special, name)(torch.tensor(x), n)
        np.testing.assert_allclose(found.numpy(), BASES[name].basis(n)(x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 3, 9])
def test_other_chebyshev_polynomials_by_their_angle(n):
    angle = np.array([0.3, 1.1, 2.5])
    x = torch.tensor(np.cos(angle))
    wanted = {
        "u": np.sin((n + 1) * angle) / np.sin(angle),
        "v": np.cos((n + 0.5) * angle) / np.cos(angle / 2),
        "w": np.sin((n + 0.5) * angle) / np.sin(angle / 2),
    }
    for kind, values in wanted.items():
        found = getattr(torch.special, f"chebyshev_polynomial_{kind}")(x, n)
        np.testing.assert_allclose(found.numpy(), values, rtol=1e-9)
        shifted = getattr(torch.special, f"shifted_chebyshev_polynomial_{kind}")((x + 1) / 2, n)
        np.testing.assert_allclose(shifted.numpy(), values, rtol=1e-9)


def test_degrees_of_any_kind():
    """Tensors, numbers, fractions (cut), negative (0); at the ends closed forms for any degree."""
    special = torch.special
    assert special.legendre_polynomial_p(torch.tensor([1, 2]), torch.tensor([2, 3])).tolist() == [1.0, 17.0]
    assert special.chebyshev_polynomial_t(2, torch.tensor([2.9, -1.0])).tolist() == [7.0, 0.0]
    assert special.chebyshev_polynomial_u(torch.tensor([1.0, -1.0]), 10**9).tolist() == [1e9, 1e9]
    with pytest.raises(TypeError):
        special.chebyshev_polynomial_t(2, 3)
