r"""Lemma C.3 with definition C.1 and remark C.2: which parameters represent the short part, and in how many ways.

**Proof**, for every m, m* and every partition, with degenerate groups or without (`theory.landscape.representations`).
Collected by rate, ``rho_hat - rho_bar`` is a sum over all distinct rates of (group sum less the target's amplitude)
times an exponential. It vanishes if all these coefficients are 0, and only then, since one rate after the other can be
taken off by ``d/dt + v``. At a rate of the target the group sum is not 0, so the group is not empty. Without degenerate
groups the m* conditions on the sums have the identity as a minor, which leaves m - m* dimensions, and the spaces are
the maps onto 1..m*, counted by their recurrence.

**The code at instances.** Three procedures decide whether ``rho_hat = rho_bar``, and must agree at every point:

- the squared distance, a rational number for rational parameters, is 0 (this knows nothing of groups);
- the sums of the amplitudes, rate by rate, are those of the target
(`theory.landscape.equivalent_parameters.equivalent_space`);
- the point lies on one of the enumerated spaces (`theory.landscape.equivalent_parameters.equivalent_spaces`).

They run over random points of every space, near misses of those, and whole grids of small parameters; the spaces are
written out for small m, too. Their number is found by enumeration, by the closed form, and by the recurrence
:math:`S(m, l) = l\,S(m-1, l) + S(m-1, l-1)`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

import sympy as sp
from flint import fmpz_mat

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.objective.objective import Objective
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import (
    BallInequalities,
    Count,
    Counted,
    Every,
    Exact,
    Identities,
)
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import representations
from memcurse.theory.landscape.equivalent_parameters import (
    AffineSpace,
    count_labelled_partitions,
    equivalent_space,
    equivalent_spaces,
    labelled_partitions,
    stirling2,
)
from memcurse.theory.notation import amplitudes, rates, t
from memcurse.theory.targets.target import ExponentialSum

from ._memory import fractions, generator, random_coefficients, random_rational, squared_distance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Point = tuple[Sequence[sp.Expr], Sequence[sp.Expr]]

_SHORTS = (
    ExponentialSum([1], [1]),
    ExponentialSum(["3/2", "-1/2"], [1, "5/2"]),
    ExponentialSum([1, -2, "1/3"], ["1/2", 1, 3]),
)
#: Rates of degenerate groups; the second is very close to a rate of the target.
_EXTRA = (sp.Integer(4), sp.S.One + sp.Rational(1, 10**6))


def _distance(point: Point, short: ExponentialSum) -> Fraction:
    a, w = (fractions(values) for values in point)
    return squared_distance(a, w, fractions(short.a), fractions(short.w))


def _spaces(m: int) -> Iterator[tuple[ExponentialSum, AffineSpace]]:
    """Every space of width m, with no, one and two degenerate groups."""
    for short in _SHORTS:
        for extra in ((), _EXTRA[:1], _EXTRA):
            for space in equivalent_spaces(short, m, extra):
                yield short, space


def _symbolic_inclusion(widths: Sequence[int], free_sum: bool = False) -> Finding:
    """``rho_hat - rho_bar = 0`` for symbolic amplitudes on every space; `free_sum` drops the condition on I_0."""
    pairs = []
    for m in widths:
        for l, degenerate in ((l, d) for l in (1, 2) for d in (0, 1) if l + d <= m):
            a, v, b = amplitudes(m), rates(l + degenerate), sp.symbols(f"b_1:{l + 1}", real=True)
            for partition in labelled_partitions(m, l + degenerate):
                model = list(a)
                for j, group in enumerate(partition):
                    total = b[j] if j < l else sp.S.Zero
                    if j < l or not free_sum:
                        model[group[-1]] = total - sp.Add(*(a[i] for i in group[:-1]))
                fitted = sp.Add(
                    *(model[i] * sp.exp(-v[j] * t) for j, group in enumerate(partition) for i in group)
                )
                pairs.append((fitted, sp.Add(*(b[j] * sp.exp(-v[j] * t) for j in range(l)))))
    return Identities(f"rho_hat = rho_bar on every space, symbolically, m <= {max(widths)}", tuple(pairs))


def _on_spaces(widths: Sequence[int], points: int, rng: random.Random) -> tuple[Finding, int]:
    distances, verdicts = [], []
    for m in widths:
        for short, space in _spaces(m):
            for _ in range(points):
                point = space.point(random_coefficients(space, rng))
                distances.append(_distance(point, short))
                found = equivalent_space(*point, short)
                verdicts.append(int(found is not None and found.assigned_rates() == space.assigned_rates()))
    zeros, ones = [0] * len(distances), [1] * len(verdicts)
    name = (
        f"random points of every space, m <= {widths[-1]}: squared distance 0, and the space is found again"
    )
    return Exact(name, [*distances, *verdicts], [*zeros, *ones]), len(distances)


def _near_misses(m: int, rng: random.Random) -> Iterator[tuple[Point, ExponentialSum]]:
    """Points close to a space: one amplitude or one rate moved by little (a moved rate may stay on another one)."""
    for short, space in _spaces(m):
        a, w = space.point(random_coefficients(space, rng))
        k, step = rng.randrange(m), sp.Rational(1, 10 ** rng.randint(1, 12))
        yield ((*a[:k], a[k] + step, *a[k + 1 :]), w), short
        yield (a, (*w[:k], w[k] + step, *w[k + 1 :])), short


def _off_spaces(m: int, points: int, rng: random.Random) -> tuple[Finding, int]:
    """Certified positive distance at near misses and at random points, in balls."""

    cases = list(_near_misses(m, rng))
    cases = [cases[i] for i in sorted(rng.sample(range(len(cases)), min(points, len(cases))))]
    for _ in range(points):
        a = [random_rational(rng) for _ in range(m)]
        w = [abs(random_rational(rng, zero=False)) for _ in range(m)]
        cases.append(((a, w), rng.choice(_SHORTS)))
    off = [(point, short) for point, short in cases if equivalent_space(*point, short) is None]
    with precision(50):
        pairs = [(0 * loss, loss) for loss in (Objective(short).enclose(*p).loss for p, short in off)]
    return BallInequalities(
        f"distance > 0 off the spaces, near misses and random points, m = {m}", tuple(pairs)
    ), len(pairs)


def _grid(m: int, short: ExponentialSum) -> tuple[Finding, int]:
    """All points of a grid: is the distance 0, are the sums right, is the point on an enumerated space?"""
    a_values = (sp.S.Zero, sp.S.One, *(sp.Rational(k, 2) for k in (-1, 1, 3)))
    w_values = (sp.S.One, sp.Rational(5, 2), sp.Integer(4))
    free = [rate for rate in w_values if rate not in short.w]
    spaces: dict[tuple[sp.Expr, ...], AffineSpace] = {}
    for extra in product((False, True), repeat=len(free)):
        chosen = [rate for rate, use in zip(free, extra, strict=True) if use]
        spaces.update({space.assigned_rates(): space for space in equivalent_spaces(short, m, chosen)})
    routes: list[list[int]] = [[], [], []]
    for w in product(w_values, repeat=m):
        for a in product(a_values, repeat=m):
            routes[0].append(int(_distance((a, w), short) == 0))
            routes[1].append(int(equivalent_space(a, w, short) is not None))
            routes[2].append(int(w in spaces and spaces[w].contains(a, w)))
    count = len(routes[0])
    name = f"{count} grid points, m = {m}, {sum(routes[0])} of them in the set: distance, sums and enumeration agree"
    return Exact(name, [*routes[0], *routes[0]], [*routes[1], *routes[2]]), count


@dataclass(frozen=True)
class Combinatorics:
    """Number of spaces and their dimension, as claimed for I_0 empty."""

    number: Callable[[int, int], int] = count_labelled_partitions
    dimension: Callable[[int, int], int] = lambda m, l: m - l


def _by_recurrence(m: int, l: int) -> int:
    """``l! S(m, l)`` from the triangle of the numbers T(m, l) = l (T(m-1, l) + T(m-1, l-1))."""
    row = [1] + [0] * l
    for _ in range(m):
        row = [0] + [j * (row[j] + row[j - 1]) for j in range(1, l + 1)]
    return row[l]


def _rank_of_constraints(space: AffineSpace) -> int:
    """Rank of the equations ``sum over a group = amplitude`` in the amplitudes, and ``w_i = rate``."""

    m = space.width
    sums = [[int(i in group) for i in range(m)] + [0] * m for group in space.partition]
    fixed = [[int(i == m + k) for i in range(2 * m)] for k in range(m)]
    return int(fmpz_mat([*sums, *fixed]).rank())


def _counting(claimed: Combinatorics, largest: int) -> tuple[list[Finding], list[tuple[int, ...]]]:
    counts: list[Finding] = []
    rows: list[tuple[int, ...]] = []
    for m in range(1, largest + 1):
        for l in range(1, m + 1):
            short = ExponentialSum([1] * l, list(range(1, l + 1)))
            found = {space.assigned_rates(): space for space in equivalent_spaces(short, m)}
            dimensions = {2 * m - _rank_of_constraints(space) for space in list(found.values())[:50]}
            number, dimension = claimed.number(m, l), claimed.dimension(m, l)
            counts.append(Counted(f"spaces, m = {m}, m* = {l}, by enumeration", number, len(found)))
            counts.append(Counted(f"spaces, m = {m}, m* = {l}, by recurrence", number, _by_recurrence(m, l)))
            counts += [Count(f"dimension, m = {m}, m* = {l}", d, dimension) for d in dimensions]
            rows.append((m, l, len(found), number, max(dimensions)))
    return [Every(f"number and dimension of the spaces, m <= {largest}", tuple(counts))], rows


def _large_numbers(claimed: Combinatorics) -> Finding:
    cases = [(50, 20), (120, 60), (300, 7)]
    return Exact(
        "number of spaces for large m: closed form against recurrence",
        [claimed.number(m, l) for m, l in cases],
        [_by_recurrence(m, l) for m, l in cases],
    )


def _proof(defect: sp.Expr = sp.S.Zero) -> list[Finding]:
    """Both inclusions, dimension and number for every width and partition; `defect` is added to the group sums."""
    return [
        Identities(
            "model less target, collected by rate, every partition", representations.by_groups(defect)
        ),
        Identities(
            "one rate taken off, its coefficient read from the last", representations.one_rate_taken_off()
        ),
        Identities(
            "conditions on the sums are independent: dimension m - m*",
            representations.independent_conditions(),
        ),
        Identities("m*! S(m, m*) counts the maps onto 1..m*", representations.number_of_spaces()),
    ]


def check(setting: Setting) -> Evidence:
    """Both inclusions, number and dimension for all parameters; then the code at points and on grids."""
    rng = generator(setting, "lem-c.3")
    widths = range(1, setting.pick(6, 5))
    inside, n_inside = _on_spaces(widths, setting.pick(2, 1), rng)
    outside = [_off_spaces(m, setting.pick(60, 15), rng) for m in range(2, setting.pick(6, 5))]
    grids = [_grid(2, _SHORTS[0]), _grid(2, _SHORTS[1]), *([] if setting.quick else [_grid(3, _SHORTS[1])])]
    counting, rows = _counting(Combinatorics(), setting.pick(6, 5))
    code = (
        _symbolic_inclusion(range(1, setting.pick(5, 4))),
        inside,
        *(finding for finding, _ in outside),
        *(finding for finding, _ in grids),
        *counting,
        _large_numbers(Combinatorics()),
    )
    instances = n_inside + sum(n for _, n in (*outside, *grids)) + len(rows)
    table = Table(("m", "m*", "spaces enumerated", "m*! S(m, m*)", "dimension"), tuple(rows))
    return Evidence((*_proof(), *map(about_code, code)), instances, setting.digits, table)


def _refute_counting(claimed: Combinatorics) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        findings, rows = _counting(claimed, 4)
        return Evidence(findings, len(rows))

    return refute


def _free_sum(setting: Setting) -> Evidence:
    """A group off the target's rates whose amplitudes do not sum to 0."""
    free = _symbolic_inclusion(range(2, 4), free_sum=True)
    return Evidence((*_proof(sp.Symbol("d", real=True)), free), 1)


