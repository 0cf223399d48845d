r"""Eqs. (47)-(63): in :math:`s = e^{-\beta t/(\alpha+1)}` a smooth kernel of exponential decay is smooth on [0, 1].

The proof is at the head of `theory.approximation.jackson`. Its steps are identities for every k and alpha. Both sides
of the formula are polynomials in d/dt applied to rho; on :math:`e^{\mu t}` they are powers of s, and polynomials that
agree there for every mu are equal. With :math:`x = \mu(\alpha+1)/\beta` one more derivative takes :math:`\prod_{i \le
k} (x + i)` to :math:`\prod_{i \le k+1} (x + i)`, a polynomial with positive coefficients: at :math:`x = \alpha + 1`,
where :math:`|\rho^{(j)}|` is put in by its bound, it is the constant of (51). The code is held against it for alpha =
1..4: the derivatives of q by the recurrence of their coefficients, against the operator :math:`d/ds =
-\tfrac{\alpha+1}{\beta s} \tfrac{d}{dt}` applied to a kernel whose derivatives are independent symbols; against plain
differentiation in s of concrete kernels; the derivatives on the circle likewise; and the change of variables in the
error. The bound (51), which implies :math:`q^{(k)}(0) = 0` for k < alpha, is tried on kernels in balls, down to s =
2^-40.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import sympy as sp
from flint import arb
from sympy.functions.combinatorial.numbers import stirling

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Exact, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.approximation.jackson import (
    circle_polynomials,
    decay_variable,
    transform_bound,
    transform_coefficients,
    transformed_derivative,
    transformed_kernel,
)
from memcurse.theory.notation import t

from ._kernels import DECAYING, gamma, target

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ALPHAS: Final = (1, 2, 3, 4)
#: s = 2^-k
_DEPTHS: Final = (0, 1, 2, 3, 5, 8, 13, 21, 40)
Coefficients = Callable[[int], tuple[int, ...]]


def _recurrence(coefficients: Coefficients) -> Finding:
    """``q^{(k)}`` for k <= alpha + 1: the formula against the operator, with symbols for the derivatives of rho."""

    beta, s = sp.symbols("beta s", positive=True)
    rho = sp.Function("rho")(t)
    pairs = []
    for alpha in _ALPHAS:
        ratio = (alpha + 1) / beta
        value = rho / s
        for k in range(alpha + 2):
            pairs.append((_with_symbols(value, rho), _formula(k, ratio, s, coefficients)))
            value = sp.diff(value, s) - ratio / s * sp.diff(value, t)
    return Identities("derivatives of q, alpha = 1..4, k = 0..alpha + 1", pairs)


def _every_order(shift: int = 1) -> Finding:
    """On ``e^(mu t) = s^-x``: one more derivative, the weights of (51) at ``gamma beta^(j+1) s^n``, a rate."""
    beta, s, x, gamma_, time = sp.symbols("beta s x gamma t", positive=True)
    k, j = sp.symbols("k j", integer=True, nonnegative=True)
    n, mu = sp.symbols("n mu", positive=True)
    ratio = n / beta
    decay = sp.exp(-beta * time / n)
    product = sp.Symbol("p_k", positive=True)

    def derivative(order: sp.Expr, value: sp.Expr) -> sp.Expr:
        return (-1) ** order * s ** (-order - 1 - x) * value

    pairs = (
        (sp.exp(mu * (-ratio * sp.log(s))), s ** (-ratio * mu)),
        (sp.diff(derivative(k, product), s), derivative(k + 1, product * (x + k + shift))),
        (ratio**j * beta ** (j + 1), n**j * beta),
        (s ** (-k - 1) * s**n * gamma_ * beta, gamma_ * beta * s ** (n - 1 - k)),
        (-sp.diff(decay, time) * ratio, decay),
        (sp.exp(-j * beta * time / n), decay**j),
    )
    return Identities("one derivative more, weights and rates, every k, j and alpha", pairs)


def _formula(k: int, ratio: sp.Expr, s: sp.Expr, coefficients: Coefficients) -> sp.Expr:
    terms = (c * ratio**j * _derivative(j) for j, c in enumerate(coefficients(k)))
    return (-1) ** k * s ** (-k - 1) * sp.Add(*terms)


def _derivative(j: int) -> sp.Symbol:
    return sp.Symbol(f"rho_{j}", real=True)


def _with_symbols(value: sp.Expr, rho: sp.Expr) -> sp.Expr:
    """Derivatives of an undefined kernel as independent symbols, highest first."""

    expanded = sp.expand(value)
    highest = max((d.derivative_count for d in expanded.atoms(sp.Derivative)), default=0)
    names = {sp.Derivative(rho, (t, j)): _derivative(j) for j in range(highest, 0, -1)}
    return expanded.xreplace(names).xreplace({rho: _derivative(0)})


def _differentiated() -> Finding:
    """The formula of `theory.approximation.jackson` against SymPy in s, for ``t^p e^(-v t)``, any v and beta."""

    beta, s, v = sp.symbols("beta s v", positive=True)
    pairs = []
    for alpha, p in ((1, 0), (1, 1), (2, 1), (3, 0), (3, 2)):
        kernel = t**p * sp.exp(-v * t)
        time = -sp.Integer(alpha + 1) / beta * sp.log(s)
        q = transformed_kernel(kernel, alpha, beta, s)
        for k in range(alpha + 1):
            known = tuple(sp.diff(kernel, t, j).subs(t, time) for j in range(k + 1))
            # A common factor s^(v (alpha + 1)/beta) of both sides is divided out.
            factor = sp.exp(-v * time) * s ** (k + 1)
            sides = (sp.diff(q, s, k), transformed_derivative(k, alpha, beta, s, known))
            pairs.append(tuple(sp.powsimp(sp.expand(side * factor), force=False) for side in sides))
    return Identities("against differentiation in s, kernels t^p e^(-vt)", pairs)


def _circle() -> Finding:
    """Derivatives of ``F = 2 tan(theta/2) rho``: with dtau = (1 + tau^2)/2 and dt = (n/beta) tau per dtheta."""

    beta, tau = sp.symbols("beta tau", positive=True)
    rho = sp.Function("rho")(t)
    pairs = []
    for alpha in _ALPHAS:
        ratio, value = (alpha + 1) / beta, 2 * tau * rho
        for k in range(alpha + 1):
            terms = (p.as_expr() * ratio**j * _derivative(j) for j, p in enumerate(circle_polynomials(k)))
            pairs.append((_with_symbols(value, rho), sp.Add(*terms)))
            value = (1 + tau**2) / 2 * sp.diff(value, tau) + ratio * tau * sp.diff(value, t)
    return Identities("derivatives on the circle, alpha = 1..4", pairs)


def _error_identity(first: int = 1) -> Finding:
    """``|rho - rho_hat| dt = (n/beta) |q - Q| ds`` with rates ``j beta/n``, and Q of degree m - 1 = 3."""

    beta, time, rho = sp.symbols("beta t rho_0", positive=True)
    amplitudes = sp.symbols("a_1:5", real=True)
    pairs = []
    for alpha in _ALPHAS:
        s, n = decay_variable(alpha, beta, time), alpha + 1
        hat = sp.Add(*(a * sp.exp(-j * beta * time / n) for j, a in enumerate(amplitudes, start=first)))
        Q = sp.Add(*(a * s**j for j, a in enumerate(amplitudes)))
        pairs.append((rho - hat, n / beta * (rho / s - Q) * -sp.diff(s, time)))
    return Identities("the error in s", pairs)


def _sums() -> Finding:
    """``sum_j c_kj n^j = (n + 1) .. (n + k)``, the constant of (51)."""

    cases = [(alpha, k) for alpha in range(1, 9) for k in range(alpha + 2)]
    sums = [sum(c * (a + 1) ** j for j, c in enumerate(transform_coefficients(k))) for a, k in cases]
    return Exact("the constant of (51)", sums, [int(transform_bound(k, a)) for a, k in cases])


def _bounds(count: int, digits: int, shrink: int = 1) -> tuple[Finding, list[tuple[Any, ...]]]:
    """``|q^{(k)}(s)| <= B gamma beta s^(alpha - k)`` at points of kernels."""

    pairs, rows = [], []
    for name, text, rate in DECAYING[:count]:
        for alpha in (1, 2, 3):
            beta, size = sp.Rational(rate), gamma(text, alpha, rate)
            with precision(digits):
                values = _transformed(text, alpha, beta)
                for k in range(alpha + 1):
                    B = transform_bound(k, alpha)
                    limit = constant_ball(B * beta) * size / shrink
                    shares = [abs(values(k, d)) * 2 ** (d * (alpha - k)) / limit for d in _DEPTHS]
                    pairs += [(share, arb(1)) for share in shares]
                    largest = max(float(share.mid()) for share in shares)
                    rows.append((name, rate, alpha, k, int(B), float(size.mid()), largest))
    name = "share |q^(k)|/(B gamma beta s^(alpha-k)) of the bound <= 1"
    return BallInequalities(name, pairs, strict=False), rows


def _transformed(text: str, alpha: int, beta: sp.Rational) -> Callable[[int, int], Any]:
    """``(k, d) -> q^{(k)}(2^-d)`` in balls."""

    derivatives = [target(text).expression]
    for _ in range(alpha):
        derivatives.append(sp.diff(derivatives[-1], t))
    run = lower(derivatives, (t,), "ball")
    symbols = tuple(_derivative(j) for j in range(alpha + 1))
    s = sp.Symbol("s", positive=True)
    formulas = [
        lower(transformed_derivative(k, alpha, beta, s, symbols), (s, *symbols), "ball")
        for k in range(alpha + 1)
    ]

    def value(k: int, d: int) -> Any:
        point = sp.Rational(1, 2**d)
        time = constant_ball((alpha + 1) / beta * d * sp.log(2)) if d else constant_ball(sp.S.Zero)
        return formulas[k](constant_ball(point), *run(time))

    return value


def _coefficients(k: int) -> tuple[int, ...]:

    return transform_coefficients(k)


def check(setting: Setting) -> Evidence:
    """Identities for alpha = 1..4; the bound at points of five kernels, three in a quick run."""
    bounds, rows = _bounds(setting.pick(5, 3), setting.digits)
    code = (_recurrence(_coefficients), _differentiated(), _circle(), _error_identity(), _sums(), bounds)
    findings = (_every_order(), *map(about_code, code))
    columns = ("kernel", "beta", "alpha", "k", "B", "gamma", "largest share of the bound")
    return Evidence(findings, len(rows), setting.digits, Table(columns, tuple(rows)))


def _one_changed(setting: Setting) -> Evidence:
    """c_32 = 7 in place of 6."""
    return Evidence((_recurrence(lambda k: (6, 11, 7, 1) if k == 3 else _coefficients(k)),))


def _not_shifted(setting: Setting) -> Evidence:
    """The product of x + i from i = 0 on."""
    return Evidence((_every_order(shift=0),))


def _second_kind(setting: Setting) -> Evidence:
    """Stirling numbers of the second kind, which agree up to k = 1."""

    return Evidence((_recurrence(lambda k: tuple(int(stirling(k + 1, j + 1)) for j in range(k + 1))),))


def _from_zero(setting: Setting) -> Evidence:
    """The rates begin with 0, as if Q took the place of s Q."""
    return Evidence((_error_identity(first=0),))


def _half(setting: Setting) -> Evidence:
    """Half the constant of (51)."""
    return Evidence((_bounds(2, setting.digits, shrink=2)[0],))


def draw(evidence: Evidence, ax: Axes) -> None:
    """``|q^{(k)}|`` against s for t e^-t, beta = 0.73 and alpha = 2, with the bound."""

    alpha, (_, text, rate) = 2, DECAYING[1]
    depths = list(range(0, 15))
    with precision(30):
        values = _transformed(text, alpha, sp.Rational(rate))
        size = float(gamma(text, alpha, rate).mid())
        for k, colour, mark in ((0, BLUE, "o"), (1, VERMILION, "s"), (2, GREEN, "^")):
            points = [2.0**-d for d in depths]
            heights = [max(float(abs(values(k, d)).mid()), 1e-30) for d in depths]
            limit = float(transform_bound(k, alpha)) * size * float(sp.Rational(rate))
            ax.loglog(points, heights, mark, color=colour, markersize=4, label=rf"$|q^{{({k})}}(s)|$")
            ax.loglog(
                points, [limit * x ** (alpha - k) for x in points], "-", color=colour, lw=1, label="its bound"
            )
    ax.set(
        xlabel=r"$s = e^{-\beta t/(\alpha+1)}$ (dimensionless)",
        ylabel=r"derivatives of $q$ (1/time)",
        ylim=(1e-8, 1e5),
        xlim=(4e-5, 1.5),
    )
    ax.legend(fontsize=8, ncols=3, loc="upper left")


STATEMENT = Statement(
    id="eq-47",
    title="Change of variables: a kernel of exponential decay on the unit interval",
    paper="curse-of-memory",
    section="B",
    claim=(
        r"q(s) = \tfrac1s\,\rho\bigl(-\tfrac{\alpha+1}{\beta} \ln s\bigr): \quad q^{(k)}(s) = (-1)^k s^{-k-1} "
        r"\sum_{j=0}^k c_{kj} \bigl(\tfrac{\alpha+1}{\beta}\bigr)^j \rho^{(j)}, \quad "
        r"\sum_j c_{kj} x^j = \prod_{i=1}^k (x + i), \quad "
        r"|q^{(k)}(s)| \le \gamma \beta\, s^{\alpha-k} \prod_{i=1}^k (\alpha + 1 + i)"
    ),
    hypotheses=(
        "rho = y' in C^alpha; e^(beta t) rho^(j) = o(1), |e^(beta t) rho^(j)| <= gamma beta^(j+1), j = 0..alpha",
        "k <= alpha for the bound; then q is in C^alpha[0, 1] with q^(k)(0) = 0",
    ),
    provenance=Provenance.DERIVED,
    uses=("eq-12",),
    check=check,
    controls=(
        Control("one coefficient changed, c_32 = 7", _one_changed),
        Control("Stirling numbers of the second kind", _second_kind),
        Control("the product of x + i from 0 on, every order", _not_shifted),
        Control("rates from 0 on: Q in place of s Q", _from_zero),
        Control("half the constant of (51)", _half),
    ),
    figure=draw,
)
