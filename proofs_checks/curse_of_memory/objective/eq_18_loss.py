r"""Eq. (18): the loss as a double sum, a single sum and the squared norm of the target.

**Proof.** The residual is ``sum_i a_i E_i - R`` with ``E_i = e^{-w_i t}`` and ``R = rho(t)``. The integral
over ``t >= 0`` is linear on the span of the products ``E_i E_j``, ``E_i R``, ``R^2``, all of them integrable
by Cauchy-Schwarz, and takes them to ``1/(w_i + w_j)``, ``L_0(w_i)``, ``||rho||^2``: the first because
``-e^{-s t}/s`` is an antiderivative of ``e^{-s t}`` that vanishes at infinity, the other two by definition.
The check applies this map to the squared residual, with the antiderivative checked, and compares with the
closed form: for each width up to 4, and for a symbolic width through the summand.

**Instances.** What the proof does not see, the closed forms of the moments and the code, is compared with
certified quadrature of ``(rho_hat - rho)^2`` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.objective.by_quadrature import squared_distance
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLUE
from memcurse.proofs_checks.evidence.findings import Every, Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import amplitudes, rates, t
from memcurse.theory.objective.continuous import INDEXED, Moment, W, loss, squared_norm
from memcurse.theory.objective.gram_form import A, width_symbol
from memcurse.theory.objective.indexed_sums import canonical_sums

from ._instances import instances, short
from ._routes import (
    agreement,
    as_symbols,
    at_target,
    at_width,
    beyond,
    compiled_kernels,
    float_bound,
    in_float64,
    size,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.proofs_checks.evidence.finding import Finding

    from ._instances import Instance

Formula = Callable[[Sequence[Any], Sequence[Any]], Any]


def _closed_form(a: Sequence[Any], w: Sequence[Any]) -> sp.Expr:

    return loss(a, w)


def _integrated(integrand: sp.Expr, E: dict[sp.Symbol, sp.Expr], R: sp.Symbol) -> sp.Expr:
    """Integral over t >= 0 of a quadratic form in ``E_i = e^{-w_i t}`` and ``R = rho(t)``, term by term."""

    total = sp.S.Zero
    for (power_of_R, *powers), coefficient in sp.Poly(integrand, R, *E).terms():
        rate = sp.Add(*(n * w for n, w in zip(powers, E.values(), strict=True)))
        value = {0: 1 / rate if rate != 0 else 0, 1: Moment(0, rate), 2: squared_norm}[power_of_R]
        total += coefficient * value
    return total


def _symbolic(formula: Formula, widths: Sequence[int]) -> list[Finding]:

    s, R = sp.Symbol("s", positive=True), sp.Symbol("R", real=True)
    antiderivative = -sp.exp(-s * t) / s
    pairs: list[tuple[Any, Any]] = []
    for m in widths:
        a, w = amplitudes(m), rates(m)
        E = {sp.Symbol(f"E_{i}", positive=True): rate for i, rate in enumerate(w)}
        residual = sp.Add(*(ai * Ei for ai, Ei in zip(a, E, strict=True))) - R
        pairs.append((as_symbols(formula(a, w)), as_symbols(_integrated(residual**2, E, R))))
    return [
        Identities(
            "antiderivative of e^{-st}, and its value 1/s over t >= 0",
            [(sp.diff(antiderivative, t), sp.exp(-s * t)), (-antiderivative.subs(t, 0), 1 / s)],
        ),
        Identities("closed form = integrated square, widths " + ", ".join(map(str, widths)), pairs),
    ]


def _symbolic_width() -> list[Finding]:
    """The summands of the three sums, compared for a symbolic width."""

    i, j = sp.symbols("i j", integer=True, positive=True)
    E, R = sp.IndexedBase("E", positive=True), sp.Symbol("R", real=True)
    # (sum_i A_i E_i - R)^2 = sum_ij [A_i E_i A_j E_j] + sum_i [-2 A_i E_i R] + R^2, summand by summand.
    quadratic, cross, rest = A[i] * E[i] * A[j] * E[j], -2 * A[i] * E[i] * R, R**2
    square = [
        (quadratic + (cross + cross.xreplace({i: j})) / 2 + rest, (A[i] * E[i] - R) * (A[j] * E[j] - R))
    ]
    mapped = (
        sp.Sum(
            quadratic.xreplace({E[i]: 1, E[j]: 1}) / (W[i] + W[j]), (i, 1, width_symbol), (j, 1, width_symbol)
        )
        + sp.Sum(cross.xreplace({E[i]: 1, R: 1}) * Moment(0, W[i]), (i, 1, width_symbol))
        + squared_norm
    )
    a, w = amplitudes(3), rates(3)
    return [
        Identity("symbolic width at m = 3", at_width(INDEXED.loss(), 3), as_symbols(_closed_form(a, w))),
        Identity("square of the residual, summand by summand", *square[0]),
        Identity(
            "closed form = integrated square, symbolic width",
            canonical_sums(INDEXED.loss()),
            canonical_sums(mapped),
        ),
    ]


def _at(instance: Instance, formula: Formula, digits: int) -> tuple[Finding, Any, Any]:
    """Agreement of closed form, package and quadrature; the loss as a ball; the size of its terms."""

    objective, expression = Objective(instance.target), formula(instance.a, instance.w)

    def closed(d: int) -> Any:
        with beyond(d):
            return at_target([expression], instance.target)[0]

    def quadrature(d: int) -> Any:
        with precision(d):
            return squared_distance(instance.target, instance.a, instance.w)

    scale = size(instance, _closed_form(instance.a, instance.w))
    routes = {
        "closed form in balls": closed,
        "quadrature of the square": quadrature,
        "objective in balls": lambda d: objective.enclose(instance.a, instance.w, digits=d).loss,
        "objective in mpmath": lambda d: objective.loss(instance.a, instance.w, digits=d),
    }
    found = agreement(instance.label, routes, digits, scale)
    return found, found.routes["quadrature of the square"][1], scale


def _in_float64(instance: Instance, loss: Any, scale: Any) -> tuple[Any, Any] | None:
    """``(error, bound)`` of the compiled kernel, where it gives a value."""

    value = in_float64(instance, "loss")
    if value is None:
        return None
    with precision(30):
        return abs(arb(value) - loss), float_bound(scale)


def _tried(setting: Setting, formula: Formula, count: int, widths: Sequence[int]) -> Evidence:

    points = instances(setting.seed_for("eq-18"), count)
    findings = _symbolic(formula, widths) + _symbolic_width()
    agreements, floats, rows = [], [], []
    for point in points:
        found, loss, scale = _at(point, formula, setting.digits)
        agreements.append(found)
        error = _in_float64(point, loss, scale)
        if error is not None:
            floats.append(error)
        rows.append(
            (
                point.kind,
                len(point.a),
                short(loss),
                float(scale),
                float(error[0]) if error else "",
                point.label,
            )
        )
    findings.append(Every("closed form = quadrature of the square", agreements))
    findings += compiled_kernels(floats, len(floats), points)
    columns = ("kind", "width", "loss", "size_of_terms", "float64_error", "instance")
    return Evidence(findings, len(points), setting.digits, Table(columns, tuple(rows)))


def check(setting: Setting) -> Evidence:
    """Identity for widths 1 to 4 and for a symbolic width; agreement with quadrature at random instances."""
    return _tried(setting, _closed_form, setting.pick(40, 8), (1, 2, 3, 4))


def _false(formula: Formula) -> Callable[[Setting], Evidence]:
    return lambda setting: _tried(setting, formula, setting.pick(4, 2), (2,))


def _single_cross_term(a: Sequence[Any], w: Sequence[Any]) -> sp.Expr:

    return _closed_form(a, w) + sp.Add(*(x * Moment(0, y) for x, y in zip(a, w, strict=True)))


def _product_of_rates(a: Sequence[Any], w: Sequence[Any]) -> sp.Expr:
    pairs = [(i, j) for i in range(len(a)) for j in range(len(a))]
    terms = (a[i] * a[j] * (1 / (w[i] * w[j]) - 1 / (w[i] + w[j])) for i, j in pairs)
    return _closed_form(a, w) + sp.Add(*terms)


def _root_of_rates(a: Sequence[Any], w: Sequence[Any]) -> sp.Expr:
    pairs = [(i, j) for i in range(len(a)) for j in range(len(a))]
    terms = (a[i] * a[j] * (1 / sp.sqrt(w[i] + w[j]) - 1 / (w[i] + w[j])) for i, j in pairs)
    return _closed_form(a, w) + sp.Add(*terms)


def _without_norm(a: Sequence[Any], w: Sequence[Any]) -> sp.Expr:

    return _closed_form(a, w) - squared_norm


def draw(evidence: Evidence, ax: Axes) -> None:
    """Error of the compiled kernel against the loss of significance of the sum."""
    if evidence.table is None:
        return
    points = [(row[3] / float(row[2]), row[4] / float(row[2])) for row in evidence.table.rows if row[4] != ""]
    condition = sorted(x for x, _ in points)
    ax.loglog(
        condition, [1e-12 * x for x in condition], color="black", label="promised: 1e-12 times condition"
    )
    shown = [(x, max(y, 1e-18)) for x, y in points]
    ax.loglog(*zip(*shown, strict=True), "o", color=BLUE, label="instances (at least 1e-18 drawn)")
    ax.set_xlabel("condition number of the sum (dimensionless)")
    ax.set_ylabel("relative error of the float64 loss")
    ax.legend()


STATEMENT = Statement(
    id="eq-18",
    title="The loss in closed form",
    paper="curse-of-memory",
    section="5",
    claim=r"J(a,w) = \int_0^\infty \Bigl(\sum_i a_i e^{-w_i t} - \rho(t)\Bigr)^2 dt"
    r" = \sum_{i,j} \frac{a_i a_j}{w_i + w_j} - 2 \sum_i a_i L_0(w_i) + \|\rho\|^2",
    hypotheses=("a_i real", "w_i > 0", "rho real and square-integrable on t >= 0"),
    provenance=Provenance.DERIVED,
    uses=("eq-17",),
    check=check,
    controls=(
        Control("cross term with the factor 1 in place of 2", _false(_single_cross_term)),
        Control("w_i w_j in place of w_i + w_j", _false(_product_of_rates)),
        Control("square root of w_i + w_j", _false(_root_of_rates)),
        Control("without the squared norm of the target", _false(_without_norm)),
    ),
    figure=draw,
)
