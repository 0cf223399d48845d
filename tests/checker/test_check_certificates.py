"""The independent checker: true claims accepted, a changed digit or a false claim refused, nothing shared."""

from __future__ import annotations

import ast
import decimal
import importlib.util
import itertools
import json
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from flint import arb, fmpq

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.proofs_checks.evidence.findings import (
    BallInequality,
    Came,
    Count,
    Enclosed,
    Escape,
    Every,
    Exact,
    ForAll,
    Identity,
    Inequalities,
    InertiaIs,
    Vanishing,
    Violation,
)
from memcurse.proofs_checks.evidence.verdicts import is_certain
from memcurse.proofs_checks.report.rechecked import Rechecked
from memcurse.proofs_checks.running import exported
from memcurse.proofs_checks.running.certificates import CHECKER, recheck, write_certificates
from memcurse.proofs_checks.running.exported import certificates, signed
from memcurse.theory.landscape.equivalent_parameters import Inertia

_spec = importlib.util.spec_from_file_location("check_certificates", CHECKER)
assert _spec is not None
assert _spec.loader is not None
checker: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(checker)
functions: Any = importlib.import_module("arithmetic.functions")
intervals: Any = importlib.import_module("arithmetic.intervals")
answers: Any = importlib.import_module("answers")

a, b, v, w = sp.symbols("a b v w", positive=True)
k, x = sp.Symbol("k", real=True), sp.Symbol("x", real=True)
_k = sp.Symbol("k", integer=True, nonnegative=True)
_n = sp.Symbol("n", integer=True)


def _put_in(variable: sp.Symbol, value: sp.Expr) -> sp.Expr:
    """The derivative of an unknown function at a value, by a variable of this name."""
    return sp.Subs(sp.Derivative(sp.Function("X")(variable), variable), variable, value)


TRUE = (
    Identity("partial fractions", 1 / (v * (v + w)), (1 / v - 1 / (v + w)) / w),
    Identity("powers", sp.exp(-v) ** 2 * sp.sqrt(w) * sp.sqrt(8), 2 * sp.sqrt(2 * w) * sp.exp(-2 * v)),
    Identity("exponentials", sp.exp(v + w / 2) * sp.exp(-w / 2), sp.exp(v)),
    ForAll("concave", sp.log(1 + v), v, {v: (sp.Rational(1, 10), 5)}),
    ForAll("a bump's tail", sp.erfc(v) * sp.sqrt(sp.pi) * v, sp.exp(-(v**2)), {v: (1, sp.Rational(3, 2))}),
    Inequalities("means", [(2 * k * x, k**2 + x**2, (k - x) ** 2)]),
    Inequalities("falls", [(sp.exp(-v - w), sp.exp(-v), sp.exp(-v) * (1 - sp.exp(-w)))], strict=True),
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
        Inequalities("another form", [(2 * k * x, k**2 + x**2, (k + x) ** 2)]),
        Inequalities("a negative constant", [(sp.log(3), 1, 1 - sp.log(3))]),
        Exact("thirds", [sp.Rational(1, 2)], [Fraction(1, 3)]),
        BallInequality("balls", arb(3), arb("2.5")),
    ],
    ids=lambda finding: finding.name,
)
def test_a_false_claim_with_the_right_hash_is_refused(false: Any, tmp_path: Path, monkeypatch: Any) -> None:
    # The exporter leaves out what is not certified: the false claim is written past it.
    (body,) = exported._bodies(false)
    assert _answers(signed(body), tmp_path)[1] == "refused"


def test_what_it_does_not_know_is_not_reached(tmp_path: Path) -> None:
    unknown = Identity("of Airy", sp.Piecewise((v, v > 1), (w, True)), sp.Piecewise((v, v > 1), (w, True)))
    (body,) = certificates((unknown,))
    assert _answers(signed(body), tmp_path)[1:] == ("not reached", "no rule for ExprCondPair")


