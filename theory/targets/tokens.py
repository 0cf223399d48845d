"""A text as tokens: thirteen names, numbers and a few signs, bounded in length, number and nesting."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import sympy as sp

from .expression_sizes import PLAIN

#: Longest text, in characters.
MAX_LENGTH: Final = 2000
#: Most numbers, names and signs in one text.
MAX_TOKENS: Final = 500
#: Deepest nesting of parentheses, signs and powers.
MAX_DEPTH: Final = 40
#: Most digits of one number, before and after the decimal point together.
MAX_DIGITS: Final = 50
#: Largest decimal exponent, so that a number lies between 1e-50 and 1e100.
MAX_DECIMAL_EXPONENT: Final = 50

_WINDOW: Final = 72
_EXPONENT_RULE: Final = "an exponent must be a rational number, or vary over a positive rational base"
_SPACE: Final = re.compile(r"[ \t]+")
_TOKEN: Final = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/^(),])",
    re.ASCII,
)
#: Names that take arguments: how many, and what they stand for.
FUNCTIONS: Final[dict[str, tuple[int, Callable[..., sp.Expr]]]] = {
    "exp": (1, sp.exp),
    "sin": (1, sp.sin),
    "cos": (1, sp.cos),
    "sqrt": (1, sp.sqrt),
    "cosh": (1, sp.cosh),
    "sinh": (1, sp.sinh),
    "erf": (1, sp.erf),
    "erfc": (1, sp.erfc),
    "log": (1, sp.log),
    "airyai": (1, sp.airyai),
    "besselj": (2, sp.besselj),
}
SYMBOLS: Final[dict[str, sp.Expr]] = {"t": PLAIN, "pi": sp.pi}


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
class Token:
    """A number, name or sign, and where it stands in the text."""

    kind: str
    text: str
    position: int


def tokenised(text: str) -> list[Token]:
    """Numbers, known names and signs of a text."""
    if len(text) > MAX_LENGTH:
        raise TargetSyntaxError(
            text, MAX_LENGTH, f"a text has at most {MAX_LENGTH} characters; got {len(text)}"
        )
    tokens: list[Token] = []
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


def _token(text: str, position: int) -> Token:
    """The token that starts at a position."""
    match = _TOKEN.match(text, position)
    if match is None:
        raise TargetSyntaxError(text, position, f"the character {text[position]!r} is not allowed")
    token = Token(str(match.lastgroup), match.group(), position)
    if token.kind == "name" and token.text not in FUNCTIONS and token.text not in SYMBOLS:
        known = ", ".join([*SYMBOLS, *FUNCTIONS])
        name = token.text if len(token.text) <= 40 else token.text[:37] + "..."
        raise TargetSyntaxError(text, position, f"unknown name `{name}`; known are {known}")
    end = match.end()
    if token.kind == "number" and end < len(text) and (text[end].isalnum() or text[end] in "_."):
        raise TargetSyntaxError(text, end, "a number cannot go on like this; write 2*t for 2t")
    return token


def require_balanced(text: str, tokens: list[Token]) -> None:
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


def number(token: Token, text: str) -> sp.Rational:
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


def python_source(tokens: list[Token]) -> tuple[str, list[int]]:
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
