r"""Proposition C.3: on the set, the Hessian is positive semidefinite and singular up to an exponentially small part.

Where the model equals the short part, :math:`H_\omega = \bar H + E`. The Hessian :math:`\bar H` of the short part's
loss is twice the Gram matrix of the derivatives :math:`e^{-w_k t}` and :math:`-a_k t e^{-w_k t}` of the model: it is
positive semidefinite, and its rank is *exactly* the number l of distinct rates plus the number of those rates at
which some amplitude is not 0, because independent functions have a regular Gram matrix and the rest are multiples of
them. This is at most 2l; the paper counts different rows and states m + l, which is not sharp for l < m.

The entries of E are those of `theory.plateau.delayed_part`; Gershgorin gives :math:`|E| \le B = C T^2 e^{-cT}`, and
Weyl moves no eigenvalue by more than B. So rank(:math:`\bar H`) eigenvalues stay of order one, all others lie in [-B,
B]. That :math:`\bar H` is a Gram matrix, and of which functions, is an identity for every width and partition
(`theory.landscape.all_partitions`); the bound on E is certified on a region, unit by unit (`_regions`). The code is
held against both: rank and split at random points by the inertia of :math:`H_\omega - sI` at exact shifts s, never by
a rounded eigenvalue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb, fmpq

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.arithmetic.matrices.inertia import exact_inertia
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Count, Every, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import all_partitions
from memcurse.theory.landscape.equivalent_parameters import labelled_partitions
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.plateau.delayed_part import (
    GaussianTemplate,
    delta_constant,
    delta_floor,
    gram,
    hessian_constants,
)

from ._memory import SLACK, OnSpace, ball_text, points_on_spaces
from ._regions import scaled_forms, unit_below
from ._spectrum import draw, hessian_at, inertia_at, spectrum

_LADDER = (20, 30, 45, 60, 90, 140, 200, 300)
_DELAYS_PER_POINT = 4


@dataclass(frozen=True)
class Split:
    """What is claimed: `rank` eigenvalues of order one (default: the exact rank), the others within
    ``slack C T^2 e^(-factor c T)``.
    """

    rank: Callable[[OnSpace], int] | None = None
    factor: int = 1
    slack: int = 1

    def bound(self, point: OnSpace, T: int) -> sp.Expr:
        """B, exact."""
        constant = sp.Max(*hessian_constants(point.a, point.w, GaussianTemplate().envelope), evaluate=True)
        return self.slack * constant * T**2 * sp.exp(-self.factor * point.rate * T)


def gram_rank(point: OnSpace) -> int:
    """Rank of the short part's Hessian: the distinct rates, and those of them that carry an amplitude."""
    groups = point.space.partition
    return len(groups) + sum(any(point.a[i] != 0 for i in group) for group in groups)


def short_hessian(point: OnSpace) -> sp.Matrix:
    """The Hessian of the short part's loss, rational."""
    return closed_forms.hessian(point.a, point.w, point.short.moment)


def _gram_identity(widths: Sequence[int]) -> Finding:
    """Hessian = 2 Gram on every space, for symbolic amplitudes and rates: the residual's moments vanish."""
    pairs = []
    for m in widths:
        for l in range(1, m + 1):
            a, v, b = amplitudes(m), rates(l), sp.symbols(f"b_1:{l + 1}", real=True)

            def moment(k: int, w: sp.Expr, b: Any = b, v: Any = v) -> sp.Expr:
                terms = zip(b, v, strict=True)
                return sp.factorial(k) * sp.Add(*(bj / (w + vj) ** (k + 1) for bj, vj in terms))

            for partition in labelled_partitions(m, l):
                model, w = list(a), [v[0]] * m
                for j, group in enumerate(partition):
                    model[group[-1]] = b[j] - sp.Add(*(a[i] for i in group[:-1]))
                    for i in group:
                        w[i] = v[j]
                H, G = closed_forms.hessian(model, w, moment), gram(model, w)
                pairs += [(H[i, j], 2 * G[i, j]) for i in range(2 * m) for j in range(i, 2 * m)]
    return Identities(
        f"Hessian of the short part = 2 Gram, m <= {widths[-1]}", tuple(pairs), sizes=len(widths)
    )