def test_findings_on_numbers_have_certificates(tmp_path: Path) -> None:
    findings = (
        Came("all", 3, 3),
        Count("more", 5, 2, ">="),
        InertiaIs("of a matrix", Inertia(2, 1, 0), Inertia(2, 1, 0), "0"),
        Enclosed("near 1", arb(1), (0, 2)),
        Escape("of a time", Enclosed("near 1", arb(1), (0, 2)), ()),
    )
    assert all(is_certain(finding.verdict) for finding in findings)
    answers = [_answers(signed(body), tmp_path)[:2] for body in certificates(findings)]
    assert answers == [("comparison", "ok")] * 5


P, Q = sp.symbols("P Q", commutative=False)


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ((P + Q) * P, P**2 + Q * P, "ok"),
        (v * P * (w * Q) ** 2 / v, w**2 * P * Q**2, "ok"),
        (Q**-1 * P * P**-1 * Q, sp.S.One, "ok"),
        (Q**-1 * P * Q * P**-1, sp.S.One, "not reached"),  # true for numbers
        (P * P**_k, P ** (_k + 1), "ok"),
        (P * Q, Q * P, "not reached"),
        (P * Q, Q + P, "refused"),
        ((P + Q) ** 2, P**2 + 2 * P * Q + Q**2, "not reached"),
        ((P * Q) ** -1, Q**-1 * P**-1, "not reached"),  # true, but no rule
    ],
)
def test_matrices_are_never_exchanged(left: sp.Expr, right: sp.Expr, answer: str, tmp_path: Path) -> None:
    assert _answers(signed(exported._identity(left, right)), tmp_path)[1] == answer


def test_violations_are_counterexamples(tmp_path: Path) -> None:
    """The point of an identity that fails, the pair of an order that fails; each refused where it does not fail."""
    findings = (
        Violation("not 0", Identity("0", v * sp.exp(-v) - 1, 0)),
        Violation("not below", BallInequality("below", arb(2), arb(1))),
        Violation("not at most", BallInequality("at most", arb(2), arb(1), strict=False)),
    )
    bodies = list(certificates(findings))
    assert [_answers(signed(body), tmp_path)[:2] for body in bodies] == [
        ("counterexample", "ok"),
        ("comparison", "ok"),
        ("comparison", "ok"),
    ]
    assert [body.get("relation") for body in bodies[1:]] == ["<=", "<"]
    name = bodies[0]["point"][0][0]
    for changed, answer in (
        ({"right": bodies[0]["left"]}, "not reached"),
        ({"left": ["number", "0"]}, "refused"),
        ({"point": [[name, "-3"]]}, "refused"),
        ({"point": []}, "refused"),
        ({"symbols": [[name, "other"]]}, "not reached"),
        ({"symbols": [[name, "positive integer"]]}, "refused"),
    ):
        assert _answers(signed({**bodies[0], **changed}), tmp_path)[1] == answer


def test_kinds_without_a_form_are_counted_and_never_reached(tmp_path: Path) -> None:
    (body,) = certificates((BallInequality("wide", arb(0), arb(2) ** 60_000 + arb(2) ** -60_000),))
    assert body["claim"] == "comparison" or body["claim"] == "other"
    other = signed({"statement": "x", "claim": "other", "kind": "Unknown"})
    assert _answers(other, tmp_path) == ("other", "not reached", "no form for Unknown")


SYSTEM = (v**2 - 2, v * w - 1)
with precision(40):
    ROOT = arb(2).sqrt().mid() + arb(0, 1e-25)
    BOX = {v: ROOT, w: (ROOT / 2).mid() + arb(0, 1e-25)}


def _zero() -> dict[str, Any]:
    finding = Vanishing(
        "root", SYSTEM, BOX, ((2 * v * w - 2, 2, 1),), lambda x: [2 * (x[0] * x[1] - 1)], (v, w)
    )
    *_, body = certificates((finding,))
    return body


def test_the_zero_of_a_system_is_decided_again(tmp_path: Path) -> None:
    body = _zero()
    assert _answers(signed(body), tmp_path) == ("zero", "ok", "one zero in a box of 2 sides")
    assert intervals.DOWN.prec == intervals.UP.prec == 30


