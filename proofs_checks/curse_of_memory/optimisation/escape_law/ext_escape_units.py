r"""More units leave the plateau by the law of two: the same exponent, the same power, a factor between 1 and 1/2.

`theory.plateau.split_clusters` derives it; its steps are decided here, with letters for the units, so for every m:

1. at rest on the sphere of splits every unit is at a root of one quadratic polynomial: two clusters; the second
   derivative there has the sign that makes a single slow unit the only stable one (for positive amplitudes);
2. the largest unit is the slow one: eigenvector of the growing splits, sign of the first step, and the region that no
   flow on the sphere leaves;
3. units of a cluster share what it gains, which is the factor :math:`\frac12(1/n_s + 1/n_f) = \frac{m}{2(m-1)}`; the
   time of the drift is the integral of what drives it.

That the stable splits are those listed is certified on instances, by the exact inertia of the form.

**Measured.** (a) Integrated flows of m = 3, 4, 5 and 8 units over those of two with the same share: .75016, .66688,
.62525, .57173 at T = 22, where m/(2(m - 1)) is .75, .66667, .625, .57143; the limit of the ratio from T = 17 to 24.
(b) The reduction, which expands nothing in the split, against flows, and its ladder from T = 40 to 360.

**Regime.** As for two units: T above about 18. The sphere needs :math:`e^{wT/2}` to separate the two fastest
directions of growth, so that shares next to each other need longer delays; which unit is slow is then decided on the
sphere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import sympy as sp

from memcurse.numerics.plots import escapes as plots
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Every, Exact, Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau import slow_manifold as two_units
from memcurse.theory.plateau.split_clusters import (
    drift_factor,
    is_stable,
    stable_splits,
    two_cluster_moments,
)

from ._ladders import (
    CLOSE,
    DIRECT,
    FAR,
    FARTHER,
    HEADS,
    Case,
    agreement,
    approach,
    exponents,
    integrated,
    law,
    limit,
    proved,
    rows,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAIR: Final = Case("m = 2", "0.7 0.3", "1 1")
#: The same share of the largest unit, the others all different.
UNITS: Final = {
    3: Case("m = 3", "0.7 0.2 0.1", "1 1 1"),
    4: Case("m = 4", "0.7 0.12 0.1 0.08", "1 1 1 1"),
    5: Case("m = 5", "0.7 0.1 0.08 0.07 0.05", "1 1 1 1 1"),
    6: Case("m = 6", "0.7 0.09 0.07 0.06 0.05 0.03", "1 1 1 1 1 1"),
    7: Case("m = 7", "0.7 0.08 0.06 0.05 0.045 0.035 0.03", "1 1 1 1 1 1 1"),
    8: Case("m = 8", "0.7 0.06 0.05 0.045 0.041 0.039 0.035 0.03", "1 1 1 1 1 1 1 1"),
}
#: Another share.
HALF: Final = Case("m = 4, share 1/2", "0.5 0.25 0.15 0.1", "1 1 1 1")


def at_rest() -> tuple[Finding, ...]:
    """Step 1: second derivatives at rest, and the moments of two clusters."""
    x, slow, fast = sp.symbols("x d_s d_f", real=True)
    a, p, s, E = sp.symbols("a p s E_3", positive=True)
    polynomial = 3 * E * (x - slow) * (x - fast)
    ends = [sp.diff(polynomial, x).subs(x, place) for place in (slow, fast)]
    first, second, third = two_cluster_moments(a, p, s)
    known = [(first, 0), (second, a * p * (1 - p) * s**2), (third, second * s * (2 * p - 1))]
    return (
        Identities(
            "q' is -3 E_3 s at the slow root and 3 E_3 s at the fast one",
            [(ends[0], -3 * E * (fast - slow)), (ends[1], 3 * E * (fast - slow))],
        ),
        Identities("mu_1, mu_2, mu_3 of two clusters", known),
    )


def stability(count: int, lone: int = 1) -> Finding:
    """Instances: which splits are stable, by the rule and by the form's minors; `lone` units in the slow cluster."""
    rule, forms = [], []
    for m in range(3, 3 + count):
        a = [sp.Rational(2 * k + 1, 3) for k in range(m)]
        for n in range(1, m):
            slow, fast = a[:n], a[n:]
            rule.append(sp.Integer(is_stable(slow, fast)))
            forms.append(sp.Integer(_definite(slow, -1) and _definite(fast, 1)))
        rule.append(sp.Integer(len(stable_splits(a))))
        forms.append(sp.binomial(m, lone))
    return Exact("stable splits of positive amplitudes", rule, forms)


