"""Expression trees as quotients of polynomials.

Generators are symbols, primes under roots, exponentials of monomials, logarithms, unknown functions by their
arguments. Waves are exponentials, erfc is 1 - erf. Equal quotients are equal wherever they have values.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from answers import NotReachedError

from algebra.polynomials import (
    NO_FACTORS,
    ONE_OVER_ONE,
    ROOTS,
    UNIT,
    Monomial,
    Polynomial,
    Quotient,
    generator,
    inverse,
    joined,
    normal,
    product_of,
    scaled,
    sum_of,
    text,
    times,
    whole_power,
)
from algebra.positivity import is_integer, is_positive, is_real

ZERO, ONE = Fraction(0), Fraction(1)
_I: Quotient = ({frozenset({("i", ONE)}): ONE}, NO_FACTORS)
#: Functions of which nothing is used but that they are functions.
_OPAQUE = ("erf", "gamma", "expint")


def constant(value: Fraction) -> Quotient:
    """A number."""
    return ({frozenset(): value} if value else {}), NO_FACTORS


def negative(x: Quotient) -> Quotient:
    """Minus a quotient."""
    return scaled(x[0], -ONE), x[1]


def quotient(tree: Any, kinds: dict[str, str]) -> Quotient:
    """`tree` as a quotient of polynomials; `kinds` says of each symbol what it is."""
    kind, *rest = tree
    if kind == "number":
        return constant(Fraction(rest[0]))
    if kind in ("symbol", "pi", "i"):
        return generator(f"symbol {rest[0]}" if rest else kind)
    if kind == "power":
        return _power_of(rest[0], rest[1], kinds)
    if kind == "unknown":
        raise NotReachedError(f"no rule for {rest[0]}")
    if kind == "function":
        return _of_named(rest[0], rest[1:], kinds)
    if kind == "log":
        return _logarithm(rest[0], kinds)
    parts = [quotient(part, kinds) for part in rest]
    if kind in ("+", "*"):
        out = parts[0]
        for part in parts[1:]:
            out = sum_of(out, part) if kind == "+" else product_of(out, part)
        return out
    return _of_function(kind, rest, parts, kinds)


def _of_function(kind: str, rest: list[Any], parts: list[Quotient], kinds: dict[str, str]) -> Quotient:
    if kind == "exp":
        return _exponential(parts[0], kinds)
    if kind in ("sin", "cos", "tan"):
        return _wave(kind, parts[0], kinds)
    if kind == "erfc":
        return sum_of(constant(ONE), negative(_odd("erf", parts[0])))
    if kind == "erf":
        return _odd("erf", parts[0])
    if kind == "abs":
        return _size(rest[0], parts[0], kinds)
    if kind in _OPAQUE:
        return generator(f"{kind}({'; '.join(map(text, parts))})")
    raise NotReachedError(f"no rule for {kind}")


def _of_named(name: str, rest: list[Any], kinds: dict[str, str]) -> Quotient:
    """A function that is only a name, but for factors before an integral, and Bessel functions in the first two."""
    if name == "bound Subs" and len(rest) == 3 and rest[1][0] == "symbol":
        # What the variable is called does not matter.
        kinds = {**kinds, "put in": "other"}
        rest = [_renamed(rest[0], rest[1][1]), ["symbol", "put in"], rest[2]]
    parts = [quotient(part, kinds) for part in rest]
    outside = ONE_OVER_ONE
    if name == "bound Integral" and len(rest) == 4 and parts[0][0]:
        outside, parts[0] = _without(parts[0], f"symbol {rest[1][1]}")
    if name == "known besseli" and rest[0][0] == "number" and Fraction(rest[0][1]) >= 2:
        return _bessel(Fraction(rest[0][1]), rest[1], kinds)
    return product_of(outside, generator(f"{name}({'; '.join(map(text, parts))})"))


def _renamed(tree: Any, variable: str) -> Any:
    if tree == ["symbol", variable]:
        return ["symbol", "put in"]
    return [_renamed(part, variable) for part in tree] if isinstance(tree, list) else tree


def _without(x: Quotient, variable: str) -> tuple[Quotient, Quotient]:
    """The factor that does not name a variable, and the rest."""
    ((generators, c),) = normal(x[0])[0].items()
    free = frozenset((g, n) for g, n in generators if variable not in g)
    _, turned = joined(frozenset(), frozenset((g, -n) for g, n in free))
    return ({free: c}, NO_FACTORS), product_of(x, ({turned: 1 / c}, NO_FACTORS))


def _bessel(n: Fraction, z: Any, kinds: dict[str, str]) -> Quotient:
    """I_n(z) = I_(n-2)(z) - 2 (n - 1) / z I_(n-1)(z)."""
    two_less, one_less = (_of_named("known besseli", [["number", str(n - k)], z], kinds) for k in (2, 1))
    factor = product_of(constant(-2 * (n - 1)), inverse(quotient(z, kinds)))
    return sum_of(two_less, product_of(factor, one_less))


def _odd(name: str, x: Quotient) -> Quotient:
    """An odd function of what has a positive first term, or minus it."""
    if not x[0]:
        return constant(ZERO)
    if x[0][min(x[0], key=sorted)] < 0:
        return negative(generator(f"{name}({text(negative(x))})"))
    return generator(f"{name}({text(x)})")


def _wave(kind: str, x: Quotient, kinds: dict[str, str]) -> Quotient:
    forward, back = _exponential(product_of(_I, x), kinds), _exponential(negative(product_of(_I, x)), kinds)
    half = constant(Fraction(1, 2))
    cos = product_of(half, sum_of(forward, back))
    sin = negative(product_of(product_of(half, _I), sum_of(forward, negative(back))))
    return {"cos": cos, "sin": sin}[kind] if kind != "tan" else product_of(sin, inverse(cos))


def _size(tree: Any, x: Quotient, kinds: dict[str, str]) -> Quotient:
    """|x| of what is positive is x, of a real symbol a generator whose even powers are those of x."""
    if is_positive(tree, kinds):
        return x
    if tree[0] == "symbol" and is_real(tree, kinds):
        return generator(f"abs symbol {tree[1]}")
    return generator(f"size({text(x)})")


def _logarithm(tree: Any, kinds: dict[str, str]) -> Quotient:
    """log of a product of positive numbers, symbols and powers is a sum; any other log is a generator."""
    kind, *rest = tree
    if kind == "number" and Fraction(rest[0]) > 0:
        return _log_of_number(Fraction(rest[0])), NO_FACTORS
    if kind == "*" and all(is_positive(part, kinds) for part in rest):
        out = constant(ZERO)
        for part in rest:
            out = sum_of(out, _logarithm(part, kinds))
        return out
    if kind == "power" and is_positive(rest[0], kinds) and is_real(rest[1], kinds):
        return product_of(quotient(rest[1], kinds), _logarithm(rest[0], kinds))
    if kind == "exp" and is_real(rest[0], kinds):
        return quotient(rest[0], kinds)
    base = quotient(tree, kinds)
    parts = _positive_parts(base, kinds)
    if parts is not None:
        out = constant(ZERO)
        for part, n in parts:
            log = _log_of(text(part), part)
            out = sum_of(out, (scaled(log, Fraction(n)), NO_FACTORS))
        return out
    return _log_of(text(base), base), NO_FACTORS


def _positive_parts(base: Quotient, kinds: dict[str, str]) -> list[tuple[Quotient, int]] | None:
    """Numerator and factors of the denominator, where each is a sum of positive terms."""
    parts = [((base[0], NO_FACTORS), 1), *(((dict(factor), NO_FACTORS), -n) for factor, n in base[1])]
    for (top, _), _ in parts:
        for monomial, c in top.items():
            if c <= 0 or not all(_is_positive_generator(g, kinds) for g, _ in monomial):
                return None
    return parts if base[1] else None


def _log_of_number(value: Fraction) -> Polynomial:
    out: Polynomial = {}
    for n, sign in ((value.numerator, 1), (value.denominator, -1)):
        for p, often in _factors(n):
            log = _log_of(f"prime {p}", constant(Fraction(p)), sign * often)
            out = sum_of((out, NO_FACTORS), (log, NO_FACTORS))[0]
    return out


#: What generators ``log(...)`` are logarithms of.
LOGARITHMS: dict[str, Quotient] = {}


def _log_of(name: str, base: Quotient, often: int = 1) -> Polynomial:
    LOGARITHMS[f"log({name})"] = base
    return {frozenset({(f"log({name})", ONE)}): Fraction(often)}


def _exponential(x: Quotient, kinds: dict[str, str]) -> Quotient:
    """exp of a sum: a product of powers, one for each monomial over the denominator; exp(n log x) is x^n."""
    top, bottom = x
    below = text((UNIT, bottom)) if bottom else ""
    out = ONE_OVER_ONE
    for m, c in top.items():
        if not bottom and _is_whole_turn(m, c, kinds):
            continue
        ((name, n), *others) = m or {("", ZERO)}
        if not below and not others and n == 1 and name in LOGARITHMS:
            power = _rational_power(LOGARITHMS[name], c, kinds)
        else:
            power = generator(f"exp({sorted((g, str(n)) for g, n in m)!r}{below})", c)
        out = product_of(out, power)
    return out


def _power_of(base: Any, exponent: Any, kinds: dict[str, str]) -> Quotient:
    n = quotient(exponent, kinds)
    if not _is_number(n) and base[0] in ("*", "exp") and is_integer(exponent, kinds):
        return _by_parts(base, exponent, n, kinds)
    if n[1] or any(m for m in n[0]):
        if (even := _without_sign(base, n, exponent, kinds)) is not None:
            base = even
        # What a power is, wherever it has a value.
        return _exponential(product_of(n, _logarithm(base, kinds)), kinds)
    value = n[0].get(frozenset(), ZERO)
    if value.denominator != 1 and is_positive(base, kinds):
        return _exponential(product_of(n, _logarithm(base, kinds)), kinds)
    return _rational_power(quotient(base, kinds), value, kinds)


def _is_number(x: Quotient) -> bool:
    return not x[1] and not any(x[0])


def _by_parts(base: Any, exponent: Any, n: Quotient, kinds: dict[str, str]) -> Quotient:
    """A whole power of a product is one of its factors, of an exponential one of n times the argument."""
    if base[0] == "exp":
        return _exponential(product_of(n, quotient(base[1], kinds)), kinds)
    if (even := _without_sign(base, n, exponent, kinds)) is not None:
        return _power_of(even, exponent, kinds)
    out = ONE_OVER_ONE
    for part in base[1:]:
        out = product_of(out, _power_of(part, exponent, kinds))
    return out


def _is_whole_turn(m: Monomial, c: Fraction, kinds: dict[str, str]) -> bool:
    """Whether it is 2 pi i times a whole number."""
    factors = dict(m)
    if c.denominator != 1 or c % 2 or factors.pop("i", None) != 1 or factors.pop("pi", None) != 1:
        return False
    return all(
        n > 0 and n.denominator == 1 and "integer" in kinds.get(g.removeprefix("symbol "), "")
        for g, n in factors.items()
    )


def _without_sign(base: Any, n: Quotient, exponent: Any, kinds: dict[str, str]) -> Any:
    """(-x)^n is x^n where n is an even whole number; None where that is not so, or base has no sign to lose."""
    if base[0] != "*" or ["number", "-1"] not in base or n[1] or not is_integer(exponent, kinds):
        return None
    if any(c.denominator != 1 or c % 2 for c in n[0].values()):
        return None
    left = [part for part in base[1:] if part != ["number", "-1"]]
    return ["*", *left] if len(left) > 1 else left[0]


def _rational_power(base: Quotient, value: Fraction, kinds: dict[str, str]) -> Quotient:
    """A whole power; or positive numbers and symbols to any power, times a root of what is left."""
    if value.denominator == 1:
        return whole_power(base, int(value))
    if not base[0]:
        raise NotReachedError("a root of 0")
    monomial, rest = normal(base[0])
    ((generators, c),) = monomial.items()
    sign = 1 if c > 0 else -1
    out = times(_primes(abs(c).numerator, value), _primes(abs(c).denominator, -value)), NO_FACTORS
    left: Quotient = (scaled(rest, Fraction(sign)), base[1])
    for name, n in generators:
        if _is_positive_generator(name, kinds):
            out = product_of(out, generator(name, n * value))
        else:
            left = product_of(left, generator(name, n))
    if left == ONE_OVER_ONE:
        return out
    name = f"base {text(left)}"
    ROOTS[name] = left
    root = generator(name, value - value.__floor__())
    return product_of(product_of(out, whole_power(left, value.__floor__())), root)


def _is_positive_generator(name: str, kinds: dict[str, str]) -> bool:
    return name == "pi" or kinds.get(name.removeprefix("symbol ")) in ("positive", "positive integer")


def _factors(n: int) -> list[tuple[int, int]]:
    """Primes and how often they divide n."""
    found, p = [], 2
    while n > 1:
        if p > 10_000:
            raise NotReachedError("a root of a large number")
        if p * p > n:
            p = n
        often = 0
        while n % p == 0:
            often, n = often + 1, n // p
        if often:
            found.append((p, often))
        p += 1
    return found


def _primes(n: int, exponent: Fraction) -> Polynomial:
    out = UNIT
    for p, often in _factors(n):
        factor, monomial = joined(frozenset(), frozenset({(f"prime {p}", often * exponent)}))
        out = times(out, {monomial: factor})
    return out
