"""LSODA and DOP853 through numbalsoda."""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import carray, types

from memcurse.numerics.objective import kernels

from .contract import FOREVER, SHARE, STEPS, Array, Solve, Task

_SIGNATURE = types.void(
    types.double, types.CPointer(types.double), types.CPointer(types.double), types.CPointer(types.double)
)
#: Points of the grid in which the event is looked for, and of its refinements.
_GRID = 64
#: numbalsoda's LSODA cannot stop at an event: it is told a time shortly after it. A gift, which spares it the search.
_PAST = 1.05


@functools.cache
def _callbacks() -> tuple[Any, Any]:
    """The field and the event as C functions; data: unknowns, goal of the loss, length of the packed target, itself."""

    @numba.cfunc(_SIGNATURE)
    def slope(_: Any, y_: Any, slope_: Any, data_: Any) -> None:
        n, size = int(data_[0]), int(data_[2])
        y, slope, data = carray(y_, (n,)), carray(slope_, (n,)), carray(data_, (3 + size,))
        m = n // 2
        kernels.evaluate(y[:m], y[m:], data[3:], slope, np.empty((1, 1)), 1)
        for k in range(n):
            slope[k] = -slope[k]

    @numba.cfunc(_SIGNATURE)
    def event(_: Any, y_: Any, event_: Any, data_: Any) -> None:
        n, size = int(data_[0]), int(data_[2])
        y, event, data = carray(y_, (n,)), carray(event_, (1,)), carray(data_, (3 + size,))
        m = n // 2
        event[0] = kernels.evaluate(y[:m], y[m:], data[3:], np.empty(1), np.empty((1, 1)), 0) - data[1]

    return slope, event


def _packed_task(task: Task) -> Array:
    packed = task.objective.packed
    return np.concatenate([[2.0 * task.m, 0.0, float(len(packed))], packed])


@functools.cache
def _lsoda_search() -> Callable[..., float]:
    """Compiled: LSODA on a grid, then anew from the grid point before the event on a finer one, and so on."""
    from numbalsoda import lsoda

    @numba.njit
    def excess(theta: Any, data: Any) -> float:
        m = theta.shape[0] // 2
        loss = kernels.evaluate(theta[:m], theta[m:], data[3:], np.empty(1), np.empty((1, 1)), 0)
        return float(loss - data[1])

    @numba.njit(nogil=True)
    def search(
        slope: Any, start: Any, data: Any, horizon: float, rtol: float, error: float, most: int
    ) -> float:
        begin, end, theta = 0.0, horizon, start.copy()
        for _ in range(30):
            grid = np.linspace(begin, end, _GRID + 1)
            states, good = lsoda(slope, theta, grid, data, rtol, rtol * 1e-3, most)
            if not good or not excess(states[-1], data) < 0.0:
                return math.nan
            low, high = 0, _GRID
            while high - low > 1:
                middle = (low + high) // 2
                if excess(states[middle], data) < 0.0:
                    high = middle
                else:
                    low = middle
            begin, end, theta = grid[low], grid[high], states[low].copy()
            before, after = excess(theta, data), excess(states[high], data)
            if end - begin <= 0.1 * error * end:
                return begin + (end - begin) * before / (before - after)
        return math.nan

    return search


def prepare_numbalsoda_lsoda(task: Task, rtol: float, limit: float) -> Solve:
    """LSODA in C++ with a compiled callback, bracketed on ever finer grids up to a tenth of the error asked for."""
    search, data, slope = _lsoda_search(), _packed_task(task), _callbacks()[0].address

    def solve(a: Array, w: Array) -> float:
        data[1] = SHARE * task.objective.loss(a, w)
        theta, end = np.concatenate([a, w]), _PAST * task.horizon
        return float(search(slope, theta, data, end, rtol, task.error, STEPS))

    return solve


def prepare_numbalsoda_dop853(task: Task, rtol: float, limit: float) -> Solve:
    """DOP853 in Fortran with its own event search; it gives up by itself where it finds the problem stiff."""
    integrate, data = importlib.import_module("numbalsoda").solve_ivp, _packed_task(task)
    slope, event = (callback.address for callback in _callbacks())
    span = np.array([0.0, FOREVER])  # given as output times too, or it would copy all steps at every step

    def solve(a: Array, w: Array) -> float:
        data[1] = SHARE * task.objective.loss(a, w)
        out = integrate(
            slope,
            span,
            np.concatenate([a, w]),
            t_eval=span,
            n_events=1,
            event_fcn=event,
            data=data.ctypes.data,
            rtol=rtol,
            atol=rtol * 1e-3,
        )
        return float(out.t_event) if out.success and out.event_found else math.nan

    return solve
