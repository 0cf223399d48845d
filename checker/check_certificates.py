"""Decides the certificates of ``memcurse verify --certificates DIR`` again, with the standard library alone.

    python checker/check_certificates.py DIR [--operations N]

A certificate is a JSON file: a claim, exact numbers, expressions as trees, and a hash of all of it.

``identity``
    ``left == right`` for all values of the symbols (`identities`).
``matrices``
    The same for matrices of any size, no two factors exchanged (`words`).
``inequality``
    ``smaller <= larger`` (or ``<``) for all values of the symbols, by an identical form with that sign (`signs`).
``region``
    ``smaller < larger`` on a box, whose sides may have no upper end (`regions`).
``zero``
    Exactly one zero of a system in a box, by Krawczyk's operator with a matrix that the file names (`zeros`).
``counterexample``
    A point at which two sides differ: a property fails (`counterexamples`).
``comparison``
    ``<``, ``<=``, ``==``, ``in`` between numbers or balls with rational ends. That is only the last step of a ball
    inequality: how the balls came about is not decided again, and the totals count it apart.
``other``
    A kind of finding that has no form here: counted, and never reached.

Each file is ``ok``, ``refused`` (its hash or its claim is wrong), or ``not reached`` (this program cannot tell, and
says why; each file may take N operations, 2,000,000 if not said otherwise). Exit code: 0 if nothing is refused and
something is ok, 1 if a file is refused, 2 if nothing was decided.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable
from decimal import DecimalException
from pathlib import Path
from typing import Any

# Isolated from every environment (python -I), a program has to name even its own folder.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from answers import LIMIT, NotReachedError, RefusedError, exactly
from claims.comparisons import check_comparison
from claims.counterexamples import check_counterexample
from claims.identities import check_identity
from claims.regions import check_region
from claims.signs import check_inequality
from claims.words import check_matrices
from claims.zeros import check_zero


def check_other(body: dict[str, Any]) -> str:
    """What has no form here."""
    raise NotReachedError(f"no form for {body['kind']}")


CLAIMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "identity": check_identity,
    "matrices": check_matrices,
    "inequality": check_inequality,
    "region": check_region,
    "zero": check_zero,
    "counterexample": check_counterexample,
    "comparison": check_comparison,
    "other": check_other,
}


def content_hash(body: dict[str, Any]) -> str:
    """SHA-256 of everything but the hash itself, written in one way."""
    bare = {key: value for key, value in body.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_file(path: Path) -> tuple[str, str, str]:
    """Claim, answer and reason."""
    claim = "unreadable"
    LIMIT.renew()
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        claim = str(body["claim"])
        if body["sha256"] != content_hash(body):
            return claim, "refused", "the hash does not fit the content"
        with exactly():
            return claim, "ok", CLAIMS[claim](body)
    except NotReachedError as error:
        return claim, "not reached", str(error)
    except RefusedError as error:
        return claim, "refused", str(error)
    except DecimalException as error:
        return claim, "not reached", f"an operation without a value ({type(error).__name__})"
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, ZeroDivisionError) as error:
        return claim, "refused", f"not a certificate ({type(error).__name__}: {error})"
    except RecursionError:
        return claim, "not reached", "an expression that is nested too deeply"


def main(arguments: list[str]) -> int:
    """Every file of the folder, then the totals as one line of JSON."""
    if len(arguments) == 3 and arguments[1] == "--operations" and arguments[2].isdigit():
        LIMIT.most = int(arguments[2])
    elif len(arguments) != 1:
        print("usage: check_certificates.py DIR [--operations N]", file=sys.stderr)
        return 2
    totals: dict[str, Counter[str]] = {}
    statements: dict[str, Counter[str]] = {}
    for path in sorted(Path(arguments[0]).glob("*.json")):
        claim, answer, why = check_file(path)
        totals.setdefault(claim, Counter())[answer] += 1
        statements.setdefault(path.stem.rpartition("~")[0], Counter())[answer] += 1
        print(f"{answer:<12} {path.name}: {why}")
    answers: Counter[str] = sum(totals.values(), Counter())
    summary = {"claims": totals, "statements": statements, "operations": LIMIT.most}
    print(json.dumps(summary, sort_keys=True))
    if answers["refused"]:
        return 1
    return 0 if answers["ok"] else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
