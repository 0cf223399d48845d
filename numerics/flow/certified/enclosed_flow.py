"""Gradient flows with proof: a computed path, a tube around it that holds the true flow, and the time of the event.

The path is made step by step (`path`), and each step proved as it stands (`tube`); what is proved is about every flow
that starts in the ball of starts. More digits are taken, from the start, when the tube grows too wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

from flint import arb
from tqdm import tqdm

from memcurse.numerics.arguments import constant_ball, exact_parameters
from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for
from memcurse.numerics.flow.events import Event
from memcurse.numerics.flow.run import Status
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.time_limit import TimeLimitError, check_time

from .basin import Basin, basin_around, never
from .gradient_system import GradientSystem, norm_of
from .happening import Watch
from .natural_system import NaturalSystem
from .natural_tube import enclose_natural_step
from .path import Path, collocate, degree_for
from .tube import Failure, Tube, enclose_step

#: Digits to begin with, their growth when a tube is too wide, and the most that are tried.
FIRST_DIGITS, MORE, MOST_DIGITS = 30, 1.5, 400
#: The share of the digits to which a step's polynomial converges; the rest is for round-off over long times.
_CONVERGED = 0.7
#: Growth of the step, where flows part and where they do not (up to this growth of errors along it); its shrinking.
_GROW, _GROW_FAST, _CALM, _SHRINK = 3.0, 6.0, 0.5, 0.3
#: How far above the accuracy the last coefficients of a step may be.
_SLACK = 10.0
#: The growth of errors along a step that is tried where Newton's method failed on a longer one, and its least share.
_NEXT_STRETCH, _LEAST_SHARE = 0.5, 0.1
#: The last coefficient goes with this power of the step, as a share of the degree (measured near escapes).
_POWER = 1.2
_RETRIES = 40
#: Growth of the errors over a step for boxes of starts: its bound holds for all of a step, so short ones are sharper.
_STRETCH = 0.2
#: First step of a natural flow, which relaxes at rate 1.
_FIRST_NATURAL = 0.125


@dataclass(frozen=True)
class EnclosedFlow:
    """What was proved, and the steps by which.

    Attributes
    ----------
    status : str
        "reached", "until", "unreachable", "budget", "interrupted", or "undecided".
    enclosure : arb or None
        Holds the time at which the event comes first, for every start of the box; only with "reached".
    reason : str
        With "undecided": why, and where.
    paths, tubes : lists
        The steps.
    basin : Basin or None
        With "unreachable": where the flow ends.
    digits : int
        Decimal digits carried.
    rejected : int
        Steps given up.
    watch : Watch
        The event, and the box of starts.
    """

    status: Status
    enclosure: arb | None
    reason: str
    paths: list[Path]
    tubes: list[Tube]
    basin: Basin | None
    digits: int
    rejected: int
    watch: Watch

    def time_of(self, stop: Event) -> arb | None:
        """A ball around the first time of another event; None if it does not certainly come within these steps."""
        with ball_precision(bits_for(self.digits) + GUARD_BITS):
            watch = Watch(self.watch.system, stop, self.watch.start, self.watch.spread)
            times = (watch.look(path, tube) for path, tube in zip(self.paths, self.tubes, strict=True))
            return next((time for time in times if time is not None), None)

    def losses(self) -> list[arb]:
        """Balls around the loss at the ends of the steps, for every flow that starts in the box."""
        with ball_precision(bits_for(self.digits) + GUARD_BITS):
            steps = zip(self.paths, self.tubes, strict=True)
            ends = [self.watch.loss_near(path.point(arb(1)), tube.radius) for path, tube in steps]
            return [self.watch.loss, *ends]


def enclose_flow(
    objective: Objective,
    a0: Any,
    w0: Any,
    stop: Event,
    until: Any,
    rtol: float,
    digits: int | None,
    max_steps: int,
    progress: bool = False,
    damping: Any = None,
) -> EnclosedFlow:
    """Follow every flow that starts in the box ``(a0, w0)``, raising the digits until the tube is thin enough.

    With a `damping`, also one of 0, the natural flow; else the gradient flow.

    Raises
    ------
    TimeLimitError
        If a limit set by the caller is over before the first step; later it ends the flow with the status "budget".

    Notes
    -----
    Rigour: proof; the argument stands in the head of `tube`.
    """
    carried, flow = digits or FIRST_DIGITS, None
    while True:
        with ball_precision(bits_for(carried) + GUARD_BITS):
            try:
                walk = _Walk(objective, a0, w0, stop, until, carried, max_steps, progress, damping)
            except TimeLimitError:
                if flow is None:
                    raise
                return replace(flow, status="budget", enclosure=None, reason="`time_limit` is over")
            flow = walk.run()
            wide = flow.enclosure is not None and not _narrow(flow.enclosure, rtol)
        more = int(carried * MORE)
        if not (walk.wants_digits or (wide and walk.from_point)) or more > MOST_DIGITS:
            return flow
        carried = more


@dataclass(frozen=True)
class _Retry:
    """A step that was given up: the next length to try, why, whether only more digits can help, its last terms."""

    length: float
    reason: str
    digits: bool = False
    tail: float | None = None


def _narrow(time: arb, rtol: float) -> bool:
    return bool(time.rad() <= arb(rtol) * abs(time))


@dataclass
class _Walk:
    """One flow at one precision."""

    objective: Objective
    a0: Any
    w0: Any
    stop: Event
    until: Any
    digits: int
    max_steps: int
    progress: bool
    damping: Any
    wants_digits: bool = False
    rejected: int = 0
    paths: list[Path] = field(default_factory=list)
    tubes: list[Tube] = field(default_factory=list)

    def __post_init__(self) -> None:
        amplitudes, rates = exact_parameters(self.a0, self.w0)
        box = [constant_ball(x) for x in (*amplitudes, *rates)]
        self.from_point = not any(isinstance(x, arb) and not x.is_exact() for x in (*amplitudes, *rates))
        self.system = GradientSystem(self.objective, len(amplitudes))
        if self.damping is not None:
            self.system = NaturalSystem(self.objective, len(amplitudes), self.damping)
        self.point = [x.mid() for x in box]
        #: The point, before it was rounded to an exact one.
        self.place = self.point
        self.spread, self.stretched = norm_of([x.rad() for x in box]), arb(1)
        self.watch = Watch(self.system, self.stop, self.point, self.spread)
        self.radius = self.system.distance(self.point, self.spread)
        #: What the box of starts alone makes of it.
        self.wide = self.radius
        self.limit = constant_ball(self.until)
        self.time = arb(0)
        self.accuracy = 10.0 ** (-_CONVERGED * self.digits)
        self.degree = degree_for(self.accuracy)

    def run(self) -> EnclosedFlow:
        """To the end of the flow."""
        with tqdm(disable=None if self.progress else True, unit=" steps", leave=False) as bar:
            try:
                h = self._first_length()
                while len(self.paths) < self.max_steps:
                    outcome = self._step(h)
                    if isinstance(outcome, EnclosedFlow):
                        return outcome
                    bar.update()
                    h = self._next_length()
            except KeyboardInterrupt:
                return self._end("interrupted")
            except TimeLimitError:
                place = f"{len(self.paths)} steps, to time {float(self.time):.6g}, with {self.digits} digits"
                return self._end("budget", reason=f"`time_limit` is over; proved are {place}")
        return self._end("budget")

    def _end(
        self, status: Status, enclosure: arb | None = None, reason: str = "", basin: Basin | None = None
    ) -> EnclosedFlow:
        return EnclosedFlow(
            status,
            enclosure,
            reason,
            self.paths,
            self.tubes,
            basin,
            self.digits,
            self.rejected,
            self.watch,
        )

    def _undecided(self, reason: str) -> EnclosedFlow:
        place = f"after {len(self.paths)} steps, at time {float(self.time):.6g} with {self.digits} digits"
        return self._end("undecided", reason=f"{reason} ({place})")

    def _first_length(self) -> float:
        if self.damping is not None:
            return _FIRST_NATURAL
        curvature = norm_of([x for row in self.system.parts(self.point).hessian for x in row])
        return 1.0 / max(float(curvature), 1e-300)

    def _next_length(self) -> float:
        """The last step times its ratio to the one before, corrected by what it cut off.

        Towards an escape, as towards a singularity, steps shrink by one ratio.
        """
        taken = float(self.paths[-1].length)
        before = float(self.paths[-2].length) if len(self.paths) > 1 else taken / _GROW
        ratio = taken / before * self._cut_off_ratio(self.paths[-1].tail())
        most = _GROW_FAST if float(self.tubes[-1].growth) * taken < _CALM else _GROW
        return taken * min(most, max(_SHRINK, ratio))

    def _cut_off_ratio(self, tail: float, power: float | None = None) -> float:
        """The factor of the step at which its last coefficients have the size that is asked for."""
        return float((self.accuracy / max(tail, 1e-300)) ** (1.0 / (power or _POWER * self.degree)))

    def _shorter(self, h: float, tail: float, longer: tuple[float, float] | None) -> float:
        """A step whose last coefficients are small enough, from one that is too long, or from two."""
        power = None
        if longer is not None and longer[1] > tail:
            power = math.log(longer[1] / tail) / math.log(longer[0] / h)
        return h * max(_SHRINK, 0.95 * self._cut_off_ratio(tail, power))

    def _where_newton_may_work(self, h: float) -> float:
        """A part of a step on which Newton's method failed: as far as errors grow by little, as in the step before."""
        growth = float(self.tubes[-1].growth) if self.tubes else 0.0
        calm = _NEXT_STRETCH / growth if growth > 0 else h
        return min(h / 2, max(calm, _LEAST_SHARE * h))

    def _step(self, length: float) -> EnclosedFlow | None:
        """One proved step, at most of this length; a result if the flow ends with it."""
        h, why = length, ""
        longer: tuple[float, float] | None = None
        for _ in range(_RETRIES):
            found = self._attempt(h, longer)
            if isinstance(found, _Retry):
                self.rejected += 1
                longer = None if found.tail is None else (h, found.tail)
                if found.digits:
                    self.wants_digits = True
                    return self._undecided(found.reason)
                h, why = found.length, found.reason
                continue
            return self._accept(*found)
        if self._box_is_wide():
            why += f": the starts lie within {float(self.spread):.2g}; try a tenth of that"
        return self._undecided(why)

    def _attempt(self, h: float, longer: tuple[float, float] | None) -> tuple[Path, Tube] | _Retry:
        """A step of this length (less where the time limit comes), proved; or what to try instead.

        `longer` is the length and the last coefficients of a step that was too long before.
        """
        check_time()
        exact = arb(h)
        if self.time + exact > self.limit:
            exact = (self.limit - self.time).upper().mid()
        path = collocate(
            self.system,
            self.time,
            self.point,
            exact,
            self.degree,
            self.accuracy * 1e-3,
            _SLACK * self.accuracy,
        )
        if path is None:
            return _Retry(self._where_newton_may_work(h), "no step is short enough for Newton's method")
        tail = path.tail()
        if tail > _SLACK * self.accuracy:
            shorter = self._shorter(h, tail, longer)
            return _Retry(shorter, "no step is short enough for the path's polynomial to converge", tail=tail)
        tube = self._proved(path)
        if isinstance(tube, Failure):
            return _Retry(h * 0.6, tube.reason, tube.digits and not self._box_is_wide())
        stretch = float(tube.growth * path.length)
        if self._box_is_wide() and stretch > _STRETCH:
            shorter = float(exact) * max(_SHRINK, 0.8 * _STRETCH / stretch)
            return _Retry(shorter, "the box of starts stretches too fast")
        return path, tube

    def _box_is_wide(self) -> bool:
        """Whether most of the tube comes from the box of starts, so that digits do not help."""
        return not self.from_point and bool(2 * self.wide * self.stretched > self.radius)

    def _proved(self, path: Path) -> Tube | Failure:
        if isinstance(self.system, NaturalSystem):
            return enclose_natural_step(self.system, path, self.place, self.radius)
        jump = [x - y for x, y in zip(path.point(arb(-1)), self.place, strict=True)]
        return enclose_step(self.system, path, (self.radius + norm_of(jump)).upper())

    def _accept(self, path: Path, tube: Tube) -> EnclosedFlow | None:
        self.paths.append(path)
        self.tubes.append(tube)
        self.stretched = (self.stretched * (tube.growth * path.length).exp()).upper()
        end = (path.begin + path.length).mid()
        time, earliest = self.watch.look(path, tube), self.watch.earliest
        if earliest is not None and earliest > self.limit:
            return self._end("until")
        if time is not None:
            if time <= self.limit:
                return self._end("reached", time)
            return self._undecided(
                "the event and the time limit come so near that neither is certainly first"
            )
        if end >= self.limit and earliest is None:
            return self._end("until")
        if end >= self.limit:
            return self._undecided("the event may have come, but not certainly")
        self.place, self.radius, self.time = path.point(arb(1)), tube.distance, end
        self.point = [x.mid() for x in self.place]
        within = (tube.radius + norm_of([x.rad() for x in self.place])).upper()
        basin = basin_around(self.system, self.point, within)
        if basin is not None and self.watch.earliest is None and never(self.watch, basin):
            return self._end("unreachable", basin=basin)
        return None
