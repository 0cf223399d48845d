r"""The inertia of the Hessian at a coincided critical point of complex modes.

The proof for all partitions stands in `theory.modes.coincidence`: a congruence, whose blocks change their sign under
multiplication by i. Here its steps, identities in gains, poles, directions and the residual's moments (so for every
target); the congruence written out for groups (2), (3), (1, 2), (2, 2), the turned form and its rank for groups of 2,
3, 4.

The package's Hessian is held against it in exact arithmetic: at random critical points with Gaussian rationals for
gains, poles and targets, split into groups, some with a gain of zero, the inertia found by elimination is the one of
the theorem.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Every, Identities, Identity, InertiaIs
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.modes.coincidence import (
    congruence,
    curvature_term,
    discrete,
    null_vector,
    pair_term,
    restricted_determinant,
    turned,
    turned_term,
)

from ._points import critical_points, shares

_PARTITIONS = ((2,), (3,), (1, 2), (2, 2))
#: Sizes of the groups without zero gains, and how many groups get a gain of zero more.
_SPLITS: tuple[tuple[tuple[int, ...], int], ...] = (
    ((2,), 0),
    ((3,), 0),
    ((1,), 1),
    ((2,), 1),
    ((1, 2), 0),
    ((2, 2), 0),
    ((2, 1), 1),
)


def _instances(setting: Setting, zeros_count: bool) -> tuple[Finding, Table]:
    rng = random.Random(setting.seed_for("fp-inertia"))
    parts, rows = [], []
    for index in range(setting.pick(56, 7)):
        sizes, zeros = _SPLITS[index % len(_SPLITS)]
        (point,) = critical_points(rng, 1, (len(sizes),))
        reduced, found = point.inertia(), point.split(shares(rng, sizes, zeros)).inertia()
        claimed = _theorem(reduced, sizes, zeros, zeros_count)
        place = f"groups {sizes}, {zeros} zero gains, instance {index}"
        parts.append(InertiaIs("elimination in rationals", found, claimed, place))
        rows.append((str(sizes), zeros, str(tuple(reduced)), str(tuple(found))))
    columns = ("nonzero gains in each group", "zero gains", "H_l (+, 0, -)", "H_m (+, 0, -)")
    finding = about_code(Every("the package's Hessian, by elimination", tuple(parts)))
    return finding, Table(columns, tuple(rows))


def _theorem(reduced: Inertia, sizes: Sequence[int], zeros: int, zeros_count: bool) -> Inertia:
    d = sum(size - 1 for size in sizes)
    more = 2 * (d + zeros) + (2 * zeros if zeros_count else 0)
    rest = 4 * (d + zeros) - 2 * d - more
    return Inertia(reduced.positive + d + rest, reduced.zero + more, reduced.negative + d)


def _evidence(setting: Setting, sign: int = -1, critical: bool = True, zeros_count: bool = True) -> Evidence:
    findings: list[Finding] = [
        Identity("A on two modes", *pair_term()),
        Identity("C on a mode", *curvature_term()),
        Identity("a term at i z", *turned_term(sign)),
        Identity("null vector of a group", *null_vector()),
    ]
    findings += [
        Identities(f"congruence, groups of {sizes}", congruence(sizes, discrete, critical))
        for sizes in _PARTITIONS[: setting.pick(4, 1)]
    ]
    for size in (2, 3, 4):
        findings.append(Identity(f"form at i z, group of {size}", *turned(size, sign)))
        findings.append(
            Identity(f"determinant on the hyperplane, group of {size}", *restricted_determinant(size))
        )
    instances, table = _instances(setting, zeros_count)
    findings.append(instances)
    return Evidence(findings, instances.held, table=table)


def check(setting: Setting) -> Evidence:
    """The congruence, forms that change their sign, and inertias of the package's Hessian."""
    return _evidence(setting)


def check_real(setting: Setting) -> Evidence:
    """The rule of real modes: a form keeps its sign in all directions."""
    return _evidence(replace(setting, quick=True), sign=1)


def check_not_critical(setting: Setting) -> Evidence:
    """A point where the residual's first moment is not 0."""
    return _evidence(replace(setting, quick=True), critical=False)


def check_zeros(setting: Setting) -> Evidence:
    """A gain of zero adds no zero eigenvalue but its own two directions of a positive form."""
    return _evidence(replace(setting, quick=True), zeros_count=False)


STATEMENT = Statement(
    id="fp-inertia",
    title="Inertia at coincided critical points of complex modes",
    paper="fixed-pole",
    section="landscape",
    claim=(
        r"\mathrm{In}(H_m) = \mathrm{In}(H_l) + (d,\; 2(m - l) + 2z \text{ zeros},\; d),\quad d = \sum_j (n_j - 1)"
    ),
    hypotheses=(
        "(b, v) critical for J_l, all b_j nonzero, v distinct, all Q_j nonzero",
        "group j has n_j nonzero gains; z gains are zero in all (none: d = m - l)",
    ),
    provenance=Provenance.NEW,
    uses=("fp-hessian",),
    check=check,
    controls=(
        Control("the formula of real modes", check_real),
        Control("R_1 other than 0", check_not_critical),
        Control("a zero gain adds no zeros", check_zeros),
    ),
)
