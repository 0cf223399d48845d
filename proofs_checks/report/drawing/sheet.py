"""Outlines of letters that a page holds once, however often they are drawn on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True)
class Sheet:
    """The outlines that the formulas and pictures of one page share, in the order in which they came.

    Attributes
    ----------
    outlines : dict from SVG path data to id
    """

    outlines: dict[str, str] = field(default_factory=dict)

    def name(self, outline: str) -> str:
        """The id under which `outline`, as SVG path data, can be used on the page."""
        return self.outlines.setdefault(outline, f"g{len(self.outlines)}")

    def markup(self) -> Markup:
        """The sheet as an element without a size; it must come after everything that used it."""
        paths = "".join(f'<path id="{name}" d="{outline}"/>' for outline, name in self.outlines.items())
        return Markup(
            f'<svg class="sheet" aria-hidden="true" width="0" height="0"><defs>{paths}</defs></svg>'
        )
