"""What every test shares: global precisions left alone, reproducible properties, no window for plots."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

# Before NumPy is imported: two processes share two cores, and threads that wait for each other on them take minutes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import flint
import matplotlib
import mpmath
import pytest
from hypothesis import HealthCheck, settings

matplotlib.use("Agg")

settings.register_profile("dev", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

_MPMATH_BITS = 53
_FLINT_BITS = 53


@pytest.fixture(autouse=True)
def untouched_precisions() -> Iterator[None]:
    """Start every test from 53 bits, and fail it if it leaves another global precision behind."""
    mpmath.mp.prec, flint.ctx.prec = _MPMATH_BITS, _FLINT_BITS
    yield
    left = mpmath.mp.prec, flint.ctx.prec
    mpmath.mp.prec, flint.ctx.prec = _MPMATH_BITS, _FLINT_BITS
    if left != (_MPMATH_BITS, _FLINT_BITS):
        pytest.fail(f"the test left mpmath at {left[0]} bits and balls at {left[1]} bits")


@pytest.fixture(scope="session")
def call_budget() -> Callable[[int], AbstractContextManager[None]]:
    """``with call_budget(n):`` fails if the block makes more than n calls: a limit that no loaded machine moves."""

    @contextmanager
    def limited(most: int) -> Iterator[None]:
        made = 0

        def count(frame: Any, event: str, argument: Any) -> None:
            nonlocal made
            made += event == "call"
            if made > most:
                sys.setprofile(None)
                raise AssertionError(f"the block made more than {most} calls")

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            yield
        finally:
            sys.setprofile(before)

    return limited
