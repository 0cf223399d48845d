"""The page: fills the template with the results. Jinja2 escapes everything that is not markup made here."""

from __future__ import annotations

import base64
import functools
from html import escape
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from memcurse.proofs_checks.evidence.verdicts import Verdict

from .figures import inline_svg
from .formulas import formula, prose
from .graph import dependency_graph
from .meanings import PROVENANCES, STATUSES, VERDICTS, coverage
from .results import Record, Result

_HERE: Final = Path(__file__).resolve().parent


def report_html(report: Record) -> str:
    """The whole report as one page that opens without a network."""
    style = (_HERE / "report.css").read_text(encoding="utf-8")
    return _environment().get_template("report.html.jinja").render(style=Markup(style), **_facts(report))


def summary_html(report: Record) -> str:
    """The table of verdicts, for notebooks."""
    return _environment().get_template("summary.html.jinja").render(**_facts(report))


def _facts(report: Record) -> dict[str, Any]:
    return {
        "report": report,
        "document": report.to_dict(),
        "graph": dependency_graph({r.id: r.uses for r in report.results}) if report.results else None,
        "by_id": {result.id: result for result in report.results},
        "verdicts": VERDICTS,
        "provenances": PROVENANCES,
        "statuses": STATUSES,
        "Verdict": Verdict,
        "command": _command(report),
    }


def _command(report: Record) -> str:
    """The command that runs this again."""
    quick = " --quick" if report.quick else ""
    return f"memcurse verify{quick} --digits {report.digits} --seed {report.seed}"


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
        formula=formula,
        prose=prose,
        picture=_picture,
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


def _picture(result: Result) -> Markup:
    label = escape(f"Picture of the evidence for {result.id}: {result.title}", quote=True)
    return Markup(inline_svg(result.svg or "<svg/>", label))


def _csv_address(result: Result) -> Markup:
    data = base64.b64encode((result.csv or "").encode()).decode("ascii")
    return Markup(f"data:text/csv;charset=utf-8;base64,{data}")


def _rows(result: Result) -> int:
    return max((result.csv or "").count("\n") - 1, 0)
