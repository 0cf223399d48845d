"""What the statements on the escape law share: a ladder of delays by integration, by the reduction, and by the law."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import mpmath
import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.fit_ranges import covering, left_out
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plateau.slow_manifold import SlowEscape, expanded_time, slow_escape
from memcurse.proofs_checks.curse_of_memory.optimisation.escape.ext_escape_law import (
    ESTIMATED,
    coefficient,
    series,
    within,
)
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequality, Every, Measured
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum, Target

#: The event: a drop by 1 % of the loss.
DROP: Final = LossDrop(fraction="0.01")
#: Delays that are integrated, and those of the reduction.
DIRECT: Final = (18, 20, 22, 24)
FAR: Final = tuple(range(40, 361, 40))
#: Delays of the limit of integrated ratios.
CLOSE: Final = tuple(sp.Rational(half, 2) for half in range(40, 50))
#: The same with --full.
FARTHER: Final = (*FAR, *range(400, 641, 40))
#: A delay at which law and reduction differ by the tail of the reduction alone, and that difference, rounded up.
LIMIT_AT, TAIL = 120, 1e-7
#: The reduction against flows: its estimate leaves out what more than two units lose on the way to saturation.
_ALLOWED: Final = 4
#: Digits of certified flows at the short delays where they run here.
_DIGITS: Final = 30


def gaussian(delay: Any) -> Target:
    """The bump of eq. (125)."""
    return GaussianBump(delay)


@dataclass(frozen=True)
class Case:
    """A start on a critical manifold, for every delay.

    Attributes
    ----------
    name : str
    a, w : str
        The start's amplitudes and rates.
    terms : pair of str
        Amplitudes and rates of the short part.
    far : function of the delay
    slow : tuple of int, optional
        The units of the slow cluster.
    stop : LossDrop or Displacement
        For a start on the manifold.
    """

    name: str
    a: str
    w: str
    terms: tuple[str, str] = ("1", "1")
    far: Callable[[Any], Target] = gaussian
    slow: tuple[int, ...] | None = None
    stop: LossDrop | Displacement = DROP

    @property
    def start(self) -> tuple[list[str], list[str]]:
        """Amplitudes and rates."""
        return self.a.split(), self.w.split()

    def event(self, delay: Any) -> LossDrop | Displacement:
        """The event; off the manifold a drop to 1 % below the plateau, whose loss is the far part's squared norm."""
        if sorted(set(self.start[1])) == sorted(set(self.terms[1].split())):
            return self.stop
        plateau = float(constant_ball(self.far(delay).squared_norm()))
        return LossDrop(str(float(self.objective(delay).loss(*self.start)) - 0.99 * plateau))

    def objective(self, delay: Any) -> Objective:
        """The loss at this delay."""
        return Objective(ExponentialSum(*(x.split() for x in self.terms)) + self.far(delay))


@cache
def integrated(case: Case, delay: Any) -> float:
    """Escape time by integration."""
    J = case.objective(delay)
    run = gradient_flow(J, *case.start, case.event(delay), until=1e60, rtol=1e-8)
    if run.event_time is None:
        raise ArithmeticError(f"{case.name}: the flow must escape at T = {delay}; got {run.status}")
    return float(run.event_time)


@cache
def reduced(case: Case, delay: Any) -> SlowEscape:
    """Escape time by the reduction."""
    return slow_escape(case.objective(delay), *case.start, case.stop, case.slow)


@cache
def law(case: Case, delay: Any) -> mpmath.mpf:
    """Escape time by the law, leading order in the split."""
    return expanded_time(case.objective(delay), *case.start, slow=case.slow, stop=case.stop)


def proved(case: Case, delay: int) -> Finding:
    """About the code: the integrated time within 1e-6 of the one that a certified flow proves."""
    run = gradient_flow(
        case.objective(delay), *case.start, case.stop, rtol=1e-9, digits=_DIGITS, max_steps=300, certify=True
    )
    # No proof, no agreement: a ball that holds everything decides nothing.
    time = run.enclosure if isinstance(run, CertifiedRun) and run.enclosure is not None else arb(0, 1)
    off = abs(arb(integrated(case, delay)) / time - 1)
    name = f"{case.name}, T = {delay}: integrated time within 1e-6 of the proved one"
    return about_code(BallInequality(name, off, arb(1e-6)))


def agreement(case: Case, delays: Sequence[int], start: Case | None = None, factor: float = 1.0) -> Finding:
    """The reduction, times `factor`, against flows from it or from `start`, within four times its estimate."""
    parts = []
    for T in delays:
        found = reduced(case, T)
        ratio = factor * float(found.event_time) / integrated(start or case, T)
        parts.append(within(f"T = {T}: reduced/integrated", 1.0, ratio, _ALLOWED * found.error, ESTIMATED))
    return Every(f"{(start or case).name}: the reduction against flows", tuple(parts))


def limit(case: Case, factor: float = 1.0, other: Callable[[int], Any] | None = None) -> Measured:
    """The reduction over the law times `factor`, far from short delays; `other` is a rival law."""
    claimed = other(LIMIT_AT) if other else law(case, LIMIT_AT)
    ratio = float(reduced(case, LIMIT_AT).event_time / claimed) / factor
    name = f"{case.name}: time over the law at T = {LIMIT_AT}"
    return within(name, 1.0, ratio, TAIL, "tail of the reduction")


def exponents(
    case: Case, exponent: float, power: float, delays: Sequence[int] = FAR
) -> tuple[Measured, Measured]:
    """Exponent and power of omega from the reduction's ladder."""
    logs = [float(mpmath.log(reduced(case, T).event_time)) for T in delays]
    what = "ln tau in T, ln T and powers of 1/T"
    first, second = (
        coefficient(f"{case.name}: {name}", value, series(delays, 3), logs, column, what)
        for column, (name, value) in enumerate((("exponent", exponent), ("power of omega", power)))
    )
    return first, second


def approach(case: Case, claimed: float, ratio: Callable[[Any], float], what: str) -> Measured:
    """The limit of a ratio of integrated times: what is left out is of the order ``T^2 e^(-T/2)`` and its square."""
    values = [ratio(T) for T in CLOSE]
    corrections = [float(T) ** 2 * math.exp(-float(T) / 2) for T in CLOSE]
    models = [[[1.0, x] for x in corrections], [[1.0, x, x**2] for x in corrections]]
    bounds = covering([left_out(rows, values) for rows in models])
    return Measured(
        f"{case.name}: {what}",
        claimed,
        bounds,
        len(values),
        origin="range over two fits with any one point left out",
        fitted="the ratio in 1, T^2 e^(-T/2) and its square",
    )


def rows(
    case: Case, setting: Setting, at: Case | None = None, delays: Sequence[int] = DIRECT
) -> list[tuple[Any, ...]]:
    """Rows of a table: case, delay, time, time over the law, route; `at` is where a start comes down."""
    found: list[tuple[Any, ...]] = []
    for T in delays[-2:] if setting.quick else delays:
        time = integrated(case, T)
        found.append((case.name, T, time, time / float(law(at or case, T)), "integrated"))
    for T in FAR[::3] if at is None else ():
        far = reduced(case, T).event_time
        found.append((case.name, T, mpmath.nstr(far, 8), float(far / law(case, T)), "slow manifold"))
    return found


#: Heads of that table.
HEADS: Final = ("start", "T", "tau", "tau over the law", "by")
