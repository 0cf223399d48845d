"""Digits asked for on several threads at once: right in each, and the caller's precisions are not touched."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import flint
import mpmath
import pytest
import sympy as sp

import memcurse as mc

#: How many threads, and how often each repeats its task.
_THREADS, _TURNS = 8, 6


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that take turns after every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(tasks: list[Callable[[], Any]]) -> list[list[Any]]:
    """What each task gives, again and again, while all run on threads of their own."""
    start = threading.Barrier(len(tasks))

    def repeated(task: Callable[[], Any]) -> list[Any]:
        start.wait()
        return [task() for _ in range(_TURNS)]

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(repeated, tasks))


BUMP = mc.Objective(mc.GaussianBump("5") + mc.ExponentialSum(["1"], ["1"]))
LAW = mc.Objective(mc.PowerLaw("1/2"))
COMPLEX = mc.Objective(mc.ExponentialSum([1], [1]), field="complex")
POLES = mc.DiscreteObjective(mc.GeometricSum([sp.sqrt(2)], ["1/3"]))


@pytest.mark.parametrize(
    "task",
    [
        lambda digits: BUMP.loss(["1/3", "2"], ["1/7", "3"], digits=digits),
        lambda digits: BUMP.gradient(["1/3", sp.sqrt(2)], ["1/7", sp.pi], digits=digits)[3],
        lambda digits: LAW.hessian(["1/3"], ["1/7"], digits=digits)[1, 1],
        lambda digits: COMPLEX.loss([("1/3", "1/5")], [("1", "1/7")], digits=digits),
        lambda digits: POLES.loss(["1/3"], ["1/7"], digits=digits),
        lambda digits: (
            mc.best_gains(mc.PowerLaw("1/2"), ["1", "2"], digits).gains[1].str(digits - 2, radius=False)
        ),
        lambda digits: LAW.enclose(["1/3"], ["1/7"], digits).loss.str(digits - 2, radius=False),
    ],
)
def test_digits_are_right_in_every_thread(task: Callable[[int], Any], hasty: None) -> None:
    digits = [15 + 40 * i for i in range(_THREADS)]
    alone = [task(n) for n in digits]
    together = at_once([lambda n=n: task(n) for n in digits])
    for one, many in zip(alone, together, strict=True):
        assert many == [one] * _TURNS
    assert (mpmath.mp.prec, flint.ctx.prec) == (53, 53)


def test_sympy_does_not_disturb_digits(hasty: None) -> None:
    """Reading a target asks SymPy for the size of constants, for which it sets mpmath's precision."""
    expected = BUMP.loss(["1/3"], ["1/7"], digits=300)

    def reads() -> Any:
        parsed = mc.parse_target("exp(-sqrt(2)*t)*erf(2)/log(7) + airyai(t + 3)")
        return mc.ExponentialSum([sp.besselj(1, 2)], [sp.erf(1)]), parsed

    results = at_once([reads, lambda: BUMP.loss(["1/3"], ["1/7"], digits=300)] * 2)
    assert results[1] == results[3] == [expected] * _TURNS
    assert (mpmath.mp.prec, flint.ctx.prec) == (53, 53)


def test_an_error_in_a_thread_leaves_the_precision_to_the_others(hasty: None) -> None:
    def fails() -> str:
        with pytest.raises(ArithmeticError):
            mc.Objective(mc.ExponentialSum([1], [1])).loss(
                ["1", "-1", "1"], [1, "1." + "0" * 1900 + "1", 1], 15
            )
        return "raised"

    expected = LAW.loss(["1/3"], ["1/7"], digits=200)
    results = at_once([fails, lambda: LAW.loss(["1/3"], ["1/7"], digits=200)])
    assert results == [["raised"] * _TURNS, [expected] * _TURNS]


def test_precisions_are_set_in_one_place() -> None:
    """Under the lock of `theory.shared_precision`, which only these files know."""
    root = Path(mc.__file__).resolve().parent.parent
    setting = ("workprec(", "workdps(", ".prec =", ".dps =", ".cap =", "extraprec(", "extradps(")
    found = {
        path.relative_to(root).as_posix()
        for floor in ("theory", "numerics", "proofs_checks")
        for path in (root / floor).rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in setting)
    }
    assert found == {"numerics/arithmetic/balls.py", "proofs_checks/running/isolation.py"}
