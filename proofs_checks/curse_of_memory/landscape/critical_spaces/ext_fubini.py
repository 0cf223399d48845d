r"""The number of coincided critical spaces grows exponentially against m!, not quadratically.

:math:`\sum_{l=1}^m l!\,S(m, l)` counts the ordered partitions of m things: it is the Fubini number F(m). Since
:math:`\sum_m S(m, l)\,x^m/m! = (e^x - 1)^l/l!`, the numbers have the generating function

.. math:: \sum_m F(m) \frac{x^m}{m!} = \frac{1}{2 - e^x},

and Parseval's equation for the Fourier coefficients of :math:`e^{-ys}` on [0, 1] writes this by its simple poles
:math:`x_k = \ln 2 + 2\pi i k`: for m >= 1

.. math:: F(m) = \frac{m!}{2} \sum_{k \in \mathbb Z} x_k^{-(m+1)}, \qquad
   \left| \frac{2 (\ln 2)^{m+1} F(m)}{m!} - 1 \right| \le
   2 \sum_{k \ge 1} \Bigl(\frac{\ln 2}{2 \pi k}\Bigr)^{m+1} = 2 \Bigl(\frac{\ln 2}{2\pi}\Bigr)^{m+1} \zeta(m+1),

because :math:`|x_k| > 2\pi|k|`. The steps are decided for every m (`theory.landscape.fubini_numbers`). Without the last
term l = m, which is m!, this is :math:`\sum_{l<m} l!\,S(m, l) = F(m) - m! \sim m!\,[(\ln 2)^{-(m+1)}/2 - 1]`: by (ln
2)^(-1) = 1.44 more per unit of width. The bound of theorem D.2 keeps two of the terms.

**The code at instances.** The sum against the package's count, the numbers against the Taylor coefficients by division
of power series, and the law with its bound in balls.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb, fmpq, fmpq_series

from memcurse.numerics.arithmetic.balls import ball_precision, series_length
from memcurse.numerics.plots.style import BLACK, BLUE, VERMILION
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau._memory import SLACK
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Exact, Identities, Inequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import fubini_numbers
from memcurse.theory.landscape.critical_spaces import (
    count_all_critical_spaces,
    count_critical_spaces,
    fubini,
    paper_lower_bound,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _proof(power: int = 0, factor: int = 2) -> list[Finding]:
    """The law and its bound for every m; `power` and `factor` are those of the law that is claimed."""
    return [
        Identities(
            "generating function 1/(2 - e^x), by the recurrence", fubini_numbers.generating_function()
        ),
        Identities(
            "Fourier coefficients of e^(-ys), their squares and norm", fubini_numbers.fourier_coefficients()
        ),
        Identities("1/(2 - e^x) by its poles", fubini_numbers.poles()),
        Identities("m-th derivatives of the terms at 0", fubini_numbers.derivatives()),
        Inequalities("x_k is at least 2 pi k away, and so for powers", fubini_numbers.distances()),
        Identities("the first term, and the bound on the others", fubini_numbers.law(power, factor)),
        Inequalities("0 < ln 2 < 1 < 2 pi", fubini_numbers.constants(), strict=True),
    ]


def _counts(widths: Sequence[int], claimed: Callable[[int], Any]) -> Finding:
    totals = [sum(count_critical_spaces(m, l) for l in range(1, m)) for m in widths]
    return Exact(
        f"sum of l! S(m, l) over l < m, m = {widths[0]}..{widths[-1]}", totals, [claimed(m) for m in widths]
    )


def _generating_function(order: int) -> Finding:
    """F(m)/m! are the Taylor coefficients of 1/(2 - e^x), by division of power series in rationals."""
    with series_length(order):
        exponential = fmpq_series([fmpq(1, math.factorial(k)) for k in range(order)], prec=order)
        coefficients = (1 / (2 - exponential)).coeffs()
    numbers = [fubini(m) for m in range(order)]
    return Exact(
        f"Taylor coefficients of 1/(2 - e^x) to order {order - 1}",
        [sp.Rational(int(c.p) * math.factorial(m), int(c.q)) for m, c in enumerate(coefficients)],
        numbers,
    )


def _asymptotic_error(m: int, power: int = 0, factor: int = 2) -> tuple[Any, Any]:
    """``|factor (ln 2)^(m+1+power) F(m)/m! - 1|`` and the claimed bound on it, as balls."""

    ln2 = arb.const_log2()
    ratio = factor * ln2 ** (m + 1 + power) * fubini(m) / math.factorial(m)
    return abs(ratio - 1), 2 * (ln2 / (2 * arb.pi())) ** (m + 1) * arb(m + 1).zeta()


def _asymptotics(widths: Sequence[int], power: int = 0, factor: int = 2) -> Finding:

    # The error is about 9^-m: enough bits to see it, and a guard.
    with ball_precision(8 * max(widths) + 64):
        pairs = tuple(_asymptotic_error(m, power, factor) for m in widths)
    return BallInequalities(
        f"relative error of m!/(2 (ln 2)^(m+1)), m = {widths[0]}..{widths[-1]}", pairs, strict=False
    )


def check(setting: Setting) -> Evidence:
    """The law with its bound for every m; the exact sum by three routes, and the law at widths."""
    most = setting.pick(150, 50)
    code = (
        _counts(range(1, most), count_all_critical_spaces),
        _generating_function(most),
        _asymptotics(range(1, most)),
    )
    rows = []
    for m in range(2, 31):
        total, minimisers = count_all_critical_spaces(m), math.factorial(m)
        law = float(sp.log(2) ** (-m - 1) / 2 - 1)
        rows.append((m, total, total / minimisers, law, float(paper_lower_bound(m)) / minimisers))
    columns = ("m", "spaces", "spaces / m!", "(ln 2)^-(m+1)/2 - 1", "(3m-2)(m+1)/24")
    return Evidence([*_proof(), *map(about_code, code)], most - 1, None, Table(columns, tuple(rows)))


def _quadratic(setting: Setting) -> Evidence:
    """The two terms that the paper keeps, taken for the number."""
    return Evidence((_counts(range(2, 8), paper_lower_bound),), 6)


def _quadratic_bound(setting: Setting) -> Evidence:
    """At most a multiple of m! m^2, with a generous constant."""

    widths = range(2, 120)
    with ball_precision(4000):
        pairs = tuple((arb(fubini(m)), arb(SLACK * math.factorial(m) * m**2)) for m in widths)
    return Evidence(
        (BallInequalities(f"sum of l! S(m, l) <= {SLACK} m! m^2", pairs, strict=False),), len(pairs)
    )


def _refute_law(power: int, factor: int) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence([*_proof(power, factor), _asymptotics(range(1, 20), power, factor)], 19)

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Spaces per minimiser: exact, the law, and the quadratic bound."""
    if evidence.table is None:
        return
    m, _, exact, law, quadratic = zip(*evidence.table.rows, strict=True)
    ax.plot(m, exact, "o", color=BLUE, markersize=4, label=r"$\sum_{l<m} l!\,S(m,l)\,/\,m!$")
    ax.plot(m, law, "-", color=BLACK, linewidth=1, label=r"$(\ln 2)^{-(m+1)}/2 - 1$")
    ax.plot(m, quadratic, "--", color=VERMILION, label="(3m - 2)(m + 1)/24 (theorem D.2)")
    ax.set(yscale="log", xlabel="width m", ylabel="critical spaces per global minimiser")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="ext-fubini",
    title="Exponentially many critical spaces per minimiser",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"\sum_{l<m} l!\,S(m, l) = F(m) - m!, \qquad \Bigl|\tfrac{2 (\ln 2)^{m+1}}{m!} F(m) - 1\Bigr| "
        r"\le 2 \bigl(\tfrac{\ln 2}{2\pi}\bigr)^{m+1} \zeta(m+1), \text{ so that } F(m) - m! \sim m!\,"
        r"\bigl[\tfrac12 (\ln 2)^{-(m+1)} - 1\bigr]"
    ),
    hypotheses=("m >= 1; F(m) is the Fubini number, the sum over all l",),
    provenance=Provenance.NEW,
    uses=("thm-d.2",),
    check=check,
    controls=(
        Control("the quadratic count m! (3m-2)(m+1)/24", _quadratic),
        Control("at most a constant times m! m^2", _quadratic_bound),
        Control("(ln 2)^-m instead of (ln 2)^-(m+1)", _refute_law(-1, 2)),
        Control("without the factor 1/2", _refute_law(0, 1)),
    ),
    figure=draw,
)
