"""What became of each mutant: lines of a file, as they come, and the tables that are read off them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attempts import attempt
from mutants import Mutant
from rooms import ROOT, is_compiled, units

REASONS = ROOT / "benchmarks" / "mutation" / "survivors.json"
#: CPU seconds of a test file or statement beyond which it is not tried, and of all tries of one mutant.
DEAREST, ALL_TRIES = 40.0, 60.0
#: CPU seconds that compiling anew may take besides.
COMPILING = 60.0
#: Test files or statements tried for one mutant.
MOST_UNITS = 12
#: What is equivalent computes the same; what is named is another choice (of instances, of effort) as good as the first.
WORDS = ("tried", "killed", "equivalent", "named", "survived")


class Results:
    """One line for each baseline and each mutant, as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []

    def add(self, line: dict[str, Any]) -> dict[str, Any]:
        """Write and keep it."""
        self.lines.append(line)
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        return line

    def known(self, unit: str) -> dict[str, Any] | None:
        """What the unit answered unbroken, if it was asked."""
        return next((x for x in self.lines if x.get("unit") == unit), None)

    def baseline(self, unit: str) -> dict[str, Any]:
        """What the unit answers unbroken."""
        return self.known(unit) or self.add({"unit": unit, **attempt(unit, None, 2 * DEAREST)})

    def of_mutants(self) -> dict[str, dict[str, Any]]:
        """The last result of each mutant."""
        return {line["key"]: line for line in self.lines if "key" in line}


def tried(path: Path, mutant: Mutant, results: Results) -> dict[str, Any]:
    """Who kills the mutant, or all who did not.

    Tests that pass with the mutant are not run without it.
    """
    spent, asked, left_out = 0.0, 0, []
    extra = COMPILING if is_compiled(path) else 0.0
    for unit in units(path):
        if spent > ALL_TRIES + extra or asked >= MOST_UNITS:
            break
        before = results.baseline(unit) if unit.startswith("statement:") else results.known(unit)
        if before is not None and not _is_of_use(before):
            left_out.append(unit)
            continue
        limit = extra + (2 * DEAREST if before is None else max(15.0, 4 * before["cpu"]))
        now = attempt(unit, (path, mutant.place), limit)
        spent += now["cpu"]
        asked += 1
        if now.get("passed"):
            continue
        before = before or results.baseline(unit)
        if not _is_of_use(before):
            left_out.append(unit)
            asked -= 1
        elif {x: now.get(x) for x in ("passed", "seen")} != {x: before.get(x) for x in ("passed", "seen")}:
            return {"killed": unit, "how": now.get("failed", "answers otherwise"), "cpu": round(spent, 1)}
    return {"killed": None, "asked": asked, "left_out": left_out, "cpu": round(spent, 1)}


def _is_of_use(before: dict[str, Any]) -> bool:
    return before["cpu"] <= DEAREST and "failed" not in before and before.get("passed", True)


def read_reasons() -> dict[str, str]:
    """Why survivors change nothing that could be seen, by key."""
    return dict(json.loads(REASONS.read_text()))


def word_of(key: str, line: dict[str, Any], reasons: dict[str, str]) -> str:
    """What became of a mutant."""
    if line["killed"]:
        return "killed"
    reason = reasons.get(key, "")
    return "equivalent" if reason.startswith("equivalent") else "named" if reason else "survived"


def report(results: Results, rooms: list[str]) -> Iterator[str]:
    """A table by room, one by module, then the survivors with their reasons."""
    reasons = read_reasons()
    found = {key: line for key, line in results.of_mutants().items() if line["room"] in rooms}
    by_room: dict[str, Counter[str]] = {room: Counter() for room in [*rooms, "ALL"]}
    by_module: dict[str, Counter[str]] = {}
    for key, line in found.items():
        for row in (by_room[line["room"]], by_room["ALL"], by_module.setdefault(line["module"], Counter())):
            row.update(["tried", word_of(key, line, reasons)])
    for rows, width in ((by_room, 12), (dict(sorted(by_module.items())), 96)):
        yield f"{'':<{width}}" + "".join(f"{word:>12}" for word in WORDS)
        for name, counts in rows.items():
            yield f"{name:<{width}}" + "".join(f"{counts[word]:>12}" for word in WORDS)
        yield ""
    for key, line in sorted(found.items()):
        if not line["killed"]:
            yield f"{line['room']}: {key}\n    {reasons.get(key, 'NO REASON')} (asked {line['asked']})"
