"""What theorem 5.1 and remark C.3 share: starts, escape times from several routes, findings about them, constants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import numpy as np
import sympy as sp
from flint import acb_mat, arb, fmpq
from scipy.integrate import solve_ivp

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.flow.certified.enclosed_flow import EnclosedFlow
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.numerics.flow.engine.state import DISPLACEMENT
from memcurse.numerics.flow.events import Displacement, LossDrop, validate_event
from memcurse.numerics.flow.gradient_flow import climb, gradient_flow, levels_for
from memcurse.numerics.flow.problem import make_problem
from memcurse.numerics.flow.run import make_run
from memcurse.numerics.objective.objective import Objective
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau._memory import (
    ONE_TERM,
    TWO_TERMS,
    memory_target,
)
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import Agreement, Came, Every, Identities
from memcurse.proofs_checks.evidence.intervals import Interval, exact_fraction
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.theory.notation import amplitudes, rates, t
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.plateau.delayed_part import (
    FatTailTemplate,
    delta_constant,
    gradient_constant,
    hessian_constants,
)
from memcurse.theory.targets.kernels import ExpressionTarget
from memcurse.theory.targets.target import ExponentialSum

#: Relative tolerances of the two runs of a route, and the digits that a time claims for each: the tolerance bounds
#: local errors, and three digits are left for their sum.
TOLERANCES: Final = ("1e-7", "1e-10")
CLAIMED: Final = (4, 7)
#: Stages of the two Radau IIA methods, of orders 9 and 13.
_STAGES: Final = (5, 7)
#: Up to this delay an integrator of another family confirms the time.
_OTHER_FAMILY: Final = 8
#: Relative radius of proved times: below what the integrators claim.
_WIDTH: Final = 1e-9
#: Digits of certified flows to begin with, and more for each digit of the time: errors grow with it along the valley,
#: and for a drop of the loss, which comes later, off it too.
_DIGITS: Final = {Displacement: (20, 1.4), LossDrop: (22, 2.0)}
#: Steps of a certified flow before its event counts as not proved: twice what the longest needs.
_MOST_STEPS: Final = 300


@dataclass(frozen=True)
class Start:
    """A start of the gradient flow for a short part with these terms, and the template beside it."""

    terms: tuple[Any, ...]
    a: tuple[sp.Rational, ...]
    w: tuple[sp.Rational, ...]
    fat: bool = False
    width: sp.Expr = sp.S.One
    height: sp.Expr = sp.S.One

    def objective(self, delay: int) -> Any:
        """The loss at this delay."""

        short = ExponentialSum(*self.terms)
        if self.fat:
            return Objective(short + ExpressionTarget(FatTailTemplate().expression(t - delay)))
        return Objective(memory_target(short, delay, self.width, self.height))

    @property
    def rate(self) -> sp.Rational:
        """The smallest rate: the c of the bounds."""
        return min(self.w)

    @property
    def text(self) -> str:
        """The start, to reproduce it."""
        return f"a = ({', '.join(map(str, self.a))}), w = ({', '.join(map(str, self.w))})"


def _start(terms: tuple[Any, ...], a: str, w: str, fat: bool = False) -> Start:
    numbers = [tuple(sp.Rational(x) for x in text.split()) for text in (a, w)]
    return Start(terms, numbers[0], numbers[1], fat)


PAIR: Final = _start(ONE_TERM, "7/10 3/10", "1 1")
TRIPLE: Final = _start(ONE_TERM, "1/2 3/10 1/5", "1 1 1")
SIGNED: Final = _start(TWO_TERMS, "1 1/2 -1/2", "1 1 5/2")
ELSEWHERE: Final = _start(ONE_TERM, "1 1", "1 1")
FAT: Final = _start(ONE_TERM, "7/10 3/10", "1 1", fat=True)
SINGLE: Final = _start(ONE_TERM, "1", "1")
SYMMETRIC: Final = _start(ONE_TERM, "1/2 1/2", "1 1")


#: A bump of the other sign, so that b Q > 0: the line of critical points that the flow comes to is stable here.
OPPOSITE: Final = replace(
    _start(((1,), (sp.Rational(3, 5),)), "3/10 7/10", "3/5 3/5"),
    width=sp.Rational(1, 2),
    height=sp.Integer(-1),
)


def starts(setting: Setting) -> tuple[Start, ...]:
    """Starts that represent their short part: two and three terms of one sign, and of both."""
    return (PAIR, TRIPLE) if setting.quick else (PAIR, TRIPLE, SIGNED)


@lru_cache(maxsize=256)
def _radau_time(start: Start, delay: int, stop: Any, stages: int, rtol: str) -> float | None:

    problem = make_problem(start.objective(delay), start.a, start.w, stop, 1e100, float(rtol), 100_000)
    time = make_run(problem, climb(problem, levels_for(problem), stages, False), stages, False).event_time
    return None if time is None else float(time)


#: A flow that has not escaped by then has come to rest, or is said to be open.
REST: Final = 200.0
#: ``(distance from the start, amplitudes, rates)`` where a flow is at the time `REST`.
End = tuple[float, tuple[float, ...], tuple[float, ...]]


def ends(start: Start, delay: int, delta: Fraction) -> dict[str, list[End]]:
    """Where the flow is at the time `REST` by two integrators at both tolerances; less where it has moved by delta."""
    first = np.array([float(x) for x in (*start.a, *start.w)])
    J, m = start.objective(delay), len(start.a)
    found: dict[str, list[End]] = {"memcurse": [], "LSODA": []}
    for rtol in TOLERANCES:
        problem = make_problem(J, start.a, start.w, Displacement(delta), REST, float(rtol), 100_000)
        run = make_run(problem, climb(problem, levels_for(problem), _STAGES[1], False), _STAGES[1], False)
        # "until" may be said before `REST`, once what is left of the gradient cannot bring the event by then.
        if run.status == "until":
            found["memcurse"].append(_end(first, np.concatenate([run.a[-1], run.w[-1]]).astype(float)))
        other = solve_ivp(
            lambda time, theta: -J.gradient(theta[:m], theta[m:]),
            (0.0, REST),
            first,
            method="LSODA",
            rtol=float(rtol),
            atol=float(rtol) * 1e-3,
        )
        if other.status == 0:
            found["LSODA"].append(_end(first, other.y[:, -1]))
    return found


def _end(first: Any, theta: Any) -> End:
    m = len(first) // 2
    return float(np.linalg.norm(theta - first)), tuple(theta[:m].tolist()), tuple(theta[m:].tolist())


@lru_cache(maxsize=64)
def _multistep_time(start: Start, delay: int, stop: Any, rtol: str) -> float | None:
    """The event with SciPy's multistep method of variable order."""

    J, m = start.objective(delay), len(start.a)
    first = np.array([float(x) for x in (*start.a, *start.w)])
    loss = float(J.loss(first[:m], first[m:]))
    kind, threshold = validate_event(stop, loss)

    def excess(time: float, theta: Any) -> float:
        if kind == DISPLACEMENT:
            return float(np.linalg.norm(theta - first)) - threshold
        return loss - float(J.loss(theta[:m], theta[m:])) - threshold

    excess.terminal = True  # type: ignore[attr-defined]
    run = solve_ivp(
        lambda time, theta: -J.gradient(theta[:m], theta[m:]),
        (0.0, 1e5),
        first,
        method="LSODA",
        events=excess,
        rtol=float(rtol),
        atol=float(rtol) * 1e-3,
    )
    return float(run.t[-1]) if run.status == 1 else None


