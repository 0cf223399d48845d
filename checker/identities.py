"""``left == right`` for all values of the symbols: both sides as quotients of polynomials, over a common denominator.

Monomials map generators to rational exponents: symbols, primes under roots, exponentials of monomials, unknown
functions by their arguments. Equal quotients are equal wherever they have values.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from answers import LIMIT, NotReachedError, RefusedError
from enclosures import jet
from functions import FUNCTIONS
from intervals import ONE, ZERO

Monomial = frozenset[tuple[str, Fraction]]
Polynomial = dict[Monomial, Fraction]
Quotient = tuple[Polynomial, Polynomial]
UNIT: Polynomial = {frozenset(): ONE}


def _times(x: Polynomial, y: Polynomial) -> Polynomial:
    LIMIT.spend(len(x) * len(y))
    out: Polynomial = {}
    for left, a in x.items():
        for right, b in y.items():
            factor, monomial = _joined(left, right)
            out[monomial] = out.get(monomial, ZERO) + a * b * factor
    return {monomial: c for monomial, c in out.items() if c}


def _joined(x: Monomial, y: Monomial) -> tuple[Fraction, Monomial]:
    """Product of two monomials; whole powers of primes, and of i squared, become coefficients."""
    exponents, factor = dict(x), ONE
    for generator, n in y:
        exponents[generator] = exponents.get(generator, ZERO) + n
    for generator in [g for g in exponents if g.startswith("prime ")]:
        whole = exponents[generator].__floor__()
        factor *= Fraction(int(generator[6:])) ** whole
        exponents[generator] -= whole
    if "i" in exponents:
        factor *= -1 if exponents["i"] // 2 % 2 else 1
        exponents["i"] %= 2
    return factor, frozenset((g, n) for g, n in exponents.items() if n)


def _plus(x: Polynomial, y: Polynomial, sign: int = 1) -> Polynomial:
    out = dict(x)
    for monomial, c in y.items():
        out[monomial] = out.get(monomial, ZERO) + sign * c
    return {monomial: c for monomial, c in out.items() if c}


def sum_of(x: Quotient, y: Quotient) -> Quotient:
    if x[1] == y[1]:
        return _plus(x[0], y[0]), x[1]
    return _plus(_times(x[0], y[1]), _times(y[0], x[1])), _times(x[1], y[1])


def product_of(x: Quotient, y: Quotient) -> Quotient:
    return _times(x[0], y[0]), _times(x[1], y[1])


def _generator(name: str, exponent: Fraction = ONE) -> Quotient:
    return {frozenset({(name, exponent)}): ONE}, UNIT


def _whole_power(x: Quotient, n: int) -> Quotient:
    if n < 0:
        if not x[0]:
            raise RefusedError("a denominator is 0 everywhere")
        x, n = (x[1], x[0]), -n
    out: Quotient = (UNIT, UNIT)
    for _ in range(n):
        out = product_of(out, x)
    return out


def _text(x: Quotient) -> str:
    def shown(p: Polynomial) -> str:
        return repr(sorted((sorted((g, str(n)) for g, n in m), str(c)) for m, c in p.items()))

    return f"{shown(x[0])} / {shown(x[1])}"


def quotient(tree: Any, kinds: dict[str, str]) -> Quotient:
    """`tree` as a quotient of polynomials; `kinds` says of each symbol what it is."""
    kind, *rest = tree
    if kind == "number":
        value = Fraction(rest[0])
        return ({frozenset(): value} if value else {}), UNIT
    if kind in ("symbol", "pi", "i"):
        return _generator(f"symbol {rest[0]}" if rest else kind)
    if kind == "power":
        return _power_of(rest[0], rest[1], kinds)
    if kind == "unknown":
        raise NotReachedError(f"no rule for {rest[0]}")
    if kind == "function":
        return _generator(f"{rest[0]}({'; '.join(_text(quotient(part, kinds)) for part in rest[1:])})")
    if kind == "log":
        return _logarithm(rest[0], kinds)
    parts = [quotient(part, kinds) for part in rest]
    if kind in ("+", "*"):
        out = parts[0]
        for part in parts[1:]:
            out = sum_of(out, part) if kind == "+" else product_of(out, part)
        return out
    if kind == "exp":
        return _exponential(parts[0])
    if kind in FUNCTIONS:
        return _generator(f"{kind}({_text(parts[0])})")
    raise NotReachedError(f"no rule for {kind}")


def _is_positive(tree: Any, kinds: dict[str, str]) -> bool:
    """Whether a tree is certainly positive: by its parts, none of which may be negative or 0."""
    kind, *rest = tree
    if kind == "number":
        return Fraction(rest[0]) > 0
    if kind == "symbol":
        return kinds[rest[0]] in ("positive", "positive integer")
    if kind == "power":
        return _is_positive(rest[0], kinds) and _is_real(rest[1], kinds)
    if kind == "exp":
        return _is_real(rest[0], kinds)
    return kind == "pi" or (kind in ("+", "*") and all(_is_positive(part, kinds) for part in rest))


def _is_real(tree: Any, kinds: dict[str, str]) -> bool:
    kind, *rest = tree
    if kind == "symbol":
        return kinds[rest[0]] != "other"
    return (
        kind == "number"
        or _is_positive(tree, kinds)
        or (kind in ("+", "*") and all(_is_real(part, kinds) for part in rest))
    )


def _logarithm(tree: Any, kinds: dict[str, str]) -> Quotient:
    """log of a product of positive numbers, symbols and powers is a sum; any other log is a generator."""
    kind, *rest = tree
    if kind == "number" and Fraction(rest[0]) > 0:
        value, out = Fraction(rest[0]), ({}, UNIT)
        for n, sign in ((value.numerator, 1), (value.denominator, -1)):
            for p, times in _factors(n):
                out = sum_of(
                    out, (_log_of(f"prime {p}", ({frozenset(): Fraction(p)}, UNIT), sign * times), UNIT)
                )
        return out
    if kind == "*" and all(_is_positive(part, kinds) for part in rest):
        out = {}, UNIT
        for part in rest:
            out = sum_of(out, _logarithm(part, kinds))
        return out
    if kind == "power" and _is_positive(rest[0], kinds) and _is_real(rest[1], kinds):
        return product_of(quotient(rest[1], kinds), _logarithm(rest[0], kinds))
    base = quotient(tree, kinds)
    return _log_of(_text(base), base), UNIT


#: What generators ``log(...)`` are logarithms of.
LOGARITHMS: dict[str, Quotient] = {}


def _log_of(name: str, base: Quotient, times: int = 1) -> Polynomial:
    LOGARITHMS[f"log({name})"] = base
    return {frozenset({(f"log({name})", ONE)}): Fraction(times)}


def _exponential(x: Quotient) -> Quotient:
    """exp of a sum: a product of powers, one for each monomial over the denominator; exp(n log x) is x^n."""
    top, bottom = x
    if len(bottom) == 1:
        ((monomial, c),) = bottom.items()
        factor, flipped = _joined(frozenset(), frozenset((g, -n) for g, n in monomial))
        top, bottom = _times(top, {flipped: factor / c}), UNIT
    below = "" if bottom == UNIT else _text((UNIT, bottom))
    out: Quotient = (UNIT, UNIT)
    for m, c in top.items():
        ((generator, n), *others) = m or {("", ZERO)}
        if not below and not others and n == 1 and generator in LOGARITHMS:
            power = _rational_power(LOGARITHMS[generator], c)
        else:
            power = _generator(f"exp({sorted((g, str(n)) for g, n in m)!r}{below})", c)
        out = product_of(out, power)
    return out


def _power_of(base: Any, exponent: Any, kinds: dict[str, str]) -> Quotient:
    n = quotient(exponent, kinds)
    if n[1] != UNIT or any(m for m in n[0]):
        # What a power is, wherever it has a value.
        return _exponential(product_of(n, _logarithm(base, kinds)))
    value = n[0].get(frozenset(), ZERO)
    if value.denominator != 1 and _is_positive(base, kinds):
        return _exponential(product_of(n, _logarithm(base, kinds)))
    return _rational_power(quotient(base, kinds), value)


def _rational_power(base: Quotient, value: Fraction) -> Quotient:
    """Of a positive symbol, pi or a number any power; of the rest a whole power, times a root that stays one."""
    if value.denominator == 1:
        if abs(value) > 60:
            raise NotReachedError("a large power")
        return _whole_power(base, int(value))
    if base[1] == UNIT and len(base[0]) == 1:
        ((monomial, c),) = base[0].items()
        if not monomial and c > 0:
            return _times(_primes(c.numerator, value), _primes(c.denominator, -value)), UNIT
        if c == 1 and len(monomial) == 1:
            ((generator, n),) = monomial
            if n == 1 and f"log({_text(base)})" in LOGARITHMS:
                return _generator(generator, value)
    root = _generator(f"base {_text(base)}", value - value.__floor__())
    return product_of(_whole_power(base, value.__floor__()), root)


def _factors(n: int) -> list[tuple[int, int]]:
    """Primes and how often they divide n."""
    found, p = [], 2
    while n > 1:
        if p > 10_000:
            raise NotReachedError("a root of a large number")
        if p * p > n:
            p = n
        times = 0
        while n % p == 0:
            times, n = times + 1, n // p
        if times:
            found.append((p, times))
        p += 1
    return found


def _primes(n: int, exponent: Fraction) -> Polynomial:
    out = UNIT
    for p, times in _factors(n):
        factor, monomial = _joined(frozenset(), frozenset({(f"prime {p}", times * exponent)}))
        out = _times(out, {monomial: factor})
    return out


def check_identity(body: dict[str, Any]) -> str:
    """Both sides over a common denominator, or a point at which they certainly differ."""
    kinds = dict(body["symbols"])
    LOGARITHMS.clear()
    left, right = quotient(body["left"], kinds), quotient(body["right"], kinds)
    if not (left[1] and right[1]):
        raise RefusedError("a denominator is 0 everywhere")
    if not _plus(_times(left[0], right[1]), _times(right[0], left[1]), -1):
        return "equal quotients"
    names = tuple(name for name, _ in body["symbols"])
    tree = ["+", body["left"], ["*", ["number", "-1"], body["right"]]]
    for shift in range(3):
        point = {name: Fraction(7 + 5 * k + shift * (k + 2), 6 + k) for k, name in enumerate(names)}
        low, high = jet(tree, {name: (x, x) for name, x in point.items()}, ())[0]
        allowed = all(kind in ("positive", "real") for _, kind in body["symbols"])
        if allowed and (low > 0 or high < 0):
            raise RefusedError(
                f"the sides differ at {', '.join(f'{name} = {x}' for name, x in point.items())}"
            )
    raise NotReachedError("not reduced to equal quotients")
