r"""The inverse theorem needs more than bounded parameters: Jordan blocks of growing width remember for ever.

In the form recovered for full networks, bounded parameters and ``max Re lambda(W_m) < -beta`` are to force ``e^{beta
t} rho = o(1)`` on what is approximated. With the operator norm they do not. Take W_m = -I + N of order m, N the shift
(ones above the diagonal), U the last unit vector, and in the readout, from below, ``c_k = 1/((k+1)(k+2))``, k =
0..m-1.

**Parameters.** Every eigenvalue is -1. ``|W_m| <= 2`` because rows and columns of absolute values sum to at most 2,
``|U| = 1``, and ``|c| <= sum_k c_k < 1``, as ``c_k = 1/(k+1) - 1/(k+2)``.

**Kernel.** ``c^T e^{W_m t} U = rho_m(t) = sum_{k<m} c_k f_k(t)`` with ``f_k = e^{-t} t^k/k!``. As ``c_k = int_0^1 x
(1-x)^k dx`` and ``sum_k (1-x)^k t^k/k! = e^{(1-x) t}``,

.. math:: \lim_m \rho_m(t) = \rho(t) = \int_0^1 x\,e^{-x t}\,dx = \frac{1 - (1 + t) e^{-t}}{t^2} \sim t^{-2}.

**Distance.** ``0 <= f_k <= 1`` and ``int f_k = 1``, so in L1 the distance is ``sum_{k>=m} c_k = 1/(m+1)``, exactly,
and uniformly it is at most that. ``f_k' = f_{k-1} - f_k``, so ``|f_k^{(j)}| <= 2^j`` and all derivatives converge
uniformly too. But ``e^{beta t} rho(t) -> oo`` for every beta > 0: a power law, by networks all of whose eigenvalues
are -1.

**What saves the theorem** is one K with ``||e^{W_m t}|| <= K e^{-beta t}`` for all m (`thm-jmlr-inverse`): diagonal
or normal W, or bounded eigenvector conditions. Here ``||e^{W_m t}||`` grows with m. Bounded Frobenius norms would do
as well, but emptily: ``m beta^2 <= sum |lambda|^2 <= |W|_F^2`` bounds the width. So does a fixed width. And slow
rates are not what memory needs: the curse of memory is one of normal networks as far as this theorem goes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb, fmpq_mat, fmpq_poly

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.evidence.finding import about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Exact, Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.networks.recurrences import LinearRNN, jordan, laplace_of_exponentials

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
    from memcurse.proofs_checks.evidence.finding import Finding

_SYMBOLIC = 5
#: Digits of the balls; ``1 - (1 + t) e^{-t}`` loses twice as many as t is small.
_DIGITS = 40


def _coefficient(k: Any) -> sp.Expr:
    return 1 / ((sp.S.One * k + 1) * (k + 2))


def _identities() -> list[Finding]:
    """The kernel of a Jordan block; integrals and sums of the proof, for every k."""

    k = sp.Symbol("k", integer=True, positive=True)
    x, t = sp.symbols("x t", positive=True)
    kernels, integrals = [], []
    for m in range(1, _SYMBOLIC + 1):
        c = sp.ImmutableMatrix([_coefficient(m - 1 - i) for i in range(m)])
        U = sp.ImmutableMatrix([int(i == m - 1) for i in range(m)])
        rnn = LinearRNN(c, jordan(sp.S.One, m), U)
        s = rnn.recurrence.s
        terms = [_coefficient(j) * sp.exp(-s) * s**j / sp.factorial(j) for j in range(m)]
        kernels.append((rnn.kernel(s)[0, 0], sp.Add(*terms)))
        integrals.append(
            (laplace_of_exponentials(rnn.kernel(s)[0, 0], s, sp.S.Zero), 1 - sp.Rational(1, m + 1))
        )
    primitive = -((1 - x) ** (k + 1)) / (k + 1) + (1 - x) ** (k + 2) / (k + 2)
    closed = -(x / t + 1 / t**2) * sp.exp(-x * t)
    f = sp.exp(-t) * t**k / sp.gamma(k + 1)
    before = sp.exp(-t) * t ** (k - 1) / (sp.gamma(k + 1) / k)
    first, primitive_before = sp.exp(-t), sp.Function("F")(t)
    rho = (1 - (1 + t) * sp.exp(-t)) / t**2
    return [
        Identities(f"c^T e^(W t) U = sum c_k e^(-t) t^k/k!, m <= {_SYMBOLIC}", kernels, sizes=_SYMBOLIC, about="code"),
        Identities(f"its integral is 1 - 1/(m+1), m <= {_SYMBOLIC}", integrals, sizes=_SYMBOLIC, about="code"),
        # The state (f_k) solves h' = (-I + N) h from the last unit vector: f_0(0) = 1, f_k(0) = 0, one equation each.
        Identities("f_0' = -f_0, f_0(0) = 1", [(sp.diff(first, t), -first), (first.subs(t, 0), sp.S.One)]),
        # With F' = f_(k-1) the function F - f_k has the derivative f_k, and the same limits: every integral is 1.
        Identity(
            "an antiderivative of f_k from one of f_(k-1)",
            sp.diff(primitive_before - f, t).subs(sp.Derivative(primitive_before, t), before),
            f,
        ),
        Identity("1 - t^2 rho = (1 + t) e^(-t): rho falls like t^-2", 1 - t**2 * rho, (1 + t) * sp.exp(-t)),
        Identity("c_k telescopes", _coefficient(k), 1 / (k + 1) - 1 / (k + 2)),
        Identities("x (1-x)^k has a primitive that gives c_k", [
            (sp.diff(primitive, x), x * (1 - x) ** k),
            (primitive.subs(x, 1) - primitive.subs(x, 0), _coefficient(k)),
        ]),
        Identities("the integral over x of x e^(-x t)", [
            (sp.diff(closed, x), x * sp.exp(-x * t)),
            (closed.subs(x, 1) - closed.subs(x, 0), (1 - (1 + t) * sp.exp(-t)) / t**2),
        ]),
        Identity("f_k' = f_(k-1) - f_k", sp.diff(f, t), before - f),
    ]  # fmt: skip


def _network(m: int, normal: bool = False) -> RecurrentKernel:
    """The Jordan block of order m; with `normal` its diagonal alone, which hears all of the readout."""

    c = [_coefficient(m - 1 - i) for i in range(m)]
    W = [[-1 if i == j else int(j == i + 1 and not normal) for j in range(m)] for i in range(m)]
    return RecurrentKernel(c, W, [1 if normal else int(i == m - 1) for i in range(m)])


def _widths(setting: Setting) -> tuple[int, ...]:
    return (4, 16, 64) if not setting.quick else (4, 16)


def _parameters(widths: tuple[int, ...]) -> Finding:
    """Characteristic polynomial ``(z + 1)^m``, sums of rows and columns, and the sum of the readout, exactly."""

    left, right = [], []
    for m in widths:
        network = _network(m)
        W = fmpq_mat(m, m, [int(x) for row in network.W for x in row])
        expected = fmpq_poly([1, 1]) ** m
        left += [sp.Rational(int(x.p), int(x.q)) for x in W.charpoly().coeffs()]
        right += [sp.Rational(int(x.p), int(x.q)) for x in expected.coeffs()]
        rows = max(sum(abs(x) for x in row) for row in network.W)
        columns = max(sum(abs(x) for x in column) for column in zip(*network.W, strict=True))
        left += [sp.Rational(rows), sp.Rational(columns), sp.Rational(str(sum(network.c)))]
        right += [sp.Integer(2), sp.Integer(2), 1 - sp.Rational(1, m + 1)]
    return Exact("all eigenvalues are -1, |W| <= 2, sum c_k = 1 - 1/(m+1)", left, right)


def _distances(widths: tuple[int, ...], claimed: Callable[[int], sp.Rational]) -> Finding:
    """L1 distances ``int rho - int rho_m``: both kernels' difference is a sum of positive terms."""

    left = [1 - sp.Rational(str(_network(m).moment(0, 0)[0])) for m in widths]
    return Exact("L1 distance of rho_m from rho", left, [claimed(m) for m in widths])


