r"""In L2 there is no curse for the power law: one width is enough for every omega. In L1 none is.

**L2.** :math:`\|\rho_\omega\|_2^2 = 1/(1+2\omega) \le 1` and
:math:`\|\rho_\omega - \rho_\eta\|_2^2 = 2(\omega-\eta)^2/((1+2\omega)(1+2\eta)(1+\omega+\eta)) \le 2(\omega-\eta)^2`,
down to omega = 0, where the kernel :math:`1/(1+t)` is no longer in L1. So a sum that is within e of :math:`\rho_\eta`
is within delta of every :math:`\rho_\omega` with :math:`|\omega-\eta| \le (\delta-e)/\sqrt 2`. Finitely many certified
sums of at most 3 terms, whose intervals cover [0, 1], prove for delta = 1/10 that 3 terms are enough for *all* omega
in [0, 1] (identities PROVED, sums and cover CERTIFIED, the last for every omega by subdivision).

**L1.** :math:`\|\rho_\omega\|_1 = 1/\omega`, and no width is enough for all omega: with windows
:math:`[R^l, R^{l+1}]` the Hankel bound (`numerics.approximation.widths.hankel_bound`, with its proof: the masses of a
sum of m terms in 2m + 1 equal parts of a window have a singular Hankel matrix, those of the power law a positive
definite one) gives a distance of the order :math:`c_m/\omega` from every sum of m terms, of whatever amplitudes and
rates. At the instances every sum of 1, 2, 3 terms is farther than delta = 1/10 from :math:`\rho_\omega` (CERTIFIED).

The two norms answer different questions: in L2 the far tail does not count. They must not be mixed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb

from memcurse.numerics.approximation.l2.best_fit import best_fit
from memcurse.numerics.approximation.widths.certified_width import certified_width
from memcurse.numerics.approximation.widths.growing_sums import ladder
from memcurse.numerics.approximation.widths.hankel_bound import hankel_lower_bound
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import hull, precision
from memcurse.numerics.objective.functionals import fraction_ball
from memcurse.numerics.plots.style import BLACK, BLUE, GREEN, GREY
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import (
    BallInequalities,
    BallInequality,
    Every,
    Exact,
    ForAll,
    Identity,
    Violation,
)
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.approximation import trapezoid as theory
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import PowerLaw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DELTA = sp.Rational(1, 10)
_TERMS = 3
#: How close the sums of the cover come to their own power law.
_NEAR = sp.Rational(7, 100)
#: ``(m, 1/omega, windows)`` of the L1 bound.
_FAR = ((1, 8, 8), (2, 100, 60), (3, 2500, 800))
_FITS = ("1", "1/2", "1/4", "1/8", "1/16", "1/32", "1/64", "0")


@dataclass(frozen=True)
class Cover:
    """A certified sum for the exponent `eta`, good for every exponent within `radius` of it (rational, inner).

    `near` is a rational number above its error.
    """

    eta: Fraction
    m: int
    error: Any
    near: Fraction
    radius: Fraction


def _identities(norm: Callable[[Any], Any] = theory.squared_l2_norm) -> list[Finding]:
    """Norms and distances: antiderivatives, and inner products of two exponents."""
    omega, eta, T = sp.symbols("omega eta T", positive=True)
    rho, other = ((1 + t) ** (-(1 + x)) for x in (omega, eta))
    tail = (1 + T) ** (-(1 + 2 * omega)) * norm(omega)
    mixed = (1 + T) ** (-(1 + omega + eta)) / (1 + omega + eta)
    distance = norm(omega) + norm(eta) - 2 / (1 + omega + eta)
    return [
        Identity("int_T^oo rho^2, with the norm at T = 0", -sp.diff(tail, T), (rho**2).subs(t, T)),
        Identity("int_T^oo rho_omega rho_eta", -sp.diff(mixed, T), (rho * other).subs(t, T)),
        Identity("squared distance", distance, theory.squared_l2_distance(omega, eta)),
    ]


@lru_cache(maxsize=64)
def _sum_at(eta: Fraction) -> Cover:

    width = certified_width(PowerLaw(eta), _NEAR, "l2", budget=12)
    # The error from above and 1/sqrt 2 from below, both to 1e-6.
    near = Fraction(int(1_000_000 * float(width.error_enclosure.upper())) + 1, 1_000_000)
    radius = (Fraction(1, 10) - near) * Fraction(707106, 1_000_000)
    return Cover(eta, width.m, width.error_enclosure, near, radius)


@lru_cache(maxsize=1)
def cover() -> tuple[Cover, ...]:
    """Certified sums, from omega = 0 up, until their intervals pass 1; steps are as long as neighbours overlap."""
    found = [_sum_at(Fraction(0))]
    while found[-1].eta + found[-1].radius < 1:
        last = found[-1]
        for tenths in (19, 15, 12, 10):
            eta = Fraction(int((last.eta + last.radius * Fraction(tenths, 10)) * 1000), 1000)
            following = _sum_at(eta)
            if following.eta - following.radius <= last.eta + last.radius:
                break
        found.append(following)
    return tuple(found)


def _on_every_exponent(delta: sp.Rational = _DELTA) -> Finding:
    """Distance of each sum from its own power law, and of that from the others of its interval: at most delta."""
    omega, parts = sp.Symbol("omega", nonnegative=True), []
    for x in cover():
        eta, near, radius = (sp.Rational(y.numerator, y.denominator) for y in (x.eta, x.near, x.radius))
        # Squared, with the sign kept: a sum that is farther than delta itself leaves a negative room.
        room = (delta - near) * abs(delta - near)
        ends = (max(eta - radius, sp.S.Zero), min(eta + radius, sp.S.One))
        squared = theory.squared_l2_distance(omega, eta)
        parts.append(ForAll(f"sum for omega = {eta}", squared, room, {omega: ends}, strict=False))
    return Every("every exponent has its sum", tuple(parts))


def _covered(terms: int) -> list[Finding]:
    """The sums have at most `terms` terms; radius and error leave delta; neighbours overlap, and 0 and 1 are inside."""

    sums = cover()
    with precision(30):
        delta = fraction_ball(Fraction(1, 10))
        reach = [(x.error + arb(2).sqrt() * fraction_ball(x.radius), delta) for x in sums]
        reach += [(x.error, fraction_ball(x.near)) for x in sums]
        joints = [
            (fraction_ball(y.eta - y.radius), fraction_ball(x.eta + x.radius)) for x, y in pairwise(sums)
        ]
        joints += [
            (fraction_ball(sums[0].eta - sums[0].radius), arb(0)),
            (arb(1), fraction_ball(sums[-1].eta + sums[-1].radius)),
        ]
        # The least width is at most that of the sum found, which refutes nothing if it is too long.
        widths = [(hull(arb(1), arb(x.m)), arb(terms + 0.5)) for x in sums]
    return [
        BallInequalities("distance of the sums within the interval of exponents", reach),
        BallInequalities("the intervals cover [0, 1]", joints, strict=False),
        BallInequalities(f"at most {terms} terms", widths),
    ]


@lru_cache(maxsize=2)
def _far(quick: bool) -> list[tuple[int, int, Any]]:
    """``(m, 1/omega, lower bound)`` on the L1 distance from every sum of m terms."""

    with precision(30):
        return [
            (m, inverse, hankel_lower_bound(sp.Rational(1, inverse), m, windows))
            for m, inverse, windows in (_FAR[:2] if quick else _FAR)
        ]


def _l1_finding(quick: bool) -> Finding:
    """In L1 one exponent is enough to refute a width for all of them."""
    with precision(30):
        parts = [
            Violation(
                f"in L1 {m} terms are within {_DELTA} for every omega: not at 1/{n}",
                BallInequality("lower bound", bound, constant_ball(_DELTA), strict=False),
            )
            for m, n, bound in _far(quick)
        ]
    return Every(f"in L1 no width up to {len(parts)} is enough", tuple(parts))


@lru_cache(maxsize=2)
def _fits(quick: bool) -> list[tuple[Any, ...]]:
    """``(omega, m, J)`` of certified L2 minima."""

    omegas = _FITS[::3] if quick else _FITS
    return [
        (omega, m, best_fit(PowerLaw(omega), m, digits=20).loss_enclosure)
        for omega in omegas
        for m in range(1, _TERMS + 1)
    ]


def _minima(quick: bool) -> Finding:
    """L2 minima of 3 terms within delta at every omega, and at most sqrt 2 omega away from that at omega = 0."""

    with precision(30):
        near = [(J.sqrt(), constant_ball(_DELTA)) for _, m, J in _fits(quick) if m == _TERMS]
        limits = {m: J.sqrt() for omega, m, J in _fits(False) if omega == "0"}
        moved = [
            (abs(J.sqrt() - limits[m]), arb(2).sqrt() * constant_ball(sp.Rational(omega)))
            for omega, m, J in _fits(quick)
            if omega != "0"
        ]
    parts = (
        BallInequalities(f"minima of {_TERMS} terms within {_DELTA}", near),
        BallInequalities("minima move by sqrt 2 omega at most", moved, strict=False),
    )
    return Every("certified L2 minima", parts)


def check(setting: Setting) -> Evidence:
    """Norms, the cover, certified minima, and the L1 bound."""
    findings = [
        *_identities(),
        _on_every_exponent(),
        _l1_finding(setting.quick),
        *map(about_code, (*_covered(_TERMS), _minima(setting.quick))),
    ]
    rows = [(f"L2 sum at omega = {x.eta}", x.m, x.error.str(6), float(x.radius)) for x in cover()]
    rows += [
        (f"L2 minimum at omega = {omega}", m, J.sqrt().str(6), 0.0) for omega, m, J in _fits(setting.quick)
    ]
    rows += [
        (f"L1 lower bound at omega = 1/{n}", m, bound.str(6), 0.0) for m, n, bound in _far(setting.quick)
    ]
    table = Table(("what", "m", "distance", "radius in omega"), tuple(rows))
    return Evidence(findings, len(rows), 30, table)


# --- controls ------------------------------------------------------------------------------------------------------


def _l1_norm(setting: Setting) -> Evidence:
    """The L1 norm 1/omega in place of the squared L2 norm."""
    return Evidence(_identities(theory.l1_norm))


def _fewer(setting: Setting) -> Evidence:
    """Two terms at omega = 0: the certified minimum, the limit of those for omega > 0, is farther than delta."""

    with precision(30):
        pairs = [
            (J.sqrt(), constant_ball(_DELTA))
            for omega, m, J in _fits(False)
            if omega == "0" and m == _TERMS - 1
        ]
    return Evidence((BallInequalities("two terms at omega = 0", pairs),), 1, 30)


def _bounded_in_l1(setting: Setting) -> Evidence:
    """The same width for every omega in L1."""

    with precision(30):
        pairs = [(bound, constant_ball(_DELTA)) for _, _, bound in _far(setting.quick)]
    name = f"in L1, too, {_FAR[0][0]}, {_FAR[1][0]} or {_FAR[2][0]} terms come within {_DELTA}"
    return Evidence((BallInequalities(name, pairs, strict=False),), len(pairs), 30)


def _distance_first_order(setting: Setting) -> Evidence:
    """The squared distance without the factor 2, at exponents of the cover."""
    etas = [sp.Rational(x.eta.numerator, x.eta.denominator) for x in cover()]
    pairs = list(pairwise(etas))
    exact = [1 / (1 + 2 * p) + 1 / (1 + 2 * q) - 2 / (1 + p + q) for p, q in pairs]
    claimed = [theory.squared_l2_distance(p, q) / 2 for p, q in pairs]
    return Evidence((Exact("squared distance, halved", exact, claimed),), len(pairs))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Best L2 distances for 1, 2, 3 terms and best L1 distances found, against omega."""

    fits = _fits(False)
    omegas = [x for x in _FITS if x != "0"]
    for m, colour, marker in zip((1, 2, 3), (BLUE, GREEN, GREY), "os^", strict=True):
        x = [float(sp.Rational(o)) for o in omegas]
        l2 = [float(J.sqrt().mid()) for omega, k, J in fits if k == m and omega != "0"]
        l1 = [ladder(PowerLaw(o), "l1")[m].error for o in omegas]
        ax.plot(x, l2, marker + "-", color=colour, label=rf"$L^2$, m = {m}, certified")
        ax.plot(x, l1, marker + ":", color=colour, fillstyle="none", label=rf"$L^1$, m = {m}, found")
    ax.axhline(float(_DELTA), color=BLACK, linewidth=1)
    ax.annotate(r"$\delta = 1/10$", (0.0155, float(_DELTA)), va="top", ha="right")
    ax.set(xscale="log", yscale="log", xlabel=r"exponent $\omega$", ylabel="distance from the power law")
    ax.invert_xaxis()
    ax.legend(fontsize=8, ncols=2, frameon=False, loc="upper left")
    ax.set_ylim(top=3e4)


