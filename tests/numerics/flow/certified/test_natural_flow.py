"""Natural gradient flows with proof: a closed form, what other programs find, and what breaks the proof."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb, arb_mat, ctx
from mpmath import mp

import memcurse as mc
from memcurse.numerics.arithmetic.balls import ball_precision, to_mpf
from memcurse.numerics.flow.certified import enclosed_flow, natural_system
from memcurse.numerics.flow.certified.natural_system import NaturalSystem
from memcurse.numerics.flow.certified.natural_tube import enclose_natural_step
from memcurse.numerics.flow.certified.path import Path, collocate
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.numerics.flow.certified.tube import Tube
from memcurse.numerics.flow.fields.natural import gram_along, gram_bending, gram_matrix
from memcurse.numerics.time_limit import TimeLimitError
from memcurse.theory.plateau.delayed_part import example_target

SPLIT = (["0.475", "0.525"], ["1.05", "0.95"])
PERCENT = mc.LossDrop(fraction="0.01")
EXPONENTIAL = mc.Objective(mc.ExponentialSum(["2"], ["1"]))


def certified(J: mc.Objective, start: Any, stop: Any, **options: Any) -> CertifiedRun:
    run = mc.gradient_flow(J, *start, stop, metric="natural", certify=True, **options)
    assert isinstance(run, CertifiedRun)
    return run


def distance_from(run: CertifiedRun, time: Any) -> float:
    """How far a time is outside the enclosure; 0 within it."""
    assert run.enclosure is not None
    with mp.workdps(60):
        apart = abs(to_mpf(run.enclosure) - mpmath.mpf(time)) - to_mpf(run.enclosure.rad())
        return float(max(apart, mpmath.mpf(0)))


def test_a_flow_in_closed_form() -> None:
    """At the target's rate only the amplitude moves, by ``a' = -(a - 2)``: half the loss is gone at ``ln(2)/2``."""
    run = certified(EXPONENTIAL, (["1/3"], ["1"]), mc.LossDrop(fraction="1/2"))
    assert run.status == "reached"
    with mp.workdps(50):
        assert distance_from(run, mpmath.log(2) / 2) == 0.0
    assert run.round_off < 1e-15
    assert certified(EXPONENTIAL, (["1/3"], ["1"]), mc.Displacement("5/3"), until="5").status == "until"


def test_a_taylor_integrator_that_shares_nothing_agrees_on_damping() -> None:
    """One unit, ``2 (G + damping I)`` and the gradient written out."""
    damping, fraction = mpmath.mpf(1) / 10, mpmath.mpf(3) / 4
    with mp.workdps(25):

        def gradient(a: Any, w: Any) -> tuple[Any, Any]:
            return a / w - 4 / (1 + w), -(a**2) / (2 * w**2) + 4 * a / (1 + w) ** 2

        def loss(a: Any, w: Any) -> Any:
            return a**2 / (2 * w) - 4 * a / (1 + w) + 2

        def slope(_: Any, y: Any) -> list[Any]:
            a, w = y
            G = mpmath.matrix([[1 / (2 * w), -a / (4 * w**2)], [-a / (4 * w**2), a**2 / (4 * w**3)]])
            return list(-mpmath.lu_solve(2 * (G + damping * mpmath.eye(2)), mpmath.matrix(gradient(a, w))))

        start = [mpmath.mpf(1) / 3, mpmath.mpf(3) / 2]
        flow = mpmath.odefun(slope, 0, start)
        goal = (1 - fraction) * loss(*start)
        time = mpmath.findroot(lambda t: loss(*flow(t)) - goal, 1)
    run = certified(EXPONENTIAL, (["1/3"], ["3/2"]), mc.LossDrop(fraction="3/4"), damping="1/10")
    assert distance_from(run, time) < 1e-16


@pytest.mark.slow
@pytest.mark.parametrize(("T", "damping"), [(12, "0"), (9, "1/100")])
def test_the_engine_finds_a_time_in_the_enclosure(T: int, damping: str) -> None:
    J = mc.Objective(example_target(T))
    run = certified(J, SPLIT, PERCENT, damping=damping)
    other = mc.gradient_flow(J, *SPLIT, PERCENT, metric="natural", damping=damping, rtol=1e-8)
    assert run.status == other.status == "reached"
    assert distance_from(run, other.event_time) < 1e-7 * float(other.event_time)
    assert run.round_off < 1e-8


def test_the_metric_turns_as_its_bending_says() -> None:
    """``K + K^T - dM/dt = 2 (H + B)``, the derivative along a direction by differences of higher precision."""
    rng = np.random.default_rng(3)
    a, w, u = rng.normal(size=3), rng.uniform(0.5, 2.0, 3), rng.normal(size=6)
    turned = gram_along("continuous", a, w, u)
    step = 1e-5
    ends = [gram_matrix("continuous", a + s * step * u[:3], w + s * step * u[3:]) for s in (1, -1)]
    moved = (ends[0] - ends[1]) / (2 * step)
    bent = gram_bending("continuous", a, w, u)
    assert turned + turned.T - moved == pytest.approx(2 * bent, abs=1e-8)
    assert np.abs(bent).max() > 0.1


def first_step(damping: str = "0") -> tuple[NaturalSystem, Path, list[arb]]:
    system = NaturalSystem(mc.Objective(example_target(6)), 2, sp.Rational(damping))
    start = [arb(x) / 40 for x in (19, 21, 60, 30)]
    start = [x.mid() for x in start]
    path = collocate(system, arb(0), start, arb(1) / 512, 40, 1e-24)
    assert path is not None
    return system, path, start


@pytest.mark.parametrize("column", range(4))
def test_a_tube_reaches_from_a_spoilt_path_to_the_true_flow(column: int) -> None:
    with ball_precision(160):
        system, path, start = first_step()
        coefficients = arb_mat(path.coefficients)
        size = arb("1e-18")
        # T_3 + 1 is 0 at the start of the step, and 2 at its end.
        coefficients[3, column] += size
        coefficients[0, column] += size
        spoilt = Path(path.begin, path.length, coefficients.mid())
        good, bad = (enclose_natural_step(system, x, start, arb(0)) for x in (path, spoilt))
        assert isinstance(good, Tube)
        assert isinstance(bad, Tube)
        assert good.radius < arb("1e-25")
        assert 2 * size < bad.radius + good.radius
        assert bad.radius < arb("1e-12")


def test_a_gap_at_the_start_is_carried_along_in_the_metric() -> None:
    with ball_precision(160):
        system, path, start = first_step()
        gap = arb("1e-18")
        moved = [start[0] + gap, *start[1:]]
        other = collocate(system, arb(0), [x.mid() for x in moved], arb(1) / 512, 40, 1e-24)
        tube = enclose_natural_step(system, path, start, system.distance(start, gap))
        assert other is not None
        assert isinstance(tube, Tube)
        apart = [x - y for x, y in zip(path.point(arb(1)), other.point(arb(1)), strict=True)]
        length = sum((x**2 for x in apart), arb(0)).sqrt()
        assert length < tube.radius + arb("1e-25")
        M = system.metric(path.point(arb(1)))
        inside = sum((M[i, j] * apart[i] * apart[j] for i in range(4) for j in range(4)), arb(0)).sqrt()
        assert inside < tube.distance + arb("1e-25")
        assert tube.distance < 100 * inside


def test_starts_in_a_box() -> None:
    box = ([arb("0.3333", "1e-9")], [arb("1", "1e-9")])
    run = certified(EXPONENTIAL, box, mc.LossDrop(fraction="1/2"))
    assert run.status == "reached"
    for a, w in (("0.3333", "1"), ("0.333300001", "0.999999999"), ("0.333299999", "1.000000001")):
        inner = certified(EXPONENTIAL, ([a], [w]), mc.LossDrop(fraction="1/2"))
        assert distance_from(run, inner.event_time) == 0.0


def test_an_event_that_never_comes_is_proved_not_to_come() -> None:
    run = certified(EXPONENTIAL, (["1.9"], ["1.01"]), mc.Displacement("1"))
    assert run.status == "unreachable"
    assert run.limit is not None
    assert np.hypot(float(run.a[-1, 0]) - 2.0, float(run.w[-1, 0]) - 1.0) <= float(run.limit)


def _other_metric(monkeypatch: pytest.MonkeyPatch, change: float) -> None:
    plain = natural_system.gram_matrix

    def moved(time: Any, a: Any, w: Any) -> Any:
        G = plain(time, a, w)
        G[0, 0] = G[0, 0] * arb(1 + change)
        return G

    monkeypatch.setattr(natural_system, "gram_matrix", moved)


def test_a_metric_off_by_a_millionth_of_a_millionth_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    right = certified(EXPONENTIAL, (["1/3"], ["1"]), mc.LossDrop(fraction="1/2"))
    _other_metric(monkeypatch, 2.0**-40)
    wrong = certified(EXPONENTIAL, (["1/3"], ["1"]), mc.LossDrop(fraction="1/2"))
    assert wrong.enclosure is not None
    assert right.enclosure is not None
    assert not wrong.enclosure.overlaps(right.enclosure)


def test_a_bending_of_the_wrong_sign_changes_the_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    with ball_precision(160):
        system, path, start = first_step()
        right = enclose_natural_step(system, path, start, arb(0))
        monkeypatch.setattr(natural_system, "gram_bending", lambda *arguments: -3 * gram_bending(*arguments))
        wrong = enclose_natural_step(system, path, start, arb(0))
    assert isinstance(right, Tube)
    assert isinstance(wrong, Tube)
    assert not right.growth.overlaps(wrong.growth)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ((["7/10", "3/10"], ["1", "1"]), "distinct rates and no amplitude of 0"),
        ((["0", "1"], ["1", "2"]), "distinct rates and no amplitude of 0"),
    ],
)
def test_a_singular_metric_is_refused(start: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        certified(mc.Objective(example_target(8)), start, PERCENT)
    assert ctx.prec < 100


def test_a_proof_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was proved so far is kept, and said; here the time is over before the second try of a step."""
    J, start = mc.Objective(mc.ExponentialSum(["1"], ["1"])), (["0.3"], ["2"])
    stop = mc.LossDrop(fraction="0.9")
    whole = mc.gradient_flow(J, *start, stop=stop, certify=True, rtol=1e-4)
    calls: list[int] = []

    def over() -> None:
        calls.append(1)
        if len(calls) > 1:
            raise TimeLimitError("over")

    monkeypatch.setattr(enclosed_flow, "check_time", over)
    run = mc.gradient_flow(J, *start, stop=stop, certify=True, rtol=1e-4, time_limit=1000)
    assert (run.status, run.event_time) == ("budget", None)
    assert "`time_limit` is over; proved are" in run.reason
    assert run.t[-1] < whole.event_time
    with pytest.raises(ValueError, match="`time_limit` must be None without `certify`; got 3"):
        mc.gradient_flow(J, *start, stop=stop, time_limit=3)
    with pytest.raises(ValueError, match="`time_limit` must be positive"):
        mc.gradient_flow(J, *start, stop=stop, certify=True, time_limit=-1)
    with pytest.raises(TimeLimitError, match="`time_limit` must be longer for a proof"):
        mc.gradient_flow(J, *start, stop=stop, certify=True, time_limit="1e-9")
