"""The machinery that gradient and Hessian share: symbolic differentiation, and differences at instances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal

import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import from_mpf, precision, rational_ball, to_mpf
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    MAROON,
    OLIVE,
    ORANGE,
    PURPLE,
    SKY,
    TEAL,
    VERMILION,
)
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Agreement, Every, Identities
from memcurse.proofs_checks.evidence.statement import Evidence, Setting, Table
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective.continuous import indexed_identities, loss

from ._instances import Instance, instances, short
from ._routes import (
    Formula,
    agreement,
    along,
    as_symbols,
    at_target,
    at_width,
    beyond,
    compiled_kernels,
    directional,
    float_bound,
    in_float64,
    size,
    working_digits,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Widths of instances whose moments are certified integrals are 1 or 2 anyway; this bounds the others.
_WIDEST: Final = 8


@dataclass(frozen=True)
class Derivative:
    """A claimed derivative: closed form, the form it is the derivative of, and the package's name."""

    id: str
    formula: Formula
    antiderivative: Formula
    order: Literal["gradient", "hessian"]


def tried(
    setting: Setting, claim: Derivative, count: int, widths: Sequence[int], indexed: Sequence[str]
) -> Evidence:
    """Evidence for a claimed derivative; `indexed` names entries for a symbolic width."""
    findings: list[Finding] = [_differentiated(claim, m) for m in widths]
    if indexed:
        pairs = [(left, right) for name, left, right in indexed_identities() if name in indexed]
        findings.append(Identities("symbolic width: " + ", ".join(indexed), pairs))
        findings.append(_symbolic_width_at(indexed, 3))
    points = instances(setting.seed_for(claim.id), count, _WIDEST)
    parts, rows, floats, came = [], [], [], 0
    for number, point in enumerate(points):
        direction = _direction(point, setting.seed_for(f"{claim.id}:{number}"))
        agreements = _at(point, claim, direction, setting.digits)
        parts += agreements
        errors = _in_float64(point, claim, direction, agreements)
        came += bool(errors)
        floats += errors
        rows += [_row(point, found) for found in agreements]
    findings.append(Every("closed form = package = differences", parts))
    findings += compiled_kernels(floats, came, points)
    columns = (
        "kind",
        "width",
        "entry",
        "derivative",
        "difference_from_closed_form",
        "scale",
        "claimed",
        "instance",
    )
    return Evidence(findings, len(points), setting.digits, Table(columns, tuple(rows)))


def _symbolic_width_at(indexed: Sequence[str], m: int) -> Identities:
    """The closed form for a symbolic width, taken at the width `m`, against SymPy's derivatives there."""
    a, w = amplitudes(m), rates(m)
    pairs = []
    for name, form, _ in indexed_identities():
        # "d2J/da_k dw_n" is read as: twice, in a_k and in w_n.
        letters = [part[1] for part in name.split("/")[1].split(" ")]
        if name not in indexed:
            continue
        for k, n in ((1, 1), (1, 2), (3, 2)):
            variables = [{"a": a, "w": w}[x][i - 1] for x, i in zip(letters, (k, n), strict=False)]
            pairs.append((at_width(form, m, k, n), as_symbols(sp.diff(loss(a, w), *variables))))
    return Identities(f"symbolic width at m = {m}: " + ", ".join(indexed), pairs)


def _differentiated(claim: Derivative, m: int) -> Identities:
    a, w = amplitudes(m), rates(m)
    form, closed = claim.antiderivative(a, w), claim.formula(a, w)
    theta = (*a, *w)
    rows = list(form) if isinstance(form, sp.MatrixBase) else [form]
    entries = [sp.diff(row, x) for row in rows for x in theta]
    pairs = [(as_symbols(c), as_symbols(d)) for c, d in zip(closed, entries, strict=True)]
    if len(rows) > 1:
        n = 2 * m
        pairs += [(as_symbols(closed[i, j]), as_symbols(closed[j, i])) for i in range(n) for j in range(i)]
    return Identities(f"closed form = SymPy's derivative, width {m}", pairs)


def _direction(instance: Instance, seed: int) -> list[sp.Rational]:
    """A random direction in parameter space with no zero entry, so that every entry of the derivative counts."""
    random = Random(seed)
    return [
        sp.Rational(random.choice((-1, 1)) * random.randint(1, 16), 16) for _ in range(2 * len(instance.a))
    ]


