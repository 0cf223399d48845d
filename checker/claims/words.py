"""``left == right`` for matrices of any size: both sides as sums of words in letters that are never exchanged.

A word is a row of powers of letters, with a quotient of polynomials in what commutes before it; neighbours of the same
letter become one power, and a letter and its inverse nothing. Equal sums are equal for all matrices of sizes that fit,
wherever the inverses that are written exist.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from algebra.polynomials import ONE_OVER_ONE, ROOTS, UNIT, Polynomial, Quotient, product_of, sum_of
from algebra.quotients import LOGARITHMS, quotient
from answers import LIMIT, NotReachedError

from claims.identities import refute

#: A letter, and its exponent as the terms of a polynomial.
Factor = tuple[str, frozenset[Any]]
Word = tuple[Factor, ...]
Sum = dict[Word, Quotient]


def _joined(left: Word, right: Word) -> Word:
    """Two words, one after the other."""
    while left and right and left[-1][0] == right[0][0]:
        exponent = dict(left[-1][1])
        for monomial, c in right[0][1]:
            exponent[monomial] = exponent.get(monomial, Fraction(0)) + c
        terms = frozenset((monomial, c) for monomial, c in exponent.items() if c)
        if terms:
            return (*left[:-1], (left[-1][0], terms), *right[1:])
        left, right = left[:-1], right[1:]
    return left + right


def _plus(x: Sum, y: Sum) -> Sum:
    out = dict(x)
    for word, c in y.items():
        out[word] = sum_of(out[word], c) if word in out else c
    return {word: c for word, c in out.items() if c[0]}


def _times(x: Sum, y: Sum) -> Sum:
    LIMIT.spend(len(x) * len(y))
    out: Sum = {}
    for left, a in x.items():
        for right, b in y.items():
            word = _joined(left, right)
            out = _plus(out, {word: product_of(a, b)})
    return out


def _polynomial(tree: Any, kinds: dict[str, str]) -> Polynomial:
    top, bottom = quotient(tree, kinds)
    if bottom:
        raise NotReachedError("an exponent of a matrix that is a quotient")
    return top


def _power(base: Any, exponent: Any, letters: set[str], kinds: dict[str, str]) -> Sum:
    if holds_letters(exponent, letters):
        raise NotReachedError("a matrix in an exponent")
    if base[0] == "symbol":
        terms = frozenset(_polynomial(exponent, kinds).items())
        return {((base[1], terms),) if terms else (): ONE_OVER_ONE}
    if exponent[0] != "number" or Fraction(exponent[1]).denominator != 1 or not 0 <= int(exponent[1]) <= 60:
        raise NotReachedError("a power of a sum or product of matrices")
    out: Sum = {(): ONE_OVER_ONE}
    for _ in range(int(exponent[1])):
        out = _times(out, words(base, letters, kinds))
    return out


def holds_letters(tree: Any, letters: set[str]) -> bool:
    """Whether a matrix is among its symbols."""
    kind, *rest = tree
    if kind == "symbol":
        return rest[0] in letters
    return any(isinstance(part, list) and holds_letters(part, letters) for part in rest)


def words(tree: Any, letters: set[str], kinds: dict[str, str]) -> Sum:
    """`tree` as a sum of words; `letters` are the matrices among the symbols."""
    if not holds_letters(tree, letters):
        scalar = quotient(tree, kinds)
        return {(): scalar} if scalar[0] else {}
    kind, *rest = tree
    if kind == "symbol":
        return {((rest[0], frozenset(UNIT.items())),): ONE_OVER_ONE}
    if kind == "power":
        return _power(rest[0], rest[1], letters, kinds)
    if kind not in ("+", "*"):
        raise NotReachedError(f"no rule for {kind} of matrices")
    parts = [words(part, letters, kinds) for part in rest]
    out = parts[0]
    for part in parts[1:]:
        out = _plus(out, part) if kind == "+" else _times(out, part)
    return out


def check_matrices(body: dict[str, Any]) -> str:
    """Both sides as sums of words; where they differ, perhaps already as numbers."""
    kinds, letters = dict(body["symbols"]), set(body["matrices"])
    LOGARITHMS.clear()
    ROOTS.clear()
    left, right = (words(body[side], letters, kinds) for side in ("left", "right"))
    minus: Sum = {(): ({frozenset(): Fraction(-1)}, frozenset())}
    if not _plus(left, _times(minus, right)):
        return "equal sums of words"
    # Numbers are matrices of order 1: a point at which they differ refutes it.
    numbers = [[name, "positive" if name in letters else kind] for name, kind in body["symbols"]]
    refute({"left": body["left"], "right": body["right"], "symbols": numbers})
    raise NotReachedError("equal for numbers only, or by a rule that is not known")