def draw(evidence: Evidence, ax: Axes) -> None:
    """How many spaces there are, by enumeration (points) and by the formula (lines)."""
    if evidence.table is None:
        return
    rows = evidence.table.rows
    for l in sorted({row[1] for row in rows}):
        points = [row for row in rows if row[1] == l]
        more = range(l, 13)
        (line,) = ax.plot(
            more, [count_labelled_partitions(m, l) for m in more], linewidth=1, label=rf"$m^* = {l}$"
        )
        ax.plot(
            [row[0] for row in points], [row[2] for row in points], "o", color=line.get_color(), markersize=5
        )
    ax.set(yscale="log", xlabel="width m", ylabel=r"number of spaces (points: enumerated)")
    ax.legend(ncols=2, fontsize=9)


STATEMENT = Statement(
    id="lem-c.3",
    title="All parameters that represent the short part",
    paper="curse-of-memory",
    section="C.2",
    claim=(
        r"\{\theta : \hat\rho(\cdot\,;\theta) = \bar\rho\} = \bigcup_{\mathcal P} "
        r"\Bigl\{\textstyle\sum_{i \in I_j} a_i = a^*_j,\; w_i = w^*_j\ (i \in I_j),\; \sum_{i \in "
        r"I_{0,r}} a_i = 0,\; w_i = v_r\ (i \in I_{0,r})\Bigr\}; \text{ for } I_0 = \emptyset:\; "
        r"m^*!\,S(m, m^*) \text{ spaces of dimension } m - m^*"
    ),
    hypotheses=(
        "a*_j is not 0, the rates w*_j > 0 are distinct, m >= m*",
        (
            "I_1 .. I_m* are nonempty; the rates v_r > 0 of the groups I_(0,r) are distinct and "
            "differ from every w*_j"
        ),
    ),
    provenance=Provenance.DERIVED,
    uses=("lem-c.2",),
    check=check,
    controls=(
        Control("S(m, m*) spaces, without the factor m*!", _refute_counting(Combinatorics(number=stirling2))),
        Control(
            "dimension m - m* + 1",
            _refute_counting(Combinatorics(dimension=lambda m, l: m - l + 1)),
        ),
        Control("amplitudes of I_(0,r) need not sum to 0", _free_sum),
    ),
    figure=draw,
)
