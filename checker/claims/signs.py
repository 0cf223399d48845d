"""``smaller <= larger`` for all values of the symbols: the difference is identically a form, and the form has the sign.

The sign is read off the form: no term of a sum and no factor of a product may be negative, an even power of what is
real is not, an exponential is positive and at most 1 where its argument is not positive; numbers are enclosed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from algebra.positivity import is_constant
from answers import NotReachedError, RefusedError
from arithmetic.enclosures import jet

from claims.identities import check_identity

POSITIVE = ("positive", "positive integer")
NONNEGATIVE = ("nonnegative", "nonnegative integer")
REAL = (*POSITIVE, *NONNEGATIVE, "real", "integer")


def check_inequality(body: dict[str, Any]) -> str:
    """The identity first, then the sign of the form."""
    kinds = dict(body["symbols"])
    minus = ["*", ["number", "-1"], body["smaller"]]
    check_identity({"left": ["+", body["larger"], minus], "right": body["form"], "symbols": body["symbols"]})
    found = sign(body["form"], kinds)
    if found is None or (body["strict"] and found == 0):
        if is_constant(body["form"]) and jet(body["form"], {}, ())[0][1] < 0:
            raise RefusedError("the form is negative")
        raise NotReachedError("the sign of the form is not seen")
    return "form without a negative part"


def sign(tree: Any, kinds: dict[str, str]) -> int | None:
    """1 for positive, 0 for not negative, None where that is not seen."""
    kind, *rest = tree
    if kind == "number":
        value = Fraction(rest[0])
        return None if value < 0 else int(value > 0)
    if kind == "symbol":
        return _of_kind(kinds[rest[0]])
    if kind == "abs":
        return 0
    if kind == "exp":
        return 1 if _is_real(rest[0], kinds) else None
    if kind == "power":
        return _of_power(rest[0], rest[1], kinds)
    if kind == "function":
        return _of_function(rest, kinds)
    found = _of_parts(kind, rest, kinds)
    if found is None and is_constant(tree):
        return 1 if jet(tree, {}, ())[0][0] > 0 else None
    return found


def _of_kind(kind: str) -> int | None:
    return 1 if kind in POSITIVE else 0 if kind in NONNEGATIVE else None


def _of_parts(kind: str, parts: list[Any], kinds: dict[str, str]) -> int | None:
    if kind == "+" and (found := _of_one_less_exponential(parts, kinds)) is not None:
        return found
    signs = [sign(part, kinds) for part in parts] if kind in ("+", "*") else [None]
    known = [x for x in signs if x is not None]
    if len(known) < len(signs):
        return None
    return max(known) if kind == "+" else min(known)


def _of_one_less_exponential(parts: list[Any], kinds: dict[str, str]) -> int | None:
    """``1 - exp(-x)`` by the sign of x."""
    others = [part for part in parts if part != ["number", "1"]]
    if len(parts) != 2 or len(others) != 1 or others[0][0] != "*":
        return None
    factors = [factor for factor in others[0][1:] if factor != ["number", "-1"]]
    if len(others[0]) != 3 or len(factors) != 1 or factors[0][0] != "exp":
        return None
    return sign(_opposite(factors[0][1]), kinds)


def _opposite(tree: Any) -> Any:
    """Minus a tree: the numbers in its products with the other sign."""
    kind, *rest = tree
    if kind == "number":
        return ["number", str(-Fraction(rest[0]))]
    if kind == "+":
        return ["+", *map(_opposite, rest)]
    if kind == "*":
        for index, factor in enumerate(rest):
            if factor[0] == "number":
                return ["*", *rest[:index], _opposite(factor), *rest[index + 1 :]]
    return ["*", ["number", "-1"], tree]


def _of_power(base: Any, exponent: Any, kinds: dict[str, str]) -> int | None:
    found = sign(base, kinds)
    if found == 1 and _is_real(exponent, kinds):
        return 1
    if found == 0 and sign(exponent, kinds) == 1:
        return 0
    even = exponent[0] == "number" and Fraction(exponent[1]) > 0 and Fraction(exponent[1]) % 2 == 0
    return 0 if even and _is_real(base, kinds) else None


def _of_function(rest: list[Any], kinds: dict[str, str]) -> int | None:
    """Entries of a sequence, and sums over an index that starts at 1."""
    name, *parts = rest
    if name.startswith("indexed "):
        return _of_kind(kinds.get(name.removeprefix("indexed "), "other"))
    if name == "sum" and len(parts) == 4 and parts[2] == ["number", "1"] and parts[1][0] == "symbol":
        whole = kinds[parts[1][1]] in ("positive integer", "nonnegative integer", "integer")
        # One that ends before it starts would have the opposite sign.
        return 0 if whole and None not in (sign(parts[0], kinds), sign(parts[3], kinds)) else None
    return None


def _is_real(tree: Any, kinds: dict[str, str]) -> bool:
    kind, *rest = tree
    if kind == "symbol":
        return kinds[rest[0]] in REAL
    if kind in ("+", "*", "exp", "abs", "sin", "cos", "erf", "erfc"):
        return all(_is_real(part, kinds) for part in rest)
    if kind == "power":
        whole = rest[1][0] == "number" and Fraction(rest[1][1]).denominator == 1
        return _is_real(rest[0], kinds) if whole else sign(tree, kinds) is not None
    if kind == "function" and rest[0].startswith("indexed "):
        return kinds.get(rest[0].removeprefix("indexed "), "other") in REAL
    return kind in ("number", "pi") or sign(tree, kinds) is not None