def _in_float64(
    instance: Instance, claim: Derivative, direction: Sequence[Any], agreements: Sequence[Agreement]
) -> list[tuple[Any, Any]]:
    """``(error, bound)`` of the compiled kernel for every row, where it gives a value."""
    values = in_float64(instance, claim.order)
    if values is None:
        return []
    with precision(30):
        entries = [arb(float(x)) for x in values.flat]
        rows = values.shape[0]
        found = _combined(arb_mat(rows, len(entries) // rows, entries), direction, instance)
        pairs = []
        for value, agreed in zip(found, agreements, strict=True):
            scale = Fraction(agreed.scale)
            pairs.append((abs(value - agreed.routes["closed form"][1]), float_bound(scale)))
        return pairs


def _at(instance: Instance, claim: Derivative, direction: Sequence[Any], digits: int) -> list[Agreement]:
    """One agreement per row of the derivative, along a direction."""
    m = len(instance.a)
    closed = claim.formula(instance.a, instance.w)
    rows = [list(closed)] if closed.shape[1] == 1 else [list(closed.row(i)) for i in range(2 * m)]
    combined = [along(row, direction, instance) for row in rows]
    objective = Objective(instance.target)
    values: dict[str, list[list[Any]]] = {"closed form": [], "package": [], "differences": []}
    for d in working_digits(digits):
        with beyond(d):
            values["closed form"].append(at_target(combined, instance.target))
            enclosed = getattr(objective.enclose(instance.a, instance.w, digits=d + 10), claim.order)
            values["package"].append(_combined(enclosed, direction, instance))
        # The differences have an error that their balls do not hold: only their midpoints are passed on.
        middles = directional(claim.antiderivative, instance, direction, d)
        values["differences"].append([_middle(x) for x in middles])
    return [_row_agreement(instance, i, expression, values, digits) for i, expression in enumerate(combined)]


def _middle(x: Any) -> Any:

    with precision(200):
        return to_mpf(x)


def _combined(enclosed: Any, direction: Sequence[Any], instance: Instance) -> list[Any]:

    m = len(instance.a)
    weights = [rational_ball(d * s) for d, s in zip(direction, (*([1] * m), *instance.w), strict=True)]
    by_rows = enclosed.tolist() if enclosed.ncols() > 1 else [[row[0] for row in enclosed.tolist()]]
    return [sum((x * y for x, y in zip(row, weights, strict=True)), start=0 * weights[0]) for row in by_rows]


def _row_agreement(
    instance: Instance, i: int, expression: sp.Expr, values: dict[str, list[list[Any]]], digits: int
) -> Agreement:
    low = working_digits(digits)[0]

    def route(pair: list[list[Any]]) -> Callable[[int], Any]:
        return lambda d: pair[int(d > low)][i]

    routes = {name: route(pair) for name, pair in values.items()}
    return agreement(f"row {i} at {instance.label}", routes, digits, size(instance, expression))


def _row(instance: Instance, found: Any) -> tuple[Any, ...]:
    closed, differences = found.routes["closed form"][1], found.routes["differences"][1]

    with precision(200):
        gap = abs(closed - from_mpf(differences))
        entry = found.name.split(" at ")[0]
        return (
            instance.kind,
            len(instance.a),
            entry,
            short(closed),
            str(gap.upper().str(3, radius=False)),
            float(found.scale),
            f"1e-{found.digits[1]}",
            instance.label,
        )


def draw_agreement(evidence: Evidence, ax: Axes, what: str) -> None:
    """Relative distance of the differences from the closed form, with the claimed digits as a line."""
    if evidence.table is None:
        return
    rows = [row for row in evidence.table.rows if float(row[4]) > 0]
    for style, kind in zip(_STYLES, sorted({row[0] for row in rows}), strict=False):
        chosen = [(row[1], float(row[4]) / row[5]) for row in rows if row[0] == kind]
        ax.semilogy(*zip(*chosen, strict=True), style[0], color=style[1], label=kind, alpha=0.7)
    ax.axhline(float(rows[0][6]), color="black", label="digits claimed")
    ax.set_xlabel("width m")
    ax.set_ylabel("distance from the closed form\n(relative to the size of its terms)")
    ax.set_title(what)
    ax.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))


#: Markers with the colours of Okabe and Ito, which survive colour blindness.
_STYLES: Final = (
    ("o", BLUE),
    ("s", VERMILION),
    ("^", GREEN),
    ("v", PURPLE),
    ("D", ORANGE),
    ("P", SKY),
    ("X", BLACK),
    ("*", OLIVE),
    ("<", MAROON),
    (">", TEAL),
)
