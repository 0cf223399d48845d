"""One try: a test file or a statement, with a mutant in the place of its module, in a process of its own.

Numba's cache on disk would run the code of before: what may have the mutant in it is compiled anew and not kept.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import json
import os
import resource
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mutants import mutated
from rooms import ROOT, dependents, name_of, sources

SETTING = {"digits": 30, "quick": True, "seed": 1}


class MutantFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed syntax tree."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        """The mutant, for its name alone."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def create_module(self, spec: Any) -> None:
        """As usual."""

    def exec_module(self, module: Any) -> None:
        """Run the changed tree under the name of the file."""
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102 - that is what a mutant is


def run_test(test: str, which: str = "not slow") -> dict[str, Any]:
    """Whether the tests of one file pass, without the slow ones, or these alone."""
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=line", "-m", which]
    code = pytest.main([*options, "-o", "addopts=", "--import-mode=importlib", str(ROOT / test)])
    # Code 5: no test is left.
    return {"passed": int(code) in (0, 5)}


def run_statement(name: str) -> dict[str, Any]:
    """Verdicts of a quick check and of its controls."""
    from memcurse.proofs_checks.catalogue.cards import cards
    from memcurse.proofs_checks.catalogue.loading import load
    from memcurse.proofs_checks.evidence.statement import Setting

    setting = Setting(**SETTING)
    statement = load(cards()[name])
    found = statement.check(setting)
    code = None if found.code_verdict is None else int(found.code_verdict)
    controls = [int(control.check(setting).weakest) for control in statement.controls]
    return {"seen": [int(found.verdict), code, found.scope.to_dict()["kind"], found.instances, controls]}


def attempt(unit: str, mutant: tuple[Path, int] | None, limit: float) -> dict[str, Any]:
    """The answer of one unit: what it returned, ``failed`` or ``limit``, and the CPU seconds."""
    kind, what = unit.split(":", 1)
    action = {"test": run_test, "slow": lambda test: run_test(test, "slow"), "statement": run_statement}[kind]
    with tempfile.NamedTemporaryFile("r") as answer:
        child = os.fork()
        if not child:
            _in_child(action, what, mutant, limit, answer.name)
        _, status, used = os.wait4(child, 0)
        text = answer.read()
    seconds = round(used.ru_utime + used.ru_stime, 2)
    if os.WIFSIGNALED(status):
        return {"failed": f"signal {os.WTERMSIG(status)}", "cpu": seconds, "limit": seconds >= limit - 1}
    return {**(json.loads(text) if text else {"failed": "no answer"}), "cpu": seconds}


def _in_child(
    action: Callable[[str], dict[str, Any]],
    what: str,
    mutant: tuple[Path, int] | None,
    limit: float,
    answer: str,
) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 2))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1), os.dup2(silent, 2)
    try:
        if mutant is not None:
            path, place = mutant
            sys.meta_path.insert(0, MutantFinder(name_of(path), path, mutated(sources()[path], place)))
            _compile_anew(dependents(path))
        found = action(what)
    except BaseException as error:
        found = {"failed": "".join(traceback.format_exception_only(error))[:200]}
    Path(answer).write_text(json.dumps(found))
    os._exit(0)


def _compile_anew(files: set[Path]) -> None:
    """Neither take from the cache nor keep there what the functions of some files compile to."""
    from memcurse.numerics.arithmetic.compilation.cache import StampedCacheFile

    def is_one(cache: StampedCacheFile) -> bool:
        folder = Path(cache._cache_path).resolve().parent
        return folder / f"{cache._base.split('.')[0]}.py" in files

    load, save = StampedCacheFile.load, StampedCacheFile.save
    StampedCacheFile.load = lambda cache, key: None if is_one(cache) else load(cache, key)  # type: ignore[method-assign]
    StampedCacheFile.save = lambda cache, key, data: None if is_one(cache) else save(cache, key, data)  # type: ignore[method-assign]
