r"""Definitions D.1 and D.2 as a classifier: which parameters are l-coincided critical, and where they come from.

Group the indices by rate; let :math:`b_j` be the sums of the amplitudes, and :math:`R_{n,j}` the moments of the
residual against :math:`t^n e^{-v_j t}`. By eq. (19) the gradient vanishes if and only if all :math:`R_{0,j} = 0` and
:math:`a_k R_{1,j} = 0` for every index. So

- theta is l-coincided critical iff every :math:`R_{0,j} = 0` and :math:`R_{1,j} = 0` for every group with an
  amplitude other than 0;
- if no :math:`b_j` vanishes, this says that (b, v) is critical for J_l: theta is on a space of theorem D.1;
- a group whose amplitudes cancel asks for :math:`R_{1,j} = 0`, which J_l does not: the hypothesis :math:`b_j \ne 0`
  (definition D.2) cannot be dropped.

Three procedures decide at every point: the closed gradient (eq. 19), the rule above, and SymPy's derivative of the
loss (eq. 18). Points lie on spaces, next to them, and on spaces with cancelling or vanishing groups.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import sympy as sp

from memcurse.numerics.plots.style import BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Exact
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape.coincidence import (
    Coincidence,
    coincidence,
    residual_moments,
    sum_with_critical_point,
)
from memcurse.theory.landscape.equivalent_parameters import Partition
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.targets.target import ExponentialSum

from ._configurations import random_configurations, random_group, random_partition, random_rational

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Case:
    """A point, its target, and how it was made."""

    kind: str
    a: tuple[sp.Rational, ...]
    w: tuple[sp.Rational, ...]
    target: ExponentialSum

    @cached_property
    def found(self) -> Coincidence:
        """Its class by the closed gradient."""
        return coincidence(self.a, self.w, self.target)


def _on_and_off(count: int, rng: random.Random) -> list[Case]:
    """Points of spaces, and the same with one amplitude or one rate moved by little."""
    cases = []
    for c in random_configurations(rng, count, range(1, 6)):
        (a, w), target = c.space.point(c.coefficients), c.space.target
        if not isinstance(target, ExponentialSum):
            raise TypeError(f"`target` must be an exponential sum; got {target!r}")
        cases.append(Case("on a space", tuple(a), tuple(w), target))
        k, step = rng.randrange(c.m), sp.Rational(1, 10 ** rng.randint(1, 9))
        cases.append(Case("amplitude moved", (*a[:k], a[k] + step, *a[k + 1 :]), tuple(w), target))
        cases.append(Case("rate moved", tuple(a), (*w[:k], w[k] + step, *w[k + 1 :]), target))
    return cases


def _degenerate(count: int, rng: random.Random) -> list[Case]:
    """A second group whose amplitudes cancel or all vanish, where R_1 is 0 and where it is not."""
    cases = []
    for n in range(count):
        slope, vanish = (sp.S.Zero, random_rational(rng))[n % 2], n % 4 >= 2
        b, mu = random_rational(rng), [sp.Rational(k, 3) for k in rng.sample(range(4, 30), 6)]
        v = (sp.Rational(rng.randint(1, 5), 2), sp.Rational(rng.randint(6, 10), 2))
        target = sum_with_critical_point([b, 0], v, [random_rational(rng), 1], mu, slopes=[0, slope])
        partition = random_partition(rng, rng.randint(3, 5), 2)
        while len(partition[1]) < 2:
            partition = random_partition(rng, len(partition[0]) + len(partition[1]), 2)
        a = _amplitudes(rng, partition, b, vanish)
        w = tuple(v[int(k in partition[1])] for k in range(len(a)))
        kind = f"group {'vanishes' if vanish else 'cancels'}, R_1 {'is not 0' if slope else '= 0'}"
        cases.append(Case(kind, a, w, target))
    return cases


def _amplitudes(
    rng: random.Random, partition: Partition, b: sp.Rational, vanish: bool
) -> tuple[sp.Rational, ...]:
    first, second = partition
    values = dict(zip(first, random_group(rng, len(first), b, 0), strict=True))
    others = [random_rational(rng) for _ in second[1:]]
    cancelling = [sp.S.Zero] * len(second) if vanish else [-sp.Add(*others), *others]
    values.update(zip(second, cancelling, strict=True))
    return tuple(values[k] for k in sorted(values))


Rule = Callable[[Case], bool]


def by_gradient(case: Case) -> bool:
    """The closed gradient vanishes."""
    return case.found.critical


def by_moments(case: Case) -> bool:
    """The rule of the definition: moments of the residual of the reduced point."""
    found = case.found
    moments = residual_moments(found.amplitudes, found.rates, case.target)
    return all(
        R0 == 0 and (R1 == 0 or all(case.a[k] == 0 for k in group))
        for (R0, R1, _), group in zip(moments, found.partition, strict=True)
    )


def by_reduced_point(case: Case) -> bool:
    """Control: (b, v) is critical for J_l, whatever b."""
    found = case.found
    return all(x == 0 for x in closed_forms.gradient(found.amplitudes, found.rates, case.target.moment))


def by_all_moments(case: Case) -> bool:
    """Control: all R_0 and R_1 vanish, also where a group has no amplitude."""
    found = case.found
    moments = residual_moments(found.amplitudes, found.rates, case.target)
    return all(R0 == 0 and R1 == 0 for R0, R1, _ in moments)


def by_derivatives(case: Case) -> bool:
    """SymPy's derivatives of the loss, at the point."""
    a, w = amplitudes(len(case.a)), rates(len(case.w))
    J = closed_forms.loss(a, w, case.target.moment, sp.S.Zero)
    at = dict(zip((*a, *w), (*case.a, *case.w), strict=True))
    return all(sp.diff(J, x).xreplace(at) == 0 for x in (*a, *w))