def _singular_part(sign: int = -1) -> list[Finding]:
    """Where all moments of the residual vanish the Hessian is twice a Gram matrix, of known rank."""
    return [
        Identities("what the Hessian has at k = n holds R_1 and R_2", all_partitions.single_sums()),
        Identities(
            "double sum = 2 |direction|^2, every width", all_partitions.squared_norm_of_direction(sign)
        ),
        Identities("double sum over units = over groups, every partition", all_partitions.double_sums()),
        Identities("(U - S t) e^(-v t) are independent", all_partitions.one_rate_taken_off()),
    ]


def _zeros(points: Sequence[OnSpace], more: int = 0) -> Finding:
    """Exact inertia of the short part's Hessian; `more` zero eigenvalues are claimed by the control."""

    counts = []
    for point in points:
        inertia, m, l = exact_inertia(short_hessian(point).tolist()), len(point.a), len(point.space.partition)
        counts += [
            Count(f"negative eigenvalues at {point.text}", inertia.negative, 0),
            Count(f"zero eigenvalues at {point.text}", inertia.zero, 2 * m - gram_rank(point) + more),
            Count(f"zero eigenvalues at least m - l at {point.text}", inertia.zero, m - l, ">="),
        ]
    return Every(
        "short part: positive semidefinite, with exactly the zero eigenvalues claimed", tuple(counts)
    )


def _order_one(point: OnSpace) -> Any:
    """A power of two below half of the smallest positive eigenvalue of the short part's Hessian, exactly."""

    H, n = short_hessian(point), 2 * len(point.a)
    positive = exact_inertia(H.tolist()).positive
    for k in range(400):
        shift = sp.Rational(1, 2**k)
        if exact_inertia((H - 2 * shift * sp.eye(n)).tolist()).positive == positive:
            return fmpq(1, 2**k)
    raise ArithmeticError(f"`point` must have a positive eigenvalue above 2^-400; got {point.text}")


def _long_delays(point: OnSpace) -> tuple[int, ...]:
    """The first delays of the ladder for which the hypothesis holds: B below the gap."""

    level, holds = _order_one(point), []
    with precision(30):
        for T in _LADDER:
            if constant_ball(Split().bound(point, T)) < arb(level):
                holds.append(T)
    return tuple(holds[:_DELAYS_PER_POINT])


def _split(claim: Split, point: OnSpace, T: int, digits: int) -> tuple[list[Finding], tuple[Any, ...]]:
    """At one delay: eigenvalues above the gap, above B, and below -B."""

    with precision(digits):
        bound = arb(constant_ball(claim.bound(point, T)).upper())
    level = _order_one(point)
    counts = [inertia_at(point, T, shift, digits) for shift in (level, bound, -bound)]
    order_one = (claim.rank or gram_rank)(point)
    where = f"at {point.text}, T = {T}"
    found = [c.positive if c else None for c in counts[:2]] + [counts[2].negative if counts[2] else None]
    with precision(digits):
        separated = BallInequalities(f"bound below the gap {where}", ((bound, arb(level)),))
    findings: list[Finding] = [
        separated,
        Count(f"eigenvalues above the gap {where}", found[0], order_one),
        Count(f"eigenvalues above B {where}", found[1], order_one),
        Count(f"eigenvalues below -B {where}", found[2], 0),
    ]
    row = (point.text, T, 2 * len(point.a), *(str(x) for x in found), str(level), ball_text(bound))
    return findings, row


def _splits(claim: Split, points: Sequence[OnSpace], digits: int) -> tuple[Finding, list[tuple[Any, ...]]]:
    results = [_split(claim, point, T, digits) for point in points for T in _long_delays(point)]
    slack, factor = ("" if x == 1 else f"{x} " for x in (claim.slack, claim.factor))
    name = f"B = {slack}C T^2 e^(-{factor}cT) splits the spectrum"
    return Every(name, tuple(finding for findings, _ in results for finding in findings)), [
        row for _, row in results
    ]


def _delayed_part(points: Sequence[OnSpace], digits: int) -> Finding:
    """The entries of E at ``(a_k, w_k)`` and ``(w_k, w_k)`` between their bounds: the order omega^-2 is right."""

    pairs: list[tuple[Any, Any]] = []
    template = GaussianTemplate()
    for point in points:
        exact, m = short_hessian(point), len(point.a)
        for T in _long_delays(point)[:2]:
            # E is what is left when order one cancels, so its size comes on top of the digits.
            H = hessian_at(point, T, digits + 2 * T)
            with precision(digits + 2 * T):
                for k, (a, w) in enumerate(zip(point.a, point.w, strict=True)):
                    for n, row, factor in ((1, k, sp.S.One), (2, m + k, abs(a))):
                        value = abs(H[row, m + k] - rational_ball(exact[row, m + k]))
                        size = 2 * factor * sp.Integer(T) ** n * sp.exp(-w * T)
                        low = delta_floor(n, template, w) * size
                        high = delta_constant(n, *template.envelope, w) * size
                        if factor != 0:
                            pairs += [(constant_ball(low), value), (value, constant_ball(high))]
    return BallInequalities("entries of E between c T^n e^(-wT) and C T^n e^(-wT)", tuple(pairs))


