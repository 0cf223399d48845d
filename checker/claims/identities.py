"""``left == right`` for all values of the symbols: both sides as quotients of polynomials, their difference 0.

First the terms over each denominator are put together: often they cancel, and nothing has to be multiplied out.
"""

from __future__ import annotations

from decimal import DecimalException
from fractions import Fraction
from typing import Any

from algebra.polynomials import ROOTS, Factors, Polynomial, plus, product_of, sum_of
from algebra.quotients import LOGARITHMS, negative, quotient
from answers import LIMIT, LimitError, NotReachedError, RefusedError
from arithmetic.enclosures import jet
from arithmetic.intervals import number


def check_identity(body: dict[str, Any]) -> str:
    """The difference of both sides, or a point at which they certainly differ."""
    kinds = dict(body["symbols"])
    LOGARITHMS.clear()
    ROOTS.clear()
    if _cancels(body, kinds):
        return "equal terms"
    left, right = quotient(body["left"], kinds), quotient(body["right"], kinds)
    if not sum_of(left, negative(right))[0]:
        return "equal quotients"
    refute(body)
    raise NotReachedError("not reduced to equal quotients")


def _cancels(body: dict[str, Any], kinds: dict[str, str]) -> bool:
    """Whether the terms over each denominator cancel, none brought to another; tried with an eighth of the limit."""
    before = LIMIT.left
    LIMIT.left = min(before, LIMIT.most // 8)
    try:
        total = _spread(["+", body["left"], ["*", ["number", "-1"], body["right"]]], kinds)
    except LimitError:
        return False
    finally:
        LIMIT.left = before
    return not any(total.values())


def _spread(tree: Any, kinds: dict[str, str]) -> dict[Factors, Polynomial]:
    """A tree multiplied out, its terms by their denominators."""
    kind, *rest = tree
    if kind not in ("+", "*"):
        top, bottom = quotient(tree, kinds)
        return {bottom: top}
    out = _spread(rest[0], kinds)
    for part in rest[1:]:
        other = _spread(part, kinds)
        if kind == "+":
            for bottom, top in other.items():
                out[bottom] = plus(out.get(bottom, {}), top)
            continue
        product: dict[Factors, Polynomial] = {}
        for x in out.items():
            for y in other.items():
                top, bottom = product_of((x[1], x[0]), (y[1], y[0]))
                product[bottom] = plus(product.get(bottom, {}), top)
        out = product
    return out


def refute(body: dict[str, Any]) -> None:
    """Raises RefusedError at a point where both sides certainly differ."""
    if not all(kind in ("positive", "real") for _, kind in body["symbols"]):
        return
    tree = ["+", body["left"], ["*", ["number", "-1"], body["right"]]]
    for shift in range(3):
        point = {
            name: Fraction(7 + 5 * k + shift * (k + 2), 6 + k) for k, (name, _) in enumerate(body["symbols"])
        }
        try:
            low, high = jet(tree, {name: number(x) for name, x in point.items()}, ())[0]
        except (NotReachedError, DecimalException):
            continue
        if low > 0 or high < 0:
            shown = ", ".join(f"{name} = {x}" for name, x in point.items())
            raise RefusedError(f"the sides differ at {shown}")
