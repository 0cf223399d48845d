"""The independent checker: true claims accepted, a changed digit or a false claim refused, nothing shared."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.proofs_checks.evidence.findings import BallInequality, Every, Exact, ForAll, Identity
from memcurse.proofs_checks.running.certificates import CHECKER, recheck, write_certificates
from memcurse.proofs_checks.running.exported import certificates, signed

_spec = importlib.util.spec_from_file_location("check_certificates", CHECKER)
assert _spec is not None
assert _spec.loader is not None
checker: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(checker)

a, b, v, w = sp.symbols("a b v w", positive=True)
TRUE = (
    Identity("partial fractions", 1 / (v * (v + w)), (1 / v - 1 / (v + w)) / w),
    Identity("powers", sp.exp(-v) ** 2 * sp.sqrt(w) * sp.sqrt(8), 2 * sp.sqrt(2 * w) * sp.exp(-2 * v)),
    Identity("exponentials", sp.exp(v + w / 2) * sp.exp(-w / 2), sp.exp(v)),
    ForAll("concave", sp.log(1 + v), v, {v: (sp.Rational(1, 10), 5)}),
    ForAll("a bump's tail", sp.erfc(v) * sp.sqrt(sp.pi) * v, sp.exp(-(v**2)), {v: (1, sp.Rational(3, 2))}),
    Exact("halves", [sp.Rational(1, 2)], [Fraction(1, 2)]),
    BallInequality("balls", arb(1), arb("2.5")),
)


def _answers(body: dict[str, Any], folder: Path) -> tuple[str, str, str]:
    path = folder / "one.json"
    path.write_text(json.dumps(body))
    return checker.check_file(path)


@pytest.mark.parametrize("finding", TRUE, ids=lambda finding: finding.name)
def test_true_claims_are_accepted(finding: Any, tmp_path: Path) -> None:
    bodies = [signed(body) for body in certificates((Every("all", (finding,)),))]
    assert bodies
    assert all(_answers(body, tmp_path)[1] == "ok" for body in bodies)


@pytest.mark.parametrize("finding", TRUE, ids=lambda finding: finding.name)
def test_a_changed_digit_is_refused(finding: Any, tmp_path: Path) -> None:
    (body,) = (signed(body) for body in certificates((finding,)))
    text = json.dumps(body)
    digits = [i for i, letter in enumerate(text) if letter.isdigit()]
    for i in digits[:: max(1, len(digits) // 12)]:
        changed = text[:i] + str((int(text[i]) + 1) % 10) + text[i + 1 :]
        (tmp_path / "one.json").write_text(changed)
        assert checker.check_file(tmp_path / "one.json")[1] == "refused"


@pytest.mark.parametrize(
    "false",
    [
        Identity("partial fractions", 1 / (v * (v + w)), (1 / v + 1 / (v + w)) / w),
        Identity("powers", sp.sqrt(w) * sp.sqrt(8), 3 * sp.sqrt(2 * w)),
        ForAll("a factor too small", sp.log(1 + v), sp.Rational(1, 3) * v, {v: (sp.Rational(1, 10), 5)}),
        Exact("thirds", [sp.Rational(1, 2)], [Fraction(1, 3)]),
        BallInequality("balls", arb(3), arb("2.5")),
    ],
    ids=lambda finding: finding.name,
)
def test_a_false_claim_with_the_right_hash_is_refused(false: Any, tmp_path: Path, monkeypatch: Any) -> None:
    # The exporter leaves out what is not certified: the false claim is written past it.
    from memcurse.proofs_checks.running import exported as module

    (body,) = module._bodies(false)
    assert _answers(signed(body), tmp_path)[1] == "refused"


def test_what_it_does_not_know_is_not_reached(tmp_path: Path) -> None:
    integral = Identity("integral", sp.Integral(sp.exp(-v), (v, 0, 1)), sp.Integral(sp.exp(-v), (v, 0, 1)))
    (body,) = certificates((integral,))
    assert _answers(signed(body), tmp_path)[1:] == ("not reached", "no rule for Integral")


def test_a_denominator_that_is_0_everywhere_is_refused(tmp_path: Path) -> None:
    zero = ["+", ["symbol", "x"], ["*", ["number", "-1"], ["symbol", "x"]]]
    tree = ["power", zero, ["number", "-1"]]
    body = {"claim": "identity", "left": tree, "right": tree, "symbols": [["x", "positive"]]}
    assert _answers(signed(body), tmp_path)[1] == "refused"


def test_it_shares_nothing_with_the_package() -> None:
    tree = ast.parse(CHECKER.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module).split(".")[0])
        elif isinstance(node, ast.Name):
            assert node.id not in {"__import__", "eval", "exec"}
    assert names <= sys.stdlib_module_names


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "erf", "erfc"])
def test_functions_enclose_the_balls_of_another_library(name: str) -> None:
    for x in ("1/1000", "1/3", "1", "7/5", "4", "99/20", "5", "51/10", "11", "13"):
        low, high = getattr(checker, f"{name}_at")(Fraction(x))
        with precision(60):
            value = getattr(rational_ball(sp.Rational(x)), name)()
            ends = [rational_ball(sp.Rational(end.numerator, end.denominator)) for end in (low, high)]
            assert not ends[0] > value
            assert not ends[1] < value
            # Narrow too: an enclosure of everything would pass the lines above.
            assert (ends[1] - ends[0]) < (abs(value) + arb(2) ** -90) * rational_ball(sp.Rational(1, 500))


def test_files_are_written_and_checked_by_a_process_of_its_own(tmp_path: Path) -> None:
    assert write_certificates(tmp_path, "x", TRUE) == len(TRUE)
    line, refused = recheck(tmp_path)
    assert not refused
    assert line.startswith("re-checked independently: 7 of 7")
    path = min(tmp_path.glob("*.json"))
    path.write_text(path.read_text().replace("symbol", "Symbol"))
    assert recheck(tmp_path)[1]