def _agreement(name: str, cases: Sequence[Case], rule: Rule) -> Finding:
    left, right = ([int(decide(case)) for case in cases] for decide in (by_gradient, rule))
    return Exact(f"{name}, {len(cases)} points", left, right)


def _cases(setting: Setting) -> list[Case]:
    rng = random.Random(setting.seed_for("def-d.1"))
    return [*_on_and_off(setting.pick(60, 20), rng), *_degenerate(setting.pick(40, 12), rng)]


def _expected(case: Case) -> bool:
    """What the construction of the point says."""
    return (
        case.kind == "on a space" or case.kind.endswith("R_1 = 0") or case.kind.startswith("group vanishes")
    )


def check(setting: Setting) -> Evidence:
    """Three procedures, and what each point was made to be."""
    cases = _cases(setting)
    some = cases[:: setting.pick(6, 12)]
    findings = (
        _agreement("gradient against the moments of the residual", cases, by_moments),
        _agreement("gradient against SymPy's derivatives of the loss", some, by_derivatives),
        _agreement("gradient against the construction of the point", cases, _expected),
        _on_spaces(cases),
    )
    rows = [(c.kind, c.found.distinct, int(c.found.critical), int(c.found.non_degenerate)) for c in cases]
    return Evidence(
        findings, len(cases), None, Table(("point", "l", "critical", "all b_j not 0"), tuple(rows))
    )


def _on_spaces(cases: Sequence[Case]) -> Finding:
    """Critical points with all b_j other than 0 lie on a space whose (b, v) is critical for J_l; no others do."""
    left, right = [], []
    for case in cases:
        space = case.found.space
        left.append(int(space is not None and space.contains(case.a, case.w)))
        right.append(int(case.found.non_degenerate and by_reduced_point(case)))
    return Exact("on a space iff all b_j are not 0 and (b, v) is critical for J_l", left, right)


def _refute(rule: Rule) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        cases = _cases(setting)
        return Evidence((_agreement("gradient against the rule", cases, rule),), len(cases))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """How many points of each kind are critical."""
    if evidence.table is None:
        return
    kinds = list(dict.fromkeys(row[0] for row in evidence.table.rows))
    for critical, colour, words in ((1, BLUE, "critical"), (0, VERMILION, "not critical")):
        counts = [sum(r[0] == kind and r[2] == critical for r in evidence.table.rows) for kind in kinds]
        left = [
            sum(r[0] == kind and r[2] == 1 for r in evidence.table.rows) * (1 - critical) for kind in kinds
        ]
        ax.barh(kinds, counts, left=left, color=colour, label=words)
    ax.set(xlabel="points")
    ax.invert_yaxis()
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="def-d.1",
    title="Coincided critical points: a classifier (with definition D.2)",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"\nabla J_m(a, w) = 0 \iff R_{0,j} = 0 \text{ for all } j, \text{ and } R_{1,j} = 0 \text{ for "
        r"every } j \text{ with } a|_{G_j} \ne 0; \quad \text{if all } b_j \ne 0: \iff \nabla J_l(b, v) = 0"
    ),
    hypotheses=(
        "G_j are the indices of the l distinct rates v_j > 0, b_j the sums of their amplitudes",
        "R_(n,j) = int t^n exp(-v_j t) r dt, r = rho_hat - rho",
    ),
    provenance=Provenance.DERIVED,
    uses=("eq-19",),
    check=check,
    controls=(
        Control(
            "critical iff (b, v) is critical for J_l, also where some b_j = 0", _refute(by_reduced_point)
        ),
        Control("critical iff all R_0 and R_1 vanish", _refute(by_all_moments)),
    ),
    figure=draw,
)
