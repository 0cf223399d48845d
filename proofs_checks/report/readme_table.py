"""The table of verdicts in the README, rewritten from ``report.json`` so that the two cannot drift apart.

Run as ``python -m memcurse.proofs_checks.report.readme_table report/report.json README.md``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from memcurse.proofs_checks.evidence.scopes import Scope

from .atomic import write_atomically
from .results import Record

BEGIN: Final = "<!-- statements:begin -->"
END: Final = "<!-- statements:end -->"


def readme_table(report: Record | Mapping[str, Any]) -> str:
    """Markdown table of the statements with their verdicts; from a report or from its parsed JSON."""
    document = report.to_dict() if isinstance(report, Record) else report
    lines = [
        "| statement | title | verdict | scope | code | evidence | controls refuted |",
        "|---|---|---|---|---|---|---:|",
    ]
    for result in document["results"]:
        controls = [control["verdict"] == "REFUTED" for control in result["controls"]]
        flag = f" ({result['status']})" if result["status"] in ("broken", "error") else ""
        cells = (
            f"`{result['id']}`",
            result["title"],
            result["verdict"] + flag,
            _scope_text(result["scope"]),
            result["code_verdict"] or "",
            result["method"],
            f"{sum(controls)} of {len(controls)}",
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _scope_text(scope: Mapping[str, Any] | None) -> str:
    """How far the verdict reaches, from the JSON of a scope."""
    if scope is None:
        return "nothing"
    box = tuple(
        (name, low, high)
        for name, ends in scope.get("box", {}).items()
        for low, high in zip(ends[::2], ends[1::2], strict=True)
    )
    return Scope(scope["kind"], scope.get("number"), box).text


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def with_table(text: str, table: str) -> str:
    """`text` with what stands between the two marker comments replaced by `table`.

    Raises
    ------
    ValueError
        If the markers are not there once, in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"`text` must hold {BEGIN} and {END} once, in this order; got another arrangement")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite the table in a file; exit code 2 for a wrong use."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if len(words) != 2:
        print(
            "usage: python -m memcurse.proofs_checks.report.readme_table REPORT_JSON README", file=sys.stderr
        )
        return 2
    source, target = map(Path, words)
    try:
        table = readme_table(json.loads(source.read_text(encoding="utf-8")))
        text = with_table(target.read_text(encoding="utf-8"), table)
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    write_atomically(target, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
