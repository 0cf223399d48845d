"""Terms needed and terms enough in the maximum norm: published errors, both sides broken on purpose, other kernels."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import sympy as sp
from flint import arb

import memcurse as mc
from memcurse.numerics.approximation.sup import least_error
from memcurse.numerics.approximation.sup import width as module
from memcurse.numerics.approximation.sup.kernel import Difference, interval_kernel
from memcurse.numerics.approximation.sup.proof import lower_bound
from memcurse.numerics.approximation.sup.signs import sign_bounds
from memcurse.numerics.arithmetic.balls import ball_precision, from_mpf
from memcurse.numerics.time_limit import TimeLimitError

from .test_best_fit import TABLE

CASES = [(end, 10.0**-k) for end in (2, 10, 100, 10**4) for k in (1, 2, 3, 4)]


@pytest.mark.parametrize(("end", "error"), [*CASES, (10, 1e-8), (1000, 2.33e-5)])
def test_needed_and_enough_are_what_the_published_errors_say(end: int, error: float) -> None:
    published = [float(x) for x in TABLE[end].split()]
    least = next(m for m, x in enumerate(published, 1) if x <= error)
    exact = f"{error:.5g}"
    width = mc.certified_width("1/t", exact, "sup", interval=(1, end))
    assert (width.needed, width.m, width.met) == (least, least, True)
    assert float(width.error_enclosure) == pytest.approx(published[least - 1], rel=6e-4)
    assert width.message.endswith("fewer are not, proved")


def test_an_error_between_two_neighbours_tells_them_apart() -> None:
    """A little above and below the least error of four terms: a decision to five digits."""
    with_room = mc.certified_width("1/t", "5.5770e-5", "sup", interval=(1, 10))
    without = mc.certified_width("1/t", "5.5769e-5", "sup", interval=(1, 10))
    assert (with_room.needed, with_room.m) == (4, 4)
    assert (without.needed, without.m) == (5, 5)


def test_the_sum_is_as_near_as_it_says() -> None:
    width = mc.certified_width("exp(-sqrt(t))", "1/100", "sup")
    times = np.concatenate([[0.0], np.geomspace(1e-9, 1e4, 20_000)])
    apart = np.abs(np.exp(-np.sqrt(times)) - width(times)).max()
    assert apart == pytest.approx(float(width.error_enclosure), rel=1e-4)
    assert width.error_enclosure <= arb("0.01")
    assert mc.least_width("exp(-sqrt(t))", "1/100", "sup") == width.needed == width.m
    assert pickle.loads(pickle.dumps(width.w)) == width.w
    assert width.to_dict()["needed"] == width.needed


def test_a_budget_that_is_too_small_says_what_is_needed() -> None:
    width = mc.certified_width("1/t", "1e-6", "sup", interval=(1, 10), budget=4)
    assert (width.met, width.m, width.needed) == (False, 4, 5)
    assert "5 terms are needed, proved" in width.message


def test_a_limit_of_time_ends_with_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    compared, tried = least_error.compared, []

    def limited(kernel: object, m: int, error: object) -> object:
        if tried:
            raise TimeLimitError("over")
        tried.append(m)
        return compared(kernel, m, error)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "compared", limited)
    lines: list[str] = []
    width = mc.certified_width("1/t", "1e-4", "sup", interval=(1, 10), time_limit=1000, progress=lines.append)
    assert (width.met, width.needed, width.m) == (False, 2, 1)
    assert width.message.endswith("; the time is over")
    assert lines == ["1 term: too few"]
    with pytest.raises(TimeLimitError, match="at least 0 terms are needed, proved") as caught:
        mc.certified_width("1/t", "3/2", "sup", interval=(1, 10), time_limit=1000)
    assert caught.value.best == 0


# --- the proof broken on purpose ------------------------------------------------------------------------------------


def _at_zeros_and_extrema(m: int) -> tuple[Difference, list[arb]]:
    fit = mc.best_fit("1/t", m, norm="sup", digits=20, interval=(1, 10))
    a, w = (tuple(from_mpf(x) for x in xs) for xs in (fit.a, fit.w))
    e = Difference(interval_kernel("1/t", (1, 10)), a, w)
    return e, [from_mpf(x) for x in fit.alternation]


def test_the_bound_needs_one_time_more_than_the_terms_have_zeros() -> None:
    """2m times are 2m - 1 changes of sign, as many as 2m terms may have: with one term more there is no bound."""
    with ball_precision(128):
        e, times = _at_zeros_and_extrema(2)
        assert lower_bound(e, times) is not None
        assert lower_bound(e, times[:-1]) is None
        assert lower_bound(e, times, 3) is None
        # Fewer times speak of fewer terms.
        assert lower_bound(e, times[:-1], 1) is not None


def test_a_bound_decides_on_its_own_side_only() -> None:
    trial = least_error.Trial(1, arb(1), arb(3), None)
    assert [trial.too_few(sp.Integer(x)) for x in (0, 1, 2)] == [True, False, False]
    assert [trial.enough(sp.Integer(x)) for x in (2, 3, 4)] == [False, True, True]


def test_no_lower_bound_is_above_an_error_that_is_reached() -> None:
    """Were the count of zeros one too few, two terms would be refuted where they are enough."""
    with ball_precision(128):
        e, times = _at_zeros_and_extrema(1)
        bound = lower_bound(e, times)
        two = mc.best_fit("1/t", 2, norm="sup", digits=20, interval=(1, 10)).error_enclosure
        assert bound is not None
        assert bound > two
        # The alternation of one term at three times, taken for one of two terms, would say the false.
        assert lower_bound(e, times, 2) is None


def test_a_change_of_sign_is_one_term_and_not_two() -> None:
    """exp(-t) is within 1/10 of exp(-t) - 1/10, which changes its sign once: a count one too low would refute that."""
    with ball_precision(128):
        found = [float(x) for x in sign_bounds(interval_kernel("exp(-t) - 1/10", (0, 5)))]
    assert found == pytest.approx([0.9, 0.1 - math.exp(-5)])


# --- kernels that are not completely monotone -----------------------------------------------------------------------


def test_a_kernel_that_changes_its_sign_needs_as_many_terms() -> None:
    """cos(3 t) exp(-t/10) has the size 1/2 with alternating signs ten times on [0, 10]: nine terms are too few."""
    kernel = mc.parse_target("exp(-t/10)*cos(3*t)")
    peaks = [math.exp(-math.pi * k / 30) for k in range(10)]
    for error in ("0.5", "0.8"):
        count = sum(1 for x in peaks if x > float(error))
        assert mc.least_width(kernel, error, "sup", interval=(0, 10)) == count


def test_a_bump_has_a_lower_side_only() -> None:
    with pytest.raises(ArithmeticError, match="at least 6 terms are needed, proved") as caught:
        mc.certified_width("exp(-(t-10)^2/2)", "1/10", "sup", interval=(0, 20))
    assert caught.value.needed == 6  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(caught.value)).needed == 6  # type: ignore[attr-defined]


def test_an_exponential_sum_is_reached_by_its_own_terms() -> None:
    two = mc.ExponentialSum(["1", "1/3"], ["1", "3"])
    width = mc.certified_width(two, "1/1000", "sup")
    assert (width.needed, width.m, width.met, width.method) == (2, 2, True, "the target's own terms")
    mixed = mc.ExponentialSum(["1", "-1/3"], ["1", "3"])
    width = mc.certified_width(mixed, "1/1000", "sup", interval=(0, 5))
    assert (width.needed, width.m, width.met) == (2, 2, True)
    # 1/3 is rounded, and the ball says by how much.
    assert 0 < float(width.error_enclosure.upper()) < 1e-30


def test_zero_terms_may_do() -> None:
    assert mc.least_width("1/t", 1, "sup", interval=(1, 2)) == 0
    assert mc.least_width("1/t", "999/1000", "sup", interval=(1, 2)) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"norm": "l1", "interval": (1, 2)}, "`interval` must be None unless norm = 'sup'"),
        ({"norm": "l2", "time_limit": 5}, "`time_limit` must be None unless norm = 'sup'"),
        ({"norm": "sup", "measure": 1}, "`measure` must be None for the norm 'sup'"),
        ({"norm": "sup", "interval": (2, 1)}, "`interval` must end after it starts"),
        ({"norm": "sup", "budget": 0}, "`budget` must be between 1 and"),
    ],
)
def test_bad_input_is_refused_by_name(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mc.certified_width("exp(-sqrt(t))", "1/10", **given)  # type: ignore[call-overload]


def test_least_width_knows_its_interval() -> None:
    with pytest.raises(ValueError, match="`interval` must be None unless norm = 'sup'"):
        mc.least_width("exp(-t)", "1/10", "l2", interval=(1, 2))