def _definite(part: list[sp.Rational], sign: int) -> bool:
    """Whether ``sign sum a u^2`` is positive on ``sum a u = 0``: u_1 eliminated, leading minors."""
    n = len(part) - 1
    form = sp.Matrix(
        n, n, lambda i, j: sign * (part[i + 1] * part[j + 1] / part[0] + (part[i + 1] if i == j else 0))
    )
    return all(form[:k, :k].det() > 0 for k in range(1, n + 1))


def selection(power: int = 1) -> tuple[Finding, ...]:
    """Step 2: the growing direction, the sign of the first step, the region that is not left."""
    a, lam, c = sp.symbols("a_i lambda c", positive=True)
    u = a / (a - lam)
    S1, S2, S3, b, x, one = sp.symbols("S_1 S_2 S_3 b x a_1", positive=True)
    M1, M2, M3 = S1 - b * x, S2 + b * x**2, S3 - b * x**3
    inward = S3 * (b * x - S1) ** power + S2**2 + b * x**2 * (x * S1 + 2 * S2)
    M0, q0, q1 = sp.symbols("M_0 q_0 q_1")
    # The monic polynomial x^2 + q_1 x + q_0 is orthogonal to 1 and x.
    found = sp.solve([M2 + q1 * M1 + q0 * M0, M3 + q1 * M2 + q0 * M1], [q0, q1], dict=True)[0]
    d = sp.Symbol("d_i", positive=True)
    return (
        # A u - a = lambda u, unit by unit; that sum_i a_i u_i = 0 is the equation of lambda.
        Identity("u is an eigenvector of the growing splits", a * u - a, lam * u),
        # Summed over the units: sum a^2/(a - lambda) = 0 makes sum a/(a - lambda) = -a/lambda.
        Identity("what the first step has along u", (a - c) * u, a * u - c * (a * u - a) / lam),
        Identity("q(0) by orthogonality", found[q0] * (M0 * M2 - M1**2), M1 * M3 - M2**2),
        Identity("q(0) < 0: every term is positive", M2**2 - M1 * M3, inward),
        # b x - S_1, with a_1 x = sum a_i d_i: unit by unit.
        Identity(
            "b x - S_1 is a sum of terms that are not negative", one * a * d - a**2 * d, a * d * (one - a)
        ),
    )


def drift(wrong: int = 0) -> tuple[Finding, ...]:
    """Step 3: the time of the drift from what drives it, for n_s and n_f units; `wrong` more units than there are."""
    a, w, p, d2 = sp.symbols("a w p d2", positive=True)
    d3 = sp.Symbol("d3", negative=True)
    slow, fast = sp.symbols("n_s n_f", positive=True, integer=True)
    # One step da of the slow cluster: n_s (da/n_s)^2 + n_f (da/n_f)^2.
    metric = slow * (1 / slow) ** 2 + (fast + wrong) * (1 / fast) ** 2
    speed = sp.diff(two_units.drift_energy(p, a, w, d2, d3), p) / (a**2 * metric)
    factor = (1 / slow + 1 / fast) / 2
    time = factor * sp.diff(two_units.drift_time(a, w, two_units.drift_integral(p), d2, d3), p)
    m = sp.Symbol("m", positive=True, integer=True)
    return (
        # Each over a denominator of its own first: their product has a smaller one then.
        Identity("time of the drift", (sp.together(speed) * sp.together(time)) ** 2, 1),
        Identity("one slow unit of m", factor.subs({slow: 1, fast: m - 1}), m / (2 * (m - 1))),
        Exact(
            "the package's factor",
            [drift_factor(1, n) for n in range(1, 8)],
            [sp.Rational(n + 1, 2 * n) for n in range(1, 8)],
            about="code",
        ),
    )


