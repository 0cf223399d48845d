"""Pictures and tables: SVG that can stand inside a page, PNG and PDF, and CSV that no program takes for formulas."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import matplotlib
from cycler import cycler
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as MatplotlibFigure

from memcurse.numerics.plots.style import FAINT, SERIES
from memcurse.proofs_checks.evidence.statement import Evidence, Figure, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Beside the colours, so that series are told apart in grey too.
_STYLES: Final = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
#: Kinds of files that a picture can be.
FORMATS: Final = ("svg", "png", "pdf")
#: Dots per inch of what is drawn in dots.
_DPI: Final = 200
#: What would tell when and by what a picture was made.
_DATED: Final = {
    "svg": ("Creator", "Date", "Format", "Type"),
    "png": ("Software",),
    "pdf": ("Creator", "Producer", "CreationDate"),
}
#: How a cell begins that a spreadsheet takes for a formula, and what a number looks like, which it may.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER: Final = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?(?:/\d+)?", re.IGNORECASE)
_ID: Final = re.compile(r'(\bid="|url\(#|href="#)')


def style(salt: str) -> Any:
    """Matplotlib settings of every picture; `salt` makes the ids inside the SVG reproducible."""

    return {
        "axes.prop_cycle": cycler(color=SERIES, linestyle=_STYLES),
        "axes.grid": True,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.axisbelow": True,
        "font.size": 11.0,
        "grid.color": FAINT,
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "mathtext.fontset": "cm",
        "svg.fonttype": "path",
        "svg.hashsalt": salt,
    }


def figure_svg(draw: Figure, evidence: Evidence, name: str) -> str:
    """The picture that `draw` makes of `evidence`, as an SVG document.

    Parameters
    ----------
    draw : callable
        ``draw(evidence, ax) -> None``.
    name : str
        Of the statement; prefixes the ids inside, so that many pictures can share a page.
    """

    return drawn_svg(lambda ax: draw(evidence, ax), name)


def drawn_svg(draw: Callable[[Axes], object], name: str) -> str:
    """What `draw` does with new axes, as an SVG document; `name` prefixes the ids inside."""
    return drawn(draw, name, "svg").decode()


def drawn(draw: Callable[[Axes], object], name: str, kind: str) -> bytes:
    """What `draw` does with new axes, as a file of a `kind` of `FORMATS`; the same picture gives the same bytes.

    Raises
    ------
    ValueError
        For another kind.
    """
    if kind not in FORMATS:
        raise ValueError(f"`kind` must be one of {', '.join(FORMATS)}; got {kind!r}")
    with matplotlib.rc_context(style(name)):
        figure = MatplotlibFigure(figsize=(6.8, 4.2), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.add_subplot())
        metadata = dict.fromkeys(_DATED[kind])
        if kind == "svg":
            text = _saved_svg(figure, metadata)
            return _ID.sub(lambda match: f"{match[0]}{name}-", text).encode()
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata=metadata, transparent=False, dpi=_DPI)
    return buffer.getvalue()


def _saved_svg(figure: MatplotlibFigure, metadata: dict[str, None]) -> str:
    """What `savefig` writes, for two thirds of its time: it draws once more to see the layout, which is known here."""
    canvas: Any = FigureCanvasSVG(figure)
    engine = figure.get_layout_engine()
    figure.dpi = canvas.fixed_dpi
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")
    figure.dpi = _DPI
    buffer = io.StringIO()
    canvas.print_svg(buffer, metadata=metadata)
    return buffer.getvalue()


def csv_text(table: Table) -> str:
    """`table` as CSV with a header line. A text that a spreadsheet would run as a formula gets an apostrophe before it.

    Raises
    ------
    ValueError
        If a row has another length than the header, or a cell is nan or infinite.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_harmless(name) for name in table.columns])
    for index, row in enumerate(table.rows):
        if len(row) != len(table.columns):
            raise ValueError(f"`rows` must have {len(table.columns)} cells; got {len(row)} in row {index}")
        writer.writerow([_cell(value, index) for value in row])
    return buffer.getvalue()


def _cell(value: Any, row: int) -> str:
    if value is None:
        return ""
    if hasattr(value, "rel_accuracy_bits"):
        return str(value.str(20))
    # numpy's floats print with their type; Python's shortest decimal reads back exactly.
    number = float(value) if isinstance(value, float) else value
    if isinstance(number, float):
        if not math.isfinite(number):
            raise ValueError(f"`rows` must hold finite numbers; got {number!r} in row {row}")
        return repr(number)
    return _harmless(str(number))


def _harmless(text: str) -> str:
    risky = text.startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if risky else text
