"""Finds every statement by folder: those of the package, those that are installed beside it, and a folder of one's own.

A statement is a file at any depth with a top-level ``STATEMENT = Statement(id=..., ...)``. Its literal fields are read
from the syntax tree, so that listing a hundred statements imports none of the libraries that check them. A file that
breaks a rule does not hide the others: it is one entry of `Catalogue.unreadable`.
"""

from __future__ import annotations

import difflib
import fnmatch
import importlib.metadata
import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .loading import outside_module
from .reading import Card, read_card

#: Where the statements of the package stand.
STATEMENTS: Path = Path(__file__).resolve().parent.parent
_PACKAGE: Final = __name__.rsplit(".", 2)[0]
#: Entry points that name packages with statements.
ENTRY_POINTS: Final = "memcurse.statements"
#: The order of the papers in lists and reports; others come after them.
PAPERS: Final = ("curse-of-memory", "fixed-pole", "sampled", "training")


@dataclass(frozen=True)
class Unreadable:
    """A file that should hold a statement and breaks a rule."""

    path: str
    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Catalogue:
    """All statements that can be had.

    Attributes
    ----------
    cards : dict from id to Card
        Ordered by paper, section and id.
    unreadable : tuple of Unreadable
        Files that break a rule.
    own : tuple of str
        Ids of those that stand in the folder asked for.
    """

    cards: Mapping[str, Card]
    unreadable: tuple[Unreadable, ...]
    own: tuple[str, ...]


def catalogue(folder: str | Path | None = None) -> Catalogue:
    """The statements of the package, those of installed packages, and those in `folder`.

    Raises
    ------
    TypeError, ValueError
        If `folder` is no text or path, or no folder.
    """
    root = None if folder is None else validate_folder(folder)
    found: dict[str, Card] = {}
    unreadable: list[Unreadable] = []
    own: list[str] = []
    for path, module, parts, mine in _files(root, unreadable):
        try:
            card = read_card(path, module, parts)
            if card is not None and card.id in found:
                raise ValueError(f"`id` must be unique; got {card.id!r} in {found[card.id].path} and {path}")
        except ValueError as error:
            unreadable.append(Unreadable(str(path), str(error)))
            continue
        if card is not None:
            found[card.id] = card
            own += [card.id] if mine else []
    for name, reason in _broken_uses(found).items():
        card = found.pop(name)
        unreadable.append(Unreadable(card.path, f"{reason} ({card.path})"))
    ordered = sorted(found.values(), key=_place)
    return Catalogue(
        {card.id: card for card in ordered}, tuple(unreadable), tuple(x for x in own if x in found)
    )


def cards(folder: str | Path | None = None) -> dict[str, Card]:
    """The statements of the package, or those in `folder` alone, ordered by paper, section and id.

    Raises
    ------
    ValueError
        If a statement cannot be read, two share an id, or `uses` is circular or names nothing known.
    """
    everything = catalogue(folder)
    if everything.unreadable:
        raise ValueError(everything.unreadable[0].reason)
    wanted = everything.cards if folder is None else everything.own
    return {name: card for name, card in everything.cards.items() if name in wanted}


def validate_folder(folder: Any) -> Path:
    """`folder` as a path to a folder that exists."""
    if not isinstance(folder, str | Path):
        raise TypeError(f"`folder` must be a text or a Path; got {folder!r}")
    path = Path(folder)
    if not path.is_dir():
        raise ValueError(f"`folder` must be a folder with statements; got {str(folder)!r}")
    return path.resolve()


def _files(
    root: Path | None, unreadable: list[Unreadable]
) -> Iterator[tuple[Path, str, tuple[str, ...], bool]]:
    """Every Python file with the module it is imported as, the folders on the way, and whether it is in `root`."""
    for path, parts in _python_files(STATEMENTS):
        yield path, ".".join((_PACKAGE, *parts, path.stem)), parts, False
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        places = _places(point.module)
        if not places:
            unreadable.append(
                Unreadable(
                    point.name, f"`{ENTRY_POINTS}` must name an installed package; got {point.value!r}"
                )
            )
        for place in places:
            for path, parts in _python_files(place):
                yield path, ".".join((point.module, *parts, path.stem)), parts, False
    if root is not None:
        for path, parts in _python_files(root):
            yield path, outside_module(root, parts, path.stem), parts, True


def _python_files(root: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts[:-1]
        if not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path, parts


def _places(module: str) -> list[Path]:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return []
    locations = None if spec is None else spec.submodule_search_locations
    return [Path(place) for place in locations or ()]


def chosen(ids: Iterable[str] | None, available: Mapping[str, Card]) -> tuple[Card, ...]:
    """The cards named by `ids` (all if None), each once, in the order of the catalogue.

    A name is an id, a pattern such as ``eq-*``, a part (a folder of statements such as ``landscape``) or a paper.

    Raises
    ------
    ValueError
        If a name is unknown; the message offers close matches. Or if `ids` is empty.
    TypeError
        If `ids` is a string or holds something else than strings.
    """
    if ids is None:
        return tuple(available.values())
    if isinstance(ids, str | bytes):
        raise TypeError(f"`ids` must be a sequence of ids; got the single text {ids!r}")
    wanted: set[str] = set()
    names = list(ids)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"`ids` must hold texts; got {name!r}")
        matches = _matches(name, available)
        if not matches:
            raise ValueError(f"`ids` must name known statements; got {name!r}{suggestion(name, available)}")
        wanted |= matches
    if not names:
        raise ValueError(f"`ids` must not be empty; got {names!r}")
    return tuple(card for key, card in available.items() if key in wanted)


def _matches(name: str, available: Mapping[str, Card]) -> set[str]:
    if name in available:
        return {name}
    if any(mark in name for mark in "*?["):
        return set(fnmatch.filter(available, name))
    return {key for key, card in available.items() if name == card.paper or name in card.parts}


def suggestion(name: str, available: Iterable[str]) -> str:
    """Close matches to a name that is not known."""
    near = difflib.get_close_matches(name[:80].lower(), list(available), n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(near)}?)" if near else " (`memcurse list` shows them all)"


def _place(card: Card) -> tuple[Any, ...]:
    paper = PAPERS.index(card.paper) if card.paper in PAPERS else len(PAPERS)
    return paper, card.paper, _natural(card.section), _natural(card.id)


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which numbers sort before letters and 9 before 10."""
    parts = re.findall(r"\d+|[^\d.\-\s]+", text.lower())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def _broken_uses(found: Mapping[str, Card]) -> dict[str, str]:
    """Why the `uses` of a statement cannot be: they name nothing known, or lead back to it."""
    broken = {}
    for name, card in found.items():
        unknown = [used for used in card.uses if used not in found]
        loop = _loop(name, found)
        if unknown:
            broken[name] = (
                f"`uses` must name known statements; got {unknown[0]!r}{suggestion(unknown[0], found)}"
            )
        elif loop:
            broken[name] = f"`uses` must not be circular; got {' -> '.join(loop)}"
    return broken


def _loop(name: str, found: Mapping[str, Card]) -> list[str]:
    """The way from a statement through what it uses back to itself; empty where there is none."""
    came_from: dict[str, str] = {}
    waiting = [name]
    while waiting:
        at = waiting.pop()
        for used in found[at].uses if at in found else ():
            if used == name:
                way = [name]
                while at != name:
                    way.append(at)
                    at = came_from[at]
                return [name, *reversed(way)]
            if used not in came_from:
                came_from[used] = at
                waiting.append(used)
    return []
