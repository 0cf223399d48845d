"""Certified flows: enclosures that hold what other programs find, statuses that are proved, and what breaks them."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, ctx
from mpmath import mp

import memcurse as mc
from memcurse.numerics.arithmetic.balls import to_mpf
from memcurse.numerics.flow.certified import enclosed_flow, tube
from memcurse.numerics.flow.certified.gradient_system import GradientSystem
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.theory.plateau.delayed_part import example_target

PLATEAU = (["7/10", "3/10"], ["1", "1"])
SPLIT = (["0.475", "0.525"], ["1.05", "0.95"])
DROP = mc.LossDrop("0.01")
EXPONENTIAL = mc.Objective(mc.ExponentialSum(["1"], ["1"]))


def objective(T: int) -> mc.Objective:
    return mc.Objective(example_target(T))


def certified(*arguments: Any, **options: Any) -> CertifiedRun:
    run = mc.gradient_flow(*arguments, certify=True, **options)
    assert isinstance(run, CertifiedRun)
    return run


def holds(run: CertifiedRun, time: str | Any, rtol: float = 0.0) -> bool:
    """Whether the enclosure meets the time with its relative error."""
    assert run.enclosure is not None
    with mp.workdps(60):
        middle, radius = to_mpf(run.enclosure), to_mpf(run.enclosure.rad())
        return bool(abs(middle - mpmath.mpf(time)) <= radius + rtol * abs(middle))


@pytest.mark.parametrize(("T", "time"), [(8, "29.45236917495845879430"), (10, "585.51780791052765250")])
def test_enclosures_of_another_program_are_met(T: int, time: str) -> None:
    # Prototype of the author, at 200 bits: [..430, ..477] and [..248, ..257].
    run = certified(objective(T), *PLATEAU, stop=DROP)
    assert run.status == "reached"
    assert holds(run, time, 1e-19)
    assert run.round_off < 1e-10
    assert run.tube is not None
    assert run.tube.shape == (run.steps,)
    assert np.all(np.diff(run.tube) >= 0)


@pytest.mark.parametrize("T", [8, 12])
@pytest.mark.parametrize("stop", [DROP, mc.Displacement("0.1"), mc.LossDrop(fraction="0.02")])
def test_the_engine_finds_a_time_in_the_enclosure(T: int, stop: Any) -> None:
    run = certified(objective(T), *SPLIT, stop=stop)
    other = mc.gradient_flow(objective(T), *SPLIT, stop=stop, rtol=1e-11)
    assert run.status == other.status == "reached"
    assert holds(run, other.event_time, 1e-9)
    assert run.round_off < 1e-8


def test_a_taylor_integrator_that_shares_nothing_agrees() -> None:
    # J = a^2/(2w) - 2a/(w + 1) + 1/2, written out by hand, by mpmath's Taylor series.
    with mp.workdps(30):

        def slope(_: Any, y: Any) -> list[Any]:
            a, w = y
            return [-(a / w - 2 / (w + 1)), a**2 / (2 * w**2) - 2 * a / (w + 1) ** 2]

        path = mpmath.odefun(slope, 0, [mpmath.mpf(1) / 2, mpmath.mpf(2)], tol=mpmath.mpf(10) ** -22)

        def loss(time: Any) -> Any:
            a, w = path(time)
            return a**2 / (2 * w) - 2 * a / (w + 1) + mpmath.mpf(1) / 2

        wanted = loss(0) / 10
        time = mpmath.findroot(lambda x: loss(x) - wanted, (5, 5.2), solver="secant", tol=1e-40)
    run = certified(EXPONENTIAL, ["1/2"], ["2"], stop=mc.LossDrop(fraction="9/10"), rtol=1e-14)
    assert holds(run, time, 1e-17)


@pytest.mark.parametrize(
    ("start", "stop", "time"),
    [
        ((["-7/2"], ["1"]), mc.Displacement("5.015"), "10.51282680661"),
        ((["0"], ["2"]), mc.LossDrop(fraction="0.9"), "3.13008603"),
    ],
)
def test_events_inside_a_step_and_starts_at_zero(start: Any, stop: Any, time: str) -> None:
    assert holds(certified(EXPONENTIAL, *start, stop=stop), time, 1e-9)


def test_an_event_that_never_comes_is_proved_not_to_come() -> None:
    # The distance peaks at 5.01509377; the flow then settles at the one minimum.
    run = certified(EXPONENTIAL, ["-7/2"], ["1"], stop=mc.Displacement("5.0151"))
    assert (run.status, run.enclosure, run.event_time) == ("unreachable", None, None)
    assert run.limit is not None
    assert run.limit < 1e-2
    np.testing.assert_allclose([run.a[-1, 0], run.w[-1, 0]], 1.0, atol=float(run.limit))
    tight = mc.LossDrop("0.49999")
    missed = certified(mc.Objective(example_target(8)), ["1/2"], ["2"], stop=mc.Displacement("9"))
    assert missed.status == "unreachable"
    assert certified(EXPONENTIAL, ["0"], ["2"], stop=tight).status == "reached"


def test_a_time_limit_comes_first() -> None:
    J = objective(8)
    assert certified(J, *PLATEAU, stop=DROP, until="29.4523691749").status == "until"
    assert certified(J, *PLATEAU, stop=DROP, until="29.4523691751").status == "reached"
    assert certified(J, *PLATEAU, stop=DROP, max_steps=3).status == "budget"


def test_a_box_of_starts() -> None:
    J, radius = objective(8), Fraction(1, 10**6)
    ctx_before = ctx.prec
    box = [arb("0.7", float(radius)), arb("0.3", float(radius))]
    run = certified(J, box, ["1", "1"], stop=DROP)
    assert run.status == "reached"
    for da, db in ((1, 1), (-1, 1), (1, -1)):
        inside = [Fraction(7, 10) + da * radius, Fraction(3, 10) + db * radius]
        other = mc.gradient_flow(J, inside, ["1", "1"], stop=DROP, rtol=1e-10)
        assert holds(run, other.event_time, 1e-9)
    assert run.round_off > 1e-7
    assert ctx.prec == ctx_before


def test_a_box_that_is_too_wide_is_undecided_and_says_so() -> None:
    run = certified(objective(8), [arb("0.7", 0.1), arb("0.3", 0.1)], ["1", "1"], stop=DROP)
    assert run.status == "undecided"
    assert "the starts lie within 0.14" in run.reason
    assert "at time" in run.reason


def test_the_path_is_near_the_engines() -> None:
    J = objective(10)
    run = certified(J, *PLATEAU, stop=DROP)
    other = mc.gradient_flow(J, *PLATEAU, stop=DROP, rtol=1e-11)
    times = np.array([[0.0, 1.0], [100.0, 585.0]])
    for mine, theirs in zip(run.at(times), other.at(times), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
    with pytest.raises(ValueError, match="`times`"):
        run.at(600.0)
    assert run.proof is not None
    earlier = run.proof.time_of(mc.LossDrop("0.005"))
    assert earlier is not None
    assert float(earlier) == pytest.approx(
        mc.gradient_flow(J, *PLATEAU, stop=mc.LossDrop("0.005")).event_time
    )
    assert run.proof.time_of(mc.LossDrop("0.5")) is None
    losses = run.proof.losses()
    assert len(losses) == run.steps + 1
    assert all(after < before for before, after in itertools.pairwise(losses))
    assert losses[0] - losses[-2] < arb("0.01") < losses[0] - losses[-1]


def _other_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(plain: Any) -> Any:
        def parts(self: GradientSystem, theta: Any, order: int = 2) -> Any:
            found = plain(self, theta, order)
            if order:
                found.gradient[0] += arb("2e-12")
            return found

        return parts

    for name in ("parts", "parts_along"):
        monkeypatch.setattr(GradientSystem, name, moved(getattr(GradientSystem, name)))


def _other_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tube._growth
    monkeypatch.setattr(tube, "_growth", lambda hessians, *rest: plain([-1 * H for H in hessians], *rest))


def test_a_moment_off_by_a_millionth_of_a_millionth_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    _other_moment(monkeypatch)
    run = certified(objective(10), *PLATEAU, stop=DROP)
    assert run.status == "undecided" or not holds(run, "585.51780791052765250", 1e-19)


def test_the_wrong_sign_of_the_hessian_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    _other_sign(monkeypatch)
    monkeypatch.setattr(enclosed_flow, "MOST_DIGITS", 50)
    # Stiff directions then blow the tube up.
    assert certified(objective(12), *PLATEAU, stop=DROP).status == "undecided"


def test_more_digits_are_taken_where_the_tube_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    run = certified(objective(14), *PLATEAU, stop=mc.Displacement("0.1"), rtol=1e-20)
    assert run.digits > enclosed_flow.FIRST_DIGITS
    assert run.round_off < 1e-20
    monkeypatch.setattr(enclosed_flow, "MOST_DIGITS", 30)
    assert certified(objective(16), *PLATEAU, stop=DROP).status == "undecided"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": mc.Reparametrised("exp")}, "`metric` must be 'euclidean' or 'natural' with `certify`"),
        ({"method": "radau"}, "`method` must be 'auto' with `certify`"),
        ({"rtol": 1}, "`rtol`"),
        ({"until": 0}, "`until`"),
        ({"digits": 3}, "`digits`"),
        ({"stop": mc.LossDrop("5")}, "`stop`"),
    ],
)
def test_bad_input(change: dict[str, Any], message: str) -> None:
    options: dict[str, Any] = {"stop": DROP, **change}
    with pytest.raises((TypeError, ValueError), match=message):
        mc.gradient_flow(objective(8), *PLATEAU, certify=True, **options)


def test_a_critical_start_is_refused() -> None:
    with pytest.raises(ValueError, match="critical point"):
        mc.gradient_flow(EXPONENTIAL, ["1"], ["1"], stop=mc.Displacement("1"), certify=True)


@pytest.mark.slow
@pytest.mark.parametrize(("T", "m"), [(16, 2), (18, 2), (10, 3), (8, 10)])
def test_longer_memory_and_larger_width(T: int, m: int) -> None:
    a = [Fraction(1, m) + Fraction(2, 5 * m) * (1 - Fraction(2 * k, m - 1)) for k in range(m)]
    run = certified(objective(T), a, [1] * m, stop=DROP)
    other = mc.gradient_flow(objective(T), a, [1] * m, stop=DROP, rtol=1e-10)
    assert run.status == "reached"
    assert run.round_off < 1e-10
    assert holds(run, other.event_time, 1e-8)
