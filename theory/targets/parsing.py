r"""A user's text to an exact SymPy expression in ``t``, without evaluating anything.

Text comes from strangers (``memcurse flow --target EXPR``). SymPy's own readers run code, and SymPy's
constructors compute eagerly (``9**9**9`` never returns), so three gates stand in a row:

1. a tokeniser that knows eleven names, numbers and a few signs; it bounds length, tokens and nesting, so that
   the grammar of Python is only ever shown harmless text;
2. a walk over the ``ast`` of those tokens with an exact list of nodes; numbers are replaced by their index
   before, so no literal is read by anyone but :func:`_number`, and decimals stay exact;
3. size checks before each SymPy constructor is called, and a check of what came out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Final

import sympy as sp
from sympy.core.evalf import PrecisionExhausted

from memcurse.theory.notation import t

#: Longest text, in characters.
MAX_LENGTH: Final = 2000
#: Most numbers, names and signs in one text.
MAX_TOKENS: Final = 500
#: Deepest nesting of parentheses, signs and powers.
MAX_DEPTH: Final = 40
#: Deepest composition of functions and powers of ``t``; ``exp(-sqrt(1 + t**2))`` has 3. SymPy asks every
#: argument for its sign, which takes minutes for deep ones.
MAX_COMPOSITION: Final = 4
#: Most SymPy nodes, with rational coefficients only, that are simplified with the knowledge that t >= 0.
MAX_LIGHT_NODES: Final = 16
#: Most SymPy nodes inside a function or power that is composed with another one, for the same reason.
MAX_NODES: Final = 30
#: Most digits of one number, before and after the decimal point together.
MAX_DIGITS: Final = 50
#: Largest decimal exponent, so that a number lies between 1e-50 and 1e100.
MAX_DECIMAL_EXPONENT: Final = 50
#: Most digits of a numerator or denominator that arises from the arithmetic of numbers.
MAX_RESULT_DIGITS: Final = 300
#: Largest size of an exponent, of its denominator, and of the product of nested exponents and degrees.
MAX_EXPONENT: Final = 64
#: Largest order of ``besselj``.
MAX_ORDER: Final = 100
#: Largest size, and largest denominator, of a number that multiplies a logarithm.
MAX_LOG_FACTOR: Final = 10_000
#: Largest size of a constant that is an argument of a function other than ``log``.
MAX_ARGUMENT: Final = 700

_WINDOW: Final = 72
_EXPONENT_RULE: Final = "an exponent must be a rational number, or vary over a positive rational base"
_SPACE: Final = re.compile(r"[ \t]+")
_TOKEN: Final = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/^(),])",
    re.ASCII,
)
_FUNCTIONS: Final[dict[str, tuple[int, Callable[..., sp.Expr]]]] = {
    "exp": (1, sp.exp),
    "sin": (1, sp.sin),
    "cos": (1, sp.cos),
    "sqrt": (1, sp.sqrt),
    "erf": (1, sp.erf),
    "erfc": (1, sp.erfc),
    "log": (1, sp.log),
    "airyai": (1, sp.airyai),
    "besselj": (2, sp.besselj),
}
# Stands for t while building. SymPy asks every argument for its sign: for t >= 0 it may factor polynomials
# for minutes to answer; of a symbol without assumptions it knows at once that it knows nothing.
_PLAIN: Final = sp.Symbol("t")
_SYMBOLS: Final[dict[str, sp.Expr]] = {"t": _PLAIN, "pi": sp.pi}
# What SymPy may make of the grammar: E from exp(1), gamma from airyai(0). Not Abs (from sqrt(x**2)), not I.
_KINDS: Final = (
    *(sp.Rational, sp.Add, sp.Mul, sp.Pow, sp.exp, sp.log, sp.sin, sp.cos, sp.erf, sp.erfc),
    *(sp.airyai, sp.besselj, sp.gamma),
)
_ATOMS: Final = frozenset({_PLAIN, t, sp.pi, sp.E})


class TargetSyntaxError(ValueError):
    """The text is not a target kernel; the message shows the place with a caret.

    Attributes
    ----------
    text : str
        The text as given.
    position : int
        Index in ``text`` of the offending character; ``len(text)`` if something is missing at the end.
    """

    def __init__(self, text: str, position: int, reason: str) -> None:
        self.text = text
        self.position = position
        self.reason = reason
        super().__init__(f"{reason}\n{_pointed(text, position)}")

    def __reduce__(self) -> tuple[type[TargetSyntaxError], tuple[str, int, str]]:
        """Rebuild from all three arguments when passed between processes."""
        return type(self), (self.text, self.position, self.reason)


def _pointed(text: str, position: int) -> str:
    """The text around a position on one line, and a caret below it."""
    first = max(0, min(position - _WINDOW // 2, len(text) - _WINDOW))
    window = text[first : first + _WINDOW]
    head = "..." if first else ""
    tail = "..." if first + _WINDOW < len(text) else ""
    # Line breaks and control characters would move the caret away from its place.
    line = "".join(c if c.isprintable() else "?" for c in window)
    return f"  {head}{line}{tail}\n  {' ' * (len(head) + position - first)}^"


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


def parse_expression(text: str) -> sp.Expr:
    r"""Exact expression in ``notation.t`` that a text stands for.

    Parameters
    ----------
    text : str
        ``t``, decimal numbers (kept exactly: ``0.1`` is 1/10), ``pi``, ``+ - * /``, ``**`` or ``^`` (one
        operator, right-associative), parentheses, ``exp sin cos sqrt erf erfc log airyai`` of one argument,
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
    tokens = _tokens(text)
    _require_balanced(text, tokens)
    if tokens[-1].kind == "sign" and tokens[-1].text != ")":
        raise TargetSyntaxError(text, len(text), "the expression stops too early")
    return _in_time(_Walk(text, tokens).expression())


