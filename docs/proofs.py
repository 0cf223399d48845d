"""Docstrings of statements as HTML: paragraphs, lists, formulas; what is not recognised stays as it was typed."""

from __future__ import annotations

import re
from html import escape

from memcurse.proofs_checks.report.drawing.formulas import formula
from memcurse.proofs_checks.report.drawing.sheet import Sheet

_INLINE = re.compile(
    r":math:`(?P<math>[^`]+)`|``(?P<code>[^`]+)``|`(?P<name>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|(?<!\*)\*(?P<em>[^*\s][^*]*)\*"
)


def proof_html(text: str, sheet: Sheet) -> str:
    """The whole docstring; formulas use the outlines of `sheet`."""
    blocks = re.split(r"\n\s*\n", text.strip())
    parts: list[str] = []
    k = 0
    while k < len(blocks):
        block = blocks[k]
        if block.lstrip().startswith(".. math::"):
            body = block.split(".. math::", 1)[1]
            if not body.strip() and k + 1 < len(blocks):
                k += 1
                body = blocks[k]
            parts.append(f'<div class="claim" tabindex="0">{formula(" ".join(body.split()), sheet)}</div>')
        else:
            parts.append(_block(block, sheet))
        k += 1
    return "\n".join(parts)


def _block(block: str, sheet: Sheet) -> str:
    lines = block.split("\n")
    if all(line.lstrip().startswith("|") for line in lines):
        return _table(lines, sheet)
    if re.match(r"\s*(?:[-*]|\d+\.) ", lines[0]):
        items = re.split(r"\n(?=\s*(?:[-*]|\d+\.) )", block)
        tag = "ol" if re.match(r"\s*\d", items[0]) else "ul"
        shown = [_inline(re.sub(r"^\s*(?:[-*]|\d+\.) ", "", item), sheet) for item in items]
        return f"<{tag}>" + "".join(f"<li>{item}</li>" for item in shown) + f"</{tag}>"
    return f"<p>{_inline(block, sheet)}</p>"


def _table(lines: list[str], sheet: Sheet) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    rows = [row for row in rows if not all(re.fullmatch(":?-+:?", cell) for cell in row)]
    head, *body = rows
    top = "".join(f"<th>{_inline(cell, sheet)}</th>" for cell in head)
    rest = "".join(
        "<tr>" + "".join(f"<td>{_inline(cell, sheet)}</td>" for cell in row) + "</tr>" for row in body
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{rest}</tbody></table>"


def _inline(text: str, sheet: Sheet) -> str:
    text = " ".join(text.split())
    parts, at = [], 0
    for match in _INLINE.finditer(text):
        parts.append(escape(text[at : match.start()]))
        at = match.end()
        if match["math"]:
            parts.append(str(formula(match["math"], sheet)))
        elif match["code"] or match["name"]:
            parts.append(f"<code>{escape(match['code'] or match['name'])}</code>")
        else:
            tag = "strong" if match["bold"] else "em"
            parts.append(f"<{tag}>{_inline(match['bold'] or match['em'], sheet)}</{tag}>")
    return "".join([*parts, escape(text[at:])])
