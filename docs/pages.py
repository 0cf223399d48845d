"""The pages of the documentation that are made of the statements: the theory, what was found, and the notebooks.

``generate(folder, report)`` writes them; `conf.py` calls it before Sphinx reads anything. Nothing is listed by hand:
pages follow the folders of the catalogue. Verdicts and pictures come from the report of a run (``report/report.json``
and its files) where there is one; without it the pages say how to get them.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from proofs import proof_html

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.reading import Card
from memcurse.proofs_checks.evidence.scopes import Scope
from memcurse.proofs_checks.evidence.statement import Provenance
from memcurse.proofs_checks.report.drawing.formulas import formula
from memcurse.proofs_checks.report.drawing.inline import inline_svg
from memcurse.proofs_checks.report.drawing.prose import prose
from memcurse.proofs_checks.report.drawing.sheet import Sheet
from memcurse.proofs_checks.report.meanings import PROVENANCES

ROOT = Path(__file__).resolve().parents[1]


def generate(folder: Path, report: Path) -> None:
    """Write ``theory``, ``found.md`` and ``notebooks`` below `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "theory").mkdir(parents=True)
    found, results = cards(), results_of(report)
    rooms: dict[tuple[str, ...], list[Card]] = {}
    for card in found.values():
        rooms.setdefault(card.parts, []).append(card)
    names = []
    for parts, members in rooms.items():
        name = "-".join(parts)
        names.append(name)
        (folder / "theory" / f"{name}.md").write_text(theory_page(parts, members, results, report))
    (folder / "theory" / "index.md").write_text(theory_index(rooms, names))
    (folder / "found.md").write_text(found_page(found.values(), results, report))
    _notebooks(folder / "notebooks")


def results_of(report: Path) -> Mapping[str, Mapping[str, Any]]:
    """The results of a report by id; empty without one."""
    path = report / "report.json"
    if not path.is_file():
        return {}
    return {result["id"]: result for result in json.loads(path.read_text(encoding="utf-8"))["results"]}


def theory_index(rooms: Mapping[tuple[str, ...], list[Card]], names: list[str]) -> str:
    """The list of pages, with what is on them."""
    lines = ["# The theory, statement by statement", ""]
    lines += [
        "Every page is made from the statements of one folder: claim, hypotheses, proof, controls, picture.",
        "",
    ]
    for (parts, members), name in zip(rooms.items(), names, strict=True):
        links = ", ".join(f"[{card.id}](#{_anchor(card.id)})" for card in members)
        lines += [f"- [{_room_title(parts)}]({name}.md): {links}"]
    return "\n".join([*lines, "", "```{toctree}", ":hidden:", "", *names, "```", ""])


def theory_page(
    parts: tuple[str, ...], members: list[Card], results: Mapping[str, Mapping[str, Any]], report: Path
) -> str:
    """All statements of one folder."""
    sheet = Sheet()
    lines = [f"# {_room_title(parts)}", "", _purpose(parts), ""]
    for card in members:
        lines += [f"({_anchor(card.id)})=", f"## {card.id}: {card.title}", ""]
        lines += _raw(statement_html(card, results.get(card.id), report, sheet))
        if card.uses:
            lines += ["Uses " + ", ".join(f"[{used}](#{_anchor(used)})" for used in card.uses) + ".", ""]
    return "\n".join([*lines, *_raw(str(sheet.markup()))])


def found_page(every: Iterable[Card], results: Mapping[str, Mapping[str, Any]], report: Path) -> str:
    """What the papers say that failed, and what they do not contain."""
    members = list(every)
    failed = [card for card in members if card.corrects]
    new = [card for card in members if card.provenance is Provenance.NEW and not card.corrects]
    sheet = Sheet()
    lines = [
        "# What was found",
        "",
        "Results that the papers do not contain, and claims of theirs that failed. Each entry holds the exact "
        "statement, its proof or what stands in the place of one, how strong the evidence is and how far it reaches, "
        "and the one command that checks it again, which also writes its evidence to `report/report.html`. Everything "
        "here is made from the statements themselves.",
        "",
        f"## Claims that failed or are not sharp ({len(failed)})",
        "",
    ]
    for card in failed:
        lines += _entry(card, results, report, sheet)
    lines += [f"## Results that the papers do not contain ({len(new)})", ""]
    for card in new:
        lines += _entry(card, results, report, sheet)
    return "\n".join([*lines, *_raw(str(sheet.markup()))])


def _entry(card: Card, results: Mapping[str, Mapping[str, Any]], report: Path, sheet: Sheet) -> list[str]:
    corrected = (
        f"<p><strong>What the source says:</strong> {prose(card.corrects, sheet)}</p>"
        if card.corrects
        else ""
    )
    body = statement_html(card, results.get(card.id), report, sheet)
    return [f"### {card.title}", "", f"[{card.id}](#{_anchor(card.id)})", "", *_raw(corrected + body)]


def statement_html(card: Card, result: Mapping[str, Any] | None, report: Path, sheet: Sheet) -> str:
    """A statement as HTML: what is claimed, under what, how strongly, why, and how to check it."""
    shown = [f'<div class="claim" tabindex="0">{formula(card.claim, sheet)}</div>']
    if card.hypotheses:
        items = "".join(f"<li>{prose(text, sheet)}</li>" for text in card.hypotheses)
        shown.append(f"<p>where</p><ul>{items}</ul>")
    shown.append(
        f"<p>{_verdict(result)} {escape(card.provenance.value)}: {PROVENANCES[card.provenance]}.</p>"
    )
    shown.append(f"<p><code>memcurse verify {card.id}</code></p>")
    proof = ast.get_docstring(ast.parse(Path(card.path).read_text(encoding="utf-8")))
    if proof:
        shown.append(
            f'<details class="proof"><summary>Proof and notes</summary>{proof_html(proof, sheet)}</details>'
        )
    names = "".join(f"<li>{prose(name, sheet)}</li>" for name in card.controls)
    shown.append(
        f"<details><summary>False neighbours that must be refuted ({len(card.controls)})</summary>"
        f"<ul>{names}</ul></details>"
    )
    picture = report / f"{card.id}.svg"
    if picture.is_file():
        label = escape(f"Picture of the evidence for {card.id}", quote=True)
        shown.append(f"<figure>{inline_svg(picture.read_text(encoding='utf-8'), label, sheet)}</figure>")
    return "\n".join(shown)


def _verdict(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return "Verdict and picture come with a report: run the command below."
    scope = "nothing" if result["scope"] is None else Scope.from_dict(result["scope"]).text
    code = f"; of the package's own code: {result['code_verdict']}" if result["code_verdict"] else ""
    return f"<strong>{result['verdict']}</strong>, {escape(scope)}{code}."


def _raw(html: str) -> list[str]:
    return ["```{raw} html", html, "```", ""] if html else []


def _anchor(name: str) -> str:
    return f"statement-{name.replace('.', '-')}"


def _room_title(parts: tuple[str, ...]) -> str:
    return ": ".join(part.replace("_", " ").capitalize() for part in parts)


def _purpose(parts: tuple[str, ...]) -> str:
    path = ROOT / "proofs_checks" / Path(*parts) / "__init__.py"
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0]


def _notebooks(folder: Path) -> None:
    """Copies, with the outputs that they were kept with, and a page that lists them."""
    folder.mkdir()
    names = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        shutil.copy(path, folder / path.name)
        names.append(path.stem)
    (folder / "index.md").write_text("\n".join(["# Notebooks", "", "```{toctree}", *names, "```", ""]))
