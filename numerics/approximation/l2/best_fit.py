r"""Best approximations by exponential sums: certified local minima of the loss, to any number of digits.

The norm "l2" is fitted here, "l1" in `l1_fits`. A minimum in L2 interpolates: the residual's transform and its
derivative vanish at the rates of the fit, ``L_0`` and ``L_1`` of fit and target agree there (theorem D.5; the
Meier-Luenberger conditions of H2-optimal model reduction).
"""

from __future__ import annotations

import functools
from typing import Any, Literal, overload

import mpmath
from flint import arb

from memcurse.numerics.approximation.l1.best_fit import L1Fit, best_l1_fit
from memcurse.numerics.approximation.sup.best_fit import SupFit, best_sup_fit
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import (
    MIN_DIGITS,
    ball_precision,
    certainly_less,
    to_mpf,
    validate_digits,
)
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.stationary.critical_points import critical_points
from memcurse.numerics.stationary.points import (
    CriticalPoint,
    critical_point,
    is_rational_sum,
    validate_target,
    validate_width,
    working_precision,
)
from memcurse.numerics.time_limit import time_limit as limited_time
from memcurse.theory.exact import exact_integer
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.targets.sequences import TargetSequence
from memcurse.theory.targets.target import ExponentialSum, Target, is_completely_monotone

from .complex_fit import ComplexFit, best_complex_fit
from .fit import Fit
from .real_fit import Progress, accurate, proved_minimum

#: Norms in which `best_fit` fits.
NORMS = ("l2", "l1", "sup")

_ROUNDS = 6
_GLOBAL = "global minimum, proved: the critical points of one rate are all known"
_EXACT = "global minimum, proved: the fit is the target"
_LOCAL = "local minimum, proved; that no other is lower is not"
_TIED = "local minimum, proved; another has a loss that balls do not tell apart"


@overload
def best_fit(
    target: Target | str,
    m: int,
    norm: Literal["l2"] = "l2",
    digits: int = 40,
    *,
    seed: int = 0,
    field: Literal["real"] = "real",
    time_limit: Any = None,
    progress: Progress | None = None,
) -> Fit: ...


@overload
def best_fit(
    target: Target | str,
    m: int,
    norm: Literal["l1"],
    digits: int = 40,
    *,
    seed: int = 0,
    field: Literal["real"] = "real",
    time_limit: Any = None,
    progress: Progress | None = None,
) -> L1Fit: ...


@overload
def best_fit(
    target: Target | str,
    m: int,
    norm: Literal["sup"],
    digits: int = 40,
    *,
    seed: int = 0,
    field: Literal["real"] = "real",
    time_limit: Any = None,
    progress: Progress | None = None,
    interval: Any = None,
) -> SupFit: ...


@overload
def best_fit(
    target: Target | str,
    m: int,
    norm: str,
    digits: int = 40,
    *,
    seed: int = 0,
    field: Literal["real"] = "real",
    time_limit: Any = None,
    progress: Progress | None = None,
    interval: Any = None,
) -> Fit | L1Fit | SupFit: ...


@overload
def best_fit(
    target: Target | TargetSequence | str,
    m: int,
    norm: str = "l2",
    digits: int = 40,
    *,
    seed: int = 0,
    field: Literal["complex"],
    time_limit: Any = None,
    progress: Progress | None = None,
) -> ComplexFit: ...


@overload
def best_fit(
    target: Target | str,
    m: int,
    norm: str,
    digits: int = 40,
    *,
    seed: int = 0,
    field: str,
    time_limit: Any = None,
    progress: Progress | None = None,
    interval: Any = None,
) -> Fit | L1Fit | SupFit | ComplexFit: ...


