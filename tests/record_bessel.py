"""Writes eagerjax/ops/bessel_tables.py: Chebyshev series of Bessel's and Airy's functions. Needs mpmath.

python tests/record_bessel.py. Each table is computed from the function's definition with 40 digits, at Chebyshev's
points of the interval on which ops/bessel.py evaluates it.
"""

import pathlib

import mpmath as mp

mp.mp.dps = 40
TARGET = pathlib.Path(__file__).parent.parent / "eagerjax" / "ops" / "bessel_tables.py"
DECAY, WAVE = mp.mpf(2) / 3 * mp.sqrt(8), mp.mpf(16) / 3  # zeta = 2/3 |x|**1.5 of x = 2 and of x = -4


def small(f):
    """A function of x in (0, 8], even, in t = x**2 / 32 - 1."""
    return lambda t: f(mp.sqrt(32 * (t + 1)))


def large(f):
    """A function of x > 8 in t = 2 (8 / x)**2 - 1."""
    return lambda t: f(8 / mp.sqrt((t + 1) / 2))


def near(f):
    """A function of x in (0, 2], even, in t = x**2 / 2 - 1."""
    return lambda t: f(mp.sqrt(2 * (t + 1)))


def far(f):
    """A function of x > 2 in t = 4 / x - 1."""
    return lambda t: f(4 / (t + 1))


def wave(n, odd):
    """The even (odd) part, P (Q), of the amplitude of J_n and Y_n: J = sqrt(2 / (pi x)) (P cos(a) - Q sin(a))."""

    def f(x):
        angle = x - (2 * n + 1) * mp.pi / 4
        j, y = mp.besselj(n, x), mp.bessely(n, x)
        part = y * mp.cos(angle) - j * mp.sin(angle) if odd else j * mp.cos(angle) + y * mp.sin(angle)
        return mp.sqrt(mp.pi * x / 2) * part * (x / 8 if odd else 1)

    return f


def airy_x(zeta):
    return (1.5 * zeta) ** (mp.mpf(2) / 3)


def airy_decay(t):
    """2 sqrt(pi) x**(1/4) exp(zeta) Ai(x) for x > 2 in t = 2 * zeta(2) / zeta - 1."""
    zeta = 2 * DECAY / (t + 1)
    x = airy_x(zeta)
    return 2 * mp.sqrt(mp.pi) * x**0.25 * mp.exp(zeta) * mp.airyai(x)


def airy_wave(odd):
    """The same for x < -4, with sine and cosine, in t = 2 * (zeta(-4) / zeta)**2 - 1."""

    def f(t):
        zeta = WAVE / mp.sqrt((t + 1) / 2)
        x, angle = airy_x(zeta), zeta + mp.pi / 4
        a, b = mp.airyai(-x), mp.airybi(-x)
        part = b * mp.sin(angle) - a * mp.cos(angle) if odd else a * mp.sin(angle) + b * mp.cos(angle)
        return mp.sqrt(mp.pi) * x**0.25 * part * (zeta / WAVE if odd else 1)

    return f


TABLES = {
    "J0": small(lambda x: mp.besselj(0, x)),
    "J1": small(lambda x: mp.besselj(1, x) / x),
    "Y0": small(lambda x: mp.bessely(0, x) - 2 / mp.pi * mp.log(x) * mp.besselj(0, x)),
    "Y1": small(lambda x: (mp.bessely(1, x) - 2 / mp.pi * (mp.log(x) * mp.besselj(1, x) - 1 / x)) / x),
    "P0": large(wave(0, False)),
    "Q0": large(wave(0, True)),
    "P1": large(wave(1, False)),
    "Q1": large(wave(1, True)),
    "K0_NEAR": near(lambda x: mp.besselk(0, x) + mp.log(x / 2) * mp.besseli(0, x)),
    "K1_NEAR": near(lambda x: (mp.besselk(1, x) - mp.log(x / 2) * mp.besseli(1, x) - 1 / x) / x),
    "K0_FAR": far(lambda x: mp.exp(x) * mp.sqrt(x) * mp.besselk(0, x)),
    "K1_FAR": far(lambda x: mp.exp(x) * mp.sqrt(x) * mp.besselk(1, x)),
    "AIRY_NEAR": lambda t: mp.airyai(3 * t - 1),
    "AIRY_DECAY": airy_decay,
    "AIRY_EVEN": airy_wave(False),
    "AIRY_ODD": airy_wave(True),
}


def coefficients(f, count=48):
    """Of the Chebyshev series of f, as far as float64 can tell."""
    angles = [mp.pi * (k + mp.mpf(1) / 2) / count for k in range(count)]
    values = [f(mp.cos(a)) for a in angles]
    found = [2 * mp.fsum(v * mp.cos(j * a) for v, a in zip(values, angles)) / count for j in range(count)]
    found[0] /= 2
    while abs(found[-1]) < 1e-17 * max(abs(c) for c in found):
        found.pop()
    return found


def main():
    lines = ['"""Chebyshev series of Bessel\'s and Airy\'s functions, by tests/record_bessel.py. See ops/bessel.py."""\n']
    for name, f in TABLES.items():
        found = coefficients(f)
        rows = [", ".join(mp.nstr(c, 17) for c in found[i : i + 5]) for i in range(0, len(found), 5)]
        lines.append(f"{name} = (\n    " + ",\n    ".join(rows) + ",\n)  # fmt: skip")
        print(name, len(found))
    TARGET.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