def escape_time(start: Start, delay: int, stop: Any) -> Agreement | None:
    """The time of an event from two orders, and another family of methods where it can; None if it never came."""
    routes = {
        f"order {2 * stages - 1}": tuple(_radau_time(start, delay, stop, stages, rtol) for rtol in TOLERANCES)
        for stages in _STAGES
    }
    if delay <= _OTHER_FAMILY and not start.fat:
        routes["LSODA"] = tuple(_multistep_time(start, delay, stop, rtol) for rtol in TOLERANCES)
    found = {
        route: (low, high) for route, (low, high) in routes.items() if low is not None and high is not None
    }
    if len(found) < len(routes):
        return None
    return Agreement(f"{start.text}, T = {delay}, {stop}", found, CLAIMED)


def time_interval(time: Agreement) -> Interval:
    """All that the routes claim at the higher precision."""
    values = [exact_fraction("time", high) for _, high in time.routes.values()]
    claim = max(values) / 10 ** CLAIMED[1]
    return Interval(min(values) - claim, max(values) + claim, is_ball=False)


@lru_cache(maxsize=64)
def _proved_flows(start: Start, delay: int) -> list[EnclosedFlow]:
    """The flows from this start that were followed with proof; a longer one knows the times of earlier events."""
    return []


def proved_time(start: Start, delay: int, stop: Any) -> arb | None:
    """A ball that holds the time of the event, by a certified flow; None where no time was proved."""
    flows = _proved_flows(start, delay)
    for flow in flows:
        if (time := flow.time_of(stop)) is not None:
            return time
    # Only how many digits to begin with is taken from the integrator; too few are noticed, and raised.
    expected = escape_time(start, delay, stop)
    latest = 1.0 if expected is None else max(float(high) for _, high in expected.routes.values())
    few, more = _DIGITS[type(stop)]
    digits = few + math.ceil(more * math.ceil(math.log10(max(latest, 1.0))))
    run = gradient_flow(
        start.objective(delay),
        start.a,
        start.w,
        stop,
        rtol=_WIDTH,
        max_steps=_MOST_STEPS,
        digits=digits,
        certify=True,
    )
    if isinstance(run, CertifiedRun) and run.proof is not None:
        flows.append(run.proof)
        return run.enclosure
    return None


