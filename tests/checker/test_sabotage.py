"""Certificates changed at random places, with a new hash: what is accepted must be true, shown by another library."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from flint import arb

from memcurse.proofs_checks.evidence.findings import BallInequality, Exact, ForAll, Identity, Inequalities
from memcurse.proofs_checks.running.exported import certificates, signed

from .test_check_certificates import _answers, _zero

v, w = sp.symbols("v w", positive=True)
#: In none of them may a number, sign or exponent of a tree be changed without making the claim false.
FINDINGS = (
    Identity("partial fractions", 1 / (v * (v + w)), (1 / v - 1 / (v + w)) / w),
    Identity("of exponentials", sp.exp(-3 * v) * (1 + 2 * v) ** 2, sp.exp(-3 * v) * (1 + 4 * v + 4 * v**2)),
    Exact("numbers", [sp.Rational(3, 7), 12], [Fraction(3, 7), 12]),
    Inequalities("means", [(2 * v * w, v**2 + w**2, (v - w) ** 2)]),
    BallInequality("close balls", arb(5), arb("5.0000001")),
    ForAll("close", sp.log(1 + v), v - sp.Rational(4, 1000), {v: (sp.Rational(1, 10), 5)}),
)


def _numbers(tree: Any) -> list[list[Any]]:
    """All nodes that hold a number."""
    if not isinstance(tree, list):
        return []
    if len(tree) == 2 and tree[0] == "number":
        return [tree]
    return [node for part in tree for node in _numbers(part)]


def _copy(tree: Any) -> Any:
    return [_copy(part) for part in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize("finding", FINDINGS[:2], ids=lambda finding: finding.name)
def test_a_changed_number_of_an_identity_is_refused(finding: Any, tmp_path: Any) -> None:
    """One number of one side moved, with a right hash: the sides then differ, so the answer is never ``ok``."""
    (body,) = certificates((finding,))
    draw = random.Random(11)
    for _ in range(12):
        changed = {**body, "left": _copy(body["left"])}
        node = draw.choice(_numbers(changed["left"]))
        node[1] = str(Fraction(node[1]) + draw.choice([-2, 1, 2]))
        assert _answers(signed(changed), tmp_path)[1] != "ok"


@pytest.mark.parametrize("step", [-1, 1])
def test_a_changed_form_is_refused(step: int, tmp_path: Any) -> None:
    (body,) = certificates((FINDINGS[3],))
    for index in range(len(_numbers(body["form"]))):
        changed = {**body, "form": _copy(body["form"])}
        node = _numbers(changed["form"])[index]
        node[1] = str(Fraction(node[1]) + step)
        assert _answers(signed(changed), tmp_path)[1] != "ok"


@pytest.mark.parametrize("finding", [FINDINGS[2], FINDINGS[4]], ids=lambda finding: finding.name)
def test_exchanged_sides_are_refused(finding: Any, tmp_path: Any) -> None:
    (body,) = certificates((finding,))
    left, right = body["pairs"][0]
    moved = [[str(Fraction(x) + 1) for x in left], right]
    for pair in (moved, [moved[0][::-1], left], [left, [str(Fraction(x) - 1) for x in right]]):
        assert _answers(signed({**body, "pairs": [pair, *body["pairs"][1:]]}), tmp_path)[1] == "refused"


def test_a_box_or_a_constant_that_makes_it_false_is_refused(tmp_path: Any) -> None:
    """log(1 + v) < v - 1/250 fails below 0.0908, and with 1/200 at 1/10."""
    (body,) = certificates((FINDINGS[5],))
    ((name, _, high),) = body["box"]
    for low in ("0", "1/1000", "2/25", "9/100"):
        assert _answers(signed({**body, "box": [[name, low, high]]}), tmp_path)[1] != "ok"
    exchanged = {**body, "smaller": body["larger"], "larger": body["smaller"]}
    assert _answers(signed(exchanged), tmp_path)[1] == "refused"


def test_a_moved_box_of_a_zero_is_never_accepted(tmp_path: Any) -> None:
    """Moved by more than its length, it holds no zero: only one is near."""
    body, draw = _zero(), random.Random(12)
    for _ in range(8):
        box = [list(side) for side in body["box"]]
        side = draw.choice(box)
        length = Fraction(side[2]) - Fraction(side[1])
        shift = draw.choice([-1, 1]) * length * draw.randint(1, 1000)
        side[1:] = [str(Fraction(end) + shift) for end in side[1:]]
        assert _answers(signed({**body, "box": box}), tmp_path)[1] != "ok"
