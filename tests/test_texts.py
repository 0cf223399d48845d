"""Every public name that takes a kernel takes its text, and means the same by it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import memcurse as mc

TEXT, KERNEL, OTHER = "3*exp(-2*t)", mc.ExponentialSum([3], [2]), "exp(-t) + exp(-t/2)"
#: What each makes of a kernel, in numbers or texts that can be compared.
MADE: dict[str, Callable[[Any], Any]] = {
    "Objective": lambda kernel: mc.Objective(kernel).loss([0.5], [2.0]),
    "best_fit": lambda kernel: mc.best_fit(kernel, 1, digits=15).to_dict(),
    "best_gains": lambda kernel: mc.best_gains(kernel, [1, 2]).to_dict(),
    "certified_width": lambda kernel: mc.certified_width(kernel, "1/2").to_dict(),
    "critical_points": lambda kernel: [x.to_dict() for x in mc.critical_points(kernel, 1, digits=15)],
    "critical_spaces": lambda kernel: next(mc.critical_spaces(kernel, 2, 1, digits=15)).to_dict(),
    "least_width": lambda kernel: mc.least_width(kernel, "1/100"),
    "sampled": lambda kernel: repr(mc.sampled(kernel, "1/2")),
    "KernelTask": lambda kernel: repr(mc.KernelTask(kernel)),
    "train": lambda kernel: mc.train("linear", kernel, steps=2, units=2, paths="exact").loss.tolist(),
    "train_seeds": lambda kernel: [
        run.loss.tolist()
        for run in mc.train_seeds("linear", kernel, seeds=[0], steps=2, jobs=1, units=2, paths="exact")
    ],
}


def _asks_for_a_kernel(name: str) -> bool:
    try:
        names = inspect.signature(getattr(mc, name)).parameters
    except (TypeError, ValueError):
        return False
    return "target" in names


def test_none_is_left_out() -> None:
    assert {name for name in mc.__all__ if _asks_for_a_kernel(name)} == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_a_text_is_a_kernel(name: str) -> None:
    of_text, of_kernel = MADE[name](TEXT), MADE[name](KERNEL)
    assert of_text == of_kernel
    assert of_text != MADE[name](OTHER)


@pytest.mark.parametrize("name", MADE)
def test_a_text_that_is_none_says_where(name: str) -> None:
    with pytest.raises(ValueError, match="stops too early"):
        MADE[name]("exp(-t) + 2**")
