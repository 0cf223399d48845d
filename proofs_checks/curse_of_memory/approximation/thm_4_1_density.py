r"""Theorem 4.1 with lemma A.2: sums with the rates 1, 2, .., m come as near to any integrable kernel as one wants.

**Proof** (of lemma A.2, constructive). Let :math:`s = e^{-t} = \cos^2(\theta/2)` and
:math:`F = 2 \tan(\theta/2)\,\rho`, continued as an odd function of period 2 pi. Then
:math:`\int_0^\pi |F|\,d\theta = 2 \int_0^\infty |\rho|\,dt`: F is integrable because rho is. By Fejer's theorem the
arithmetic means of its Fourier series tend to F in L1; so do de la Vallee Poussin's, twice one of them less another.
They are sine polynomials :math:`\sum_{k \le m} b_k \sin k\theta`, or :math:`\sin\theta\,Q(s)` with Q of degree m - 1,
and

.. math:: \int_0^\infty |\rho - s\,Q(s)|\,dt = \tfrac12 \int_0^\pi |F - \sin\theta\,Q|\,d\theta \to 0 .

:math:`p(s) = s\,Q(s)` is the polynomial of the lemma: p(0) = 0, degree m. With c = (1, .., 1), W = -diag(1, .., m) and
the coefficients of p as U this is a network, and its error :math:`\sup_t \|H_t - \hat H_t\|` is
:math:`\|\rho - p(e^{-t})\|_{L^1}` by eq. (12).

**Instances.** The means themselves, with rational amplitudes, certified in L1: for each error asked for, a width that
reaches it. How fast the width has to grow depends on the kernel, and nothing is claimed of it here.

**False neighbours.** Rates 1, 4, 9, ..: no width brings :math:`e^{-t/4}` nearer than 0.93, by a function that is
orthogonal to all of them (`theory.approximation.witnesses`), though the rates 1, 2, 3, .. do. And no fixed width will
do for all kernels: 8 real exponentials have at most 7 sign changes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import sympy as sp
from flint import arb

from memcurse.numerics.approximation.constructive import (
    ConstructiveSum,
    _shifted_chebyshev,
    averaged_sum,
    fixed_rates_floor,
)
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import hull, precision
from memcurse.numerics.plots.rates import plot_errors
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.approximation.witnesses import square_rates_floor, wave_floor, wave_norm

from ._kernels import INTEGRABLE, floor_by_pieces, target

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Widths tried, in order.
_WIDTHS: Final = (2, 4, 8, 16, 32, 48)


@lru_cache(maxsize=128)
def _sum(text: str, m: int) -> ConstructiveSum:
    return averaged_sum(target(text), m, 1)


def _error(text: str, m: int) -> Any:
    return _sum(text, m).error_enclosure


def _reached(text: str, wanted: sp.Rational) -> tuple[int, Any]:
    """The first width tried whose error is certainly below what is wanted; else the last one."""
    for m in _WIDTHS:
        if _error(text, m) < constant_ball(wanted):
            return m, _error(text, m)
    return _WIDTHS[-1], _error(text, _WIDTHS[-1])


def _on_the_circle() -> Finding:
    """``F dtheta = 2 rho dt``, and ``sin(theta) U_{k-1}(cos theta) = sin(k theta)``."""
    x, rho = sp.symbols("x rho_0", positive=True)
    tau = sp.tan(x / 2)
    time = -2 * sp.log(sp.cos(x / 2))
    pairs = [(2 * rho * sp.diff(time, x), 2 * tau * rho)]
    c = sp.Symbol("c", real=True)
    for k in range(1, 8):
        # sin(k theta)/sin(theta) by de Moivre: odd powers of the sine, with sin^2 = 1 - c^2.
        moivre = sum(
            sp.binomial(k, 2 * i + 1) * (-1) ** i * c ** (k - 2 * i - 1) * (1 - c**2) ** i
            for i in range((k + 1) // 2)
        )
        s = (1 + c) / 2
        pairs.append((_chebyshev(k - 1, s), moivre))
    return Identities("the circle", pairs)


def _chebyshev(n: int, s: sp.Expr) -> sp.Expr:
    """``U_n(2s - 1)`` by the coefficients that the amplitudes are made with."""

    return sp.Add(*(c * s**j for j, c in enumerate(_shifted_chebyshev(n))))


def _density(count: int, errors: int) -> tuple[Finding, list[tuple[Any, ...]]]:
    """The least error of all widths is at most that of a sum: a sum that misses what was asked for refutes nothing."""

    pairs, rows = [], []
    for name, text, wanted in INTEGRABLE[:count]:
        for eps in wanted[:errors]:
            m, error = _reached(text, sp.Rational(eps))
            pairs.append((hull(arb(0), error), constant_ball(sp.Rational(eps))))
            rows.append((name, eps, m, float(error.mid()), float(error.rad())))
    return BallInequalities("least L1 error, at most that of the sum, < what was asked for", pairs), rows


def _distances(count: int, errors: int, factor: sp.Rational = sp.S.One) -> Finding:
    """The errors themselves, from below: what the pieces of the residual add up to is no more, and nearly as much."""
    pairs = []
    for _, text, wanted in INTEGRABLE[:count]:
        widths = {_reached(text, sp.Rational(eps))[0] for eps in wanted[:errors]}
        for m in sorted(widths):
            found = _sum(text, m)
            floor = floor_by_pieces(found.target.expression, found.a, found.w)
            pairs.append((floor, constant_ball(factor) * found.error_enclosure))
    return BallInequalities("integrals over pieces <= L1 error of the sum", pairs, strict=False)


def check(setting: Setting) -> Evidence:
    """Six integrable kernels and up to four errors each; four and three in a quick run."""

    with precision(setting.digits):
        size = (setting.pick(6, 4), setting.pick(4, 3))
        density, rows = _density(*size)
        findings = (_on_the_circle(), density, _distances(*size))
    columns = ("kernel", "error asked for", "m", "error", "radius")
    return Evidence(findings, len(rows), setting.digits, Table(columns, tuple(rows)))


def _never(
    name: str, floor: Callable[[], sp.Expr], norm: Callable[[], sp.Expr], wanted: str
) -> Callable[[Setting], Evidence]:
    """The claim that an error is reached, where the least error of all lies between `floor` and `norm`."""

    def refute(setting: Setting) -> Evidence:

        with precision(setting.digits):
            least = hull(constant_ball(floor()), constant_ball(norm()))
            return Evidence(
                (BallInequalities(name, ((least, constant_ball(sp.Rational(wanted))),)),), 1, setting.digits
            )

    return refute


def _squares() -> sp.Expr:

    return square_rates_floor(sp.Rational(1, 4), 5 * sp.pi / 2)


def _eight_terms() -> sp.Expr:

    return wave_floor(sp.Integer(60), 8)


def _wave_norm() -> sp.Expr:

    return wave_norm(sp.Integer(60))


def _faster(setting: Setting) -> Evidence:
    """A width that grows like the square root of 1/eps, as for t e^-t, taken for a power law."""

    with precision(setting.digits):
        text = "(1+t)**-2"
        pairs = [
            (fixed_rates_floor(target(text), m, 1), constant_ball(sp.Rational(1, m))) for m in (4, 8, 16)
        ]
    return Evidence(
        (BallInequalities("least error with rates 1..m < 1/m", pairs),), len(pairs), setting.digits
    )


def _half_the_error(setting: Setting) -> Evidence:
    """A quarter in place of the half in front of the integral over the circle: half the distance."""
    with precision(setting.digits):
        return Evidence((_distances(2, 2, sp.Rational(1, 2)),), 1, setting.digits)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Errors against the width, for all six kernels."""

    series = {}
    for name, text, _ in INTEGRABLE:
        widths = [m for m in _WIDTHS if m <= (16 if "sqrt" in text else 32)]
        series[name] = {m: _error(text, m) for m in widths}
    plot_errors(series, ax=ax)