def _tokens(text: str) -> list[_Token]:
    """Numbers, known names and signs of a text."""
    if len(text) > MAX_LENGTH:
        raise TargetSyntaxError(
            text, MAX_LENGTH, f"a text has at most {MAX_LENGTH} characters; got {len(text)}"
        )
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        if len(tokens) == MAX_TOKENS:
            raise TargetSyntaxError(text, position, f"at most {MAX_TOKENS} numbers, names and signs are read")
        tokens.append(_token(text, position))
        position += len(tokens[-1].text)
    if not tokens:
        raise TargetSyntaxError(text, len(text), "a target needs an expression in t; got empty text")
    return tokens


def _token(text: str, position: int) -> _Token:
    """The token that starts at a position."""
    match = _TOKEN.match(text, position)
    if match is None:
        raise TargetSyntaxError(text, position, f"the character {text[position]!r} is not allowed")
    token = _Token(str(match.lastgroup), match.group(), position)
    if token.kind == "name" and token.text not in _FUNCTIONS and token.text not in _SYMBOLS:
        known = ", ".join([*_SYMBOLS, *_FUNCTIONS])
        name = token.text if len(token.text) <= 40 else token.text[:37] + "..."
        raise TargetSyntaxError(text, position, f"unknown name `{name}`; known are {known}")
    end = match.end()
    if token.kind == "number" and end < len(text) and (text[end].isalnum() or text[end] in "_."):
        raise TargetSyntaxError(text, end, "a number cannot go on like this; write 2*t for 2t")
    return token


def _require_balanced(text: str, tokens: list[_Token]) -> None:
    """Refuse unmatched or too many open parentheses, at the parenthesis itself."""
    opened: list[int] = []
    for token in tokens:
        if token.text == "(":
            opened.append(token.position)
            if len(opened) > MAX_DEPTH:
                raise TargetSyntaxError(text, token.position, f"parentheses nest at most {MAX_DEPTH} deep")
        elif token.text == ")":
            if not opened:
                raise TargetSyntaxError(text, token.position, "this parenthesis closes nothing")
            opened.pop()
    if opened:
        raise TargetSyntaxError(text, opened[-1], "this parenthesis is never closed")


