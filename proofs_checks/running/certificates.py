"""Writes certificates of a statement, and has them decided again by a program that shares no code with this package."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.report.rechecked import Rechecked

from .exported import certificates, signed

#: Stands in the source tree, beside the package.
CHECKER: Final = Path(__file__).resolve().parents[2] / "checker" / "check_certificates.py"


def write_certificates(folder: Path, statement: str, findings: Sequence[Finding]) -> int:
    """Write a file for each certificate of `findings`, in the place of earlier ones of this statement."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{statement}~*.json"):
        old.unlink()
    count = 0
    for count, body in enumerate(certificates(findings), 1):
        text = json.dumps(signed({"statement": statement, **body}), sort_keys=True)
        (folder / f"{statement}~{count:05}.json").write_text(text, encoding="utf-8")
    return count


def recheck(folder: Path) -> Rechecked | str:
    """What the independent program says of the certificates in `folder`; why it says nothing, as text."""
    if not CHECKER.is_file():
        return f"certificates in {folder}; the checker is part of the source tree and not installed here"
    # -I: no path of this environment's, so that nothing of the package can be imported by mistake.
    run = subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKER), str(folder)], capture_output=True, text=True, check=False
    )
    lines = run.stdout.splitlines()
    if not lines or run.returncode not in (0, 1):
        return (
            f"no certificate in {folder} was re-checked ({run.stderr.strip()[-200:] or 'nothing to check'})"
        )
    totals: dict[str, Any] = json.loads(lines[-1])
    return Rechecked(totals["claims"], totals["operations"], totals["statements"])
