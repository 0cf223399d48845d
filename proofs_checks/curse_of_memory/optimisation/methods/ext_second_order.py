r"""Second-order methods have a smaller exponent, a fifth of gradient flow's, and float64 breaks them.

Steps until a drop of the loss by 1 %, m = 2, start a = (.475, .525), w = (1.05, .95) (times w*):

| T | 14 | 16 | 18 | 20 | 21 | 22 | 24 | 26 | 28 | 30 | 32 |
|---|---|---|---|---|---|---|---|---|---|---|---|
| saddle-free Newton | 47 | 95 | 215 | 501 | broken | | | | | | |
| Levenberg-Marquardt | 34 | 67 | 217 | 550 | 849 | broken | | | | | |
| trust region | 50 | 148 | 384 | 1,040 | 1,578 | broken | | | | | |
| Levenberg-Marquardt, 31 digits | 34 | 67 | 217 | 550 | 859 | 1,359 | 3,317 | 7,719 | 19,220 | 47,771 | 118,514 |

(evaluations; the last two in 50 digits). BFGS and L-BFGS break at T = 17.5, variable projection at 24.

**Why (heuristic).** The plateau is a valley along the share p (`theory.plateau.slow_manifold`), in which the loss falls
by :math:`E_3'(p)\,\delta p \sim \mu_2^{3/2} |D_3|\,\delta p`. On it :math:`\mu_1 = 0`, with a split
:math:`s \sim \mu_2^{1/2}`. A step along the tangent misses that by :math:`\sim s\,\delta p^2`, which costs
:math:`\sim \mu_2\,\delta p^4` of loss: as a step must not raise the loss,
:math:`\delta p^3 \lesssim \mu_2^{1/2} |D_3|`. No matrix helps; the valley is bent. So

.. math:: n \sim \kappa \bigl(\mu_2^{1/2} |D_3|\bigr)^{-1/3} \propto C^{-1/2}\, \omega^{4/3}\, e^{w_*/(2\omega)},

against :math:`e^{5w_*/(2\omega)}` of gradient flow. The leading order is an identity. Measured over delays, w* and the
bump's height at once: power -.345, within .332 to .358 by its residuals; :math:`\kappa` is 3.7 to 4.4 while n grows
from 217 to 7,719.

**Prototype.** It had an exponent of .246 for saddle-free Newton, from shorter memories.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import sympy as sp

from memcurse.numerics.descent.first_order import Descent
from memcurse.numerics.descent.second_order import (
    levenberg_marquardt,
    saddle_free,
    scipy_method,
    variable_projection,
)
from memcurse.numerics.fit_ranges import local_slopes, residual_bounds
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLUE, GREY, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Came, Counted, Every, Identity, Measured
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau import slow_manifold as slow
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import GaussianBump

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARES: Final = ("0.475", "0.525")
_STEPS: Final = 60_000
Run = Callable[[Objective, Any, Any], Descent]
#: Method to run and the delays, in halves, of its ladder: from where its law begins to where float64 breaks it.
_FLOAT64: Final[dict[str, tuple[Run, range]]] = {
    "saddle-free Newton": (saddle_free, range(34, 42)),
    "Levenberg-Marquardt": (lambda J, a, w: levenberg_marquardt(J, a, w, max_steps=_STEPS), range(34, 44)),
    "trust region": (
        lambda J, a, w: scipy_method(J, a, w, "trust-exact", max_steps=_STEPS),
        range(34, 44, 2),
    ),
}
_BREAKING: Final[dict[str, Run]] = {name: run for name, (run, _) in _FLOAT64.items()} | {
    "BFGS": lambda J, a, w: scipy_method(J, a, w, "BFGS"),
    "L-BFGS": lambda J, a, w: scipy_method(J, a, w, "L-BFGS-B"),
    "variable projection": variable_projection,
}
_BROKEN_AT: Final = 24
_PRECISE: Final = "Levenberg-Marquardt, 31 digits"


class Plateau(NamedTuple):
    """Delay, short rate and height of the bump."""

    delay: sp.Rational
    w: sp.Rational = sp.S.One
    height: sp.Rational = sp.S.One


#: Where Levenberg-Marquardt runs in 31 digits.
_PLATEAUS: Final = (
    *(Plateau(sp.Integer(T)) for T in (18, 20, 22, 24, 26)),
    *(Plateau(sp.Integer(T), sp.Rational(4, 5)) for T in (22, 27)),
    *(Plateau(sp.Integer(T), sp.Rational(5, 4)) for T in (16, 20)),
    *(Plateau(sp.Integer(22), height=height) for height in (sp.Rational(1, 4), sp.Integer(4))),
)
_LONGER: Final = tuple(Plateau(sp.Integer(T)) for T in (28, 30))


def force(at: Plateau) -> float:
    """``ln(mu_2^(1/2) |D_3|)``."""
    far = GaussianBump(at.delay, 1, at.height)
    d2, d3 = (slow.overlap(n, at.w, far) for n in (2, 3))
    return float(sp.log(sp.sqrt(slow.saturated_moment(at.w, d2)) * -d3).evalf(20))


def run(method: Run, at: Plateau) -> Descent:
    """A method from near the short part until the drop."""
    J = Objective(example_target(at.delay, w=at.w, amplitude=at.height))
    return method(J, _SHARES, [at.w * sp.Rational(21, 20), at.w * sp.Rational(19, 20)])


def _count(name: str, method: Run, at: Plateau) -> int:
    found = run(method, at)
    if found.status != "reached":
        raise ArithmeticError(f"{name} must leave the plateau at T = {at.delay}; got {found.status}")
    return found.evaluations


@lru_cache(maxsize=64)
def precise(at: Plateau) -> int:
    """Evaluations of Levenberg-Marquardt in 31 digits."""
    return _count(_PRECISE, lambda J, a, w: levenberg_marquardt(J, a, w, max_steps=_STEPS, digits=31), at)


@lru_cache(maxsize=8)
def in_float64(name: str) -> tuple[tuple[Plateau, int], ...]:
    """The ladder of a method in float64."""
    method, halves = _FLOAT64[name]
    plateaus = [Plateau(sp.Rational(half, 2)) for half in halves]
    return tuple((at, _count(name, method, at)) for at in plateaus)


def leading_force(constant: int = 16) -> Finding:
    """``mu_2^(1/2) |D_3|`` for ``D_n = C e^{-wT} L_n(2wT)``, to leading order in the delay."""
    w, T, C, x = sp.symbols("w T C x", positive=True)
    d2, d3 = (C * sp.exp(-w * T) * sp.laguerre(n, x).subs(x, 2 * w * T) for n in (2, 3))
    # Squares: all rational but for one exponential.
    exact = slow.saturated_moment(w, d2) * d3**2
    leading = sp.Rational(constant, 3) * w ** sp.Rational(11, 2) * T**4 * C ** sp.Rational(3, 2)
    ratio = sp.simplify(exact / (leading * sp.exp(-3 * w * T / 2)) ** 2)
    return Identity("force of the valley to leading order", sp.limit(ratio, T, sp.oo), sp.S.One)


def plateaus(setting: Setting) -> tuple[Plateau, ...]:
    """Those of the precise ladder."""
    return _PLATEAUS + _LONGER[: setting.pick(0, 0, len(_LONGER))]


def power(setting: Setting, claimed: float) -> Finding:
    """``ln n = claimed * ln(mu_2^(1/2) |D_3|) + c`` over delays, rates and heights."""
    chosen = plateaus(setting)
    rows, values = [[force(at), 1.0] for at in chosen], [math.log(precise(at)) for at in chosen]
    bounds = residual_bounds(rows, values)[0].bounds
    name = f"{_PRECISE}: power of the valley's force"
    return Measured(name, claimed, bounds, len(rows), origin="residual bound", fitted="a power")


def power_in_float64(name: str, claimed: float) -> Finding:
    """The same between delays that are one apart."""
    found = in_float64(name)
    x, y = [force(at) for at, _ in found], [math.log(n) for _, n in found]
    apart = 1 if _FLOAT64[name][1].step == 2 else 2
    slopes = local_slopes(x, y, apart)
    return Measured(f"{name}: power of the valley's force", claimed, slopes, len(x), origin="local slopes")


@lru_cache(maxsize=1)
def broken() -> dict[str, str]:
    """What became of the methods in float64 at the delay where none carries on."""
    return {name: run(method, Plateau(sp.Integer(_BROKEN_AT))).status for name, method in _BREAKING.items()}


def breaks(expected: int) -> tuple[Finding, ...]:
    """How many of the methods float64 breaks."""
    found = broken()
    count = sum(status == "broken" for status in found.values())
    came = Came("methods run", len(found), len(_BREAKING))
    return came, Counted(f"methods that float64 breaks at T = {_BROKEN_AT}", expected, count, single_run=True)


def check(setting: Setting) -> Evidence:
    """The leading order, the power in 31 digits and in float64, and where float64 ends."""
    findings = (
        leading_force(),
        power(setting, -1 / 3),
        Every("the same power in float64", tuple(power_in_float64(name, -1 / 3) for name in _FLOAT64)),
        *breaks(len(_BREAKING)),
    )
    rows = [(_PRECISE, str(at.delay), str(at.w), str(at.height), precise(at)) for at in plateaus(setting)]
    for name in _FLOAT64:
        rows += [(name, str(at.delay), str(at.w), str(at.height), n) for at, n in in_float64(name)]
    table = Table(("method", "T", "w*", "height", "evaluations"), tuple(rows))
    return Evidence(findings, len(rows), None, table, {"precise": plateaus(setting)})


def _refute(finding: Callable[[Setting], Sequence[Finding]]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence(tuple(finding(setting)))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Evaluations against the inverse of the valley's force, with the power 1/3."""
    for name, style in zip(_FLOAT64, ("s", "D", "^"), strict=True):
        found = in_float64(name)
        x, y = [math.exp(-force(at)) for at, _ in found], [n for _, n in found]
        ax.plot(x, y, style, color=BLUE, markersize=4, mfc="none", label=f"{name}, float64")
    chosen = evidence.data["precise"]
    x, y = [math.exp(-force(at)) for at in chosen], [precise(at) for at in chosen]
    ax.plot(x, y, "o", color=VERMILION, markersize=5, label=_PRECISE)
    line = np.geomspace(min(x), max(x), 50)
    ax.plot(
        line, 4.2 * line ** (1 / 3), "-", color=GREY, linewidth=1, label=r"$4.2\,(\mu_2^{1/2}|D_3|)^{-1/3}$"
    )
    ax.set(
        xscale="log", yscale="log", xlabel=r"$(\mu_2^{1/2}\,|D_3|)^{-1}$", ylabel="evaluations until the drop"
    )
    ax.legend(fontsize=9)


