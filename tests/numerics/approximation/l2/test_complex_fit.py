"""Fits with complex modes: closed forms, direct sums and quadrature, neighbours, real fits, and bad input."""

import mpmath
import numpy as np
import pytest
from flint import acb, arb

from memcurse import (
    DiscreteObjective,
    ExponentialSum,
    FiniteSequence,
    FractionalSequence,
    GaussianBump,
    GeometricSum,
    Objective,
    best_fit,
    parse_target,
)
from memcurse.numerics.approximation.l2.complex_fit import complex_residuals
from memcurse.numerics.objective.complex_modes.kernel_moments import KernelMoments
from memcurse.numerics.objective.complex_modes.objective import ComplexObjective
from memcurse.numerics.objective.complex_modes.sequence_moments import SequenceMoments
from memcurse.theory.landscape.equivalent_parameters import Inertia

PAIR = GeometricSum([(1, 1), (1, -1), 1, 2], [("9/10", "3/10"), ("9/10", "-3/10"), "1/2", "-1/2"])


def _numbers(values):
    return np.array([complex(x) for x in values])


def test_one_mode_of_a_damped_wave_is_none_of_its_pair():
    # 4 |sum_j c_j Re w/(conj w + q_j)|^2/(2 Re w) off the norm, maximised here by a fine grid.
    fit = best_fit(parse_target("exp(-t/10)*cos(t)"), 1, field="complex", digits=20)
    q = np.array([0.1 + 1j, 0.1 - 1j])
    norm = (0.25 / (q.conj()[:, None] + q[None, :])).sum().real
    x, y = np.meshgrid(np.linspace(0.05, 0.2, 301), np.linspace(0.9, 1.15, 501))
    w = x + 1j * y
    taken = 2 * x * abs(sum(0.5 / (w.conj() + z) for z in q)) ** 2
    assert float(fit.loss) == pytest.approx(norm - taken.max(), rel=1e-5)
    assert float(fit.loss) <= norm - taken.max()
    assert not fit.conjugate_pairs
    assert fit.inertia == Inertia(4, 0, 0)


def test_a_real_pair_for_a_late_bump():
    target = GaussianBump(delay=5, width=1)
    fit = best_fit(target, 3, field="complex", digits=20)
    a, w = _numbers(fit.a), _numbers(fit.modes)
    assert fit.conjugate_pairs
    assert sorted(w.imag != 0) == [False, True, True]
    t = np.linspace(0, 80, 400001)
    h = np.exp(-np.outer(w, t)).T @ a
    assert abs(h.imag).max() < 1e-13
    residual = (h.real - np.exp(-((t - 5) ** 2) / 2)) ** 2
    assert float(fit.loss) == pytest.approx(np.trapezoid(residual, t), rel=1e-6)
    # Real rates want to coincide: three of them have no strict minimum at all.
    with pytest.raises(ArithmeticError, match="3 rates coalesce at"):
        best_fit(target, 3, digits=15)


def test_poles_of_a_sequence_against_direct_sums():
    fit = best_fit(PAIR, 3, field="complex", digits=25)
    n = np.arange(2000)
    a, p = _numbers(fit.a), _numbers(fit.modes)
    c, q = np.array([1 + 1j, 1 - 1j, 1, 2]), np.array([0.9 + 0.3j, 0.9 - 0.3j, 0.5, -0.5])
    difference = (a * p ** n[:, None]).sum(1) - (c * q ** n[:, None]).sum(1)
    assert float(fit.loss) == pytest.approx((abs(difference) ** 2).sum(), rel=1e-10)
    assert float(fit.error) ** 2 == pytest.approx(float(fit.loss), rel=1e-14)
    assert fit.conjugate_pairs
    assert fit.time == "discrete"


@pytest.mark.parametrize(
    ("target", "m"), [(PAIR, 2), (FractionalSequence("3/10"), 2), (GaussianBump(delay=5, width=1), 2)]
)
def test_no_neighbour_is_lower(target, m):
    fit = best_fit(target, m, field="complex", digits=20)
    J = (Objective if isinstance(target, GaussianBump) else DiscreteObjective)(target, field="complex")
    a, x = _numbers(fit.a), _numbers(fit.modes)
    rng = np.random.default_rng(1)
    for size in (1e-1, 1e-2, 1e-3):
        noise = size * (rng.normal(size=(4, 200, m)) @ np.eye(m))
        losses = J.loss(a * (1 + noise[0] + 1j * noise[1]), x * (1 - abs(noise[2]) * 0.3 + 0.1j * noise[3]))
        assert losses.min() > float(fit.loss)
    assert max(float(abs(r)) for r in fit.residuals) < 1e-18


def test_residuals_are_the_interpolation_conditions():
    fit = best_fit(parse_target("exp(-t)+exp(-t/5)*sin(3*t)"), 2, field="complex", digits=30)
    with mpmath.workdps(40):
        # The transform of the target at conj w, and its derivative, against those of the fit.
        transform = lambda s: 1 / (s + 1) + 3 / ((s + mpmath.mpf(1) / 5) ** 2 + 9)  # noqa: E731
        for w in fit.modes:
            z = mpmath.conj(w)
            own = sum(a / (z + v) for a, v in zip(fit.a, fit.modes, strict=True))
            slope = -sum(a / (z + v) ** 2 for a, v in zip(fit.a, fit.modes, strict=True))
            assert abs(own - transform(z)) < 1e-28
            assert abs(slope - mpmath.diff(transform, z)) < 1e-18