def test_a_zero_that_is_not_there_is_not_accepted(tmp_path: Path) -> None:
    """A box beside the zero, an equation with another zero, a matrix that does not contract, a box of one point."""
    body = _zero()
    (x, low, high), other = body["box"]
    length = Fraction(high) - Fraction(low)
    beside = [[x, str(Fraction(low) + length), str(Fraction(high) + length)], other]
    moved = [["+", body["system"][0], ["number", f"1/{10**24}"]], body["system"][1]]
    for changed in (
        {"inverse": [[str(-Fraction(y)) for y in row] for row in body["inverse"]]},
        {"inverse": [["0", "0"], ["0", "0"]]},
    ):
        answer = _answers(signed({**body, **changed}), tmp_path)
        assert answer == ("zero", "not reached", "the image is not inside the box")
    for changed in ({"box": beside}, {"system": moved}):
        answer = _answers(signed({**body, **changed}), tmp_path)
        assert answer == ("zero", "refused", "no zero is in the box: its image is beside it")
    assert _answers(signed({**body, "box": [[x, low, low], other]}), tmp_path)[1] == "refused"
    assert _answers(signed({**body, "system": body["system"][:1]}), tmp_path)[1] == "refused"
    assert _answers(signed({**body, "box": [[x, low, high]] * 2}), tmp_path)[1] == "refused"


def test_numbers_far_from_1_are_multiples_of_powers_of_2(tmp_path: Path) -> None:
    """Found at lemma C.2: a Gram determinant near 2^-144283032 ended the statement with an error."""
    tiny = arb(2) ** -(10**8)
    for smaller, larger, answer in (
        (arb(0), tiny, "ok"),
        (tiny, 2 * tiny, "ok"),
        (tiny, tiny * arb("1.5"), "ok"),
        (tiny, tiny, "refused"),
        (-tiny, -tiny * 2, "refused"),
        (-2 * tiny, -tiny, "ok"),
        (tiny, arb(0), "refused"),
    ):
        (body,) = exported._bodies(BallInequality("tiny", smaller, larger))
        assert _answers(signed(body), tmp_path)[1] == answer


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        (v ** (k + 1), v * v**k, "ok"),
        ((v * w) ** k, v**k * w**k, "ok"),
        (sp.log(v**k), k * sp.log(v), "ok"),
        (8**k, sp.Integer(2) ** (3 * k), "ok"),
        ((1 + v) ** (k + 2), (1 + v) ** k * (1 + v) ** 2, "ok"),
        ((1 + v) ** (b / 2), sp.exp(b * sp.log(1 + v) / 2), "ok"),
        ((v + sp.I * w) * (v - sp.I * w), v**2 + w**2, "ok"),
        (sp.gamma(v + w) + sp.erf(v), sp.erf(v) + sp.gamma(w + v), "ok"),
        # False ones, and true ones that hold for positive numbers only.
        (v**k, v ** (k + 1), "refused"),
        (sp.log(x**2), 2 * sp.log(x), "not reached"),
        (sp.sqrt(x**2), x, "not reached"),
        (sp.Abs(x) ** 3, x**2 * sp.Abs(x), "ok"),
        (sp.Abs(x), x, "not reached"),
        (sp.sqrt(v + w) * sp.sqrt(2 * v + 2 * w), sp.sqrt(2) * (v + w), "ok"),
        (1 / sp.sqrt(v + w), sp.sqrt(v + w) / (v + w), "ok"),
        (sp.sqrt(v + x), sp.sqrt(v) * sp.sqrt(1 + x / v), "ok"),
        (sp.sqrt(x * (x - 1)), sp.sqrt(x) * sp.sqrt(x - 1), "not reached"),
        (sp.erfc(x) + sp.erf(-x), 1 - 2 * sp.erf(x), "ok"),
        (sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x), "ok"),
        (sp.tan(v) * sp.cos(v), sp.sin(v), "ok"),
        (sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x) + sp.cos(x) / 1000, "refused"),
        (sp.log(v / (1 + v)), sp.log(v) - sp.log(1 + v), "ok"),
        ((v / (1 + v)) ** b, (1 - 1 / (1 + v)) ** b, "ok"),
        ((-w) ** (2 * _k), w ** (2 * _k), "ok"),
        ((-w) ** _k, w**_k, "not reached"),
        ((v * x) ** _k, v**_k * x**_k, "ok"),
        (_put_in(v, 2 * b), _put_in(w, 2 * b), "ok"),
        (_put_in(v, 2 * b), _put_in(w, 3 * b), "not reached"),
        ((v * x) ** b, v**b * x**b, "not reached"),
        (sp.exp(2 * sp.pi * sp.I * _n / (_k + 1)) ** (_k + 1), sp.S.One, "ok"),
        (sp.exp(sp.pi * sp.I * _n / (_k + 1)) ** (_k + 1), sp.S.One, "not reached"),
        (sp.exp(2 * sp.pi * sp.I * v), sp.S.One, "not reached"),
        (sp.besseli(0, v) - sp.besseli(2, v), 2 * sp.besseli(1, v) / v, "ok"),
        (sp.Integral(w * sp.exp(-v), (v, 0, b)), w * sp.Integral(sp.exp(-v), (v, 0, b)), "ok"),
        (sp.Integral(v * sp.exp(-v), (v, 0, b)), v * sp.Integral(sp.exp(-v), (v, 0, b)), "not reached"),
        ((v + sp.I * w) ** 2, v**2 + w**2, "not reached"),
        (sp.gamma(v + 1), v * sp.gamma(v), "not reached"),
    ],
)
def test_powers_logarithms_and_the_imaginary_unit(
    left: sp.Expr, right: sp.Expr, answer: str, tmp_path: Path
) -> None:
    assert _answers(signed(exported._identity(left, right)), tmp_path)[1] == answer


