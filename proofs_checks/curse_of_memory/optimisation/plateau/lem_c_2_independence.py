r"""Lemma C.2: exponentials with distinct rates are linearly independent on any interval.

If :math:`\sum_i c_i e^{-w_i t}` vanishes on an interval, so do its derivatives: the Wronskian matrix
:math:`(-w_i)^k e^{-w_i t}` maps c to 0. Its determinant is :math:`e^{-\sum w_i t} \prod_{i<j} (w_i - w_j)`, not 0.
For every n: adding :math:`w_1` times each row to the next leaves :math:`(w_1 - w_i)(-w_i)^k`, 0 in the first column, so
that the determinant for :math:`w_1, \dots, w_n` is :math:`\prod_{i>1} (w_1 - w_i)` times that for
:math:`w_2, \dots, w_n`; the step is an identity in k.

The code is held against it: determinants written out for n up to 5, and for larger n, close rates and tiny intervals
Gram matrices ``int e^{-(w_i + w_j) t} dt``, exactly where they are rational (the half line, and intervals between
logarithms of integers for integer rates), else in balls whose precision is raised until the inertia is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb, arb_mat, fmpq

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.arithmetic.matrices.inertia import exact_inertia, inertia_about
from memcurse.numerics.plots.style import BLACK
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Count, Every, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import rates, t

from ._memory import generator

if TYPE_CHECKING:
    from flint import arb_mat
    from matplotlib.axes import Axes

Rates = Sequence[sp.Rational]
Interval = tuple[sp.Rational, sp.Rational | None]
_HALF_LINE: Interval = (sp.S.Zero, None)


def wronskian(w: Sequence[sp.Expr]) -> sp.Expr:
    """Determinant of the derivatives of the exponentials, order by order."""
    rows = [[sp.diff(sp.exp(-wi * t), t, k) for wi in w] for k in range(len(w))]
    return sp.Matrix(rows).det(method="berkowitz")


def _wronskian_finding(sign: int, widths: Sequence[int]) -> Finding:
    """The determinant against the product of the differences ``w_i + sign * w_j`` (sign = -1 is the claim)."""
    pairs = []
    for n in widths:
        w = rates(n)
        product = sp.Mul(*(wi + sign * wj for wi, wj in combinations(w, 2)))
        pairs.append((sp.expand(wronskian(w) * sp.exp(sp.Add(*w) * t)), product))
    return Identities(f"Wronskian is a Vandermonde determinant, n <= {widths[-1]}", tuple(pairs))


def _every_width(sign: int = 1) -> Finding:
    """The k-th derivative by induction, and the step that takes one rate off the Wronskian."""
    first, w = sp.symbols("w_1 w_i", positive=True)
    k = sp.Symbol("k", integer=True, nonnegative=True)

    def entry(rate: sp.Expr, order: sp.Expr) -> sp.Expr:
        return (-rate) ** order * sp.exp(-rate * t)

    def eliminated(rate: sp.Expr) -> sp.Expr:
        return entry(rate, k + 1) + sign * first * entry(rate, k)

    pairs = (
        (entry(w, sp.S.Zero), sp.exp(-w * t)),
        (sp.diff(entry(w, k), t), entry(w, k + 1)),
        (eliminated(first), sp.S.Zero),
        (eliminated(w), (first - w) * entry(w, k)),
    )
    return Identities("Wronskian: one rate taken off, every number of rates", pairs)


def _cauchy_finding(widths: Sequence[int]) -> Finding:
    pairs = []
    for n in widths:
        w = rates(n)
        gram = sp.Matrix(n, n, lambda i, j, w=w: 1 / (w[i] + w[j]))
        differences = sp.Mul(*((wi - wj) ** 2 for wi, wj in combinations(w, 2)))
        sums = sp.Mul(*(wi + wj for wi in w for wj in w))
        pairs.append((gram.det(method="berkowitz"), differences / sums))
    return Identities(f"Gram determinant on the half line is Cauchy's, n <= {widths[-1]}", tuple(pairs))


def exact_gram(w: Rates, ends: tuple[int, int | None]) -> list[list[sp.Rational]]:
    """Rational Gram matrix on ``[ln p, ln q]`` for integer rates, or on the half line for any (``q`` None)."""
    p, q = ends

    def entry(s: sp.Rational) -> sp.Rational:
        first = sp.Integer(p) ** -s
        return (first if q is None else first - sp.Integer(q) ** -s) / s

    return [[entry(x + y) for y in w] for x in w]


def ball_gram(w: Rates, interval: Interval, digits: int) -> arb_mat:
    """Enclosure of the Gram matrix on an interval (unbounded if it ends with None)."""

    def entry(s: sp.Rational) -> Any:
        start, end = interval
        first = (-rational_ball(s * start)).exp()
        return (first if end is None else first - (-rational_ball(s * end)).exp()) / rational_ball(s)

    return arb_mat([[entry(x + y) for y in w] for x in w])


def _exact_inertia(cases: Sequence[tuple[Rates, tuple[int, int | None]]]) -> Finding:

    counts = [
        Count(
            f"positive eigenvalues, rates {', '.join(map(str, w))}, on [ln {p}, {'oo' if q is None else f'ln {q}'}]",
            exact_inertia(exact_gram(w, (p, q))).positive,
            len(w),
        )
        for w, (p, q) in cases
    ]
    return Every("Gram matrix positive definite, exactly", tuple(counts))


def _sets_of_rates(setting: Setting) -> list[Rates]:
    rng = generator(setting, "lem-c.2")
    close = [sp.S.One + k * sp.Rational(1, 10**9) for k in range(4)]
    sets: list[Rates] = [
        (sp.S.One, sp.Integer(2)),
        close,
        [sp.Rational(1, 10**6), sp.S.One, sp.Integer(10**6)],
    ]
    for n in range(2, setting.pick(9, 6)):
        sets.append(sorted(sp.Rational(k, 7) for k in rng.sample(range(1, 71), n)))
    return sets


def _intervals() -> tuple[Interval, ...]:
    tiny, later = sp.Rational(1, 10**12), sp.Integer(50)
    return (sp.S.Zero, sp.S.One), (sp.S.Zero, tiny), (later, later + sp.Rational(1, 1000)), _HALF_LINE


def _certified(setting: Setting) -> tuple[tuple[Finding, ...], list[tuple[str, ...]]]:

    counts: list[Count] = []
    rows: list[tuple[str, ...]] = []
    determinants = []
    for w in _sets_of_rates(setting):
        for interval in _intervals():
            inertia = inertia_about(partial(ball_gram, w, interval), _zero(), setting.digits)
            where = f"[{interval[0]}, {'oo' if interval[1] is None else interval[1]}]"
            text = " ".join(map(str, w))
            counts.append(
                Count(f"rates {text} on {where}", None if inertia is None else inertia.positive, len(w))
            )
            with precision(4000):
                determinant = ball_gram(w, interval, 4000).det()
            determinants.append((0 * determinant, determinant))
            rows.append((text, where, str(determinant.str(8)), str(inertia and inertia.positive)))
    findings = (
        Every("Gram matrix positive definite, in balls", tuple(counts)),
        BallInequalities("Gram determinant > 0", tuple(determinants)),
    )
    return findings, rows


def _zero() -> Any:

    return fmpq(0)


def _widths(setting: Setting) -> range:
    return range(2, setting.pick(6, 5))


def _rational_cases(setting: Setting) -> list[tuple[Rates, tuple[int, int | None]]]:
    whole = [(w, (1, None)) for w in _sets_of_rates(setting)]
    integers = [sp.Integer(k) for k in (1, 2, 3, 5, 8, 13, 21)]
    finite = [(integers[:n], ends) for n in range(2, 8) for ends in ((1, 2), (3, 4), (100, 101))]
    return [*whole, *finite]


def check(setting: Setting) -> Evidence:
    """Wronskian and Cauchy identities, then exact and certified inertia of Gram matrices."""
    certified, rows = _certified(setting)
    cases = _rational_cases(setting)
    code = (
        _wronskian_finding(-1, _widths(setting)),
        _cauchy_finding(range(2, 4)),
        _exact_inertia(cases),
        *certified,
    )
    findings = (_every_width(), *map(about_code, code))
    table = Table(("rates", "interval", "Gram determinant", "positive eigenvalues"), tuple(rows))
    return Evidence(findings, len(cases) + len(rows), setting.digits, table, _curve())


def _equal_rates(setting: Setting) -> Evidence:
    """The same inertia with one rate twice."""
    one, two = sp.S.One, sp.Integer(2)
    cases: list[tuple[Rates, tuple[int, int | None]]] = [((one, two, two), (1, None)), ((one, one), (1, 2))]
    return Evidence((_exact_inertia(cases),), len(cases))


def _sums(setting: Setting) -> Evidence:
    return Evidence((_wronskian_finding(1, range(2, 4)),), 2)


def _uniform(setting: Setting) -> Evidence:
    """Independence that is uniform in the rates: a floor for the Gram determinant as they come closer."""

    pairs = []
    with precision(setting.digits + 30):
        for k in (0, 2, 4, 6, 8):
            w = (sp.S.One, sp.S.One + sp.Rational(1, 10**k))
            pairs.append((arb(10) ** -12, ball_gram(w, _HALF_LINE, setting.digits).det()))
    return Evidence((BallInequalities("Gram determinant > 1e-12", tuple(pairs)),), len(pairs), setting.digits)


def _curve() -> dict[str, Any]:
    """Gram determinants of two exponentials against the difference of their rates, on three intervals."""

    gaps = [sp.Rational(1, 2**k) for k in range(0, 21, 2)]
    curves: dict[str, list[float]] = {}
    with precision(60):
        for name, interval in zip(
            ("[0, 1]", "[0, 0.01]", "half line"), (*_short_intervals(), _HALF_LINE), strict=True
        ):
            grams = [ball_gram((sp.S.One, 1 + gap), interval, 60) for gap in gaps]
            curves[name] = [float(gram.det().mid()) for gram in grams]
    return {"gaps": [float(gap) for gap in gaps], "curves": curves}


def _short_intervals() -> tuple[Interval, Interval]:
    return (sp.S.Zero, sp.S.One), (sp.S.Zero, sp.Rational(1, 100))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Small, never 0: the determinant falls like the square of the gap."""
    gaps = evidence.data["gaps"]
    for (name, values), marker in zip(evidence.data["curves"].items(), "osD", strict=True):
        ax.plot(gaps, values, marker=marker, markersize=4, label=f"on {name}")
    ax.plot(gaps, [gap**2 / 16 for gap in gaps], ":", color=BLACK, label=r"$(w_2 - w_1)^2/16$")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="difference of the rates $w_2 - w_1$, $w_1 = 1$ (1/time)",
        ylabel="Gram determinant (time$^2$)",
    )
    ax.legend()


STATEMENT = Statement(
    id="lem-c.2",
    title="Exponentials are independent",
    paper="curse-of-memory",
    section="C.2",
    claim=r"\sum_{i=1}^n c_i e^{-w_i t} = 0 \text{ on an interval} \;\Rightarrow\; c_1 = \dots = c_n = 0",
    hypotheses=("the rates w_1 .. w_n are distinct", "the interval has a positive length"),
    provenance=Provenance.DERIVED,
    uses=(),
    check=check,
    controls=(
        Control("two rates equal", _equal_rates),
        Control("Wronskian with sums of rates instead of differences", _sums),
        Control("w_1 times each row taken from the next", lambda setting: Evidence((_every_width(-1),))),
        Control("independence uniform in the distance of the rates", _uniform),
    ),
    figure=draw,
)
