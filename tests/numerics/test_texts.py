"""A text is taken wherever a kernel is asked for, and means what `parse_target` makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import memcurse as mc

TEXT = "exp(-t) + 2*exp(-3*t) - exp(-7*t)"
KERNEL = mc.ExponentialSum([1, 2, -1], [1, 3, 7])

#: Every public function and class that takes a kernel.
USES: dict[str, Callable[[Any], Any]] = {
    "Objective": lambda x: mc.Objective(x).loss([1.0], [2.0]),
    "complex Objective": lambda x: mc.Objective(x, field="complex").loss([1.0], [2.0]),
    "best_fit": lambda x: mc.best_fit(x, 1, digits=15).w,
    "best_fit l1": lambda x: mc.best_fit(x, 1, "l1", digits=15).w,
    "complex best_fit": lambda x: mc.best_fit(x, 1, digits=15, field="complex").modes,
    "critical_points": lambda x: mc.critical_points(x, 1, digits=15)[0].rates,
    "critical_spaces": lambda x: next(mc.critical_spaces(x, 2, 1, digits=15)).rates,
    "complex critical_spaces": lambda x: next(mc.critical_spaces(x, 2, 1, digits=15, field="complex")).modes,
    "certified_width": lambda x: mc.certified_width(x, "1/10").m,
    "least_width": lambda x: mc.least_width(x, "1/100"),
    "best_gains": lambda x: mc.best_gains(x, [1, 2]).loss.str(15),
    "orthonormal_modes": lambda x: mc.orthonormal_modes([1, 2]).coordinates(x).loss.str(15),
    "sampled": lambda x: mc.sampled(x, "1/2").term(3),
}


@pytest.mark.parametrize("name", USES)
def test_a_text_is_a_kernel(name: str) -> None:
    use = USES[name]
    assert use(TEXT) == use(KERNEL)


@pytest.mark.parametrize("name", USES)
def test_a_bad_text_is_shown_with_its_fault_and_other_things_are_refused(name: str) -> None:
    with pytest.raises(mc.TargetSyntaxError, match="never closed"):
        USES[name]("exp(-t")
    with pytest.raises(TypeError, match="`target` must be"):
        USES[name](3)
