"""Formulas as letters, and a file that keeps them: to set one takes Matplotlib's parser about 10 ms, a report has 250.

The file lies beside the compiled modules, where the package may write. It holds what this module's neighbours and this
Matplotlib made; what is damaged or of another state counts as missing, and a file that cannot be written is left out.
"""

from __future__ import annotations

import functools
import hashlib
import json
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib

from memcurse.proofs_checks.report.atomic import write_atomically

_HERE: Final = Path(__file__).resolve().parent
_FILE: Final = _HERE / "__pycache__" / "formulas.json"


@dataclass(frozen=True)
class Letter:
    """A letter of a formula: its outline (SVG path data, y down), where it stands, and its size."""

    outline: str
    x: float
    y: float
    scale: float


@dataclass(frozen=True)
class Glyphs:
    """A formula as letters, and its box in hundredths of an em of the font, with the baseline at y = 0."""

    letters: tuple[Letter, ...]
    left: float
    width: float
    height: float
    depth: float


class KeptGlyphs:
    """Formulas by their LaTeX, as far as they were set before; None for one that Matplotlib cannot parse."""

    def __init__(self, file: Path = _FILE) -> None:
        self._file = file
        self._known = _read(file)
        self._new = False

    def __contains__(self, latex: str) -> bool:
        return latex in self._known

    def __getitem__(self, latex: str) -> Glyphs | None:
        return self._known[latex]

    def __setitem__(self, latex: str, glyphs: Glyphs | None) -> None:
        self._known[latex] = glyphs
        self._new = True

    def write(self) -> None:
        """Write the file, if something was added."""
        if not self._new:
            return
        outlines: dict[str, int] = {}
        formulas = {latex: _plain(glyphs, outlines) for latex, glyphs in self._known.items()}
        content = json.dumps([list(outlines), formulas])
        with suppress(OSError):
            self._file.parent.mkdir(exist_ok=True)
            write_atomically(self._file, _seal(content) + content)
        self._new = False


def _plain(glyphs: Glyphs | None, outlines: dict[str, int]) -> Any:
    """Lists of numbers, each outline as its place among the `outlines`."""
    if glyphs is None:
        return None
    letters, *box = astuple(glyphs)
    return [[(outlines.setdefault(path, len(outlines)), *place) for path, *place in letters], *box]


def _read(file: Path) -> dict[str, Glyphs | None]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    size = len(_stamp())
    seal, content = text[:size], text[size:]
    if seal != _seal(content):
        return {}
    outlines, formulas = json.loads(content)
    return {
        latex: None
        if found is None
        else Glyphs(tuple(Letter(outlines[i], *place) for i, *place in found[0]), *found[1:])
        for latex, found in formulas.items()
    }


def _seal(content: str) -> str:
    """Digest of the content and of all that it hangs on."""
    return hashlib.sha256(f"{_stamp()} {content}".encode()).hexdigest()


@functools.cache
def _stamp() -> str:
    """Digest of the modules that set formulas, and of Matplotlib's version."""
    digest = hashlib.sha256(matplotlib.__version__.encode())
    for name in ("formulas.py", "glyphs.py"):
        digest.update((_HERE / name).read_bytes())
    return digest.hexdigest()
