"""Reads what a statement says from the syntax tree of its file, without importing anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from memcurse.proofs_checks.evidence.statement import Provenance

_ID: Final = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*\Z")
#: Longer ids do not fit into a file name together with its ending on every system.
_LONGEST_ID: Final = 80
#: Names that no file may have on some systems; a statement's picture is a file named by its id.
_RESERVED: Final = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(10))}
_TEXTS: Final = ("id", "title", "section", "claim")
_LISTS: Final = ("hypotheses", "uses")


@dataclass(frozen=True)
class Card:
    """What a statement says, without the code that checks it.

    Attributes
    ----------
    paper : str
        Which source it belongs to; empty for a claim of one's own.
    corrects : str
        What the source says that turned out to be false or not sharp.
    parts : tuple of str
        Folders on the way to it, outermost first: `memcurse verify PART` takes them.
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
    paper: str = ""
    corrects: str = ""
    parts: tuple[str, ...] = ()


def read_card(path: Path, module: str, parts: tuple[str, ...]) -> Card | None:
    """The statement in a file; None where there is none.

    Raises
    ------
    ValueError
        If the file cannot be read, is not valid Python, or breaks a rule; the message ends with the place.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"a statement must be readable as UTF-8; got {error} ({path})") from error
    if "STATEMENT" not in source:
        return None
    try:
        call = _statement_call(ast.parse(source))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        reason = getattr(error, "msg", None) or str(error)
        raise ValueError(f"a statement must be valid Python; got {reason} ({path}:{line})") from error
    if call is None:
        return None
    fields = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    try:
        return _from_fields(fields, module, path, parts)
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


def validate_id(name: str) -> str:
    """`name`, if it can be the id of a statement and the name of a file everywhere."""
    if not _ID.match(name):
        raise ValueError(f"`id` must be lower-case letters and digits joined by . or -; got {name!r}")
    if len(name) > _LONGEST_ID:
        raise ValueError(
            f"`id` must have at most {_LONGEST_ID} characters; got {len(name)}: {name[:20]!r}..."
        )
    if name.split(".")[0] in _RESERVED:
        raise ValueError(f"`id` must not be a name that some systems reserve for devices; got {name!r}")
    return name


def _from_fields(fields: Mapping[str, ast.expr], module: str, path: Path, parts: tuple[str, ...]) -> Card:
    texts = {name: _text(name, fields.get(name)) for name in _TEXTS}
    validate_id(texts["id"])
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
        paper=_optional_text("paper", fields.get("paper")),
        corrects=_optional_text("corrects", fields.get("corrects")),
        parts=parts,
    )


def _literal(name: str, node: ast.expr | None) -> Any:
    if node is None:
        raise ValueError(f"`{name}` must be given by keyword; got none")
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise ValueError(f"`{name}` must be a literal; got {ast.unparse(node)[:60]}") from None


def _flag(name: str, node: ast.expr | None) -> bool:
    value = True if node is None else _literal(name, node)
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` must be True or False; got {value!r}")
    return value


def _optional_text(name: str, node: ast.expr | None) -> str:
    value = "" if node is None else _literal(name, node)
    if not isinstance(value, str):
        raise ValueError(f"`{name}` must be a text; got {value!r}")
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
