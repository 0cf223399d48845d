r"""Equation (125): the paper's example ``a* e^{-w* t} + c_0 exp(-(t - 1/omega)^2/(2 sigma^2))`` and its closed forms.

Integrals are shown by an antiderivative, which SymPy only has to differentiate. With :math:`\mu = T - w\sigma^2`,

.. math:: P_0 = c_0 \sigma \sqrt{\pi/2}\, e^{w(w\sigma^2/2 - T)}\,\mathrm{erf}\frac{t - \mu}{\sigma\sqrt2}, \quad
          P_1 = \mu P_0 - \sigma^2 e^{-wt} b(t), \quad P_2 = \mu P_1 + \sigma^2 P_0 - \sigma^2 t e^{-wt} b(t)

satisfy :math:`P_k' = t^k e^{-wt} b(t)` for the bump b. Each tends to a limit at infinity (erf to 1, the rest to 0), and
:math:`L_k = P_k(\infty) - P_k(0)`. The second route is certified quadrature at random parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.plots.style import BLACK, BLUE, GREEN, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Agreement, Every, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import delay, height, t, w, width
from memcurse.theory.targets.kernels import gaussian_inner_product, gaussian_moment

from ._memory import ball_text, generator, random_rational

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BUMP = height * sp.exp(-((t - delay) ** 2) / (2 * width**2))


def _norm(T: sp.Expr, sigma: sp.Expr, c: sp.Expr) -> sp.Expr:
    return gaussian_inner_product((T, sigma, c), (T, sigma, c))


@dataclass(frozen=True)
class Forms:
    """Closed forms of the bump: moment ``(k, w, T, sigma, c_0)`` and squared norm ``(T, sigma, c_0)``."""

    moment: Callable[[int, sp.Expr, sp.Expr, sp.Expr, sp.Expr], sp.Expr] = gaussian_moment
    norm: Callable[[sp.Expr, sp.Expr, sp.Expr], sp.Expr] = _norm

    def whole_norm(self, a: sp.Expr, rate: sp.Expr, bump: tuple[sp.Expr, sp.Expr, sp.Expr]) -> sp.Expr:
        """Squared norm of (125): the short term, twice the cross term, the bump."""
        return a**2 / (2 * rate) + 2 * a * self.moment(0, rate, *bump) + self.norm(*bump)


def _antiderivatives() -> tuple[list[sp.Expr], list[sp.Expr]]:
    """``P_0, P_1, P_2`` of the module's head, and their limits at infinity."""
    mu = delay - w * width**2
    limit = height * width * sp.sqrt(sp.pi / 2) * sp.exp(w * (w * width**2 / 2 - delay))
    first = limit * sp.erf((t - mu) / (width * sp.sqrt(2)))
    edge = width**2 * sp.exp(-w * t) * _BUMP
    second = mu * first - edge
    third = mu * second + width**2 * first - t * edge
    return [first, second, third], [limit, mu * limit, (mu**2 + width**2) * limit]


def _symbolic(forms: Forms) -> tuple[Finding, ...]:
    primitives, limits = _antiderivatives()
    derivatives = [(sp.diff(P, t), t**k * sp.exp(-w * t) * _BUMP) for k, P in enumerate(primitives)]
    bump = (delay, width, height)
    integrals = [(forms.moment(k, w, *bump), limits[k] - primitives[k].subs(t, 0)) for k in range(3)]
    ladder = [(sp.diff(forms.moment(k, w, *bump), w), -forms.moment(k + 1, w, *bump)) for k in range(2)]
    norm_limit = height**2 * width * sp.sqrt(sp.pi) / 2
    norm_primitive = norm_limit * sp.erf((t - delay) / width)
    norm = [
        (sp.diff(norm_primitive, t), _BUMP**2),
        (forms.norm(*bump), norm_limit - norm_primitive.subs(t, 0)),
    ]
    return (
        Identities("P_k is an antiderivative of t^k e^(-wt) b(t)", tuple(derivatives)),
        Identities("L_k = P_k(infinity) - P_k(0), k = 0, 1, 2", tuple(integrals)),
        Identities("dL_k/dw = -L_(k+1)", tuple(ladder)),
        Identities("squared norm of the bump", tuple(norm)),
    )


def _instances(setting: Setting) -> list[tuple[sp.Rational, ...]]:
    """``(a*, w*, T, sigma, c_0)``: the defaults at three delays, small delays, and random ones."""
    one, half = sp.S.One, sp.Rational(1, 2)
    fixed = [(one, one, sp.Integer(T), one, one) for T in ((4,) if setting.quick else (4, 15, 60))]
    fixed += [(-one, 3 * one, half, one, one), (one, half, sp.Integer(2), 2 * one, -half)]
    rng = generator(setting, "eq-125")
    for _ in range(setting.pick(8, 1)):
        a, c = random_rational(rng, zero=False), random_rational(rng, zero=False)
        rate, T, sigma = (abs(random_rational(rng, bound, zero=False)) for bound in (3, 30, 3))
        fixed.append((a, rate, T, sigma, c))
    return fixed


def _routes(forms: Forms, point: tuple[sp.Rational, ...], digits: int) -> list[tuple[str, Any, Any]]:
    """``(name, closed form, quadrature)`` of the moments at w*, and of the whole squared norm, as balls."""

    a, rate, T, sigma, c = point
    bump = _BUMP.subs({delay: T, width: sigma, height: c})
    integrals = [sp.Integral(t**k * sp.exp(-w * t) * bump, (t, 0, sp.oo)) for k in range(3)]
    whole = sp.Integral((a * sp.exp(-rate * t) + bump) ** 2, (t, 0, sp.oo))
    with precision(digits):
        quadratures = [*lower(integrals, (w,), "ball")(constant_ball(rate)), constant_ball(whole)]
        closed = [constant_ball(forms.moment(k, rate, T, sigma, c)) for k in range(3)]
        closed.append(constant_ball(forms.whole_norm(a, rate, (T, sigma, c))))
    names = [f"L_{k}(w*)" for k in range(3)] + ["squared norm"]
    return list(zip(names, closed, quadratures, strict=True))


