"""Keeps every result in the output folder as it arrives, so that a run which ends early can be taken up again.

A result is one file in ``.results`` until a report holds it. It is taken up only for the same statement under the same
setting and the same sources; a damaged file counts as missing.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from memcurse.proofs_checks.catalogue.reading import Card
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.report.atomic import write_atomically
from memcurse.proofs_checks.report.results import SCHEMA_VERSION, Result, versions

from .execution import TIME_UP

#: The folder below the report's.
FOLDER: Final = ".results"
_PACKAGE: Final = Path(__file__).resolve().parents[2]
_FLOORS: Final = ("theory", "numerics", "proofs_checks")


class ResultStore:
    """The kept results of one output folder, under one setting.

    Parameters
    ----------
    out : Path
        The folder of the report.
    cards : iterable of Card
        The statements of this run.
    setting : Setting
    """

    def __init__(self, out: Path, cards: Iterable[Card], setting: Setting) -> None:
        self._root = out / FOLDER
        self._cards = {card.id: card for card in cards}
        sources = functools.cache(_sources)
        self._keys = {card.id: _key(card, setting, sources) for card in self._cards.values()}
        #: The first error that kept a result from being written.
        self.error: OSError | None = None

    def found(self) -> dict[str, Result]:
        """The results that an earlier run left here, whole and under the same conditions."""
        found = {name: self._read(name) for name in self._cards}
        return {name: result for name, result in found.items() if result is not None}

    def keep(self, result: Result) -> None:
        """Write a result that a later run may take up. No error ends the run."""
        if result.status == "error" or TIME_UP in result.message:
            return
        content = {"result": result.to_dict(), "csv": result.csv, "svg": result.svg}
        record = {"key": self._keys[result.id], "sha256": _digest(content), **content}
        path = self._path(result.id)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, json.dumps(record, ensure_ascii=False), durable=True)
        except OSError as error:
            self.error = self.error or error

    def reported(self) -> None:
        """A report holds the results of this run, so that the next one begins anew."""
        with suppress(OSError):
            for name in self._cards:
                self._path(name).unlink(missing_ok=True)
            self._root.rmdir()

    def _path(self, name: str) -> Path:
        return self._root / f"{name}.json"

    def _read(self, name: str) -> Result | None:
        try:
            record = json.loads(self._path(name).read_text(encoding="utf-8"))
            content = {field: record[field] for field in ("result", "csv", "svg")}
            if record["key"] != self._keys[name] or record["sha256"] != _digest(content):
                return None
            return Result.from_dict(content["result"], content["csv"], content["svg"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _key(card: Card, setting: Setting, sources: Callable[[Path], str]) -> str:
    """What a result depends on: the setting, the versions, the package's sources and the statement's folder."""
    root = Path(card.path).resolve().parents[len(card.parts)]
    ours = any(root.is_relative_to(_PACKAGE / floor) for floor in _FLOORS)
    text = [SCHEMA_VERSION, card.id, card.module, vars(setting), versions(), sources(_PACKAGE)]
    return hashlib.sha256(json.dumps(text if ours else [*text, sources(root)]).encode()).hexdigest()


def _sources(root: Path) -> str:
    """Digest of all Python files below a folder; of the package only the floors, not what lies beside them."""
    digest = hashlib.sha256()
    for folder in [root / floor for floor in _FLOORS] if root == _PACKAGE else [root]:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
