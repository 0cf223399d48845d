r"""Proposition C.2: where the model equals the short part, the gradient is exponentially small in the memory.

The entries of the gradient are :math:`\pm 2\Delta` of `theory.plateau.delayed_part`, hence with c the smallest rate
of the point

.. math:: 2 c_0 e^{-c - c_1} e^{-cT} \le 2\Delta_0(c) \le |\nabla J| \le 2\sum_k (\Delta_0(w_k) + |a_k| \Delta_1(w_k))
          \le C\, T e^{-cT}

for the Gaussian template and :math:`T \ge 1`. Two-sided bounds fix the rate: between delays :math:`T_1 < T_2` the
mean rate :math:`\ln(|\nabla J|(T_1)/|\nabla J|(T_2))/(T_2 - T_1)` differs from c by at most
:math:`\ln(C T_2/f)/(T_2 - T_1)`, f the factor on the left. The constants belong to the point: neither c nor C can be
the same for the whole set, because the rate of a degenerate group may be small and amplitudes may be large (both are
controls).

Both bounds hold unit by unit on a region (`_regions`): rates over two decades, widths 1/2 to 2, every amplitude and
every delay from 1 to infinity. The package's gradients are held against them at random points of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLACK, BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape.equivalent_parameters import AffineSpace
from memcurse.theory.notation import t
from memcurse.theory.plateau.delayed_part import (
    FatTailTemplate,
    GaussianTemplate,
    Template,
    delta_floor,
    gradient_constant,
)
from memcurse.theory.targets.kernels import ExpressionTarget
from memcurse.theory.targets.target import ExponentialSum

from ._memory import SLACK, OnSpace, ball_text, delays, memory_target, points_on_spaces
from ._regions import moments_above, scaled_forms, unit_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAUSSIAN = GaussianTemplate()
#: Delays between which the mean rate is measured.
_FAR, _FURTHER = 500, 4000


@dataclass(frozen=True)
class Rate:
    """The claim ``|grad J| <= slack * C * T e^(-factor c T)``, c the smallest rate unless `rate` fixes it."""

    template: Template = _GAUSSIAN
    factor: int = 1
    slack: int = 1
    rate: sp.Expr | None = None
    amplitudes: tuple[sp.Expr, ...] | None = None

    def exponent(self, point: OnSpace) -> sp.Expr:
        """The claimed rate in T."""
        return self.factor * (point.rate if self.rate is None else self.rate)

    def constant(self, point: OnSpace) -> sp.Expr:
        """The constant C, exact."""
        a = point.a if self.amplitudes is None else self.amplitudes
        return self.slack * gradient_constant(a, point.w, self.template.envelope)

    def bound(self, point: OnSpace, T: int) -> sp.Expr:
        """The right-hand side, exact."""
        return self.constant(point) * T * sp.exp(-self.exponent(point) * T)


def gradient_norm(point: OnSpace, template: Template, T: int, digits: int) -> Any:
    """Enclosure of ``|grad J_omega|``."""

    if isinstance(template, GaussianTemplate):
        target = memory_target(point.short, T, template.width, template.height)
    else:
        target = point.short + ExpressionTarget(FatTailTemplate().expression(t - T))
    entries = Objective(target).enclose(point.a, point.w, digits).gradient.entries()
    with precision(digits):
        return sum((x * x for x in entries), 0 * entries[0]).sqrt()


def _rows(
    claim: Rate, points: Sequence[OnSpace], ladder: Sequence[int], digits: int
) -> list[tuple[Any, ...]]:
    """``(point, T, gradient norm, bound)``."""

    rows = []
    for point in points:
        for T in ladder:
            value = gradient_norm(point, claim.template, T, digits)
            with precision(digits):
                rows.append((point, T, value, constant_ball(claim.bound(point, T))))
    return rows


def _bounded(claim: Rate, rows: Sequence[tuple[Any, ...]]) -> Finding:
    words = "C" if claim.slack == 1 else f"{claim.slack} C"
    pairs = tuple((row[2], row[3]) for row in rows)
    return BallInequalities(
        f"|grad J| <= {words} T e^(-{claim.factor if claim.factor > 1 else ''}cT)", pairs, strict=False
    )


def _measured_rate(claim: Rate, points: Sequence[OnSpace]) -> tuple[Finding, list[tuple[str, ...]]]:
    """The mean rate between two long delays against the claimed one, within what the two-sided bounds allow."""

    digits, pairs = 4000, []
    rows: list[tuple[str, ...]] = []
    for point in points:
        first, last = (gradient_norm(point, claim.template, T, digits) for T in (_FAR, _FURTHER))
        floor = 2 * delta_floor(0, GaussianTemplate(), point.rate)
        with precision(digits):
            rate = (first.log() - last.log()) / (_FURTHER - _FAR)
            width = (
                constant_ball(gradient_constant(point.a, point.w, claim.template.envelope))
                * _FURTHER
                / constant_ball(floor)
            ).log()
            claimed = constant_ball(claim.exponent(point))
            pairs.append((abs(rate - claimed), width / (_FURTHER - _FAR)))
        rows.append((point.text, f"{_FAR}..{_FURTHER}", ball_text(rate), ball_text(claimed)))
    return BallInequalities(
        "|measured rate - c| <= what the two-sided bounds allow", tuple(pairs), strict=False
    ), rows


def _floor(rows: Sequence[tuple[Any, ...]], digits: int) -> Finding:

    with precision(digits):
        pairs = [
            (
                constant_ball(2 * delta_floor(0, GaussianTemplate(), point.rate) * sp.exp(-point.rate * T)),
                value,
            )
            for point, T, value, _ in rows
        ]
    return BallInequalities(
        "|grad J| >= 2 c_0 e^(-c - c_1) e^(-cT): the rate is right", tuple(pairs), strict=False
    )


def check(setting: Setting) -> Evidence:
    """Bounds from both sides at random points of the set, and the rate that they enclose."""
    points, ladder, claim = points_on_spaces(setting, "prop-c.2"), delays(setting), Rate()
    rows = _rows(claim, points, ladder, setting.digits)
    measured, rates = _measured_rate(claim, points)
    findings = (
        scaled_forms(range(2)),
        unit_below((0, 1), 1, "gradient"),
        moments_above(),
        *map(about_code, (_bounded(claim, rows), _floor(rows, setting.digits), measured)),
    )
    flat = [(row[0].text, row[1], *map(ball_text, row[2:])) for row in rows]
    table = Table(("point", "T", "gradient norm, or mean rate", "bound, or claimed rate"), (*flat, *rates))
    fat = _rows(Rate(FatTailTemplate()), points[:1], ladder, 20)
    return Evidence(findings, len(rows) + len(rates), setting.digits, table, {"rows": rows, "fat": fat})


def _refute(claim: Rate, ladder: Sequence[int] = (4, 25, 60)) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        points = points_on_spaces(setting, "prop-c.2")[:2]
        rows = _rows(claim, points, ladder, min(setting.digits, 30))
        return Evidence((_bounded(claim, rows),), len(rows), setting.digits)

    return refute


def _no_power(setting: Setting) -> Evidence:
    """``C e^(-c/omega)``, without the factor 1/omega."""
    return Evidence((unit_below((0, 1), 0, "gradient"),))


def _high_floor(setting: Setting) -> Evidence:
    return Evidence((moments_above(sp.Rational(1, 4)),))


def _measured_twice(setting: Setting) -> Evidence:
    finding, rows = _measured_rate(Rate(factor=2), points_on_spaces(setting, "prop-c.2")[:2])
    return Evidence((finding,), len(rows), setting.digits)


def _refute_at(a: tuple[sp.Expr, ...], space: AffineSpace, claim: Rate) -> Callable[[Setting], Evidence]:
    point = OnSpace(ExponentialSum([1], [1]), space, *space.point(a))

    def refute(setting: Setting) -> Evidence:
        rows = _rows(claim, (point,), (4, 25, 60), setting.digits)
        return Evidence((_bounded(claim, rows),), len(rows), setting.digits)

    return refute


_SLOW = AffineSpace(((0,), (1, 2)), (sp.S.One, sp.S.Zero), (sp.S.One, sp.Rational(1, 4)))
_PAIR = AffineSpace(((0, 1),), (sp.S.One,), (sp.S.One,))
_LARGE = (sp.Integer(10**15), 1 - sp.Integer(10**15))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Certified gradient norms against the delay, their bounds, and a fat tail."""
    rows = evidence.data["rows"]
    points = list(dict.fromkeys(row[0] for row in rows))
    chosen = [next(p for p in points if len(p.a) == 2), next(p for p in points if p.rate < 1)]
    for point, colour, marker in zip(chosen, (BLUE, VERMILION), "os", strict=True):
        T = [row[1] for row in rows if row[0] is point]
        norms = [float(row[2].mid()) for row in rows if row[0] is point]
        bounds = [float(row[3].mid()) for row in rows if row[0] is point]
        name = f"m = {len(point.a)}, smallest rate c = {point.rate}"
        ax.plot(T, norms, marker, color=colour, markersize=5, label=rf"$|\nabla J_\omega|$, {name}")
        ax.plot(T, bounds, "-", color=colour, linewidth=1, label=rf"$C\,T e^{{-cT}}$, c = {point.rate}")
    fat = evidence.data["fat"]
    ax.plot(
        [row[1] for row in fat],
        [float(row[2].mid()) for row in fat],
        "^:",
        color=BLACK,
        label="fat tail (control)",
    )
    ax.set(yscale="log", xlabel=r"delay $T = 1/\omega$ (time)", ylabel=r"$|\nabla J_\omega|$ on the set")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="prop-c.2",
    title="The gradient is exponentially small",
    paper="curse-of-memory",
    section="C.2",
    claim=(
        r"\hat\rho(\cdot\,;\theta) = \bar\rho \;\Rightarrow\; \|\nabla J_\omega(\theta)\| \le "
        r"C(\theta)\, \omega^{-1} e^{-c/\omega},\quad c = \min_k w_k"
    ),
    hypotheses=(
        "theta represents the short part exactly",
        "|rho_0(s)| <= c_0 exp(-c_1 s^2) for all s, omega <= 1",
        "C depends on the amplitudes and c on the rates of theta: neither is uniform on the set",
        "region: the Gaussian template of any height, unit by unit of theta, every amplitude",
    ),
    provenance=Provenance.DERIVED,
    corrects=(
        "Proposition C.2 with constants for the whole set. They belong to the point: rates of degenerate "
        "groups may be small and amplitudes large."
    ),
    uses=("eq-19", "eq-20", "lem-c.1", "lem-c.3"),
    check=check,
    controls=(
        Control("rate exp(-2c/omega)", _refute(Rate(factor=2, slack=SLACK))),
        Control("measured rate 2c", _measured_twice),
        Control("no factor 1/omega, on the region", _no_power),
        Control("a floor four times as high, on the region", _high_floor),
        Control("fat tail instead of a sub-Gaussian one", _refute(Rate(FatTailTemplate(), slack=SLACK))),
        Control(
            "c the smallest rate of the target, for every theta of the set",
            _refute_at((sp.S.One, sp.S.One, -sp.S.One), _SLOW, Rate(slack=SLACK, rate=sp.S.One)),
        ),
        Control(
            "C independent of the amplitudes",
            _refute_at(_LARGE, _PAIR, Rate(slack=SLACK, amplitudes=(sp.S.One, sp.S.Zero))),
        ),
    ),
    figure=draw,
)
