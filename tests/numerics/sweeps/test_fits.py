"""Sweeps of fits and widths: what they stand for alone."""

from __future__ import annotations

import mpmath
import pytest

import memcurse as mc


def test_fits_are_those_of_best_fit() -> None:
    found = mc.sweep(mc.FitSweep(["t*exp(-t)", "exp(-t)+exp(-3*t)"], "1,2", digits=15))
    assert found.records[0]["w"] == ["0.333333333333333"]
    alone = mc.best_fit(mc.parse_target("exp(-t)+exp(-3*t)"), 1, digits=15)
    assert found.records[2] == {
        "a": [mpmath.nstr(alone.a[0], 15)],
        "w": [mpmath.nstr(alone.w[0], 15)],
        "error": mpmath.nstr(alone.error, 15),
        "scope": alone.scope,
    }
    assert [task["target"] for task, _ in found.failures] == ["t*exp(-t)"]
    assert "`m` must allow a best fit" in found.failures[0][1]


def test_complex_fits() -> None:
    (record,) = mc.sweep(mc.FitSweep("exp(-t/10)*cos(t)", 1, fields="complex")).records
    (mode,) = record["w"]
    assert complex(mode).real == pytest.approx(13 / 120)
    assert complex(mode).imag != 0
    assert float(record["error"]) == pytest.approx(1.224752475247**0.5)


def test_widths_are_those_of_the_two_bounds() -> None:
    found = mc.sweep(mc.WidthSweep(["(1+t)^-2", "t*exp(-t)"], "0.1", "l1"))
    first, second = found.records
    law = mc.parse_target("(1+t)^-2")
    assert (first["needed"], first["enough"], first["met"]) == (
        mc.least_width(law, "0.1", "l1"),
        mc.certified_width(law, "0.1").m,
        True,
    )
    # No transform of a known measure: what is needed is known all the same.
    assert second["needed"] == mc.least_width(mc.parse_target("t*exp(-t)"), "0.1", "l1")
    assert second["failure"].startswith("UnknownMeasureError: `target` must be the transform of a known")


def test_bad_input() -> None:
    with pytest.raises(mc.TargetSyntaxError):
        mc.FitSweep("exp(-t", 1)
    with pytest.raises(ValueError, match="`norms` must be of 'l2', 'l1'; got 'sup'"):
        mc.FitSweep("exp(-t)", 1, "sup")
    with pytest.raises(ValueError, match="`errors` must be positive"):
        mc.WidthSweep("exp(-t)", "0.1,0")
    with pytest.raises(TypeError, match="`targets` must hold texts"):
        mc.WidthSweep([mc.ExponentialSum([1], [1])], "0.1")