def _numeric(forms: Forms, setting: Setting) -> tuple[Finding, list[tuple[str, ...]]]:
    levels, parts, rows = (18, setting.digits + 10), [], []
    for point in _instances(setting):
        low, high = (_routes(forms, point, digits) for digits in levels)
        for (name, closed, quadrature), (_, finer, fine) in zip(low, high, strict=True):
            where = ", ".join(
                f"{k} = {v}" for k, v in zip(("a*", "w*", "T", "sigma", "c0"), point, strict=True)
            )
            routes = {"closed form": (closed, finer), "quadrature": (quadrature, fine)}
            parts.append(
                Agreement(f"{name} at {where}", routes, (levels[0] - 3, levels[1] - 3), about="code")
            )
            rows.append((*map(str, point), name, ball_text(finer, 25), ball_text(fine, 25)))
    return Every("closed forms against certified quadrature", tuple(parts)), rows


def _evidence(forms: Forms, setting: Setting) -> Evidence:
    numeric, rows = _numeric(forms, setting)
    table = Table(("a*", "w*", "T", "sigma", "c0", "quantity", "closed form", "quadrature"), tuple(rows))
    return Evidence((*_symbolic(forms), numeric), len(rows), setting.digits, table, _curves())


def check(setting: Setting) -> Evidence:
    """All closed forms of the example, symbolically for all parameters and against quadrature at instances."""
    return _evidence(Forms(), setting)


def _wrong_sign(k: int, rate: sp.Expr, T: sp.Expr, sigma: sp.Expr, c: sp.Expr) -> sp.Expr:
    """The argument of erfc with the other sign."""
    return gaussian_moment(k, rate, T, sigma, c).replace(sp.erfc, lambda z: sp.erfc(-z))


def _no_edge(k: int, rate: sp.Expr, T: sp.Expr, sigma: sp.Expr, c: sp.Expr) -> sp.Expr:
    """``L_1`` without the boundary term of the integration by parts."""
    exact = gaussian_moment(k, rate, T, sigma, c)
    edge = sigma**2 * c * sp.exp(-(T**2) / (2 * sigma**2))
    return exact - edge if k == 1 else exact


def _whole_line(T: sp.Expr, sigma: sp.Expr, c: sp.Expr) -> sp.Expr:
    """The norm on the whole line: right only in the limit of long delays."""
    return sp.sqrt(sp.pi) * sigma * c**2


def _refute(forms: Forms) -> Callable[[Setting], Evidence]:
    return lambda setting: _evidence(forms, Setting(setting.digits, True, setting.seed))


def _curves() -> dict[str, Any]:

    times = np.linspace(0.0, 30.0, 601)
    return {
        "t": times,
        "short": np.exp(-times),
        "T": (5, 15, 25),
        "bump": lambda T: np.exp(-((times - T) ** 2) / 2),
    }


def draw(evidence: Evidence, ax: Axes) -> None:
    """The target at three memories, with the short part that all of them share."""
    data = evidence.data
    for T, colour, line in zip(data["T"], (BLUE, VERMILION, GREEN), ("-", "--", "-."), strict=True):
        label = rf"$\rho_\omega$, $1/\omega = {T}$"
        ax.plot(data["t"], data["short"] + data["bump"](T), linestyle=line, color=colour, label=label)
    ax.plot(data["t"], data["short"], ":", color=BLACK, label=r"short part $\bar\rho = a^* e^{-w^* t}$")
    ax.set(xlabel=r"time t ($a^* = w^* = c_0 = \sigma = 1$)", ylabel=r"kernel $\rho_\omega(t)$")
    ax.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=10)


STATEMENT = Statement(
    id="eq-125",
    title="Exponential plus delayed Gaussian",
    paper="curse-of-memory",
    section="C.3",
    claim=(
        r"\rho_\omega = a^* e^{-w^* t} + c_0 e^{-(t-T)^2/(2\sigma^2)}:\; L_0 = c_0 \sigma "
        r"\sqrt{\pi/2}\, e^{w(w\sigma^2/2 - T)}\,\mathrm{erfc}\frac{w\sigma^2 - T}{\sigma\sqrt 2},\; "
        r"L_1 = \mu L_0 + \sigma^2 E_0,\; L_2 = \mu L_1 + \sigma^2 L_0,\; \|\rho_\omega\|^2 = "
        r"\frac{a^{*2}}{2w^*} + 2a^* L_0(w^*) + \frac{\sqrt\pi}{2}\sigma "
        r"c_0^2\,\mathrm{erfc}\frac{-T}{\sigma}"
    ),
    hypotheses=(
        "T = 1/omega > 0, sigma > 0, w > 0, c_0 real and not 0",
        "mu = T - w sigma^2, E_0 = c_0 exp(-T^2/(2 sigma^2)); L_k is the bump's share of the moments",
    ),
    provenance=Provenance.DERIVED,
    uses=("eq-20",),
    check=check,
    controls=(
        Control("argument of erfc with the other sign", _refute(Forms(moment=_wrong_sign))),
        Control("L_1 without its boundary term", _refute(Forms(moment=_no_edge))),
        Control("norm on the whole line at a small delay", _refute(Forms(norm=_whole_line))),
    ),
    figure=draw,
)
