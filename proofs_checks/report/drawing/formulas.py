"""LaTeX as inline SVG, drawn with Matplotlib's own fonts, whose letters a page holds once.

MathML would be set by the reader's machine, and without a font for mathematics, which many have not, its brackets and
roots do not grow. These outlines look the same everywhere and need no network.
"""

from __future__ import annotations

import functools
import re
from html import escape
from typing import Any, Final

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from .glyphs import Glyphs, KeptGlyphs, Letter
from .sheet import Sheet

#: Units of an outline to one em of the text around; an em of the font has 100. Computer Modern looks smaller than a
#: screen font of the same size.
_EM: Final = 100 * 15 / 17
#: Air on every side.
_AIR: Final = 6.0
#: An argument without braces.
_ONE: Final = r"\\[a-zA-Z]+|[a-zA-Z0-9]"
#: What mathtext does not know, in words that it does.
_REWRITES: Final = (
    (re.compile(r"\\tfrac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(rf"\\(d?)frac\s*({_ONE})\s*({_ONE})"), r"\\\1frac{\2}{\3}"),
    (re.compile(rf"\\(d?)frac\s*({_ONE})(?=\s*\{{)"), r"\\\1frac{\2}"),
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


#: An outline as SVG path data, and its box (left, low, right, high; y up).
Shape = tuple[str, tuple[float, float, float, float]]
#: The letters met so far, by the names that Matplotlib gives them; None for a space.
_SHAPES: Final[dict[str, Shape | None]] = {}


def formula(latex: str, sheet: Sheet) -> Markup:
    """`latex` as a row of SVG pieces that use the outlines of `sheet`, with the source as text alternative.

    Where Matplotlib cannot parse it, the source itself is shown.
    """
    pieces = [_glyphs(piece) for piece in _pieces(latex)]
    if not pieces or any(piece is None for piece in pieces):
        return Markup(f'<code class="latex">{escape(latex)}</code>')
    drawn = " ".join(_svg(piece, sheet) for piece in pieces if piece is not None)
    label = escape(latex, quote=True)
    return Markup(f'<span class="formula" role="img" aria-label="{label}">{drawn}</span>')


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


def keep_formulas() -> None:
    """Write down the formulas that were set, for the next report."""
    _kept().write()


@functools.cache
def _kept() -> KeptGlyphs:
    return KeptGlyphs()


def _glyphs(latex: str) -> Glyphs | None:
    kept = _kept()
    if latex not in kept:
        kept[latex] = _set(latex)
    return kept[latex]


def _set(latex: str) -> Glyphs | None:
    """The formula as Matplotlib sets it."""
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
            placed, shapes, bars = text_to_path.get_glyphs_mathtext(FontProperties(), f"${latex}$")
    except (ValueError, RuntimeError):
        return None
    for name, shape in shapes.items():
        if name not in _SHAPES:
            _SHAPES[name] = _shape(*shape)
    parts = [(_SHAPES[name], float(x), float(y), float(scale)) for name, x, y, scale in placed]
    parts += [(_shape(*bar), 0.0, 0.0, 1.0) for bar in bars]
    drawn = [(shape, x, y, scale) for shape, x, y, scale in parts if shape is not None]
    if not drawn:
        return None
    boxes = [
        (x + scale * box[0], y + scale * box[1], x + scale * box[2], y + scale * box[3])
        for (_, box), x, y, scale in drawn
    ]
    left, low, right, high = (
        pick(side) for pick, side in zip((min, min, max, max), zip(*boxes, strict=True), strict=True)
    )
    letters = tuple(Letter(path, x, -y, scale) for (path, _), x, y, scale in drawn)
    return Glyphs(letters, left, right - left, high, -low)


def _shape(vertices: Any, codes: Any) -> Shape | None:
    """A letter or a bar; None for a space."""
    if not len(vertices):
        return None
    box = Path(vertices, codes).get_extents()
    return _path_data(vertices, codes), (float(box.x0), float(box.y0), float(box.x1), float(box.y1))


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
        parts.append(f"{_short(x)} {_short(-y)} ")
        pending -= 1
    return "".join(parts).strip()


def _short(x: float) -> str:
    """A tenth of a hundredth of an em is less than an eye can see; -0 is 0."""
    return f"{round(float(x), 1) + 0.0:g}"


def _svg(piece: Glyphs, sheet: Sheet) -> str:
    # A depth that is never negative, so that pieces share a baseline.
    depth, height = max(piece.depth, 0.0) + _AIR, max(piece.height, 0.0) + _AIR
    width = piece.width + 2 * _AIR
    view = " ".join(_short(x) for x in (piece.left - _AIR, -height, width, height + depth))
    letters = "".join(_use(letter, sheet.name(letter.outline)) for letter in piece.letters)
    return (
        f'<svg aria-hidden="true" viewBox="{view}" style="width:{width / _EM:.3f}em;'
        f'height:{(height + depth) / _EM:.3f}em;vertical-align:{-depth / _EM:.3f}em">{letters}</svg>'
    )


def _use(letter: Letter, name: str) -> str:
    x, y = _short(letter.x), _short(letter.y)
    if letter.scale == 1:
        return f'<use href="#{name}" x="{x}" y="{y}"/>'
    return f'<use href="#{name}" transform="translate({x} {y})scale({letter.scale:.3g})"/>'