@pytest.mark.parametrize(
    ("smaller", "larger", "answer"),
    [
        (sp.S.Zero, (1 + 1 / v) ** 2 - 1, "not reached"),  # its limit is 0: never decided
        (sp.S.One, (1 + 1 / v) ** 2 + sp.exp(-v), "not reached"),
        (sp.S.Zero, 1 + 1 / v - sp.exp(-v), "ok"),
        (sp.erfc(v), sp.exp(-(v**2)) + sp.Rational(1, 100), "ok"),
        (1 - 1 / (1 + v), 1 + sp.erf(v), "ok"),
        (sp.log(2 + v) / (2 + v), sp.Rational(1, 2), "not reached"),  # oo * 0
        (sp.Rational(1, 2), sp.erf(v - 3), "refused"),
        (1 / v, sp.Rational(2, 5), "refused"),
        (sp.Rational(1, 2), sp.gamma(v), "ok"),
        (sp.Rational(9, 10), sp.gamma(v), "refused"),
        (sp.Rational(-2), sp.sin(v), "ok"),
    ],
)
def test_regions_without_end(
    smaller: sp.Expr, larger: sp.Expr, answer: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(checker.LIMIT, "most", 2_000 if answer == "not reached" else 200_000)
    (body,) = exported._bodies(ForAll("ray", smaller, larger, {v: (1, sp.oo)}))
    assert _answers(signed(body), tmp_path)[1] == answer


@pytest.mark.parametrize("x", [(-2, 3), (0, 5), (1, "inf"), ("-inf", 4), ("-inf", "inf"), (-1, "inf")])
@pytest.mark.parametrize("y", [(2, 7), (-3, -1), (0, "inf"), ("-inf", 0), (-1, 1)])
def test_products_and_sums_hold_those_of_their_points(x: Any, y: Any) -> None:
    def ends(pair: Any) -> Any:
        return tuple(map(Decimal, pair))

    def points(pair: Any) -> list[Fraction]:
        low, high = (max(-(10**9), min(10**9, end)) for end in pair)
        return [Fraction(low), Fraction(high), Fraction(low + high) / 2]

    x, y = ends(x), ends(y)
    total, product = intervals.add(x, y), intervals.mul(x, y)
    for p in points(x):
        for q in points(y):
            assert total[0] <= p + q <= total[1]
            assert product[0] <= p * q <= product[1]


def test_the_limit_of_operations_is_named(tmp_path: Path, monkeypatch: Any) -> None:
    (body,) = certificates((TRUE[0],))
    monkeypatch.setattr(checker.LIMIT, "most", 3)
    assert _answers(signed(body), tmp_path)[1:] == ("not reached", "the limit of 3 operations")


def test_a_denominator_that_is_0_everywhere_is_refused(tmp_path: Path) -> None:
    zero = ["+", ["symbol", "x"], ["*", ["number", "-1"], ["symbol", "x"]]]
    tree = ["power", zero, ["number", "-1"]]
    body = {"claim": "identity", "left": tree, "right": tree, "symbols": [["x", "positive"]]}
    assert _answers(signed(body), tmp_path)[1] == "refused"


@pytest.mark.parametrize("path", sorted(CHECKER.parent.rglob("*.py")), ids=lambda path: path.stem)
def test_it_shares_nothing_with_the_package(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module).split(".")[0])
        elif isinstance(node, ast.Name):
            assert node.id not in {"__import__", "eval", "exec"}
    own = {other.stem for other in CHECKER.parent.rglob("*.py")} | {"arithmetic", "algebra", "claims"}
    assert not own & sys.stdlib_module_names
    assert names <= sys.stdlib_module_names | own


