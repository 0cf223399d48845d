r"""Eqs. (6), (7): the output of a linear network is the convolution of its input with ``c^T e^{W s} U``.

**Proof.** Let ``E(s)`` be the propagator. With ``E(0) = I`` and ``E' = W E``, differentiating ``h_t = int_{-oo}^t E(t
- s) U x_s ds`` under the integral gives ``h' = U x + W h``. It is the only solution that stays bounded in the past:
for the difference d of two, ``E(-t) d_t`` is constant, because ``d/dt E(-t) = -E(-t) W``, and a stable W lets only d
= 0 stay bounded as t goes to -oo. For every W, E is the power series, whose terms ``P_k = (W s)^k / k!`` satisfy
``P_k' = W P_{k-1}``; W commutes with itself, so this is an identity in one commuting letter; differentiation under
the integral and the constant ``E(-t) d_t`` are identities in W, too, the last in letters that do not commute. The
closed forms of E used elsewhere are checked besides: diagonal, a Jordan block, every real 2 x 2 matrix with an entry
off the diagonal. Inputs ``e^{z t}`` give a second road to the same output, through ``(z - W)^{-1}``.

**The code at instances.** The residual network (2) in balls against certified quadrature of the convolution: the
error stays below ``K / layers`` with the constant of the a priori estimate. The measured errors show whether a higher
order could be claimed: a control claims it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb, arb_mat, fmpq

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.networks.simulation import BallRNN
from memcurse.numerics.plots.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from memcurse.proofs_checks.evidence.finding import about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.networks.recurrences import (
    LinearRNN,
    Recurrence,
    diagonal,
    jordan,
    laplace_of_exponentials,
    oscillating,
    overdamped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.networks.simulation import BallRNN
    from memcurse.proofs_checks.evidence.finding import Finding

_END = 3


def _recurrences() -> dict[str, Any]:

    rate, frequency, split, y = sp.symbols("lambda nu kappa y", positive=True)
    x = sp.Symbol("x", real=True)
    return {
        "diagonal, order 3": diagonal(sp.symbols("w_1:4", positive=True)),
        "Jordan block, order 3": jordan(rate, 3),
        "2 x 2, complex eigenvalues": oscillating(rate, frequency, x, y),
        "2 x 2, real eigenvalues": overdamped(rate, split, x, y),
        "2 x 2, double eigenvalue": _defective(rate, x, y),
    }


def _defective(rate: sp.Expr, x: sp.Expr, y: sp.Expr) -> Any:
    """The limit of the other two: ``N^2 = 0``, so ``e^{W s} = e^{-rate s} (I + s N)``."""

    s = sp.Symbol("s", real=True)
    N = sp.Matrix([[x, y], [-(x**2) / y, -x]])
    W, E = -rate * sp.eye(2) + N, sp.exp(-rate * s) * (sp.eye(2) + s * N)
    return Recurrence(sp.ImmutableMatrix(W), sp.ImmutableMatrix(E), s)


class _Propagator(sp.Function):
    """``E(s) = e^(sign W s)`` in one letter W, by what it is known for: ``E(0) = 1`` and ``E' = sign W E``."""

    nargs = 2

    @classmethod
    def eval(cls, sign: sp.Expr, s: sp.Expr) -> sp.Expr | None:
        """``E(0) = 1``."""
        return sp.S.One if s == 0 else None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """``E' = sign W E``."""
        sign, s = self.args
        return sign * sp.Symbol("W") * _Propagator(sign, s)


def _solution(sign: int) -> list[Finding]:
    """``h' = W h + U x`` under the integral, that nothing else stays bounded, and Euler's step, for every order."""
    W, u = sp.Symbol("W"), sp.Symbol("U")
    time, s, start = sp.symbols("t s t_0", real=True)
    x = sp.Function("x")
    state = sp.Integral(_Propagator(sp.Integer(sign), time - s) * u * x(s), (s, start, time))
    slope, equation = sp.diff(state, time), W * state + u * x(time)
    E, A, d = sp.symbols("E W d", commutative=False)
    return [
        Identity(
            "h' = W h + U x, differentiated under the integral", sp.expand(slope.doit(deep=False)), equation
        ),
        Identity("(E(-t) d_t)' = 0 where d' = W d", -E * A * d + E * (A * d), sp.S.Zero),
    ]


