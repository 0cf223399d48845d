r"""The landscape around coincided critical spaces: level along them, and signs that change where an amplitude vanishes.

On a space the model does not change, so the loss is constant: an identity. By ext-inertia the signs of the Hessian
depend on the signs of the amplitudes only; they are constant between the hyperplanes :math:`a_k = 0` and change across
each of them. The pictures show it on a line (m = 2) and on a plane (m = 3); the regions of the plane are certified on a
grid, from the Hessian itself. For b > 0 > Q, as for a completely monotone target, the number of negative eigenvalues
is that of the positive amplitudes less one: saddles where two or three are positive, stable points where one is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.landscape.critical_spaces import critical_spaces
from memcurse.numerics.plots.landscape import plot_plane_through
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Every, Identities, InertiaIs
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape.critical_spaces import assigned, group_sums
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.targets.target import ExponentialSum

from ._configurations import unlabelled_partitions
from ._irrational import IrrationalConfiguration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.landscape.critical_spaces import CriticalSpace

#: Targets with one critical point of J_1: equal signs (bQ < 0), opposite signs (bQ > 0).
_TARGETS = (ExponentialSum([1, 2], [1, 3]), ExponentialSum([2, -1], [1, 3]))


def _constant_loss(largest: int) -> Finding:
    """J_m = J_l on every space, for symbolic parameters and an unspecified target."""
    pairs = []
    for m in range(1, largest + 1):
        for partition in unlabelled_partitions(m):
            a, v = amplitudes(m), rates(len(partition))
            wide = closed_forms.loss(a, assigned(partition, v))
            pairs.append((wide, closed_forms.loss(group_sums(partition, a), v)))
    return Identities(f"the loss is constant on every space, m <= {largest}", tuple(pairs))


Rule = Callable[[Sequence[sp.Rational], int], int]


def by_regions(shares: Sequence[sp.Rational], sign: int) -> int:
    """Negative eigenvalues from the signs of the shares a_k/b and that of bQ."""
    positive, negative = (sum(bool(side * s > 0) for s in shares) for side in (1, -1))
    return positive - 1 if sign < 0 else negative


def _grid(space: CriticalSpace, n: int, rule: Rule) -> tuple[list[Finding], list[tuple[Any, ...]]]:
    """Certified inertia of the Hessian on a grid of the plane, with grid lines on the boundaries of the regions."""
    b = space.reduced.amplitudes[0]
    sign = space.reduced.signs[0] * (1 if b > 0 else -1)
    steps = [sp.Rational(3 * k, n) - 1 for k in range(n + 1)]
    parts: list[Finding] = []
    rows = []
    for x in steps:
        for y in steps:
            shares = (x, y, 1 - x - y)
            c = IrrationalConfiguration(space, tuple(s * b for s in shares))
            zeros, negative = sum(bool(s == 0) for s in shares), rule(shares, sign)
            claimed = Inertia(4 - negative - zeros, 2 + zeros, negative)
            parts.append(InertiaIs("grid point", c.ball_inertia(), claimed, c.text))
            rows.append((str(space.target.expression), str(x), str(y), negative, zeros))
    return parts, rows


def _planes(setting: Setting, n: int, rule: Rule) -> tuple[Finding, list[tuple[Any, ...]]]:

    spaces = [next(critical_spaces(target, 3, 1, setting.digits)) for target in _TARGETS]
    grids = [_grid(space, n, rule) for space in spaces]
    parts = tuple(part for found, _ in grids for part in found)
    return Every(f"signs on the plane, {len(parts)} grid points", parts), [
        r for _, rows in grids for r in rows
    ]


def check(setting: Setting) -> Evidence:
    """The loss along the spaces, and the signs on two planes."""
    regions, rows = _planes(setting, setting.pick(24, 9), by_regions)
    columns = ("target", "a_1/b", "a_2/b", "negative eigenvalues", "vanishing amplitudes")
    findings = (_constant_loss(setting.pick(5, 4)), regions)
    return Evidence(findings, len(rows), setting.digits, Table(columns, tuple(rows)))


def _refute(rule: Rule) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        regions, rows = _planes(setting, 6, rule)
        return Evidence((regions,), len(rows), setting.digits)

    return refute


def _largest_only(shares: Sequence[sp.Rational], sign: int) -> int:
    """Control: the whole triangle of positive amplitudes and its outside have one number of negative eigenvalues."""
    inside = all(bool(s > 0) for s in shares)
    return 2 if (inside and sign < 0) else 1 if (not inside and sign > 0) else 0


def _changing_loss(setting: Setting) -> Evidence:
    """The loss off the space: the last amplitude does not balance the first."""
    a, v, d, transform = amplitudes(2), rates(1), sp.Symbol("d", real=True), sp.Symbol("L_0", real=True)

    def moment(n: int, w: sp.Expr) -> sp.Expr:
        return transform

    pair = (
        closed_forms.loss((a[0] + d, a[1]), (v[0], v[0]), moment),
        closed_forms.loss((a[0] + a[1],), v, moment),
    )
    return Evidence((Identities("the loss where one amplitude moves alone", (pair,)),))


def draw(evidence: Evidence, ax: Axes) -> None:
    """The loss on a plane through the line of width two, with the exact inertia coloured on the line."""

    plot_plane_through(next(critical_spaces(_TARGETS[0], 2, 1)), ax=ax)
    ax.set_title(r"$\rho = e^{-t} + 2 e^{-3t}$: the loss around a critical line", fontsize=10)


STATEMENT = Statement(
    id="fig-landscape",
    title="The loss and its eigenvalue signs on a line and on a plane",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"J_m \text{ is constant on a coincided critical space; for } l = 1 \text{ its Hessian has } "
        r"\#\{a_k/b > 0\} - 1 \text{ negative eigenvalues if } bQ < 0, \text{ and } \#\{a_k/b < 0\} "
        r"\text{ if } bQ > 0"
    ),
    hypotheses=(
        "(b, v) is a minimiser of J_1 with H_1 > 0, Q is not 0",
        "the targets of the pictures are ours",
    ),
    provenance=Provenance.OURS,
    uses=("thm-d.1", "ext-inertia", "prop-d.1"),
    check=check,
    controls=(
        Control(
            "one number of negative eigenvalues outside the triangle of positive amplitudes",
            _refute(_largest_only),
        ),
        Control(
            "stable and unstable regions exchanged", _refute(lambda shares, sign: by_regions(shares, -sign))
        ),
        Control("the loss is level also where one amplitude moves alone", _changing_loss),
    ),
    figure=draw,
)