def test_residuals_away_from_a_minimum():
    target = GeometricSum([2, (0, 1)], ["1/2", (0, "1/3")])
    a, p = [acb(1, 2), acb(-1, 0.5)], [acb(0.25, 0.5), acb(-0.5, 0.125)]
    found = complex_residuals(ComplexObjective(SequenceMoments(target)), a, p)
    g, x = np.array([1 + 2j, -1 + 0.5j]), np.array([0.25 + 0.5j, -0.5 + 0.125j])
    n = np.arange(200)
    r = (g * x ** n[:, None]).sum(1) - 2 * 0.5**n - 1j * (1j / 3) ** n
    z = x.conj()[:, None]
    expected = [*(z**n * r).sum(1), *(n * z ** np.maximum(n - 1, 0) * r).sum(1)]
    assert _numbers(found) == pytest.approx(expected, rel=1e-12)


def test_the_real_fit_of_a_completely_monotone_kernel_is_found_too():
    target = parse_target("(1+t)^-2")
    real, fit = best_fit(target, 3, digits=20), best_fit(target, 3, field="complex", digits=20)
    assert fit.loss_enclosure.overlaps(real.loss_enclosure)
    assert fit.error_enclosure.overlaps(real.error_enclosure)
    assert [float(w.real) for w in fit.modes] == pytest.approx([float(w) for w in real.w], rel=1e-15)
    assert all(w.imag == 0 for w in fit.modes)


def test_enclosure_holds_the_same_point_at_more_digits():
    coarse = best_fit(PAIR, 2, field="complex", digits=15)
    fine = best_fit(PAIR, 2, field="complex", digits=60)
    for ball, better in zip(
        (*coarse.a_enclosure, *coarse.modes_enclosure),
        (*fine.a_enclosure, *fine.modes_enclosure),
        strict=True,
    ):
        assert ball.overlaps(better)
        assert better.rel_accuracy_bits() >= 199
    assert coarse.loss_enclosure.overlaps(fine.loss_enclosure)


def test_the_loss_at_the_fit_is_the_enclosed_one():
    target = parse_target("exp(-t)+exp(-t/5)*sin(3*t)")
    fit = best_fit(target, 2, field="complex", digits=30)
    J = ComplexObjective(KernelMoments(target))
    loss = J.enclose(list(fit.a_enclosure), list(fit.modes_enclosure), 30)[0]
    assert loss.overlaps(fit.loss_enclosure)
    assert fit.loss_enclosure.rel_accuracy_bits() >= 99


def test_a_target_of_m_modes_is_its_own_fit():
    fit = best_fit(parse_target("exp(-t/10)*cos(t)"), 2, field="complex")
    assert fit.loss == 0
    assert fit.loss_enclosure == arb(0)
    assert fit.conjugate_pairs
    assert _numbers(fit.modes) == pytest.approx([0.1 - 1j, 0.1 + 1j])
    wave = parse_target("exp(-t/5)*(2*sin(3*t)+cos(3*t))+exp(-t)")
    own = best_fit(wave, 3, field="complex", digits=20)
    assert own.conjugate_pairs
    assert Objective(wave, field="complex").loss(_numbers(own.a), _numbers(own.modes)) < 1e-28
    assert best_fit(GeometricSum([1j, 2], [0.5j, 0.25]), 2, field="complex").conjugate_pairs is False


def test_bad_input():
    with pytest.raises(ValueError, match="`m` must be at most 2, the target's number of modes"):
        best_fit(parse_target("exp(-t/10)*cos(t)"), 3, field="complex")
    with pytest.raises(ValueError, match="`norm` must be 'l2' with field='complex'; got 'l1'"):
        best_fit(ExponentialSum([1], [1]), 1, "l1", field="complex")
    with pytest.raises(ValueError, match="`field` must be 'real' or 'complex'; got 'quaternion'"):
        best_fit(ExponentialSum([1], [1]), 1, field="quaternion")
    with pytest.raises(ValueError, match="`field` must be 'complex' for a sequence"):
        best_fit(PAIR, 1)
    with pytest.raises(ValueError, match="`target` must not be 0"):
        best_fit(FiniteSequence([0, 0]), 1, field="complex")
    with pytest.raises(ValueError, match="`target` must not be 0"):
        best_fit(GeometricSum([0], ["1/2"]), 1, field="complex")
    with pytest.raises(ValueError, match="`m` must be between 1 and 8; got 9"):
        best_fit(PAIR, 9, field="complex")
    with pytest.raises(TypeError, match="`target` must be a memcurse target"):
        best_fit(3, 1, field="complex")


def test_a_pulse_has_curves_of_minima():
    # Turning a pole by e^{i phi} and its gain by e^{-2 i phi} changes nothing at n = 2: no minimum is isolated.
    J = DiscreteObjective(FiniteSequence([0, 0, 1]), field="complex")
    turn = np.exp(1j * np.linspace(0, 6, 7))[:, None]
    losses = J.loss(0.5 * turn**-2, 0.7 * turn)
    assert losses == pytest.approx(np.full(7, losses[0]), rel=1e-14)
    with pytest.raises(ArithmeticError, match="minima may form curves, as those of a pulse do"):
        best_fit(FiniteSequence([0, 0, 1]), 1, field="complex")
