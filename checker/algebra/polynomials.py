"""Quotients of polynomials: a numerator, and a denominator as a product of powers that is never multiplied out.

A monomial maps generators to rational exponents, also negative ones: what divides by a single monomial is a monomial.
The factors of a denominator have at least two terms, no common monomial, and 1 as the coefficient of the first.
"""

from __future__ import annotations

from fractions import Fraction

from answers import LIMIT, NotReachedError, RefusedError

Monomial = frozenset[tuple[str, Fraction]]
Polynomial = dict[Monomial, Fraction]
Factors = frozenset[tuple[frozenset[tuple[Monomial, Fraction]], int]]
Quotient = tuple[Polynomial, Factors]
ZERO, ONE = Fraction(0), Fraction(1)
UNIT: Polynomial = {frozenset(): ONE}
NO_FACTORS: Factors = frozenset()
ONE_OVER_ONE: Quotient = (UNIT, NO_FACTORS)


def times(x: Polynomial, y: Polynomial) -> Polynomial:
    """Products."""
    # One product of monomials takes as long as eight of intervals.
    LIMIT.spend(8 * len(x) * len(y))
    out: Polynomial = {}
    for left, a in x.items():
        for right, b in y.items():
            factor, monomial = joined(left, right)
            out[monomial] = out.get(monomial, ZERO) + a * b * factor
    return {monomial: c for monomial, c in out.items() if c}


def joined(x: Monomial, y: Monomial) -> tuple[Fraction, Monomial]:
    """Product of two monomials; whole powers of primes, and of i squared, become coefficients, even ones of |x| x."""
    exponents, factor = dict(x), ONE
    for generator, n in y:
        exponents[generator] = exponents.get(generator, ZERO) + n
    for generator in list(exponents):
        n = exponents[generator]
        if generator.startswith("prime "):
            factor *= Fraction(int(generator[6:])) ** n.__floor__()
            exponents[generator] -= n.__floor__()
        elif generator == "i":
            factor *= -1 if n // 2 % 2 else 1
            exponents["i"] %= 2
        elif generator.startswith("abs ") and n // 2:
            exponents[generator] %= 2
            exponents[generator[4:]] = exponents.get(generator[4:], ZERO) + 2 * (n // 2)
    return factor, frozenset((g, n) for g, n in exponents.items() if n)


def plus(x: Polynomial, y: Polynomial) -> Polynomial:
    """Sums."""
    out = dict(x)
    for monomial, c in y.items():
        out[monomial] = out.get(monomial, ZERO) + c
    return {monomial: c for monomial, c in out.items() if c}


def scaled(x: Polynomial, factor: Fraction) -> Polynomial:
    """A multiple."""
    return {monomial: factor * c for monomial, c in x.items()}


def _raised(x: Polynomial, n: int) -> Polynomial:
    out = UNIT
    for _ in range(n):
        out = times(out, x)
    return out


def _key(monomial: Monomial) -> list[tuple[str, Fraction]]:
    return sorted(monomial)


def normal(x: Polynomial) -> tuple[Polynomial, Polynomial]:
    """A monomial with a number, and what is left with 1 as its first coefficient and no common monomial."""
    first = dict(next(iter(x)))
    common = {
        generator: min(dict(monomial).get(generator, ZERO) for monomial in x)
        for generator in {g for monomial in x for g, _ in monomial} | set(first)
        if generator != "i" and not generator.startswith(("prime ", "abs "))
    }
    down: Polynomial = {frozenset((g, -n) for g, n in common.items() if n): ONE}
    left = times(x, down)
    lead = left[min(left, key=_key)]
    up: Polynomial = {frozenset((g, n) for g, n in common.items() if n): lead}
    return up, scaled(left, 1 / lead)


def inverse(x: Quotient) -> Quotient:
    """Reciprocals; a monomial turns over, anything longer becomes a factor of the denominator."""
    if not x[0]:
        raise RefusedError("a denominator is 0 everywhere")
    monomial, rest = normal(x[0])
    ((generators, c),) = monomial.items()
    factor, turned = joined(frozenset(), frozenset((g, -n) for g, n in generators))
    top: Polynomial = {turned: factor / c}
    if len(rest) == 1:
        ((generators, c),) = rest.items()
        factor, turned = joined(frozenset(), frozenset((g, -n) for g, n in generators))
        return _settled((times(_expanded(x[1]), times(top, {turned: factor / c})), NO_FACTORS))
    return _settled((times(top, _expanded(x[1])), frozenset({(frozenset(rest.items()), 1)})))


def _expanded(factors: Factors) -> Polynomial:
    out = UNIT
    for factor, n in factors:
        out = times(out, _raised(dict(factor), n))
    return out


#: What generators ``base ...`` are powers of, below the first.
ROOTS: dict[str, Quotient] = {}


def _settled(x: Quotient) -> Quotient:
    """Whole powers of bases under roots are what they are powers of."""
    if not any(g in ROOTS and not 0 <= n < 1 for monomial in x[0] for g, n in monomial):
        return x
    out: Quotient = ({}, NO_FACTORS)
    for monomial, c in x[0].items():
        kept = frozenset((g, n % 1 if g in ROOTS else n) for g, n in monomial)
        term: Quotient = ({frozenset((g, n) for g, n in kept if n): c}, x[1])
        for g, n in monomial:
            if g in ROOTS and n // 1:
                term = product_of(term, whole_power(ROOTS[g], int(n // 1)))
        out = sum_of(out, term)
    return out


def sum_of(x: Quotient, y: Quotient) -> Quotient:
    """Sums over the least common product of factors."""
    if x[1] == y[1]:
        top = plus(x[0], y[0])
        return top, x[1] if top else NO_FACTORS
    left, right = dict(x[1]), dict(y[1])
    common = {factor: max(left.get(factor, 0), right.get(factor, 0)) for factor in left | right}
    tops = [
        times(top, _expanded(frozenset((f, n - have.get(f, 0)) for f, n in common.items())))
        for top, have in ((x[0], left), (y[0], right))
    ]
    top = plus(*tops)
    return _settled((top, frozenset(common.items()) if top else NO_FACTORS))


def product_of(x: Quotient, y: Quotient) -> Quotient:
    """Products."""
    factors = dict(x[1])
    for factor, n in y[1]:
        factors[factor] = factors.get(factor, 0) + n
    top = times(x[0], y[0])
    return _settled((top, frozenset(factors.items()) if top else NO_FACTORS))


def whole_power(x: Quotient, n: int) -> Quotient:
    """Powers, also negative ones."""
    if abs(n) > 60:
        raise NotReachedError("a large power")
    if n < 0:
        x, n = inverse(x), -n
    return _settled((_raised(x[0], n), frozenset((factor, n * m) for factor, m in x[1] if n)))


def generator(name: str, exponent: Fraction = ONE) -> Quotient:
    """A power of one generator."""
    return {frozenset({(name, exponent)}): ONE}, NO_FACTORS


def text(x: Quotient) -> str:
    """One way to write it."""

    def shown(p: Polynomial) -> str:
        return repr(sorted((sorted((g, str(n)) for g, n in m), str(c)) for m, c in p.items()))

    below = sorted((shown(dict(factor)), n) for factor, n in x[1])
    return f"{shown(x[0])} / {below}"
