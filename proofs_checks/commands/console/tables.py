"""Tables as text."""

from __future__ import annotations


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """One line a row, columns to the left, two spaces apart."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(x.ljust(n) for x, n in zip(row, widths, strict=True)).rstrip() for row in rows]