def best_fit(
    target: Target | TargetSequence | str,
    m: int,
    norm: str = "l2",
    digits: int = 40,
    *,
    seed: int = 0,
    field: str = "real",
    time_limit: Any = None,
    progress: Progress | None = None,
    interval: Any = None,
) -> Fit | L1Fit | SupFit | ComplexFit:
    """The best exponential sum of m terms that is found, proved to be a strict local minimum of the error.

    Parameters
    ----------
    target : Target, TargetSequence or str
        The kernel to fit, or its text, not 0; with ``field="complex"`` also a sequence, by geometric sequences.
    m : int
        Number of terms, from 1 to 12; to 6 in L1, to 16 in the maximum norm, to 8 with ``field="complex"``.
    norm : {"l2", "l1", "sup"}
        What is made small: the L2 norm of the difference (by its square, the loss), its L1 norm, or its maximum on
        `interval`.
    digits : int
        Digits of amplitudes, rates and error, at least 15.
    seed : int
        Seed of the starts for targets that are not completely monotone, at least 0.
    field : {"real", "complex"}
        "complex": complex amplitudes, and rates with positive real parts (poles in the unit disc), in L2. A real target
        may be fitted best by modes that are no conjugate pairs, as ``exp(-t/10)*cos(t)`` is for m = 1;
        `ComplexFit.conjugate_pairs` says whether the fit is proved real.
    time_limit : number, optional
        Seconds of wall time, positive. It is looked at between evaluations in balls and between starts.
    progress : callable, optional
        Is told what is being done, a line at a time.
    interval : pair of numbers, optional
        For "sup" only: the times ``A <= t <= B``, B may be infinite for a completely monotone kernel; ``(0, inf)`` by
        default. A text such as "1/t" need only be finite there.

    Returns
    -------
    Fit, L1Fit, SupFit or ComplexFit
        All have `a`, `error` (the distance in the norm), `error_enclosure`, `residuals`, `m`, `norm`, `digits` and
        `scope`; in L2 also `loss`, its square, and `loss_enclosure`. All but the last have `w`, it has `modes`.

    Raises
    ------
    TypeError, ValueError
        For input out of range, an unknown norm, a target that m terms represent with terms to spare, and in L1 a
        target that is not integrable.
    NotAttainedError
        In L2, if the lowest loss found is only approached, as rates coalesce; it says which, where, and the infimum.
    TimeLimitError
        When the time is over; `best` is the lowest fit in float64 until then (in L2, real), or None.
    ArithmeticError
        If no strict minimum is found or proved, or it is so flat that the highest precision tried does not decide.

    Notes
    -----
    Rigour: existence, uniqueness in the enclosure, minimality and error are proofs. That the minimum is global is
    proved only in the maximum norm, for m = 1 with rational exponential sums (in L2) and where the fit is the target
    itself; see `scope`. In L1 a residual may change its sign endlessly (``exp(-t)*cos(3*t)``, m = 1): then the error is
    proved, and within which bounds the conditions of a minimum hold, but not that a minimum lies near by.
    Every valley of a grid of log rates is followed down in float64 (to four rates; beyond, rates are added one by one),
    and the lowest minimum is proved. That an infimum is not attained is what float64 sees, and no proof.
    """
    if not isinstance(norm, str) or norm not in NORMS:
        raise ValueError(f"`norm` must be one of {', '.join(map(repr, NORMS))}; got {norm!r}")
    if not isinstance(field, str) or field not in ("real", "complex"):
        raise ValueError(f"`field` must be 'real' or 'complex'; got {field!r}")
    if interval is not None and norm != "sup":
        raise ValueError(f"`interval` must be None unless norm = 'sup'; got {interval!r} for {norm!r}")
    seed = exact_integer("seed", seed, 0)
    tell: Progress = _silent if progress is None else progress
    with limited_time(time_limit):
        if norm == "sup" and field == "real":
            return best_sup_fit(target, m, validate_digits(digits), interval)
        if field == "complex":
            return best_complex_fit(target, m, norm, digits, seed)
        if isinstance(target, TargetSequence):
            raise ValueError(f"`field` must be 'complex' for a sequence; got {field!r} for {target!r}")
        target, m, digits = validate_target(target), validate_width("m", m), validate_digits(digits)
        if norm == "l1":
            near = functools.partial(_monotone_fit, target, m) if is_completely_monotone(target) else None
            return best_l1_fit(target, m, digits, seed, near)
        return _best_real_fit(target, m, digits, seed, tell)


