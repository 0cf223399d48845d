"""Independent routes to loss, gradient and Hessian at an instance, and their agreement.

The closed forms under test are functions ``formula(a, w)`` of exact numbers or symbols that give expressions
in `theory.objective.continuous.Moment` and `theory.objective.continuous.squared_norm`; a false neighbour of a
statement is such a function with a mistake in it, and goes through the same routes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Final, Literal

import sympy as sp
from flint import arb, ctx, fmpq

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision, precision, relative_accuracy, to_mpf
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.objective import Objective
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Agreement, BallInequalities, Came
from memcurse.proofs_checks.evidence.intervals import exact_fraction
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective.continuous import Moment, W, squared_norm
from memcurse.theory.objective.gram_form import A, column, row, width_symbol
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum, Target

from ._instances import Instance

#: From exact amplitudes and rates to expressions in `Moment` and `squared_norm`.
Formula = Callable[[Sequence[Any], Sequence[Any]], Any]

#: A route claims this many digits less than it works with.
GUARD: Final = 4
#: Doublings of the working precision before a moment is taken with the accuracy it has.
_ROUNDS: Final = 4


def working_digits(digits: int) -> tuple[int, int]:
    """The two precisions of an agreement: about half of `digits`, and `digits`."""
    high = max(30, digits)
    return max(15, high // 2), high


def claimed_digits(digits: int) -> tuple[int, int]:
    """Digits that the routes claim at the two precisions."""
    low, high = working_digits(digits)
    return low - GUARD, high - GUARD


def at_target(expressions: Sequence[sp.Expr], target: Target) -> list[arb]:
    """Values of closed forms for a target, in balls at the current precision.

    The moments are evaluated first; what is left is exact rational arithmetic and one linear combination.
    """

    parts = sorted({x for e in expressions for x in e.atoms(Moment) | e.atoms(squared_norm)}, key=str)
    symbols = [sp.Dummy(real=True) for _ in parts]
    replaced = [e.xreplace(dict(zip(parts, symbols, strict=True))) for e in expressions]
    values = [_value(target, part, ctx.prec) for part in parts]
    result: list[arb] = lower(replaced, symbols, "ball")(*values)
    return result


@functools.lru_cache(maxsize=4096)
def _value(target: Target, part: sp.Expr, bits: int) -> arb:
    """One moment, or the squared norm, to about `bits` bits of its own: its closed form may cancel."""
    value = target.squared_norm() if part == squared_norm else target.moment(int(part.args[0]), part.args[1])
    evaluate, working = lower(value, (), "ball"), bits
    for _ in range(_ROUNDS):
        with ball_precision(working):
            ball: arb = evaluate()
        if relative_accuracy(ball) >= bits - 8 or ball.is_zero():
            break
        working *= 2
    return ball


def as_symbols(expression: sp.Expr) -> sp.Expr:
    """The expression with a symbol for every moment at a symbolic rate: they are independent numbers."""
    moments = {x: sp.Symbol(f"L_{x.args[0]}_{x.args[1]}", real=True) for x in expression.atoms(Moment)}
    return expression.xreplace(moments)


def at_width(expression: sp.Expr, m: int, k: int = 1, n: int = 1) -> sp.Expr:
    """An expression in indexed symbols at the width `m` and the indices `k`, `n`."""
    a, w = amplitudes(m), rates(m)
    written = expression.subs({width_symbol: m, row: k, column: n}).doit()
    letters = {A[i + 1]: a[i] for i in range(m)} | {W[i + 1]: w[i] for i in range(m)}
    return as_symbols(written.xreplace(letters))


@contextmanager
def beyond(digits: int) -> Iterator[None]:
    """Work with enough digits for results good to `digits` although terms cancel."""
    with precision(digits + 20):
        yield


def is_compiled(instance: Instance) -> bool:
    """Whether compiled kernels take the target as it is, so that a value is due."""
    bases = [part.undelayed for part in instance.target.parts()]
    return all(isinstance(base, ExponentialSum | GaussianBump) for base in bases)


def compiled_kernels(
    floats: Sequence[tuple[Any, Any]], came: int, points: Sequence[Instance]
) -> list[Finding]:
    """Findings about the code: every compiled kernel that is due gave a value, and its error keeps the promise."""
    due = sum(is_compiled(point) for point in points)
    found: list[Finding] = (
        [Came("compiled kernels that gave a value", came, due, about="code")] if due else []
    )
    if floats:
        name = "error of the compiled kernel <= 1e-12 times its terms"
        found.append(BallInequalities(name, floats, strict=False, about="code"))
    return found


def in_float64(instance: Instance, order: Literal["loss", "gradient", "hessian"]) -> Any | None:
    """The package's float64 value; None where it refuses, or fits a model (which is slow)."""
    if not is_compiled(instance):
        return None
    try:
        objective = Objective(instance.target)
        return getattr(objective, order)([float(x) for x in instance.a], [float(x) for x in instance.w])
    except FloatRangeError:
        return None


def float_bound(scale: Fraction) -> arb:
    """What float64 promises: 1e-12 of the sum of the absolute values of the terms."""
    return arb(fmpq(scale.numerator, scale.denominator)) / 10**12


def size(instance: Instance, expression: sp.Expr) -> Fraction:
    """Sum of the absolute values of the terms of a closed form: what rounding in it is relative to."""
    with precision(20):
        terms = at_target(list(sp.Add.make_args(sp.expand(expression))), instance.target)
        return max(exact_fraction("size", to_mpf(sum((abs(x) for x in terms), arb(0)))), Fraction(1, 10**6))


def directional(formula: Formula, instance: Instance, direction: Sequence[Any], digits: int) -> list[arb]:
    r"""Derivative of `formula` along `direction` by differences: ``[8(f_1 - f_-1) - (f_2 - f_-2)]/12h``.

    The step is ``h = 10^-q`` with ``q = digits // 4 + 2``, so that the error ``h^4 f^(5)/30`` lies below the
    digits claimed; the differences are taken in balls with as many more digits as they cancel.
    """
    m, q = len(instance.a), digits // 4 + 2
    h = sp.Rational(1, 10**q)
    scaled = [d * x for d, x in zip(direction, (*([1] * m), *instance.w), strict=True)]
    with precision(digits + q + 25):
        found = []
        for k in (1, -1, 2, -2):
            theta = [x + k * h * d for x, d in zip((*instance.a, *instance.w), scaled, strict=True)]
            found.append(at_target(_flat(formula(theta[:m], theta[m:])), instance.target))
        step = lower(h, (), "ball")()
        return [(8 * (p - n) - (pp - nn)) / (12 * step) for p, n, pp, nn in zip(*found, strict=True)]


def along(expressions: Sequence[sp.Expr], direction: Sequence[Any], instance: Instance) -> sp.Expr:
    """The combination of a gradient (or of a row of the Hessian) that belongs to `directional`."""
    scales = (*([1] * len(instance.a)), *instance.w)
    return sp.Add(*(e * d * s for e, d, s in zip(expressions, direction, scales, strict=True)))


def _flat(values: Any) -> list[sp.Expr]:
    several = values if isinstance(values, sp.MatrixBase | list | tuple) else [values]
    return [x if isinstance(x, sp.Expr) else sp.Rational(x) for x in several]


def agreement(
    name: str, routes: Mapping[str, Callable[[int], Any]], digits: int, scale: Fraction
) -> Agreement:
    """Each route at both precisions; the claims are relative to `scale`."""
    low, high = working_digits(digits)
    values = {route: (value(low), value(high)) for route, value in routes.items()}
    return Agreement(name, values, claimed_digits(digits), scale, about="code")
