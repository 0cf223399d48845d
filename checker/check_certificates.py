"""Decides the certificates of ``memcurse verify --certificates DIR`` again, with the standard library alone.

    python checker/check_certificates.py DIR

A certificate is a JSON file: a claim, exact numbers, expressions as trees, and a hash of all of it.

``identity``
    ``left == right`` for all values of the symbols. Both sides become quotients of polynomials with rational
    coefficients in symbols, exponentials, roots and unknown functions; equal ones are equal wherever they have values.
``region``
    ``smaller < larger`` on a box, by rational intervals rounded outwards and the mean value form, halved until decided.
``comparison``
    ``<``, ``<=``, ``==``, ``in`` between numbers or balls with rational ends. That is only the last step of a ball
    inequality: how the balls came about is not decided again, and the totals count it apart.

Each file is ``ok``, ``refused`` (its hash or its claim is wrong), or ``not reached`` (this program cannot tell, and
says why). Exit code: 0 if nothing is refused and something is ok, 1 if a file is refused, 2 if nothing was decided.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from pathlib import Path
from typing import Any

Interval = tuple[Fraction, Fraction]
BITS = 100
BUDGET = 4_000
TERMS = 3_000
ZERO, ONE = Fraction(0), Fraction(1)


class NotReachedError(Exception):
    """What this program does not know how to decide."""


class RefusedError(Exception):
    """A claim that is false, or a file that was changed."""


# Outward rounding and the four operations


def down(x: Fraction) -> Fraction:
    """The nearest number of `BITS` significant bits below `x`."""
    if not x:
        return ZERO
    shift = BITS - (abs(x.numerator).bit_length() - x.denominator.bit_length())
    scale = Fraction(2) ** shift
    return Fraction((x * scale).__floor__()) / scale


def rounded(low: Fraction, high: Fraction) -> Interval:
    """An interval around [low, high] with short ends."""
    return down(low), -down(-high)


def add(x: Interval, y: Interval) -> Interval:
    """Sums."""
    return rounded(x[0] + y[0], x[1] + y[1])


def mul(x: Interval, y: Interval) -> Interval:
    """Products."""
    ends = [a * b for a in x for b in y]
    return rounded(min(ends), max(ends))


def inverse(x: Interval) -> Interval:
    """Reciprocals, where 0 is not inside."""
    if x[0] <= 0 <= x[1]:
        raise NotReachedError("a denominator that may be 0")
    return rounded(1 / x[1], 1 / x[0])


def power(x: Interval, n: int) -> Interval:
    """Integer powers, at least 0."""
    ends = (x[0] ** n, x[1] ** n)
    if n % 2 == 0 and x[0] <= 0 <= x[1]:
        return rounded(ZERO if n else ONE, max(ends))
    return rounded(min(ends), max(ends))


# Functions, each with a bound of what its series leaves out


def exp_at(x: Fraction) -> Interval:
    """exp x: the series at x / 2^k, |x| / 2^k <= 1/2, where what follows a term is at most that term; k squarings."""
    if abs(x) > 20_000:
        raise NotReachedError("an exponential of a large number")
    k = max(0, (abs(x).__ceil__()).bit_length() + 1)
    small = rounded(x / 2**k, x / 2**k)
    total, term, n = (ONE, ONE), (ONE, ONE), 0
    while max(abs(term[0]), abs(term[1])) > Fraction(1, 2 ** (BITS + 20)):
        n += 1
        term = mul(mul(term, small), (Fraction(1, n), Fraction(1, n)))
        total = add(total, term)
    rest = max(abs(term[0]), abs(term[1]))
    total = rounded(total[0] - rest, total[1] + rest)
    for _ in range(k):
        total = mul(total, total)
    return total


def _atanh(z: Fraction) -> Interval:
    """atanh z for 0 <= z <= 1/2: positive terms; what follows a term t is at most t / (1 - z^2) <= 4 t / 3."""
    square, term, total, n = z * z, (z, z), (z, z), 1
    while term[1] > Fraction(1, 2 ** (BITS + 20)):
        term = mul(term, (square, square))
        n += 2
        total = add(total, mul(term, (Fraction(1, n), Fraction(1, n))))
    return total[0], total[1] + 2 * term[1]


def log_at(x: Fraction) -> Interval:
    """log x = k log 2 + 2 atanh((y - 1) / (y + 1)) with x = y 2^k, 1 <= y <= 2."""
    if x <= 0:
        raise NotReachedError("a logarithm of a number that may not be positive")
    k = x.numerator.bit_length() - x.denominator.bit_length()
    y = x / Fraction(2) ** k
    if y < 1:
        k, y = k - 1, 2 * y
    y_low, y_high = rounded(y, y)
    low, high = (
        _atanh((y_low - 1) / (y_low + 1) if y_low > 1 else ZERO)[0],
        _atanh((y_high - 1) / (y_high + 1))[1],
    )
    two = _atanh(Fraction(1, 3))
    return add((2 * low, 2 * high), mul((2 * two[0], 2 * two[1]), (Fraction(k), Fraction(k))))


def sqrt_at(x: Fraction) -> Interval:
    """The integer root of a scaled numerator, and the next integer."""
    if x < 0:
        raise NotReachedError("a root of a number that may be negative")
    shift = max(0, 2 * BITS - x.numerator.bit_length() + x.denominator.bit_length()) // 2
    root = isqrt((x * 4**shift).__floor__())
    return Fraction(root, 2**shift), Fraction(root + 1, 2**shift)


def _arctan(n: int) -> Interval:
    """arctan(1/n): alternating and decreasing, so two sums in a row enclose it."""
    total, k, term = ZERO, 0, Fraction(1, n)
    while term > Fraction(1, 2 ** (BITS + 20)):
        total += (-1) ** k * term / (2 * k + 1)
        k, term = k + 1, term / n**2
    other = total + (-1) ** k * term / (2 * k + 1)
    return min(total, other), max(total, other)


def pi() -> Interval:
    """Machin: pi = 16 arctan(1/5) - 4 arctan(1/239)."""
    five, other = _arctan(5), _arctan(239)
    return rounded(16 * five[0] - 4 * other[1], 16 * five[1] - 4 * other[0])


PI = pi()


def _root(x: Interval) -> Interval:
    return sqrt_at(x[0])[0], sqrt_at(x[1])[1]


TWO_OVER_ROOT_PI = mul((Fraction(2), Fraction(2)), inverse(_root(PI)))


def erf_at(x: Fraction) -> Interval:
    """2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!; with ratios below 1/2 the rest is below a term."""
    if x < 0:
        low, high = erf_at(-x)
        return -high, -low
    if x > 12:
        return 1 - Fraction(1, 2**BITS), ONE  # exp(-144) < 2^-207
    x_low, x_high = rounded(x, x)
    square = power((x_low, x_high), 2)
    term = total = (x_low, x_high)
    for n in range(1, TERMS):
        ratio = mul(square, (Fraction(2, 2 * n + 1), Fraction(2, 2 * n + 1)))
        term = mul(term, ratio)
        total = add(total, term)
        if ratio[1] < Fraction(1, 2) and term[1] < Fraction(1, 2 ** (BITS + 20)):
            total = (total[0], total[1] + 2 * term[1])
            return mul(mul(TWO_OVER_ROOT_PI, (exp_at(-square[1])[0], exp_at(-square[0])[1])), total)
    raise NotReachedError("an error function whose series was not summed")


def erfc_at(x: Fraction) -> Interval:
    """1 - erf x; from 5 on exp(-x^2) / (x sqrt(pi)) times something in [1 - 1/(2x^2), 1 - 1/(2x^2) + 3/(4x^4)]."""
    if x < 5:
        low, high = erf_at(x)
        return rounded(1 - high, 1 - low)
    short = x if x.denominator < 2**BITS else down(x)
    if short != x:
        return erfc_at(-down(-x))[0], erfc_at(short)[1]
    factor = (1 - 1 / (2 * x * x), 1 - 1 / (2 * x * x) + 3 / (4 * x**4))
    return mul(mul(exp_at(-x * x), inverse(_root(PI))), mul(factor, (1 / x, 1 / x)))


def _rising(f: Callable[[Fraction], Interval]) -> Callable[[Interval], Interval]:
    return lambda x: rounded(f(x[0])[0], f(x[1])[1])


def _falling(f: Callable[[Fraction], Interval]) -> Callable[[Interval], Interval]:
    return lambda x: rounded(f(x[1])[0], f(x[0])[1])


FUNCTIONS: dict[str, Callable[[Interval], Interval]] = {
    "exp": _rising(exp_at),
    "log": _rising(log_at),
    "sqrt": _rising(sqrt_at),
    "erf": _rising(erf_at),
    "erfc": _falling(erfc_at),
}


def _slope(name: str, x: Interval, value: Interval) -> Interval:
    if name == "exp":
        return value
    if name == "log":
        return inverse(x)
    if name == "sqrt":
        return inverse(mul((Fraction(2), Fraction(2)), value))
    gauss = FUNCTIONS["exp"]((-power(x, 2)[1], -power(x, 2)[0]))
    sign = Fraction(1 if name == "erf" else -1)
    return mul(mul(TWO_OVER_ROOT_PI, gauss), (sign, sign))


# Values and gradients of trees on boxes

Jet = tuple[Interval, tuple[Interval, ...]]


def jet(tree: Any, box: dict[str, Interval], names: tuple[str, ...]) -> Jet:
    """An enclosure of the value and of every partial derivative on the box."""
    kind, *rest = tree
    nothing: tuple[Interval, ...] = ((ZERO, ZERO),) * len(names)
    if kind == "number":
        return rounded(Fraction(rest[0]), Fraction(rest[0])), nothing
    if kind == "pi":
        return PI, nothing
    if kind == "symbol":
        return box[rest[0]], tuple((ONE, ONE) if name == rest[0] else (ZERO, ZERO) for name in names)
    if kind == "power":
        return _power_jet(*rest, box, names)
    parts = [jet(part, box, names) for part in rest]
    if kind == "+":
        value, slopes = parts[0]
        for other, others in parts[1:]:
            value, slopes = add(value, other), tuple(map(add, slopes, others))
        return value, slopes
    if kind == "*":
        value, slopes = parts[0]
        for other, others in parts[1:]:
            slopes = tuple(add(mul(s, other), mul(value, t)) for s, t in zip(slopes, others, strict=True))
            value = mul(value, other)
        return value, slopes
    if kind in FUNCTIONS:
        return _composed(kind, parts[0])
    raise NotReachedError(
        f"no enclosure of {kind} {rest[0] if rest and isinstance(rest[0], str) else ''}".strip()
    )


def _composed(name: str, inner: Jet) -> Jet:
    value = FUNCTIONS[name](inner[0])
    if all(slope == (ZERO, ZERO) for slope in inner[1]):
        return value, inner[1]
    outer = _slope(name, inner[0], value)
    return value, tuple(mul(outer, slope) for slope in inner[1])


def _power_jet(base: Any, exponent: Any, box: dict[str, Interval], names: tuple[str, ...]) -> Jet:
    x, slopes = jet(base, box, names)
    if exponent[0] == "number" and Fraction(exponent[1]).denominator == 1:
        n = int(Fraction(exponent[1]))
        value = power(x, n) if n >= 0 else inverse(power(x, -n))
        one_less = power(x, n - 1) if n > 0 else inverse(power(x, 1 - n))
        outer = mul((Fraction(n), Fraction(n)), one_less) if n else (ZERO, ZERO)
        return value, tuple(mul(outer, slope) for slope in slopes)
    if exponent == ["number", "1/2"]:
        return _composed("sqrt", (x, slopes))
    return jet(["exp", ["*", exponent, ["log", base]]], box, names)


# Regions


def check_region(body: dict[str, Any]) -> str:
    """Halve the box until the difference is certainly positive on every part."""
    names = tuple(side[0] for side in body["box"])
    if any(side[2] == "oo" for side in body["box"]):
        raise NotReachedError("an unbounded box")
    tree = ["+", body["larger"], ["*", ["number", "-1"], body["smaller"]]]
    todo = [tuple((Fraction(low), Fraction(high)) for _, low, high in body["box"])]
    if any(low > high for low, high in todo[0]):
        raise RefusedError("a box whose ends are not in order")
    looked = 0
    while todo:
        looked += 1
        if looked > BUDGET:
            raise NotReachedError(f"{len(todo)} boxes remain after {BUDGET}")
        sides = todo.pop()
        widest = _undecided_side(tree, names, sides, body["strict"])
        if widest is not None:
            low, high = sides[widest]
            for half in ((low, (low + high) / 2), ((low + high) / 2, high)):
                todo.append((*sides[:widest], half, *sides[widest + 1 :]))
    return f"{looked} boxes"


def _undecided_side(
    tree: Any, names: tuple[str, ...], sides: tuple[Interval, ...], strict: bool
) -> int | None:
    """None where the box is decided, else the side to halve."""
    middles = tuple((low + high) / 2 for low, high in sides)
    at = jet(tree, dict(zip(names, ((x, x) for x in middles), strict=True)), names)[0]
    if at[1] < 0 or (strict and at[1] == 0):
        where = ", ".join(f"{name} = {x}" for name, x in zip(names, middles, strict=True))
        raise RefusedError(f"false at {where}")
    lengths = [high - low for low, high in sides]
    try:
        value, slopes = jet(tree, dict(zip(names, sides, strict=True)), names)
    except NotReachedError:
        return lengths.index(max(lengths))
    spreads = [mul(s, (-n / 2, n / 2)) for s, n in zip(slopes, lengths, strict=True)]
    centred = at[0] + sum((spread[0] for spread in spreads), ZERO)
    lowest = max(value[0], centred)
    if lowest > 0 or (lowest == 0 and not strict):
        return None
    sizes = [spread[1] for spread in spreads]
    return sizes.index(max(sizes))


# Identities: quotients of polynomials whose monomials map generators to rational exponents

Monomial = frozenset[tuple[str, Fraction]]
Polynomial = dict[Monomial, Fraction]
Quotient = tuple[Polynomial, Polynomial]
UNIT: Polynomial = {frozenset(): ONE}
#: Products of monomials that one file may take.
PRODUCTS = 300_000
_spent = [0]


def _times(x: Polynomial, y: Polynomial) -> Polynomial:
    _spent[0] += len(x) * len(y)
    if _spent[0] > PRODUCTS:
        raise NotReachedError("polynomials with too many terms")
    out: Polynomial = {}
    for left, a in x.items():
        for right, b in y.items():
            factor, monomial = _joined(left, right)
            out[monomial] = out.get(monomial, ZERO) + a * b * factor
    return {monomial: c for monomial, c in out.items() if c}


def _joined(x: Monomial, y: Monomial) -> tuple[Fraction, Monomial]:
    """Product of two monomials; whole powers of primes become coefficients."""
    exponents, factor = dict(x), ONE
    for generator, n in y:
        exponents[generator] = exponents.get(generator, ZERO) + n
    for generator in [g for g in exponents if g.startswith("prime ")]:
        whole = exponents[generator].__floor__()
        factor *= Fraction(int(generator[6:])) ** whole
        exponents[generator] -= whole
    return factor, frozenset((g, n) for g, n in exponents.items() if n)


def _plus(x: Polynomial, y: Polynomial, sign: int = 1) -> Polynomial:
    out = dict(x)
    for monomial, c in y.items():
        out[monomial] = out.get(monomial, ZERO) + sign * c
    return {monomial: c for monomial, c in out.items() if c}


def _sum(x: Quotient, y: Quotient) -> Quotient:
    if x[1] == y[1]:
        return _plus(x[0], y[0]), x[1]
    return _plus(_times(x[0], y[1]), _times(y[0], x[1])), _times(x[1], y[1])


def _product(x: Quotient, y: Quotient) -> Quotient:
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
        out = _product(out, x)
    return out


def _text(x: Quotient) -> str:
    def shown(p: Polynomial) -> str:
        return repr(sorted((sorted((g, str(n)) for g, n in m), str(c)) for m, c in p.items()))

    return f"{shown(x[0])} / {shown(x[1])}"


def quotient(tree: Any, positive: frozenset[str]) -> Quotient:
    """`tree` as a quotient of polynomials."""
    kind, *rest = tree
    if kind == "number":
        value = Fraction(rest[0])
        return ({frozenset(): value} if value else {}), UNIT
    if kind in ("symbol", "pi"):
        return _generator(f"symbol {rest[0]}" if rest else "pi")
    if kind == "power":
        return _power_of(rest[0], rest[1], positive)
    if kind == "unknown":
        raise NotReachedError(f"no rule for {rest[0]}")
    if kind == "function":
        return _generator(f"{rest[0]}({'; '.join(_text(quotient(part, positive)) for part in rest[1:])})")
    parts = [quotient(part, positive) for part in rest]
    if kind in ("+", "*"):
        out = parts[0]
        for part in parts[1:]:
            out = _sum(out, part) if kind == "+" else _product(out, part)
        return out
    if kind == "exp":
        return _exponential(parts[0])
    if kind in FUNCTIONS:
        return _generator(f"{kind}({_text(parts[0])})")
    raise NotReachedError(f"no rule for {kind}")


def _exponential(x: Quotient) -> Quotient:
    """exp of a sum: a product of powers, one for each monomial over the denominator."""
    top, bottom = x
    if len(bottom) == 1:
        ((monomial, c),) = bottom.items()
        factor, flipped = _joined(frozenset(), frozenset((g, -n) for g, n in monomial))
        top, bottom = _times(top, {flipped: factor / c}), UNIT
    below = "" if bottom == UNIT else _text((UNIT, bottom))
    powers = frozenset((f"exp({sorted((g, str(n)) for g, n in m)!r}{below})", c) for m, c in top.items())
    return {powers: ONE}, UNIT


def _power_of(base: Any, exponent: Any, positive: frozenset[str]) -> Quotient:
    n = quotient(exponent, positive)
    if n[1] != UNIT or any(m for m in n[0]):
        raise NotReachedError("a symbol in an exponent")
    value = n[0].get(frozenset(), ZERO)
    if value.denominator == 1:
        if abs(value) > 60:
            raise NotReachedError("a large power")
        return _whole_power(quotient(base, positive), int(value))
    if base[0] == "number" and Fraction(base[1]) > 0:
        number = Fraction(base[1])
        out = _times(_primes(number.numerator, value), _primes(number.denominator, -value))
        return out, UNIT
    if base[0] == "pi" or (base[0] == "symbol" and base[1] in positive):
        return _generator("pi" if base[0] == "pi" else f"symbol {base[1]}", value)
    top, bottom = quotient(base, positive)
    root = _generator(f"base {_text((top, bottom))}", value - value.__floor__())
    return _product(_whole_power((top, bottom), value.__floor__()), root)


def _primes(n: int, exponent: Fraction) -> Polynomial:
    out, p = UNIT, 2
    while n > 1:
        if p > 10_000:
            raise NotReachedError("a root of a large number")
        if p * p > n:
            p = n
        while n % p == 0:
            factor, monomial = _joined(frozenset(), frozenset({(f"prime {p}", exponent)}))
            out, n = _times(out, {monomial: factor}), n // p
        p += 1
    return out


def check_identity(body: dict[str, Any]) -> str:
    """Both sides over a common denominator, or a point at which they certainly differ."""
    positive = frozenset(name for name, kind in body["symbols"] if kind == "positive")
    left, right = quotient(body["left"], positive), quotient(body["right"], positive)
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


# Comparisons


def check_comparison(body: dict[str, Any]) -> str:
    """Every pair of intervals with rational ends."""
    for index, (left, right) in enumerate(body["pairs"]):
        (a, b), (c, d) = (tuple(map(Fraction, side)) for side in (left, right))
        if a > b or c > d:
            raise RefusedError(f"pair {index}: ends not in order")
        holds = {
            "<": b < c,
            "<=": b <= c,
            "==": a == b == c == d,
            "in": c <= a and b <= d,
        }[body["relation"]]
        if not holds:
            raise RefusedError(f"pair {index} does not hold")
    if not body["pairs"]:
        raise RefusedError("no pairs")
    return f"{len(body['pairs'])} pairs"


# Files

CLAIMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "identity": check_identity,
    "region": check_region,
    "comparison": check_comparison,
}


def content_hash(body: dict[str, Any]) -> str:
    """SHA-256 of everything but the hash itself, written in one way."""
    bare = {key: value for key, value in body.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_file(path: Path) -> tuple[str, str, str]:
    """Claim, answer and reason."""
    claim = "unreadable"
    _spent[0] = 0
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        claim = str(body["claim"])
        if body["sha256"] != content_hash(body):
            return claim, "refused", "the hash does not fit the content"
        return claim, "ok", CLAIMS[claim](body)
    except NotReachedError as error:
        return claim, "not reached", str(error)
    except RefusedError as error:
        return claim, "refused", str(error)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, ZeroDivisionError) as error:
        return claim, "refused", f"not a certificate ({type(error).__name__}: {error})"
    except RecursionError:
        return claim, "not reached", "an expression that is nested too deeply"


def main(arguments: list[str]) -> int:
    """Every file of the folder, then the totals as one line of JSON."""
    if len(arguments) != 1:
        print("usage: check_certificates.py DIR", file=sys.stderr)
        return 2
    totals: dict[str, Counter[str]] = {}
    for path in sorted(Path(arguments[0]).glob("*.json")):
        claim, answer, why = check_file(path)
        totals.setdefault(claim, Counter())[answer] += 1
        print(f"{answer:<12} {path.name}: {why}")
    answers: Counter[str] = sum(totals.values(), Counter())
    print(json.dumps({"all": answers, **totals}, sort_keys=True))
    if answers["refused"]:
        return 1
    return 0 if answers["ok"] else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
