r"""`fit_samples`: sums of exponentials through measured values, with errors of the parameters.

.. math:: \min_{a, w, b} \sum_i \Bigl(\frac{y_i - b - \sum_k a_k e^{-w_k t_i}}{\sigma_i}\Bigr)^2

The search is in float64 (`starts`, `separable`); what it finds is polished in many digits and proved to be a minimum
(`proof`). So the result is that of exact arithmetic on the samples as they were given, rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.approximation.unattained import NotAttainedError
from memcurse.numerics.stationary.krawczyk import certified_point
from memcurse.theory.exact import exact_integer

from .proof import SamplesSurface
from .result import SampleFit, sample_fit
from .samples import Samples, read_samples
from .separable import FloatFit, Problem, rates_of
from .starts import Search

#: Modes that are tried.
MAX_SAMPLE_WIDTH = 8
#: Digits of the proof: a float's, with some to spare.
_DIGITS = 20
#: Candidates whose proof is tried, and how much higher (relatively) than the candidate its proved point may lie.
_TRIED, _NEAR = 6, 1e-6
#: Log rates nearer than this run into each other; a rate times the span below the second has stopped, a rate times the
#: shortest step above the third is gone after one.
_COINCIDING, _STILL, _GONE = 1e-2, 1e-3, 30.0


def fit_samples(
    t: Sequence[Any] | NDArray[Any],
    y: Sequence[Any] | NDArray[Any],
    m: int,
    sigma: Any = None,
    offset: bool = False,
    field: str = "real",
) -> SampleFit:
    """The least-squares sum of m exponentials through samples, proved to be a local minimum, with standard errors.

    Parameters
    ----------
    t : sequence of n real numbers
        Times, in any order, equal or unequal steps; some may come more than once.
    y : sequence of n numbers
        Values; complex only with ``field="complex"``. Decimal strings are taken as they are written.
    m : int
        Number of exponentials, from 1 to 8.
    sigma : number or sequence of n positive numbers, optional
        Standard deviations of the values. Without it all count the same, and the residual tells their deviation.
    offset : bool
        Whether a constant is fitted as well.
    field : {"real", "complex"}
        "real": real amplitudes and positive rates. "complex": rates with positive real parts. Real data are then fitted
        by real rates and conjugate pairs (a pair counts as two), complex data by any modes.

    Returns
    -------
    SampleFit

    Raises
    ------
    TypeError, ValueError
        For input out of range; if there are too few distinct times, or if fewer terms leave nothing of the samples but
        their rounding, so that the rest is not determined.
    NotAttainedError
        If the sum of squares has no minimum that can be found: rates want to coincide, to become 0 or to grow without
        end. It says which.
    ArithmeticError
        If a minimum is so flat that the highest precision tried does not prove it.

    Notes
    -----
    Rigour: a proof that the sum of squares has a strict local minimum there; that no other is lower is not proved.

    On NIST's reference data (Statistical Reference Datasets, nonlinear regression) Lanczos1, 2 and 3 (m = 3) and MGH17
    (m = 2, with offset) amplitudes, rates, offset, standard deviations and sum of squares agree with the certified
    values in all the eleven digits that these have, up to one unit of the last: see
    ``benchmarks/approximation/nist.py``.
    """
    m = exact_integer("m", m, 1, MAX_SAMPLE_WIDTH)
    if not isinstance(field, str) or field not in ("real", "complex"):
        raise ValueError(f"`field` must be 'real' or 'complex'; got {field!r}")
    if not isinstance(offset, bool):
        raise TypeError(f"`offset` must be True or False; got {offset!r}")
    samples = read_samples(t, y, sigma, field == "complex")
    _validate_enough(samples, m, offset)
    search = Search(samples, Problem(samples, offset))
    candidates = search.modes(m, field == "complex")
    _validate_needed(search, m, field == "complex")
    return _first_proved(search, candidates, field)


def _validate_enough(samples: Samples, m: int, offset: bool) -> None:
    if not samples.y.any():
        raise ValueError(f"`y` must not be 0 at every time; got {len(samples.y)} zeros")
    least = max(2 * m + offset, 2)
    if samples.distinct_times < least:
        what = f"2m{' + 1' if offset else ''} = {least}"
        raise ValueError(f"`t` must hold at least {what} different times; got {samples.distinct_times}")


def _validate_needed(search: Search, m: int, turning: bool) -> None:
    """Refuse terms that have only the rounding of the samples left to fit."""
    for k in range(m):
        fits = search.modes(k, turning) if k else []
        loss = fits[0].loss if fits else search.without_terms()
        if loss <= search.rounding:
            found = f"{k} terms" if k else "the offset alone"
            raise ValueError(
                f"`m` must be at most {max(k, 1)}: {found} leave {loss:.1e} as the sum of squares, the rounding of the "
                f"samples, and what more terms are is not determined; got {m}"
            )


def _first_proved(search: Search, candidates: list[FloatFit], field: str) -> SampleFit:
    """The lowest candidate, if it is proved to be a minimum; what stands in the way of a lower one is raised."""
    for fit in candidates[:_TRIED]:
        surface = SamplesSurface(search.samples, fit.layout, search.problem.offset)
        point = certified_point(surface, surface.start(search.problem, fit), _DIGITS)
        if point is not None and _same_valley(search, fit, float(point.loss)):
            if point.inertia is not None and point.inertia.positive == surface.variables:
                return sample_fit(surface, point, field)
            # A saddle: descent stopped on its way down.
            continue
        reason = _unattained(search.problem, fit)
        if reason is not None:
            raise _not_attained(search, fit, reason)
    raise ArithmeticError(
        "`m` must allow a strict minimum that can be found and proved; "
        f"the lowest point found has the sum of squares {candidates[0].loss:.6g} and is not proved to be one"
    )


def _same_valley(search: Search, fit: FloatFit, loss: float) -> bool:
    """Whether a proved loss is that of the candidate, but for the candidate's rounding."""
    return math.sqrt(max(loss, 0.0)) <= math.sqrt(fit.loss) * (1 + _NEAR) + math.sqrt(search.rounding)


def _unattained(problem: Problem, fit: FloatFit) -> str | None:
    """What the rates of a fit want, if that is no minimum."""
    log_u, _ = rates_of(fit.layout, fit.x)
    u = np.exp(log_u)
    if float(u.min()) * problem.span < _STILL:
        return "a rate falls towards 0: the samples want a constant, or growth"
    real = np.sort(log_u[: fit.layout.real])
    if len(real) > 1 and float(np.diff(real).min()) < _COINCIDING:
        k = int(np.argmin(np.diff(real)))
        return f"rates coalesce at {math.exp((real[k] + real[k + 1]) / 2):.6g}"
    if float(u.max()) * problem.gap > _GONE:
        return "a rate grows without end: its term takes the first time alone"
    return None


def _not_attained(search: Search, fit: FloatFit, reason: str) -> NotAttainedError:
    log_u, v = rates_of(fit.layout, fit.x)
    plain, turning = np.exp(log_u[: fit.layout.real]), np.exp(log_u[fit.layout.real :]) + 1j * v
    rates = tuple(np.sort(plain).tolist()) + tuple(turning.tolist())
    error = math.sqrt(fit.loss)
    return NotAttainedError(
        reason,
        rates,
        error,
        f"`m` must allow a best fit; with {len(rates)} rates {reason}, and the residual norm approaches {error:.6g}",
    )
