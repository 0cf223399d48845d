"""No verdict is computed outside `proofs_checks/evidence`: shown on the syntax trees of the whole package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HOME = ROOT / "proofs_checks" / "evidence"
#: Words for readers stand by verdict; nothing is computed there.
WORDS = ("proofs_checks/report/meanings.py",)


def offences(source: str) -> Iterator[str]:
    """What would decide a verdict: a property or a field of a class that gives one, or a member of the scale."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "verdict":
            yield f"line {node.lineno}: def verdict"
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                targets = line.targets if isinstance(line, ast.Assign) else []
                if any(isinstance(target, ast.Name) and target.id == "verdict" for target in targets):
                    yield f"line {line.lineno}: verdict = ... in a class"
            if any(isinstance(base, ast.Name) and base.id == "Finding" for base in node.bases):
                yield f"line {node.lineno}: a kind of finding"
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "Verdict"
        ):
            yield f"line {node.lineno}: Verdict.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Verdict":
            yield f"line {node.lineno}: Verdict(...)"


def test_no_verdict_is_computed_outside_the_folder() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): list(offences(path.read_text(encoding="utf-8")))
        for floor in ("theory", "numerics", "proofs_checks")
        for path in sorted((ROOT / floor).rglob("*.py"))
        if HOME not in path.parents and path.relative_to(ROOT).as_posix() not in WORDS
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    @property\n    def verdict(self):\n        return 5",
        "class A:\n    verdict = 5",
        "class A(Finding):\n    pass",
        "x = Verdict.PROVED",
        "x = Verdict(5)",
    ],
)
def test_every_way_to_decide_is_seen(source: str) -> None:
    assert list(offences(source))


def test_reading_a_verdict_is_no_offence() -> None:
    assert list(offences("x = min(finding.verdict for finding in found)")) == []
