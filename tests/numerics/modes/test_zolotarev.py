"""Zolotarev's poles against SciPy's elliptic functions and against a grid."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb
from scipy.special import ellipj, ellipk

from memcurse.numerics.modes.zolotarev import segment_extrema, segment_nome, segment_poles, segment_width


@pytest.mark.parametrize(("s", "count"), [(0.5, 1), (0.9, 4), (0.99, 7)])
def test_poles_and_width(s, count):
    poles = np.array([float(p.mid()) for p in segment_poles(arb(s), count)])
    steps = (2 * np.arange(1, count + 1) - count - 1) / count
    assert poles == pytest.approx(s * ellipj(steps * ellipk(s**4), s**4)[0], abs=1e-14)
    q = np.linspace(-s, s, 20001)[:, None]
    largest = abs(((q - poles) / (1 - poles * q)).prod(1)).max()
    assert float(segment_width(arb(s), count).mid()) == pytest.approx(largest, rel=1e-6)
    assert float(segment_extrema(arb(s), count)[-1].mid()) == pytest.approx(s, rel=1e-14)
    assert float(segment_nome(arb(s)).mid()) == pytest.approx(
        np.exp(-np.pi * ellipk(1 - s**4) / ellipk(s**4)), rel=1e-12
    )


@pytest.mark.parametrize("s", [0, 1, -0.5])
def test_segment_is_refused(s):
    with pytest.raises(ValueError, match=r"`s` must lie certainly between 0 and 1"):
        segment_nome(arb(s))
