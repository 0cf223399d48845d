"""How many exponentials are needed, and how many are enough, for an error in the maximum norm on an interval.

The least error falls as terms are added, so numbers of terms are tried as their bounds let expect, then by bisection
(`least_error`). Both sides are proofs (`proof`): those that are needed, for all sums of exponentials with real rates,
and those that are enough, by a sum. For completely monotone kernels they meet, unless the error asked for is that of a
best sum to many digits. For other kernels the lower side is what `signs` and `lower_bounds.sampled_hankel` say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import mpmath
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.lower_bounds.sampled_hankel import sampled_bounds
from memcurse.numerics.approximation.sums import ExponentialFit
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, to_mpf, validate_digits
from memcurse.numerics.time_limit import TimeLimitError
from memcurse.numerics.time_limit import time_limit as limited_time
from memcurse.theory.exact import exact_integer, exact_positive
from memcurse.theory.targets.target import ExponentialSum, Target

from .best_fit import MAX_WIDTH, bits_for_terms, proved_fit
from .kernel import IntervalKernel, interval_kernel
from .least_error import Trial, compared, error_of_sum
from .signs import sign_bounds

_BITS = 192
#: Numbers of terms, one after the other, without a sum whose error alternates: then the search is over.
_PATIENCE = 2
_FIT, _EXACT = "best fit", "the target's own terms"

Tell = Callable[[str], None]


class NoSumError(ArithmeticError):
    """No sum is found whose error alternates as it must.

    Attributes
    ----------
    needed : int
        So many terms are needed, proved.
    """

    def __init__(self, message: str, needed: int) -> None:
        super().__init__(message)
        self.needed = needed

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.needed)


@dataclass(frozen=True, repr=False)
class SupWidth(ExponentialFit):
    """How many terms an error in the maximum norm on an interval takes: needed and enough, both proved.

    Attributes
    ----------
    a, w : tuple of mpmath.mpf, length m
        Amplitudes and rates (1/time) of a sum of the fewest terms found: exact binary numbers.
    error_enclosure : arb
        Ball of the largest distance of the sum from the target on the interval.
    error : sympy.Expr
        The distance that was asked for.
    met : bool
        Whether the ball is certainly at most `error`: then m terms are enough.
    needed : int
        So many terms are needed, proved: no sum of fewer exponentials with real rates and amplitudes is within `error`.
    trials : tuple of (m, lower, upper)
        What was proved of the least error of m terms, balls or None.
    interval : tuple of sympy.Expr
        The two ends, exact; the second may be ``oo``.
    alternation, residuals : tuple of mpmath.mpf, length 2m + 1
        Times at which the error is largest with alternating signs, and target minus sum there; empty for the target's
        own terms.
    method, message : str
        Where the sum comes from; what is proved, and what is not.
    """

    a: tuple[mpmath.mpf, ...]
    w: tuple[mpmath.mpf, ...]
    error_enclosure: arb
    error: sp.Expr
    met: bool
    needed: int
    trials: tuple[tuple[int, arb | None, arb | None], ...]
    interval: tuple[sp.Expr, sp.Expr]
    alternation: tuple[mpmath.mpf, ...]
    residuals: tuple[mpmath.mpf, ...]
    method: str
    message: str
    digits: int
    norm: str = "sup"

    _told: ClassVar[tuple[str, ...]] = ("m",)


def sup_width(
    target: Target | str | sp.Expr,
    error: Any,
    interval: Any = None,
    *,
    digits: int = 15,
    budget: int = MAX_WIDTH,
    time_limit: Any = None,
    progress: Tell | None = None,
) -> SupWidth:
    """Terms needed and terms enough for an error in the maximum norm; as `certified_width` with ``norm="sup"``.

    Raises
    ------
    TypeError, ValueError
        For input out of range, or a kernel that is not finite on the interval.
    NoSumError
        If no sum is found whose error alternates; its `needed` is the number of terms needed.
    TimeLimitError
        If the time is over before a sum is found; its `best` is the number of terms needed.
    """
    kernel, tolerance = interval_kernel(target, interval), exact_positive("error", error)
    digits, own = validate_digits(digits), _own_terms(target)
    terms = min(exact_integer("budget", budget, 1), MAX_WIDTH)
    limit = terms if own is None else min(terms, len(own) - 1)
    search = _Search(kernel, tolerance, limit, progress)
    with limited_time(time_limit):
        try:
            search.run()
        except TimeLimitError:
            search.stopped = "the time is over"
    if search.enough is None and own is not None and len(own) <= terms:
        return _own_width(kernel, own, search, digits)
    best = search.enough or search.nearest()
    if best is None:
        _refuse(kernel, search)
    return _width(kernel, best, search, digits)


def sup_least_width(target: Target | str | sp.Expr, error: Any, interval: Any = None) -> int:
    """Terms certainly needed, as `least_width` with ``norm="sup"``: for sums with real rates. Rigour: proved."""
    kernel, tolerance = interval_kernel(target, interval), exact_positive("error", error)
    own = _own_terms(target)
    search = _Search(kernel, tolerance, MAX_WIDTH if own is None else min(MAX_WIDTH, len(own) - 1), None)
    search.run()
    return search.needed


class _Search:
    """Numbers of terms that are tried, and what is proved so far."""

    def __init__(self, kernel: IntervalKernel, error: sp.Expr, limit: int, tell: Tell | None) -> None:
        self.kernel, self.error, self.limit = kernel, error, limit
        self.tell = tell
        self.trials: dict[int, Trial] = {}
        self.needed, self.enough, self.stopped = 0, None, ""  # type: int, Trial | None, str

    def run(self) -> None:
        """Try numbers of terms until the two sides meet, or nothing is left to try."""
        self._bounded_by(sign_bounds)
        if not self.kernel.monotone:
            self._bounded_by(_samples)
        while (m := self._next()) is not None:
            self._try(m)
        if self.kernel.monotone and self.enough is None and self._failed():
            self._bounded_by(_samples)

    def _bounded_by(self, bounds: Callable[[IntervalKernel], list[arb]]) -> None:
        with ball_precision(_BITS):
            distance = constant_ball(self.error)
            self.needed = max(self.needed, sum(1 for bound in bounds(self.kernel) if bound > distance))

    def _next(self) -> int | None:
        """What the bounds so far let expect, at most doubled; once one is enough, the middle of what is left."""
        first = max(self.needed, 1)
        if self.enough is None:
            if self._failed() >= _PATIENCE or first > self.limit:
                return None
            wanted = min(self.limit, max(first, min(2 * (first - 1), self._expected())))
            left = [m for m in range(first, self.limit + 1) if m not in self.trials]
            return min(left, key=lambda m: (abs(m - wanted), -m), default=None)
        left = [m for m in range(first, self.enough.m) if m not in self.trials]
        return left[len(left) // 2] if left else None

    def _expected(self) -> int:
        """Terms that are enough if the lower bounds go on to fall by the factor of the last two."""
        known = [(m, float(x.log())) for m, x, _ in self.told() if x is not None]
        if len(known) < 2:
            return self.limit
        (m, high), (n, low) = known[-2:]
        slope = (high - low) / (n - m)
        with ball_precision(_BITS):
            beyond = low - float(constant_ball(self.error).log())
        return n + math.ceil(beyond / slope) if slope > 0 else self.limit

    def _failed(self) -> int:
        return sum(1 for trial in self.trials.values() if trial.at is None)

    def _try(self, m: int) -> None:
        trial = compared(self.kernel, m, self.error)
        self.trials[m] = trial
        with ball_precision(bits_for_terms(m, _BITS)):
            if trial.too_few(self.error):
                self.needed = max(self.needed, m + 1)
                says = "too few"
            elif trial.enough(self.error):
                self.enough, says = trial, "enough"
            else:
                says = "undecided" if trial.at is not None else "no sum found whose error alternates"
        if self.tell is not None:
            self.tell(f"{m} {'term' if m == 1 else 'terms'}: {says}")

    def nearest(self) -> Trial | None:
        """The widest sum that was found."""
        found = [trial for trial in self.trials.values() if trial.at is not None]
        return max(found, key=lambda trial: trial.m, default=None)

    def told(self) -> tuple[tuple[int, arb | None, arb | None], ...]:
        """The trials in order."""
        return tuple((m, trial.lower, trial.upper) for m, trial in sorted(self.trials.items()))


def _samples(kernel: IntervalKernel) -> list[arb]:
    best: list[arb] = []
    for bounds in sampled_bounds(kernel):
        best += [arb(0)] * (len(bounds) - len(best))
        best = [x.max(y) for x, y in zip(best, bounds + [arb(0)] * (len(best) - len(bounds)), strict=True)]
    return best


# --- results --------------------------------------------------------------------------------------------------------


def _width(kernel: IntervalKernel, best: Trial, search: _Search, digits: int) -> SupWidth:
    """The best sum of so many terms where it is proved, else the one that decided."""
    at, met = best.at, best is search.enough
    if at is None:
        raise ArithmeticError(f"`target` must have a sum of {best.m} terms; got none for {kernel.expression}")
    fit = proved_fit(kernel, best.m, digits, at)
    with ball_precision(bits_for_terms(best.m, _BITS)):
        if fit is not None and (not met or fit.error_enclosure <= constant_ball(search.error)):
            a, w, ball = fit.a, fit.w, fit.error_enclosure
            times, values = fit.alternation, fit.residuals
        else:
            found = error_of_sum(at)
            if found is None:
                raise ArithmeticError(f"`digits` must allow a proof of the error; got {digits}")
            ball, times, values = found, tuple(map(to_mpf, at.times)), tuple(map(to_mpf, at.values))
            a, w = tuple(map(to_mpf, at.e.a)), tuple(map(to_mpf, at.e.w))
        met = met and bool(ball <= constant_ball(search.error))
    return _assembled(kernel, search, _FIT, digits, (a, w), ball, met, (times, values))


def _assembled(
    kernel: IntervalKernel,
    search: _Search,
    method: str,
    digits: int,
    terms: tuple[tuple[mpmath.mpf, ...], tuple[mpmath.mpf, ...]],
    ball: arb,
    met: bool,
    extrema: tuple[tuple[mpmath.mpf, ...], tuple[mpmath.mpf, ...]],
) -> SupWidth:
    """A sum with amplitudes and rates `terms`, an enclosed error, and the times and values where that is largest."""
    (a, w), (times, values) = terms, extrema
    return SupWidth(
        a=a,
        w=w,
        error_enclosure=ball,
        error=search.error,
        met=met,
        needed=search.needed,
        trials=search.told(),
        interval=(kernel.start, kernel.end),
        alternation=times,
        residuals=values,
        method=method,
        message=_message(len(a), met, search, method),
        digits=digits,
    )


def _message(m: int, met: bool, search: _Search, method: str) -> str:
    ends = f"; {search.stopped}" if search.stopped else ""
    if not met:
        return (
            f"the error asked for was not met: {_terms(search.needed)} needed, proved, and no sum of up to "
            f"{search.limit} terms was found that is enough{ends}"
        )
    said = f"{_terms(m)} enough, proved ({method})"
    if search.needed >= m:
        return f"{said}; fewer are not, proved"
    if search.needed == 0 and m == 1:
        return f"{said}; that one is needed is not"
    return f"{said}; fewer than {search.needed} are not, proved; about those between nothing is shown{ends}"


def _terms(m: int) -> str:
    return "1 term is" if m == 1 else f"{m} terms are"


def _refuse(kernel: IntervalKernel, search: _Search) -> NoReturn:
    said = f"at least {_terms(search.needed)} needed, proved"
    if search.stopped:
        raise TimeLimitError(f"`time_limit` must be longer for a sum; {said}", search.needed)
    raise NoSumError(
        f"`target` must have sums of up to {search.limit} terms whose error alternates on `interval`; none was "
        f"found for {kernel.expression}; {said}",
        search.needed,
    )


# --- the target's own terms -----------------------------------------------------------------------------------------


def _own_terms(target: Any) -> list[tuple[sp.Expr, sp.Expr]] | None:
    if not isinstance(target, ExponentialSum):
        return None
    return sorted((w, a) for a, w in zip(target.a, target.w, strict=True) if a != 0)


def _own_width(
    kernel: IntervalKernel, own: list[tuple[sp.Expr, sp.Expr]], search: _Search, digits: int
) -> SupWidth:
    """The target itself, its numbers rounded: by at most the error that this makes at any time."""
    with ball_precision(bits_for_terms(len(own), 4 * digits + _BITS)):
        pairs = [(constant_ball(a), constant_ball(w)) for w, a in own]
        a, w = (tuple(to_mpf(pair[i].mid()) for pair in pairs) for i in (0, 1))
        slack = arb(0)
        for p, q in pairs:
            # |a - a'| + |a'| max_t |e^{-wt} - e^{-w't}|, and t e^{-vt} <= 1 / (e v).
            slack += abs(p - p.mid()) + abs(p) * abs(q - q.mid()) / q
        ball = arb(0) if slack.is_zero() else arb(0).union(arb(slack.upper()))
        met = bool(ball <= constant_ball(search.error))
    return _assembled(kernel, search, _EXACT, digits, (a, w), ball, met, ((), ()))
