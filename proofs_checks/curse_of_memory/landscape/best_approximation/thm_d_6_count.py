r"""Theorem D.6 with remark D.7: a completely monotone target gives J_m at least sum l! S(m, l) critical affine spaces.

The sum runs over ``l <= min(m - 1, n)`` with n the number of exponentials in the target (infinite for a power law).

**Proof.** For such l the loss J_l has a non-degenerate minimiser (b, v): theorems D.4 and D.5. By theorem D.1 every
partition of the m indices into l groups in order gives an affine space on which the gradient of J_m vanishes: inside a
group the rates are v_j and the amplitudes sum to b_j. Two of them differ, for the rates that they assign differ: v has
distinct entries, and spaces of different l assign different numbers of rates.

**Here** the minimisers are found and proved for every l up to m - 1 (for l > n there is none, which is how the sum
stops at n), the partitions are enumerated and told apart by the rates they assign, and compared with the formula and
with ``S(m, l) = l S(m-1, l) + S(m-1, l-1)``. At a point of a space of every l the gradient of J_m is
enclosed, tied entry by entry to that of J_l, and that one is proved to vanish (`Vanishing`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.objective.objective import Objective
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Counted, Every, Vanishing
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape.equivalent_parameters import (
    Partition,
    count_labelled_partitions,
    labelled_partitions,
    stirling2,
)
from memcurse.theory.objective.continuous import gradient
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

from ._fits import Minimum, gradient_at, minimum, rational_sum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The number of spaces as a function of m and n (None: infinite).
Formula = Callable[[int, int | None], int]


def _spaces(m: int, n: int | None) -> int:
    return sum(count_labelled_partitions(m, l) for l in range(1, _last(m, n) + 1))


def _last(m: int, n: int | None) -> int:
    return m - 1 if n is None else min(m - 1, n)


def _by_recurrence(m: int, n: int | None) -> int:
    row = [1]
    for _ in range(m):
        row = [0, *(l * (row[l] if l < len(row) else 0) + row[l - 1] for l in range(1, len(row) + 1))]
    return sum(factorial(l) * row[l] for l in range(1, _last(m, n) + 1))


def _one_less(m: int, n: int | None) -> int:
    return _spaces(m, _last(m, n) - 1)


def _unordered(m: int, n: int | None) -> int:
    return sum(stirling2(m, l) for l in range(1, _last(m, n) + 1))


@dataclass(frozen=True)
class _Case:
    name: str
    target: Target
    terms: int | None
    m: int


def _cases(setting: Setting) -> Iterator[_Case]:
    rng = random.Random(setting.seed_for("thm-d.6"))
    widest = setting.pick(6, 4)
    for m in range(2, widest + 1):
        yield _Case("(1+t)^-2", PowerLaw(1), None, m)
    for n in (2, 3):
        target = rational_sum(rng, n)
        for m in range(2, widest + 1):
            yield _Case(f"sum of {n} terms", target, n, m)


def _minimisers(case: _Case, digits: int) -> list[Minimum]:
    """Proved minimisers of J_l for the l <= m - 1 that have one."""
    found = []
    for l in range(1, case.m):
        try:
            found.append(minimum(case.name, case.target, l, digits))
        except ValueError:
            # More terms than the target has: every minimiser is degenerate, l is not in I.
            break
    return found


def _enumerated(m: int, minimisers: list[Minimum]) -> int:
    """Partitions of all l, told apart by the rate that each index is given."""
    seen = set()
    for found in minimisers:
        l = found.fit.m
        for partition in labelled_partitions(m, l):
            label = {i: j for j, group in enumerate(partition) for i in group}
            seen.add((l, tuple(label[i] for i in range(m))))
    return len(seen)


def _shares(partition: Partition, rng: random.Random) -> dict[int, sp.Rational]:
    """What part of its group's amplitude each index has: random, none 0, summing to 1 in every group."""
    shares: dict[int, sp.Rational] = {}
    for group in partition:
        rest = sp.S.Zero
        while rest == 0:
            drawn = [sp.Rational(rng.choice((-5, -4, -2, -1, 1, 2, 4, 5)), 3) for _ in group[:-1]]
            rest = 1 - sum(drawn, sp.S.Zero)
        shares |= dict(zip(group, (*drawn, rest), strict=True))
    return shares


