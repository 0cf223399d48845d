r"""Equation (15), with (67)-(70): the power law truncated at T, then approximated at the rate of theorem 4.2.

`theory.approximation.truncation` derives, with :math:`M` a bound on the derivatives of the smooth step times the
kernel,

.. math:: \|\rho - \hat\rho\|_{L^1} \le \frac{T^{-\omega}}{\omega} + \frac{C(\alpha) M}{m^\alpha}
          \Bigl(\frac{2eT}{\alpha+1}\Bigr)^{\alpha+1}

with :math:`C(\alpha)` of the corrected theorem 4.2 (`theory.approximation.jackson.rate_constant`).

**Checked for all parameters** (PROVED): the derivatives of the power law and its tail; that the step falls from 1 to 0
and is flat to order alpha at both ends, for alpha up to 4; that :math:`\beta = (\alpha+1)/(2T)` makes the constant of
theorem 4.2 stationary, and its value there; that it is a minimum, as the second logarithmic derivative is
:math:`(\alpha+1)/\beta^2`.

**Checked on a region** (CERTIFIED), for omega in [1/40, 1], every T >= 1 and every time: the tail against
:math:`T^{-\omega}/\omega`, which the truncation error cannot exceed as :math:`0 \le \chi \le 1`; the derivatives of the
truncated kernel against :math:`M_n`, hence gamma (:math:`\beta \le 1`, and the weight is at most
:math:`e^{2\beta T}` on [0, 2T]). The rest is theorem 4.2.

**The code at instances** (CERTIFIED), each side by balls: the truncation error, integrated, against
:math:`T^{-\omega}/\omega`; gamma, enclosed over [0, 2T] by the mean value theorem on small pieces, against its bound;
the distance of an explicit sum with the rates :math:`j\beta/(\alpha+1)` from the truncated kernel against the second
term, and the sum of both distances against (15).

**How far off.** gamma is taken at the largest weight and at the largest derivative at once, though the derivatives are
small where the weight is large: at T = 8, alpha = 1 the bound on gamma is 25 times too large, and the second term of
(15) thousands of times the distance of a simple sum. Neither changes the power of T: by the derivative at time 0 alone
gamma is at least :math:`(1+\omega)_\alpha \beta^{-(\alpha+1)}`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import hull, precision
from memcurse.numerics.plots.style import BLACK, BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.approximation import truncation as theory
from memcurse.theory.notation import t

from ._regions import derivatives_below, leibniz, tail_below
from ._truncation import (
    Instance,
    approximation_error,
    approximation_floor,
    gamma_enclosed,
    instances,
    truncation_error,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTHS = (2, 4, 8, 16)
_ORDERS = range(1, 5)
#: The second term is up to thousands of times the distance: a control divides it by this.
_TOO_SMALL = 10**6


def _kernel() -> list[Finding]:
    """Derivatives and tail of the power law, and the ends of the smooth step."""
    omega, T = sp.symbols("omega T", positive=True)
    v = sp.Symbol("v")
    rho = theory.kernel_derivative(omega, 0)
    derivatives = [(sp.diff(rho, t, n), theory.kernel_derivative(omega, n)) for n in _ORDERS]
    ends, flat = [], []
    for alpha in _ORDERS:
        chi = theory.smooth_step(alpha, v)
        ends += [(chi.subs(v, 0), 1), (chi.subs(v, 1), 0)]
        flat += [sp.diff(chi, v, j).subs(v, end) for j in range(1, alpha + 1) for end in (0, 1)]
        # Falling: the slope is minus a square or v(1 - v) times one.
        slope = -sp.factorial(2 * alpha + 1) / sp.factorial(alpha) ** 2 * v**alpha * (1 - v) ** alpha
        flat.append(sp.expand(sp.diff(chi, v) - slope))
    tail = theory.kernel_tail(omega, T)
    return [
        Identity("derivatives of the power law", *map(list, zip(*derivatives, strict=True))),
        Identity("tail of the power law", -sp.diff(tail, T), rho.subs(t, T)),
        Identity("the step is 1 and 0 at its ends", *map(list, zip(*ends, strict=True))),
        Identity("the step is flat at its ends, and falls", flat, [0] * len(flat)),
    ]


def _optimum(best: Callable[[Any, Any], Any] = theory.best_beta) -> list[Finding]:
    """Equation (69): where gamma is least, and its value, which is that in (70)."""
    M, T, alpha, beta, omega, m, C = sp.symbols("M T alpha beta omega m C", positive=True)
    log_gamma = sp.expand_log(sp.log(theory.gamma_bound(M, T, alpha, beta)))
    at = best(T, alpha)
    gamma = theory.gamma_bound(M, T, alpha, at)
    second = theory.error_bound(omega, T, alpha, m, C * M) - theory.truncation_bound(omega, T)
    return [
        Identity("gamma is stationary in beta", sp.diff(log_gamma, beta).subs(beta, at)),
        Identity("and least", sp.diff(log_gamma, beta, 2), (alpha + 1) / beta**2),
        Identity(
            "value of the second term", sp.expand_log(sp.log(C * gamma / m**alpha / second), force=True)
        ),
    ]


def _truncations(chosen: list[Instance], claimed: Callable[[Any, Any], Any]) -> tuple[Finding, list[Any]]:
    found = [truncation_error(x) for x in chosen]
    bounds = [constant_ball(claimed(x.omega, x.T)) for x in chosen]
    return BallInequalities("truncation error (67)", tuple(zip(found, bounds, strict=True))), found


def _gamma_at_0(x: Instance) -> Any:
    """A lower bound on gamma: ``|y^(alpha+1)(0)|/beta^(alpha+1)`` is one of the numbers it is the supremum of."""
    return constant_ball(sp.rf(1 + x.omega, x.alpha) / x.beta ** (x.alpha + 1))


def _between(brackets: list[tuple[Any, Any]], low: Any, high: Any) -> Any:
    """The ball between a lower and an upper bound of one number, which are noted to be compared."""
    brackets.append((low, high))
    return hull(low.lower(), high)


def _rates(
    chosen: list[Instance], missing: list[Any], slack: int = 1
) -> tuple[list[Finding], list[tuple[Any, ...]]]:
    """Equations (68) and (70) at every instance and width, with the second term `slack` times smaller.

    Distances lie between what no sum of this kind can avoid and the error of one.
    """

    gammas, seconds, totals, rows = [], [], [], []
    brackets: list[tuple[Any, Any]] = []
    for x, left_out in zip(chosen, missing, strict=True):
        alpha, first = sp.Integer(x.alpha), constant_ball(theory.truncation_bound(x.omega, x.T))
        most = constant_ball(theory.gamma_bound(x.M, x.T, alpha, x.beta))
        gammas.append((_between(brackets, _gamma_at_0(x), gamma_enclosed(x)), most))
        for m in _WIDTHS:
            bound = constant_ball(theory.error_bound(x.omega, x.T, alpha, sp.Integer(m), x.CM))
            distance = approximation_error(x, m)
            least, second = _between(brackets, approximation_floor(x, m), distance), (bound - first) / slack
            seconds.append((least, second))
            totals.append((left_out + least, first + second))
            rows.append(
                (
                    str(x.omega),
                    int(x.T),
                    x.alpha,
                    m,
                    left_out.str(5),
                    distance.str(5),
                    bound.str(5),
                    float(bound / (left_out + distance)),
                )
            )
    findings: list[Finding] = [
        BallInequalities("lower bounds below upper ones, of gamma and of distances", brackets, strict=False),
        BallInequalities("gamma of the truncated kernel (68), (69)", gammas),
        BallInequalities("distance from the truncated kernel", seconds),
        BallInequalities("both distances together (70)", totals),
    ]
    return findings, rows


def check(setting: Setting) -> Evidence:
    """The derivation, and every step of it by balls at instances."""

    chosen = instances(setting.quick)
    with precision(setting.digits):
        truncated, missing = _truncations(chosen, theory.truncation_bound)
        findings, rows = _rates(chosen, missing)
    alphas = range(1, setting.pick(4, 3))
    region = [leibniz(alphas), tail_below(), derivatives_below(alphas)]
    findings = [*_kernel(), *_optimum(), *region, *map(about_code, (truncated, *findings))]
    columns = ("omega", "T", "alpha", "m", "truncation", "approximation", "bound (15)", "bound/found")
    return Evidence(findings, len(rows), setting.digits, Table(columns, tuple(rows)))


# --- controls ------------------------------------------------------------------------------------------------------


def _refute_tail(claimed: Callable[[Any, Any], Any]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:

        chosen = instances(setting.quick)
        with precision(setting.digits):
            finding, _ = _truncations(chosen, claimed)
        return Evidence((finding,), len(chosen), setting.digits)

    return refute


def _too_small(setting: Setting) -> Evidence:
    """The second term with a constant that is too small."""
    chosen = instances(setting.quick)
    with precision(setting.digits):
        _, missing = _truncations(chosen, theory.truncation_bound)
        findings, rows = _rates(chosen, missing, _TOO_SMALL)
    return Evidence(findings, len(rows), setting.digits)


def _printed_optimum(setting: Setting) -> Evidence:
    """The beta that is best with the factor 1/beta of theorem 4.2 as printed."""
    return Evidence(_optimum(lambda T, alpha: (alpha + 2) / (2 * T)))


def _rougher(setting: Setting) -> Evidence:
    """gamma of a kernel of the same size with beta to the power alpha: below its value at time 0."""

    chosen = [x for x in instances(setting.quick) if x.alpha + 1 < x.T]
    with precision(setting.digits):
        # |y^(alpha+1)(0)|/beta^(alpha+1) is one of the numbers that gamma is the supremum of.
        pairs = [(_gamma_at_0(x), constant_ball(x.beta**-x.alpha)) for x in chosen]
    return Evidence(
        (BallInequalities("gamma <= beta^-alpha", pairs, strict=False),), len(pairs), setting.digits
    )


def draw(evidence: Evidence, ax: Axes) -> None:
    """Both distances and the bound against the width, at alpha = 1 and the longest memory."""
    if evidence.table is None:
        return
    key = max(((row[1], row[0], row[2]) for row in evidence.table.rows), default=None)
    rows = [row for row in evidence.table.rows if (row[1], row[0], row[2]) == key]
    m = [row[3] for row in rows]

    def middle(text: str) -> float:
        return float(text.strip("[]").split()[0])

    ax.plot(m, [middle(r[6]) for r in rows], "^--", color=VERMILION, label="bound (15)")
    ax.plot(m, [middle(r[4]) for r in rows], "-", color=BLACK, label="truncation error, enclosed")
    ax.plot(m, [middle(r[5]) for r in rows], "o", color=BLUE, label="approximation of the truncated kernel")
    ax.set(xscale="log", yscale="log", xlabel="number of terms $m$", ylabel="$L^1$ distance")
    ax.set_xticks(m, [str(x) for x in m])
    ax.set_xticks([], minor=True)
    omega, T, alpha = rows[0][0], rows[0][1], rows[0][2]
    ax.set_title(rf"$\omega$ = {omega}, $T$ = {T}, $\alpha$ = {alpha}", fontsize=10)
    ax.legend(fontsize=8, frameon=False)


STATEMENT = Statement(
    id="eq-15",
    title="Long memory by truncation: two errors",
    paper="curse-of-memory",
    section="4",
    claim=(
        r"\|(1+t)^{-(1+\omega)} - \hat\rho\|_{L^1} \le \frac{T^{-\omega}}{\omega} + \frac{C(\alpha)\,M}{m^\alpha}"
        r"\Bigl(\frac{2eT}{\alpha+1}\Bigr)^{\alpha+1}"
    ),
    hypotheses=(
        "omega > 0, T >= 1, T >= (alpha + 1)/2; C(alpha) of the corrected theorem 4.2",
        "M = max_n sum_j binom(n, j) (1+omega)_{n-j} c_j over n <= alpha, c_j bounds the j-th derivative of the step",
        "region: alpha = 1, 2, 3, every time before T and every v = t/T - 1 behind it",
        "code: omega from 1/10 to 1, T up to 8, m up to 16",
    ),
    provenance=Provenance.DERIVED,
    uses=("thm-4.2",),
    check=check,
    controls=(
        Control("tail T^-(1+omega)/(1+omega)", _refute_tail(lambda w, T: T ** (-1 - w) / (1 + w))),
        Control("tail T^-omega/(1 + 2 omega), as in L2", _refute_tail(lambda w, T: T ** (-w) / (2 * w + 1))),
        Control("beta = (alpha + 2)/(2T), best for the printed theorem", _printed_optimum),
        Control("gamma <= beta^-alpha", _rougher),
        Control(
            "a tail 10 % smaller, on the region", lambda setting: Evidence((tail_below(sp.Rational(9, 10)),))
        ),
        Control(
            "derivatives 1 % smaller, on the region",
            lambda setting: Evidence((derivatives_below((1,), sp.Rational(99, 100)),)),
        ),
        Control("a second term a million times smaller", _too_small),
    ),
    figure=draw,
)
