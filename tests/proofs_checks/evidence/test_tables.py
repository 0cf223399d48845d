"""Verdicts as tables: every kind of finding at its ends, and the numbers on which a verdict may hang."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from flint import arb

from memcurse.proofs_checks.evidence import agreement, identities, intervals, regions
from memcurse.proofs_checks.evidence.findings import (
    Agreement,
    BallEquality,
    BallInequalities,
    BallInequality,
    Came,
    Count,
    Counted,
    Enclosed,
    Escape,
    Every,
    Exact,
    Experiment,
    ForAll,
    Identities,
    Identity,
    InertiaIs,
    InOrder,
    ObservedLess,
    Violation,
)
from memcurse.proofs_checks.evidence.intervals import Interval, decimal, exact_fraction, gap, interval
from memcurse.proofs_checks.evidence.scopes import ALL, Scope, instances, narrowest
from memcurse.proofs_checks.evidence.statement import Evidence, Setting
from memcurse.proofs_checks.evidence.verdicts import (
    Verdict,
    finished,
    is_certain,
    is_refuted,
    status_of,
    weakest,
)
from memcurse.theory.landscape.equivalent_parameters import Inertia

REFUTED, UNDECIDED, OBSERVED, VERIFIED, CERTIFIED, PROVED = sorted(Verdict)
TRUE, FALSE, OPEN = (
    BallInequality("below", arb(1), arb(larger) if larger != "open" else arb(1, 1))
    for larger in (2, 0, "open")
)


@pytest.mark.parametrize(
    ("finding", "verdict", "held", "scope"),
    [
        (Count("n", 3, 3), CERTIFIED, 1, "instances"),
        (Count("n", 3, 4), REFUTED, 1, "instances"),
        (Count("n", None, 4), UNDECIDED, 1, "instances"),
        (Count("n", 3, 4, "<="), CERTIFIED, 1, "instances"),
        (Count("n", 4, 4, "<="), CERTIFIED, 1, "instances"),
        (Count("n", 5, 4, "<="), REFUTED, 1, "instances"),
        (Count("n", 5, 4, ">="), CERTIFIED, 1, "instances"),
        (Count("n", 4, 4, ">="), CERTIFIED, 1, "instances"),
        (Count("n", 3, 4, ">="), REFUTED, 1, "instances"),
        (Counted("n", 7, 7), VERIFIED, 7, "instances"),
        (Counted("n", 0, 0), VERIFIED, 1, "instances"),
        (Counted("n", 7, 6), REFUTED, 6, "instances"),
        (Counted("n", 7, 7, single_run=True), OBSERVED, 7, "sample"),
        (Counted("n", 7, 6, single_run=True), REFUTED, 6, "sample"),
        (Came("all", 3, 3), CERTIFIED, 0, "all"),
        (Came("all", 1, 3), UNDECIDED, 0, "all"),
        (Came("all", 0, 3), REFUTED, 0, "all"),
        (InertiaIs("H", Inertia(2, 1, 0), Inertia(2, 1, 0), "0"), CERTIFIED, 1, "instances"),
        (InertiaIs("H", Inertia(2, 1, 0), Inertia(2, 0, 1), "0"), REFUTED, 1, "instances"),
        (InertiaIs("H", None, Inertia(2, 1, 0), "0"), UNDECIDED, 1, "instances"),
        (Violation("v", FALSE), CERTIFIED, 1, "all"),
        (Violation("v", TRUE), REFUTED, 1, "all"),
        (Violation("v", OPEN), UNDECIDED, 1, "all"),
        (Escape("e", None, ()), UNDECIDED, 1, "instances"),
        (Escape("e", Counted("t", 1, 1), ()), VERIFIED, 1, "instances"),
        (Escape("e", Counted("t", 1, 1), (TRUE,)), REFUTED, 1, "instances"),
        (Escape("e", None, (Counted("t", 1, 1),)), REFUTED, 1, "instances"),
        (Escape("e", Counted("t", 1, 1), (OPEN,)), VERIFIED, 1, "instances"),
        (Escape("e", None, (Counted("t", 1, 1, single_run=True),)), UNDECIDED, 1, "instances"),
        (BallEquality("b", arb(1), arb(2)), REFUTED, 1, "instances"),
        (BallEquality("b", arb(2), arb(1)), REFUTED, 1, "instances"),
        (BallEquality("b", arb(1), arb(1)), UNDECIDED, 1, "instances"),
        (BallInequalities("b", [(arb(1), arb(2))] * 3), CERTIFIED, 3, "instances"),
        (Identities("i", [(sp.S.One, sp.S.One)], sizes=4), CERTIFIED, 1, "instances"),
        (Identities("i", [(sp.S.One, sp.S.One)] * 2), PROVED, 2, "all"),
        (Every("a", [TRUE, Counted("n", 7, 7)]), VERIFIED, 8, "instances"),
        (Enclosed("x", arb(1), (0, 1)), CERTIFIED, 1, "instances"),
        (Enclosed("x", arb(1), (1, 2)), CERTIFIED, 1, "instances"),
        (Enclosed("x", arb(1), (2, 3)), REFUTED, 1, "instances"),
        (Enclosed("x", arb(1), (-1, 0)), REFUTED, 1, "instances"),
        (Enclosed("x", arb(1, 1), (1, 2)), UNDECIDED, 1, "instances"),
        (Enclosed("x", arb(1), (Fraction(3, 2), Fraction(3, 2))), REFUTED, 1, "instances"),
        (Enclosed("x", arb("nan"), (0, 1)), UNDECIDED, 1, "instances"),
        (Exact("x", [1, Fraction(1, 2)], [1, sp.Rational(1, 2)]), CERTIFIED, 2, "instances"),
        (Exact("x", [1, 2], [1, 3]), REFUTED, 2, "instances"),
    ],
)
def test_what_each_kind_earns(finding: Any, verdict: Verdict, held: int, scope: str) -> None:
    assert (finding.verdict, finding.held, finding.scope.kind) == (verdict, held, scope)


@pytest.mark.parametrize(("came", "expected"), [(-1, 3), (4, 3), (0, 0)])
def test_no_more_may_come_than_is_expected(came: int, expected: int) -> None:
    with pytest.raises(ValueError, match="between 0 and"):
        Came("all", came, expected)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-2.0, -1.0, OBSERVED), (-1.0, 0.0, UNDECIDED), (0.5, 1.0, UNDECIDED), (2.0, 3.0, REFUTED)],
)
def test_a_difference_by_its_intervals(low: float, high: float, verdict: Verdict) -> None:
    found = ObservedLess("less", (low, high), (low - 1, high + 1), 0.95, 0.9999, 2)
    assert (found.verdict, found.held, found.scope) == (verdict, 2, Scope("sample", 2))
    word = f"[{low - 1:.6g}" if verdict is REFUTED else f"[{low:.6g}"
    assert word in found.detail


@pytest.mark.parametrize(
    "changes",
    [
        {"interval": (1.0, 0.0)},
        {"interval": (-4.0, 0.0)},
        {"interval": (0.0, 4.0)},
        {"interval": (float("nan"), 1.0)},
        {"level": 0.0},
        {"level": 0.9999},
        {"exclusion_level": 1.0},
        {"samples": 1},
    ],
)
def test_degenerate_differences_are_refused(changes: dict[str, Any]) -> None:
    good = {
        "interval": (0.0, 1.0),
        "exclusion_interval": (-1.0, 2.0),
        "level": 0.95,
        "exclusion_level": 0.9999,
    }
    with pytest.raises(ValueError, match="must"):
        ObservedLess("less", **({**good, "samples": 2} | changes))


@pytest.mark.parametrize(
    ("claimed", "verdict"),
    [(0.4, OBSERVED), (0.6, OBSERVED), (0.3, UNDECIDED), (0.7, UNDECIDED), (0.29, REFUTED), (0.71, REFUTED)],
)
def test_a_claim_at_the_ends_of_its_intervals(claimed: float, verdict: Verdict) -> None:
    found = Experiment("mean", claimed, (0.4, 0.6), (0.3, 0.7), 0.95, 0.9999, 2)
    assert (found.verdict, found.held, found.scope) == (verdict, 2, Scope("sample", 2))


def _closed(low: int, high: int) -> Interval:
    return Interval(Fraction(low), Fraction(high), is_ball=False)


@pytest.mark.parametrize(
    ("pairs", "verdict", "held"),
    [
        ([((0, 1), (2, 3))], VERIFIED, 1),
        ([((0, 1), (1, 3))], UNDECIDED, 1),
        ([((2, 3), (0, 1))], REFUTED, 1),
        ([((1, 3), (0, 1))], UNDECIDED, 1),
        ([((0, 1), (2, 3)), ((0, 1), (1, 3))], UNDECIDED, 2),
        ([((0, 1), (1, 3)), ((2, 3), (0, 1))], REFUTED, 2),
        ([], UNDECIDED, 1),
    ],
)
def test_intervals_in_order(pairs: list[Any], verdict: Verdict, held: int) -> None:
    found = InOrder("order", [(_closed(*x), _closed(*y)) for x, y in pairs])
    assert (found.verdict, found.held) == (verdict, held)


def test_a_precision_must_have_three_digits_and_gain_two() -> None:
    routes = {"one": (Fraction(1), Fraction(1)), "two": (arb(1), arb(1))}
    assert Agreement("x", routes, (3, 5)).verdict is VERIFIED
    for digits in ((2, 9), (3, 4), (5, 3)):
        with pytest.raises(ValueError, match="growing by at least 2"):
            Agreement("x", routes, digits)
    assert (agreement._FEWEST_DIGITS, agreement._FEWEST_GAINED) == (3, 2)


def test_a_scale_of_three_digits_above_the_value_hides_it() -> None:
    """At 6 digits of the scale s, values must be at least 10^-3 s to be resolved."""

    def found(value: Fraction) -> Verdict:
        routes = {"one": (value, value), "two": (value + Fraction(1, 10**9), value)}
        return Agreement("x", routes, (3, 6), scale=1).verdict

    assert found(Fraction(1, 1000)) is VERIFIED
    assert found(Fraction(1, 1001)) is UNDECIDED


# --- scopes ---


def test_scopes_of_several_findings() -> None:
    T = Scope("region", box=(("T", "1", "5"),))
    later = Scope("region", box=(("T", "5", "oo"),))
    apart = Scope("region", box=(("T", "7", "9"),))
    w = Scope("region", box=(("w", "0", "1"),))
    assert [x.rank for x in (Scope("sample", 1), instances(1), T, ALL)] == [0, 1, 2, 3]
    assert narrowest([ALL, ALL]) is ALL
    assert narrowest([ALL, T]) == T
    assert narrowest([T, later, ALL]).box == (("T", "1", "oo"),)
    assert narrowest([T, apart]).box == (("T", "1", "5"), ("T", "7", "9"))
    assert narrowest([apart, T, Scope("region", box=(("T", "2", "3"),))]).box == narrowest([T, apart]).box
    assert narrowest([T, w]).box == (("T", "1", "5"), ("w", "0", "1"))
    assert narrowest([instances(3), T, instances(4)]) == instances(7)
    assert narrowest([Scope("sample", 2), instances(4)]) == Scope("sample", 2)
    with pytest.raises(ValueError, match="must not be empty"):
        narrowest([])


def test_scopes_come_back_from_the_report() -> None:
    box = (("T", "1", "5"), ("T", "7", "oo"), ("w", "0", "1"))
    for scope in (ALL, instances(3), Scope("sample", 2), Scope("region", box=box)):
        assert Scope.from_dict(scope.to_dict()) == scope
    assert Scope("region", box=box).to_dict()["box"] == {"T": ["1", "5", "7", "oo"], "w": ["0", "1"]}
    assert Scope("region", box=box).text == "T in [1, 5], T in [7, oo), w in [0, 1]"
    assert [x.text for x in (ALL, instances(1), instances(2), Scope("sample", 2))] == [
        "all parameters",
        "1 instance",
        "2 instances",
        "2 samples",
    ]


@pytest.mark.parametrize(
    ("kind", "number", "box"),
    [
        ("some", None, ()),
        ("instances", None, ()),
        ("instances", 0, ()),
        ("instances", True, ()),
        ("sample", 1.5, ()),
        ("region", None, ()),
        ("all", None, (("T", "1", "5"),)),
    ],
)
def test_scopes_that_are_none(kind: Any, number: Any, box: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        Scope(kind, number, box)
    assert Scope("instances", 1).number == 1


# --- points at which identities are tried ---


@pytest.mark.parametrize(
    ("symbol", "points"),
    [
        (sp.Symbol("x", real=True), "-47/16 2/5 -29/32 -229/38 12/61 11/5"),
        (sp.Symbol("v", positive=True), "67/40 10/11 84/53 193/78 61/11 1/2"),
        (sp.Symbol("u", negative=True), "-105/43 -4/7 -35/17 -209/52 -124/41 -199/43"),
        (sp.Symbol("n", integer=True, positive=True), "2 5 5 5 1 7"),
        (sp.Symbol("L", integer=True, negative=True), "-6 -1 -7 -1 -3 -1"),
        (sp.Symbol("e", even=True, positive=True), "2 4 8 6 6 6"),
        (sp.Symbol("o", odd=True), "7 -5 5 7 -5 7"),
    ],
    ids=str,
)
def test_points_depend_on_names_alone(symbol: sp.Symbol, points: str) -> None:
    """Both signs where they may be, near 1, and the same in every report."""
    found = [point[symbol] for point in identities.sample_points((symbol,), 6)]
    assert " ".join(map(str, found)) == points


def test_points_in_several_symbols_leave_out_what_has_none() -> None:
    x, none = sp.Symbol("x", real=True), sp.Symbol("q", irrational=True, integer=False)
    assert len(list(identities.sample_points((x, sp.Symbol("y")), 3))) == 3
    assert list(identities.sample_points((x, none), 3)) == []


def test_numbers_of_points_and_budgets() -> None:
    assert (identities._POINTS, identities._MANY_POINTS, identities._DIGITS) == (4, 24, 50)
    assert identities._SIMPLIFY_UP_TO == 400
    assert (regions._DIGITS, regions._SHOWN) == (30, 3)
    assert intervals._LARGEST_EXPONENT == 4_000_000
    x = sp.Symbol("x", positive=True)
    assert ForAll("a", 0, x, {x: (1, 2)}).budget == 20_000


def test_parts_that_vanish_where_balls_cannot_look() -> None:
    """An unknown function keeps balls away; a denominator, or the argument of a logarithm, may still reduce to 0."""
    x, y = sp.symbols("x y", positive=True)
    f, nothing = sp.Function("f")(x), (x + 1) ** 2 - x**2 - 2 * x - 1
    for hidden in (f / nothing, f * nothing ** sp.Rational(-1, 2), f + sp.log(nothing), f * nothing**-y):
        assert "reduces to 0" in str(identities.undefined_part(hidden))
    for harmless in (f * nothing**2, f / (nothing + 1), f + sp.log(x), f / x, sp.sqrt(nothing) * f):
        assert identities.undefined_part(harmless) is None


# --- intervals of numbers ---


def test_gaps_middles_and_radii() -> None:
    assert gap(_closed(0, 1), _closed(3, 4)) == gap(_closed(3, 4), _closed(0, 1)) == 2
    assert gap(_closed(0, 1), _closed(1, 4)) == gap(_closed(0, 5), _closed(1, 4)) == 0
    assert (_closed(1, 4).middle, _closed(1, 4).radius) == (Fraction(5, 2), Fraction(3, 2))
    unbounded = interval("x", arb("nan"))
    assert not unbounded.bounded
    assert not Interval(Fraction(0), None, is_ball=True).bounded
    with pytest.raises(ValueError, match="must be bounded"):
        _ = unbounded.ends


def test_numbers_are_exact() -> None:
    assert exact_fraction("x", 0.1) == Fraction(3602879701896397, 36028797018963968)
    assert exact_fraction("x", sp.Float("0.5")) == Fraction(1, 2)
    assert exact_fraction("x", -sp.Float("0.5")) == Fraction(-1, 2)
    for wrong in (float("nan"), sp.oo, float("inf")):
        with pytest.raises((ValueError, TypeError), match="must be"):
            exact_fraction("x", wrong)
    for wrong in (True, "1", None):
        with pytest.raises(TypeError, match="must be a real number"):
            exact_fraction("x", wrong)
    assert decimal(Fraction(2, 3)) == "0.6667"
    assert decimal(Fraction(0), 6) == "0"
    assert decimal(Fraction(10) ** 400, 3) == "1.00e+400"


# --- regions ---


def test_a_region_lists_what_the_budget_leaves() -> None:
    x = sp.Symbol("x", positive=True)
    found = ForAll("tight", x, x + (x - 1) ** 2, {x: (0, 3)}, budget=5)
    assert found.verdict is UNDECIDED
    assert len(found.remaining) >= 1
    assert f"{len(found.remaining)} boxes remain after 5" in found.detail
    assert found.scope == Scope("region", box=(("x", "0", "3"),))
    equal = ForAll("equal", x, x + (x - 1) ** 2, {x: (2, 3)}, strict=True)
    assert equal.verdict is CERTIFIED
    assert ForAll("same", x, x, {x: (2, 3)}, strict=False).verdict is CERTIFIED
    assert ForAll("same", x, x, {x: (2, 3)}).verdict is not CERTIFIED
    assert ForAll("one", x, x + 1, {x: (2, 3)}, budget=1).verdict is CERTIFIED


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (0, sp.pi), (sp.oo, sp.oo), (-sp.oo, 1)])
def test_a_region_has_rational_ends_in_order(ends: Any) -> None:
    x = sp.Symbol("x", positive=True)
    with pytest.raises(ValueError, match="must"):
        ForAll("a", 0, x, {x: ends})
    for budget in (0, 1.5):
        with pytest.raises(ValueError, match="positive integer"):
            ForAll("a", 0, x, {x: (1, 2)}, budget=budget)


# --- evidence, statements ---


def test_how_verdicts_combine() -> None:
    assert weakest([]) is UNDECIDED
    assert weakest([PROVED, OBSERVED]) is OBSERVED
    assert [is_certain(v) for v in sorted(Verdict)] == [False, False, False, False, True, True]
    assert [is_refuted(v) for v in sorted(Verdict)] == [True, False, False, False, False, False]
    assert [finished(v, trustworthy=False) for v in (REFUTED, UNDECIDED, PROVED)] == [
        REFUTED,
        UNDECIDED,
        UNDECIDED,
    ]
    assert finished(PROVED, trustworthy=True) is PROVED


@pytest.mark.parametrize(
    ("claim", "code", "controls", "failed", "status"),
    [
        (PROVED, None, [REFUTED], False, "holds"),
        (PROVED, OBSERVED, [REFUTED], False, "holds"),
        (PROVED, REFUTED, [REFUTED], False, "refuted"),
        (REFUTED, PROVED, [UNDECIDED], False, "refuted"),
        (PROVED, None, [REFUTED, UNDECIDED], False, "broken"),
        (PROVED, UNDECIDED, [REFUTED], False, "undecided"),
        (UNDECIDED, None, [REFUTED], False, "undecided"),
        (REFUTED, None, [REFUTED], True, "error"),
    ],
)
def test_what_becomes_of_a_statement(
    claim: Verdict, code: Verdict | None, controls: list[Verdict], failed: bool, status: str
) -> None:
    assert status_of(claim, code, controls, failed) == status


def test_evidence_counts_what_it_holds() -> None:
    claim, code = Identity("i", 1, 1), Exact("e", [1, 2], [1, 2], about="code")
    evidence = Evidence([claim, code], 3)
    assert (evidence.verdict, evidence.code_verdict, evidence.weakest) == (PROVED, CERTIFIED, CERTIFIED)
    assert (evidence.held, evidence.scope, evidence.instances) == (3, ALL, 3)
    assert Evidence([code], 2).verdict is UNDECIDED
    assert Evidence([claim]).code_verdict is None
    assert Evidence([claim]).instances == 1
    assert Evidence([TRUE, TRUE], 2).scope == instances(2)
    assert evidence.method == "symbolic identity, exact arithmetic"
    assert Evidence([claim, Counted("n", 1, 2)]).message == "n: expected 1, found 2"
    for wrong, error in ((0, ValueError), (-1, ValueError), (True, TypeError), (1.0, TypeError)):
        with pytest.raises(error, match="`instances`"):
            Evidence([claim], wrong)


def test_seeds_depend_on_the_name_and_the_root_alone() -> None:
    seeds = {Setting(seed=seed).seed_for(name) for seed in (0, 1) for name in ("a", "b")}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**64 for seed in seeds)
    assert max(seeds) > 2**60
    digest = hashlib.sha256(b"0:a").hexdigest()[:16]
    assert Setting(seed=0, digits=99, quick=True).seed_for("a") == int(digest, 16)
    assert (Setting(quick=True).pick(9, 2), Setting().pick(9, 2), Setting().digits) == (2, 9, 50)
