"""What every public result can do: travel as a pickle, tell itself as JSON, show itself in one line."""

from __future__ import annotations

import functools
import json
import pickle
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.plateau.escape_ladder import escape_ladder

LAW = "(1+t)^-2"
WAVE = "exp(-t/10)*cos(t)"
J = mc.Objective("exp(-t) + exp(-(t-5)^2/2)")

MADE: dict[str, Callable[[], Any]] = {
    "Fit": lambda: mc.best_fit(LAW, 2, digits=15),
    "L1Fit": lambda: mc.best_fit(LAW, 1, "l1", digits=15),
    "ComplexFit": lambda: mc.best_fit(WAVE, 2, digits=15, field="complex"),
    "ComplexFit of a sequence": lambda: mc.best_fit(
        mc.GeometricSum([1, "1/2"], ["1/2", "-1/3"]), 1, digits=15, field="complex"
    ),
    "Width": lambda: mc.certified_width(LAW, "1/10"),
    "BestGains": lambda: mc.best_gains(LAW, [1, 2]),
    "PronyModes": lambda: mc.prony([1, 1, 2, 3], 2),
    "Coordinates": lambda: mc.orthonormal_modes([1, 2]).coordinates(LAW),
    "Enclosure": lambda: mc.Objective(LAW).enclose([1], [2]),
    "CriticalPoint": lambda: mc.critical_points("exp(-t)+exp(-3*t)", 1, digits=15)[0],
    "CriticalSpace": lambda: next(mc.critical_spaces("exp(-t)+exp(-3*t)", 2, 1, digits=15)),
    "ComplexCriticalSpace": lambda: next(mc.critical_spaces(WAVE, 3, 2, digits=15, field="complex")),
    "FlowRun": lambda: mc.gradient_flow(J, ["0.7", "0.3"], [1, 1], stop=LossDrop("0.01")),
    "FlowEnsemble": lambda: mc.flow_ensemble(
        J, [[0.7, 0.3], [0.6, 0.4]], [[1, 1], [1, 1.1]], stop=Displacement("0.1"), until=0.01
    ),
    "EscapeLadder": lambda: escape_ladder({5: J}, ["0.7", "0.3"], [1, 1], Displacement("0.1")),
    "Forecast": lambda: mc.sampled_network(np.linspace(0, 1, 60)[:, None] ** 2, width=5).forecast([0.1], 5),
    "Sweep": lambda: mc.sweep(mc.WidthSweep(LAW, "0.1")),
    "Report": lambda: mc.verify(["swim-pair"], digits=15, quick=True),
}


@functools.cache
def made(name: str) -> Any:
    return MADE[name]()


@pytest.mark.parametrize("name", MADE)
def test_results_tell_themselves_as_json(name: str) -> None:
    found = made(name).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize("name", MADE)
def test_results_travel(name: str) -> None:
    again = pickle.loads(pickle.dumps(made(name)))
    assert again.to_dict() == made(name).to_dict()


@pytest.mark.parametrize("name", MADE)
def test_results_are_shown_in_one_line(name: str) -> None:
    if name == "PronyModes":
        return
    text = repr(made(name))
    assert text.startswith(name.split()[0] + "(")
    assert len(text) < 120
    assert "\n" not in text


def test_numbers_of_many_digits_are_texts_and_exact_ones_stay_exact() -> None:
    fit, width = made("Fit").to_dict(), made("Width")
    assert fit["w"] == [mpmath.nstr(x, 15) for x in made("Fit").w]
    assert fit["m"] == 2
    assert float(fit["error"]) ** 2 == pytest.approx(float(fit["loss"]), rel=1e-14)
    with mpmath.workdps(60):
        assert [mpmath.mpf(x) for x in width.to_dict()["w"]] == pytest.approx(list(width.w), rel=1e-17)
    assert width.to_dict()["error"] == "1/10"
    assert made("FlowEnsemble").to_dict()["event_time"] == [None, None]
    assert made("BestGains").error.overlaps(made("BestGains").loss.sqrt())


def test_errors_are_distances_and_losses_their_squares() -> None:
    for name in ("Fit", "ComplexFit of a sequence"):
        fit = made(name)
        assert float(fit.error) ** 2 == pytest.approx(float(fit.loss), rel=1e-13)
        assert fit.error_enclosure.overlaps(fit.loss_enclosure.sqrt())
        assert not fit.error_enclosure.overlaps(fit.loss_enclosure)


def test_fits_are_functions_and_kernels() -> None:
    t = np.array([[0.0, 0.5], [3.0, 40.0]])
    for name in ("Fit", "L1Fit", "Width"):
        fit = made(name)
        by_hand = sum(float(a) * np.exp(-float(w) * t) for a, w in zip(fit.a, fit.w, strict=True))
        np.testing.assert_allclose(fit(t), by_hand, rtol=1e-14)
        np.testing.assert_allclose(fit.kernel(t), by_hand, rtol=1e-14)
        assert float(fit(3.0)) == fit(t)[1, 0]
        assert fit.m == len(fit.kernel.a)
        assert rf"e^{{-{mpmath.nstr(fit.w[0], 6)}\,t}}" in fit._repr_latex_()


def test_complex_fits_are_functions_and_kernels() -> None:
    t = np.array([0.0, 0.5, 3.0])
    wave, sequence = made("ComplexFit"), made("ComplexFit of a sequence")
    # It is the target itself.
    np.testing.assert_allclose(wave(t), np.exp(-t / 10) * np.cos(t), rtol=1e-14)
    np.testing.assert_allclose(wave.kernel(t), wave(t), rtol=1e-14)
    n = np.array([[0, 1], [2, 7]])
    (gain,), (pole,) = sequence.a, sequence.modes
    np.testing.assert_allclose(sequence(n), float(gain.real) * float(pole.real) ** n, rtol=1e-13)
    np.testing.assert_allclose(sequence.kernel(n).real, sequence(n), rtol=1e-13)
    with pytest.raises(ValueError, match="`n` must hold whole numbers"):
        sequence([0.5])
    alone = mc.best_fit(WAVE, 1, digits=15, field="complex")
    assert np.iscomplexobj(alone(t))
    with pytest.raises(ValueError, match="`kernel` must be real"):
        _ = alone.kernel


@pytest.mark.parametrize(
    ("t", "error"), [(-1, ValueError), (float("nan"), ValueError), (1j, TypeError), ([], ValueError)]
)
def test_times_are_checked(t: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="`t` must"):
        made("Fit")(t)
    with pytest.raises(error, match="`t` must"):
        mc.parse_target(LAW)(t)
