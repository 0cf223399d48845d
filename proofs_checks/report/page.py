"""The page: fills the template with the results. Jinja2 escapes everything that is not markup made here."""

from __future__ import annotations

import functools
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from memcurse.proofs_checks.evidence.verdicts import Verdict

from .drawing.formulas import formula, keep_formulas
from .drawing.graph import Graph, dependency_graph
from .drawing.inline import inline_svg
from .drawing.prose import prose
from .drawing.sheet import Sheet
from .meanings import PROVENANCES, SCOPES, STATUSES, VERDICTS, coverage
from .results import Record, Result

_HERE: Final = Path(__file__).resolve().parent
#: The longest table (characters) that stands in the page; longer ones are fetched from the file beside it.
_EMBEDDED: Final = 16_000


def report_html(report: Record) -> str:
    """The whole report as one page that opens without a network."""
    sheet = Sheet()
    style, script = (Markup((_HERE / f"report.{end}").read_text(encoding="utf-8")) for end in ("css", "js"))
    page = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            style=style,
            script=script,
            sheet=sheet,
            formula=lambda latex: formula(latex, sheet),
            prose=lambda text: prose(text, sheet),
            picture=lambda result: _picture(result, sheet),
            **_facts(report),
            **_relations(report),
        )
    )
    keep_formulas()
    return page


def summary_html(report: Record) -> str:
    """The table of verdicts, for notebooks."""
    return _environment().get_template("summary.html.jinja").render(**_facts(report))


def _facts(report: Record) -> dict[str, Any]:
    return {
        "report": report,
        "document": report.to_dict(),
        "by_id": {result.id: result for result in report.results},
        "verdicts": VERDICTS,
        "provenances": PROVENANCES,
        "statuses": STATUSES,
        "Verdict": Verdict,
        "command": _command(report),
    }


def _relations(report: Record) -> dict[str, Any]:
    """What the page says of the statements together: counts, choices of the filter, what rests on what."""
    papers = list(dict.fromkeys(result.paper for result in report.results))
    counts = {paper: Counter(_shown(r) for r in report.results if r.paper == paper) for paper in papers}
    kinds = {result.scope.kind for result in report.results if result.scope is not None}
    users: dict[str, list[str]] = {result.id: [] for result in report.results}
    for result in report.results:
        for used in result.uses:
            users.get(used, []).append(result.id)
    return {
        "counts": counts,
        "papers": papers if len(papers) > 1 else [],
        "shown_verdicts": [v for v in VERDICTS if any(result.verdict is v for result in report.results)],
        "shown_scopes": [kind for kind in SCOPES if kind in kinds],
        "scopes": SCOPES,
        "used_by": users,
        "graphs": _graphs(report, papers),
        "alone": [r.id for r in report.results if not r.uses and not users[r.id]],
    }


def _shown(result: Result) -> str:
    """The column of the summary in which a result is counted, as in `Record.summary`."""
    return result.status if result.status in ("broken", "error") else result.verdict.name


def _graphs(report: Record, papers: list[str]) -> dict[str, Graph]:
    """A graph for every paper in which a statement uses another."""
    every = [result.id for result in report.results]
    graphs = {}
    for paper in papers:
        own = {result.id: result.uses for result in report.results if result.paper == paper}
        used = {name for names in own.values() for name in names}
        linked = {name: names for name, names in own.items() if names or name in used}
        if linked:
            graphs[paper] = dependency_graph(linked, every)
    return graphs


def _command(report: Record) -> str:
    """The command that runs this again."""
    size = " --quick" if report.quick else " --full" if report.full else ""
    return f"memcurse verify{size} --digits {report.digits} --seed {report.seed}"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        csv_address=_csv_address,
        numbers=_numbers,
        coverage=coverage,
        rows=_rows,
    )
    return environment


def _numbers(detail: str) -> Markup:
    """Text whose words do not break: ``7.3e-42`` stays on one line; only very long words may."""
    short = Markup("<span>{}</span>")
    return Markup(" ").join(
        short.format(word) if "-" in word and len(word) < 40 else word for word in detail.split()
    )


def _picture(result: Result, sheet: Sheet) -> Markup:
    label = escape(f"Picture of the evidence for {result.id}: {result.title}", quote=True)
    return Markup(inline_svg(result.svg or "<svg/>", label, sheet))


def _csv_address(result: Result) -> Markup:
    if len(result.csv or "") > _EMBEDDED:
        return Markup(f"{result.id}.csv")
    return Markup("data:text/csv;charset=utf-8," + quote(result.csv or "", safe="/,:;=()+-*!~"))


def _rows(result: Result) -> int:
    return max((result.csv or "").count("\n") - 1, 0)