STATEMENT = Statement(
    id="ext-l2-no-curse",
    title="No curse of memory in L2, and no fixed width in L1",
    paper="curse-of-memory",
    section="4",
    claim=(
        r"\|\rho_\omega\|_2^2 = \tfrac1{1+2\omega}; \quad \text{for all } \omega \in [0, 1] \text{ there is } \hat\rho "
        r"\text{ of 3 terms with } \|\rho_\omega - \hat\rho\|_2 \le \tfrac1{10}; \quad \text{in } L^1 "
        r"\text{ no sum of 3 terms does at } \omega = \tfrac1{2500}"
    ),
    hypotheses=("rho_omega = (1+t)^-(1+omega)", "L1 bound: any real amplitudes and rates"),
    provenance=Provenance.NEW,
    uses=("ext-power-law-width",),
    check=check,
    controls=(
        Control("the L1 norm 1/omega in place of 1/(1 + 2 omega)", _l1_norm),
        Control("three terms are enough in L1, too", _bounded_in_l1),
        Control("the certified minima of two terms are as close", _fewer),
        Control("half the squared distance", _distance_first_order),
        Control(
            "within 1/11 with the same sums, for every omega",
            lambda setting: Evidence((_on_every_exponent(sp.Rational(1, 11)),)),
        ),
    ),
    figure=draw,
)
