r"""How long the gradient flow stays at an equal split of a coincided critical point.

Critical points (b, v) of J_1 in exact numbers (minima), split into two modes with gains b/2; starts at distance delta
in a direction of gains and poles that is not special. The flow leaves along the eigenvector of :math:`-|Q b|`
(fp-escape), so the time until it has moved by 1/20 is :math:`\ln(1/\delta)/|Q b| + O(1)`: the logarithm of the ratio of
two starts over the difference of their times tends to :math:`|Q b|`.

Three integrations: `gradient_flow` on the objective with complex modes, Taylor series in midpoints of balls with the
closed forms of the derivatives, and SciPy's DOP853 in float64 with derivatives from sums of 400 samples of the
responses. The times, and the rate of the smallest pair of starts, are compared at two precisions; the rate also with
the formula.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import acb, arb, fmpq
from scipy.integrate import solve_ivp
from sympy.polys.domains import QQ_I

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.modes.taylor_flow import first_passage
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.numerics.plots.style import BLACK, BLUE
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Agreement
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.targets.sequences import GeometricSum

from ._points import Point, critical_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DISTANCE = sp.Rational(1, 20)
#: Powers of ten of the starts' distances. The last two give the rate.
_DELTAS = (2, 4, 6, 7)
#: Changes of (g_1, g_2, p_1, p_2), of Euclidean norm 1.
_DIRECTION = tuple(
    sp.Rational(x, 13) + sp.I * sp.Rational(y, 13) for x, y in ((4, 2), (1, -6), (4, 6), (-4, -6))
)
_BITS = (90, 140)
_TERMS = 400
#: Digits that all routes claim of a time, and of a rate (starts at 1e-6 and 1e-7 leave about 20 delta).
_TIME_DIGITS, _RATE_DIGITS = (4, 7), (3, 5)


def _ball(x: sp.Expr) -> acb:
    re, im = x.as_real_imag()
    return acb(arb(fmpq(re.p, re.q)), arb(fmpq(im.p, im.q)))


@dataclass(frozen=True)
class _Split:
    """An equal split: target, centre, and the rate of the formula."""

    point: Point

    @property
    def centre(self) -> list[sp.Expr]:
        b, v = (QQ_I.to_sympy(x[0]) for x in (self.point.gains, self.point.poles))
        return [b / 2, b / 2, v, v]

    @property
    def target(self) -> tuple[list[sp.Expr], list[sp.Expr]]:
        gains, poles = self.point.target_gains, self.point.target_poles
        return [QQ_I.to_sympy(x) for x in gains], [QQ_I.to_sympy(x) for x in poles]

    def rate(self, real: bool = False) -> arb:
        """``|Q b|``, or the modulus of the real part of ``conj(Q) b``, at the current precision."""
        Q, b = (_ball(QQ_I.to_sympy(x)) for x in (self.point.curvatures[0], self.point.gains[0]))
        return abs((Q.conjugate() * b).real) if real else abs(Q * b)

    def by_series(self, power: int, bits: int) -> arb:
        """The time by Taylor series."""
        with ball_precision(bits):
            centre = [_ball(x) for x in self.centre]
            delta = arb(10) ** -power
            start = [x + delta * _ball(y) for x, y in zip(centre, _DIRECTION, strict=True)]
            gains, poles = ([_ball(x) for x in part] for part in self.target)
            tolerance = delta * arb(2) ** (-bits // 2)
            return first_passage(
                start,
                (gains, poles),
                start,
                _ball(_DISTANCE).real,
                order=bits // 6,
                tolerance=tolerance,
                bits=bits,
            ).time

    def by_engine(self, power: int, rtol: str) -> float:
        """The time by `gradient_flow` on the objective with complex modes."""
        delta = sp.Rational(1, 10**power)
        start = [x + delta * y for x, y in zip(self.centre, _DIRECTION, strict=True)]
        J = DiscreteObjective(GeometricSum(*self.target), field="complex")
        run = gradient_flow(J, start[:2], start[2:], stop=Displacement(_DISTANCE), rtol=rtol)
        if run.event_time is None:
            raise ArithmeticError(f"the flow must reach the distance; got {run.status!r}")
        return float(run.event_time)

    def by_sums(self, power: int, rtol: float) -> float:
        """The time by DOP853 in the distances from the centre; a sequence is its first 400 samples."""
        centre = np.array([complex(x) for x in self.centre])
        c, q = (np.array([complex(x) for x in part]) for part in self.target)
        delta = 10.0**-power
        start = delta * np.array([complex(x) for x in _DIRECTION])
        y0 = np.concatenate([start.real, start.imag])
        n = np.arange(_TERMS)
        rho = (c[:, None] * q[:, None] ** n).sum(0)

        def slopes(_: float, y: Any) -> Any:
            x = centre + y[:4] + 1j * y[4:]
            g, p = x[:2, None], x[2:, None]
            powers = p**n
            residual = (g * powers).sum(0) - rho
            by_gain = (powers.conj() * residual).sum(1)
            by_pole = x[:2].conj() * (n[1:] * powers[:, :-1].conj() * residual[1:]).sum(1)
            d = -2 * np.concatenate([by_gain, by_pole])
            return np.concatenate([d.real, d.imag])

        def far(_: float, y: Any) -> float:
            return float(np.linalg.norm(y - y0)) - float(_DISTANCE)

        far.terminal = True  # type: ignore[attr-defined]
        with np.errstate(under="ignore"):
            run = solve_ivp(slopes, (0, 1e4), y0, method="DOP853", rtol=rtol, atol=rtol * delta, events=far)
        if run.t_events is None or not run.t_events[0].size:
            raise ArithmeticError(f"the flow must reach the distance; got to {run.t[-1]} only")
        return float(run.t_events[0][0])


@lru_cache(maxsize=4)
def _splits(seed: int, count: int) -> tuple[_Split, ...]:
    rng = random.Random(seed)
    found: list[_Split] = []
    while len(found) < count:
        (point,) = critical_points(rng, 1, (1,))
        split = _Split(point)
        if point.inertia().negative == 0 and 0.5 < float(split.rate()) < 8:
            found.append(split)
    return tuple(found)


@lru_cache(maxsize=16)
def _times(split: _Split, powers: tuple[int, ...]) -> dict[str, list[tuple[Any, Any]]]:
    """Times at low and high precision, for each route."""
    return {
        "Taylor series": [(split.by_series(k, _BITS[0]), split.by_series(k, _BITS[1])) for k in powers],
        "gradient_flow": [(split.by_engine(k, "1e-7"), split.by_engine(k, "1e-10")) for k in powers],
        "sums, DOP853": [(split.by_sums(k, 1e-7), split.by_sums(k, 1e-11)) for k in powers],
    }


def _pair(values: tuple[Any, Any]) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _evidence(setting: Setting, factor: int = 1, real: bool = False) -> Evidence:
    powers = _DELTAS[-setting.pick(4, 2) :]
    findings: list[Finding] = []
    rows: list[tuple[Any, ...]] = []
    for index, split in enumerate(_splits(setting.seed_for("fp-escape-time"), setting.pick(2, 1))):
        times = _times(split, powers)
        for k, power in enumerate(powers):
            routes = {name: _pair(values[k]) for name, values in times.items()}
            findings.append(Agreement(f"time from 1e-{power}, point {index}", routes, _TIME_DIGITS))
            rows.append((index, power, float(times["Taylor series"][k][1]), float(split.rate())))
        rates: dict[str, tuple[float, float]] = {}
        for name, values in times.items():
            (a, b), (c, d) = _pair(values[-2]), _pair(values[-1])
            rates[name] = float(np.log(10)) / (c - a), float(np.log(10)) / (d - b)
        formula = factor * float(split.rate(real))
        findings.append(
            Agreement(f"rate of escape, point {index}", {**rates, "|Q b|": (formula, formula)}, _RATE_DIGITS)
        )
    columns = ("point", "-log10 delta", "time to a move of 1/20", "|Q b|")
    return Evidence(findings, len(findings), table=Table(columns, tuple(rows)))


def check(setting: Setting) -> Evidence:
    """Times by three integrations, and their rate."""
    return _evidence(setting)


def check_twice(setting: Setting) -> Evidence:
    """The rate 2 |Q b|."""
    return _evidence(setting, factor=2)


def check_real(setting: Setting) -> Evidence:
    """The rate of a real direction of the poles alone."""
    return _evidence(setting, real=True)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Times of escape against the logarithm of the start's distance, and the slope of the formula."""
    if evidence.table is None:
        return
    for index in sorted({row[0] for row in evidence.table.rows}):
        rows = [row for row in evidence.table.rows if row[0] == index]
        x, y = np.array([np.log(10) * row[1] for row in rows]), np.array([row[2] * row[3] for row in rows])
        ax.plot(x, y, "o", color=BLUE, label="flow" if index == 0 else None)
        ax.plot(x, x + y[-1] - x[-1], color=BLACK, linewidth=0.8, label="slope 1" if index == 0 else None)
    ax.set(xlabel=r"$\ln(1/\delta)$", ylabel=r"$|Q b| \cdot$ time to a move of 1/20")
    ax.legend()


STATEMENT = Statement(
    id="fp-escape-time",
    title="Time to leave an equal split",
    paper="fixed-pole",
    section="landscape",
    claim=r"T(\delta) = \ln(1/\delta)/|Q b| + O(1)",
    hypotheses=(
        "two modes at an equal split of a minimum of J_1; starts at distance delta, gradient flow",
        "two points, delta from 1e-2 to 1e-7; a direction with a part along the unstable one",
    ),
    provenance=Provenance.NEW,
    uses=("fp-escape",),
    check=check,
    controls=(
        Control("rate 2 |Q b|", check_twice),
        Control("rate |Re(conj(Q) b)|", check_real),
    ),
    figure=draw,
    quick=False,
)
