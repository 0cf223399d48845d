"""A picture as an element of a page: as few bytes as show the same, its letters shared with all other pictures."""

from __future__ import annotations

import re
from typing import Final

from .sheet import Sheet

#: What Matplotlib writes for a letter: its outline, in units of 1/64 of those in which it is placed.
_LETTER: Final = re.compile(r'<path id="([^"]+)"(?: d="([^"]*)")? transform="scale\(0\.015625\)"\s*/>')
_UNIT: Final = 64
_NUMBER: Final = re.compile(r"-?\d+\.\d{3,}")
_COORDINATES: Final = re.compile(r'\b(?:d|x|y|points|transform)="[^"]*"')
_USE: Final = re.compile(r'<use href="#([^"]+)"(?: transform="translate\(([^)]*)\)([^"]*)")?\s*/>')
#: A group that says nothing around elements without children.
_GROUP: Final = re.compile(r"<g>((?:<[a-z]+ [^<>]*/>)*)</g>")


def inline_svg(document: str, label: str, sheet: Sheet) -> str:
    """An SVG document of `drawn_svg` as an element of a page.

    Parameters
    ----------
    document : str
        A whole document.
    label : str
        The text alternative, escaped already.
    sheet : Sheet
        Takes letters and styles.

    Notes
    -----
    No prolog, no namespace address, no names that nothing refers to; coordinates to a hundredth of a point.
    """
    element = document[document.index("<svg") :].replace("xlink:href", "href")
    element = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", element)
    element = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", element, flags=re.DOTALL)
    shared: dict[str, str] = {}

    def taken(match: re.Match[str]) -> str:
        shared[match[1]] = sheet.name(_outline(match[2])) if match[2] else ""
        return ""

    element = _LETTER.sub(taken, element)
    element = _USE.sub(lambda match: _use(match, shared), element)
    element = _COORDINATES.sub(lambda match: _rounded(match[0]), element)
    element = re.sub(
        r' style="([^"]*)"', lambda match: f' class="{sheet.style(_compact(match[1]))}"', element
    )
    needed = {one or other for one, other in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', element)}
    element = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in needed else "", element)
    element = re.sub(r">\s+<", "><", re.sub(r"<defs>\s*</defs>", "", element))
    before = ""
    while before != element:
        before, element = element, _GROUP.sub(r"\1", element)
    return element.replace("<svg", f'<svg role="img" aria-label="{label}"', 1).strip()


def _compact(declarations: str) -> str:
    """CSS without the spaces that it does not need."""
    return declarations.replace(": ", ":").replace("; ", ";")


def _use(match: re.Match[str], shared: dict[str, str]) -> str:
    """A letter from the sheet; nothing for one without an outline, which is a space."""
    if match[1] not in shared:
        return match[0]
    if not shared[match[1]]:
        return ""
    use, place, size = f'<use href="#{shared[match[1]]}"', (match[2] or "0").split(), match[3] or ""
    if size.strip():
        return f'{use} transform="translate({match[2]}){size.strip()}"/>'
    # A letter is a hundred units high.
    x, y = (f"{round(float(text))}" for text in (place[0], place[-1] if len(place) > 1 else "0"))
    return use + (f' x="{x}"' if x != "0" else "") + (f' y="{y}"' if y != "0" else "") + "/>"


def _outline(path: str) -> str:
    """The outline of a letter in the units in which it is placed, to a thousandth of its size."""
    return relative_path(re.sub(r"-?\d+(?:\.\d+)?", lambda match: f"{float(match[0]) / _UNIT:.3f}", path))


def _rounded(text: str) -> str:
    """Numbers to two decimals, paths to one, which is a tenth of a point."""
    name, _, value = text.partition("=")
    if name == "d":
        return f'd="{relative_path(value[1:-1])}"'
    return _NUMBER.sub(lambda match: f"{round(float(match[0]), 2) + 0.0:g}", text)


def relative_path(path: str) -> str:
    """SVG path data of absolute M, L, Q, C and Z to one decimal, each point as its way from the one before.

    Rounded places are subtracted, so nothing adds up. What holds other commands comes back as it was.
    """
    commands = re.findall(r"([A-Za-z])([^A-Za-z]*)", path)
    if not all(command in "MLQCZz" for command, _ in commands):
        return path
    begin, here, parts = (0, 0), (0, 0), []
    for command, text in commands:
        numbers = [round(10 * float(x)) for x in re.findall(r"-?[\d.]+", text)]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        if command in "Zz":
            here = begin
        ways = [(x - here[0], y - here[1]) for x, y in points]
        parts.append(command.lower() + "".join(_tenths(x) for way in ways for x in way).lstrip())
        if points:
            here = points[-1]
        if command == "M":
            begin = here
    return re.sub(r"(?<=[a-z]) ", "", "".join(parts))


def _tenths(number: int) -> str:
    """A number of tenths, with what separates it from the one before."""
    whole, rest = divmod(abs(number), 10)
    digits = (str(whole) if whole or not rest else "") + (f".{rest}" if rest else "")
    return f"-{digits}" if number < 0 else f" {digits}"