POINTS = ("1/1000", "1/3", "1", "7/5", "4", "99/20", "5", "51/10", "8", "11", "13", "300")


def _is_tight(ends: Any, value: Any) -> bool:
    """Whether the ball is between the ends, and these agree to 20 digits."""
    low, high = (arb(fmpq(*Fraction(end).as_integer_ratio())) for end in ends)
    return not low > value and not high < value and (high - low) <= abs(value) * arb("1e-20") + arb("1e-27")


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "erf", "erfc", "sin", "cos", "tan", "abs", "gamma"])
@pytest.mark.parametrize("sign", [1, -1])
def test_functions_enclose_the_balls_of_another_library(name: str, sign: int) -> None:
    for point in POINTS:
        x = sign * Fraction(point)
        if x < 0 and name in ("log", "sqrt", "gamma"):
            continue
        with answers.exactly(), precision(60):
            ball = rational_ball(sp.Rational(str(x)))
            value = abs(ball) if name == "abs" else getattr(ball, name)()
            assert _is_tight(functions.image(name, intervals.number(x)), value), x


@pytest.mark.parametrize("order", ["-1/4", "0", "1/3", "3/4", "1", "4/3", "2", "4", "-2"])
def test_exponential_integrals_enclose_the_balls_of_another_library(order: str) -> None:
    for point in ("1/2000", "1/7", "1", "9/2", "20", "60"):
        with answers.exactly(), precision(60):
            x, s = rational_ball(sp.Rational(point)), rational_ball(sp.Rational(order))
            value = x.expint(s)
            assert _is_tight(functions.expint(Fraction(order), intervals.number(Fraction(point))), value)


@pytest.mark.parametrize(
    "name", ["exp", "log", "sqrt", "erf", "erfc", "sin", "cos", "tan", "abs", "gamma", "expint"]
)
def test_slopes_and_images_hold_on_intervals(name: str) -> None:
    """Values at points inside lie in the image, and differences of them in the slopes."""
    for low, high in (("1/10", "3/10"), ("1", "2"), ("13/10", "8/5"), ("3", "19/5"), ("6", "17/2")):
        start, end = Fraction(low), Fraction(high)
        points = [start + (end - start) * Fraction(i, 6) for i in range(7)]
        with answers.exactly():
            if name == "expint":
                value, slope = functions.expint, functions.expint_slope
                whole = value(Fraction(1, 3), intervals.between(start, end))
                slopes = slope(Fraction(1, 3), intervals.between(start, end))
                at = [value(Fraction(1, 3), intervals.number(p)) for p in points]
            else:
                if name == "tan" and (start < Fraction(157, 100) < end or start == 6):
                    continue
                whole = functions.image(name, intervals.between(start, end))
                slopes = functions.slope(name, intervals.between(start, end), whole)
                at = [functions.image(name, intervals.number(p)) for p in points]
        assert all(whole[0] <= y[1] and y[0] <= whole[1] for y in at)
        tiny = Fraction(1, 10**25)
        for (p, y), (q, z) in itertools.combinations(zip(points, at, strict=True), 2):
            rise = Fraction(z[1]) - Fraction(y[0]), Fraction(z[0]) - Fraction(y[1])
            assert rise[0] / (q - p) >= Fraction(slopes[0]) - tiny
            assert rise[1] / (q - p) <= Fraction(slopes[1]) + tiny


