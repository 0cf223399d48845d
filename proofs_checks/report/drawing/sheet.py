"""Outlines of letters and styles of strokes that a page holds once, however often they are drawn on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True)
class Sheet:
    """What the formulas and pictures of one page share, in the order in which it came.

    Attributes
    ----------
    outlines : dict from SVG path data to id
    styles : dict from CSS declarations to class
    """

    outlines: dict[str, str] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)

    def name(self, outline: str) -> str:
        """The id under which `outline`, as SVG path data, can be used on the page."""
        return self.outlines.setdefault(outline, f"g{len(self.outlines)}")

    def style(self, declarations: str) -> str:
        """The class of elements with these CSS declarations."""
        return self.styles.setdefault(declarations, f"s{len(self.styles)}")

    def markup(self) -> Markup:
        """The sheet as an element without a size; it must come after everything that used it."""
        paths = "".join(f'<path id="{name}" d="{outline}"/>' for outline, name in self.outlines.items())
        rules = "".join(f".{name}{{{declarations}}}" for declarations, name in self.styles.items())
        return Markup(
            f'<svg class="sheet" aria-hidden="true" width="0" height="0"><style>{rules}</style>'
            f"<defs>{paths}</defs></svg>"
        )
