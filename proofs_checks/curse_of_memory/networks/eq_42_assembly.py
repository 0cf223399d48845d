r"""Eqs. (42)-(46), (62)-(63): scalar fits, one for each input, are one network, and its errors add up.

**The network.** State matrices on one diagonal, readouts below each other, and in column i of U the entries of the
i-th network in its own rows: ``m_1 + .. + m_d`` hidden units.

**Proof that its kernel is the row of theirs**, for networks of every order (`theory.networks.assembly`). With ``D(X,
Y)`` for two blocks on a diagonal, ``D(W_1, W_2) D(X, Y) = D(W_1 X, W_2 Y)``, so ``W^k = D(W_1^k, W_2^k)`` by induction,
the blocks being letters that do not commute; the power series gives ``e^{W s} = D(e^{W_1 s}, e^{W_2 s})``, and term by
term the row of kernels. More than two are assembled one after the other.

**The errors.** The paper's norm on inputs is ``sup_t max_i |x_i(t)|`` (its definition (3) lost the formula; the factor
d of theorem 4.2 is that of this norm). Components may then be chosen independently of each other, so the distance of
two functionals is ``sum_i ||rho_i - rho_hat_i||_{L1}`` exactly: the norm of each is that of eq. (12), proved for every
integrable kernel, and the suprema add up. For the Euclidean norm on ``R^d`` it is ``int |rho - rho_hat|``, which is at
most this sum: the bound (46) holds for both, with equality for the first.

**The code at instances.** Products, Laplace transforms and closed forms of eq. (7) for entries that are symbols, at
orders up to 3. Targets that are networks themselves (far from normal, defective, oscillating) and a power law; their
transforms agree in exact arithmetic at more points than their degrees allow to differ; the state driven by straight
lines, step by step, gives the answer of the convolution; residual networks add up exactly; certified answers to
inputs that follow the signs of all components come as near to the sum of the errors as promised.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
from memcurse.numerics.objective.functionals import Kernel
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.curse_of_memory.objective._functionals import (
    BITS,
    norm_findings,
    norm_of_every_kernel,
    sign_inputs,
    with_precision,
)
from memcurse.proofs_checks.evidence.finding import about_code
from memcurse.proofs_checks.evidence.findings import Identities, Identity, Inequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.networks import assembly as steps
from memcurse.theory.networks import functionals
from memcurse.theory.networks.assembly import (
    GeneralRNN,
    block_linear_network,
    block_network,
    blocks,
    residual_output,
)
from memcurse.theory.networks.recurrences import LinearRNN, diagonal, jordan, oscillating
from memcurse.theory.notation import t

from ._networks import adversarial, components, driven, exact_agreement, layers, lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
    from memcurse.proofs_checks.evidence.finding import Finding

#: From networks to the one that is claimed to be assembled of them, symbolic and numerical.
Assembly = Callable[[Sequence[Any]], Any]
#: From the errors of the components to the claimed distance.
Total = Callable[[Sequence[Any]], Any]


def _generic(name: str, m: int) -> Any:
    """A network of order `m` with one input whose entries are symbols of their own."""

    def column(letter: str) -> sp.ImmutableMatrix:
        return sp.ImmutableMatrix([sp.Symbol(f"{letter}_{name}{i}", real=True) for i in range(m)])

    W = sp.ImmutableMatrix(m, m, lambda i, j: sp.Symbol(f"W_{name}{i}{j}", real=True))
    return GeneralRNN(column("c"), W, column("u"))


def _product_identities() -> Finding:
    """``D(W_1, W_2) D(X, Y) = D(W_1 X, W_2 Y)``, entry by entry."""

    pairs = []
    for m, n in ((1, 1), (2, 1), (2, 3)):
        W, V = _generic("a", m).W, _generic("b", n).W
        X, Y = _generic("x", m).W, _generic("y", n).W
        pairs += list(zip(blocks([W, V]) * blocks([X, Y]), blocks([W * X, V * Y]), strict=True))
    return Identities("a product of blocks is the blocks of the products", pairs)


def _transfer_identities(assembly: Assembly) -> Finding:

    z = sp.Symbol("z", positive=True)
    pairs = []
    for m, n in ((1, 1), (2, 1), (2, 2)):
        parts = [_generic("a", m), _generic("b", n)]
        row = assembly(parts).transfer(z)
        pairs += [(row[i], part.transfer(z)[0, 0]) for i, part in enumerate(parts)]
    return Identities("the transform of the assembled kernel is the row of the transforms", pairs)


def _residual_identity(assembly: Assembly) -> Finding:
    """Three layers of the residual network, for all entries, inputs and steps."""

    parts = [_generic("a", 2), _generic("b", 1)]
    inputs = [sp.symbols(f"x_{k} y_{k}", real=True) for k in range(3)]
    step = sp.Symbol("delta", real=True)
    total = sum(residual_output(p, [(x[i],) for x in inputs], step) for i, p in enumerate(parts))
    return Identity(
        "residual networks: the outputs add up", residual_output(assembly(parts), inputs, step), total
    )


def _closed_form_identities() -> Finding:

    rate, nu = sp.symbols("lambda nu", positive=True)
    w, c = sp.symbols("w_1:3", positive=True), sp.symbols("c_1:7", real=True)
    recurrences = [diagonal(w), jordan(rate, 2), oscillating(rate, nu, sp.S.Zero, sp.S.One)]
    ones = sp.ImmutableMatrix([1, 1])
    parts = [LinearRNN(sp.ImmutableMatrix(c[2 * i : 2 * i + 2]), r, ones) for i, r in enumerate(recurrences)]
    joined, s = block_linear_network(parts), recurrences[0].s
    E, W = joined.recurrence.after(s), joined.recurrence.W
    pairs = list(zip(sp.flatten(E.diff(s)), sp.flatten(W * E), strict=True))
    pairs += list(zip(sp.flatten(joined.recurrence.after(0)), sp.flatten(sp.eye(6)), strict=True))
    pairs += [(joined.kernel(s)[i], part.kernel(s)[0, 0]) for i, part in enumerate(parts)]
    return Identities(
        "diagonal, Jordan and oscillating blocks: E' = W E, E(0) = I, and the row of kernels", pairs
    )


def _proof(assembly: Assembly) -> list[Finding]:
    """The kernel for networks of every order; the distance for every number of integrable kernels."""
    return [
        Identities("powers of blocks are blocks of powers", steps.powers_of_blocks(assembly)),
        Identities("c^T W^k U is the row of those of the parts", steps.kernels_of_blocks(assembly)),
        Identities("more than two, one after the other", steps.one_after_the_other(assembly)),
        *norm_of_every_kernel(),
        Inequalities("suprema of independent components add up", functionals.sums_of_suprema()),
    ]


def _symbolic(assembly: Assembly) -> list[Finding]:
    return [
        _product_identities(),
        _transfer_identities(assembly),
        _residual_identity(assembly),
        _closed_form_identities(),
    ]


# --- instances -------------------------------------------------------------------------------------------------------


def _errors(
    setting: Setting, whole: RecurrentKernel, total: Total
) -> tuple[list[Finding], list[tuple[Any, ...]], Any]:
    """The distance from the targets: never above the total of the scalar errors, and approached."""

    answers, gaps = [], []
    for i, (_, target, fit) in enumerate(components()):
        if isinstance(target, sp.Expr):
            kernel = sp.Add(
                *(
                    sp.Rational(str(a)) * sp.exp(sp.Rational(str(w[k])) * t)
                    for k, (a, w) in enumerate(zip(fit.c, fit.W, strict=True))
                )
            )
            answers.append((Kernel(target), whole.input(i)))
            gaps.append(Kernel(target - kernel))
        else:
            answers.append((target.input(0), whole.input(i)))
            gaps.append((target - fit).input(0))

    def answer(x: Sequence[Any]) -> arb:
        pairs = zip(answers, x, strict=True)
        return sum((h.answer(g.knots, g.values) - f.answer(g.knots, g.values) for (h, f), g in pairs), arb(0))

    errors = [gap.l1_norm(BITS) for gap in gaps]
    approaching = []
    for found in zip(*(sign_inputs(gap) for gap in gaps), strict=True):
        approaching.append((tuple(x for x, _ in found), sum((missed for _, missed in found), arb(0))))
    others = lines(setting.seed_for("eq-42"), whole.d, setting.pick(10, 4))
    compared: Any = norm_findings  # which takes inputs of any kind, here one for each component
    findings, rows = compared("the distance", answer, total(errors), approaching, others)
    return findings, rows, errors


def _sum(errors: Sequence[Any]) -> Any:
    return sum(errors[1:], errors[0])


def _largest(errors: Sequence[Any]) -> Any:

    return functools.reduce(arb.max, errors)


def _curves(whole: RecurrentKernel) -> dict[str, Any]:

    ages = np.linspace(0.0, 6.0, 241)
    curves = {}
    for i, (name, target, _) in enumerate(components()):
        exact = lower(target, (t,), "float64")(ages) if isinstance(target, sp.Expr) else target.at(ages)[:, 0]
        curves[name] = (exact, whole.at(ages)[:, i])
    return {"ages": ages, "curves": curves}


def _assembled(setting: Setting) -> Evidence:

    def run() -> tuple[list[Finding], list[tuple[Any, ...]], Any, RecurrentKernel]:
        parts = [fit for _, _, fit in components()]
        whole = _blocks(parts)
        findings = [exact_agreement(whole, parts)]
        inputs = lines(setting.seed_for("eq-42:driven"), whole.d, setting.pick(6, 2))
        findings += [driven(whole, parts, inputs), *adversarial(parts), layers(whole, parts)]
        found, rows, errors = _errors(setting, whole, _sum)
        return findings + found, rows, errors, whole

    findings, rows, errors, whole = with_precision(run)
    data = _curves(whole) | {"errors": [float(x.mid()) for x in errors]}
    table = Table(("quantity", "ramp", "answer", "sum_of_errors", "may_miss"), tuple(rows))
    code = [*_symbolic(_symbolic_blocks), *findings]
    return Evidence([*_proof(_symbolic_blocks), *map(about_code, code)], 1, None, table, data)


def _blocks(parts: Sequence[RecurrentKernel]) -> RecurrentKernel:

    return RecurrentKernel.blocks(parts)


def _symbolic_blocks(parts: Sequence[Any]) -> Any:

    return block_network(parts)


def check(setting: Setting) -> Evidence:
    """The kernel and the distance for all networks; identities for entries; three inputs with certified errors."""
    return _assembled(setting)


def _coupled(setting: Setting) -> Evidence:
    """One entry of the block right of the diagonal is not 0: the first state hears of the second."""

    def coupled(parts: Sequence[Any]) -> Any:
        coupling = sp.zeros(parts[0].W.rows, parts[1].W.cols)
        coupling[0, 0] = sp.Symbol("eta", positive=True)
        return block_network(parts, coupling)

    code = [_product_identities(), _transfer_identities(coupled), _residual_identity(coupled)]
    return Evidence([*_proof(coupled), *code])


def _coupled_by_little(setting: Setting) -> Evidence:
    """A coupling of 1/1000 at the instances."""

    parts = [fit for _, _, fit in components()]
    whole = _blocks(parts)
    rows = [list(row) for row in whole.W]
    rows[0][2] += sp.Rational(1, 1000)
    return Evidence([exact_agreement(RecurrentKernel(whole.c, rows, whole.U), parts)])


def _swapped(setting: Setting) -> Evidence:
    """The first two columns of U exchanged: each network listens to the other's input."""

    def swapped(parts: Sequence[Any]) -> Any:
        whole = _symbolic_blocks(parts)
        columns = [1, 0, *range(2, whole.U.cols)]
        return GeneralRNN(whole.c, whole.W, whole.U[:, columns])

    code = [_product_identities(), _transfer_identities(swapped), _residual_identity(swapped)]
    return Evidence([*_proof(swapped), *code])