def _number(token: _Token, text: str) -> sp.Rational:
    """Exact rational value of a decimal literal within the limits."""
    mantissa, _, exponent = token.text.lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    digits = (whole + decimals).strip("0") or "0"
    if len(whole + decimals) > MAX_DIGITS:
        rule = f"a number has at most {MAX_DIGITS} digits; got {len(whole + decimals)}"
        raise TargetSyntaxError(text, token.position, rule)
    # The length first: int() of a thousand digits is work that nobody asked for.
    power = exponent.lstrip("+-").lstrip("0") or "0"
    if len(power) > 4 or int(power) > MAX_DECIMAL_EXPONENT:
        shown = power if len(power) <= 12 else f"{len(power)} digits"
        rule = f"a decimal exponent is at most {MAX_DECIMAL_EXPONENT} in size; got {shown}"
        raise TargetSyntaxError(text, token.position, rule)
    if digits == "0":
        return sp.S.Zero
    scale = (-int(power) if exponent.startswith("-") else int(power)) - len(decimals)
    value = Fraction(int(whole + decimals)) * Fraction(10) ** scale
    return sp.Rational(value.numerator, value.denominator)


class _Walk:
    """One pass over the syntax tree of one text."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self._text = text
        self._numbers = [token for token in tokens if token.kind == "number"]
        self._source, self._columns = _python_source(tokens)

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
            return _number(self._numbers[node.value], self._text)
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
        if node.id not in _SYMBOLS:
            raise self._refused(node, f"`{node.id}` is a function; write {node.id}(...)")
        return _SYMBOLS[node.id]

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
        return self._checked(node, join(*parts))

    def _power(self, node: ast.expr, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        """``base**exponent``, refused before SymPy computes anything large."""
        if not isinstance(exponent, sp.Rational):
            return self._exponential(node, base, exponent)
        if abs(exponent) > MAX_EXPONENT or exponent.q > MAX_EXPONENT:
            rule = f"an exponent has size and denominator at most {MAX_EXPONENT}; got {_short(exponent)}"
            raise self._refused(node, rule)
        # Structural comparisons only: SymPy's assumptions look for roots, and take seconds.
        if exponent.is_negative and base == 0:
            raise self._refused(node, "division by zero")
        degree = _degree(base) * abs(exponent)
        self._require_simple(node, base)
        if degree > MAX_EXPONENT:
            raise self._refused(node, f"nested powers multiply to at most {MAX_EXPONENT}; got {degree}")
        if abs(exponent) * _digits(base) > MAX_RESULT_DIGITS:
            raise self._refused(node, f"a number has at most {MAX_RESULT_DIGITS} digits; this power has more")
        # A sum stays as it is under a power; SymPy would ask whether its terms are infinite.
        return self._checked(node, sp.Pow(base, exponent, evaluate=not _is_plain_sum(base, exponent)))

    def _exponential(self, node: ast.expr, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        """``base**exponent`` with a varying exponent, over a positive rational number."""
        if not _is_positive_rational(base) or not exponent.has(_PLAIN):
            shown = f"got {_short(exponent)} over {_short(base)}"
            raise self._refused(node, f"{_EXPONENT_RULE}; {shown}")
        self._require_simple(node, exponent)
        self._require_moderate(node, exponent)
        return self._checked(node, sp.Pow(base, exponent))

    def _call(self, node: ast.Call, depth: int) -> sp.Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _FUNCTIONS:
            reason = f"`{name}` is not a function" if name else "write * before a parenthesis"
            raise self._refused(node, reason)
        arity, function = _FUNCTIONS[name]
        if node.keywords or len(node.args) != arity:
            rule = f"`{name}` takes {arity} argument{'s' * (arity > 1)}; got {len(node.args)}"
            raise self._refused(node, rule)
        arguments = [self._build(argument, depth + 1) for argument in node.args]
        if name == "sqrt":
            return self._power(node, arguments[0], sp.S.Half)
        if name == "log" and arguments[0] == 0:
            raise self._refused(node, "the logarithm of zero")
        if name == "besselj" and not (arguments[0].is_Integer and 0 <= arguments[0] <= MAX_ORDER):
            rule = f"the order of besselj is an integer from 0 to {MAX_ORDER}; got {_short(arguments[0])}"
            raise self._refused(node.args[0], rule)
        self._require_simple(node, arguments[-1])
        if name != "log":
            self._require_moderate(node, arguments[-1])
        return self._checked(node, _applied(function, arguments))

    def _require_simple(self, node: ast.expr, argument: sp.Expr) -> None:
        """Refuse arguments whose sign SymPy would study for long."""
        depth = _composition(argument)
        if depth >= MAX_COMPOSITION:
            raise self._refused(node, f"functions and powers of t compose at most {MAX_COMPOSITION} deep")
        if depth >= 2 and (nodes := sum(1 for _ in sp.preorder_traversal(argument))) > MAX_NODES:
            rule = f"what stands inside composed functions has at most {MAX_NODES} parts; got {nodes}"
            raise self._refused(node, rule)

    def _require_moderate(self, node: ast.expr, argument: sp.Expr) -> None:
        """Refuse constants that would overflow, alone or as the constant part of an argument.

        SymPy turns ``exp(c*log(x))`` into ``x**c`` at once, so the factors of logarithms are exponents.
        """
        for term in sp.Add.make_args(argument):
            if not term.has(_PLAIN) and (size := abs(term.n(15))) > MAX_ARGUMENT:
                rule = f"a constant argument of a function is at most {MAX_ARGUMENT} in size; got {size.n(4)}"
                raise self._refused(node, rule)
            factor = term.as_coeff_Mul()[0]
            if any(isinstance(part, sp.log) for part in sp.Mul.make_args(term)) and (
                abs(factor) > MAX_EXPONENT or factor.q > MAX_EXPONENT
            ):
                rule = f"the factor of log is an exponent, at most {MAX_EXPONENT}; got {_short(factor)}"
                raise self._refused(node, rule)

    def _checked(self, node: ast.expr, value: sp.Expr) -> sp.Expr:
        """A new value, if SymPy made something real and moderate of it."""
        for part in sp.preorder_traversal(_in_time(value)):
            if part is sp.zoo or part is sp.nan or part in (sp.oo, -sp.oo):
                raise self._refused(node, "this is infinite or undefined")
            if part is sp.I or (part.is_Pow and _is_negative_number(part.base) and not part.exp.is_Integer):
                raise self._refused(node, "this is not real")
            if part.is_Pow and not (part.exp.is_Rational or _is_positive_rational(part.base)):
                raise self._refused(node, f"{_EXPONENT_RULE}; got {_short(part)}")
            if part.is_Mul and any(factor.func is sp.log for factor in part.args):
                # Anywhere below an exp, SymPy may turn c*log(x) into log(x**c) and compute that power.
                c = part.as_coeff_Mul()[0]
                if max(abs(c), c.q) > MAX_LOG_FACTOR:
                    rule = f"the factor of a logarithm has size and denominator at most {MAX_LOG_FACTOR}"
                    raise self._refused(node, f"{rule}; got {_short(c)}")
            if not isinstance(part, _KINDS) and part not in _ATOMS:
                raise self._refused(node, f"this becomes {_short(part.func)}, which is outside the grammar")
        if _digits(value) > MAX_RESULT_DIGITS:
            raise self._refused(node, f"a number has at most {MAX_RESULT_DIGITS} digits; this has more")
        if (degree := _degree(value)) > MAX_EXPONENT:
            raise self._refused(node, f"powers multiply to at most {MAX_EXPONENT}; got {degree}")
        if not value.has(_PLAIN) and not value.is_Rational:
            self._require_decidable(node, value)
        return value

    def _require_decidable(self, node: ast.expr, value: sp.Expr) -> None:
        """Refuse constants like ``sin(1)**2 + cos(1)**2 - 1``: no precision tells their sign."""
        try:
            size = abs(value.n(15, strict=True))
        except PrecisionExhausted:
            raise self._refused(node, "this constant cannot be told from zero") from None
        if size > sp.Integer(10) ** MAX_RESULT_DIGITS:
            raise self._refused(node, f"a constant is at most 1e{MAX_RESULT_DIGITS}; got {size.n(4)}")


def _python_source(tokens: list[_Token]) -> tuple[str, list[int]]:
    """Tokens as Python text, with the original position of each of its columns.

    ``^`` becomes ``**``; each number becomes its index, so that Python reads no digit of the user's.
    """
    pieces: list[str] = []
    columns: list[int] = []
    count = 0
    for token in tokens:
        piece = token.text
        if token.kind == "number":
            piece, count = str(count), count + 1
        elif piece == "^":
            piece = "**"
        pieces.append(piece + " ")
        columns += [token.position] * (len(piece) + 1)
    return "".join(pieces), columns


def _is_plain_sum(base: sp.Expr, exponent: sp.Rational) -> bool:
    return bool(base.is_Add and base.has(_PLAIN) and exponent not in (0, 1))


def _applied(function: Callable[..., sp.Expr], arguments: list[sp.Expr]) -> sp.Expr:
    """``function(*arguments)`` in SymPy's form, without its questions where none of its rules applies.

    What its rules do with a varying argument is: move a sign out, join logarithms in ``exp``, undo ``exp``
    in ``log``, reduce multiples of pi in ``sin`` and ``cos``. Before that it looks for zeros, and may factor
    polynomials for minutes.
    """
    *order, x = arguments
    trigonometric = function in (sp.sin, sp.cos)
    ruled = (
        x == 0
        # Of 1 - t SymPy makes (1 - t)**2*besselj(2, t - 1)/(t - 1)**2, which is undefined at t = 1.
        or (function is not sp.besselj and not x.has(_PLAIN))
        or (function is sp.exp and x.has(sp.log))
        or (function is sp.log and (x.func is sp.exp or x.is_Pow or x.is_Mul))
        or (trigonometric and x.has(sp.pi))
    )
    if ruled:
        return function(*arguments)
    if function in (sp.exp, sp.log, sp.airyai) or not x.could_extract_minus_sign():
        return function(*arguments, evaluate=False)
    even = function(*order, -x, evaluate=False)
    if function is sp.erfc:
        return 2 - even
    return even if function is sp.cos or (order and order[0].is_even) else -even


@lru_cache(maxsize=4096)
def _in_time(value: sp.Expr) -> sp.Expr:
    """A value with ``notation.t`` for the plain symbol, simplified for t >= 0 where that is quick."""
    if not value.has(_PLAIN):
        return value
    if value == _PLAIN:
        return t
    return value.func(*map(_in_time, value.args), evaluate=_is_light(value))


def _is_light(value: sp.Expr) -> bool:
    parts = list(islice(sp.preorder_traversal(value), MAX_LIGHT_NODES + 1))
    return len(parts) <= MAX_LIGHT_NODES and all(part.is_Rational or part.has(_PLAIN) for part in parts)


def _is_positive_rational(value: sp.Expr) -> bool:
    return isinstance(value, sp.Rational) and bool(value.is_positive)


def _is_negative_number(value: sp.Expr) -> bool:
    # Every constant was told from zero when it was built.
    return not value.free_symbols and bool(value.n(15) < 0)


def _digits(value: sp.Expr) -> int:
    """Digits of the largest numerator or denominator at the top of an expression."""
    numbers = [part for part in (value, *value.args) if isinstance(part, sp.Rational)]
    bits = max((max(abs(n.p), n.q).bit_length() for n in numbers), default=0)
    return bits * 3 // 10


@lru_cache(maxsize=4096)
def _composition(value: sp.Expr) -> int:
    """How deep functions and powers of ``t`` stand inside each other."""
    if not value.has(_PLAIN) or not value.args:
        return 0
    return max(map(_composition, value.args)) + (not (value.is_Add or value.is_Mul))


def _degree(value: sp.Expr) -> sp.Rational:
    """Size of the power that an expression is, with functions counted like ``t``."""
    if value.is_Add:
        return max(_degree(term) for term in value.args)
    if value.is_Mul:
        return sum((_degree(factor) for factor in value.args), sp.S.Zero)
    if value.is_Pow and value.exp.is_Rational:
        return _degree(value.base) * abs(value.exp)
    return sp.S.One if value.has(_PLAIN) else sp.S.Zero


def _short(value: object) -> str:
    """A value in a message, cut if long."""
    shown = getattr(value, "__name__", None) or str(value)
    return shown if len(shown) <= 40 else shown[:37] + "..."