def check(setting: Setting) -> Evidence:
    """The structure of the singular part exactly, and the split of the spectrum by certified inertia."""
    points = points_on_spaces(setting, "prop-c.3")
    splits, rows = _splits(Split(), points, setting.digits)
    code = (
        _gram_identity(range(1, setting.pick(4, 3))),
        _zeros(points),
        _delayed_part(points, setting.digits),
        splits,
    )
    findings = (
        *_singular_part(),
        scaled_forms(range(1, 3)),
        unit_below((1, 2), 2, "Hessian"),
        *map(about_code, code),
    )
    columns = ("point", "T", "eigenvalues", "above the gap", "above B", "below -B", "gap", "B")
    brackets = spectrum(points[1], Split().bound, setting)
    return Evidence(findings, len(rows), setting.digits, Table(columns, tuple(rows)), brackets)


def _too_many_zeros(setting: Setting) -> Evidence:
    points = points_on_spaces(setting, "prop-c.3")[:2]
    return Evidence((_zeros(points, more=1),), len(points))


def _refute(claim: Split) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        points = points_on_spaces(setting, "prop-c.3")[:2]
        finding, rows = _splits(claim, points, setting.digits)
        return Evidence((finding,), len(rows), setting.digits)

    return refute


def _first_power(setting: Setting) -> Evidence:
    """``C omega^-1 e^(-c/omega)``."""
    return Evidence((unit_below((1, 2), 1, "Hessian"),))


def _row_count(point: OnSpace) -> int:
    """``m + l``."""
    return len(point.a) + len(point.space.partition)


def _semidefinite(setting: Setting) -> Evidence:
    """The exponentially small part dropped: no negative eigenvalue at any delay."""

    points = points_on_spaces(setting, "prop-c.3")[:2]
    counts = []
    for point in points:
        for T in _long_delays(point):
            inertia = inertia_at(point, T, fmpq(0), setting.digits)
            counts.append(Count(f"{point.text}, T = {T}", inertia.negative if inertia else None, 0))
    return Evidence(
        (Every("negative eigenvalues of the Hessian", tuple(counts)),), len(counts), setting.digits
    )


STATEMENT = Statement(
    id="prop-c.3",
    title="The Hessian: order one, or exponentially small",
    paper="curse-of-memory",
    section="C.2",
    claim=(
        r"\hat\rho(\cdot\,;\theta) = \bar\rho \;\Rightarrow\; \nabla^2 J_\omega(\theta) = \bar H + "
        r"E,\quad \bar H \succeq 0,\; \operatorname{rank} \bar H = l + \#\{j : a|_{I_j} \ne 0\} \le m "
        r"+ l,\quad \|E\| \le C(\theta)\, \omega^{-2} e^{-c/\omega},\; c = \min_k w_k"
    ),
    hypotheses=(
        "theta represents the short part exactly and has l distinct rates",
        (
            "|rho_0(s)| <= c_0 exp(-c_1 s^2) for all s, omega small enough that the bound lies below "
            "the smallest positive eigenvalue of the short part's Hessian"
        ),
    ),
    provenance=Provenance.DERIVED,
    corrects=(
        "Proposition C.3 counts m + l eigenvalues of order one. There are at most 2 l, so that 2 (m - l) "
        "vanish: twice the paper's count."
    ),
    uses=("eq-97", "eq-20", "lem-c.1", "lem-c.2", "lem-c.3"),
    check=check,
    controls=(
        Control("small part below exp(-2c/omega)", _refute(Split(factor=2, slack=SLACK))),
        Control("one zero eigenvalue more", _too_many_zeros),
        Control("omega^-1 in place of omega^-2, on the region", _first_power),
        Control("directions u + a s t, every width", lambda setting: Evidence(_singular_part(1))),
        Control("no negative eigenvalue of the Hessian at any omega", _semidefinite),
        Control(
            "m + l eigenvalues of order one, the paper's bound as an equality",
            _refute(Split(rank=_row_count)),
        ),
    ),
    figure=draw,
)