def _propagator_identities(sign: int) -> list[Finding]:
    """``E(0) = I`` and ``E' = W E = E W`` for ``E(s) = e^{sign W s}``, in closed form and in series."""

    w, s = sp.Symbol("W"), sp.Symbol("s")
    k = sp.Symbol("k", integer=True, positive=True)
    term = (sign * w * s) ** k / sp.factorial(k)
    before = (sign * w * s) ** (k - 1) / (sp.factorial(k) / k)
    ratio = sp.powsimp(sp.diff(term, s) / (w * before))
    findings: list[Finding] = [Identity("power series: P_k' = W P_{k-1} for every k", sp.simplify(ratio), 1)]
    for name, recurrence in _recurrences().items():
        W, v = recurrence.W, recurrence.s
        E = recurrence.after(sign * v)
        pairs = list(zip(sp.flatten(E.diff(v)), sp.flatten(W * E), strict=True))
        pairs += list(zip(sp.flatten(W * E), sp.flatten(E * W), strict=True))
        pairs += list(zip(sp.flatten(recurrence.after(0)), sp.flatten(sp.eye(W.rows)), strict=True))
        findings.append(Identities(f"E(0) = I, E' = W E = E W: {name}", pairs))
    return findings


def _transfer_identities(sign: int) -> list[Finding]:
    """Inputs ``e^{z t}``: convolution, term by term, against the solution of ``z h = W h + U``."""

    z = sp.Symbol("z", positive=True)
    findings: list[Finding] = []
    for name, recurrence in _recurrences().items():
        m = recurrence.W.rows
        c = sp.ImmutableMatrix(sp.symbols(f"c_1:{m + 1}", real=True))
        U = sp.ImmutableMatrix(sp.symbols(f"u_1:{m + 1}", real=True))
        rnn = LinearRNN(c, recurrence, U)
        s = recurrence.s
        answer = laplace_of_exponentials(rnn.kernel(sign * s)[0, 0], s, z)
        findings.append(Identity(f"answer to e^(zt): {name}", sp.together(answer), rnn.transfer(z)[0, 0]))
    return findings


def _layer_identities() -> list[Finding]:
    """A layer of the residual network (2) and the flow of (6) over it: equal value and slope at step 0."""

    d, x = sp.Symbol("delta", real=True), sp.Matrix([sp.Symbol("x", real=True)])
    findings: list[Finding] = []
    for name, recurrence in _recurrences().items():
        m = recurrence.W.rows
        h, ones = sp.Matrix(sp.symbols(f"h_1:{m + 1}", real=True)), sp.ImmutableMatrix([1] * m)
        rnn = LinearRNN(ones, recurrence, ones)
        layer = rnn.residual_step(h, x, d)
        # With constant input the flow is E(d) h + int_0^d E(s) U x ds, whose slope at 0 needs E alone.
        flow, slope = (
            recurrence.after(d) * h,
            recurrence.after(d).diff(d) * h + recurrence.after(d) * rnn.U * x,
        )
        pairs = list(zip(layer.subs(d, 0), flow.subs(d, 0), strict=True))
        pairs += list(zip(layer.diff(d), slope.subs(d, 0), strict=True))
        findings.append(Identities(f"layer = flow up to second order in the step: {name}", pairs))
    return findings


def _networks(seed: int, count: int) -> list[tuple[str, BallRNN]]:
    """Random exact networks: diagonal, Jordan, oscillating, and dense with a dominant negative diagonal."""

    random = Random(seed)

    def number(scale: int = 8) -> Any:
        return fmpq(random.choice((-1, 1)) * random.randint(1, 16), scale)

    def matrix(kind: int, m: int) -> list[list[Any]]:
        rate = [fmpq(-random.randint(4, 16), 8) for _ in range(m)]
        rows = [[rate[i] if i == j else fmpq(0) for j in range(m)] for i in range(m)]
        if kind == 1:
            rows = [[rate[0] if i == j else fmpq(int(j == i + 1)) for j in range(m)] for i in range(m)]
        elif kind == 2:
            rows = [[rate[0], fmpq(-3, 2)], [fmpq(3, 2), rate[0]]]
        elif kind == 3:
            rows = [[-fmpq(3, 2) if i == j else number(16) / m for j in range(m)] for i in range(m)]
        return rows

    found = []
    for i in range(count):
        m = 2 if i % 4 == 2 else 2 + i % 3
        rows = matrix(i % 4, m)
        c, U = [[number() for _ in range(m)]], [[number()] for _ in range(m)]
        label = f"W = {_shown(rows)}, c = {_shown(c)}, U = {_shown(U)}"
        found.append((label, BallRNN(arb_mat(c), arb_mat(rows), arb_mat(U))))
    return found


def _shown(rows: list[list[Any]]) -> str:
    return "; ".join(" ".join(str(x) for x in row) for row in rows)


