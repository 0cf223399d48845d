"""Imports a statement that was found: as a module of its package, or from a folder that is none."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from memcurse.proofs_checks.evidence.statement import Statement

from .reading import Card

#: Marks a module that lies in a folder which is no package.
_OUTSIDE: Final = "_memcurse_outside_"


def outside_module(root: Path, parts: tuple[str, ...], stem: str) -> str:
    """The name under which a file of a folder is imported.

    The folder becomes a package of its own, so that its files may import each other as ``from ._shared import x``.
    """
    mark = hashlib.sha256(str(root).encode()).hexdigest()[:12]
    return ".".join((f"{_OUTSIDE}{mark}", *parts, stem))


def load(card: Card) -> Statement:
    """Import the module of a statement and return the statement with its code.

    Raises
    ------
    TypeError
        If ``STATEMENT`` is no `Statement`.
    """
    statement = _module(card).STATEMENT
    if not isinstance(statement, Statement):
        raise TypeError(f"`STATEMENT` must be a Statement; got {statement!r} in {card.path}")
    return statement


def _module(card: Card) -> ModuleType:
    package = card.module.split(".")[0]
    if not package.startswith(_OUTSIDE):
        return importlib.import_module(card.module)
    _register(package, Path(card.path).parents[len(card.parts)])
    if all(part.isidentifier() for part in card.module.split(".")):
        return importlib.import_module(card.module)
    # A name such as ``ext-moment.py`` cannot stand in an import statement, but is a file all the same.
    spec = importlib.util.spec_from_file_location(card.module, card.path)
    if spec is None or spec.loader is None:
        raise ValueError(f"`path` must be a Python file; got {card.path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[card.module] = module
    spec.loader.exec_module(module)
    return module


def _register(package: str, root: Path) -> None:
    if package not in sys.modules:
        module = ModuleType(package)
        module.__path__ = [str(root)]
        sys.modules[package] = module
