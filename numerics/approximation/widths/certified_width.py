r"""How many exponentials a memory needs: explicit sums with a certified distance from the target, as short as found.

The search (`width_ladder`) is float64; what it hands over is a list of exact binary numbers, whose distance from the
target is then enclosed by balls. So `Width.m` is an upper bound on the least width, with proof; that no shorter sum
comes as close is not proved. Where float64 ends, the trapezoid rule (`trapezoid`) takes over for the targets whose
measure it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, overload

import mpmath
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.sup.width import SupWidth, Tell, sup_width
from memcurse.numerics.arguments import FloatRangeError, constant_ball
from memcurse.numerics.arithmetic.balls import (
    certainly_less,
    mp_precision,
    precision,
    to_mpf,
    validate_digits,
)
from memcurse.theory.exact import exact_integer, exact_positive
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.target import ExponentialSum, Target

from .growing_sums import Rung, ladder, widths_up_to
from .late_sums import late_bump, rounded_terms, shortest_late_sum
from .mixing_measures import validate_measure
from .trapezoid import short_rule
from .width import Width, certified, message

#: Norms in which `certified_width` measures the error.
WIDTH_NORMS = ("l1", "l2", "sup")
DEFAULT_BUDGET, MAX_BUDGET = 100, 2000
#: Rungs without progress after which the float64 search is over.
_PATIENCE = 4
#: Relative error below which a rung that is not stationary is float64's last.
_FLOAT_FLOOR = 1e-7
#: Widest sums that are searched for: beyond them, fits take seconds each.
_WIDEST = {"l1": 200, "l2": 28}
#: How much a rung may miss the error and still be certified: float64 quadrature may be off by as much.
_DOUBT = 1e-4
_EXACT, _FIT, _RULE = "the target's own terms", "stationary fit", "trapezoid rule"
_LOCAL, _LATE = "least squares", "distinct rates near m/T"


@overload
def certified_width(
    target: Target | str,
    error: Any,
    norm: Literal["l1", "l2"] = "l1",
    *,
    digits: int = 15,
    budget: int = DEFAULT_BUDGET,
    measure: sp.Expr | None = None,
) -> Width: ...


@overload
def certified_width(
    target: Target | str,
    error: Any,
    norm: str,
    *,
    digits: int = 15,
    budget: int = DEFAULT_BUDGET,
    measure: sp.Expr | None = None,
    interval: Any = None,
    time_limit: Any = None,
    progress: Tell | None = None,
) -> Width | SupWidth: ...


def certified_width(
    target: Target | str,
    error: Any,
    norm: str = "l1",
    *,
    digits: int = 15,
    budget: int = DEFAULT_BUDGET,
    measure: sp.Expr | None = None,
    interval: Any = None,
    time_limit: Any = None,
    progress: Tell | None = None,
) -> Width | SupWidth:
    """The shortest exponential sum found whose certified distance from `target` is at most `error`.

    Parameters
    ----------
    target : Target or str
        A sum of power laws and exponentials, of either sign; one late bump, with or without exponentials, as in eq.
        (125); or any kernel with its `measure`. For "sup" any kernel, or a text such as "1/t", finite on `interval`.
    error : number
        Positive; for "l2" the norm, not its square.
    norm : {"l1", "l2", "sup"}
        Norm of the distance. "l1" needs ``omega > 0``; "sup" is the maximum on `interval`.
    digits : int
        Digits of `error_enclosure` aimed at, at least 15.
    budget : int
        Most terms to try; if they are not enough, the best sum found comes with ``met`` False. Beyond 200 terms only
        the trapezoid rule (in L1) and the target's own terms are tried, in L2 beyond 28.
    measure : sympy.Expr, optional
        ``mu`` in `notation.w` (or any one symbol) with ``target(t) = int_0^oo mu(w) e^(-w t) dw``, nonnegative.
    interval : pair of numbers, optional
        For "sup" only: the times ``A <= t <= B``, as for `best_fit`.
    time_limit : number, optional
        For "sup" only: seconds of wall time, after which the best so far is returned; ``message`` says so.
    progress : callable, optional
        For "sup" only: is told of each number of terms that was tried.

    Returns
    -------
    Width or SupWidth
        For "sup" a `SupWidth`, which also says how many terms are needed.

    Raises
    ------
    TypeError, ValueError
        For input out of range, an unknown norm, a target that is 0, not integrable, not known to be the transform of a
        measure, or not that of the measure given.
    ArithmeticError
        If the target is beyond all ways to find a sum.

    Notes
    -----
    Rigour: the distance of the sum returned is enclosed, and `met` is proved. That `m` is least is not, except in the
    maximum norm where ``needed == m``.
    """
    if norm == "sup":
        if measure is not None:
            raise ValueError(f"`measure` must be None for the norm 'sup'; got {measure}")
        options: Any = {"digits": digits, "time_limit": time_limit, "progress": progress}
        return sup_width(target, error, interval, budget=_validate_budget(budget), **options)
    if not isinstance(norm, str) or norm not in WIDTH_NORMS:
        raise ValueError(f"`norm` must be one of {', '.join(map(repr, WIDTH_NORMS))}; got {norm!r}")
    for name, value in (("interval", interval), ("time_limit", time_limit), ("progress", progress)):
        if value is not None:
            raise ValueError(f"`{name}` must be None unless norm = 'sup'; got {value!r} for {norm!r}")
    target, tolerance, digits = as_target(target), exact_positive("error", error), validate_digits(digits)
    terms = _validate_budget(budget)
    late = late_bump(target) if measure is None else None
    if late is not None:
        return _late(*late, tolerance, norm, digits, terms)
    validate_measure(target, norm, measure)
    found: list[Width] = []
    for width in _candidates(target, tolerance, norm, digits, terms):
        found.append(width)
        if width.met:
            return width
    if not found:
        raise ArithmeticError(
            f"`target` must be within reach of float64, or of a rule of at most {terms} terms; got {target}"
        )
    return min(found, key=lambda width: to_mpf(width.error_enclosure))


def _candidates(target: Target, error: sp.Expr, norm: str, digits: int, budget: int) -> Iterator[Width]:
    """Sums in the order in which they should be tried; each certified, the last one the best found."""
    exact = _own_terms(target)
    limit = budget if exact is None else min(budget, len(exact[0]) - 1)
    best: Rung | None = None
    for rung in _climb(target, norm, limit, float(error)):
        best = rung if best is None or rung.error < best.error else best
        if rung.error <= float(error) * (1 + _DOUBT):
            yield _from_rung(target, rung, error, norm, digits)
    if exact is not None and len(exact[0]) <= budget:
        yield _own(target, exact, error, norm, digits)
        return
    rule = _by_rule(target, error, digits, budget) if norm == "l1" else None
    if rule is not None:
        yield rule
    if best is not None:
        yield _from_rung(target, best, error, norm, digits)


def _climb(target: Target, norm: str, limit: int, error: float) -> Iterator[Rung]:
    """Rungs from width 1 on, until the budget or the precision of float64 ends.

    Wide ones are visited in strides; those in between follow where the error asked for lies there.
    """
    try:
        rungs = ladder(target, norm)
    except FloatRangeError:
        return
    lowest, stalled, first, before = float("inf"), 0, 0.0, 0
    for m in widths_up_to(min(limit, _WIDEST[norm])) if limit else ():
        try:
            rung = rungs[m]
            if rung.error <= error:
                yield from (rungs[n] for n in range(before + 1, m))
        except ArithmeticError:
            return
        yield rung
        first, before = first or rung.error, m
        stalled = 0 if rung.error < lowest else stalled + 1
        lowest = min(lowest, rung.error)
        at_floor = norm == "l1" and not rung.stationary and rung.error < _FLOAT_FLOOR * first
        if at_floor or stalled >= _PATIENCE:
            return


def _validate_budget(budget: Any) -> int:
    value = exact_integer("budget", budget)
    if not 1 <= value <= MAX_BUDGET:
        raise ValueError(f"`budget` must be between 1 and {MAX_BUDGET}; got {value}")
    return value


# --- sums ----------------------------------------------------------------------------------------------------------


def _from_rung(target: Target, rung: Rung, error: sp.Expr, norm: str, digits: int) -> Width:
    """The rung as exact numbers: float64 logarithms, then powers rounded once, at any exponent."""
    with mp_precision(64):
        rates = [mpmath.exp(mpmath.mpf(float(y))) for y in rung.y[::-1]]
        amplitudes = [mpmath.mpf(float(b)) * v for b, v in zip(rung.b[::-1], rates, strict=True)]
    method = _FIT if rung.stationary else _LOCAL
    return certified(target, (amplitudes, rates), error, norm, digits, method)


def _own_terms(target: Target) -> tuple[list[sp.Expr], list[sp.Expr]] | None:
    if not isinstance(target, ExponentialSum):
        return None
    pairs = sorted((v, a) for a, v in zip(target.a, target.w, strict=True) if a != 0)
    return [a for _, a in pairs], [v for v, _ in pairs]


def _own(
    target: Target, terms: tuple[list[sp.Expr], list[sp.Expr]], error: sp.Expr, norm: str, digits: int
) -> Width:
    """The target itself; rounded where its numbers are no binary ones, and then certified like any other sum."""
    binary = [_binary(x) for xs in terms for x in xs]
    exact = all(x is not None for x in binary)
    with precision(2 * digits + 20 + _digits_of(target, error)):
        numbers = [to_mpf(constant_ball(x)) for xs in terms for x in xs]
    n = len(terms[0])
    parameters = (numbers[:n], numbers[n:])
    if exact:
        return Width(
            tuple(numbers[:n]),
            tuple(numbers[n:]),
            arb(0),
            error,
            True,
            _EXACT,
            message(True, _EXACT, n),
            norm,
            digits,
        )
    return certified(target, parameters, error, norm, digits, _EXACT)


def _binary(x: sp.Expr) -> sp.Rational | None:
    """`x` if it is a binary fraction with few bits."""
    if isinstance(x, sp.Rational) and x.q & (x.q - 1) == 0 and int(x.p).bit_length() <= 60:
        return x
    return None


def _late(
    short: ExponentialSum | None, bump: GaussianBump, error: sp.Expr, norm: str, digits: int, budget: int
) -> Width:
    """A sum for a late bump, beside the exponentials as they are; its ball reaches from 0 to what is proved."""
    own = [] if short is None else [(a, w) for a, w in zip(short.a, short.w, strict=True) if a != 0]
    with precision(max(digits, 60)):
        a, w, slack = rounded_terms(own, norm)
        bound = constant_ball(error)
        found = shortest_late_sum(bump, bound - slack, norm, max(1, budget - len(own)))
        distance = found.distance + slack
        m = len(found.w) + len(own)
        met = m <= budget and bool(certainly_less(distance, bound))
        ball = arb(0).union(distance)
    return Width(
        (*a, *found.a), (*w, *found.w), ball, error, met, _LATE, message(met, _LATE, m), norm, digits
    )


def _by_rule(target: Target, error: sp.Expr, digits: int, budget: int) -> Width | None:
    """Trapezoid rules for all power laws, the exponentials as they are; None beyond the budget or the known forms."""
    laws = [part for part in target.parts() if isinstance(part, PowerLaw)]
    others = [part for part in target.parts() if not isinstance(part, PowerLaw)]
    if not laws or not all(isinstance(part, ExponentialSum) for part in others):
        return None
    amplitudes: list[arb] = []
    rates: list[arb] = []
    # Relative to the error, not to the kernel: balls need the digits in between too.
    digits = max(digits, _digits_of(target, error))
    with precision(digits + 10):
        for law in laws:
            share = error / (len(laws) * abs(law.amplitude)) * sp.Rational(99, 100)
            rule = short_rule(law.omega, share, terms=budget)
            if rule is None:
                return None
            a, v = rule.terms()
            amplitudes += [constant_ball(law.amplitude) * x for x in a]
            rates += v
        for part in others:
            if isinstance(part, ExponentialSum):
                amplitudes += [constant_ball(x) for x in part.a]
                rates += [constant_ball(x) for x in part.w]
        if len(rates) > budget:
            return None
        pairs = sorted((to_mpf(v), to_mpf(x)) for x, v in zip(amplitudes, rates, strict=True))
    return certified(target, ([x for _, x in pairs], [v for v, _ in pairs]), error, "l1", digits, _RULE)


def _digits_of(target: Target, error: sp.Expr) -> int:
    """Digits that resolve `error` relative to the L1 norms of the target's terms."""
    norms = [
        norm
        for part in target.parts()
        for norm in (
            [a / w for a, w in zip(part.a, part.w, strict=True)]
            if isinstance(part, ExponentialSum)
            else [part.amplitude / part.omega]
            if isinstance(part, PowerLaw)
            else []
        )
    ]
    share = error / sp.Add(*map(sp.Abs, norms))
    return max(15, int(-sp.log(share, 10).evalf(5)) + 15) if share < 1 else 15
