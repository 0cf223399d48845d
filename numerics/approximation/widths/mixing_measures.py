r"""Whether a target is known to be the transform of a measure on the rates, ``rho(t) = int e^(-w t) dmu(w)``.

By Bernstein's theorem completely monotone kernels are those with a nonnegative measure. Exponential sums, power laws
and exp(-c sqrt(t + b)) show theirs; for other kernels the user gives a density, which is compared with the kernel.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.growth.errors import GrowthError
from memcurse.theory.notation import t
from memcurse.theory.notation import w as rate
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.mixing_densities import mixing_density
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.target import Delayed, ExponentialSum, Target

_DIGITS = 20
_TIMES = (sp.Rational(1, 3), sp.Integer(1), sp.Rational(7, 2), sp.Integer(12))
_RATES = tuple(sp.Integer(10) ** k * c for k in range(-6, 7) for c in (1, 3))


class UnknownMeasureError(ValueError):
    """A kernel that is not known to be the transform of a measure: no sum is searched for, lower bounds may exist."""


def validate_measure(target: Any, norm: str, measure: Any = None) -> Target:
    """`target`, if it is not 0, has a finite norm, and is known to be, or may be, the transform of a measure.

    Raises
    ------
    TypeError, ValueError
        That name the hypothesis that fails.

    Notes
    -----
    Rigour: a refusal is proved by balls, or by the form of the kernel. A density that is let through has been compared
    at some points only; nothing that is certified later rests on it.
    """
    target = as_target(target)
    if target.expression == 0:
        raise ValueError("`target` must not be 0; got 0")
    for part in target.parts():
        if norm == "l1" and isinstance(part, PowerLaw) and not part.omega > 0:
            raise ValueError(f"`target` must be integrable, with `omega` > 0 for a power law; got {part}")
        if measure is None:
            _validate_form(part)
    if measure is not None:
        _validate_density(target, measure)
    return target


def _validate_form(part: Target) -> None:
    if isinstance(part, ExponentialSum | PowerLaw) or mixing_density(part.expression) is not None:
        return
    if isinstance(part, Delayed):
        raise UnknownMeasureError(
            f"`target` must be the transform of a measure on the rates (completely monotone, or a difference of such "
            f"kernels); a causal delay is 0 at first and then is not; got {part}"
        )
    raise UnknownMeasureError(
        f"`target` must be the transform of a known measure on the rates (completely monotone, or a difference of such "
        f"kernels): exponentials, power laws and exp(-c*sqrt(t+b)) are; for others give `measure`; got {part}"
    )


def _validate_density(target: Target, measure: Any) -> None:
    if not isinstance(measure, sp.Expr):
        raise TypeError(f"`measure` must be a SymPy expression in one symbol, the rate; got {measure!r}")
    if len(measure.free_symbols) != 1 or measure.has(sp.Float):
        raise ValueError(f"`measure` must be an exact expression in one symbol, the rate; got {measure}")
    density = measure.xreplace({next(iter(measure.free_symbols)): rate})
    with precision(_DIGITS):
        try:
            _validate_sign(density)
            kernel = lower(target.expression, (t,), "ball")
            for time in _TIMES:
                _validate_value(_transform(density, time), kernel(constant_ball(time)), time)
        except (TypeError, ArithmeticError, GrowthError) as error:
            raise ValueError(
                f"`measure` must be a density with a transform that balls can enclose ({error}); got {measure}"
            ) from error


def _transform(density: sp.Expr, time: sp.Rational) -> arb:
    """``int mu(w) e^(-w time) dw``."""
    return lower(sp.Integral(density * sp.exp(-time * rate), (rate, 0, sp.oo)), (), "ball")()


def _validate_sign(density: sp.Expr) -> None:
    value = lower(density, (rate,), "ball")
    for point in _RATES:
        found = value(constant_ball(point))
        if found < 0:
            raise ValueError(
                f"`measure` must be nonnegative (completely monotone target); got {found.str(5)} at the rate {point}"
            )


def _validate_value(transform: arb, kernel: arb, time: sp.Rational) -> None:
    if not transform.overlaps(kernel):
        raise ValueError(
            f"`measure` must represent the target: at t = {time} its transform is {transform.str(8)}, "
            f"the target {kernel.str(8)}"
        )
