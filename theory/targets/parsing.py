r"""A user's text to an exact SymPy expression in ``t``, without evaluating anything.

Text comes from strangers (``memcurse flow --target EXPR``). SymPy's own readers run code, and SymPy's
constructors compute eagerly (``9**9**9`` never returns), so three gates stand in a row:

1. a tokeniser that knows thirteen names, numbers and a few signs; it bounds length, tokens and nesting, so that
   the grammar of Python is only ever shown harmless text;
2. a walk over the ``ast`` of those tokens with an exact list of nodes; numbers are replaced by their index
   before, so no literal is read by anyone but :func:`number`, and decimals stay exact;
3. size checks before each SymPy constructor is called, and a check of what came out.
"""

from __future__ import annotations

import ast
from typing import Final

import sympy as sp
from sympy.core.evalf import PrecisionExhausted

from memcurse.theory.notation import t

from .expression_sizes import (
    PLAIN,
    applied,
    composition,
    degree_of,
    digits_of,
    in_time,
    is_negative_number,
    is_positive_rational,
    product,
    raised,
    shortened,
)
from .tokens import (
    _EXPONENT_RULE,
    FUNCTIONS,
    MAX_DEPTH,
    SYMBOLS,
    TargetSyntaxError,
    Token,
    number,
    python_source,
    require_balanced,
    tokenised,
)

#: Deepest composition of functions and powers of ``t``; ``exp(-sqrt(1 + t**2))`` has 3. SymPy asks every
#: argument for its sign, which takes minutes for deep ones.
MAX_COMPOSITION: Final = 4
#: Most SymPy nodes inside a function or power that is composed with another one, for the same reason.
MAX_NODES: Final = 30
#: Most digits of a numerator or denominator that arises from the arithmetic of numbers.
MAX_RESULT_DIGITS: Final = 300
#: Most digits between the point and the first digit of a constant: erfc(700) has 212807.
MAX_SMALL_DIGITS: Final = 1000
#: Largest size of an exponent, of its denominator over a number, and of the product of nested exponents and degrees.
MAX_EXPONENT: Final = 64
#: Largest denominator of an exponent over what varies: six decimals.
MAX_DENOMINATOR: Final = 1_000_000
#: Largest order of ``besselj``.
MAX_ORDER: Final = 100
#: Largest size, and largest denominator, of a number that multiplies a logarithm.
MAX_LOG_FACTOR: Final = 10_000
#: Largest size of a constant that is an argument of a function other than ``log``.
MAX_ARGUMENT: Final = 700

# What SymPy may make of the grammar: E from exp(1), gamma from airyai(0). Not Abs (from sqrt(x**2)), not I.
_KINDS: Final = (
    *(sp.Rational, sp.Add, sp.Mul, sp.Pow, sp.exp, sp.log, sp.sin, sp.cos, sp.erf, sp.erfc),
    *(sp.airyai, sp.besselj, sp.gamma),
)
_ATOMS: Final = frozenset({PLAIN, t, sp.pi, sp.E})


def parse_expression(text: str) -> sp.Expr:
    r"""Exact expression in ``notation.t`` that a text stands for.

    Parameters
    ----------
    text : str
        ``t``, decimal numbers (kept exactly: ``0.1`` is 1/10), ``pi``, ``+ - * /``, ``**`` or ``^`` (one
        operator, right-associative), parentheses, ``exp sin cos cosh sinh sqrt erf erfc log airyai`` of one argument,
        and ``besselj(n, x)`` with an integer ``0 <= n <= 100``. Exponents are rational numbers, except over
        a positive rational base, as in ``2**(-t)``.

    Returns
    -------
    sympy.Expr
        Real in form: it holds no imaginary unit, infinity or undefined value.

    Raises
    ------
    TypeError
        If ``text`` is not a string.
    TargetSyntaxError
        On anything outside the grammar or the ``MAX_...`` limits of this module.
    """
    if not isinstance(text, str):
        raise TypeError(f"`text` must be a str; got {type(text).__name__}")
    tokens = tokenised(text)
    require_balanced(text, tokens)
    if tokens[-1].kind == "sign" and tokens[-1].text != ")":
        raise TargetSyntaxError(text, len(text), "the expression stops too early")
    return in_time(_Walk(text, tokens).expression())


