r"""Theorems D.2 and D.7: for a target of m terms, far more coincided critical spaces than global minimisers.

*Minimisers.* The loss, a squared distance, is least where it vanishes: by lemma C.3 with m* = m on m! S(m, m) = m!
spaces of dimension 0, the permutations of the target.

*Spaces.* There are :math:`\sum_{l<m} l!\,S(m, l)` (theorem D.1). The paper keeps the last two terms. With
:math:`A(m) = S(m, m-1)` and :math:`B(m) = S(m, m-2)` the recurrence :math:`S(m, l) = l\,S(m-1, l) + S(m-1, l-1)` gives
:math:`A(m) = (m-1) + A(m-1)`, :math:`B(m) = (m-2) A(m-1) + B(m-1)`, A(1) = B(2) = 0, which is solved by

.. math:: A = \tfrac{m(m-1)}{2}, \quad B = \tfrac{m(m-1)(m-2)(3m-5)}{24}, \qquad
          \frac{A}{m} + \frac{B}{m(m-1)} = \frac{(3m-2)(m+1)}{24}.

Multiplied by m! the last line is the bound. All terms that it leaves out are positive, and there are some for m >= 4
only: equality holds at m = 2 and 3 and nowhere else. All of this is decided for every m.

*The code at instances.* The loss at the enumerated permutations is 0 and the Hessian there positive definite; on the
spaces with l < m the loss is positive; the numbers of spaces are counted by two routes and held against the bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, precision
from memcurse.numerics.arithmetic.matrices.inertia import exact_inertia
from memcurse.numerics.landscape.nondegenerate_points import reduced_points
from memcurse.numerics.plots.style import BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import (
    BallInequalities,
    Came,
    Count,
    Counted,
    Every,
    Exact,
    Identities,
    Inequalities,
)
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import representations
from memcurse.theory.landscape.critical_spaces import (
    count_all_critical_spaces,
    count_critical_spaces,
    paper_lower_bound,
)
from memcurse.theory.landscape.equivalent_parameters import equivalent_spaces, stirling2
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.targets.target import ExponentialSum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TARGETS = (
    ExponentialSum([1, 2], [1, 3]),
    ExponentialSum([1, -2], [1, 3]),
    ExponentialSum([1, 2, 1], [1, 3, 9]),
    ExponentialSum([1, -2, 3], [1, 3, 5]),
    ExponentialSum([2, 1, 3, 1], [1, 4, 16, 64]),
)


def _minimisers(targets: Sequence[ExponentialSum], more: int = 0) -> Finding:
    """Number of points of the set on which the loss vanishes, the loss there, and the inertia of the Hessian."""

    parts: list[Finding] = []
    for target in targets:
        m, losses = len(target.a), []
        points = [space.point(_amplitudes(space)) for space in equivalent_spaces(target, m)]
        for a, w in points:
            losses.append(closed_forms.loss(a, w, target.moment, target.squared_norm()))
        where = f"m = {m}, {target.expression}"
        H = closed_forms.hessian(*points[0], target.moment)
        parts += [
            Counted(f"global minimisers, {where}", math.factorial(m) + more, len(set(points))),
            Exact(f"loss at the minimisers, {where}", losses, [0] * len(losses)),
            Count(f"positive eigenvalues there, {where}", exact_inertia(H.tolist()).positive, 2 * m),
        ]
    return Every("m! isolated minimisers with loss 0", tuple(parts))


def _amplitudes(space: Any) -> list[sp.Expr]:
    """The one point of a space of dimension 0."""
    a = [sp.S.Zero] * space.width
    for (k,), amplitude in zip(space.partition, space.amplitudes, strict=True):
        a[k] = amplitude
    return a


def _no_minimiser_on_spaces(targets: Sequence[ExponentialSum], digits: int) -> tuple[list[Finding], int]:
    """The loss at every critical point found, and that each J_l has one."""

    cases = [(target, l) for target in targets for l in range(1, len(target.a))]
    with precision(digits):
        points = [list(reduced_points(target, l, digits)) for target, l in cases]
    pairs = tuple((0 * point.loss, point.loss) for found in points for point in found)
    findings: list[Finding] = [Came("J_l with a critical point, l < m", sum(map(bool, points)), len(cases))]
    if pairs:
        findings.append(BallInequalities("the loss is positive on the spaces with l < m", pairs))
    return findings, len(pairs)


def _next_to_last(n: Any) -> Any:
    """``S(n, n-1)``."""
    return n * (n - 1) / 2


def _second_to_last(n: Any) -> Any:
    """``S(n, n-2)``."""
    return n * (n - 1) * (n - 2) * (3 * n - 5) / 24


def _proof(factor: int = 1, more: int = 0) -> list[Finding]:
    """Minimisers and bound for every m; `factor` times the bound, or `more` minimisers, are claimed by controls."""
    m = sp.Symbol("m", positive=True)
    A, B = _next_to_last, _second_to_last
    solved = (
        (A(sp.S.One), sp.S.Zero),
        (B(sp.Integer(2)), sp.S.Zero),
        (A(m), (m - 1) + A(m - 1)),
        (B(m), (m - 2) * A(m - 1) + B(m - 1)),
    )
    factorial = sp.Symbol("m!", positive=True)
    # (m-1)! and (m-2)! by m!; what the bound leaves out, with l = 1 among it from m = 4 on.
    kept = factorial / m * A(m) + factorial / (m * (m - 1)) * B(m)
    bound = factor * factorial * (3 * m - 2) * (m + 1) / 24
    others = sp.Symbol("rest", nonnegative=True)
    # m! S(m, m), with S(m, m) = m 0 + S(m-1, m-1) = 1; their dimension.
    last = (factorial * 1 + more, factorial), ((m - m), sp.S.Zero), (m * 0 + sp.S.One, sp.S.One)
    return [
        Identities("lemma C.3: model less target, collected by rate", representations.by_groups()),
        Identities("lemma C.3: coefficients are 0", representations.one_rate_taken_off()),
        Identities("m! S(m, m) = m! points", [*representations.number_of_spaces(), *last]),
        Identities("S(m, m-1) and S(m, m-2) by their recurrences", solved),
        Inequalities("two terms are the bound, others are not negative", [(bound, kept + others, others)]),
        Inequalities("beyond it from m = 4 on", [(bound, kept + 1 + others, 1 + others)], strict=True),
    ]


def _closed_forms() -> Finding:
    """The two last numbers against the package's, m < 40."""
    widths = range(2, 40)
    values = [f(sp.Integer(n)) for f in (_next_to_last, _second_to_last) for n in widths]
    stirling = [stirling2(n, n - 1) for n in widths] + [stirling2(n, n - 2) for n in widths]
    return Exact("closed forms against S(m, l), m < 40", values, stirling)