def _maximum(setting: Setting) -> Evidence:
    """The largest of the scalar errors in place of their sum."""

    def run() -> list[Finding]:
        return _errors(setting, _blocks([fit for _, _, fit in components()]), _largest)[0]

    return Evidence(with_precision(run))


def draw(evidence: Evidence, ax: Axes) -> None:
    """The components of the assembled kernel over the targets they were fitted to, with the certified errors."""
    colours = (BLUE, VERMILION, GREEN)
    ages, errors = evidence.data["ages"], evidence.data["errors"]
    for colour, error, (name, (exact, fitted)) in zip(
        colours, errors, evidence.data["curves"].items(), strict=True
    ):
        ax.plot(ages, exact, color=colour, lw=1.2, label=f"target of input: {name}")
        ax.plot(ages, fitted, "--", color=colour, lw=1.6, label=f"one network; L1 error {error:.4f}")
    ax.axhline(0.0, color="0.7", lw=0.6)
    ax.set_title(f"bound (46): the sum of the errors, {sum(errors):.4f}", fontsize="medium")
    ax.set_xlabel("age s (time)")
    ax.set_ylabel("kernel (units of y/x per time)")
    ax.legend(fontsize="x-small")


STATEMENT = Statement(
    id="eq-42",
    title="Scalar fits are assembled to one network, and their errors add up",
    paper="curse-of-memory",
    section="A",
    claim=r"W = \operatorname{diag}(W_1, \dots, W_d),\ c = (c_1; \dots; c_d),\ U = \operatorname{diag}(U_1, \dots, U_d)"
    r" \implies c^\top e^{W s} U = (\hat\rho_1(s), \dots, \hat\rho_d(s)), \quad"
    r" \sup_t \|H_t - \hat H_t\| = \sum_{i=1}^d \|\rho_i - \hat\rho_i\|_{L^1}",
    hypotheses=("W_i stable", "rho_i integrable", "inputs bounded by 1 in every component"),
    provenance=Provenance.DERIVED,
    uses=("eq-7", "eq-12", "prop-3.1"),
    check=check,
    controls=(
        Control("a block off the diagonal that is not zero", _coupled),
        Control("a coupling of 1/1000 at the instances", _coupled_by_little),
        Control("columns of U exchanged", _swapped),
        Control("the largest error in place of the sum", _maximum),
    ),
    figure=draw,
)