class _Walk:
    """One pass over the syntax tree of one text."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._numbers = [token for token in tokens if token.kind == "number"]
        self._source, self._columns = python_source(tokens)

    def expression(self) -> sp.Expr:
        """The SymPy expression of the whole text."""
        try:
            tree = ast.parse(self._source, mode="eval")
        except SyntaxError as error:
            position = self._position((error.offset or 1) - 1)
            raise TargetSyntaxError(self._text, position, "an operation or a value is missing here") from None
        return self._build(tree.body, 0)

    def _position(self, column: int) -> int:
        return self._columns[column] if column < len(self._columns) else len(self._text)

    def _refused(self, node: ast.expr, reason: str) -> TargetSyntaxError:
        return TargetSyntaxError(self._text, self._place(node), reason)

    def _place(self, node: ast.expr) -> int:
        """Where a node is shown: at its sign for an operation, else at its start."""
        if isinstance(node, ast.BinOp):
            # The sign follows the left operand, behind any closing parentheses.
            column = int(node.left.end_col_offset or 0)
            while self._source[column] in " )":
                column += 1
            return self._position(column)
        return self._position(node.col_offset)

    def _build(self, node: ast.expr, depth: int) -> sp.Expr:
        if depth > MAX_DEPTH:
            raise self._refused(node, f"signs, powers and parentheses nest at most {MAX_DEPTH} deep")
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return number(self._numbers[node.value], self._text)
        if isinstance(node, ast.Name):
            return self._symbol(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
            value = self._build(node.operand, depth + 1)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            return self._operation(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        raise self._refused(node, "only numbers, t, pi, + - * / ** and the known functions are read")

    def _symbol(self, node: ast.Name) -> sp.Expr:
        if node.id not in SYMBOLS:
            raise self._refused(node, f"`{node.id}` is a function; write {node.id}(...)")
        return SYMBOLS[node.id]

    def _operation(self, node: ast.BinOp, depth: int) -> sp.Expr:
        if isinstance(node.op, ast.Pow):
            base = self._build(node.left, depth + 1)
            return self._power(node, base, self._build(node.right, depth + 1))
        if isinstance(node.op, ast.Add | ast.Sub):
            return self._chain(node, depth, (ast.Add, ast.Sub), sp.Add)
        if isinstance(node.op, ast.Mult | ast.Div):
            return self._chain(node, depth, (ast.Mult, ast.Div), sp.Mul)
        raise self._refused(node, "the operations are + - * / and ** (or ^)")

    def _chain(
        self, node: ast.BinOp, depth: int, kinds: tuple[type[ast.operator], ...], join: type[sp.Expr]
    ) -> sp.Expr:
        """A sum or product, however long, at one depth: Python nests ``a + b + c`` to the left."""
        links: list[ast.BinOp] = []
        spine: ast.expr = node
        while isinstance(spine, ast.BinOp) and isinstance(spine.op, kinds):
            links.append(spine)
            spine = spine.left
        parts = [self._build(spine, depth + 1)]
        for link in reversed(links):
            part = self._build(link.right, depth + 1)
            if isinstance(link.op, ast.Sub):
                part = -part
            elif isinstance(link.op, ast.Div):
                part = self._power(link, part, sp.S.NegativeOne)
            parts.append(part)
        return self._checked(node, product(parts) if join is sp.Mul else sp.Add(*parts))

    def _power(self, node: ast.expr, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        """``base**exponent``, refused before SymPy computes anything large."""
        if not isinstance(exponent, sp.Rational):
            return self._exponential(node, base, exponent)
        # A root of a number is a number; a power of a sum in t is only ever raised, whatever its denominator.
        denominator = MAX_DENOMINATOR if base.has(PLAIN) else MAX_EXPONENT
        if abs(exponent) > MAX_EXPONENT or exponent.q > denominator:
            rule = f"an exponent is at most {MAX_EXPONENT} in size, its denominator {denominator}"
            raise self._refused(node, f"{rule}; got {shortened(exponent)}")
        # Structural comparisons only: SymPy's assumptions look for roots, and take seconds.
        if exponent < 0 and base == 0:
            raise self._refused(node, "division by zero")
        degree = degree_of(base) * abs(exponent)
        self._require_simple(node, base)
        if degree > MAX_EXPONENT:
            raise self._refused(node, f"nested powers multiply to at most {MAX_EXPONENT}; got {degree}")
        if abs(exponent) * digits_of(base) > MAX_RESULT_DIGITS:
            raise self._refused(node, f"a number has at most {MAX_RESULT_DIGITS} digits; this power has more")
        return self._checked(node, raised(base, exponent))

    def _exponential(self, node: ast.expr, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        """``base**exponent`` with a varying exponent, over a positive rational number."""
        if not is_positive_rational(base) or not exponent.has(PLAIN):
            shown = f"got {shortened(exponent)} over {shortened(base)}"
            raise self._refused(node, f"{_EXPONENT_RULE}; {shown}")
        self._require_simple(node, exponent)
        self._require_moderate(node, exponent)
        return self._checked(node, sp.Pow(base, exponent))

    def _call(self, node: ast.Call, depth: int) -> sp.Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS:
            reason = f"`{name}` is not a function" if name else "write * before a parenthesis"
            raise self._refused(node, reason)
        arity, function = FUNCTIONS[name]
        if node.keywords or len(node.args) != arity:
            rule = f"`{name}` takes {arity} argument{'s' * (arity > 1)}; got {len(node.args)}"
            raise self._refused(node, rule)
        arguments = [self._build(argument, depth + 1) for argument in node.args]
        if name == "sqrt":
            return self._power(node, arguments[0], sp.S.Half)
        if name == "log" and arguments[0] == 0:
            raise self._refused(node, "the logarithm of zero")
        if name == "besselj" and not (arguments[0].is_Integer and 0 <= arguments[0] <= MAX_ORDER):
            rule = f"the order of besselj is an integer from 0 to {MAX_ORDER}; got {shortened(arguments[0])}"
            raise self._refused(node.args[0], rule)
        self._require_simple(node, arguments[-1])
        if name != "log":
            self._require_moderate(node, arguments[-1])
        if name in ("cosh", "sinh"):
            # SymPy's own would stand in the way of rules that know exp.
            halves = [self._checked(node, applied(sp.exp, [x])) / 2 for x in (arguments[0], -arguments[0])]
            return self._checked(node, halves[0] + halves[1] if name == "cosh" else halves[0] - halves[1])
        return self._checked(node, applied(function, arguments))

    def _require_simple(self, node: ast.expr, argument: sp.Expr) -> None:
        """Refuse arguments whose sign or digits SymPy would study for long."""
        depth = composition(argument)
        if depth >= MAX_COMPOSITION:
            raise self._refused(node, f"functions and powers of t compose at most {MAX_COMPOSITION} deep")
        # Of constants SymPy evaluates every sum anew for each digit that it lost, within sums within sums.
        constant = not argument.has(PLAIN)
        if (depth >= 2 or constant) and (
            nodes := sum(1 for _ in sp.preorder_traversal(argument))
        ) > MAX_NODES:
            rule = f"what stands inside composed functions has at most {MAX_NODES} parts; got {nodes}"
            raise self._refused(node, rule)

    def _require_moderate(self, node: ast.expr, argument: sp.Expr) -> None:
        """Refuse constants that would overflow, alone or as the constant part of an argument.

        SymPy turns ``exp(c*log(x))`` into ``x**c`` at once, so the factors of logarithms are exponents.
        """
        for term in sp.Add.make_args(argument):
            if not term.has(PLAIN) and (size := abs(term.n(15))) > MAX_ARGUMENT:
                rule = f"a constant argument of a function is at most {MAX_ARGUMENT} in size; got {size.n(4)}"
                raise self._refused(node, rule)
            factor = term.as_coeff_Mul()[0]
            if any(isinstance(part, sp.log) for part in sp.Mul.make_args(term)) and (
                abs(factor) > MAX_EXPONENT or factor.q > MAX_EXPONENT
            ):
                rule = f"the factor of log is an exponent, at most {MAX_EXPONENT}; got {shortened(factor)}"
                raise self._refused(node, rule)

    def _checked(self, node: ast.expr, value: sp.Expr) -> sp.Expr:
        """A new value, if SymPy made something real and moderate of it."""
        for part in sp.preorder_traversal(in_time(value)):
            if part is sp.zoo or part is sp.nan or part in (sp.oo, -sp.oo):
                raise self._refused(node, "this is infinite or undefined")
            if part is sp.I or (part.is_Pow and is_negative_number(part.base) and not part.exp.is_Integer):
                raise self._refused(node, "this is not real")
            if part.func is sp.log and is_negative_number(part.args[0]):
                raise self._refused(node, "this is not real")
            if part.is_Pow and not (part.exp.is_Rational or is_positive_rational(part.base)):
                raise self._refused(node, f"{_EXPONENT_RULE}; got {shortened(part)}")
            if part.is_Mul and any(factor.func is sp.log for factor in part.args):
                # Anywhere below an exp, SymPy may turn c*log(x) into log(x**c) and compute that power.
                c = part.as_coeff_Mul()[0]
                if max(abs(c), c.q) > MAX_LOG_FACTOR:
                    rule = f"the factor of a logarithm has size and denominator at most {MAX_LOG_FACTOR}"
                    raise self._refused(node, f"{rule}; got {shortened(c)}")
            if not isinstance(part, _KINDS) and part not in _ATOMS:
                raise self._refused(
                    node, f"this becomes {shortened(part.func)}, which is outside the grammar"
                )
        if digits_of(value) > MAX_RESULT_DIGITS:
            raise self._refused(node, f"a number has at most {MAX_RESULT_DIGITS} digits; this has more")
        if (degree := degree_of(value)) > MAX_EXPONENT:
            raise self._refused(node, f"powers multiply to at most {MAX_EXPONENT}; got {degree}")
        if not value.has(PLAIN) and not value.is_Rational:
            self._require_decidable(node, value)
        return value

    def _require_decidable(self, node: ast.expr, value: sp.Expr) -> None:
        """Refuse constants like ``sin(1)**2 + cos(1)**2 - 1``: no precision tells their sign."""
        try:
            size = abs(value.n(15, strict=True))
        except (PrecisionExhausted, ArithmeticError, TypeError):
            size = sp.S.Zero
        if size == 0:
            raise self._refused(node, "this constant cannot be told from zero")
        if size > sp.Integer(10) ** MAX_RESULT_DIGITS:
            raise self._refused(node, f"a constant is at most 1e{MAX_RESULT_DIGITS}; got {size.n(4)}")
        if size < sp.Integer(10) ** -MAX_SMALL_DIGITS:
            # Beside another constant it would ask for all digits between the two.
            raise self._refused(node, f"a constant is at least 1e-{MAX_SMALL_DIGITS}; got {size.n(4)}")
