r"""Critical points of the loss ``J_l`` with l distinct rates: isolated, proved to exist, and typed without a tolerance.

Two routes lead to them. For one or two rates and an exponential sum with rational data they are the roots of
polynomials: all of them are found (`one_rate`, `two_rates`). Otherwise Newton's method from many starts
finds candidates, and Krawczyk's operator in balls proves each (`search`, `newton`); that such a list is
complete is not claimed. The type is the inertia of the ball Hessian, or exact.

Definition D.1 counts a point as critical when its gradient vanishes; an amplitude may be 0 there.
"""

from __future__ import annotations

from memcurse.numerics.arithmetic.balls import validate_digits
from memcurse.theory.targets.target import ExponentialSum, Target

from .one_rate import all_critical_points
from .points import CriticalPoints, is_rational_sum, validate_target, validate_width
from .search import search
from .two_rates import all_pairs

#: Terms of a target up to which two rates are found by elimination, whose cost grows with the sixth power or so.
_ELIMINATED = 6


def critical_points(
    target: Target | str, l: int, digits: int = 40, *, starts: int | None = None, seed: int = 0
) -> CriticalPoints:
    """Critical points of the loss with l terms and l distinct rates, up to permutations.

    Parameters
    ----------
    target : Target or str
        The kernel to fit, or its text, not 0.
    l : int
        Number of terms, from 1 to 12.
    digits : int
        Digits to which rates (and amplitudes, relative to the largest) are enclosed; at least 15.
    starts : int, optional
        Starts of the search; default 40 per term. Not used where the list is complete.
    seed : int
        Seed of the starts.

    Returns
    -------
    CriticalPoints
        A tuple of certified `CriticalPoint`, with `.complete`, `.reason` and `.undecided`.

    Raises
    ------
    TypeError, ValueError
        For a target that is 0 or no target, or integers out of range.

    Notes
    -----
    Rigour: proof for every point in the list. Completeness is proved for exponential sums with rational data, for l = 1
    always and for l = 2 with up to 6 terms unless a point is degenerate; elsewhere `.complete` is False.
    """
    target, l, digits = validate_target(target), validate_width("l", l), validate_digits(digits)
    if starts is not None and starts < 1:
        raise ValueError(f"`starts` must be at least 1; got {starts}")
    if l == 1 and is_rational_sum(target):
        return all_critical_points(target, digits)
    if l == 2 and isinstance(target, ExponentialSum) and _can_be_eliminated(target):
        pairs = all_pairs(target, digits)
        if pairs is not None:
            return pairs
    return search(target, l, digits, starts if starts is not None else 40 * l, seed)


def _can_be_eliminated(target: ExponentialSum) -> bool:
    terms = sum(1 for a in target.a if a != 0)
    return is_rational_sum(target) and 2 <= terms <= _ELIMINATED
