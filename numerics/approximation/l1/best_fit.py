r"""Best approximations by exponential sums in L1: certified local minima of the norm, to any number of digits.

What is proved is stated and shown in `canonical`: the residual changes its sign exactly at the canonical points, the
amplitudes are the best ones for these rates (the norm equals its dual bound), and no fit near by is better. That no
other rates do better is not proved here. For a completely monotone target ``int e^{-wt} dmu(w)`` one thing more is
known: the residual is the transform of a measure with at most 2m changes of sign, so it has at most 2m zeros
(variation diminishing; Karlin, Total Positivity, 1968); being stationary it has at least 2m. So every stationary fit
has exactly 2m canonical points, and positive amplitudes. (On best approximation of such kernels by exponential sums
see Kammler, SIAM J. Numer. Anal. 13, 1976, in the uniform norm, and 16, 1979, in L2; Braess, Nonlinear Approximation
Theory, 1986.)

For one term the canonical points are ``x_1/w`` and ``x_2/w`` with universal numbers: ``u = e^{-x_1}`` and ``v =
e^{-x_2}`` solve ``u - v = 1/2`` and ``u ln u = v ln v`` (once: ``v ln v - u ln u`` falls in v). A fit with two zeros
of its residual then has a rate for which ``rho(x_2/w) = e^{-(x_2 - x_1)} rho(x_1/w)``.

*The kernel* ``t e^{-t}``. From ``x_1 u = x_2 v`` follows ``x_2/x_1 = e^{x_2 - x_1}``, and the equation for w becomes
``1/w - 1 = 1``: the best rate is exactly 1/2, with ``a = 2 x_1 u`` and the norm ``2 x_1 u + 2 v - 1/2 = 0.35733...``
(so the rate is 1/2, the error is not). This minimum is global. Let V(w) be the smallest norm at the rate w. For w >=
1 the quotient ``t e^{(w-1)t}`` of kernel and term rises, so the best residual changes its sign once, at ``ln 2/w``,
and ``V(w) = 2 (1 + ln 2/w) 2^{-1/w} - 1 >= V(1) = ln 2``. For w < 1 the quotient rises and falls, so a residual with
amplitude a has no zero or two; without one ``sgn(r)`` is not orthogonal to the term, hence the best one has two,
simple ones. There V is differentiable, ``V' = -a int sgn(r) t e^{-wt} dt``, which vanishes for canonical points only,
at w = 1/2. As w -> 0 these zeros tend to 0 and to infinity and V to 1. So V(1/2) is the least value on (0, 1], and it
is below ln 2. With two terms or more ``t e^{-t}`` is the limit of differences ``(e^{-(1-h)t} - e^{-(1+h)t})/(2h)``:
the infimum is 0 and no fit attains it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import mpmath
import numpy as np
from flint import arb
from scipy.optimize import brentq

from memcurse.numerics.approximation.sums import ExponentialFit
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, certainly_less, to_mpf
from memcurse.numerics.stationary.points import Box, working_precision
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.targets.target import ExponentialSum, Target

from .coalesced import not_attained
from .distance import l1_error
from .endless_fit import EndlessFit, endless_fit, may_be_endless
from .residual_parts import Decomposition, decomposed
from .search import Found, minima, minimum_near
from .stationary_fit import Point, StationaryFit, alternating, prove

MAX_WIDTH, MAX_DIGITS = 6, 500
_CANDIDATES = 4
#: Norms of the search this much above the proved one are not asked for again.
_NOISE = 1e-3

#: Real numbers of any kind that a float can be made of.
Numbers = Sequence[Any]
_EXACT = "global minimum, proved: the fit is the target"
_LOCAL = (
    "proved: best amplitudes for these rates, and a strict local minimum in amplitudes and rates; "
    "not proved: that no other is lower"
)
_ENDLESS = (
    "the error's enclosure proved: of exactly this fit, with the changes of sign behind `window`; proved too: the "
    "conditions of a minimum hold within `residuals`, and no amplitudes do better at these rates by more than "
    "`dual_gap`; not proved: that a minimum lies near by, or that no other is lower"
)


@dataclass(frozen=True, repr=False)
class L1Fit(ExponentialFit):
    """A certified minimum of the L1 norm of the residual with m terms, rates in increasing order.

    If the residual changes its sign endlessly (`window` is not None), a minimum to `digits` but not proved to be one:
    see `scope`. Then `residuals` are bounds on the absolute values of those integrals, for this very fit, which is also
    what `enclosure` holds; `canonical_points` are those up to `window`, and there is no `inertia`.

    Attributes
    ----------
    a, w : tuple of mpmath.mpf, length m
        Amplitudes and rates (1/time), at least to the digits asked for.
    error : mpmath.mpf
        The L1 norm of the residual (not squared).
    residuals : tuple of mpmath.mpf, length 2m
        ``int sgn(r) e^{-w_k t} dt`` for every k, then ``int sgn(r) t e^{-w_k t} dt``, at the midpoints of rates and
        canonical points; the exact minimum makes them 0.
    canonical_points : tuple of mpmath.mpf
        Times at which the residual (fit minus target) is 0 and changes its sign: all there are. None for an exact fit.
    first_sign : int
        Sign of the residual before the first of them; 0 for an exact fit.
    enclosure : Box
        Balls in which the minimum lies.
    canonical_enclosure : tuple of arb
        Balls of the canonical points.
    error_enclosure : arb
        Ball of the norm.
    dual_enclosure : arb
        Ball of ``|int sgn(r) rho|``: no sum with these rates has a smaller norm. It equals the norm. With a `window`,
        a number below that norm.
    inertia : Inertia or None
        Of the Hessian of the norm; all 2m eigenvalues are positive. None for an exact fit, where the norm has a corner.
    scope : str
        What is proved.
    window : mpmath.mpf or None
        Time up to which the signs are proved; None if they are for all times.
    """

    a: tuple[mpmath.mpf, ...]
    w: tuple[mpmath.mpf, ...]
    error: mpmath.mpf
    residuals: tuple[mpmath.mpf, ...]
    canonical_points: tuple[mpmath.mpf, ...]
    first_sign: int
    enclosure: Box
    canonical_enclosure: tuple[arb, ...]
    error_enclosure: arb
    dual_enclosure: arb
    inertia: Inertia | None
    scope: str
    digits: int
    norm: str = "l1"
    window: mpmath.mpf | None = None

    _told: ClassVar[tuple[str, ...]] = ("m", "dual_gap")

    @property
    def dual_gap(self) -> mpmath.mpf:
        """Bound on the norm less the least norm at these rates: 0 but for the radii of the two balls."""
        with ball_precision(bits_for(self.digits) + 64):
            gap = self.error_enclosure - self.dual_enclosure.lower()
            return to_mpf(arb(gap.upper()).max(arb(0)))


def best_l1_fit(
    target: Target, m: int, digits: int, seed: int, near: Callable[[], tuple[Numbers, Numbers]] | None = None
) -> L1Fit:
    """The best sum of m terms in L1 that is found, with its proofs; arguments as checked by `fits.best_fit`.

    `near` gives amplitudes and rates of another start, asked for only where the search in float64 does not suffice.

    Raises
    ------
    ValueError
        For more than 6 terms, a kernel that is not integrable, or one that m terms represent with terms to spare.
    NotAttainedError
        If none is proved, and the rates of the lowest point of the search coalesce.
    ArithmeticError
        If no minimum is found or proved, or what is proved is not the lowest that was seen.
    """
    if m > MAX_WIDTH:
        raise ValueError(f"`m` must be between 1 and {MAX_WIDTH} for the norm 'l1'; got {m}")
    if digits > MAX_DIGITS:
        raise ValueError(f"`digits` must be at most {MAX_DIGITS} for the norm 'l1'; got {digits}")
    kernel = decomposed(target)
    if isinstance(target, ExponentialSum):
        terms = sum(1 for x in target.a if x != 0)
        if m > terms:
            raise ValueError(f"`m` must be at most {terms}, the target's number of terms; got {m}")
        if m == terms:
            return _itself(target, digits)
    found = minima(kernel, m, seed)
    try:
        return _proved(kernel, m, digits, found, near)
    except ArithmeticError:
        end = not_attained(kernel, found[0]) if found else None
        if end is None:
            raise
    raise end


def _proved(
    kernel: Decomposition,
    m: int,
    digits: int,
    found: list[Found],
    near: Callable[[], tuple[Numbers, Numbers]] | None,
) -> L1Fit:
    """The lowest point of a search that is proved to be a minimum, unless another point is certainly lower."""
    for candidate in _candidates(kernel, found, near):
        if may_be_endless(kernel) and (endless := endless_fit(kernel, _start(candidate), digits)) is not None:
            _require_lowest(kernel, found, endless, m)
            return _endless(endless, digits)
        proof = prove(kernel, _start(candidate), digits)
        if proof is not None and proof.inertia == Inertia(2 * m, 0, 0):
            _require_lowest(kernel, found, proof, m)
            return _fit(proof, digits)
    raise ArithmeticError(
        f"`m` must allow a strict minimum that can be found and proved; got none for m = {m}"
    )


def _candidates(
    kernel: Decomposition, found: list[Found], near: Callable[[], tuple[Numbers, Numbers]] | None
) -> Iterator[Found]:
    yield from found[:_CANDIDATES]
    if near is None:
        return
    a, w = (np.array([float(x) for x in values]) for values in near())
    point = minimum_near(kernel, a, np.log(w))
    yield point
    if len(point.zeros) < 2 * len(w):
        # The residual is a fast part almost everywhere, and its zeros lie where that part has died out.
        times = np.sort(np.outer(_single_points(), 1 / w).ravel())
        yield Found(a, np.log(w), math.inf, times, 0, False)


def _single_points() -> tuple[float, float]:
    """``x_1, x_2``: the canonical points of one term of rate 1. Rates far apart have those of each of them."""
    r = brentq(lambda x: math.log(x - 1) - x * math.log(x) / (x - 1) + math.log(2), 2.0, 8.0)
    return math.log(r) / (r - 1), r * math.log(r) / (r - 1)


def _start(found: Found) -> Point:
    a, w, times = (
        tuple(arb(float(x)) for x in y) for y in (found.a, map(math.exp, found.log_w), found.zeros)
    )
    return Point(a, w, times)


def _require_lowest(
    kernel: Decomposition, others: list[Found], proof: StationaryFit | EndlessFit, m: int
) -> None:
    """Refuse a minimum that lies certainly above another point of the search."""
    for other in others:
        if other.norm > float(proof.norm.mid()) * (1 + _NOISE):
            continue
        point = _start(other)
        norm = l1_error(kernel, point.a, point.w, digits=12)
        if certainly_less(norm, proof.norm):
            raise ArithmeticError(
                f"`m` must allow a strict minimum that can be found and proved; got a lower norm, "
                f"{norm.str(6)}, where there is none, and a minimum at {proof.norm.str(6)} for m = {m}"
            )


def _itself(target: ExponentialSum, digits: int) -> L1Fit:
    with working_precision(digits):
        pairs = [
            (constant_ball(x), constant_ball(y)) for x, y in zip(target.a, target.w, strict=True) if x != 0
        ]
        pairs.sort(key=lambda pair: to_mpf(pair[1]))
        a, w = tuple(x for x, _ in pairs), tuple(y for _, y in pairs)
    zero = mpmath.mpf(0)
    return L1Fit(
        a=tuple(map(to_mpf, a)),
        w=tuple(map(to_mpf, w)),
        error=zero,
        residuals=(zero,) * (2 * len(w)),
        canonical_points=(),
        first_sign=0,
        enclosure=Box(a, w),
        canonical_enclosure=(),
        error_enclosure=arb(0),
        dual_enclosure=arb(0),
        inertia=None,
        scope=_EXACT,
        digits=digits,
    )


def _fit(proof: StationaryFit, digits: int) -> L1Fit:
    point = proof.point
    return L1Fit(
        a=tuple(map(to_mpf, point.a)),
        w=tuple(map(to_mpf, point.w)),
        error=to_mpf(proof.norm),
        residuals=orthogonality(point.w, point.t, proof.first),
        canonical_points=tuple(map(to_mpf, point.t)),
        first_sign=proof.first,
        enclosure=Box(point.a, point.w),
        canonical_enclosure=point.t,
        error_enclosure=proof.norm,
        dual_enclosure=proof.dual,
        inertia=proof.inertia,
        scope=_LOCAL,
        digits=digits,
    )


def _endless(proof: EndlessFit, digits: int) -> L1Fit:
    """The fit as it is: no box around it is known to hold a minimum."""
    point = proof.point
    return L1Fit(
        a=tuple(map(to_mpf, point.a)),
        w=tuple(map(to_mpf, point.w)),
        error=to_mpf(proof.norm),
        residuals=tuple(to_mpf(arb(x.abs_upper())) for x in proof.integrals),
        canonical_points=tuple(map(to_mpf, point.t)),
        first_sign=proof.first,
        enclosure=Box(point.a, point.w),
        canonical_enclosure=point.t,
        error_enclosure=proof.norm,
        dual_enclosure=proof.lower,
        inertia=None,
        scope=_ENDLESS,
        digits=digits,
        window=to_mpf(proof.window),
    )


def orthogonality(w: tuple[arb, ...], times: tuple[arb, ...], first: int) -> tuple[mpmath.mpf, ...]:
    """``int s e^{-w_k t}`` for every k, then ``int s t e^{-w_k t}``, at midpoints; s = `first` before the times."""
    bits = max(int(x.mid().bits()) for x in (*w, *times))
    with ball_precision(2 * bits + 64):
        rates, points = [x.mid() for x in w], [x.mid() for x in times]
        zeroth, first_moments = [], []
        for rate in rates:
            decay = [(-rate * x).exp() for x in points]
            tails = [(x / rate + 1 / rate**2) * y for x, y in zip(points, decay, strict=True)]
            zeroth.append(first * (1 + 2 * alternating(decay)) / rate)
            first_moments.append(first * (1 / rate**2 + 2 * alternating(tails)))
        return tuple(to_mpf(x) for x in (*zeroth, *first_moments))
