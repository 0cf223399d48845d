r"""Proposition D.1: eigenvalue signs along the line (a, b - a, v, v), for a target of two terms.

Let :math:`\rho = a_1 e^{-w_1 t} + a_2 e^{-w_2 t}` and (b, v), b not 0, be critical for J_1. With :math:`y = 1/(2v)`,
:math:`x_i = 1/(v + w_i)` the conditions are :math:`b y = \sum a_i x_i`, :math:`b y^2 = \sum a_i x_i^2`. They determine

.. math:: a_1 x_1 = b y \frac{y - x_2}{x_1 - x_2}, \qquad a_2 x_2 = b y \frac{x_1 - y}{x_1 - x_2},

and with these :math:`Q/2 = b y^3 - \sum a_i x_i^3 = b y (y - x_1)(y - x_2)`, so that

.. math:: b\,Q = -4 v \frac{a_1 a_2 (w_1 - w_2)^2}{(v + w_1)^3 (v + w_2)^3}.

*So b Q has the sign of* :math:`-a_1 a_2`, *and never vanishes.* By ext-inertia (m = 2, l = 1) the Hessian on the line
is congruent to :math:`H_1 \oplus [\,2 Q\,\cdot] \oplus [0]`, where the middle form has the sign of
:math:`b\,Q\,a(b - a)`: between 0 and b it is that of bQ, outside the opposite, at the ends 0. Hence

- :math:`a_1 a_2 > 0`: one negative eigenvalue for a between 0 and b, none outside;
- :math:`a_1 a_2 < 0`: the reverse.

The paper's second part asks for a condition on the ratio :math:`a_1/a_2` (its formula is lost). None is needed for the
signs: for opposite signs bQ > 0 whatever the ratio, and then H_1, twice a Gram matrix plus 2 b Q in the last entry,
is positive definite at every critical point. For equal signs it is at a minimiser, up to a possible zero.
With three terms the signs of the amplitudes decide nothing (control).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.landscape.critical_spaces import critical_spaces, exact_critical_space
from memcurse.numerics.plots.landscape import line_spectrum, plot_smallest_eigenvalue
from memcurse.numerics.plots.style import BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Count, Every, Identities, InertiaIs
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import all_partitions
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.targets.target import ExponentialSum

from ._configurations import Configuration, random_rational
from ._irrational import IrrationalConfiguration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.landscape.critical_spaces import CriticalSpace

#: Points of the line as shares of b: between the ends, at them, outside.
_SHARES = tuple(sp.Rational(x) for x in ("-2", "-1/7", "0", "1/50", "1/2", "6/7", "1", "8/7", "5"))


def two_terms(b: Any, v: Any, w1: Any, w2: Any) -> tuple[Any, Any]:
    """The amplitudes of the only target with rates w1, w2 for which (b, v) is critical."""
    y, x1, x2 = 1 / (2 * v), 1 / (v + w1), 1 / (v + w2)
    return b * y * (y - x2) / ((x1 - x2) * x1), b * y * (x1 - y) / ((x1 - x2) * x2)


def _identities() -> list[Finding]:
    b, v = sp.Symbol("b", real=True, nonzero=True), sp.Symbol("v", positive=True)
    w1, w2 = sp.symbols("w_1 w_2", positive=True)
    a1, a2 = two_terms(b, v, w1, w2)
    x1, x2 = 1 / (v + w1), 1 / (v + w2)

    def residual(n: int) -> sp.Expr:
        model = sp.factorial(n) * b / (2 * v) ** (n + 1)
        return model - sp.factorial(n) * (a1 * x1 ** (n + 1) + a2 * x2 ** (n + 1))

    Q, Gram = residual(2), sp.Matrix([[2 / (2 * v), -2 * b / (2 * v) ** 2], [0, 4 * b**2 / (2 * v) ** 3]])
    H = closed_forms.hessian([b], [v], lambda n, w: ExponentialSumMoment(n, w, (a1, a2), (w1, w2)))
    squares = x1**3 * x2**3 * (w1 - w2) ** 2
    return [
        Identities("the form on the line's centred direction is a (b - a) b", all_partitions.pair_form()),
        Identities("(b, v) is critical: R_0 = R_1 = 0", ((residual(0), 0), (residual(1), 0))),
        # The two conditions are linear in (a_1, a_2): this determinant makes their solution the only one.
        Identities("determinant of the conditions", ((x1 * x2**2 - x1**2 * x2, x1**2 * x2**2 * (w1 - w2)),)),
        Identities(
            "b Q = -4 v a_1 a_2 (w_1 - w_2)^2/((v + w_1)(v + w_2))^3", ((b * Q, -4 * v * a1 * a2 * squares),)
        ),
        Identities(
            "H_1 = 2 Gram + 2 b Q, with Gram's determinant (b/2v^2)^2/2",
            (
                *((H[i, j], Gram[i, j] + (2 * b * Q if i == 1 else 0)) for i, j in ((0, 0), (0, 1), (1, 1))),
                (Gram[0, 0] * Gram[1, 1] - Gram[0, 1] ** 2, (b / (2 * v**2)) ** 2),
            ),
        ),
    ]


def ExponentialSumMoment(n: int, w: Any, a: Sequence[Any], rates: Sequence[Any]) -> Any:
    """``L_n(w)`` of an exponential sum with symbolic data."""
    return sp.factorial(n) * sp.Add(*(x / (w + r) ** (n + 1) for x, r in zip(a, rates, strict=True)))


@dataclass(frozen=True)
class Claim:
    """Negative eigenvalues between 0 and b, at the ends and outside, from the amplitudes of the target."""

    reversed: Callable[[Sequence[Any]], bool] = lambda a: bool(a[0] * a[1] < 0)

    def inertia(self, target: ExponentialSum, share: sp.Rational) -> Inertia:
        """Inertia of the Hessian at (share b, (1 - share) b, v, v), where H_1 is positive definite."""
        if share in (0, 1):
            return Inertia(2, 2, 0)
        negative = int((0 < share < 1) != self.reversed(target.a))
        return Inertia(3 - negative, 1, negative)


def _exact_lines(count: int, rng: random.Random) -> list[tuple[CriticalSpace, ExponentialSum]]:
    """Lines over rational critical points with H_1 > 0, of targets with two terms of equal and of opposite signs."""

    lines: list[tuple[CriticalSpace, ExponentialSum]] = []
    while len(lines) < count:
        b, v = random_rational(rng), random_rational(rng, 1)
        # Rates on both sides of v give equal signs, on one side opposite ones.
        factors = rng.sample([sp.Rational(k, 12) for k in (2, 3, 5, 7, 9, 11, 13, 15, 18, 24, 36)], 2)
        w = [v * f for f in factors]
        target = ExponentialSum(two_terms(b, v, *w), w)
        space = exact_critical_space(target, ((0, 1),), [b], [v])
        if space.reduced.inertia == Inertia(2, 0, 0):
            lines.append((space, target))
    return lines


def _minimiser_lines(
    count: int, rng: random.Random, digits: int
) -> list[tuple[CriticalSpace, ExponentialSum]]:
    """Lines over the global minimiser of J_1, which the complete list of critical points certifies; all ratios."""

    lines = []
    for n in range(count):
        ratio = rng.choice((-1, 1)) * sp.Rational(10) ** rng.randint(-4, 4) * rng.randint(1, 9)
        w = sp.Rational(rng.randint(1, 40), 4), sp.Rational(rng.randint(41, 200), 4)
        target = ExponentialSum([(-1) ** n, (-1) ** n * ratio], w)
        lines.append((next(critical_spaces(target, 2, 1, digits)), target))
    return lines


def _line_findings(name: str, claim: Claim, lines: Sequence[tuple[CriticalSpace, ExponentialSum]]) -> Finding:
    """The Hessian's own inertia, by elimination in rationals or in balls: the theorem is not used."""
    parts: list[Finding] = []
    for space, target in lines:
        b = space.reduced.amplitudes[0]
        for share in _SHARES:
            a = (share * b, b - share * b)
            exact = space.reduced.enclosure is None
            c = Configuration(space, a) if exact else IrrationalConfiguration(space, a)
            found = c.exact_inertia() if exact else c.ball_inertia()
            parts.append(InertiaIs(f"a = {share} b", found, claim.inertia(target, share), c.text))
    return Every(f"{name}: {len(lines)} targets, {len(_SHARES)} points each", tuple(parts))