def _exact_kernel(t: Any) -> Any:
    return (1 - (1 + t) * (-t).exp()) / (t * t)


def _uniform(widths: tuple[int, ...]) -> tuple[list[Finding], list[tuple[Any, ...]]]:
    """Values of rho_m below rho, by at most 1/(m+1), and growing ``e^{t/2} rho``."""

    below, within, rows = [], [], []
    for m in widths:
        network = _network(m)
        for k in range(-2, 8):
            t = sp.Integer(2) ** k
            value, exact = network.enclose(t, digits=_DIGITS)[0], _exact_kernel(rational_ball(t))
            if 4 * t >= m:  # earlier they differ by t^m/m!, which these digits need not show
                below.append((value, exact))
            within.append((exact - value, arb(1) / (m + 1)))
            rows.append((m, float(t), float(value.mid()), float(exact.mid())))
    growing = _scaled()
    return [
        BallInequalities("rho_m < rho", below),
        BallInequalities("rho - rho_m < 1/(m+1)", within),
        BallInequalities(
            "e^(t/2) rho grows", [(former * 3 / 2, later) for former, later in pairwise(growing)]
        ),
    ], rows


def _scaled() -> list[Any]:
    """``e^{t/2} rho(t)`` at t = 4, 8, 16, ..: from t = 4 on it grows."""

    return [(arb(2) ** (k - 1)).exp() * _exact_kernel(arb(2) ** k) for k in range(3, 11)]