def _gradient(
    name: str, found: Minimum, partition: Partition, shares: dict[int, sp.Rational], digits: int
) -> Finding:
    """The gradient of J_m at a point of a space, tied to that of J_l: an entry of it, times the share for a rate."""

    l, m = len(partition), len(shares)
    b, v, system = gradient_at(found.target, l)
    group = {i: j for j, members in enumerate(partition) for i in members}
    amplitude, rate = [shares[i] * b[group[i]] for i in range(m)], [v[group[i]] for i in range(m)]
    written = gradient(amplitude, rate, found.target.moment)
    by_amplitude = [(written[i], sp.S.One, group[i]) for i in range(m)]
    by_rate = [(written[m + i], shares[i], l + group[i]) for i in range(m)]

    def route(point: Sequence[Any]) -> list[Any]:
        with precision(2 * digits):
            a = [rational_ball(shares[i]) * point[group[i]] for i in range(m)]
            w = [point[l + group[i]] for i in range(m)]
            at = Objective(found.target).enclose(a, w, digits).gradient
            return [at[i, 0] for i in range(2 * m)]

    box = dict(zip((*b, *v), found.proof.box, strict=True))
    return Vanishing(name, system, box, (*by_amplitude, *by_rate), route, v)


def _counted(cases: list[_Case], setting: Setting, formula: Formula) -> tuple[list[Finding], list[Any]]:
    rng = random.Random(setting.seed_for("thm-d.6 points"))
    findings: list[Finding] = []
    rows = []
    for case in cases:
        minimisers = _minimisers(case, setting.digits)
        for found in minimisers:
            partitions = list(labelled_partitions(case.m, found.fit.m))
            partition = rng.choice(partitions)
            name = f"{case.name}, m = {case.m}, l = {found.fit.m}: gradient on a space"
            findings.append(_gradient(name, found, partition, _shares(partition, rng), setting.digits))
        count, expected = _enumerated(case.m, minimisers), formula(case.m, case.terms)
        findings.append(Counted(f"{case.name}, m = {case.m}: number of spaces", expected, count))
        rows.append((case.name, case.m, "infinite" if case.terms is None else case.terms, count, expected))
    return findings, rows


def check(setting: Setting) -> Evidence:
    """Minimisers, spaces and their number for a power law and two positive sums; two routes to the formula."""
    findings, rows = _counted(list(_cases(setting)), setting, _spaces)
    routes = [
        Counted(f"formula and recurrence at m = {m}, n = {n}", _spaces(m, n), _by_recurrence(m, n))
        for m in range(2, setting.pick(40, 12))
        for n in (None, 1, 3, 7)
    ]
    table = Table(("target", "m", "n", "spaces enumerated", "formula"), tuple(rows))
    parts = (Every("spaces of instances", tuple(findings)), Every("two routes to the number", tuple(routes)))
    return Evidence(parts, len(rows), setting.digits, table)


def _false(formula: Formula) -> Callable[[Setting], Evidence]:
    def control(setting: Setting) -> Evidence:
        target = ExponentialSum([1, 2], [1, 4])
        cases = [_Case("sum of 2 terms", target, 2, m) for m in (3, 4)]
        findings, rows = _counted(cases, setting, formula)
        return Evidence((Every("spaces of instances", tuple(findings)),), len(rows), setting.digits)

    return control


def _off_the_space(setting: Setting) -> Evidence:
    """The same point of a space with one amplitude sum off by a thousandth."""

    found = minimum("(1+t)^-2", PowerLaw(1), 1, setting.digits)
    shares = {0: sp.Rational(1, 3), 1: sp.Rational(2, 3) * sp.Rational(1001, 1000)}
    finding = _gradient("gradient beside a space", found, ((0, 1),), shares, setting.digits)
    return Evidence((finding,), 1, setting.digits)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Number of spaces against the width: points enumerated, lines by the formula."""
    if evidence.table is None:
        return
    widths = range(2, 13)
    for n in (None, 3, 2, 1):
        ax.plot(widths, [_spaces(m, n) for m in widths], label=f"n = {'infinity' if n is None else n}")
    points = {(row[1], row[3]) for row in evidence.table.rows}
    ax.plot([m for m, _ in points], [count for _, count in points], "ko", markersize=4, label="enumerated")
    ax.set(yscale="log", xlabel="width m", ylabel="critical affine spaces of $J_m$, at least")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="thm-d.6",
    title="How many critical affine spaces a completely monotone target gives",
    paper="curse-of-memory",
    section="D.1.2",
    claim=(
        r"\#\{\text{coincided critical affine spaces of } J_m\} \ge "
        r"\sum_{l=1}^{\min(m-1,\,n)} l!\,S(m, l), \quad n = \#\{\text{exponentials of } \rho\} \le \infty"
    ),
    hypotheses=("rho completely monotone, in L2", "m >= 2"),
    provenance=Provenance.DERIVED,
    uses=("thm-d.1", "thm-d.4", "thm-d.5"),
    check=check,
    controls=(
        Control("the sum runs to m - 1 for every target", _false(lambda m, n: _spaces(m, None))),
        Control("the sum leaves out l = min(m - 1, n)", _false(_one_less)),
        Control("groups without order: S(m, l) for l! S(m, l)", _false(_unordered)),
        Control("amplitude sums may be off by a thousandth", _off_the_space),
    ),
    figure=draw,
)