def _opposite_is_definite(lines: Sequence[tuple[CriticalSpace, ExponentialSum]]) -> Finding:
    counts = [
        Count(f"positive eigenvalues of H_1, {target.expression}", space.reduced.inertia.positive, 2)
        for space, target in lines
    ]
    return Every("H_1 is positive definite at the minimiser", tuple(counts))


def check(setting: Setting) -> Evidence:
    """The sign of b Q for every target, then the eigenvalue signs along lines."""
    rng = random.Random(setting.seed_for("prop-d.1"))
    exact = _exact_lines(setting.pick(30, 8), rng)
    minimisers = _minimiser_lines(setting.pick(40, 10), rng, setting.digits)
    code = (
        _opposite_is_definite(minimisers),
        _line_findings("lines over rational critical points", Claim(), exact),
        _line_findings("lines over the global minimiser", Claim(), minimisers),
    )
    findings = (*_identities(), *map(about_code, code))
    rows = [_row(space, target) for space, target in (*exact, *minimisers)]
    columns = ("a*_1", "a*_2", "w*_1", "w*_2", "b", "v", "sign of bQ", "negative inside", "negative outside")
    instances = len(_SHARES) * len(rows)
    return Evidence(findings, instances, setting.digits, Table(columns, tuple(rows)), _spectrum())


