r"""Remark C.3: the plateau ends. The escape time is finite, unless something holds the flow for ever.

The remark argues on the linearised flow: with a negative eigenvalue :math:`\lambda` and a gradient g that is not
orthogonal to its direction the distance grows like :math:`|g|(e^{|\lambda|\tau} - 1)/|\lambda|`. Here the flow itself
is followed, past the linear stage, until it is :math:`\delta` away: certified flows prove that it gets there.

**Three obstacles** show that hypotheses are needed; the first and the last are proofs:

- *A trap.* Let the Hessian be at least :math:`\mu > 0` in the box of half-width :math:`\delta` around the start. As
  long as the flow is in it,
  :math:`\frac{d}{d\tau}|\nabla J| = -\nabla J^T H \nabla J/|\nabla J| \le -\mu|\nabla J|`, so the
  path is never longer than :math:`\int_0^\infty |\nabla J_0| e^{-\mu\tau} d\tau = |\nabla J_0|/\mu`. If that is less
  than :math:`\delta`, the flow never moves by :math:`\delta`. This happens at m = m*, where nothing is degenerate.
- *A stable line.* On a plateau of two equal rates v whose amplitudes, of one sign, sum to b, the Hessian has the sign
  of b Q in the direction that parts the rates (ext-inertia), :math:`Q = \int t^2 e^{-vt} (\hat\rho - \rho)\,dt`. So
  the remark needs **b Q < 0**, which it does not say. (For a Gaussian bump of positive height -Q exceeds a positive
  floor: certified on a region of rates and widths, for every delay.) With a bump of the other sign, b Q > 0, and the
  flow from a start as good as any other comes to rest at a stable part of a critical line: the time is infinite.
- *A symmetry.* On :math:`\{a_i = a_j, w_i = w_j\}` the gradient (19) has equal entries for i and j, so the flow stays
  there: two equal terms never separate, whatever the target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb, fmpq

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ends_text, precision, rational_ball
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia, shifted
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.landscape.critical_spaces import critical_spaces
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.curse_of_memory.landscape.critical_spaces._irrational import (
    IrrationalConfiguration,
)
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau._regions import moments_above, scaled_forms
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import (
    Agreement,
    BallInequalities,
    BallInequality,
    Came,
    Count,
    Escape,
    Every,
    Exact,
    Identities,
    InertiaIs,
    InOrder,
)
from memcurse.proofs_checks.evidence.intervals import Interval
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.targets.target import ExponentialSum

from ._escape import (
    CLAIMED,
    OPPOSITE,
    PAIR,
    REST,
    SINGLE,
    SYMMETRIC,
    TOLERANCES,
    Start,
    computed_times,
    ends,
    proved_time,
    starts,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DISTANCES = (Fraction(1, 200), Fraction(1, 10))
#: What a time is compared with that is said to be finite.
_FINITE = arb(10) ** 100
#: Delays, and half the side of a box of starts that are followed as one: errors grow with the time to escape.
_NEAR = ((4, sp.Rational(1, 1000)), (6, sp.Rational(1, 1000)), (8, sp.Rational(1, 10_000)))
#: The curvature that a trap is tried with.
_CURVATURE = Fraction(1, 20)


def trap(start: Start, delay: int, delta: Fraction, digits: int) -> Finding:
    """The flow never moves by delta: the Hessian exceeds mu in the box, and ``|grad J| < mu delta`` at the start."""

    J, m = start.objective(delay), len(start.a)
    with precision(digits):
        half = arb(fmpq(delta.numerator, delta.denominator))
        box = [[rational_ball(x) + arb(0, half) for x in values] for values in (start.a, start.w)]
        mu = arb(fmpq(_CURVATURE.numerator, _CURVATURE.denominator))
        inertia = ball_inertia(shifted(J.enclose(*box, digits).hessian, mu))
        entries = J.enclose(start.a, start.w, digits).gradient.entries()
        slope = sum((x * x for x in entries), arb(0)).sqrt()
        parts: tuple[Finding, ...] = (
            Count("eigenvalues above mu in the whole box", inertia.positive if inertia else None, 2 * m),
            BallInequality("|grad J| < mu delta", slope, mu * half),
        )
    return Every(f"trapped within {delta} at mu = {_CURVATURE}", parts)


def invariance(widths: Sequence[int]) -> Finding:
    """Where two terms are equal, so are their entries of the gradient, for any target."""
    pairs = []
    for m in widths:
        a, w = amplitudes(m), rates(m)
        gradient = closed_forms.gradient((a[0], a[0], *a[2:]), (w[0], w[0], *w[2:]))
        pairs += [(gradient[0], gradient[1]), (gradient[m], gradient[m + 1])]
    return Identities(f"equal terms stay equal, m <= {widths[-1]}", tuple(pairs))


def settles(start: Start, delay: int, delta: Fraction, digits: int) -> Finding:
    """The flow comes to rest nearer than delta: two integrators agree where, next to a stable part of a line."""
    found = ends(start, delay, delta)
    if any(len(pair) < len(TOLERANCES) for pair in found.values()):
        return Came("ends of the flow", min(map(len, found.values())), len(TOLERANCES))
    routes = {name: (low[0], high[0]) for name, (low, high) in found.items()}
    distance, a, w = next(iter(found.values()))[1]
    space = min(
        critical_spaces(start.objective(delay).target, 2, 1, digits),
        key=lambda x: abs(float(x.rates[0]) - w[0]),
    )
    b = space.reduced.amplitudes[0]
    share = sp.Rational(round(100 * a[0] / float(b)), 100)
    point = IrrationalConfiguration(space, (share * b, b - share * b))
    parts = (
        Agreement(f"distance from the start at time {REST:g}, less than {delta}", routes, CLAIMED),
        InertiaIs("the line next to it", point.ball_inertia(), Inertia(3, 1, 0), point.text),
        InOrder("nearer than delta", ((_point(Fraction(distance)), _point(delta)),)),
    )
    return Every(f"at rest within {delta}", parts)


def _point(x: Fraction) -> Interval:
    return Interval(x, x, is_ball=False)


def _sign(start: Start, delay: int, digits: int) -> list[tuple[Any, Any]]:
    """``(b Q, 0)`` for every rate of the start that several terms share: the hypothesis."""
    memory = start.objective(delay).target
    short = ExponentialSum(*start.terms)
    pairs = []
    with precision(digits):
        for rate in dict.fromkeys(start.w):
            group = [x for x, y in zip(start.a, start.w, strict=True) if y == rate]
            if len(group) > 1:
                Q = constant_ball(short.moment(2, rate)) - constant_ball(memory.moment(2, rate))
                pairs.append((constant_ball(sp.Add(*group)) * Q, arb(0)))
    return pairs


def _symmetry(start: Start) -> Finding:
    """The first two terms of the start are equal, and stay so."""
    equal = Exact("the first two terms are equal", (start.a[0], start.w[0]), (start.a[1], start.w[1]))
    return Every("the first two terms never separate", (equal, invariance((len(start.a),))))


def escapes(start: Start, delay: int, delta: Fraction, digits: int, more: Sequence[Finding] = ()) -> Escape:
    """The flow has moved by delta after a finite time; where b Q is not negative, whether it comes to rest instead."""

    name = f"{start.text}, T = {delay}: moves by {delta}"
    blocked = Escape(name, None, [trap(start, delay, delta, digits), *more])
    if blocked.is_blocked:
        return blocked
    if all(sign < 0 for sign, _ in _sign(start, delay, digits)):
        return Escape(name, _comes(start, delay, delta), blocked.obstacles)
    return Escape(name, None, [*blocked.obstacles, settles(start, delay, delta, digits)])


def _comes(start: Start, delay: int, delta: Fraction) -> Finding | None:
    """The event comes after a finite time, which a certified flow encloses; None where none was proved."""
    time = proved_time(start, delay, Displacement(delta))
    return None if time is None else BallInequality("the time is finite", time, _FINITE)


def _all_near(start: Start, delay: int, within: sp.Rational) -> tuple[Finding, arb]:
    """Every start within a box around this one moves by 1/10 after a finite time, by one certified flow for all."""
    half = arb(0, rational_ball(within).upper())
    a, w = ([rational_ball(x) + half for x in values] for values in (start.a, start.w))
    stop = Displacement(_DISTANCES[-1])
    run = gradient_flow(start.objective(delay), a, w, stop, rtol=1e-3, certify=True)
    time = run.enclosure if isinstance(run, CertifiedRun) and run.enclosure is not None else arb(0, 1) / 0
    name = f"every start within {within} of {start.text}, T = {delay}: moves by 1/10"
    return BallInequality(name, time, _FINITE), time


def separates(start: Start, delay: int, digits: int) -> Escape:
    """The first two terms, equal rates or not, are apart when the flow has moved by 1/10."""
    moved = escapes(start, delay, _DISTANCES[-1], digits, (_symmetry(start),))
    return Escape(f"{start.text}, T = {delay}: separates", moved.time, moved.obstacles)


def check(setting: Setting) -> Evidence:
    """Finite escape times from several starts, and the invariance that shows why not every start will do."""
    ladder = (6, 10) if setting.quick else (6, 8, 10, 14, 18)
    found = [
        (start, T, delta, escapes(start, T, delta, setting.digits))
        for start in starts(setting)
        for T in ladder
        for delta in _DISTANCES
    ]
    apart = [separates(start, ladder[0], setting.digits) for start in starts(setting)]
    rows = [(start.text, T, str(delta), escape.detail) for start, T, delta, escape in found]
    near = [_all_near(PAIR, T, within) for T, within in _NEAR]
    rows += [
        (
            f"all starts within {within} of {PAIR.text}",
            T,
            str(_DISTANCES[-1]),
            " to ".join(ends_text(time, 4)),
        )
        for (T, within), (_, time) in zip(_NEAR, near, strict=True)
    ]
    signs = [pair for start in starts(setting) for T in ladder for pair in _sign(start, T, setting.digits)]
    findings = (
        BallInequalities("hypothesis: b Q < 0 for every rate that terms share", signs),
        scaled_forms(range(3)),
        moments_above(),
        Every("the escape time is finite", tuple(escape for *_, escape in found)),
        *(finding for finding, _ in near),
        Every("the terms separate", tuple(apart)),
        invariance(range(2, 5)),
        *computed_times([(start, T, Displacement(delta)) for start, T, delta, _ in found]),
    )
    table = Table(("start", "T", "distance", "escape time"), tuple(rows))
    return Evidence(findings, len(rows), setting.digits, table, {"found": found})


def _refute(finding: Callable[[int], Finding]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence((finding(setting.digits),), 1, setting.digits)

    return refute


def _never(delay: int) -> Callable[[int], Finding]:
    return lambda digits: escapes(SINGLE, delay, _DISTANCES[0], digits)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Escape times against the delay."""
    found: list[tuple[Start, int, Fraction, Any]] = evidence.data["found"]
    styles = (BLUE, VERMILION, GREEN)
    for start, colour in zip(dict.fromkeys(row[0] for row in found), styles, strict=False):
        for delta, marker in zip(_DISTANCES, "os", strict=True):
            mine = [row for row in found if row[0] is start and row[2] == delta]
            times = [float(row[3].time.pairs[0][0]) for row in mine]
            label = f"a = ({', '.join(map(str, start.a))}), distance {delta}"
            style = "-" if delta == _DISTANCES[-1] else ":"
            ax.plot([row[1] for row in mine], times, marker + style, color=colour, markersize=5, label=label)
    ax.set(yscale="log", xlabel=r"delay $T = 1/\omega$ (time)", ylabel=r"escape time $\tau$")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="rem-c.3",
    title="The plateau ends after a finite time",
    paper="curse-of-memory",
    section="C.2",
    claim=r"\tau_\delta = \inf\{\tau : |\theta(\tau) - \theta_0| > \delta\} < \infty",
    hypotheses=(
        "theta_0 represents the short part exactly, m > m*, no two terms equal",
        "b Q < 0, b the sum of the terms that share a rate v, Q = -int t^2 e^{-vt} rho_0(t - T) dt: the printed "
        "remark omits it, and is false without",
        "at the instances computed: the remark argues on the linearised flow",
    ),
    provenance=Provenance.DERIVED,
    corrects=(
        "Remark C.3: the escape time is finite. It needs b Q < 0: with a bump of the other sign the flow "
        "comes to rest before it has moved by delta."
    ),
    uses=("eq-21", "prop-c.3"),
    check=check,
    controls=(
        Control("m = m* escapes too", _refute(_never(20))),
        Control("m = m* escapes at a longer delay", _refute(_never(40))),
        Control(
            "as printed, without b Q < 0",
            _refute(lambda digits: escapes(OPPOSITE, 10, _DISTANCES[1], digits)),
        ),
        Control(
            "a floor of -Q four times as high, on the region",
            lambda setting: Evidence((moments_above(sp.Rational(1, 4)),)),
        ),
        Control("two equal terms separate", _refute(lambda digits: separates(SYMMETRIC, 10, digits))),
    ),
    figure=draw,
    quick=False,
)
