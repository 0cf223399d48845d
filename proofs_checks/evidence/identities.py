"""Shows that a SymPy expression is 0 for all values of its symbols, or finds a point where it certainly is
not.

Only rewriting that keeps an expression equal to itself under the assumptions of its symbols is used;
unevaluated integrals are left alone, because symbolic integration of Gaussians is known to return wrong
results at times.

Symbols that do not commute stand for matrices of any size. Products are then only multiplied out; a counterexample is
looked for among matrices of order 1.
"""

from __future__ import annotations

import functools
import hashlib
import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Final

import sympy as sp
from sympy.polys.domains import QQ
from sympy.polys.rings import ring

from memcurse.numerics.arithmetic.balls import certain_sign, precision, rational_ball
from memcurse.numerics.arithmetic.lowering import lower

#: `simplify` is tried last and only on expressions up to this size; above it may run for hours.
_SIMPLIFY_UP_TO = 400
_POINTS = 4
#: Points tried before an expression is said to have no value.
_MANY_POINTS = 24
_DIGITS = 50


def _numerator(expr: sp.Expr) -> sp.Expr:
    numerator = sp.numer(sp.together(expr))
    return sp.S.Zero if _is_zero_polynomial(numerator) else sp.expand(numerator)


def _is_zero_polynomial(expr: sp.Expr) -> bool:
    """Whether it is a polynomial with rational coefficients, and 0; decided by arithmetic of polynomials."""
    symbols = sorted(expr.free_symbols, key=str)
    if not symbols or not all(symbol.is_commutative for symbol in symbols):
        return False
    domain, *generators = ring([f"x{i}" for i in range(len(symbols))], QQ)
    known = dict(zip(symbols, generators, strict=True))
    value = _in_ring(expr, known, domain)
    return value is not None and value == 0


def _in_ring(expr: sp.Basic, known: dict[sp.Basic, Any], domain: Any) -> Any | None:
    """The polynomial, None where a part is none; `known` grows by what is met."""
    if expr not in known:
        known[expr] = _made_in_ring(expr, known, domain)
    return known[expr]


def _made_in_ring(expr: sp.Basic, known: dict[sp.Basic, Any], domain: Any) -> Any | None:
    if isinstance(expr, sp.Rational):
        return domain(QQ(expr.p, expr.q))
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp > 0:
        base = _in_ring(expr.base, known, domain)
        return None if base is None else base ** int(expr.exp)
    if not isinstance(expr, sp.Add | sp.Mul):
        return None
    parts = [_in_ring(part, known, domain) for part in expr.args]
    if any(part is None for part in parts):
        return None
    return functools.reduce(operator.add if isinstance(expr, sp.Add) else operator.mul, parts)


def _deep_numerator(expr: sp.Expr) -> sp.Expr:
    return _numerator(sp.expand(sp.together(expr, deep=True)))


def _powers(expr: sp.Expr) -> sp.Expr:
    return _numerator(sp.powsimp(sp.expand(_numerator(expr)), force=False))


def _functions(expr: sp.Expr) -> sp.Expr:
    return _powers(sp.expand_func(expr).rewrite(sp.erf))


def _simplified(expr: sp.Expr) -> sp.Expr:
    return sp.simplify(expr, doit=False) if sp.count_ops(expr) <= _SIMPLIFY_UP_TO else expr


#: Exact reductions, cheapest first; the first that reaches a structural 0 proves the identity.
REDUCTIONS: Final[tuple[tuple[str, Callable[[sp.Expr], sp.Expr]], ...]] = (
    ("as written", lambda expr: expr),
    ("expanded", sp.expand),
    ("over a common denominator", _numerator),
    ("over a common denominator, also inside functions", _deep_numerator),
    ("with powers collected", _powers),
    ("with special functions expanded", _functions),
    ("simplified", _simplified),
)


def _adjacent_powers(expr: sp.Expr) -> sp.Expr:
    """Products multiplied out, and powers of one matrix that stand side by side put together."""
    terms = []
    for term in sp.Add.make_args(sp.expand(expr)):
        numbers, matrices = term.args_cnc()
        merged: list[list[sp.Expr]] = []
        for base, exponent in (factor.as_base_exp() for factor in matrices):
            if merged and merged[-1][0] == base:
                merged[-1][1] = sp.expand(merged[-1][1] + exponent)
            else:
                merged.append([base, sp.expand(exponent)])
        terms.append(sp.Mul(*numbers, *(base**exponent for base, exponent in merged)))
    return sp.expand(sp.Add(*terms))


#: Those that do not exchange factors: common denominators and simplification are for numbers.
_OF_MATRICES: Final = (*REDUCTIONS[:2], ("with adjacent powers put together", _adjacent_powers))


