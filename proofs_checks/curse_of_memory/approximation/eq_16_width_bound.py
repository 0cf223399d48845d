r"""Equation (16), with (71): the width that truncation asks for grows like :math:`\epsilon^{-1/\omega}` and faster.

With :math:`T = (\omega\epsilon/2)^{-1/\omega}` both terms of (15) are epsilon/2 at

.. math:: m = \Bigl[\frac{2 C(\alpha) M}{\epsilon} \Bigl(\frac{2e}{\alpha+1}\Bigr)^{\alpha+1}\Bigr]^{1/\alpha}
          \Bigl(\frac{\omega\epsilon}{2}\Bigr)^{-(1 + 1/\alpha)/\omega} .

**Checked for all parameters** (PROVED): that (15) is epsilon there, which is the claim, given (15); that the local
exponent
:math:`-d\ln m/d\ln\epsilon` is :math:`(1 + 1/\alpha)/\omega + 1/\alpha`, and that
:math:`\omega \ln m = (1 + 1/\alpha) \ln(2/(\omega\epsilon)) + \omega \ln[\dots]/\alpha`: with fixed epsilon it grows
faster than any :math:`e^{c/\omega}`, as :math:`\omega^{-1} \ln(1/\omega)` in the exponent.

**The code at instances** (CERTIFIED): the width of a certified sum for the same error is below the bound;
ext-power-law-width shows, on a region, how little the bound says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.widths.certified_width import certified_width
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import hull, precision
from memcurse.numerics.plots.style import BLUE, GREEN, GREY, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.approximation import truncation as theory
from memcurse.theory.approximation.jackson import rate_constant
from memcurse.theory.targets.kernels import PowerLaw

from ._kernels import power_law_floor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INSTANCES = (
    ("1", "1/10"),
    ("1/2", "1/10"),
    ("1/2", "1/100"),
    ("1/5", "1/2"),
    ("1/5", "1/10"),
    ("1/10", "1/10"),
)
_ORDERS = (1, 2, 3)


def _symbols() -> tuple[sp.Symbol, ...]:
    return tuple(sp.symbols("omega epsilon alpha C", positive=True))


def _solved(time: Callable[[Any, Any], Any] = theory.truncation_time) -> Finding:
    """Both terms of (15) are half of epsilon, as logarithms."""
    omega, error, alpha, CM = _symbols()
    T, m = time(omega, error), theory.width_bound(omega, error, alpha, CM)
    first = theory.truncation_bound(omega, T)
    second = theory.error_bound(omega, T, alpha, m, CM) - first
    halves = [sp.expand(sp.expand_log(sp.log(x), force=True)) for x in (first, second)]
    half = sp.expand_log(sp.log(error / 2))
    return Identity("both terms are epsilon/2", halves, [half, half])


def _exponents(power: Callable[[Any, Any], Any]) -> list[Finding]:
    """Local exponent in epsilon, and the logarithm written out."""
    omega, error, alpha, CM = _symbols()
    log_m = theory.log_width_bound(omega, error, alpha, CM)
    written = sp.expand_log(sp.log(theory.width_bound(omega, error, alpha, CM)), force=True)
    return [
        Identity("logarithm of the bound", sp.expand(sp.expand_log(log_m, force=True) - sp.expand(written))),
        Identity("local exponent in 1/epsilon", -sp.diff(log_m, error) * error, power(omega, alpha)),
    ]


def _power(omega: Any, alpha: Any) -> Any:
    return (1 + 1 / alpha) / omega + 1 / alpha


def _log_bound(omega: sp.Rational, error: sp.Rational, alpha: int) -> Any:
    """Ball of the logarithm of (16) with all constants."""
    CM = rate_constant(alpha) * theory.largest_derivative_bound(omega, alpha)
    return constant_ball(theory.log_width_bound(omega, error, sp.Integer(alpha), CM))


@lru_cache(maxsize=2)
def _widths(instances: tuple[tuple[str, str], ...]) -> list[Any]:

    return [certified_width(PowerLaw(omega), error) for omega, error in instances]


def _at_instances(setting: Setting) -> tuple[list[Finding], list[Any]]:
    """Certified sums against the bound, as logarithms of widths: the least width is between 1 and theirs."""

    chosen = _INSTANCES[::2] if setting.quick else _INSTANCES
    found = _widths(chosen)
    logs, distances, floors, rows = [], [], [], []
    with precision(setting.digits):
        for (omega, error), width in zip(chosen, found, strict=True):
            distances.append((hull(arb(0), width.error_enclosure), constant_ball(sp.Rational(error))))
            floor = power_law_floor(sp.Rational(omega), width)
            # A floor that is no floor at all would be below everything.
            floors += [(floor, width.error_enclosure), (width.error_enclosure / 4, floor)]
            bounds = [_log_bound(sp.Rational(omega), sp.Rational(error), alpha) for alpha in _ORDERS]
            logs += [(hull(arb(0), arb(width.m).log()), b) for b in bounds]
            rows.append((omega, error, width.m, *(float(b / arb(10).log()) for b in bounds)))
    findings: list[Finding] = [
        BallInequalities("least distance, at most that of the certified sums", distances, strict=False),
        BallInequalities(
            "integrals over pieces <= L1 error of the sum <= 4 times them", floors, strict=False
        ),
        BallInequalities("least width, at most theirs, below the bound (16)", logs),
    ]
    return findings, rows


def check(setting: Setting) -> Evidence:
    """The solution of (15) for m, its exponents, and certified sums below it."""
    findings, rows = _at_instances(setting)
    columns = ("omega", "epsilon", "width found", *(f"log10 of (16), alpha = {k}" for k in _ORDERS))
    everything = [_solved(), *_exponents(_power), *map(about_code, findings)]
    return Evidence(everything, len(rows) * len(_ORDERS), setting.digits, Table(columns, tuple(rows)))


# --- controls ------------------------------------------------------------------------------------------------------


def _refute_power(power: Callable[[Any, Any], Any]) -> Callable[[Setting], Evidence]:
    return lambda setting: Evidence(_exponents(power))


def _wrong_time(setting: Setting) -> Evidence:
    """T without omega under the power, the tail's constant forgotten."""
    return Evidence((_solved(lambda omega, error: (error / 2) ** (-1 / omega)),))


