r"""Theorem D.3 and remark D.4: on a coincided critical space the Hessian has rank at most m + l, in general no less.

The columns of the Hessian that belong to the amplitudes of one group are equal where :math:`R_{1,j} = 0`: an identity
for every width and partition (`theory.landscape.all_partitions`). This makes m - l of the 2m columns superfluous, hence
rank <= m + l.

Remark D.4 calls the bound not sharp. It *is* attained wherever no amplitude and no :math:`Q_j` vanishes and H_l is
regular; the exact rank follows from ext-inertia,

.. math:: \operatorname{rank} \nabla^2 J_m = \operatorname{rank} H_l + \sum_{Q_j \ne 0} (|G_j| - 1 - z_j),

with :math:`z_j` vanishing amplitudes in :math:`G_j`. More zero eigenvalues than m - l are an exception, of which the
remark's numerical tests may have met one: the space of the target itself, l = m*, where all :math:`Q_j = 0`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flint import fmpq, fmpq_mat

from memcurse.numerics.plots.style import BLACK, BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Count, Every, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import all_partitions
from memcurse.theory.landscape.critical_spaces import rank_bound_identities

from ._configurations import Configuration, random_configurations, unlabelled_partitions

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def rank(configuration: Configuration) -> int:
    """Rank of the rational Hessian, by fraction-free elimination."""

    rows = [[fmpq(int(x.p), int(x.q)) for x in row] for row in configuration.hessian.tolist()]
    return int(fmpq_mat(rows).rank())


def exact_rank(c: Configuration) -> int:
    """The rank that ext-inertia gives."""
    reduced = c.space.reduced
    total = reduced.inertia.positive + reduced.inertia.negative
    for group, Q in zip(c.space.partition, reduced.signs, strict=True):
        total += (len(group) - 1 - sum(c.coefficients[k] == 0 for k in group)) if Q else 0
    return total


def is_generic(c: Configuration) -> bool:
    """No amplitude and no Q_j vanishes, and H_l is regular."""
    return all(c.coefficients) and all(c.space.reduced.signs) and c.space.reduced.inertia.zero == 0


def bound(c: Configuration) -> int:
    """``m + l``."""
    return c.m + c.groups


def _ranks(
    name: str, configurations: Sequence[Configuration], claimed: Callable[[Configuration], int], relation: str
) -> Finding:
    parts = [Count(f"rank at {c.text}", rank(c), claimed(c), relation) for c in configurations]
    return Every(f"{name}, {len(parts)} points", tuple(parts))


def _columns(largest: int) -> Finding:
    pairs: list[tuple[Any, Any]] = []
    for m in range(2, largest + 1):
        pairs += [pair for P in unlabelled_partitions(m) for pair in rank_bound_identities(P)]
    return Identities(f"equal columns of the Hessian on every space, m <= {largest}", tuple(pairs))


def _every_partition(same_group: bool = True) -> list[Finding]:
    """Equal columns for every width and partition, and what they leave of the rank."""
    columns = all_partitions.equal_columns(same_group)
    return [
        Identities("columns of two amplitudes of one group", columns),
        Identities("what the Hessian has at k = n holds R_1 and R_2", all_partitions.single_sums()),
        Identities(
            "2m - (m - l) = m + l, the rank of ext-inertia where nothing vanishes", all_partitions.counts()
        ),
    ]


def _configurations(setting: Setting) -> list[Configuration]:
    rng = random.Random(setting.seed_for("thm-d.3"))
    return random_configurations(rng, setting.pick(120, 60), range(2, 7))


def check(setting: Setting) -> Evidence:
    """The bound by equal columns, the exact rank at random points, and that generic points attain the bound."""
    configurations = _configurations(setting)
    generic = [c for c in configurations if is_generic(c)]
    code = (
        _columns(4),
        _ranks("rank <= m + l", configurations, bound, "<="),
        _ranks("rank = m + l where no a_k and no Q_j is 0", generic, bound, "="),
        _ranks("rank = that of ext-inertia", configurations, exact_rank, "="),
    )
    findings = (*_every_partition(), *map(about_code, code))
    rows = tuple(
        (c.m, c.groups, rank(c), bound(c), exact_rank(c), int(is_generic(c))) for c in configurations
    )
    table = Table(("m", "l", "rank", "m + l", "rank by ext-inertia", "generic"), rows)
    return Evidence(findings, len(configurations), None, table)


def _one_less(setting: Setting) -> Evidence:
    configurations = _configurations(setting)[:60]
    finding = _ranks("rank <= m + l - 1", configurations, lambda c: bound(c) - 1, "<=")
    return Evidence((finding,), len(configurations))


def _always_attained(setting: Setting) -> Evidence:
    configurations = _configurations(setting)[:60]
    return Evidence((_ranks("rank = m + l", configurations, bound, "="),), len(configurations))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Rank against the bound: generic points on the line, the others below it."""
    if evidence.table is None:
        return
    for generic, colour, marker, words in (
        (0, VERMILION, "v", "some $a_k = 0$ or $Q_j = 0$"),
        (1, BLUE, "o", "generic"),
    ):
        points = sorted({(row[3], row[2]) for row in evidence.table.rows if row[5] == generic})
        ax.plot(*zip(*points, strict=True), marker, color=colour, label=words, markersize=7 - 2 * generic)
    ends = [min(r[3] for r in evidence.table.rows), max(r[3] for r in evidence.table.rows)]
    ax.plot(ends, ends, "-", color=BLACK, linewidth=1, label="rank = m + l")
    ax.set(xlabel="m + l", ylabel=r"rank of $\nabla^2 J_m$ (exact)")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="thm-d.3",
    title="Rank of the Hessian on a coincided critical space (with remark D.4)",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"\operatorname{rank} \nabla^2 J_m \le m + l, \text{ at least } m - l \text{ zero eigenvalues;}"
        r"\quad \text{equality where no } a_k, Q_j \text{ vanishes and } H_l \text{ is regular}"
    ),
    hypotheses=(
        "on a space of theorem D.1: (b, v) critical for J_l, all b_j other than 0",
        "Q_j = int t^2 exp(-v_j t) r dt",
    ),
    provenance=Provenance.DERIVED,
    corrects=(
        "Remark D.4: the bound m + l on the rank is not sharp. It is attained wherever no amplitude and "
        "no Q_j vanishes."
    ),
    uses=("thm-d.1", "eq-97", "ext-inertia"),
    check=check,
    controls=(
        Control("rank <= m + l - 1 (remark D.4 taken as a sharper bound)", _one_less),
        Control("rank = m + l at every point", _always_attained),
        Control("equal columns across groups", lambda setting: Evidence(_every_partition(same_group=False))),
    ),
    figure=draw,
)