def _silent(line: str) -> None:
    """Tell nobody."""


def _best_real_fit(target: Target, m: int, digits: int, seed: int, progress: Progress) -> Fit:
    if isinstance(target, ExponentialSum):
        terms = sum(1 for x in target.a if x != 0)
        if m > terms:
            raise ValueError(
                f"`m` must be at most {terms}, the target's number of terms, or every minimum is degenerate; got {m}"
            )
        if m == terms:
            return _itself(target, digits)
        if m == 1 and is_rational_sum(target):
            return _best_of_all(target, digits)
    objective = Objective(target)
    proof = proved_minimum(objective, m, digits, seed, progress)
    point = critical_point(proof.a, proof.w, proof.loss, proof.inertia, True)
    return _fit(objective, point, digits, _LOCAL)


def _monotone_fit(target: Target, m: int) -> tuple[tuple[mpmath.mpf, ...], tuple[mpmath.mpf, ...]]:
    """Amplitudes and rates of the best fit in L2, whose residual has as many zeros as that in L1."""
    fit = best_fit(target, m, "l2", digits=MIN_DIGITS)
    return fit.a, fit.w


# --- exact cases ---------------------------------------------------------------------------------------------------


def _itself(target: ExponentialSum, digits: int) -> Fit:
    """The target's own terms; the Hessian there is a Gram matrix of independent functions, hence positive."""
    with working_precision(digits):
        pairs = [(a, w) for a, w in zip(target.a, target.w, strict=True) if a != 0]
        a, w = [constant_ball(x) for x, _ in pairs], [constant_ball(y) for _, y in pairs]
        point = critical_point(a, w, arb(0), Inertia(2 * len(pairs), 0, 0), True)
    return _fit(Objective(target), point, digits, _EXACT)


def _best_of_all(target: Target, digits: int) -> Fit:
    """The lowest of all critical points with one rate; the loss is larger outside a compact set (lemma D.1)."""
    now, scope = digits, _TIED
    for _ in range(_ROUNDS):
        first, *others = critical_points(target, 1, now)
        apart = all(certainly_less(first.loss, other.loss) for other in others)
        if apart and accurate(first, digits):
            scope = _GLOBAL
            break
        now *= 2
    if not first.minimum:
        raise ArithmeticError(f"`m` must allow a strict minimum; got a degenerate one for {target}")
    return _fit(Objective(target), first, digits, scope)


# --- proofs --------------------------------------------------------------------------------------------------------


def _fit(objective: Objective, point: CriticalPoint, digits: int, scope: str) -> Fit:
    if point.inertia is None:
        raise ArithmeticError(f"`point` must be certified; got {point}")
    bits = max((int(x.mid().bits()) for x in (*point.enclosure.a, *point.enclosure.w)), default=0)
    with ball_precision(bits + 64):
        a, w = [x.mid() for x in point.enclosure.a], [x.mid() for x in point.enclosure.w]
        residuals = interpolation_residuals(objective, a, w, digits)
    return Fit(
        a=point.amplitudes,
        w=point.rates,
        loss=to_mpf(point.loss),
        residuals=residuals,
        enclosure=point.enclosure,
        loss_enclosure=point.loss,
        inertia=point.inertia,
        scope=scope,
        digits=digits,
    )


def interpolation_residuals(
    objective: Objective, a: list[arb], w: list[arb], digits: int
) -> tuple[mpmath.mpf, ...]:
    """Residuals of the conditions on ``L_0`` and on ``L_1`` at any exact parameters, as in `Fit.residuals`."""
    m = len(a)
    gradient = objective.enclose(a, w, 2 * digits).gradient
    by_a = [gradient[k, 0] / 2 for k in range(m)]
    by_w = [gradient[m + k, 0] / (-2 * a[k]) for k in range(m)]
    return tuple(to_mpf(x) for x in (*by_a, *by_w))
