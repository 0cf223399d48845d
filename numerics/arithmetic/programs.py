"""SymPy expressions as straight-line programs: instructions on numbered places, whatever the arithmetic."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import sympy as sp

IntegralPayload = tuple[sp.Expr, sp.Symbol, tuple[sp.Symbol, ...]]


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
        constants, steps = self._split(table)
        late, outputs = [(*step, step[2][0], step[2][-1]) for step in steps], self.outputs

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

    def bind_columns(
        self, table: Table, working_bits: Callable[[], int] = lambda: 0
    ) -> Callable[[Sequence[Sequence[Any]]], list[list[Any]]]:
        """The same for many points at once: from the columns of the inputs to the columns of the outputs.

        Each instruction goes over all points before the next, so that its cost beside the arithmetic is paid once.
        """
        constants, steps = self._split(table)
        constant, outputs, single = self._constants(), self.outputs, self.bind(table, working_bits)

        def run(columns: Sequence[Sequence[Any]]) -> list[list[Any]]:
            if len(columns[0]) < _FEW:
                return list(map(list, zip(*map(single, zip(*columns, strict=True)), strict=True)))
            fixed = constants(working_bits())
            results: list[Any] = [repeat(x) if i in constant else x for i, x in enumerate(fixed)]
            results[: self.inputs] = columns
            for place, function, operands in steps:
                results[place] = list(map(function, *[results[k] for k in operands]))
            count = len(columns[0])
            return [[fixed[i]] * count if i in constant else results[i] for i in outputs]

        return run

    def _split(self, table: Table) -> tuple[Callable[[int], list[Any]], list[Step]]:
        """Results that depend on no input, for the last few precisions, and the steps for all others."""
        unknown = {name for name, _, _ in self.instructions} - table.keys()
        if unknown:
            raise TypeError(
                f"`expressions` must avoid what this arithmetic lacks; got {', '.join(sorted(unknown))}"
            )
        steps = [
            (place, table[name](payload), operands)
            for place, (name, payload, operands) in enumerate(self.instructions, start=self.inputs)
        ]
        constant = self._constants()
        early = [step for step in steps if step[0] in constant]

        @functools.lru_cache(maxsize=8)
        def constants(_: int) -> list[Any]:
            results: list[Any] = [None] * (self.inputs + len(steps))
            for place, function, operands in early:
                results[place] = function(*[results[i] for i in operands])
            return results

        return constants, [step for step in steps if step[0] not in constant]

    def _constants(self) -> set[int]:
        """Places of the results that depend on no input."""
        places: set[int] = set()
        for place, (_, _, operands) in enumerate(self.instructions, start=self.inputs):
            if places.issuperset(operands):
                places.add(place)
        return places


#: Points for which going one by one costs less than columns (measured: they break even between two and four).
_FEW = 4
#: The place of a result, the operation, and the places of its operands.
Step = tuple[int, Callable[..., Any], tuple[int, ...]]
#: For each operation a function of the payload that gives the function of the operands.
Table = Mapping[str, Callable[[Any], Callable[..., Any]]]


@functools.lru_cache(maxsize=512)
def compile_program(expressions: tuple[sp.Expr, ...], symbols: tuple[sp.Symbol, ...]) -> Program:
    """The program of a list of expressions; what they share is computed once."""
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
        if isinstance(exponent, sp.Integer) and exponent < -1:
            # Moments hold several powers of one quotient: it is made once.
            return "power", (-int(exponent), 1), (1 / base,)
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
    constants = [x for x in node.args if _is_constant(x)]
    others = [x for x in node.args if not _is_constant(x)]
    if not constants or not others:
        first, *others = node.args
        constants = [first]
    return tuple(x[0] if len(x) == 1 else node.func(*x, evaluate=False) for x in (constants, others))


@functools.lru_cache(maxsize=8192)
def _is_constant(node: sp.Basic) -> bool:
    # SymPy walks through all that lies below, for every node above.
    return not node.free_symbols


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
    sp.lerchphi: "lerchphi",
    sp.zeta: "zeta",
}
