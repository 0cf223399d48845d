"""The one place where SymPy becomes float64, mpmath or balls.

An expression is flattened once into a straight-line program (shared sub-expressions once), which is then run by one
of four tables of operations: numpy/SciPy, mpmath, real balls, and complex balls for integrands, which refuse a branch
cut when asked to. Nothing is printed to text and nothing is evaluated by Python's compiler.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import mpmath
import numpy as np
import scipy.special
import sympy as sp
from flint import acb, arb, ctx, fmpq

from .balls import ball_precision, from_mpf, to_mpf
from .quadrature import integrate_half_line

_IntegralPayload = tuple[sp.Expr, sp.Symbol, tuple[sp.Symbol, ...]]
Arithmetic = Literal["float64", "mpmath", "ball", "integrand"]


@dataclass(frozen=True)
class Program:
    """Instructions ``(operation, payload, operands)``; operands are places of earlier results, inputs come first."""

    inputs: int
    instructions: tuple[tuple[str, Any, tuple[int, ...]], ...]
    outputs: tuple[int, ...]

    def bind(
        self, table: Table, working_bits: Callable[[], int] = lambda: 0
    ) -> Callable[[Sequence[Any]], list[Any]]:
        """The program as a function from the list of inputs to the list of outputs, with the operations looked up.

        What depends on no input is computed once per working precision, and kept for the last few of them.
        """
        unknown = {name for name, _, _ in self.instructions} - table.keys()
        if unknown:
            raise TypeError(
                f"`expressions` must avoid what this arithmetic lacks; got {', '.join(sorted(unknown))}"
            )
        steps = [
            (place, table[name](payload), operands)
            for place, (name, payload, operands) in enumerate(self.instructions, start=self.inputs)
        ]
        constant, outputs = self._constants(), self.outputs
        early = [step for step in steps if step[0] in constant]
        late = [(*step, step[2][0], step[2][-1]) for step in steps if step[0] not in constant]

        @functools.lru_cache(maxsize=8)
        def constants(_: int) -> list[Any]:
            results: list[Any] = [None] * (self.inputs + len(steps))
            for place, function, operands in early:
                results[place] = function(*[results[i] for i in operands])
            return results

        def run(values: Sequence[Any]) -> list[Any]:
            results = constants(working_bits()).copy()
            results[: self.inputs] = values
            # This loop is where closed forms spend their time: one and two operands are written out.
            for place, function, operands, i, j in late:
                count = len(operands)
                if count == 2:
                    results[place] = function(results[i], results[j])
                elif count == 1:
                    results[place] = function(results[i])
                else:
                    results[place] = function(*[results[k] for k in operands])
            return [results[i] for i in outputs]

        return run

    def _constants(self) -> set[int]:
        """Places of the results that depend on no input."""
        places: set[int] = set()
        for place, (_, _, operands) in enumerate(self.instructions, start=self.inputs):
            if places.issuperset(operands):
                places.add(place)
        return places


#: For each operation a function of the payload that gives the function of the operands.
Table = Mapping[str, Callable[[Any], Callable[..., Any]]]


def lower(
    expressions: sp.Expr | Sequence[sp.Expr], symbols: Sequence[sp.Symbol], to: Arithmetic
) -> Callable[..., Any]:
    """A function of the values of `symbols` that evaluates the expression, or the list of expressions.

    Parameters
    ----------
    expressions : sympy.Expr or sequence of them
        Made of rationals, pi, `symbols`, sums, products, powers, the functions in `_FUNCTIONS`, and integrals over
        the half line.
    symbols : sequence of sympy.Symbol
        Arguments, in order.
    to : {"float64", "mpmath", "ball", "integrand"}
        Arithmetic. float64 accepts arrays; mpmath and balls work at the precision current when called.

    Raises
    ------
    TypeError
        For a node that has no counterpart in the arithmetic asked for.

    Notes
    -----
    Rigour: "ball" encloses; "mpmath" is correct to the working precision up to cancellation in the expression;
    "float64" likewise, with no bound (the compiled kernels are the stable route).
    """
    single = isinstance(expressions, sp.Expr)
    program = _compile(tuple([expressions] if single else expressions), tuple(symbols))
    run = program.bind(_TABLES[to], _WORKING_BITS[to])
    if single:
        return lambda *values: run(values)[0]
    return lambda *values: run(values)


@functools.lru_cache(maxsize=512)
def _compile(expressions: tuple[sp.Expr, ...], symbols: tuple[sp.Symbol, ...]) -> Program:
    places: dict[Any, int] = {symbol: i for i, symbol in enumerate(symbols)}
    instructions: list[tuple[str, Any, tuple[int, ...]]] = []

    def place(node: sp.Basic) -> int:
        if node not in places:
            name, payload, children = _instruction(node, symbols)
            operands = tuple(place(child) for child in children)
            instructions.append((name, payload, operands))
            places[node] = len(symbols) + len(instructions) - 1
        return places[node]

    outputs = tuple(place(sp.Integer(e) if isinstance(e, int) else e) for e in expressions)
    return Program(len(symbols), tuple(instructions), outputs)


def _instruction(node: Any, symbols: tuple[sp.Symbol, ...]) -> tuple[str, Any, tuple[Any, ...]]:
    if isinstance(node, sp.Rational):
        return "rational", (int(node.p), int(node.q)), ()
    if node is sp.pi:
        return "pi", None, ()
    if node is sp.E:
        return "exp", None, (sp.S.One,)
    if isinstance(node, sp.Add | sp.Mul):
        first, rest = _two_operands(node)
        if isinstance(node, sp.Mul) and first == -1:
            return "neg", None, (rest,)
        return ("add" if isinstance(node, sp.Add) else "mul"), None, (first, rest)
    if isinstance(node, sp.Pow):
        base, exponent = node.args
        if isinstance(exponent, sp.Rational):
            return "power", (int(exponent.p), int(exponent.q)), (base,)
        return "general_power", None, (base, exponent)
    if isinstance(node, sp.Integral):
        return _integral_instruction(node, symbols)
    if isinstance(node, sp.Piecewise):
        return _piecewise_instruction(node)
    if type(node) in _FUNCTIONS:
        return _FUNCTIONS[type(node)], None, node.args
    if isinstance(node, sp.Symbol):
        raise TypeError(f"`symbols` must name every symbol of the expression; got none for {node}")
    raise TypeError(f"`expressions` must be elementary; got {type(node).__name__} in {node}")


def _two_operands(node: Any) -> tuple[Any, Any]:
    """A sum or product as one of two operands, the first constant where there are constants."""
    constants = [x for x in node.args if not x.free_symbols]
    others = [x for x in node.args if x.free_symbols]
    if not constants or not others:
        first, *others = node.args
        constants = [first]
    return tuple(x[0] if len(x) == 1 else node.func(*x, evaluate=False) for x in (constants, others))


def _integral_instruction(
    node: sp.Integral, symbols: tuple[sp.Symbol, ...]
) -> tuple[str, Any, tuple[Any, ...]]:
    (variable, start, end), *more = node.limits
    if more or start != 0 or end is not sp.oo:
        raise TypeError(f"`expressions` must integrate over the half line only; got {node}")
    parameters = tuple(s for s in symbols if s in node.function.free_symbols)
    return "integral", (node.function, variable, parameters), parameters


def _piecewise_instruction(node: sp.Piecewise) -> tuple[str, Any, tuple[Any, ...]]:
    # The only piecewise kernels are causal delays: (late(t), t >= T), (0, True).
    (late, condition), (rest, otherwise) = node.args
    if rest != 0 or otherwise != sp.true or not isinstance(condition, sp.GreaterThan):
        raise TypeError(f"`expressions` must be piecewise by a causal delay only; got {node}")
    return "from", None, (late, condition.lhs - condition.rhs)


_FUNCTIONS: dict[type, str] = {
    sp.exp: "exp",
    sp.log: "log",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.erf: "erf",
    sp.erfc: "erfc",
    sp.airyai: "airyai",
    sp.airyaiprime: "airyaiprime",
    sp.besselj: "besselj",
    sp.expint: "expint",
    sp.uppergamma: "uppergamma",
    sp.gamma: "gamma",  # SymPy writes Ai(0) with it
    sp.Abs: "abs",
}


def _plain(function: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    return lambda payload: function


# --- float64 -------------------------------------------------------------------------------------------------------


def _float_power(payload: tuple[int, int]) -> Callable[[Any], Any]:
    return lambda x: _float_power_of(x, *payload)


def _float_power_of(x: Any, p: int, q: int) -> Any:
    if q == 1:
        return np.asarray(x, dtype=float) ** p if p >= 0 else 1.0 / np.asarray(x, dtype=float) ** (-p)
    return np.sqrt(x) ** p if q == 2 else np.power(x, p / q)


def _float_from(late: Any, since: Any) -> Any:
    return np.where(np.asarray(since) >= 0, late, 0.0)


_FLOAT64: Table = {
    "rational": lambda payload: lambda: payload[0] / payload[1],
    "pi": lambda payload: lambda: np.pi,
    "add": _plain(operator.add),
    "mul": _plain(operator.mul),
    "neg": _plain(operator.neg),
    "power": _float_power,
    "general_power": _plain(np.power),
    "exp": _plain(np.exp),
    "log": _plain(np.log),
    "sin": _plain(np.sin),
    "cos": _plain(np.cos),
    "abs": _plain(np.abs),
    "gamma": _plain(scipy.special.gamma),
    "erf": _plain(scipy.special.erf),
    "erfc": _plain(scipy.special.erfc),
    "airyai": _plain(lambda x: scipy.special.airy(x)[0]),
    "airyaiprime": _plain(lambda x: scipy.special.airy(x)[1]),
    "besselj": _plain(scipy.special.jv),
    "from": _plain(_float_from),
}

# --- mpmath --------------------------------------------------------------------------------------------------------


def _mp_power(payload: tuple[int, int]) -> Callable[[Any], Any]:
    p, q = payload
    return lambda x: x**p if q == 1 else mpmath.power(x, mpmath.mpf(p) / q)


def _mp_integral(payload: _IntegralPayload) -> Callable[..., Any]:
    enclosure = _ball_integral(payload)

    def midpoint(*values: Any) -> Any:
        with ball_precision(mpmath.mp.prec + 10):
            return to_mpf(enclosure(*(from_mpf(mpmath.mpf(v)) for v in values)))

    # mpmath's quadrature estimates its error and is fooled by narrow peaks; a tight ball is the better source.
    return midpoint


_MPMATH: Table = {
    "rational": lambda payload: lambda: mpmath.mpf(payload[0]) / payload[1],
    "pi": lambda payload: lambda: +mpmath.pi,
    "add": _plain(operator.add),
    "mul": _plain(operator.mul),
    "neg": _plain(operator.neg),
    "power": _mp_power,
    "general_power": _plain(mpmath.power),
    "exp": _plain(mpmath.exp),
    "log": _plain(mpmath.log),
    "sin": _plain(mpmath.sin),
    "cos": _plain(mpmath.cos),
    "abs": _plain(abs),
    "gamma": _plain(mpmath.gamma),
    "erf": _plain(mpmath.erf),
    "erfc": _plain(mpmath.erfc),
    "airyai": _plain(mpmath.airyai),
    "airyaiprime": _plain(lambda x: mpmath.airyai(x, derivative=1)),
    "besselj": _plain(mpmath.besselj),
    "expint": _plain(mpmath.expint),
    "uppergamma": _plain(lambda s, x: mpmath.gammainc(s, x)),
    "integral": _mp_integral,
}

# --- real balls ----------------------------------------------------------------------------------------------------


def _ball_power(payload: tuple[int, int]) -> Callable[[arb], arb]:
    p, q = payload
    if q == 1:
        # Arb's own negative powers take three times as long.
        return (lambda x: x**p) if p >= 0 else (lambda x: 1 / x) if p == -1 else (lambda x: (1 / x) ** -p)
    if q == 2:
        return lambda x: x.sqrt() ** p
    return lambda x: x.root(q) ** p if q <= 64 else x ** arb(fmpq(p, q))


def _ball_erfc(x: arb) -> arb:
    # Arb's erfc loses all digits for a large argument that is not exact; the incomplete gamma function does not.
    if x > 4:
        return (x * x).gamma_upper(arb(0.5)) / arb.const_sqrt_pi()
    return x.erfc()


def _ball_integral(payload: _IntegralPayload) -> Callable[..., arb]:
    function, variable, parameters = payload
    return lambda *values: integrate_half_line(
        function, variable, dict(zip(parameters, values, strict=True)), integrand
    )


_BALL: Table = {
    "rational": lambda payload: lambda: arb(fmpq(*payload)),
    "pi": lambda payload: lambda: arb.pi(),
    "add": _plain(operator.add),
    "mul": _plain(operator.mul),
    "neg": _plain(operator.neg),
    "power": _ball_power,
    "general_power": _plain(lambda x, y: x**y),
    "exp": _plain(arb.exp),
    "log": _plain(arb.log),
    "sin": _plain(arb.sin),
    "cos": _plain(arb.cos),
    "abs": _plain(abs),
    "gamma": _plain(arb.gamma),
    "erf": _plain(arb.erf),
    "erfc": _plain(_ball_erfc),
    "airyai": _plain(arb.airy_ai),
    "airyaiprime": _plain(lambda x: x.airy_ai(derivative=1)),
    "besselj": _plain(lambda n, x: x.bessel_j(n)),
    "expint": _plain(lambda s, x: x.expint(s)),
    "uppergamma": _plain(lambda s, x: x.gamma_upper(s)),
    "integral": _ball_integral,
}

# --- complex balls for integrands ----------------------------------------------------------------------------------
# An integrand must say where it is not analytic: with the flag set, functions with a branch cut return a non-finite
# ball on it. Entire functions may ignore the flag.


def integrand(function: sp.Expr, symbols: Sequence[sp.Symbol]) -> Callable[..., acb]:
    """``f(values, analytic)`` on complex balls."""
    program = _compile((function,), tuple(symbols))
    runs = {flag: program.bind(_integrand_table(flag), _ball_bits) for flag in (False, True)}
    return lambda values, analytic: runs[bool(analytic)](values)[0]


def _complex_power(payload: tuple[int, int], analytic: bool) -> Callable[[acb], acb]:
    p, q = payload
    if q == 1:
        return lambda x: x**p
    if q == 2:
        return lambda x: x.sqrt(analytic=analytic) ** p
    return lambda x: x.pow(acb(fmpq(p, q)), analytic=analytic)


@functools.cache
def _integrand_table(analytic: bool) -> Table:
    return {
        "rational": lambda payload: lambda: acb(fmpq(*payload)),
        "pi": lambda payload: lambda: acb.pi(),
        "add": _plain(operator.add),
        "mul": _plain(operator.mul),
        "neg": _plain(operator.neg),
        "power": lambda payload: _complex_power(payload, analytic),
        "general_power": _plain(lambda x, y: x.pow(y, analytic=analytic)),
        "exp": _plain(acb.exp),
        "log": _plain(lambda x: x.log(analytic=analytic)),
        "sin": _plain(acb.sin),
        "cos": _plain(acb.cos),
        "abs": _plain(lambda x: x.real_abs(analytic=analytic)),
        "gamma": _plain(acb.gamma),
        "erf": _plain(acb.erf),
        "erfc": _plain(acb.erfc),
        "airyai": _plain(acb.airy_ai),
        "airyaiprime": _plain(lambda x: x.airy_ai(derivative=1)),
        "besselj": _plain(lambda n, x: x.bessel_j(n)),
    }


_TABLES: dict[str, Table] = {
    "float64": _FLOAT64,
    "mpmath": _MPMATH,
    "ball": _BALL,
    "integrand": _integrand_table(False),
}


def _ball_bits() -> int:
    return int(ctx.prec)


_WORKING_BITS: dict[str, Callable[[], int]] = {
    "float64": lambda: 0,
    "mpmath": lambda: int(mpmath.mp.prec),
    "ball": _ball_bits,
    "integrand": _ball_bits,
}
