"""``larger - smaller`` as one tree: terms that occur on both sides leave, so that what is left may be tiny."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any


def difference(larger: Any, smaller: Any) -> Any:
    """Like terms are put together; a term is a rational number times a product."""
    terms: dict[str, Fraction] = {}
    for tree, sign in ((larger, 1), (smaller, -1)):
        for factor, rest in _terms(tree, Fraction(sign)):
            key = json.dumps(rest)
            terms[key] = terms.get(key, Fraction(0)) + factor
    parts = [_product(factor, json.loads(key)) for key, factor in terms.items() if factor]
    if not parts:
        return ["number", "0"]
    return ["+", *parts] if len(parts) > 1 else parts[0]


def _terms(tree: Any, factor: Fraction) -> list[tuple[Fraction, list[Any]]]:
    kind, *rest = tree
    if kind == "+":
        return [term for part in rest for term in _terms(part, factor)]
    if kind != "*":
        return [_bare(rest[0], factor)] if kind == "number" else [(factor, [tree])]
    numbers = [part for part in rest if part[0] == "number"]
    others = [part for part in rest if part[0] != "number"]
    for part in numbers:
        factor *= Fraction(part[1])
    if len(others) == 1 and others[0][0] == "+":
        return _terms(others[0], factor)
    return [(factor, sorted(others, key=json.dumps))]


def _bare(number: str, factor: Fraction) -> tuple[Fraction, list[Any]]:
    return factor * Fraction(number), []


def _product(factor: Fraction, rest: list[Any]) -> Any:
    if not rest:
        return ["number", str(factor)]
    parts = rest if factor == 1 else [["number", str(factor)], *rest]
    return ["*", *parts] if len(parts) > 1 else parts[0]
