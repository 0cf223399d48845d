"""All positive roots of a polynomial with integer coefficients, isolated exactly and enclosed in balls.

Descartes' rule of signs on bisected intervals (Vincent, Collins and Akritas) counts in integers, so that no root is
lost; Newton's method then moves inside an isolating interval, and a change of sign across the ball proves it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from flint import arb, ctx, fmpq, fmpz_poly


@dataclass(frozen=True)
class IsolatedRoot:
    """The only root of `polynomial` strictly between `low` and `high`, or at both if they are equal."""

    polynomial: fmpz_poly
    low: fmpq
    high: fmpq


_NEWTON_STEPS = 20
_SHIFT = fmpz_poly([1, 1])


def sign_variations(p: fmpz_poly) -> int:
    """Changes of sign in the coefficients: positive roots are at most that many, and as many up to an even number."""
    signs = [c > 0 for c in p.coeffs() if c != 0]
    return sum(x != y for x, y in itertools.pairwise(signs))


def squarefree_part(p: fmpz_poly) -> fmpz_poly:
    """The polynomial with the same roots, each once."""
    return p // p.gcd(p.derivative()) if p.degree() > 0 else p


def isolate_positive_roots(p: fmpz_poly) -> list[IsolatedRoot]:
    """Every positive root of a squarefree polynomial, once.

    Raises
    ------
    ValueError
        If the polynomial is 0 or not squarefree.

    Notes
    -----
    Rigour: exact.
    """
    if p == 0 or p.gcd(p.derivative()).degree() > 0:
        raise ValueError(f"`p` must be squarefree and not 0; got {p}")
    if p[0] == 0:
        p = p // fmpz_poly([0, 1])
    roots: list[IsolatedRoot] = []
    while True:
        intervals = _isolate(p)
        if isinstance(intervals, list):
            return [*roots, *(IsolatedRoot(p, low, high) for low, high in intervals)]
        # A point of bisection is a root: divide it out, so that no interval ends (or hides another root) there.
        roots.append(IsolatedRoot(p, intervals, intervals))
        p = p // fmpz_poly([-intervals.p, intervals.q])


def _isolate(p: fmpz_poly) -> list[tuple[fmpq, fmpq]] | fmpq:
    """Isolating intervals, or a point of bisection that is itself a root."""
    if sign_variations(p) == 0:
        return []
    scale = _power_of_two_above_roots(p)
    todo = [(p(fmpz_poly([0, scale])), fmpq(0), fmpq(scale))]
    found: list[tuple[fmpq, fmpq]] = []
    while todo:
        # The roots of q in (0, 1) are those of p in (start, start + width).
        q, start, width = todo.pop()
        variations = sign_variations(_reversed(q)(_SHIFT))
        if variations == 1:
            found.append((start, start + width))
        if variations <= 1:
            continue
        half = _halved(q)
        if half(1) == 0:
            return start + width / 2
        todo += [(half, start, width / 2), (half(_SHIFT), start + width / 2, width / 2)]
    return found


def _power_of_two_above_roots(p: fmpz_poly) -> int:
    # Kioustelidis: positive roots are at most 2 max (-c_{n-i}/c_n)^(1/i) over the coefficients of the other sign; of
    # each quotient only a power of two above it is needed.
    n, lead = p.degree(), p.leading_coefficient()
    exponents = [0]
    for i in range(1, n + 1):
        c = p[n - i]
        if c * lead < 0:
            quotient = int(abs(c)).bit_length() - int(abs(lead)).bit_length() + 1
            exponents.append(-(-quotient // i))
    return 1 << (max(exponents) + 2)


def _reversed(p: fmpz_poly) -> fmpz_poly:
    return fmpz_poly(list(reversed(p.coeffs())))


def _halved(p: fmpz_poly) -> fmpz_poly:
    """``2^n p(x/2)``."""
    n = p.degree()
    return fmpz_poly([c * (1 << (n - i)) for i, c in enumerate(p.coeffs())])


def enclose_root(root: IsolatedRoot, bits: int) -> arb:
    """A ball around an isolated root, accurate to about `bits`.

    Notes
    -----
    Rigour: enclosure, by a certain change of sign inside the isolating interval. Works at the current precision, which
    must exceed `bits` by a guard.
    """
    p, low, high = root.polynomial, root.low, root.high
    if low == high:
        return arb(low)
    slope, below = p.derivative(), _sign(p(low))
    while True:
        # Newton's method is slow from far away: it starts where the ends agree to a factor of two.
        ball = _newton(p, slope, low, high, bits) if high <= 2 * low else None
        if ball is not None:
            return ball
        if low > 0 and (high - low) * (1 << (bits + 4)) < low:
            return arb(low).union(arb(high))
        middle = (low + high) / 2
        sign = _sign(p(middle))
        if sign == 0:
            return arb(middle)
        low, high = (middle, high) if sign == below else (low, middle)


def _sign(x: fmpq) -> int:
    return (x > 0) - (x < 0)


def _newton(p: fmpz_poly, slope: fmpz_poly, low: fmpq, high: fmpq, bits: int) -> arb | None:
    """A proved ball from Newton steps that stay inside the interval; None if one leaves it."""
    x, left, right = arb((low + high) / 2).mid(), arb(low), arb(high)
    # Newton's method doubles the digits: a step this short has made the rest of them right.
    goal = arb(2) ** (-bits // 2 - 12)
    for _ in range(_NEWTON_STEPS):
        step = (p(x) / slope(x)).mid()
        x = (x - step).mid()
        if not (x > left and x < right):
            return None
        if abs(step) < goal * x:
            break
    radius = arb(2) ** (-bits - 4) * x
    a, b = x - radius, x + radius
    inside = a > left and b < right
    return a.union(b) if inside and p(a) * p(b) < 0 and ctx.prec > bits else None