def exact_expression(name: str, value: Any) -> sp.Expr:
    """`value` as a SymPy expression without rounded numbers.

    Raises
    ------
    TypeError
        If it is neither a SymPy expression nor an int or Fraction.
    ValueError
        If it holds a rounded number, an infinity or nan.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return sp.Integer(value)
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    if not isinstance(value, sp.Expr):
        raise TypeError(f"`{name}` must be a SymPy expression, an int or a Fraction; got {value!r}")
    if value.has(sp.Float, sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise ValueError(f"`{name}` must be exact and finite; got {value}")
    return value


def vanishing_reduction(expr: sp.Expr) -> str | None:
    """Name of the first reduction that takes `expr` to a structural 0, or None."""
    for name, reduction in REDUCTIONS if expr.is_commutative else _OF_MATRICES:
        try:
            reduced = reduction(expr)
        except (NotImplementedError, ValueError, TypeError, AttributeError, RecursionError):
            # A reduction that SymPy cannot carry out on this expression proves nothing; the next one may.
            continue
        if reduced == 0:
            return name
    return None


def sample_points(
    symbols: tuple[sp.Symbol, ...], count: int = _POINTS
) -> Iterator[dict[sp.Symbol, sp.Rational]]:
    """Fixed rational points that respect the assumptions of the symbols; derived from their names alone."""
    for k in range(count):
        point = {symbol: _sample(symbol, k) for symbol in symbols}
        if all(value is not None for value in point.values()):
            yield point


def _sample(symbol: sp.Symbol, k: int) -> sp.Rational | None:
    digest = hashlib.sha256(f"{symbol.name}:{k}".encode()).digest()
    top, bottom, sign = digest[0] + 1, digest[1] % 60 + 30, 1 - 2 * (digest[2] % 2)
    fraction, whole = sp.Rational(top, bottom), sp.Integer(digest[3] % 7 + 1)
    candidates = (
        sign * fraction,
        -sign * fraction,
        sign * whole,
        -sign * whole,
        whole + 1,
        -whole - 1,
        whole - 1,
    )
    return next((value for value in candidates if _meets(value, symbol)), None)


def _meets(value: sp.Rational, symbol: sp.Symbol) -> bool:
    return all(getattr(value, f"is_{key}") in (wanted, None) for key, wanted in symbol.assumptions0.items())


def counterexample(expr: sp.Expr, forbidden: tuple[int, ...] = (1, -1), points: int = _POINTS) -> str | None:
    """A point where `expr` certainly has a `forbidden` sign in ball arithmetic, with its value there.

    None if no point is found, also where ball arithmetic has no counterpart of a function in `expr`.
    """
    for point, value in _refutations(expr, forbidden, points):
        at = ", ".join(f"{symbol} = {number}" for symbol, number in point.items())
        return f"{value.str(8)}" + (f" at {at}" if at else "")
    return None


def refuting_point(expr: sp.Expr) -> dict[sp.Symbol, sp.Rational] | None:
    """The point of `counterexample` for an identity ``expr == 0``."""
    return next((point for point, _ in _refutations(expr, (1, -1), _POINTS)), None)


def _refutations(
    expr: sp.Expr, forbidden: tuple[int, ...], points: int
) -> Iterator[tuple[dict[sp.Symbol, sp.Rational], Any]]:
    """Points where `expr` certainly has a forbidden sign, and its values."""
    for point, value in _values(_of_order_one(expr), points):
        if value is not None and certain_sign(value) in forbidden:
            yield point, value


def undefined_part(expr: sp.Expr) -> str | None:
    """Why `expr` may have no value anywhere: an identity between such expressions says nothing.

    A denominator, or the argument of a logarithm, that reduces to 0; or no point among many at which ball arithmetic
    can evaluate it. None if it has a value at one point, or holds functions that balls do not know but no such part.
    """
    expr = _of_order_one(expr)
    for part in _must_not_vanish(expr):
        if part.is_nonzero or part.is_positive or counterexample(part) is not None:
            continue
        if vanishing_reduction(part) is not None:
            return f"{part} reduces to 0, so that the expression has no value"
    if _evaluator(expr) is None:
        return None
    if any(value is not None and value.is_finite() for _, value in _values(expr, _MANY_POINTS)):
        return None
    return f"no point was found at which {str(expr)[:80]} has a real value"


def _of_order_one(expr: sp.Expr) -> sp.Expr:
    """The expression with numbers for its matrices."""
    matrices = [symbol for symbol in expr.free_symbols if not symbol.is_commutative]
    if not matrices:
        return expr
    return expr.subs({symbol: sp.Symbol(symbol.name, nonzero=True) for symbol in matrices}, simultaneous=True)


def _must_not_vanish(expr: sp.Expr) -> list[sp.Expr]:
    """Bases of negative powers and arguments of logarithms, each once."""
    bases = [power.base for power in expr.atoms(sp.Pow) if not power.exp.is_nonnegative]
    return list(dict.fromkeys([*bases, *(log.args[0] for log in expr.atoms(sp.log))]))


def _symbols(expr: sp.Expr) -> tuple[sp.Symbol, ...]:
    return tuple(sorted(expr.free_symbols, key=lambda s: (s.name, str(s.assumptions0))))


def _evaluator(expr: sp.Expr) -> Callable[..., Any] | None:
    """`expr` as a function of balls, in the order of `_symbols`; None where balls have no counterpart."""
    try:
        return lower(expr, _symbols(expr), "ball")
    except TypeError:
        return None


def _values(expr: sp.Expr, count: int) -> Iterator[tuple[dict[sp.Symbol, sp.Rational], Any | None]]:
    """Points and the values there as balls (None outside the domain); nothing if `expr` cannot be lowered."""
    evaluate = _evaluator(expr)
    if evaluate is None:
        return
    for point in sample_points(_symbols(expr), count):
        with precision(_DIGITS):
            value = _value_at(evaluate, [rational_ball(number) for number in point.values()])
        yield point, value


def _value_at(evaluate: Callable[..., Any], values: list[Any]) -> Any | None:
    try:
        return evaluate(*values)
    except (ArithmeticError, ValueError, NotImplementedError):
        # Outside the domain, or an integral that balls could not enclose: this point shows nothing.
        return None