def test_what_rounds_by_chance_is_an_error() -> None:
    with answers.exactly(), pytest.raises(decimal.Inexact):
        -(intervals.Decimal(1) / 3 + intervals.Decimal("1e-40"))


def test_files_are_written_and_checked_by_a_process_of_its_own(tmp_path: Path) -> None:
    assert write_certificates(tmp_path, "x", TRUE) == len(TRUE)
    found = recheck(tmp_path)
    assert isinstance(found, Rechecked)
    assert not found.refused
    assert found.text.startswith(
        "re-checked independently: 9 of 9 (identities: 3 of 3; inequalities for all parameters: 2 of 2;"
    )
    assert found.to_dict() == {
        "checked": 9,
        "refused": 0,
        "total": 9,
        "operations": 2_000_000,
        "claims": {
            "comparison": {"ok": 2},
            "identity": {"ok": 3},
            "inequality": {"ok": 2},
            "region": {"ok": 2},
        },
        "statements": {"x": {"ok": 9}},
    }
    assert found.of("x") == "9 of 9"
    assert found.of("y") is None
    assert found.lines == []
    path = min(tmp_path.glob("*.json"))
    path.write_text(path.read_text().replace("symbol", "Symbol"))
    changed = recheck(tmp_path)
    assert isinstance(changed, Rechecked)
    assert changed.refused
    assert ", 1 REFUSED" in changed.text
    assert changed.lines == ["  x: 8 of 9, 1 REFUSED"]


def test_an_empty_folder_is_said_to_be_one(tmp_path: Path) -> None:
    assert "nothing to check" in str(recheck(tmp_path))


_g = sp.Symbol("g", nonnegative=True)
_c = sp.IndexedBase("c", nonnegative=True)
_e = sp.IndexedBase("e", real=True)
_i, _m = sp.symbols("i m", integer=True, positive=True)


@pytest.mark.parametrize(
    ("form", "strict", "answer"),
    [
        (v + _g, True, "ok"),
        (_g, False, "ok"),
        (_g, True, "not reached"),
        (k, False, "not reached"),
        (v - w, False, "not reached"),
        (k**2 * v, False, "ok"),
        (k**3, False, "not reached"),
        (v**k, True, "ok"),
        (1 / _g, False, "not reached"),
        (sp.sqrt(_g), False, "ok"),
        (sp.Abs(k) * v, False, "ok"),
        (1 - sp.exp(-v * w), True, "ok"),
        (1 - sp.exp(-v * k), False, "not reached"),
        (1 - sp.exp(v), False, "not reached"),
        (sp.Rational(1, 2) - sp.exp(-v), False, "not reached"),
        (2 * sp.pi - sp.log(2), True, "ok"),
        (sp.Sum(_c[_i], (_i, 1, _m)), False, "ok"),
        (sp.Sum(_c[_i], (_i, 1, _m)), True, "not reached"),
        (sp.Sum(_e[_i], (_i, 1, _m)), False, "not reached"),
        (sp.Sum(_c[_i], (_i, 1, sp.Symbol("n", integer=True))), False, "not reached"),
        (sp.Sum(_e[_i] ** 2 * v, (_i, 1, _m)), False, "ok"),
    ],
    ids=str,
)
def test_signs_are_read_off_by_rules_of_its_own(
    form: sp.Expr, strict: bool, answer: str, tmp_path: Path
) -> None:
    """The form alone: the difference is the form, so the identity holds."""
    (body,) = exported._bodies(Inequalities("form", [(0, form, form)], strict=strict))
    assert _answers(signed(body), tmp_path)[1] == answer
