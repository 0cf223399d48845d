"""Plateaus of losses that are known, and Kaplan and Meier's estimate by hand."""

from __future__ import annotations

import numpy as np
import pytest

from memcurse.numerics.networks.training.plateaus import longest_plateau, survival
from memcurse.numerics.networks.training.steps import marks


def recorded(loss: object, end: int) -> tuple[np.ndarray, np.ndarray]:
    at, _ = marks(0, end)
    return at, np.array([loss(n) for n in at])  # type: ignore[operator]


def test_two_stages() -> None:
    """``e^{-n/10} + .5 e^{-(n/4000)^4}``: flat between the two, and left."""
    at, loss = recorded(lambda n: np.exp(-n / 10) + 0.5 * np.exp(-((n / 4000) ** 4)), 20_000)
    plateau = longest_plateau(at, loss)
    assert plateau is not None
    assert plateau.left
    # Of all pairs of records after the first fall by 30 %: the largest ratio of steps with a fall by less than 30 %.
    pairs = [
        (at[j] / at[i], at[i], at[j])
        for i in range(len(at))
        for j in range(i + 1, len(at))
        if loss[i] <= 0.7 * loss[0] and loss[j] > 0.7 * loss[i]
    ]
    assert (plateau.start, plateau.end) == max(pairs)[1:]
    assert 10 < plateau.start < 40
    assert 2000 < plateau.end < 4000 * np.log(1 / 0.7) ** 0.25
    assert plateau.length == plateau.end - plateau.start
    assert plateau.log_ratio == pytest.approx(np.log(plateau.end / plateau.start))


def test_one_that_is_not_left_is_a_bound() -> None:
    at, loss = recorded(lambda n: np.exp(-n / 10) + 0.5, 5000)
    plateau = longest_plateau(at, loss)
    assert plateau is not None
    assert not plateau.left
    assert plateau.end == at[-1]


def test_no_fall_no_plateau() -> None:
    at, loss = recorded(lambda n: 1.0, 1000)
    assert longest_plateau(at, loss) is None


def test_single_records_do_not_end_it() -> None:
    at, loss = recorded(lambda n: np.exp(-n / 10) + 0.5 * np.exp(-((n / 4000) ** 4)), 20_000)
    spoiled = loss.copy()
    spoiled[np.searchsorted(at, 500)] = 1e-3
    a, b = longest_plateau(at, spoiled), longest_plateau(at, loss)
    assert a is not None
    assert b is not None
    assert (a.start, a.end) == (b.start, b.end)


def test_survival_by_hand() -> None:
    """Of 5 runs one leaves at 2, one is cut at 3, two leave at 4, one is cut at 9: shares 4/5 and 4/5 (1 - 2/3)."""
    found = survival(np.array([4, 2, 3, 9, 4.0]), np.array([True, True, False, False, True]))
    assert found.times.tolist() == [2, 4]
    np.testing.assert_allclose(found.share, [4 / 5, 4 / 15])
    assert found.censored == 2
    assert found.median == 4
    assert survival(np.array([1.0, 2.0]), np.array([False, True])).median == 2
    assert survival(np.array([1.0, 2.0]), np.array([False, False])).median is None


@pytest.mark.parametrize(
    ("lengths", "left", "message"),
    [
        ([], [], "as long as each other"),
        ([1.0], [True, False], "as long as each other"),
        ([-1.0], [True], "must be nonnegative; got -1"),
        ([np.nan], [True], "must be nonnegative; got nan"),
    ],
)
def test_bad_input(lengths: list[float], left: list[bool], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        survival(np.array(lengths), np.array(left))


def test_marks_do_not_depend_on_where_a_run_begins_anew() -> None:
    whole, kept = marks(0, 5000)
    first, _ = marks(0, 777)
    rest, _ = marks(777, 5000)
    assert np.concatenate([first, rest]).tolist() == whole.tolist()
    assert whole[kept].tolist() == [0, *(2**k for k in range(13))]
    assert (np.diff(whole) <= np.maximum(1, whole[:-1] // 50)).all()
