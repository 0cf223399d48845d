"""Every finding earns the verdict that its numbers deserve, and no more."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import (
    Agreement,
    BallEquality,
    BallInequalities,
    BallInequality,
    Came,
    Counted,
    Enclosed,
    Every,
    Exact,
    Experiment,
    Identities,
    Identity,
)
from memcurse.proofs_checks.evidence.identities import sample_points
from memcurse.proofs_checks.evidence.intervals import decimal, interval
from memcurse.proofs_checks.evidence.scopes import Scope
from memcurse.proofs_checks.evidence.statement import Evidence
from memcurse.proofs_checks.evidence.verdicts import Verdict, finished, weakest

x, y, w = sp.symbols("x y w", positive=True)
r = sp.Symbol("r", real=True)
n = sp.Symbol("n", integer=True, positive=True)


# --- identities ---


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((x + y) ** 2, x**2 + 2 * x * y + y**2),
        (1 / x + 1 / y, (x + y) / (x * y)),
        (sp.exp(x + y), sp.exp(x) * sp.exp(y)),
        (sp.exp(w * (w * x**2 / 2 - y)), sp.exp(w**2 * x**2 / 2) / sp.exp(w * y)),
        (sp.erfc((w * x**2 - y) / (x * sp.sqrt(2))), 1 - sp.erf((w * x - y / x) / sp.sqrt(2))),
        (sp.sqrt(x * y) / x, sp.sqrt(y / x)),
        (sp.gamma(x + 1), x * sp.gamma(x)),
        (sp.sin(r) ** 2 + sp.cos(r) ** 2, 1),
        (sp.diff(sp.exp(-w * x) / w, w), -sp.exp(-w * x) * (x / w + 1 / w**2)),
        (sp.sqrt(r**2), sp.Abs(r)),
        (Fraction(1, 3), sp.Rational(1, 3)),
    ],
)
def test_true_identities_are_proved(left, right):
    finding = Identity("identity", left, right)
    assert finding.verdict is Verdict.PROVED, finding.detail


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (x, y),
        ((x + y) ** 2, x**2 + y**2),
        (sp.sqrt(r**2), r),
        (sp.exp(x), 1 + x + x**2 / 2),
        (sp.erfc(x), sp.erf(x)),
        (sp.Integer(1) / 3, sp.Rational(33333333333333333333, 10**20)),
        (sp.pi, sp.Rational(355, 113)),
    ],
)
def test_false_identities_are_refuted_with_a_witness(left, right):
    finding = Identity("identity", left, right)
    assert finding.verdict is Verdict.REFUTED, finding.detail
    assert all(str(symbol) in finding.detail for symbol in (left - right).free_symbols)


def test_an_identity_beyond_both_is_undecided():
    f = sp.Function("f")
    assert Identity("unknown function", f(x + y), f(x) + f(y)).verdict is Verdict.UNDECIDED


def test_matrices_compare_entry_by_entry():
    left = sp.Matrix([[x, 1], [1, y]]) ** 2
    right = sp.Matrix([[x**2 + 1, x + y], [x + y, 1 + y**2]])
    assert Identity("square", left, right).verdict is Verdict.PROVED
    wrong = Identity("square", left, right + sp.Matrix([[0, 0], [0, 1]]))
    assert wrong.verdict is Verdict.REFUTED
    assert wrong.detail.startswith("pair 3: ")
    with pytest.raises(ValueError, match="as many entries on both sides; got 4 and 2"):
        Identity("square", left, right[0, :])


def test_many_identities_are_as_weak_as_the_weakest():
    f = sp.Function("f")
    assert Identities("all", [(x, x), (x + x, 2 * x)]).verdict is Verdict.PROVED
    assert Identities("all", [(x, x), (f(x), f(y))]).verdict is Verdict.UNDECIDED
    assert Identities("all", [(f(x), f(y)), (x, y)]).verdict is Verdict.REFUTED


def test_identities_hold_exact_numbers_only():
    with pytest.raises(ValueError, match="must be exact and finite"):
        Identity("rounded", x, 1.0 * x)
    with pytest.raises(ValueError, match="must be exact and finite"):
        Identity("infinite", sp.oo, x)
    with pytest.raises(TypeError, match="must be a SymPy expression"):
        Identity("text", "x", x)
    with pytest.raises(ValueError, match="must not be empty"):
        Identities("none", [])


def test_sample_points_respect_assumptions_and_repeat():
    k = sp.Symbol("k", integer=True, negative=True)
    even = sp.Symbol("e", even=True, positive=True)
    points = list(sample_points((x, n, k, even)))
    assert points == list(sample_points((x, n, k, even)))
    assert len(points) >= 3
    for point in points:
        assert point[x] > 0
        assert point[n].is_Integer
        assert point[n] > 0
        assert point[k] < 0
        assert point[even] % 2 == 0


# --- balls ---


@pytest.mark.parametrize(
    ("smaller", "larger", "strict", "verdict"),
    [
        (arb(1, 0.1), arb(2, 0.1), True, Verdict.CERTIFIED),
        (arb(2, 0.1), arb(1, 0.1), True, Verdict.REFUTED),
        (arb(1, 0.6), arb(2, 0.6), True, Verdict.UNDECIDED),
        (arb(1), arb(1), True, Verdict.REFUTED),
        (arb(1), arb(1), False, Verdict.CERTIFIED),
        (arb(1), arb(2), False, Verdict.CERTIFIED),
        (arb(2), arb(1), False, Verdict.REFUTED),
        (arb(1, 0.1), arb(1, 0.1), False, Verdict.UNDECIDED),
        (arb("nan"), arb(1), True, Verdict.UNDECIDED),
        (arb(0, "inf"), arb(1), True, Verdict.UNDECIDED),
    ],
)
def test_ball_inequality(smaller, larger, strict, verdict):
    assert BallInequality("order", smaller, larger, strict=strict).verdict is verdict


def test_ball_inequalities_show_the_tightest_or_the_first_that_fails():
    pairs = [(arb(1), arb(5)), (arb(1), arb(1) + arb("0.5")), (arb(1), arb(3))]
    held = BallInequalities("bounds", pairs)
    assert held.verdict is Verdict.CERTIFIED
    assert "3 instances, tightest 1.0000000 < 1.5000000, margin at least 0.5" in held.detail
    failed = BallInequalities("bounds", [*pairs, (arb(2), arb(1)), (arb(3), arb(1))])
    assert failed.verdict is Verdict.REFUTED
    assert failed.detail.startswith("instance 3: 2.0000000 < 1.0000000 certainly fails")
    with pytest.raises(ValueError, match="`bounds` must not be empty"):
        BallInequalities("bounds", [])


def test_ball_equality_never_supports():
    assert BallEquality("same", arb(1), arb(1)).verdict is Verdict.UNDECIDED
    assert BallEquality("same", arb(1, 0.1), arb(1.05, 0.1)).verdict is Verdict.UNDECIDED
    assert BallEquality("same", arb(1), arb(2)).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("value", "enclosure", "verdict"),
    [
        (1, arb(1, 0.5), Verdict.CERTIFIED),
        (Fraction(1, 3), (0, Fraction(1, 2)), Verdict.CERTIFIED),
        (arb(1, 0.1), (0, 2), Verdict.CERTIFIED),
        (arb(1, 0.1), (1, 2), Verdict.UNDECIDED),
        (arb(3, 0.1), (1, 2), Verdict.REFUTED),
        (arb("nan"), (1, 2), Verdict.UNDECIDED),
        (3, arb(1, "inf"), Verdict.UNDECIDED),
    ],
)
def test_enclosed(value, enclosure, verdict):
    assert Enclosed("inside", value, enclosure).verdict is verdict


def test_enclosed_refuses_ends_out_of_order():
    with pytest.raises(ValueError, match="ends in order"):
        Enclosed("inside", 1, (2, 1))


# --- exact ---


def test_exact_and_counted():
    assert Exact("numbers", [Fraction(1, 3), 2], [sp.Rational(1, 3), 2]).verdict is Verdict.CERTIFIED
    wrong = Exact("numbers", [1, 2], [1, 3])
    assert (wrong.verdict, wrong.detail) == (Verdict.REFUTED, "entry 1: 2 differs from 3")
    with pytest.raises(TypeError, match="got the rounded float"):
        Exact("numbers", 0.5, 0.5)
    assert Counted("spaces", 6, 6).verdict is Verdict.VERIFIED
    assert Counted("spaces", 6, 7).verdict is Verdict.REFUTED
    for bad in (6.0, True, Fraction(1, 2)):
        with pytest.raises((ValueError, TypeError)):
            Counted("spaces", 6, bad)  # type: ignore[arg-type]


# --- agreement ---


def ball(value, digits):
    with flint.ctx.workdps(digits):
        return value()


def number(value, digits):
    with mpmath.workdps(digits):
        return value()


def pi_routes(low=35, high=65):
    return {
        "balls": (ball(arb.pi, low), ball(arb.pi, high)),
        "arctangent": (number(lambda: 4 * mpmath.atan(1), low), number(lambda: 4 * mpmath.atan(1), high)),
    }


def test_routes_that_agree_are_verified():
    finding = Agreement("pi", pi_routes(), (30, 60))
    assert finding.verdict is Verdict.VERIFIED, finding.detail
    assert "3.14159265359" in finding.detail


def test_claiming_more_digits_than_there_are_is_undecided():
    assert Agreement("pi", pi_routes(), (40, 60)).verdict is Verdict.UNDECIDED
    assert Agreement("pi", pi_routes(), (30, 70)).verdict is Verdict.UNDECIDED


def test_agreement_that_does_not_improve_is_undecided():
    # Right to 30 digits at both precisions: agreement at the low one alone does not count.
    stuck = number(lambda: mpmath.pi + mpmath.mpf(10) ** -33, 65)
    routes = pi_routes() | {"stuck": (stuck, stuck)}
    assert Agreement("pi", routes, (30, 60)).verdict is Verdict.UNDECIDED


def test_routes_that_settle_on_different_numbers_are_refuted():
    routes = pi_routes() | {
        "22/7": (number(lambda: mpmath.mpf(22) / 7, 35), number(lambda: mpmath.mpf(22) / 7, 65))
    }
    finding = Agreement("pi", routes, (30, 60))
    assert finding.verdict is Verdict.REFUTED
    assert "certainly differs" in finding.detail


def test_a_route_that_still_moves_refutes_nothing():
    routes = pi_routes() | {"slow": (mpmath.mpf("3.2"), mpmath.mpf("3.15"))}
    assert Agreement("pi", routes, (30, 60)).verdict is Verdict.UNDECIDED


def test_disjoint_balls_are_refuted_even_within_one_route():
    balls = {"one": (arb(1, 1e-9), arb(2, 1e-9)), "two": (arb(1, 1e-9), arb(2, 1e-9))}
    assert Agreement("value", balls, (5, 8)).verdict is Verdict.REFUTED


def test_wide_and_infinite_balls_are_undecided():
    wide = {"one": (arb(1, 0.1), arb(1, 0.1)), "two": (arb(1), arb(1))}
    assert Agreement("value", wide, (5, 8)).verdict is Verdict.UNDECIDED
    infinite = {"one": (arb(1), arb("nan")), "two": (arb(1), arb(1))}
    assert Agreement("value", infinite, (5, 8)).verdict is Verdict.UNDECIDED


def test_zero_needs_a_scale():
    tiny = {"one": (arb(0, 1e-40), arb(0, 1e-80)), "two": (mpmath.mpf(0), mpmath.mpf(0))}
    assert Agreement("zero", tiny, (30, 60)).verdict is Verdict.UNDECIDED
    assert Agreement("zero", tiny, (30, 60), scale=1).verdict is Verdict.VERIFIED
    exact = {"one": (0, 0), "two": (arb(0), arb(0))}
    assert Agreement("zero", exact, (30, 60)).verdict is Verdict.VERIFIED


def test_degenerate_agreements_are_refused():
    for routes in (5, {"one": 3, "two": (1, 2)}, {"one": "12", "two": (1, 2)}):
        with pytest.raises(TypeError, match="`routes` must"):
            Agreement("a", routes, (20, 30))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"`routes` must hold at least two; got \['one'\]"):
        Agreement("value", {"one": (1, 1)}, (5, 8))
    with pytest.raises(ValueError, match="`digits` must be two positive integers"):
        Agreement("value", {"one": (1, 1), "two": (1, 1)}, (8, 5))
    with pytest.raises(ValueError, match="must be finite"):
        Agreement("value", {"one": (mpmath.nan, 1), "two": (1, 1)}, (5, 8))
    with pytest.raises(ValueError, match="`scale` must be positive"):
        Agreement("value", {"one": (1, 1), "two": (1, 1)}, (5, 8), scale=0)
    with pytest.raises(TypeError, match="must be a real number"):
        Agreement("value", {"one": ("1", 1), "two": (1, 1)}, (5, 8))


@given(st.fractions(1, 100), st.integers(5, 20), st.fractions(-10, 10))
def test_an_error_above_the_claims_is_never_verified(value, digits, error):
    # Two routes without balls, each stable, that differ by `error` claims at the high precision.
    claim = max(abs(value), 1) / Fraction(10) ** (2 * digits)
    other = value + error * claim
    routes = {"one": (value, value), "two": (other, other)}
    verdict = Agreement("value", routes, (digits, 2 * digits), scale=max(abs(value), 1)).verdict
    assert (verdict is Verdict.VERIFIED) == (abs(error) <= 2)


# --- experiments and combinations ---


@pytest.mark.parametrize(
    ("claimed", "verdict"), [(0.5, Verdict.OBSERVED), (0.65, Verdict.UNDECIDED), (0.8, Verdict.REFUTED)]
)
def test_experiment(claimed, verdict):
    finding = Experiment("mean", claimed, (0.4, 0.6), (0.3, 0.7), 0.95, 0.9999, 100)
    assert finding.verdict is verdict
    assert "100 samples" in finding.detail


@pytest.mark.parametrize(
    "changes",
    [
        {"claimed": float("nan")},
        {"interval": (0.6, 0.4)},
        {"interval": (0.5, 0.5)},
        {"interval": (0.2, 0.6)},
        {"exclusion_level": 0.9},
        {"exclusion_level": 1.0},
        {"level": 0.0},
        {"samples": 1},
        {"exclusion_interval": (float("-inf"), float("inf"))},
    ],
)
def test_degenerate_experiments_are_refused(changes):
    good = {
        "claimed": 0.5,
        "interval": (0.4, 0.6),
        "exclusion_interval": (0.3, 0.7),
        "level": 0.95,
        "exclusion_level": 0.9999,
        "samples": 100,
    }
    with pytest.raises(ValueError, match="must"):
        Experiment("mean", **(good | changes))


def test_every_is_as_weak_as_its_weakest_part():
    parts = [Exact("a", 1, 1), Counted("b", 2, 2), BallInequality("c", arb(1), arb(2))]
    finding = Every("all", parts)
    assert (finding.verdict, finding.method) == (
        Verdict.VERIFIED,
        "exact arithmetic, enumeration, ball inequality",
    )
    assert finding.detail == "3 instances; weakest: b: expected 2, found 2"
    assert Every("all", parts[:1]).detail == "1 instance; first: a: both are 1"
    with pytest.raises(ValueError, match="`all` must not be empty"):
        Every("all", [])
    assert Evidence([finding, Counted("d", 1, 2)]).verdict is Verdict.REFUTED


# --- exact intervals ---


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(1e-300, 1e300))
def test_the_interval_of_a_ball_is_the_ball(middle, radius):
    ends = interval("ball", arb(middle, radius)).ends
    assert ends[0] <= Fraction(middle) - Fraction(radius) * (1 - Fraction(1, 2**20))
    assert ends[1] >= Fraction(middle) + Fraction(radius) * (1 - Fraction(1, 2**20))
    exact = ball(lambda: arb(middle) / 3, 60)
    low, high = interval("ball", exact).ends
    assert low <= Fraction(middle) / 3 <= high


@given(st.fractions(max_denominator=10**6))
def test_decimal_rounds_to_the_digits_it_shows(value):
    shown = Fraction(decimal(value, 6)) if value else Fraction(0)
    assert abs(shown - value) <= abs(value) / 10**5


def test_numbers_far_from_one():
    tiny = ball(lambda: (-arb(5000)).exp(), 30)
    with mpmath.workdps(30):
        assert decimal(interval("tiny", tiny).middle) == mpmath.nstr(mpmath.exp(-5000), 4, strip_zeros=False)
    with pytest.raises(ValueError, match="binary exponent"):
        interval("tiny", (-arb(10**9)).exp())


@pytest.mark.parametrize(
    "value",
    [-3, Fraction(-7, 3), -2.5, mpmath.mpf("-2.5"), sp.Rational(-7, 3), sp.Float(-2.5), flint.fmpz(-3)],
)
def test_the_interval_of_a_number_is_that_number(value):
    low, high = interval("number", value).ends
    assert low == high == (Fraction(-7, 3) if "/" in str(value) else Fraction(str(float(str(value)))))


# --- what came out as holding and must not ---------------------------------------------------------------------------

X = sp.Symbol("x", positive=True)
NOTHING = (X + 1) ** 2 - X**2 - 2 * X - 1


@pytest.mark.parametrize(
    "identity",
    [
        Identity("nowhere", X / NOTHING, X / NOTHING),
        Identity("nowhere, but for a term", 1 + X / NOTHING, 1 + X / NOTHING),
        Identity("a root of negative numbers", sp.sqrt(-1 - X**2), sp.sqrt(-1 - X**2)),
        Identity("a logarithm of 0", sp.log(NOTHING), sp.log(NOTHING)),
    ],
    ids=lambda identity: identity.name,
)
def test_an_identity_without_a_point_is_undecided(identity):
    assert identity.verdict is Verdict.UNDECIDED


def test_an_identity_with_denominators_that_vanish_at_points_only_is_proved():
    assert Identity("somewhere", (X**2 - 1) / (X - 1), X + 1).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    "rounded", [0.5, np.float64(0.5), Decimal("0.5"), mpmath.mpf("0.5"), sp.Float("0.5")]
)
def test_what_was_rounded_without_a_trace_certifies_nothing(rounded):
    for make in (
        lambda: BallInequality("order", rounded, arb(1)),
        lambda: BallInequality("order", arb(0), rounded),
        lambda: Enclosed("inside", rounded, arb(1, 1)),
        lambda: Enclosed("inside", Fraction(1, 2), (0, rounded)),
        lambda: Exact("equal", [rounded], [Fraction(1, 2)]),
    ):
        with pytest.raises(TypeError, match="must be a ball or an exact number; got the rounded"):
            make()


def test_a_route_does_not_agree_with_itself():
    low, high = mpmath.mpf("0.1"), mpmath.mpf("0.1") + mpmath.mpf("1e-12")
    assert Agreement("a copy", {"one": (low, high), "two": (low, high)}, (5, 8)).verdict is Verdict.UNDECIDED
    third = arb(1) / 3
    assert (
        Agreement("a ball", {"one": (third, third), "two": (third, third)}, (5, 8)).verdict
        is Verdict.UNDECIDED
    )


@pytest.mark.parametrize("digits", [(1, 2), (2, 8), (5, 6)])
def test_precisions_that_show_nothing_are_refused(digits):
    with pytest.raises(ValueError, match="`digits` must be two positive integers, at least 3"):
        Agreement("value", {"one": (1, 1), "two": (1, 1)}, digits)


def test_a_scale_does_not_hide_the_values():
    routes = {"one": (Fraction(1), Fraction(1)), "two": (Fraction(2), Fraction(2))}
    assert Agreement("value", routes, (5, 8), scale=10**12).verdict is Verdict.UNDECIDED


def test_kinds_of_findings_are_made_here_only():
    with pytest.raises(TypeError, match="a kind of finding must be defined in"):

        class Mine(Finding):
            verdict = Verdict.PROVED
            method = detail = "trust me"

    class Likeness:
        name, verdict, method, detail, about, held = "mine", 5, "trust me", "none", "claim", 1

    with pytest.raises(TypeError, match="`findings` must hold findings of"):
        Evidence([Likeness()])
    with pytest.raises(TypeError, match="must hold findings of"):
        Every("parts", [Likeness()])


def test_an_iterator_of_findings_is_kept():
    evidence = Evidence(Exact("equal", k, k) for k in range(3))
    assert [evidence.verdict, evidence.verdict] == [Verdict.CERTIFIED] * 2
    assert len(evidence.findings) == 3


def test_claim_and_code_are_apart():
    proved, close = Identity("all", X + X, 2 * X), Exact("code", [1, 2], [1, 2], about="code")
    evidence = Evidence([proved, close], instances=2)
    assert (evidence.verdict, evidence.code_verdict) == (Verdict.PROVED, Verdict.CERTIFIED)
    assert evidence.scope.kind == "all"
    wrong = Evidence([proved, Exact("code", 1, 2, about="code")])
    assert (wrong.verdict, wrong.code_verdict, wrong.weakest) == (
        Verdict.PROVED,
        Verdict.REFUTED,
        Verdict.REFUTED,
    )
    assert Evidence([close]).verdict is Verdict.UNDECIDED
    with pytest.raises(ValueError, match="about the claim or about the code; got both"):
        Every("mixed", [Exact("one", 1, 1), close])
    assert Every("code", [close, about_code(Exact("one", 1, 1))]).about == "code"
    with pytest.raises(ValueError, match="`about` must be"):
        Exact("x", 1, 1, about="the weather")


def test_the_scope_is_the_narrowest_of_the_claim():
    everywhere, somewhere = Identity("all", X + X, 2 * X), Exact("three", [1, 2, 3], [1, 2, 3])
    assert Evidence([everywhere, somewhere], instances=3).scope.to_dict() == {
        "kind": "instances",
        "number": 3,
    }
    assert somewhere.scope.text == "3 instances"
    assert Scope("region", box=(("T", "1", "50"),)).to_dict() == {"kind": "region", "box": {"T": ["1", "50"]}}
    for kind, number, box in (("instances", 0, ()), ("region", None, ()), ("all", None, (("T", "1", "2"),))):
        with pytest.raises(ValueError, match=r"`number` must|`box` must"):
            Scope(kind, number, box)


def test_what_is_missing_is_counted():
    assert Came("events", 3, 3).verdict is Verdict.CERTIFIED
    assert Came("events", 2, 3).verdict is Verdict.UNDECIDED
    assert Came("events", 0, 3).verdict is Verdict.REFUTED


def test_the_scale_of_verdicts():
    assert [verdict.value for verdict in Verdict] == [0, 1, 2, 3, 4, 5]
    assert [v.name for v in sorted(Verdict)] == [
        "REFUTED", "UNDECIDED", "OBSERVED", "VERIFIED", "CERTIFIED", "PROVED",
    ]  # fmt: skip
    assert weakest(()) is Verdict.UNDECIDED
    assert finished(Verdict.PROVED, trustworthy=False) is Verdict.UNDECIDED
    assert finished(Verdict.REFUTED, trustworthy=False) is Verdict.REFUTED


# --- letters that do not commute ---


def test_identities_between_matrices_of_any_size():
    K, L = sp.symbols("K L", commutative=False)
    n = sp.Symbol("n", integer=True, positive=True)
    assert Identity("powers", (L - K) * K**n, L * K**n - K ** (n + 1)).verdict is Verdict.PROVED
    assert Identity("square", (K + L) ** 2, K**2 + K * L + L * K + L**2).verdict is Verdict.PROVED
    # Numbers commute, matrices need not: no number refutes it, and nothing proves it.
    assert Identity("commute", K * L, L * K).verdict is Verdict.UNDECIDED
    assert Identity("square", (K + L) ** 2, K**2 + 2 * K * L + L**2).verdict is Verdict.UNDECIDED
    assert Identity("inverse", K**-1 * L * K, L).verdict is Verdict.UNDECIDED
    assert Identity("apart", K * L * K, K**2 * L).verdict is Verdict.UNDECIDED
    refuted = Identity("powers", (L - K) * K**n, L * K**n - K**n)
    assert refuted.verdict is Verdict.REFUTED


def test_the_scale_of_verdicts_has_six_places_in_order() -> None:
    # An UNDECIDED of value 0 would be another name of REFUTED: undecided controls would count as refuted.
    names = ["REFUTED", "UNDECIDED", "OBSERVED", "VERIFIED", "CERTIFIED", "PROVED"]
    assert [verdict.name for verdict in sorted(Verdict)] == names
    assert len({int(verdict) for verdict in Verdict.__members__.values()}) == len(names)