def _bound(claimed: Callable[[int], Any], widths: Sequence[int], strict: bool) -> Finding:

    with ball_precision(4000):
        pairs = [
            (constant_ball(sp.Rational(claimed(m))), constant_ball(sp.Integer(_total(m)))) for m in widths
        ]
    sign = ">" if strict else ">="
    return BallInequalities(
        f"sum of l! S(m, l) {sign} bound, m = {widths[0]}..{widths[-1]}", tuple(pairs), strict
    )


def _total(m: int) -> int:
    return sum(count_critical_spaces(m, l) for l in range(1, m))


def check(setting: Setting) -> Evidence:
    """Minimisers and bound for every m; then minimisers, spaces without one, and the number of spaces counted."""
    targets = _TARGETS[: setting.pick(5, 3)]
    positive, count = _no_minimiser_on_spaces(targets, 20)
    widths = range(2, setting.pick(120, 40))
    code = (
        _minimisers(targets),
        *positive,
        _closed_forms(),
        Exact(
            "equality at m = 2 and 3", [_total(2), _total(3)], [paper_lower_bound(2), paper_lower_bound(3)]
        ),
        _bound(paper_lower_bound, range(4, widths[-1] + 1), strict=True),
        Exact(
            "two routes to the sum",
            [_total(m) for m in widths],
            [count_all_critical_spaces(m) for m in widths],
        ),
    )
    rows = tuple((m, math.factorial(m), _total(m), str(paper_lower_bound(m))) for m in range(2, 31))
    columns = ("m", "global minimisers m!", "spaces, sum of l! S(m, l)", "m! (3m-2)(m+1)/24")
    instances = len(targets) + count + len(widths)
    return Evidence([*_proof(), *map(about_code, code)], instances, 20, Table(columns, rows))


def _equality(setting: Setting) -> Evidence:
    widths = range(2, 7)
    totals, bounds = [_total(m) for m in widths], [paper_lower_bound(m) for m in widths]
    return Evidence((Exact("sum of l! S(m, l) = m! (3m-2)(m+1)/24", totals, bounds),), len(widths))


def _twice(setting: Setting) -> Evidence:
    counted = _bound(lambda m: 2 * paper_lower_bound(m), range(2, 40), strict=False)
    return Evidence([*_proof(factor=2), counted], 38)


def _one_more_minimiser(setting: Setting) -> Evidence:
    return Evidence([*_proof(more=1), _minimisers(_TARGETS[:1], more=1)], 1)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Spaces per minimiser, and the bound of the paper."""
    if evidence.table is None:
        return
    widths = [row[0] for row in evidence.table.rows]
    ax.plot(widths, [row[2] / row[1] for row in evidence.table.rows], "o-", color=BLUE, label="spaces / m!")
    bound = [(3 * m - 2) * (m + 1) / 24 for m in widths]
    ax.plot(widths, bound, "--", color=VERMILION, label="(3m - 2)(m + 1)/24")
    ax.set(yscale="log", xlabel="width m = number of terms", ylabel="critical spaces per global minimiser")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="thm-d.2",
    title="Many more critical spaces than global minimisers (with theorem D.7)",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"\rho = \sum_{j=1}^m a^*_j e^{-w^*_j t}: \text{ exactly } m! \text{ global minimisers, and }"
        r"\sum_{l<m} l!\,S(m, l) \;\ge\; m!\,\tfrac{(3m-2)(m+1)}{24} \text{ coincided critical affine "
        r"spaces, with equality at } m = 2, 3 \text{ only}"
    ),
    hypotheses=(
        "m >= 2, a*_j other than 0 and w*_j > 0 distinct",
        "J_l has a non-degenerate critical point for every l < m (theorem D.6: so if all a*_j > 0)",
    ),
    provenance=Provenance.DERIVED,
    uses=("lem-c.3", "thm-d.1"),
    check=check,
    controls=(
        Control("equality for every m", _equality),
        Control("twice the bound", _twice),
        Control("m! + 1 global minimisers", _one_more_minimiser),
    ),
    figure=draw,
)