STATEMENT = Statement(
    id="thm-4.1",
    title="Density: sums of exponentials approximate every integrable kernel",
    paper="curse-of-memory",
    section="4",
    claim=(
        r"\rho \in L^1(0, \infty),\ \varepsilon > 0 \implies \exists m, a: \quad "
        r"\Bigl\|\rho - \sum_{j=1}^m a_j e^{-jt}\Bigr\|_{L^1} \le \varepsilon, \quad "
        r"c = (1, \dots, 1),\ W = -\operatorname{diag}(1, \dots, m),\ U = a"
    ),
    hypotheses=(
        "functionals linear, continuous, causal, regular, time-homogeneous: kernels rho in L1, eq. (12)",
        "p(0) = 0 for the polynomial p(e^-t)",
        "tried on six kernels, with the errors of the table",
    ),
    provenance=Provenance.RECOVERED,
    uses=("eq-12",),
    check=check,
    controls=(
        Control(
            "rates 1, 4, 9, ..: e^(-t/4) to within 9/10",
            _never("least error with squares as rates < 9/10", _squares, lambda: sp.Integer(4), "9/10"),
        ),
        Control(
            "width 8 for every kernel: e^-t sin 60t to within 1/7",
            _never("least error of 8 exponentials < 1/7", _eight_terms, _wave_norm, "1/7"),
        ),
        Control("error 1/m for the power law with omega = 1", _faster),
        Control("1/4 in place of 1/2 before the integral over the circle", _half_the_error),
    ),
    figure=draw,
)
