r"""The exact inertia of the Hessian at every point of every coincided critical space.

The proof stands in `theory.landscape.critical_spaces`, and its steps for a symbolic width and every partition, as
identities between sums over units and over groups, in `theory.landscape.all_partitions`. They are what the claim rests
on. The code is held against it:

1. the congruence :math:`T^T H_m T = H_l \oplus \bigoplus_j 2 Q_j Z_j^T \operatorname{diag}(a) Z_j \oplus 0`, with the
   determinant of T, is an identity in amplitudes, rates and :math:`Q_j` for every partition of up to 3 indices (the
   residual's moments are symbols, so this covers every target);
2. the restricted form has the signs of the :math:`a_k` less that of :math:`b_j`, an identity in the amplitudes;
3. the resulting inertia equals that of the Hessian itself, found by elimination in rationals and, separately, by
   certified elimination in balls, at random points over rational critical points with all signs of :math:`b_j` and
   :math:`Q_j`, some :math:`a_k = 0` and :math:`Q_j = 0`. Zero eigenvalues are never judged by size: the null vectors
   are multiplied with the rational Hessian, and balls certify the signs on a complement of them;
4. the same in balls at irrational critical points of a positive sum, a sum of mixed signs, a power law, and a target
   with a delayed bump.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from memcurse.numerics.plots.style import BLUE
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Every, Exact, Identities, InertiaIs
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import all_partitions
from memcurse.theory.landscape.critical_spaces import congruence_identities, restriction_identities
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

from ._configurations import Configuration, random_configurations, unlabelled_partitions
from ._irrational import irrational_configurations

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.landscape.critical_spaces import CriticalSpace

Rule = Callable[["CriticalSpace", Sequence[Any]], Inertia]

#: Irrational critical points: (target, l). A quick run takes the first two.
_TARGETS: tuple[tuple[Target, int], ...] = (
    (ExponentialSum([1, 2, 1], [1, 3, 9]), 1),
    (ExponentialSum([1, -2], [1, 3]), 1),
    (ExponentialSum([1, -2, 3], [1, 3, 5]), 2),
    (PowerLaw(1), 1),
    (example_target(6), 1),
)


def by_theorem(space: CriticalSpace, coefficients: Sequence[Any]) -> Inertia:
    """The inertia that the theorem gives."""
    return space.inertia(coefficients)


def _congruence(widths: Sequence[int], critical: bool = True) -> Finding:
    pairs = [
        pair
        for m in widths
        for partition in unlabelled_partitions(m)
        for pair in congruence_identities(partition, critical=critical)
    ]
    return Identities(f"T' H_m T is the sum of blocks, every partition, m <= {max(widths)}", tuple(pairs))


def _every_partition(factor: int = 1) -> list[Finding]:
    """The steps of the proof for every width and partition."""
    return [
        Identities("residual's moments on the space are those of (b, v)", all_partitions.residual_moments()),
        Identities("double sum over units = over groups", all_partitions.double_sums()),
        Identities("what is left of the Hessian holds R_1 and a_k R_2", all_partitions.single_sums()),
        Identities(
            "a s^2 with s = sigma + z, z centred; diag(a) = b (+) centred",
            all_partitions.completed_squares(factor),
        ),
        Identities("dimensions add up to 2m", all_partitions.counts()),
    ]


def _restriction(sizes: Sequence[int]) -> Finding:
    pairs = [pair for size in sizes for pair in restriction_identities(size)]
    return Identities(f"diag(a) = b (+) restricted form, groups of up to {max(sizes)}", tuple(pairs))


def _exact(configurations: Sequence[Configuration], rule: Rule) -> Finding:
    parts = [
        InertiaIs("elimination in rationals", c.exact_inertia(), rule(c.space, c.coefficients), c.text)
        for c in configurations
    ]
    return Every("theorem against elimination in rationals", tuple(parts))


def _null_vectors(configurations: Sequence[Configuration]) -> Finding:
    image = [x for c in configurations for x in c.null_image()]
    return Exact(f"H n = 0 for all null vectors n ({len(image)} entries)", image, [0] * len(image))


def _balls(configurations: Sequence[Configuration], rule: Rule, digits: int) -> Finding:
    parts = [
        InertiaIs("certified in balls", c.ball_inertia(digits), rule(c.space, c.coefficients), c.text)
        for c in configurations
    ]
    return Every("theorem against certified inertia in balls", tuple(parts))


def _irrational(setting: Setting, rule: Rule) -> tuple[Finding, int]:
    rng = random.Random(setting.seed_for("ext-inertia, irrational"))
    targets = _TARGETS[: setting.pick(len(_TARGETS), 2)]
    configurations = irrational_configurations(targets, setting.pick(12, 4), rng, setting.digits)
    parts = [
        InertiaIs("irrational critical point", c.ball_inertia(), rule(c.space, c.coefficients), c.text)
        for c in configurations
    ]
    return Every("theorem against certified inertia over irrational critical points", tuple(parts)), len(
        parts
    )


def _configurations(setting: Setting, count: int) -> list[Configuration]:
    rng = random.Random(setting.seed_for("ext-inertia"))
    return random_configurations(rng, count, range(1, 7))


def check(setting: Setting) -> Evidence:
    """The congruence symbolically, then the inertia at random points by two routes."""
    configurations = _configurations(setting, setting.pick(200, 60))
    irrational, count = _irrational(setting, by_theorem)
    code = (
        _congruence(range(1, 4)),
        _restriction(range(1, 7)),
        _exact(configurations, by_theorem),
        _null_vectors(configurations),
        _balls(configurations, by_theorem, 30),
        irrational,
    )
    findings = (*_every_partition(), *map(about_code, code))
    table = Table(_COLUMNS, tuple(_row(c) for c in configurations))
    return Evidence(findings, len(configurations) + count, setting.digits, table)


_COLUMNS = ("m", "l", "signs of b", "signs of Q", "groups", "a", "H_l (+, 0, -)", "H_m (+, 0, -)")


def _row(c: Configuration) -> tuple[Any, ...]:
    reduced = c.space.reduced
    signs = " ".join("+" if b > 0 else "-" for b in reduced.amplitudes)
    curvatures = " ".join("-0+"[s + 1] for s in reduced.signs)
    groups = " ".join("{" + ",".join(str(k + 1) for k in group) + "}" for group in c.space.partition)
    a = " ".join(map(str, c.coefficients))
    inertias = (str(tuple(x)) for x in (reduced.inertia, c.space.inertia(c.coefficients)))
    return (c.m, c.groups, signs, curvatures, groups, a, *inertias)


# --- false neighbours ----------------------------------------------------------------------------------------------


def _sign_of_b_forgotten(space: CriticalSpace, coefficients: Sequence[Any]) -> Inertia:
    """``b_j > 0`` taken for granted: p - 1 and q whatever the sign of b_j."""
    right, m = space.inertia(coefficients), len(coefficients)
    positive, negative = right.positive, right.negative
    for group, b, Q in zip(space.partition, space.reduced.amplitudes, space.reduced.signs, strict=True):
        if b < 0 and len(group) > 1:
            positive, negative = positive - Q, negative + Q
    return Inertia(positive, 2 * m - positive - negative, negative)


def _zeros_forgotten(space: CriticalSpace, coefficients: Sequence[Any]) -> Inertia:
    """Nullity m - l at every point: a vanishing amplitude adds nothing."""
    right = space.inertia(coefficients)
    extra = right.zero - space.dimension
    return Inertia(right.positive + extra, space.dimension, right.negative)


def _opposite_curvature(space: CriticalSpace, coefficients: Sequence[Any]) -> Inertia:
    """Stable and unstable points of each space exchanged."""
    right, reduced = space.inertia(coefficients), space.reduced.inertia
    positive, negative = right.positive - reduced.positive, right.negative - reduced.negative
    return Inertia(reduced.positive + negative, right.zero, reduced.negative + positive)


def _refute(rule: Rule) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        configurations = _configurations(setting, 60)
        findings = (_exact(configurations, rule), _balls(configurations[:20], rule, 30))
        return Evidence(findings, len(configurations), setting.digits)

    return refute


def _not_critical(setting: Setting) -> Evidence:
    """The congruence without the hypothesis that (b, v) is critical for J_l."""
    return Evidence((_congruence((2,), critical=False),))


def draw(evidence: Evidence, ax: Axes) -> None:
    """How many configurations have each number of negative and of zero eigenvalues."""
    if evidence.table is None:
        return
    pairs = [tuple(int(x) for x in row[-1].strip("()").split(",")) for row in evidence.table.rows]
    counts = {pair: pairs.count(pair) for pair in set(pairs)}
    totals: dict[tuple[int, int], int] = {}
    for (_, zero, negative), count in counts.items():
        totals[negative, zero] = totals.get((negative, zero), 0) + count
    x, y, size = zip(*((negative, zero, n) for (negative, zero), n in totals.items()), strict=True)
    ax.scatter(x, y, s=[12 * n for n in size], color=BLUE, alpha=0.35, linewidths=0)
    for (negative, zero), n in totals.items():
        ax.annotate(str(n), (negative, zero), ha="center", va="center", fontsize=9)
    ax.set(xlabel=r"negative eigenvalues of $\nabla^2 J_m$", ylabel="zero eigenvalues")
    ax.set_title(f"{len(pairs)} random points: theorem and certified inertia agree at all", fontsize=10)
    ax.margins(0.12)


STATEMENT = Statement(
    id="ext-inertia",
    title="Exact inertia of the Hessian on a coincided critical space",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"\nabla^2 J_m(a, w) \;\cong\; H_l \oplus \bigoplus_j Q_j \operatorname{diag}(a_k)_{k \in G_j}"
        r"\big|_{\{\sum a_k u_k = 0\}} \oplus 0_{m-l};\quad \text{with } p, q, z \text{ positive, "
        r"negative, zero } a_k \text{ in } G_j, \text{ the } j\text{-th form has inertia } (p-1, z, q) "
        r"\text{ if } b_j, Q_j > 0;\ (p, z, q-1) \text{ if } b_j < 0 < Q_j;\ \text{exchanged for } Q_j < 0"
    ),
    hypotheses=(
        "(b, v) is critical for J_l with l distinct rates and all b_j other than 0 (a minimiser or not)",
        "w_k = v_j and sum a_k = b_j on the group G_j; the a_k are of any sign, also 0",
        "Q_j = int t^2 exp(-v_j t) r dt; where Q_j = 0, the j-th form is 0",
    ),
    provenance=Provenance.NEW,
    uses=("eq-97", "thm-d.1"),
    check=check,
    controls=(
        Control("the sign of b_j does not matter", _refute(_sign_of_b_forgotten)),
        Control("nullity m - l also where some a_k = 0 or Q_j = 0", _refute(_zeros_forgotten)),
        Control("Q_j of the opposite sign", _refute(_opposite_curvature)),
        Control("the congruence at points that are not critical", _not_critical),
        Control("twice the mixed term of the square", lambda setting: Evidence(_every_partition(2))),
    ),
    figure=draw,
)
