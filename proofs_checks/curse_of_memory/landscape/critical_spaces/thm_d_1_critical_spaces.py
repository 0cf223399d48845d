r"""Theorem D.1: every non-degenerate critical point of J_l makes l! S(m, l) affine spaces of critical points of J_m.

By eq. (19) the derivatives in the amplitudes of one group are equal on the space, and those in its rates are
proportional to the amplitudes; with the model that of (b, v),

.. math:: \partial J_m/\partial a_k = \partial J_l/\partial b_j, \qquad
          b_j\,\partial J_m/\partial w_k = a_k\,\partial J_l/\partial v_j \qquad (k \in G_j),

so that the gradient vanishes where (b, v) is critical and all :math:`b_j \ne 0`. Both lines are identities for a
symbolic width and every partition (`theory.landscape.all_partitions`), in the amplitudes, the rates and the moments of
the residual: they hold for every target. The space has m rates fixed and l
independent conditions on the amplitudes, hence dimension m - l; different partitions give different rates to some
index. The paper takes a non-degenerate global minimiser of J_l; any critical point does.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import sympy as sp

from memcurse.numerics.landscape.critical_spaces import CriticalSpace
from memcurse.numerics.landscape.nondegenerate_points import reduced_points
from memcurse.numerics.plots.style import BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Counted, Every, Exact, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import all_partitions
from memcurse.theory.landscape.coincidence import coincidence
from memcurse.theory.landscape.critical_spaces import (
    count_critical_spaces,
    critical_gradient,
    gradient_identities,
)
from memcurse.theory.landscape.equivalent_parameters import AffineSpace, labelled_partitions, stirling2
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

from ._configurations import random_configurations, unlabelled_partitions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TARGETS: tuple[Target, ...] = (
    ExponentialSum([1, 2, 1], [1, 3, 9]),
    ExponentialSum([1, -2, 3], [1, 3, 5]),
    PowerLaw(1),
)


def _identities(largest: int) -> list[Finding]:
    partitions = [P for m in range(1, largest + 1) for P in unlabelled_partitions(m)]
    reductions = [pair for P in partitions for pair in gradient_identities(P)]
    return [
        Identities(f"grad J_m from grad J_l on every space, m <= {largest}", tuple(reductions)),
        _vanishing(range(1, largest + 1)),
    ]


def _vanishing(widths: Sequence[int], defect: sp.Expr = sp.S.Zero) -> Finding:
    entries = [x for m in widths for P in unlabelled_partitions(m) for x in critical_gradient(P, defect)]
    return Identities(
        f"grad J_m = 0 on every space, m <= {max(widths)}", tuple((x, sp.S.Zero) for x in entries)
    )


def _at_points(count: int, rng: random.Random) -> Finding:
    """Exact gradient at random points; criticality is found by definition D.1, which knows nothing of the space."""
    entries, widths = [], []
    for c in random_configurations(rng, count, range(1, 7)):
        found = coincidence(*c.space.point(c.coefficients), c.space.target)  # type: ignore[arg-type]
        entries += list(found.gradient)
        widths.append(found.distinct - c.groups)
    numbers = [*entries, *widths]
    return Exact(f"gradient 0 and l distinct rates at {count} random points", numbers, [0] * len(numbers))


def _counts(
    claimed: Callable[[int, int], int], targets: Sequence[Target], largest: int, dimension: int = 0
) -> tuple[list[Finding], list[tuple[object, ...]]]:
    """Enumerated spaces of each target, told apart by the rates of all indices, and their dimension."""

    parts: list[Finding] = []
    rows: list[tuple[object, ...]] = []
    for target in targets:
        for l in (1, 2):
            (point, *_) = reduced_points(target, l, 20)
            for m in range(l + 1, largest + 1):
                made = (AffineSpace(P, point.amplitudes, point.rates) for P in labelled_partitions(m, l))
                spaces = {space.assigned_rates(): CriticalSpace(space, point, 20) for space in made}
                where = f"m = {m}, l = {l}, {target.expression}"
                parts.append(Counted(f"spaces, {where}", claimed(m, l), len(spaces)))
                dimensions = {space.dimension for space in spaces.values()}
                parts += [Counted(f"dimension, {where}", m - l + dimension, d) for d in dimensions]
                rows.append((str(target.expression), m, l, len(spaces), claimed(m, l), max(dimensions)))
    return parts, rows


def check(setting: Setting) -> Evidence:
    """The gradient symbolically and at points, then the number of spaces by enumeration."""
    rng = random.Random(setting.seed_for("thm-d.1"))
    points = setting.pick(60, 30)
    counts, rows = _counts(count_critical_spaces, _TARGETS[: setting.pick(3, 1)], setting.pick(6, 5))
    code = (
        *_identities(4),
        _at_points(points, rng),
        Every("number and dimension of the spaces by enumeration", tuple(counts)),
    )
    findings = (
        Identities("residual's moments on the space are those of (b, v)", all_partitions.residual_moments()),
        Identities("gradient of J_m from that of J_l, every partition", all_partitions.gradients()),
        Identities("l! S(m, l) counts the maps onto 1..l", all_partitions.number_of_maps()),
        *map(about_code, code),
    )
    columns = ("target", "m", "l", "spaces enumerated", "l! S(m, l)", "dimension")
    return Evidence(findings, points + len(rows), 20, Table(columns, tuple(rows)))


def _refute_count(claimed: Callable[[int, int], int], dimension: int = 0) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        counts, rows = _counts(claimed, _TARGETS[:1], 4, dimension)
        return Evidence((Every("number and dimension of the spaces", tuple(counts)),), len(rows))

    return refute


def _off_the_space(setting: Setting) -> Evidence:
    """The group's sum misses b_1 by a symbol."""
    return Evidence((_vanishing((2, 3), sp.Symbol("d", real=True)),))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Spaces enumerated (points) and l! S(m, l) (lines) against the width."""
    if evidence.table is None:
        return
    for l, colour in ((1, BLUE), (2, VERMILION)):
        found = {(row[1], row[3]) for row in evidence.table.rows if row[2] == l}
        widths = range(l + 1, 11)
        counts = [count_critical_spaces(m, l) for m in widths]
        ax.plot(widths, counts, color=colour, linewidth=1, label=rf"$l!\,S(m, l)$, l = {l}")
        ax.plot(*zip(*sorted(found), strict=True), "o", color=colour, label="enumerated")
    ax.set(yscale="log", xlabel="width m", ylabel="coincided critical affine spaces")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="thm-d.1",
    title="Coincided critical affine spaces",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"\nabla J_l(b, v) = 0 \;\Rightarrow\; \nabla J_m = 0 \text{ on } \bigl\{\textstyle\sum_{k \in "
        r"G_j} a_k = b_j,\; w_k = v_j\ (k \in G_j)\bigr\},\text{ of dimension } m - l, \text{ for each "
        r"of the } l!\,S(m, l) \text{ partitions } \{1..m\} = G_1 \cup \dots \cup G_l"
    ),
    hypotheses=(
        "all b_j are other than 0, the rates v_j > 0 are distinct: non-degenerate, minimiser or not",
        "l <= m, the groups are nonempty",
    ),
    provenance=Provenance.DERIVED,
    uses=("eq-19", "def-d.1"),
    check=check,
    controls=(
        Control("one space more", _refute_count(lambda m, l: count_critical_spaces(m, l) + 1)),
        Control("S(m, l) spaces, without the factor l!", _refute_count(lambda m, l: stirling2(m, l))),
        Control("dimension m - l + 1", _refute_count(count_critical_spaces, dimension=1)),
        Control("the group's amplitudes need not sum to b_j", _off_the_space),
    ),
    figure=draw,
)
