"""What kernels are as expressions: by values at single times."""

import sympy as sp

from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum


def test_a_delayed_kernel_is_the_kernel_later() -> None:
    late = ExponentialSum([3], [2]).delayed(2).expression
    assert late.subs(t, 5) == 3 * sp.exp(-6)
    assert late.subs(t, 2) == 3
    assert late.subs(t, 1) == 0


def test_a_multiple_of_a_kernel_has_multiples_as_values() -> None:
    for kernel in (ExponentialSum([2], [1]), PowerLaw(1, 3), GaussianBump(delay=3)):
        for factor in (3, sp.Rational(1, 2)):
            tripled = kernel.scaled(factor).expression
            for time in (0, 1, sp.Rational(5, 2)):
                assert sp.simplify(tripled.subs(t, time) - factor * kernel.expression.subs(t, time)) == 0
