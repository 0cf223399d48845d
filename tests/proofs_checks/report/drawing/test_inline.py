"""Pictures inside the page: the same strokes, fewer bytes, letters shared."""

from __future__ import annotations

import re

import pytest

from memcurse.proofs_checks.report.drawing.inline import inline_svg, relative_path
from memcurse.proofs_checks.report.drawing.sheet import Sheet
from memcurse.proofs_checks.report.figures import drawn_svg


def document(name="one"):
    def draw(ax):
        ax.plot([0, 1, 2], [0.1234567, 1, 4], label="a line")
        ax.set(xlabel="time of what", ylabel=r"$\rho(t)^2$", yscale="log")
        ax.legend()

    return drawn_svg(draw, name)


def test_every_reference_is_there_and_nothing_else_is_named():
    sheet = Sheet()
    element = inline_svg(document(), "A &quot;label&quot;", sheet)
    assert element.startswith('<svg role="img" aria-label="A &quot;label&quot;"')
    names = set(re.findall(r'\bid="([^"]+)"', element))
    used = {a or b for a, b in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', element)}
    assert names <= used
    assert used <= names | set(sheet.outlines.values())
    assert "xmlns" not in element
    assert "<!--" not in element


def test_a_second_picture_brings_no_new_letters():
    sheet = Sheet()
    first = inline_svg(document("one"), "", sheet)
    count = len(sheet.outlines)
    second = inline_svg(document("two"), "", sheet)
    assert count == len(sheet.outlines) > 10
    assert first.count("<use") == second.count("<use")
    assert len(first) < 0.55 * len(document())


def test_strokes_are_kept():
    text, sheet = document(), Sheet()
    element = inline_svg(text, "", sheet)
    spaces = len(re.findall(r"DejaVuSans-3\"", text.split("</defs>", 2)[-1]))
    assert element.count("<use") >= text.count("<use") - spaces - text.count('-3"')
    curve = max(re.findall(r'<path d="([^"]*)" clip-path', text), key=len)
    kept = [float(x) for x in re.findall(r"-?\d+\.?\d*", curve)]
    there = [absolute(path) for path in re.findall(r'<path d="([^"]*)" clip-path', element)]
    assert any(
        len(p) == len(kept) and max(abs(a - b) for a, b in zip(p, kept, strict=True)) < 0.051 for p in there
    )


def absolute(path: str) -> list[float]:
    """Coordinates of the points of path data whose commands are relative."""
    here, begin, points = (0.0, 0.0), (0.0, 0.0), []
    for command, text in re.findall(r"([a-z])([^a-z]*)", path):
        numbers = [float(x) for x in re.findall(r"-?(?:\d+(?:\.\d)?|\.\d)", text)]
        if command == "z":
            here = begin
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            last = (here[0] + x, here[1] + y)
            points += last
        if numbers:
            here = last
        if command == "m":
            begin = here
    return points


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M10.26 -3 L10.5 0.05Q1 2 3 4ZM0 0L5 5", "m10.3-3l.2 3q-9.5 2-7.5 4zm-10.3 3l5 5"),
        ("M 1 1 L 1 1.04", "m1 1l0 0"),
        ("M0 0A1 1 0 0 1 2 2", "M0 0A1 1 0 0 1 2 2"),
        ("M-0.5 -0.25 C0 0 0.5 0.5 -1.5 2", "m-.5-.2c.5 .2 1 .7-1 2.2"),
    ],
)
def test_paths_are_ways_from_point_to_point(path: str, short: str) -> None:
    """Rounded to tenths of a point before they are subtracted; other commands stay."""
    assert relative_path(path) == short
    if "A" not in path:
        places = [float(x) for x in re.findall(r"-?\d+\.?\d*", path)]
        assert absolute(short) == pytest.approx(places, abs=0.051)