def _norms(widths: tuple[int, ...]) -> Finding:
    """``|c^T e^{W t} U|`` cannot be below ``K e^{-t/2}`` with one K: the K that m needs grows."""

    needed = []
    for m in (4, 8, 16, 32):
        network = _network(m)
        values = [network.enclose(m, digits=_DIGITS)[0] * (arb(m) / 2).exp()]
        needed.append(values[0])
    return BallInequalities(
        "the constant K of ||e^(W t)|| <= K e^(-t/2) grows with m", list(pairwise(needed))
    )


def check(setting: Setting) -> Evidence:
    """Identities for every k; blocks of order 4, 16 and 64 in exact arithmetic and balls."""

    widths = _widths(setting)
    with precision(_DIGITS):
        found, rows = _uniform(widths)
        # Eigenvalues and norms of the blocks are read off at these widths; that others are alike is said in words.
        code = [_distances(widths, _one_over), *found, _norms(widths)]
        findings = [*_identities(), _parameters(widths), *map(about_code, code)]
    return Evidence(findings, len(widths), _DIGITS, Table(("m", "t", "kernel", "limit"), tuple(rows)))


def _one_over(m: int) -> sp.Rational:
    return sp.Rational(1, m + 1)


def _conclusion(setting: Setting) -> Evidence:
    """The inverse theorem as recovered, for all networks with bounded parameters: ``e^{t/2} rho`` tends to 0."""

    with precision(_DIGITS):
        pairs = [(later, former) for former, later in pairwise(_scaled())]
        findings = [_parameters((4, 16)), BallInequalities("e^(t/2) rho falls to 0", pairs)]
    return Evidence(findings)


def _geometric(setting: Setting) -> Evidence:
    """Another rate of the distance: 1/m."""
    return Evidence([_distances((4, 16), lambda m: sp.Rational(1, m))])


def _diagonal(setting: Setting) -> Evidence:
    """The diagonal of W alone is said to approximate rho as well."""

    with precision(_DIGITS):
        pairs = []
        for m in (4, 16):
            network = _network(m, normal=True)
            missing = _exact_kernel(arb(8)) - network.enclose(8, digits=_DIGITS)[0]
            pairs.append((abs(missing), arb(1) / (m + 1) / 8))
        return Evidence([BallInequalities("diagonal networks come within 1/(8 (m+1)) at t = 8", pairs)])


def draw(evidence: Evidence, ax: Axes) -> None:
    """Kernels of the Jordan blocks, their limit, and what a normal network with the same bounds may have at most."""

    if evidence.table is None:
        return
    t = np.geomspace(0.25, 128, 400)
    ax.loglog(t, (1 - (1 + t) * np.exp(-t)) / t**2, color="black", lw=1.4, label="limit, falls like 1/t^2")
    ax.loglog(
        t, np.exp(-t), "--", color="0.5", lw=1.0, label="normal networks with these bounds: at most e^(-t)"
    )
    styles = (("o", BLUE), ("s", VERMILION), ("^", GREEN))
    for (marker, colour), m in zip(
        styles, dict.fromkeys(row[0] for row in evidence.table.rows), strict=False
    ):
        points = [row[1:3] for row in evidence.table.rows if row[0] == m]
        label = f"block of order {m}, all eigenvalues -1; L1 distance 1/{m + 1}"
        ax.loglog(*zip(*points, strict=True), marker + ":", color=colour, ms=4, lw=0.9, label=label)
    ax.set_ylim(1e-8, 2)
    ax.set_xlabel("age t (time)")
    ax.set_ylabel("kernel (units of y/x per time)")
    ax.legend(fontsize="x-small", loc="lower left")


STATEMENT = Statement(
    id="ext-jmlr-inverse-jordan",
    title="Bounded parameters and stable eigenvalues do not bound memory",
    paper="curse-of-memory",
    section="4",
    claim=r"W_m = -I + N,\ U = e_m,\ c = \bigl(\tfrac{1}{m(m+1)}, \dots, \tfrac{1}{6}, \tfrac12\bigr):"
    r"\ \|W_m\| \le 2,\ |c| < 1,\ \lambda = -1, \quad \|\hat\rho_m - \rho\|_{L^1} = \frac{1}{m + 1},"
    r" \quad \rho(t) = \frac{1 - (1 + t) e^{-t}}{t^2} \sim t^{-2}",
    hypotheses=("operator norms bounded, widths not",),
    provenance=Provenance.NEW,
    corrects=(
        "Bounded parameters and eigenvalues left of -beta force exponential decay of what is "
        "approximated. Jordan blocks of growing width approximate a power law."
    ),
    uses=("thm-jmlr-inverse", "eq-7"),
    check=check,
    controls=(
        Control("the conclusion of the inverse theorem", _conclusion),
        Control("L1 distance 1/m", _geometric),
        Control("the diagonal of W alone", _diagonal),
    ),
    figure=draw,
)