def computed_times(asked: Sequence[tuple[Start, int, Any]]) -> tuple[Finding, ...]:
    """About the code: the integrators find the event, at times that agree with the proved ones."""
    found = []
    for start, delay, stop in asked:
        time, proof = escape_time(start, delay, stop), proved_time(start, delay, stop)
        if time is not None and proof is not None:
            found.append(about_code(replace(time, routes={**time.routes, "proof": (proof, proof)})))
    came = Came("events that the integrators find", len(found), len(asked), about="code")
    return (came, Every("integrated times against proved ones", found)) if found else (came,)


def proved_bound(start: Start, delay: int, delta: Fraction, envelope: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """``omega delta' e^(c/omega) / (2 e (sqrt(m) C_0 + (|a| + delta') C_1))``, ``delta' = min(delta, omega)``."""
    nearer = min(sp.Rational(delta.numerator, delta.denominator), sp.Rational(1, delay))
    c, m = start.rate, len(start.a)
    norm = sp.sqrt(sum((x**2 for x in start.a), sp.S.Zero))
    zeroth, first = (delta_constant(n, *envelope, c) for n in (0, 1))
    constant = 2 * sp.E * (sp.sqrt(m) * zeroth + (norm + nearer) * first)
    return nearer * sp.exp(c * delay) / (delay * constant)


def largest_drop(start: Start, delay: int, envelope: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """What the loss can have dropped by at most within the distance omega of the start."""
    nearer = sp.Rational(1, delay)
    return nearer**2 / proved_bound(start, delay, Fraction(1, delay), envelope)


def recalled_bound(start: Start, delay: int, delta: Fraction, envelope: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """``omega^2 e^(c/omega) min(delta/sqrt(m), ln(1 + delta)) / C``, C the larger constant of C.2 and C.3."""
    gap = sp.Rational(delta.numerator, delta.denominator)
    constant = sp.Max(
        gradient_constant(start.a, start.w, envelope), *hessian_constants(start.a, start.w, envelope)
    )
    least = sp.Min(gap / sp.sqrt(len(start.a)), sp.log(1 + gap))
    return least * sp.exp(start.rate * delay) / (delay**2 * constant)


def linearised_bound(start: Start, delay: int, delta: Fraction, digits: int, curvature: int = 1) -> Any:
    """``ln(1 + |lambda| delta/|g|)/|lambda|`` as a ball, lambda the smallest eigenvalue of the Hessian, g the gradient.

    The controls take the eigenvalue with the wrong sign (`curvature` -1) or forget it (0).
    """

    # Small eigenvalues are what is left when order one cancels, so their size comes on top of the digits.
    working = digits + 2 * delay
    enclosure = start.objective(delay).enclose(start.a, start.w, working)
    with precision(working):
        slope = sum((x * x for x in enclosure.gradient.entries()), arb(0)).sqrt()
        smallest = arb("inf")
        for value in acb_mat(enclosure.hessian).eig():
            smallest = smallest.min(value.real)
        reach = arb(fmpq(delta.numerator, delta.denominator)) / slope
        if curvature == 0:
            return reach
        rate = -curvature * smallest
        return (1 + rate * reach).log() / rate


def loss_drop(start: Start, a: Sequence[sp.Expr], w: Sequence[sp.Expr], delay: int, digits: int) -> Any:
    """``J(theta_0) - J(a, w)`` as a ball."""

    J = start.objective(delay)
    with precision(digits + delay):
        return J.enclose(start.a, start.w, digits + delay).loss - J.enclose(a, w, digits + delay).loss


def nearby(start: Start, T: int, rng: Any) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """A point within omega of the start: a random corner direction, scaled to at most that length."""
    m = len(start.a)
    steps = [sp.Rational(rng.randint(-100, 100), 100 * T * 2 * m) for _ in range(2 * m)]
    theta = [x + step for x, step in zip((*start.a, *start.w), steps, strict=True)]
    return theta[:m], theta[m:]


def downhill(start: Start, T: int, digits: int) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """A point down the gradient: a step of a quarter of it, or of omega/2 if that is shorter."""
    gradient = start.objective(T).enclose(start.a, start.w, digits).gradient.entries()
    values, m = [Fraction(float(x.mid())) for x in gradient], len(start.a)
    norm = Fraction(float(sum(x * x for x in values)) ** 0.5)
    factor = min(Fraction(1, 4), 1 / (2 * T * norm))
    steps = [sp.Rational(-(factor * x).numerator, (factor * x).denominator) for x in values]
    theta = [x + step for x, step in zip((*start.a, *start.w), steps, strict=True)]
    return theta[:m], theta[m:]


def split_identity() -> Finding:
    """Step 1 at m = 2: the model's inner products with the short part and with itself make a squared distance."""
    a, w, b, v = amplitudes(2), rates(2), sp.Symbol("b", real=True), sp.Symbol("v", positive=True)
    delayed, N = closed_forms.Moment, closed_forms.squared_norm

    def moment(k: int, x: sp.Expr) -> sp.Expr:
        return sp.factorial(k) * b / (x + v) ** (k + 1) + delayed(sp.Integer(k), x)

    norm = b**2 / (2 * v) + 2 * b * delayed(sp.Integer(0), v) + N
    at_start = closed_forms.loss((a[0], b - a[0]), (v, v), moment, norm)
    model, speeds = (*a, -b), (*w, v)
    inner = sp.Add(*(x * delayed(sp.Integer(0), y) for x, y in zip(model, speeds, strict=True)))
    distance = sp.Add(*(model[i] * model[j] / (speeds[i] + speeds[j]) for i in range(3) for j in range(3)))
    drop = at_start - closed_forms.loss(a, w, moment, norm)
    return Identities(
        "J(theta_0) = |delayed|^2 and J(theta_0) - J = 2 <model - short, delayed> - |model - short|^2",
        ((at_start, N), (drop, 2 * inner - distance)),
    )
