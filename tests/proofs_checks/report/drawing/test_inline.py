"""Pictures inside the page: the same strokes, fewer bytes, letters shared."""

from __future__ import annotations

import re

from memcurse.proofs_checks.report.drawing.inline import inline_svg
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
    there = [
        [float(x) for x in re.findall(r"-?\d+\.?\d*", path)]
        for path in re.findall(r'<path d="([^"]*)" clip-path', element)
    ]
    assert any(
        len(p) == len(kept) and max(abs(a - b) for a, b in zip(p, kept, strict=True)) < 0.0051 for p in there
    )
