"""LaTeX as inline SVG, drawn with Matplotlib's own fonts: the page needs no script and no address."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from html import escape
from typing import Final

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.textpath import TextPath

#: Font size in which outlines are drawn, and how many of their pixels make one em of the text around:
#: Computer Modern looks smaller than a screen font of the same size.
_SIZE, _EM = 17.0, 15.0
#: What mathtext does not know, in words that it does.
_REWRITES: Final = (
    (re.compile(r"\\tfrac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\\(d?)frac\s*(\d)\s*(\d)"), r"\\\1frac{\2}{\3}"),
    (re.compile(r"\\(d?)frac\s*(\d)(?=\s*\{)"), r"\\\1frac{\2}"),
    (re.compile(r"\\[lr]Vert(?![a-zA-Z])"), r"\\|"),
    (re.compile(r"\\[lr]vert(?![a-zA-Z])"), "|"),
    (re.compile(r"\\(?:displaystyle|textstyle|nolimits|limits)(?![a-zA-Z])"), ""),
    (re.compile(r"\\begin\{aligned\}|\\end\{aligned\}"), ""),
    (re.compile(r"(?<!\\)&"), ""),
    (re.compile(r"\\mbox\{"), r"\\text{"),
    (re.compile(r"\\operatorname\*"), r"\\operatorname"),
    (re.compile(r"\\(le|ge)(?![a-zA-Z])"), r"\\\1q "),
    (re.compile(r"\\(sqrt|math[a-z]+|hat|bar|tilde)\s+([A-Za-z0-9])"), r"\\\1{\2}"),
    (re.compile(r"\\sqrt\s*(\\[a-zA-Z]+)"), r"\\sqrt{\1}"),
    (re.compile(r"\\implies(?![a-zA-Z])"), r"\\Longrightarrow "),
    (re.compile(r"\\iff(?![a-zA-Z])"), r"\\Longleftrightarrow "),
)
#: Delimiters of a given size: grown with ``\left`` and ``\right`` if they pair, else of the normal size.
_SIZED: Final = re.compile(r"\\[bB]igg?([lrm]?)(?![a-zA-Z])")
#: Where a long formula may be broken into pieces that wrap: line breaks, wide spaces, a space after , or ;
_BREAKS: Final = re.compile(r"\\\\(?:\[[^\]]*\])?|\\qquad(?![a-zA-Z])|\\quad(?![a-zA-Z])|(?<=[,;])\\;")


@dataclass(frozen=True)
class Glyphs:
    """A formula as one outline: SVG path data, and its box in pixels with the baseline at y = 0."""

    path: str
    left: float
    width: float
    height: float
    depth: float


def formula(latex: str) -> Markup:
    """`latex` as a row of SVG pieces, with the source as text alternative.

    Where Matplotlib cannot parse it, the source itself is shown.
    """
    pieces = [_glyphs(piece) for piece in _pieces(latex)]
    if not pieces or any(piece is None for piece in pieces):
        return Markup(f'<code class="latex">{escape(latex)}</code>')
    drawn = " ".join(_svg(piece) for piece in pieces if piece is not None)
    label = escape(latex, quote=True)
    return Markup(f'<span class="formula" role="img" aria-label="{label}" title="{label}">{drawn}</span>')


def prose(text: str) -> Markup:
    """Text in which ``$...$`` is a formula."""
    parts = re.split(r"\$([^$]+)\$", text)
    return Markup("").join(formula(part) if i % 2 else part for i, part in enumerate(parts))


def _pieces(latex: str) -> list[str]:
    """The formula cut where it may wrap, but never inside braces or between ``\\left`` and ``\\right``."""
    pieces, start = [], 0
    for match in _BREAKS.finditer(latex):
        before = latex[start : match.start()]
        balanced = before.count("{") - before.count("\\{") == before.count("}") - before.count("\\}")
        opened = len(re.findall(r"\\left(?![a-zA-Z])|\\[bB]igg?l", before))
        closed = len(re.findall(r"\\right(?![a-zA-Z])|\\[bB]igg?r", before))
        if balanced and opened == closed:
            pieces.append(before)
            start = match.end()
    pieces.append(latex[start:])
    return [piece.strip() for piece in pieces if piece.strip()]


@functools.cache
def _glyphs(latex: str) -> Glyphs | None:
    for pattern, replacement in _REWRITES:
        latex = pattern.sub(replacement, latex)
    grown = _SIZED.sub(lambda match: {"l": r"\left", "r": r"\right"}.get(match[1], ""), latex)
    for candidate in dict.fromkeys((_tall_fractions(grown), _SIZED.sub("", latex))):
        glyphs = _outline(candidate)
        if glyphs is not None:
            return glyphs
    return None


def _tall_fractions(latex: str) -> str:
    """Fractions in display size, except inside braces (exponents, other fractions)."""
    parts, depth = [], 0
    for token in re.split(r"(\\[a-zA-Z]+|\\.|[{}])", latex):
        depth += (token == "{") - (token == "}")
        parts.append(r"\dfrac" if token == r"\frac" and depth == 0 else token)
    return "".join(parts)


def _outline(latex: str) -> Glyphs | None:

    try:
        with rc_context({"mathtext.fontset": "cm", "text.usetex": False}):
            path = TextPath((0, 0), f"${latex}$", size=_SIZE)
    except (ValueError, RuntimeError):
        return None
    if not len(path.vertices):
        return None
    box = path.get_extents()
    return Glyphs(_path_data(path.vertices, path.codes), box.x0, box.width, box.y1, -box.y0)


def _path_data(vertices: object, codes: object) -> str:
    letters = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    parts: list[str] = []
    pending = 0
    for (x, y), code in zip(vertices, codes, strict=True):  # type: ignore[call-overload]
        if code == 79:
            parts.append("Z")
            continue
        if pending == 0:
            parts.append(letters[int(code)])
            pending = {1: 1, 2: 1, 3: 2, 4: 3}[int(code)]
        parts.append(f"{x:.2f} {-y:.2f} ")
        pending -= 1
    return "".join(parts).strip()


def _svg(piece: Glyphs) -> str:
    # A pixel of air on every side, and a depth that is never negative, so that pieces share a baseline.
    depth, height = max(piece.depth, 0.0) + 1, max(piece.height, 0.0) + 1
    width = piece.width + 2
    view = f"{piece.left - 1:.2f} {-height:.2f} {width:.2f} {height + depth:.2f}"
    return (
        f'<svg aria-hidden="true" viewBox="{view}" style="width:{width / _EM:.3f}em;'
        f'height:{(height + depth) / _EM:.3f}em;vertical-align:{-depth / _EM:.3f}em">'
        f'<path d="{piece.path}"/></svg>'
    )
