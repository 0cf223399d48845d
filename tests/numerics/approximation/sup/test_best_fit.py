"""Best fits in the maximum norm: the published table for 1/t, an independent search, false neighbours refused."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
from flint import arb
from scipy.optimize import minimize

import memcurse as mc
from memcurse.numerics.approximation.sup.kernel import Difference, interval_kernel
from memcurse.numerics.approximation.sup.proof import lower_bound, upper_bound
from memcurse.numerics.arithmetic.balls import ball_precision, from_mpf

#: Errors of the best sums for 1/t on [1, R], four digits: Hackbusch's tables, www.mis.mpg.de/scicomp/EXP_SUM/1_x
#: (Braess and Hackbusch, IMA J. Numer. Anal. 25, 2005; Hackbusch, Comput. Vis. Sci. 20, 2019), as collected with the
#: program of Helmich-Paris (laplace-minimax, data/init_error.txt).
TABLE = {
    2: "2.128E-02 2.080E-04 1.834E-06 1.542E-08 1.261E-10 1.012E-12 8.020E-15",
    10: "8.556E-02 8.752E-03 7.145E-04 5.577E-05 4.243E-06 3.173E-07 2.344E-08 1.716E-09",
    # Where a number of terms is left out, its error no longer changes with R: that of a shorter interval.
    100: "8.556E-02 1.785E-02 4.789E-03 1.066E-03 2.274E-04 4.760E-05 9.841E-06 2.016E-06",
    1000: "8.556E-02 1.785E-02 5.052E-03 1.700E-03 6.385E-04 2.177E-04 7.153E-05 2.321E-05",
    10**4: "8.556E-02 1.785E-02 5.052E-03 1.700E-03 6.428E-04 2.646E-04 1.163E-04 5.271E-05",
}
PUBLISHED = [
    *((m, end, float(x)) for end, row in TABLE.items() for m, x in enumerate(row.split(), 1)),
    (3, 200, 5.052e-3),
    (7, 200, 2.261e-5),
    (5, 2000, 6.428e-4),
    (6, 3000, 2.646e-4),
    (8, 20_000, 5.392e-5),
    (10, 10, 9.021e-12),
]
#: The sum of seven terms on [1, 200] of these tables, 1_xk07_2E2.
OMEGA = (
    "0.0133615547183825570028305575534521842940 0.0429728469424360175410925952177443321034 "
    "0.1143029399081515586560726591147663100401 0.2838881266934189482611071431161775535656 "
    "0.6622322841999484042811198458711174907876 1.4847175320092703810050463464342840325116 "
    "3.4859753729916252771962870138366952232900"
)
ALPHA = (
    "0.0050213411684266507485648978019454613531 0.0312546410994290844202411500801774835168 "
    "0.1045970270084145620410366606112262388706 0.2920522758702768403556507270657505159761 "
    "0.7407504784499061527671195936939341208927 1.7609744335543204401530945069076494746696 "
    "4.0759036969145123916954953635638503328664"
)


@pytest.mark.parametrize(("m", "end", "published"), PUBLISHED)
def test_the_published_errors_for_one_over_t(m: int, end: int, published: float) -> None:
    fit = mc.best_fit("1/t", m, norm="sup", digits=15, interval=(1, end))
    last_place = 10.0 ** (math.floor(math.log10(published)) - 3)
    assert abs(float(fit.error) - published) <= 0.501 * last_place
    assert len(fit.alternation) == 2 * m + 1


def test_the_published_sum_of_seven_terms_is_no_better_and_hardly_worse() -> None:
    fit = mc.best_fit("1/t", 7, norm="sup", digits=25, interval=(1, 200))
    with ball_precision(256):
        a, w = (tuple(arb(x) for x in text.split()) for text in (OMEGA, ALPHA))
        e = Difference(interval_kernel("1/t", (1, 200)), a, w)
        values = [abs(e.value(from_mpf(x))) for x in fit.alternation]
        assert any(x >= fit.error_enclosure.lower() for x in values)
        assert all(x < fit.error_enclosure * (1 + arb("1e-3")) for x in values)
    for mine, theirs in zip((*fit.a, *fit.w), (*OMEGA.split(), *ALPHA.split()), strict=True):
        assert abs(float(mine) / float(theirs) - 1) < 1e-6


def test_the_half_line_has_the_errors_of_long_intervals() -> None:
    """From some length on the last extremum lies inside (Braess and Hackbusch)."""
    endless = mc.best_fit("1/t", 2, norm="sup", digits=20, interval=(1, math.inf))
    long = mc.best_fit("1/t", 2, norm="sup", digits=20, interval=(1, 1000))
    assert endless.error_enclosure.overlaps(long.error_enclosure)
    assert float(endless.alternation[-1]) < 50


@pytest.mark.parametrize(
    ("text", "interval", "m"),
    [
        ("exp(-sqrt(t))", None, 1),
        ("(1+t)^-2", None, 2),
        ("1/sqrt(t)", ("1/3", "7/3"), 2),
        ("log(1+1/t)", (1, 100), 2),
    ],
)
def test_a_search_without_derivatives_finds_nothing_below_the_enclosure(
    text: str, interval: object, m: int
) -> None:
    fit = mc.best_fit(text, m, norm="sup", digits=20, interval=interval)
    start, end = float(fit.interval[0]), min(float(fit.interval[1]), 200.0)
    times = np.concatenate([[start], start + np.geomspace(1e-9, end - start, 4000)])
    kernel = {
        "exp(-sqrt(t))": lambda t: np.exp(-np.sqrt(t)),
        "(1+t)^-2": lambda t: (1 + t) ** -2,
        "1/sqrt(t)": lambda t: t**-0.5,
        "log(1+1/t)": lambda t: np.log(1 + 1 / t),
    }[text](times)

    def worst(p: np.ndarray) -> float:
        return float(np.abs(kernel - np.exp(p[:m] - np.outer(times, np.exp(p[m:]))).sum(1)).max())

    at = np.log([float(x) for x in (*fit.a, *fit.w)])
    assert worst(at) == pytest.approx(float(fit.error), rel=1e-3)
    found = minimize(
        worst, at + 0.05, method="Nelder-Mead", options={"maxiter": 800, "xatol": 1e-9, "fatol": 1e-12}
    )
    assert found.fun >= float(fit.error) * (1 - 1e-3)


def _of(fit: object, factor: str = "1") -> tuple[Difference, list[arb]]:
    a = tuple(from_mpf(x) * arb(factor) for x in fit.a)  # type: ignore[attr-defined]
    w = tuple(from_mpf(x) for x in fit.w)  # type: ignore[attr-defined]
    times = [from_mpf(x) for x in fit.alternation]  # type: ignore[attr-defined]
    return Difference(interval_kernel("1/t", (1, 10)), tuple(x.mid() for x in a), w), times


def test_a_sum_that_is_not_the_best_has_bounds_apart() -> None:
    fit = mc.best_fit("1/t", 2, norm="sup", digits=20, interval=(1, 10))
    with ball_precision(128):
        e, times = _of(fit)
        low, high = lower_bound(e, times), upper_bound(e, times)
        assert low is not None
        assert high is not None
        assert high < low * (1 + arb("1e-18"))
        false, _ = _of(fit, "1.001")
        low_false, high_false = lower_bound(false, times), upper_bound(false, times)
        assert low_false is not None
        assert high_false is not None
        # Both still hold the best error between them, but no longer meet.
        assert low_false < low
        assert high < high_false
        grid = [abs(false.value(1 + arb(9 * k) / 500)) for k in range(501)]
        assert all(x <= high_false for x in grid)


def test_no_alternation_no_lower_bound() -> None:
    fit = mc.best_fit("1/t", 2, norm="sup", digits=20, interval=(1, 10))
    with ball_precision(128):
        e, times = _of(fit)
        assert lower_bound(e, times[:-1]) is None
        assert lower_bound(e, [times[1], times[0], *times[2:]]) is None
        assert lower_bound(e, [*times[:-1], arb(11)]) is None
        far, _ = _of(fit, "2")
        assert lower_bound(far, times) is None


def test_the_residuals_are_level_and_alternate() -> None:
    fit = mc.best_fit("(1+t)^-2", 2, norm="sup", digits=30)
    signs = [mpmath.sign(x) for x in fit.residuals]
    assert all(p == -q for p, q in itertools.pairwise(signs))
    assert max(abs(x) for x in fit.residuals) - min(abs(x) for x in fit.residuals) < 1e-30
    assert float(fit.kernel(1.0)) == pytest.approx(float(fit(1.0)))
    assert fit.to_dict()["norm"] == "sup"
    assert repr(fit) == "SupFit(m=2, sup error 0.00645682, global, proved)"


@pytest.mark.parametrize(
    ("text", "m", "given", "error", "message"),
    [
        (
            "1/t",
            1,
            {"norm": "sup"},
            ValueError,
            "`target` must be real and finite on `interval`; got 1/t at t = 0",
        ),
        (
            "1/t",
            17,
            {"norm": "sup", "interval": (1, 2)},
            ValueError,
            "`m` must be between 1 and 16 for the norm 'sup'",
        ),
        ("1/t", 1, {"norm": "sup", "interval": (2, 1)}, ValueError, "`interval` must end after it starts"),
        ("1/t", 1, {"norm": "sup", "interval": (-1, 1)}, ValueError, "`interval` must start at 0 or later"),
        ("1/t", 1, {"norm": "sup", "interval": "1,2"}, TypeError, "`interval` must be a pair of numbers"),
        (
            "t*exp(-t)",
            1,
            {"norm": "sup"},
            ValueError,
            "`interval` must be finite for a kernel that is not seen",
        ),
        (
            "exp(-t)",
            1,
            {"norm": "l2", "interval": (1, 2)},
            ValueError,
            "`interval` must be None unless norm = 'sup'",
        ),
        (
            mc.ExponentialSum([1], [1]),
            1,
            {"norm": "sup"},
            ValueError,
            "`m` must be below the target's number of terms",
        ),
        ("sin(t)", 2, {"norm": "sup", "interval": (0, 9)}, ArithmeticError, "alternates at 2m . 1 = 5 times"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(
    text: object, m: int, given: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message.replace("(", r"\(")):
        mc.best_fit(text, m, **given)  # type: ignore[call-overload]