def _only_exponential(setting: Setting) -> Evidence:
    """``m <= e^(c/omega)`` with c taken at omega = 1: the bound itself grows faster."""

    with precision(setting.digits):
        error = sp.Rational(1, 10)
        c = _log_bound(sp.Integer(1), error, 1)
        pairs = [(_log_bound(sp.Rational(1, n), error, 1), c * n) for n in (2, 100, 10**6, 10**9)]
    return Evidence(
        (BallInequalities("the bound is at most e^(c/omega)", pairs),), len(pairs), setting.digits
    )


def draw(evidence: Evidence, ax: Axes) -> None:
    """Decimal logarithm of the bound against 1/omega for three orders, and certified widths."""

    if evidence.table is None:
        return
    inverses = np.arange(1, 21)
    error = sp.Rational(1, 10)
    for alpha, colour, style in zip(_ORDERS, (VERMILION, GREEN, GREY), ("--", "-.", ":"), strict=True):
        logs = [float(_log_bound(sp.Rational(1, int(n)), error, alpha).mid()) / np.log(10) for n in inverses]
        ax.plot(inverses, logs, style, color=colour, label=rf"bound (16), $\alpha$ = {alpha}")
    rows = [row for row in evidence.table.rows if sp.Rational(row[1]) == error]
    points = [(float(1 / sp.Rational(row[0])), np.log10(row[2])) for row in rows]
    ax.plot(*zip(*points, strict=True), "o", color=BLUE, label="certified sums")
    ax.set(xlabel=r"memory $1/\omega$", ylabel=r"$\log_{10} m$ at $\epsilon$ = 1/10")
    ax.legend(fontsize=8, frameon=False)


STATEMENT = Statement(
    id="eq-16",
    title="The width that truncation asks for",
    paper="curse-of-memory",
    section="4",
    claim=(
        r"m(\omega, \epsilon) \le \Bigl[\frac{2 C(\alpha) M}{\epsilon} \Bigl(\frac{2e}{\alpha+1}\Bigr)^{\alpha+1}"
        r"\Bigr]^{1/\alpha} \Bigl(\frac{\omega\epsilon}{2}\Bigr)^{-(1+1/\alpha)/\omega}\ \text{(rounded up)}"
    ),
    hypotheses=(
        "rho = (1+t)^-(1+omega), omega > 0; C(alpha) and M as in (15)",
        "T = (omega epsilon/2)^(-1/omega) is at least 1 and (alpha + 1)/2",
    ),
    provenance=Provenance.DERIVED,
    uses=("eq-15",),
    check=check,
    controls=(
        Control("exponent 1/omega", _refute_power(lambda omega, alpha: 1 / omega)),
        Control("exponent (1 + 1/alpha)/omega", _refute_power(lambda omega, alpha: (1 + 1 / alpha) / omega)),
        Control("T = (epsilon/2)^(-1/omega)", _wrong_time),
        Control("the bound grows only like e^(c/omega)", _only_exponential),
    ),
    figure=draw,
)
