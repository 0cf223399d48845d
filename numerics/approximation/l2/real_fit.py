"""A strict local minimum with real rates: found in float64, then proved in balls; or what stands in its way.

Completely monotone kernels have best fits; all others may want rates to coalesce (`confluent`). Where float64 does not
see the valley, the search goes on in many digits (`starts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.unattained import NotAttainedError
from memcurse.numerics.arithmetic.balls import bits_for
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.stationary.newton import Proof, certify
from memcurse.numerics.stationary.points import CriticalPoint
from memcurse.numerics.stationary.variable_projection import RatesPoint
from memcurse.numerics.time_limit import TimeLimitError, check_time
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.notation import w as rate
from memcurse.theory.targets.target import is_completely_monotone

from .confluent import CoalescedFit, coalesced
from .real_search import FloatFit, distance_of, ladder, real_fits
from .starts import many_starts, monotone_start, stage_digits

#: Widths whose valleys float64 sees; log rates of a fit nearer than this have not settled.
_FLOAT_WIDTH, _UNSETTLED = 6, 5e-3
#: Candidates that are tried, and how much higher their minimum may lie: relatively, and as a share of the squared norm.
_TRIED, _NEAR, _ROUNDING = 8, 1e-5, 1e-12
_ROUNDS = 6

#: Told what is being done, in one line.
Progress = Callable[[str], None]


def proved_minimum(objective: Objective, m: int, digits: int, seed: int, progress: Progress) -> Proof:
    """The lowest minimum that is found, with every amplitude, every rate and the loss to `digits`.

    Raises
    ------
    NotAttainedError
        If rates coalesce on the way to the lowest loss that is found.
    TimeLimitError
        With the best `FloatFit` so far.
    ArithmeticError
        If nothing is found, or nothing proved.
    """
    best: list[FloatFit] = []
    try:
        for point in _candidates(objective, m, seed, progress, best):
            proof = accurate_proof(objective, point.a, point.w, digits)
            if proof is not None and proof.inertia == Inertia(2 * m, 0, 0) and _same_valley(point, proof):
                return proof
            progress("the point is no strict minimum; going on")
    except TimeLimitError as error:
        raise _out_of_time(error, best) from error
    raise ArithmeticError(
        f"`m` must allow a strict minimum that can be found and proved; got none for m = {m}"
    )


def _same_valley(point: RatesPoint | _Start, proof: Proof) -> bool:
    """Whether Newton's method stayed where the search had been."""
    before, after = float(point.loss), float(proof.loss)
    return after <= before * (1 + _NEAR) + (point.rounding if isinstance(point, _Start) else 0.0)


def _out_of_time(error: TimeLimitError, best: list[FloatFit]) -> TimeLimitError:
    if not best:
        return error
    rates = ", ".join(f"{w:.9g}" for w in best[0].w)
    amplitudes = ", ".join(f"{a:.9g}" for a in best[0].a)
    return TimeLimitError(
        f"{error}; best so far, not proved: rates {rates}, amplitudes {amplitudes}, "
        f"error {distance_of(best[0].loss):.9g}",
        best[0],
    )


def _candidates(
    objective: Objective, m: int, seed: int, progress: Progress, best: list[FloatFit]
) -> Iterator[RatesPoint | _Start]:
    """Points near minima, lowest first: from float64, then from many digits. What is found first goes to `best`."""
    monotone = is_completely_monotone(objective.target)
    if monotone and not _is_open(objective):
        start = monotone_start(objective, m)
        if start is not None:
            yield start
    if m <= _FLOAT_WIDTH:
        progress(f"searching {m} rates in float64")
        search = ladder(objective, m, check_time) if monotone else real_fits(objective, m, seed, check_time)
        best.extend(search)
        yield from _from_float64(objective, search, progress)
    progress(f"searching {m} rates in {stage_digits(m)} digits")
    later = [monotone_start(objective, m)] if monotone and _is_open(objective) else []
    yield from (point for point in later if point is not None)
    yield from many_starts(objective, m, seed)


class _Start:
    """Amplitudes and rates as exact balls."""

    def __init__(self, fit: FloatFit, norm: float) -> None:
        self.loss, self.rounding = fit.loss, _ROUNDING * norm
        self.a = [arb(float(x)) for x in fit.a]
        self.w = [arb(float(x)) for x in fit.w]


def _from_float64(objective: Objective, fits: list[FloatFit], progress: Progress) -> Iterator[_Start]:
    norm = float(objective.loss(np.zeros(1), np.ones(1)))
    for fit in fits[:_TRIED]:
        settled = len(fit.w) == 1 or float(np.diff(np.log(fit.w)).min()) >= _UNSETTLED
        if settled:
            progress(f"proving a minimum with J = {fit.loss:.8g}")
            yield _Start(fit, norm)
        # Three rates and more stop farther from each other, where float64 sees nothing between them.
        ends = coalesced(objective.target, [fit]) if fit.coalescing else []
        if ends:
            raise _not_attained(ends[0])
        if not settled:
            yield _Start(fit, norm)


def _not_attained(end: CoalescedFit) -> NotAttainedError:
    error = distance_of(end.loss)
    return NotAttainedError(
        end.description,
        end.rates,
        error,
        f"`m` must allow a best fit; with m = {len(end.rates)} none is attained: {end.description}, and the error "
        f"falls towards {error:.8g} (J = {end.loss:.8g}), as far as float64 sees",
    )


def _is_open(objective: Objective) -> bool:
    """Whether moments take a quadrature."""
    return bool(objective.target.moment(0, rate).has(sp.Integral))


# --- proofs --------------------------------------------------------------------------------------------------------


def accurate_proof(objective: Objective, a: list[arb], w: list[arb], digits: int) -> Proof | None:
    """The critical point nearby with every amplitude, every rate and the loss to `digits` relative to itself."""
    # Newton's method starts from what float64 gave, so the digits of a search are not needed.
    now = max(digits, stage_digits(len(w)))
    for _ in range(_ROUNDS):
        proof = certify(objective, a, w, now)
        if proof is None:
            return None
        if accurate(proof, digits):
            return proof
        a, w = [x.mid() for x in proof.a], [x.mid() for x in proof.w]
        now += max(20, now // 2)
    return None


def accurate(point: Proof | CriticalPoint, digits: int) -> bool:
    """Whether every amplitude, every rate and the loss has `digits` relative to itself."""
    box = point if isinstance(point, Proof) else point.enclosure
    return all(x.rel_accuracy_bits() >= bits_for(digits) for x in (*box.a, *box.w, point.loss))