_NEWTON: Final = "saddle-free Newton"

STATEMENT = Statement(
    id="ext-second-order",
    title="Second-order methods have a fifth of the exponent, and float64 breaks them",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"n \sim \kappa \left(\mu_2^{1/2} |D_3|\right)^{-1/3}"
        r"\propto C^{-1/2}\, \omega^{4/3}\, e^{w_*/(2\omega)}"
    ),
    hypotheses=(
        "m = 2, target (125); start a = (.475, .525), rates (1.05, .95) w*; a drop of the loss by 1 %",
        "methods whose steps never raise the loss: Levenberg-Marquardt, saddle-free Newton, trust region",
        "31 digits: 1/omega to 26 (30 with --full), w* = 4/5, 1, 5/4, heights 1/4, 1, 4; float64 to 20.5 or 21.5",
        "float64 breaks these three, BFGS, L-BFGS and variable projection at 1/omega = 24 or before",
    ),
    provenance=Provenance.NEW,
    uses=("eq-125", "ext-escape-law"),
    check=check,
    controls=(
        Control("Newton is linear in T: no power", _refute(lambda s: (power_in_float64(_NEWTON, 0.0),))),
        Control("Levenberg-Marquardt is polynomial", _refute(lambda s: (power(s, 0.0),))),
        Control("power -1/2", _refute(lambda s: (power(s, -0.5),))),
        Control("power -1/4", _refute(lambda s: (power(s, -0.25),))),
        Control("gradient flow's exponent: power -5/3", _refute(lambda s: (power(s, -5 / 3),))),
        Control("15 in place of 16 in the leading force", _refute(lambda s: (leading_force(15),))),
        Control("float64 carries one of them", _refute(lambda s: breaks(len(_BREAKING) - 1)[1:])),
    ),
    figure=draw,
    quick=False,
)
