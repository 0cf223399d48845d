"""Lemma C.1 and what follows from it on whole regions: rates over two decades, every delay from 1 on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Every, ForAll, Identities
from memcurse.theory.plateau.delayed_part import (
    BoxTemplate,
    GaussianTemplate,
    delta_constant,
    delta_floor,
    exponential_antiderivative,
)
from memcurse.theory.plateau.scaled_moments import (
    box_scaled_constant,
    box_scaled_moment,
    gaussian_late_share,
    gaussian_scale,
    gaussian_scaled_constant,
    gaussian_scaled_floor,
    gaussian_scaled_moment,
)

rate: Final = sp.Symbol("w", positive=True)
delay: Final = sp.Symbol("T", positive=True)
width: Final = sp.Symbol("sigma", positive=True)
height: Final = sp.Symbol("c_0", positive=True)

RATES: Final = (sp.Rational(1, 10), sp.Integer(10))
DELAYS: Final = (sp.Integer(1), sp.oo)
WIDTHS: Final = (sp.Rational(1, 2), sp.Integer(2))
BOX: Final = {rate: RATES, delay: DELAYS, width: WIDTHS}


def scaled_forms(orders: Sequence[int]) -> Finding:
    """That the scaled forms are the moments and constants over their scales, for all parameters."""
    template, scale = GaussianTemplate(width, height), gaussian_scale(rate, width, height)
    c0, c1 = template.envelope
    pairs = []
    for n in orders:
        moment = template.delta(n, rate, delay) * sp.exp(rate * delay) / delay**n
        pairs += [
            (moment, scale * gaussian_scaled_moment(n, rate, delay, width)),
            (delta_constant(n, c0, c1, rate), scale * gaussian_scaled_constant(n, rate, width)),
        ]
    box = BoxTemplate(width)
    for n in orders[:3]:
        moment = box.delta(n, rate, delay) * sp.exp(rate * delay) / delay**n
        pairs.append((moment, box_scaled_moment(n, rate, delay, width)))
    pairs.append((delta_floor(0, template, rate), scale * gaussian_scaled_floor(rate, width)))
    # The part t >= T, by an antiderivative that tends to the scale.
    s = sp.Symbol("s", real=True)
    primitive = scale * sp.erf((s + rate * width**2) / (width * sp.sqrt(2)))
    pairs += [
        (sp.diff(primitive, s), sp.exp(-rate * s) * template.expression(s)),
        (scale - primitive.subs(s, 0), scale * gaussian_late_share(rate, width)),
    ]
    return Identities("scaled moments, constants and floor", tuple(pairs))


def moments_below(
    orders: Sequence[int],
    power: Callable[[int], int] = lambda n: n,
    rate_factor: int = 1,
    frozen: bool = False,
) -> Finding:
    """``Delta_n(w) <= C T^power e^(-rate_factor wT)`` of the Gaussian; `frozen` takes C at w = 1, whatever w."""
    parts = []
    for n in orders:
        excess = delay ** (n - power(n)) * sp.exp((rate_factor - 1) * rate * delay)
        constant = gaussian_scaled_constant(n, rate, width)
        if frozen:
            constant = constant.subs(rate, 1) * sp.exp((1 - rate**2) * width**2 / 2)
        parts.append(
            ForAll(
                f"Delta_{n}(w) e^(wT)/T^{n} against its constant",
                gaussian_scaled_moment(n, rate, delay, width) * excess,
                constant,
                BOX,
                # For n = 0 the bound is the limit: erfc < 2.
                strict=n > 0,
            )
        )
    return Every("Delta_n(w) <= C T^n e^(-wT) for the Gaussian, on a region", tuple(parts))


def box_moments_below(orders: Sequence[int], share: sp.Expr = sp.S.One) -> Finding:
    """The same for the box of half-width 1, with a share of the constant."""
    parts = [
        ForAll(
            f"box: Delta_{n}(w) e^(wT)/T^{n} against its constant",
            box_scaled_moment(n, rate, delay, sp.S.One),
            share * box_scaled_constant(n, rate, sp.S.One),
            {rate: RATES, delay: DELAYS},
        )
        for n in orders
    ]
    return Every("Delta_n(w) <= C T^n e^(-wT) for the box, on a region", tuple(parts))


def moments_above(share: sp.Expr = sp.S.One) -> Finding:
    """``Delta_n(w) >= c T^n e^(-wT)`` for every n and T: the part t >= T alone is above the floor over `share`."""
    return ForAll(
        "Delta_n(w) >= c T^n e^(-wT): the rate is right, on a region",
        gaussian_scaled_floor(rate, width) / share,
        gaussian_late_share(rate, width),
        {rate: RATES, width: WIDTHS},
    )


def unit_below(orders: tuple[int, int], power: int, name: str) -> Finding:
    """One unit: ``Delta_i + |a| Delta_j <= (C_i + |a| C_j) T^power e^(-wT)``, coefficient by coefficient: every a.

    The units of any model add up to its gradient, and to the rows of its Hessian; ``e^(-w_k T) <= e^(-cT)``.
    """
    parts = [
        ForAll(
            f"{name}: {words}",
            gaussian_scaled_moment(n, rate, delay, width) * delay ** (n - power),
            gaussian_scaled_constant(n, rate, width),
            BOX,
            strict=False,
        )
        for n, words in zip(
            orders, ("what does not depend on the amplitude", "the factor of |a|"), strict=True
        )
    ]
    return Every(f"{name}, unit by unit, on a region", tuple(parts))


def box_antiderivative() -> Finding:
    """What the box's moments are made of."""
    x = sp.Symbol("x", positive=True)
    pairs = [
        (-sp.diff(exponential_antiderivative(n, rate, x), x), x**n * sp.exp(-rate * x)) for n in range(4)
    ]
    return Identities("antiderivatives of x^n e^(-wx), n <= 3", tuple(pairs))


def moved_moments_below(factor: sp.Expr = sp.E) -> Finding:
    """Step 3 of theorem 5.1: ``Delta_n(c - delta') <= factor C_n T e^(-cT)``, n = 0, 1, for ``delta' <= omega``.

    The share ``s = delta' T`` runs over [0, 1], and T from 10 on, so that ``c - delta'`` is not negative.
    """
    share = sp.Symbol("s", nonnegative=True)
    slower = rate - share / delay
    # E(c - delta')/E(c), with the square completed, and e^(delta' T).
    scales = sp.exp(share * (1 - (2 * rate - share / delay) * width**2 / (2 * delay)))
    box = {rate: RATES, delay: (sp.Integer(10), sp.oo), width: WIDTHS, share: (sp.Integer(0), sp.Integer(1))}
    parts = [
        ForAll(
            f"Delta_{n}",
            gaussian_scaled_moment(n, slower, delay, width) * scales * delay ** (n - 1),
            factor * gaussian_scaled_constant(n, rate, width),
            box,
            strict=False,
        )
        for n in (0, 1)
    ]
    return Every("the loss drops by at most D within omega of the start, on a region", tuple(parts))


def moved_scales() -> Finding:
    """What `moved_moments_below` takes for the quotient of the scales."""
    share = sp.Symbol("s", nonnegative=True)
    slower = rate - share / delay
    quotient = gaussian_scale(slower, width) / gaussian_scale(rate, width) * sp.exp(share)
    written = sp.exp(share * (1 - (2 * rate - share / delay) * width**2 / (2 * delay)))
    return Identities(
        "scales at c - delta' and at c", ((sp.expand_log(sp.log(quotient / written), force=True), sp.S.Zero),)
    )
