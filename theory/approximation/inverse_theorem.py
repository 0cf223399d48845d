r"""The steps of the inverse theorem, for every number of terms and every order of the derivative.

A rate is :math:`w = \beta' + q`, and :math:`\Omega = w + p`, with gaps p, q >= 0; what is at most something else is
that less a gap. So the sign of every difference below can be read off.

**Bounded amplitudes.** The k-th derivative of a term is :math:`a (-w)^k e^{-wt}` (`derivatives`). Powers grow with
their base, by induction in k, and exponentials fall with the rate (`factors`), so each term is at most
:math:`|a| \Omega^k e^{-\beta' t}`, their sum at most :math:`A \Omega^k e^{-\beta' t}` (`sum_of_terms`), and
:math:`e^{\beta t}` times that decays (`decay`). A bound that holds for every m holds for the limit. For matrices the
factors are norms, and a product of bounds bounds the product (`product_of_norms`).

**Positive amplitudes, rates from beta on.** From s to s + u a term falls by :math:`e^{-\beta u}` at least, so the sum
does not rise, and its square on [0, h] is at least that at h (`falling`). The square of the bound behind x has the
integral :math:`\kappa^2 h` times that (`ratios`), and the triangle inequality on both parts is solved for the error
(`least_error`).
"""

from __future__ import annotations

from typing import Any, Final

import sympy as sp

from memcurse.theory.objective.gram_form import first_index, width_symbol
from memcurse.theory.objective.indexed_sums import canonical_sums

from .fast_rates import bounded_floor, l1_ratio, l2_ratio, positive_floor

Pair = tuple[sp.Expr, sp.Expr]
#: ``(smaller, larger, what larger - smaller is)``.
Step = tuple[Any, Any, Any]

_ORDER: Final = sp.Symbol("k", integer=True, nonnegative=True)


def derivatives() -> list[Pair]:
    """``a (-w)^k e^(-wt)`` is the term at k = 0, and its derivative is the next; its square has no sign of -w."""
    a, t = sp.symbols("a t", real=True)
    w = sp.Symbol("w", positive=True)

    def derivative(order: sp.Expr) -> sp.Expr:
        return a * (-w) ** order * sp.exp(-w * t)

    return [
        (derivative(sp.S.Zero), a * sp.exp(-w * t)),
        (sp.diff(derivative(_ORDER), t), derivative(_ORDER + 1)),
        (derivative(_ORDER) ** 2, (a * w**_ORDER * sp.exp(-w * t)) ** 2),
    ]


def factors(sign: int = 1) -> list[Step]:
    """``w^(k+1) <= (w + p)^(k+1)`` from the same for k, and ``e^(-(beta' + q) t) <= e^(-beta' t)``.

    With `sign` -1 the rates lie on the other side of Omega and beta', for controls.
    """
    w, beta = sp.symbols("w beta", positive=True)
    p, q, gap, t = sp.symbols("p q g t", nonnegative=True)
    # (w + p)^k = w^k + gap.
    power = (w**_ORDER * w, (w + sign * p) * (w**_ORDER + gap), (w + p) * gap + p * w**_ORDER)
    slower, faster = sp.exp(-beta * t), sp.exp(-(beta + sign * q) * t)
    return [power, (faster, slower, slower * (1 - sp.exp(-q * t)))]


def sum_of_terms() -> list[Step]:
    """``sum |a_i| (B - g_i) <= A B`` where ``sum |a_i| <= A`` and every term's factor is at most B."""
    i, m = first_index, width_symbol
    size, gap = sp.IndexedBase("c", nonnegative=True), sp.IndexedBase("g", nonnegative=True)
    bound, slack = sp.symbols("B s", nonnegative=True)
    total = sp.Sum(size[i], (i, 1, m)) + slack
    terms = sp.Sum(size[i] * (bound - gap[i]), (i, 1, m))
    form = slack * bound + sp.Sum(size[i] * gap[i], (i, 1, m))
    return [(canonical_sums(terms), canonical_sums(total * bound), canonical_sums(form))]


def decay() -> list[Pair]:
    """``e^(beta t) A Omega^k e^(-beta' t)`` is ``A Omega^k e^(-(beta' - beta) t)``."""
    A, Omega, beta, excess, t = sp.symbols("A Omega beta epsilon t", positive=True)
    left = sp.exp(beta * t) * A * Omega**_ORDER * sp.exp(-(beta + excess) * t)
    return [(left, A * Omega**_ORDER * sp.exp(-excess * t))]


def product_of_norms() -> list[Step]:
    """``x y <= (x + p) (y + q)`` for norms, one factor after the other."""
    x, y, p, q = sp.symbols("x y p q", nonnegative=True)
    return [(x * y, (x + p) * (y + q), x * q + p * y + p * q)]


def falling(sign: int = 1) -> list[Step]:
    """``e^(-w(s+u)) <= e^(-beta u) e^(-ws) <= e^(-ws)`` for ``w = beta + q``, and the square of what does not rise.

    With `sign` -1 the rate is below beta, for controls.
    """
    beta = sp.Symbol("beta", positive=True)
    s, u, q, at_h, rise = sp.symbols("s u q f_h d", nonnegative=True)
    w = beta + sign * q
    later, bound, now = sp.exp(-w * (s + u)), sp.exp(-beta * u - w * s), sp.exp(-w * s)
    return [
        (later, bound, bound * (1 - sp.exp(-q * u))),
        (bound, now, now * (1 - sp.exp(-beta * u))),
        (at_h**2, (at_h + rise) ** 2, 2 * at_h * rise + rise**2),
    ]


def ratios() -> list[Pair]:
    """Integrals of the bounds behind x, by antiderivatives that vanish at infinity: what the floors and ratios hold."""
    A, T, beta, x, h = sp.symbols("A T beta x h", positive=True)
    bound = sp.exp(-beta * (x - h))
    return [
        (sp.diff(T - bounded_floor(T, A, beta, x), x), -A * sp.exp(-beta * x)),
        (sp.diff(l1_ratio(beta, x, h) * h, x), -bound),
        (sp.diff(l2_ratio(beta, x, h) ** 2 * h, x), -(bound**2)),
        (l2_ratio(beta, x, h) ** 2 * h, bound**2 / (2 * beta)),
    ]


def least_error() -> list[Step]:
    """``T - e <= tail of the sum <= kappa (its head) <= kappa (M + e)``, each with its gap, solved for e."""
    error, head, ratio = sp.symbols("e M kappa", positive=True)
    first, second, third = sp.symbols("s_1:4", nonnegative=True)
    of_sum = ratio * (head + error - third) - second
    tail = error + of_sum - first
    return [
        (positive_floor(tail, head, ratio), error, (first + second + ratio * third) / (1 + ratio)),
    ]
