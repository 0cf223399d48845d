"""Finds every statement by folder and reads what it says without importing it.

A statement is a file ``<part>/<name>.py`` with a top-level ``STATEMENT = Statement(id=..., ...)``. Its
literal fields are read from the syntax tree, so that listing a hundred statements imports none of the
libraries that check them.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from memcurse.proofs_checks.evidence.statement import Provenance, Statement

#: The floor on which the statements of the package stand.
_FLOOR: Final = Path(__file__).resolve().parent.parent
#: Where `cards` looks unless told otherwise.
STATEMENTS = _FLOOR
_PACKAGE: Final = __name__.rsplit(".", 2)[0]
_ID: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\Z")
_TEXTS: Final = ("id", "title", "section", "claim")
_LISTS: Final = ("hypotheses", "uses")


@dataclass(frozen=True)
class Card:
    """What a statement says, without the code that checks it.

    Attributes
    ----------
    controls : tuple of str
        Names of the false neighbours.
    quick : bool
        Whether a quick run of all statements takes it in.
    module : str
        Where the statement is imported from.
    path : str
        The file it was read from.
    """

    id: str
    title: str
    section: str
    claim: str
    hypotheses: tuple[str, ...]
    provenance: Provenance
    uses: tuple[str, ...]
    controls: tuple[str, ...]
    module: str
    path: str
    quick: bool


def cards(folder: Path | None = None) -> dict[str, Card]:
    """All statements in `folder` (default: this package), ordered by section, then by id.

    Raises
    ------
    ValueError
        If a statement cannot be read, two share an id, or `uses` is circular.
    """
    root = STATEMENTS if folder is None else folder.resolve()
    found: dict[str, Card] = {}
    for path in sorted(root.rglob("*.py")):
        card = _card(path, root)
        if card is None:
            continue
        if card.id in found:
            raise ValueError(f"`id` must be unique; got {card.id!r} in {found[card.id].path} and {card.path}")
        found[card.id] = card
    ordered = sorted(found.values(), key=lambda card: (_natural(card.section), _natural(card.id)))
    _validate_order({card.id: card.uses for card in ordered})
    return {card.id: card for card in ordered}


def load(card: Card) -> Statement:
    """Import the module of a statement and return the statement with its code."""
    statement = _module(card).STATEMENT
    if not isinstance(statement, Statement):
        raise TypeError(f"`STATEMENT` must be a Statement; got {statement!r} in {card.path}")
    return statement


def chosen(ids: Iterable[str] | None, available: Mapping[str, Card]) -> tuple[Card, ...]:
    """The cards named by `ids` (all if None), each once, in the order of the catalogue.

    Raises
    ------
    ValueError
        If an id is unknown; the message offers close matches. Or if `ids` is empty.
    TypeError
        If `ids` is a string or holds something else than strings.
    """
    if ids is None:
        return tuple(available.values())
    if isinstance(ids, str | bytes):
        raise TypeError(f"`ids` must be a sequence of ids; got the single text {ids!r}")
    wanted = list(ids)
    for name in wanted:
        if not isinstance(name, str):
            raise TypeError(f"`ids` must hold texts; got {name!r}")
        if name not in available:
            raise ValueError(f"`ids` must name known statements; got {name!r}{_suggestion(name, available)}")
    if not wanted:
        raise ValueError(f"`ids` must not be empty; got {wanted!r}")
    return tuple(card for key, card in available.items() if key in set(wanted))


def _suggestion(name: str, available: Mapping[str, Card]) -> str:
    near = difflib.get_close_matches(name[:80].lower(), list(available), n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(near)}?)" if near else " (`memcurse list` shows them all)"


def _module(card: Card) -> ModuleType:
    if not card.module.startswith("file:"):
        return importlib.import_module(card.module)
    name = f"_statement_{Path(card.path).stem}"
    spec = importlib.util.spec_from_file_location(name, card.path)
    if spec is None or spec.loader is None:
        raise ValueError(f"`path` must be a Python file; got {card.path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _card(path: Path, root: Path) -> Card | None:
    source = path.read_text(encoding="utf-8")
    if "STATEMENT" not in source:
        return None
    try:
        call = _statement_call(ast.parse(source))
    except SyntaxError as error:
        raise ValueError(
            f"a statement must be valid Python; got {error.msg} in {path}:{error.lineno}"
        ) from error
    if call is None:
        return None
    fields = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    inside = root == _FLOOR
    module = (
        ".".join((_PACKAGE, *path.relative_to(root).with_suffix("").parts)) if inside else f"file:{path.stem}"
    )
    try:
        return _from_fields(fields, module, path)
    except ValueError as error:
        raise ValueError(f"{error} ({path}:{call.lineno})") from None


def _statement_call(tree: ast.Module) -> ast.Call | None:
    for node in tree.body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        named = any(isinstance(target, ast.Name) and target.id == "STATEMENT" for target in targets)
        if named and isinstance(node.value, ast.Call):
            return node.value
    return None


def _from_fields(fields: Mapping[str, ast.expr], module: str, path: Path) -> Card:
    texts = {name: _text(name, fields.get(name)) for name in _TEXTS}
    if not _ID.match(texts["id"]):
        raise ValueError(f"`id` must be lower-case letters and digits joined by . or -; got {texts['id']!r}")
    lists = {name: _texts(name, fields.get(name)) for name in _LISTS}
    return Card(
        id=texts["id"],
        title=texts["title"],
        section=texts["section"],
        claim=texts["claim"],
        hypotheses=lists["hypotheses"],
        uses=lists["uses"],
        provenance=_provenance(fields.get("provenance")),
        controls=tuple(_control_names(fields.get("controls"))),
        module=module,
        path=str(path),
        quick=_flag("quick", fields.get("quick")),
    )


def _literal(name: str, node: ast.expr | None) -> Any:
    if node is None:
        raise ValueError(f"`{name}` must be given by keyword; got none")
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise ValueError(f"`{name}` must be a literal; got {ast.unparse(node)[:60]}") from None


def _flag(name: str, node: ast.expr | None) -> bool:
    value = True if node is None else _literal(name, node)
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` must be True or False; got {value!r}")
    return value


def _text(name: str, node: ast.expr | None) -> str:
    value = _literal(name, node)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"`{name}` must be a text that is not empty; got {value!r}")
    return value


def _texts(name: str, node: ast.expr | None) -> tuple[str, ...]:
    value = _literal(name, node)
    if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"`{name}` must be a tuple of texts; got {value!r}")
    return value


def _provenance(node: ast.expr | None) -> Provenance:
    if isinstance(node, ast.Attribute) and node.attr in Provenance.__members__:
        return Provenance[node.attr]
    shown = "none" if node is None else ast.unparse(node)
    raise ValueError(f"`provenance` must be one of {', '.join(Provenance.__members__)}; got {shown}")


def _control_names(node: ast.expr | None) -> Iterator[str]:
    if not isinstance(node, ast.Tuple | ast.List) or not node.elts:
        raise ValueError("`controls` must be a tuple of at least one Control(...); got none")
    for item in node.elts:
        if not isinstance(item, ast.Call):
            raise ValueError(f"`controls` must be written as Control(...); got {ast.unparse(item)[:60]}")
        named = next((keyword.value for keyword in item.keywords if keyword.arg == "name"), None)
        yield _text("controls", item.args[0] if item.args else named)


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which numbers sort before letters and 9 before 10."""
    parts = re.findall(r"\d+|[^\d.\-\s]+", text.lower())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def _validate_order(uses: Mapping[str, tuple[str, ...]]) -> None:
    """Raise if a statement uses itself, directly or through others: a circular argument shows nothing."""
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            loop = " -> ".join((*trail[trail.index(name) :], name))
            raise ValueError(f"`uses` must not be circular; got {loop}")
        if name in done or name not in uses:
            return
        for used in uses[name]:
            visit(used, (*trail, name))
        done.add(name)

    for name in uses:
        visit(name, ())
