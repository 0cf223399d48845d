"""The picture of which training escapes: what it draws, and what it refuses."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from memcurse.numerics.plots.escapes import plot_approach, plot_escapes, plot_local_exponents


def test_lines_ends_and_labels() -> None:
    axes = plot_escapes(
        {
            "slow": ("gradient", {8: 10, 12: 1000}),
            "twin": ("gradient", {8: 10, 12: 1010}),
            "fast": ("start", {8: 2}),
        },
        ax=Figure().subplots(),
    )
    drawn = [line for line in axes.lines if len(line.get_xdata())]
    assert [list(line.get_ydata()) for line in drawn] == [[10, 1000], [10, 1010], [2]]
    heights = {text.get_text(): text.xy[1] for text in axes.texts}
    assert set(heights) == {"slow", "twin", "fast"}
    assert heights["twin"] > 1.3 * heights["slow"]
    assert not plot_escapes({"fast": ("start", {8: 2})}, labels=False, ax=Figure().subplots()).texts


@pytest.mark.parametrize("entry", [("magic", {8: 1}), ("start", {})])
def test_bad_input(entry: tuple[str, dict[float, int]]) -> None:
    with pytest.raises(
        ValueError, match=r"`series` must have kinds of gradient, .* and points; got .* for 'x'"
    ):
        plot_escapes({"x": entry}, ax=Figure().subplots())


def test_ratios_stand_beside_their_limits() -> None:
    series = {"m = 3": (0.75, {20.0: 0.76, 18.0: 0.8}), "m = 4": (2 / 3, {18.0: 0.7})}
    axes = plot_approach(series, ylabel="ratio")
    points, line = axes.lines[0], axes.lines[1]
    assert list(points.get_xdata()) == [18.0, 20.0]
    assert list(points.get_ydata()) == [0.8, 0.76]
    assert list(line.get_ydata()) == [0.75, 0.75]
    assert [text.get_text() for text in axes.texts] == ["m = 3: 0.75", "m = 4: 0.6667"]
    assert axes.get_legend() is None
    named = plot_approach(series, ylabel="ratio", legend=True)
    assert [text.get_text() for text in named.get_legend().get_texts()] == ["m = 3", "m = 4"]
    assert not named.texts
    with pytest.raises(ValueError, match="`series` must have points"):
        plot_approach({"none": (1.0, {})}, ylabel="ratio")


def test_local_exponents_and_their_laws() -> None:
    ladders = {"law": (2.5, 6.0, {40.0: 1.0, 80.0: 91.0, 120.0: 187.0})}
    axes = plot_local_exponents(ladders)
    points, law = axes.lines
    assert list(points.get_xdata()) == [60.0, 100.0]
    assert list(points.get_ydata()) == [2.25, 2.4]
    assert law.get_ydata()[0] == pytest.approx(2.5 - 6 / 40)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["law"]
    with pytest.raises(ValueError, match="`ladders` must have two rungs"):
        plot_local_exponents({"one": (1.0, 0.0, {40.0: 1.0})})