def _row(space: CriticalSpace, target: ExponentialSum) -> tuple[Any, ...]:
    b, v = space.reduced.amplitudes[0], space.reduced.rates[0]
    sign = space.reduced.signs[0] * (1 if b > 0 else -1)
    inside, outside = (space.inertia([s * b, b - s * b]).negative for s in (sp.Rational(1, 2), sp.Integer(2)))
    data = (str(x) for x in (*target.a, *target.w))
    return (*data, float(b), float(v), sign, inside, outside)


def _spectrum() -> dict[str, Any]:

    targets = (ExponentialSum([1, 2], [1, 3]), ExponentialSum([2, -1], [1, 3]))
    return {"spectra": [line_spectrum(target) for target in targets]}


def _refute(claim: Claim) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        rng = random.Random(setting.seed_for("prop-d.1"))
        lines = [*_exact_lines(8, rng), *_minimiser_lines(8, rng, setting.digits)]
        return Evidence((_line_findings("lines", claim, lines),), len(lines))

    return refute


def _three_terms(setting: Setting) -> Evidence:
    """Part 2 for three terms of mixed signs."""

    target = ExponentialSum([1, -2, 3], [1, 3, 5])
    lines = [(next(critical_spaces(target, 2, 1, setting.digits)), target)]
    return Evidence((_line_findings("three terms", Claim(), lines),))


def draw(evidence: Evidence, ax: Axes) -> None:
    """The smallest eigenvalue along the line, for equal and for opposite signs."""

    colours, words = (VERMILION, BLUE), ("equal signs", "opposite signs")
    for spectrum, colour, label in zip(evidence.data["spectra"], colours, words, strict=True):
        plot_smallest_eigenvalue(spectrum, ax=ax, color=colour, label=label)
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="prop-d.1",
    title="Saddles and stable points on the line of width two",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"b\,Q = -4 v\, \frac{a^*_1 a^*_2 (w^*_1 - w^*_2)^2}{(v + w^*_1)^3 (v + w^*_2)^3}: \text{ for "
        r"} a^*_1 a^*_2 > 0 \text{ the least eigenvalue of } \nabla^2 J_2(a, b - a, v, v) \text{ is "
        r"negative for } a \text{ between } 0 \text{ and } b \text{ and } 0 \text{ elsewhere; for } "
        r"a^*_1 a^*_2 < 0 \text{ it is } 0 \text{ from } 0 \text{ to } b \text{ and negative elsewhere}"
    ),
    hypotheses=(
        "the target has two terms, a*_1, a*_2 other than 0, w*_1 and w*_2 distinct",
        "(b, v) is the global minimiser of J_1; b may have either sign",
        "no condition on the ratio a*_1/a*_2 (the paper's part 2 has one)",
    ),
    provenance=Provenance.DERIVED,
    corrects=(
        "Proposition D.1 asks for a condition on the ratio of the amplitudes where their signs differ. "
        "None is needed."
    ),
    uses=("thm-d.1", "ext-inertia"),
    check=check,
    controls=(
        Control("opposite signs behave like equal ones", _refute(Claim(lambda a: False))),
        Control(
            "reversed only if |a*_1| > |a*_2|",
            _refute(Claim(lambda a: bool(a[0] * a[1] < 0 and abs(a[0]) > abs(a[1])))),
        ),
        Control("reversed also for three terms, the first two of opposite signs", _three_terms),
    ),
    figure=draw,
)