def ratio(m: int, claimed: float) -> Finding:
    """The limit of integrated times of m units over those of two with the same share."""
    return approach(
        UNITS[m],
        claimed,
        lambda T: integrated(UNITS[m], T) / integrated(PAIR, T),
        "times over those of m = 2",
    )


def against_two(m: int) -> Finding:
    """The reduction of m units over the law of two units, as it stands."""
    return limit(UNITS[m], other=lambda T: law(PAIR, T))


def check(setting: Setting) -> Evidence:
    """The derivation, the ratios, the reduction against flows and against the law."""
    sizes = (3, 8) if setting.quick else (3, 4, 5, 6, 7, 8)
    delays = DIRECT[2:] if setting.quick else DIRECT
    findings = (
        *at_rest(),
        stability(setting.pick(5, 2)),
        *selection(),
        *drift(),
        *(ratio(m, m / (2 * (m - 1))) for m in sizes),
        Every(
            "the reduction against flows",
            tuple(agreement(case, delays) for case in (UNITS[3], UNITS[8], HALF)),
        ),
        *(limit(UNITS[m]) for m in sizes),
        limit(HALF),
        *exponents(UNITS[3], 2.5, 6.0, FARTHER if setting.full else FAR),
        proved(UNITS[3], 12),
    )
    table = [row for case in (PAIR, *(UNITS[m] for m in sizes)) for row in rows(case, setting)]
    data = {
        m: {float(T): integrated(UNITS[m], T) / integrated(PAIR, T) for T in (17, 18, 19, *CLOSE[::2])}
        for m in sizes
    }
    return Evidence(findings, len(table), None, Table(HEADS, tuple(table)), {"ratios": data})


def _refute(*findings: Callable[[], Any]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        found = [finding() for finding in findings]
        return Evidence(tuple(x for part in found for x in (part if isinstance(part, tuple) else (part,))))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """The ratios to two units against the delay, and the claimed ones."""
    found: Any = evidence.data["ratios"]
    plots.plot_approach(
        {f"m = {m}": (m / (2 * (m - 1)), points) for m, points in found.items()},
        ylabel=r"escape time over that of $m = 2$",
        ax=ax,
    )


STATEMENT = Statement(
    id="ext-escape-units",
    title="More units leave the plateau by the law of two",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\tau_m \sim \frac{m}{2(m-1)}\, \tau_2(p),\quad p = \max_i a_i/a^*;\qquad"
        r"\tau \sim \tfrac12 \Bigl(\frac1{n_s} + \frac1{n_f}\Bigr) \tau_2(P)"
    ),
    hypotheses=(
        "target (125); start sum_i a_i = a*, all positive, one larger than the others, w_i = w*; omega -> 0",
        "tau_2 is the law of ext-escape-law; n_s, n_f units in a slow and a fast cluster, P the slow one's share",
        "the splits' direction is that of their fastest growth: omega small against the logarithm of the shares' ratio",
        "measured for a* = w* = c_0 = sigma = 1, m = 3 to 8: omega from 1/17 to 1/360",
    ),
    provenance=Provenance.NEW,
    uses=("eq-125", "ext-escape-law", "ext-inertia"),
    check=check,
    controls=(
        Control("the law of m = 2 for m = 3", _refute(lambda: ratio(3, 1.0))),
        Control("the law of m = 2 for m = 3, at long delays", _refute(lambda: against_two(3))),
        Control("factor 1/(m - 1)", _refute(lambda: ratio(4, 1 / 3))),
        Control("factor (m + 1)/(2 m), m = 8", _refute(lambda: ratio(8, 9 / 16))),
        Control("exponent 3 w*", _refute(lambda: exponents(UNITS[3], 3.0, 6.0)[0])),
        Control("power omega^(11/2)", _refute(lambda: exponents(UNITS[3], 2.5, 5.5)[1])),
        Control("two slow units are stable", _refute(lambda: stability(2, 2))),
        Control("another decomposition of q(0)", _refute(lambda: selection(2))),
        Control("one more unit shares the gain", _refute(lambda: drift(1))),
    ),
    figure=draw,
    quick=False,
)