def _input(t: Any) -> Any:
    """``x_t = t^2 e^{-t}`` for t >= 0 and 0 before: in C_0, entire where it acts."""
    return t * t * (-t).exp()


def _input_bounds() -> tuple[Any, Any]:
    """Largest ``|x|`` and ``|x'|`` of the input: at t = 2 and at t = 2 - sqrt 2, where the derivatives vanish."""

    root = arb(2).sqrt()
    return 4 * arb(-2).exp(), (2 * root - 2) * (root - 2).exp()


def _measured(
    setting: Setting, count: int, order: int, residual: bool, sign: int
) -> tuple[list[Any], list[Any]]:
    """Pairs (error, bound that falls with the power `order` of the layers), and rows for the table.

    The constant K of the bound ``K/N^order`` is the largest that the a priori bounds, which are of first order, need
    at the numbers N of layers tried.
    """

    layers = [2**k for k in range(4, setting.pick(11, 10))]
    pairs, rows = [], []
    with precision(setting.digits):
        end = arb(_END)
        for number, (label, rnn) in enumerate(_networks(setting.seed_for("eq-7"), count)):
            exact = rnn.convolution(_input, end, sign)
            errors = [abs(rnn.after_steps(_input, end, n, residual=residual) - exact) for n in layers]
            bounds = [n * rnn.error_bound(end, n, *_input_bounds()) for n in layers]
            K = functools.reduce(arb.max, bounds)
            allowed = [K / arb(n) ** order for n in layers]
            pairs += list(zip(errors, allowed, strict=True))
            for n, error, bound in zip(layers, errors, allowed, strict=True):
                rows.append((number, n, float(error), float(bound), float(exact), label))
    return pairs, rows


def _tried(setting: Setting, count: int, *, order: int = 1, residual: bool = True, sign: int = 1) -> Evidence:

    pairs, rows = _measured(setting, count, order, residual, sign)
    at_orders = [*_propagator_identities(sign), *_transfer_identities(sign), *_layer_identities()]
    findings = [*_solution(sign), at_orders[0], *map(about_code, at_orders[1:])]
    name = f"distance of the residual network from the convolution <= K / layers^{order}"
    findings.append(BallInequalities(name, pairs, strict=False, about="code"))
    table = Table(("network", "layers", "error", "bound", "convolution", "parameters"), tuple(rows))
    return Evidence(findings, count, setting.digits, table)


def check(setting: Setting) -> Evidence:
    """Identities for symbolic networks; errors of random residual networks against their bound."""
    return _tried(setting, setting.pick(12, 4))


def _false(order: int = 1, residual: bool = True, sign: int = 1) -> Callable[[Setting], Evidence]:
    return lambda setting: _tried(setting, 4, order=order, residual=residual, sign=sign)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Errors of the residual networks against the number of layers, with the claimed slope."""
    if evidence.table is None:
        return
    colours = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
    for number in sorted({row[0] for row in evidence.table.rows}):
        points = [(row[1], row[2]) for row in evidence.table.rows if row[0] == number]
        ax.loglog(
            *zip(*points, strict=True),
            "o-",
            color=colours[number % 6],
            lw=0.8,
            ms=4,
            label="residual networks, one line each" if number == 0 else None,
        )
        bounds = [(row[1], row[3]) for row in evidence.table.rows if row[0] == number]
        label = "certified bounds, proportional to 1/layers" if number == 0 else None
        ax.loglog(*zip(*bounds, strict=True), "--", color=colours[number % 6], lw=0.6, label=label)
    layers = sorted({row[1] for row in evidence.table.rows})
    ax.set_xticks(layers, [str(n) for n in layers], minor=False)
    ax.set_xticks([], minor=True)
    ax.set_xlabel(f"layers on the time span [0, {_END}]")
    ax.set_ylabel("distance from the convolution (units of y)")
    ax.legend()


STATEMENT = Statement(
    id="eq-7",
    title="Solution of the linear network in continuous time",
    paper="curse-of-memory",
    section="3",
    claim=r"h' = W h + U x,\ y = c^\top h \implies y_t = \int_0^\infty c^\top e^{W s} U x_{t-s}\,ds,"
    r"\quad \text{Euler steps } h + \delta (W h + U x) \text{ form a residual network}",
    hypotheses=(
        "W stable: eigenvalues with negative real part",
        "h bounded in the past",
        "x continuous, to 0 at infinity",
    ),
    provenance=Provenance.DERIVED,
    uses=(),
    check=check,
    controls=(
        Control("kernel with e^{-W s}", _false(sign=-1)),
        Control("layers without the residual identity", _false(residual=False)),
        Control("second order of convergence", _false(order=2)),
    ),
    figure=draw,
)
