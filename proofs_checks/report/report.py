"""What `verify` returns: the record of a run that can be drawn and written."""

from __future__ import annotations

from pathlib import Path

from .files import write_report
from .page import report_html, summary_html
from .results import Record


class Report(Record):
    """All results of a run, and the settings that reproduce it; a page, a table for notebooks, files."""

    def to_html(self) -> str:
        """The report as one self-contained page."""
        return report_html(self)

    def _repr_html_(self) -> str:
        return summary_html(self)

    def write(self, folder: str | Path) -> Path:
        """Write the page, its JSON and each statement's picture and CSV; return the page's path."""
        return write_report(self, folder)
