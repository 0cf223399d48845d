r"""Times of the natural gradient flow by Taylor series, a route of its own.

Run ``python benchmarks/flow/natural_gradient.py``.

Nothing of the package is used. The flow ``G theta' = -<d rho_hat, rho_hat - rho>`` is expanded in power series of the
time by Picard's iteration on python-flint's `arb_series` (each pass gains a coefficient), the moments of the bump being

.. math:: L_0(w) = \sqrt{\pi/2}\; e^{w^2/2 - wT}\, \mathrm{erfc}\frac{w - T}{\sqrt2}, \qquad
          L_1(w) = -L_0'(w) = (T - w) L_0(w) + e^{-T^2/2}.

Two orders, two precisions, two tolerances: target of eq. (125) with unit parameters, ``a = (.475, .525)``,
``w = (1.05, .95)``, until the loss has dropped by 1 %.
"""

from __future__ import annotations

import argparse
import math
import time as clock
from typing import Any

from flint import arb, arb_series, ctx

#: (order, bits, share of the smallest scale that a step may be off by)
SETTINGS = ((20, 400, 1e-14), (30, 700, 1e-20))
Series = list[Any]


def ball(text: str) -> arb:
    """A decimal to the nearest midpoint."""
    return arb(text).mid()


def moments(w: Any, T: int) -> tuple[Any, Any]:
    """``L_0`` and ``L_1`` of ``e^{-t}`` plus the bump, of a number or a series."""
    root = arb(2).sqrt()
    bump = (w * w / 2 - w * T).exp() * ((w - T) / root).erfc() * (arb.pi() / 2).sqrt()
    late = (T - w) * bump + (-(arb(T) ** 2) / 2).exp()
    return 1 / (w + 1) + bump, 1 / ((w + 1) * (w + 1)) + late


def loss(theta: list[arb], T: int) -> arb:
    """``||rho_hat - rho||^2``."""
    a, w = theta[:2], theta[2:]
    one = moments(arb(1), T)[0] - arb(1) / 2
    total = arb(1) / 2 + 2 * one + arb.pi().sqrt() / 2 * (-arb(T)).erfc()
    for k in range(2):
        total += a[k] * (sum(a[j] / (w[k] + w[j]) for j in range(2)) - 2 * moments(w[k], T)[0])
    return total


def solve(G: list[Series], c: Series) -> Series:
    """Gaussian elimination without pivoting (G is positive definite), of numbers or series."""
    n, G, c = len(c), [row[:] for row in G], c[:]
    for k in range(n):
        for i in range(k + 1, n):
            ratio = G[i][k] / G[k][k]
            for j in range(k, n):
                G[i][j] = G[i][j] - ratio * G[k][j]
            c[i] = c[i] - ratio * c[k]
    for k in reversed(range(n)):
        for j in range(k + 1, n):
            c[k] = c[k] - G[k][j] * c[j]
        c[k] = c[k] / G[k][k]
    return c


def slope(theta: Series, T: int) -> Series:
    """``theta'`` of numbers or series."""
    a, w = theta[:2], theta[2:]
    G: list[Series] = [[None] * 4 for _ in range(4)]
    c: Series = [None] * 4
    for k in range(2):
        L0, L1 = moments(w[k], T)
        c[k], c[2 + k] = -L0, L1
        for j in range(2):
            r = 1 / (w[k] + w[j])
            G[k][j] = r
            G[k][2 + j] = G[2 + j][k] = -a[j] * r * r
            G[2 + k][2 + j] = 2 * a[k] * a[j] * r * r * r
            c[k], c[2 + k] = c[k] + a[j] * r, c[2 + k] - a[j] * r * r
        c[2 + k] = a[k] * c[2 + k]
    return [-x for x in solve(G, c)]


def coefficients(theta: list[arb], T: int, order: int) -> list[list[arb]]:
    """Taylor coefficients of the flow through `theta`, midpoints: one list of ``order + 1`` per variable."""
    series = [[x] for x in theta]
    for n in range(1, order + 1):
        ctx.cap = n
        velocity = slope([arb_series(s, n) for s in series], T)
        for s, v in zip(series, velocity, strict=True):
            s.append((v[n - 1] / n).mid())
    ctx.cap = order + 1
    return series


def at(series: list[list[arb]], h: arb) -> list[arb]:
    """Horner's rule."""
    out = []
    for s in series:
        value = arb(0)
        for x in reversed(s):
            value = value * h + x
        out.append(value.mid())
    return out


def step_length(series: list[list[arb]], share: float) -> float:
    """The step whose last two terms are `share` of the smallest of the scales: amplitudes, rates, and their split."""
    a, w = [abs(s[0]) for s in series[:2]], [s[0] for s in series[2:]]
    scale = min(float(x) for x in (*a, *w, abs(w[0] - w[1])))
    order = len(series[0]) - 1
    lengths = []
    for s in series:
        for n in (order - 1, order):
            if s[n] != 0:  # in logarithms: coefficients exceed what float64 holds
                lengths.append(math.exp((math.log(share * scale) - float(abs(s[n]).log())) / n))
    return min(lengths)


def event_time(T: int, order: int, bits: int, share: float) -> tuple[arb, int]:
    """Time of the 1 % drop, and the number of steps."""
    ctx.prec = bits
    theta = [ball(x) for x in ("0.475", "0.525", "1.05", "0.95")]
    goal, time = (loss(theta, T) * arb("0.99")).mid(), arb(0)
    for steps in range(1, 20_000):
        series = coefficients(theta, T, order)
        h = arb(step_length(series, share))
        end = at(series, h)
        if (loss(end, T) - goal).mid() <= 0:
            low, high = arb(0), h
            for _ in range(100):
                middle = ((low + high) / 2).mid()
                if (loss(at(series, middle), T) - goal).mid() <= 0:
                    high = middle
                else:
                    low = middle
            return (time + high).mid(), steps
        theta, time = end, (time + h).mid()
    raise RuntimeError("the step budget is spent")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("delays", nargs="*", type=int, default=[8, 12, 14, 16, 20, 24, 28, 32, 40])
    for T in parser.parse_args().delays:
        for order, bits, share in SETTINGS:
            begin = clock.process_time()
            found, steps = event_time(T, order, bits, share)
            seconds = clock.process_time() - begin
            print(
                f"T = {T}: order {order}, {bits} bits, {share:g}: {found.str(16, radius=False)}, "
                f"{steps} steps, {seconds:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
