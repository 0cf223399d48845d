"""Text to a target: a parsed expression is split into the kernels whose moments are known in closed form."""

from __future__ import annotations

import contextlib
import math
from functools import reduce
from typing import Any, Final

import sympy as sp

from memcurse.theory.exact import is_positive
from memcurse.theory.notation import t
from memcurse.theory.shared_precision import holding_precision

from .kernels import AiryKernel, ExpressionTarget, GaussianBump, PowerLaw
from .oscillations import Oscillation, oscillations, split
from .parsing import parse_expression
from .rewriting import coefficients, equal_forms
from .target import ExponentialSum, Target, add
from .tokens import TargetSyntaxError

#: Most terms that products of sums are multiplied out to; each further factor would double them.
MAX_TERMS: Final = 32


@holding_precision
def parse_target(text: str) -> Target:
    """The kernel that `text` describes as a function of ``t >= 0``.

    Parameters
    ----------
    text : str
        Made of ``t``, decimal and rational numbers, ``+ - * / ** ^``, parentheses, ``exp sin cos cosh sinh sqrt erf
        erfc log airyai besselj`` and ``pi``. Nothing is evaluated: the text is walked and rebuilt.

    Returns
    -------
    Target
        Sums of exponentials, of products of exponentials, polynomials, cosines and sines (`DampedOscillations`),
        Gaussian bumps, power laws ``(1 + t)^-p`` and Airy functions come out as the classes of that name, whose moments
        are closed forms; whatever else there is, as an `ExpressionTarget`.

    Raises
    ------
    TargetSyntaxError
        With a caret under the place, if the text is anything else.
    ValueError
        If the kernel is not, or cannot be shown to be, real and square-integrable on ``t >= 0``.

    Examples
    --------
    >>> parse_target("exp(-t) + 2*exp(-3*t)")
    ExponentialSum(a=(1, 2), w=(1, 3))
    """
    expression = parse_expression(text)
    try:
        return recognise(expression)
    except ValueError as error:
        # What growth refuses, and constants whose sign no digits tell.
        for form in equal_forms(expression):
            with contextlib.suppress(ValueError):
                return recognise(form)
        raise ValueError(
            f"`text` must be a kernel that is real and square-integrable: {error}; got {text!r}"
        ) from error


def as_target(value: Any, name: str = "target") -> Target:
    """A kernel as it is, or the one that a text describes; what every function asks its kernels of.

    Raises
    ------
    TypeError
        For anything else.
    TargetSyntaxError, ValueError
        As `parse_target`.
    """
    if isinstance(value, str):
        return parse_target(value)
    if not isinstance(value, Target):
        raise TypeError(
            f"`{name}` must be a memcurse target such as ExponentialSum, or a text such as 'exp(-t)'; got {value!r}"
        )
    return value


@holding_precision
def recognise(expression: sp.Expr) -> Target:
    """The expression as a sum of known kernels, with an `ExpressionTarget` for the terms that match none."""
    if expression == 0:
        return ExponentialSum([0], [1])
    known: list[Target] = []
    waves: list[Oscillation] = []
    rest: list[sp.Expr] = []
    for term in _terms(expression):
        kernel = _known(term)
        found = oscillations(term) if kernel is None else ()
        if kernel is not None:
            known.append(kernel)
        elif found is not None and all(is_positive("rate", x.rate) for x in found):
            waves += found
        else:
            rest.append(term)
    if waves:
        known += split(waves)
    if rest and known and not _admissible(sp.Add(*rest)):
        # Terms may only be admissible together, as in 1/sqrt(1+t) - 1/sqrt(2+t).
        return ExpressionTarget(expression)
    if rest:
        # Untouched where nothing was recognised: the user's own form is the shortest.
        known.append(ExpressionTarget(sp.Add(*rest) if known else expression))
    return reduce(add, known)


def _terms(expression: sp.Expr) -> tuple[sp.Expr, ...]:
    """The terms of a sum, products of sums multiplied out where that gives no more than `MAX_TERMS` of them."""
    terms = sp.Add.make_args(expression)
    count = sum(
        math.prod(len(sp.Add.make_args(factor)) for factor in sp.Mul.make_args(term)) for term in terms
    )
    return sp.Add.make_args(sp.expand_mul(expression, deep=False)) if count <= MAX_TERMS else terms


def _admissible(expression: sp.Expr) -> bool:
    try:
        ExpressionTarget(expression)
    except ValueError:
        return False
    return True


def _known(term: sp.Expr) -> Target | None:
    factor, kernel = term.as_independent(t, as_Add=False)
    if isinstance(kernel, sp.exp):
        return _exponential_of_polynomial(factor, kernel.args[0])
    if isinstance(kernel, sp.Mul) and all(isinstance(f, sp.exp) for f in kernel.args):
        return _exponential_of_polynomial(factor, sp.Add(*(f.args[0] for f in kernel.args)))
    if isinstance(kernel, sp.Pow) and kernel.exp.is_Rational and kernel.exp < -sp.Rational(1, 2):
        return _power_law(factor, kernel.base, kernel.exp)
    if isinstance(kernel, sp.airyai):
        return _airy(factor, kernel.args[0])
    return None


def _coefficients(polynomial: sp.Expr, degree: int) -> list[sp.Expr] | None:
    """Exact coefficients, constant first, of a polynomial in t of at most this degree; None for anything else."""
    terms = coefficients(polynomial)
    if terms is None or len(terms) > degree + 1:
        return None
    return terms + [sp.S.Zero] * (degree + 1 - len(terms))


def _exponential_of_polynomial(factor: sp.Expr, exponent: sp.Expr) -> Target | None:
    found = _coefficients(exponent, 2)
    if found is None:
        return None
    c, b, a = found
    if a == 0 and is_positive("rate", -b):
        return ExponentialSum([factor * sp.exp(c)], [-b])
    # exp(a t^2 + b t + c) with a < 0 is a bump around -b/(2a); one that peaks before t = 0 is left to quadrature.
    if is_positive("rate", -a) and (b == 0 or is_positive("rate", b)):
        return GaussianBump(-b / (2 * a), sp.sqrt(-1 / (2 * a)), factor * sp.exp(c - b**2 / (4 * a)))
    return None


def _power_law(factor: sp.Expr, base: sp.Expr, exponent: sp.Rational) -> PowerLaw | None:
    found = _coefficients(base, 1)
    # (c + c t)^p = c^p (1 + t)^p
    if found is None or found[0] != found[1] or not is_positive("scale", found[0]):
        return None
    return PowerLaw(-exponent - 1, factor * found[0] ** exponent)


def _airy(factor: sp.Expr, argument: sp.Expr) -> AiryKernel | None:
    found = _coefficients(argument, 1)
    if found is None or not is_positive("scale", found[1]):
        return None
    return AiryKernel(found[1], -found[0] / found[1], factor)


__all__ = ["TargetSyntaxError", "parse_target", "recognise"]
