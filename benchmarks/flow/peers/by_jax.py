"""diffrax, one flow or a batch."""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .contract import FOREVER, SHARE, STEPS, Array, Solve, Task


@functools.cache
def _diffrax_flow(solver: str) -> Callable[..., Any]:
    """Compiled ``(theta, T, squared norm, rtol) -> (time, whether the event came)``; batches by `jax.vmap`."""
    jax, diffrax = importlib.import_module("jax"), importlib.import_module("diffrax")
    optimistix = importlib.import_module("optimistix")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def loss(theta: Any, T: Any, squared_norm: Any) -> Any:
        a, w = jnp.split(theta, 2)
        bump = jnp.exp(w * (w / 2 - T)) * jax.scipy.special.erfc((w - T) / math.sqrt(2))
        L0 = math.sqrt(math.pi / 2) * bump + 1 / (w + 1)
        return a @ (1 / (w[:, None] + w)) @ a - 2 * a @ L0 + squared_norm

    def slope(_: Any, theta: Any, data: Any) -> Any:
        return -jax.grad(loss)(theta, data[0], data[1])

    def flow(theta: Any, T: Any, squared_norm: Any, rtol: Any) -> Any:
        goal = SHARE * loss(theta, T, squared_norm)
        event = diffrax.Event(
            lambda t, y, args, **_: loss(y, *args) - goal, optimistix.Bisection(rtol=1e-9, atol=1e-9)
        )
        out = diffrax.diffeqsolve(
            diffrax.ODETerm(slope),
            getattr(diffrax, solver)(),
            t0=0.0,
            t1=FOREVER,
            dt0=None,
            y0=theta,
            args=(T, squared_norm),
            event=event,
            stepsize_controller=diffrax.PIDController(rtol=rtol, atol=rtol * 1e-3),
            adjoint=diffrax.ForwardMode(),  # a plain loop: nothing is differentiated
            max_steps=STEPS,
            throw=False,
        )
        # Near the escape's end the time's last digit moves the loss by more than the bisection's `atol`, which it then
        # calls a failure: the loss at the end says whether the event came.
        return out.ts[-1], jnp.abs(loss(out.ys[-1], T, squared_norm) / goal - 1) < 1e-5

    return flow


@functools.cache
def _diffrax_compiled(solver: str, batched: bool) -> Callable[..., Any]:
    import jax

    flow = _diffrax_flow(solver)
    return jax.jit(jax.vmap(flow, in_axes=(0, None, None, None)) if batched else flow)


def prepare_diffrax(solver: str, task: Task, rtol: float, limit: float) -> Solve:
    """One jitted `diffeqsolve` (compiled once for all targets and tolerances of a width, at its first call)."""
    compiled, squared_norm = _diffrax_compiled(solver, False), task.squared_norm

    def solve(a: Array, w: Array) -> float:
        try:
            found, came = compiled(np.concatenate([a, w]), float(task.T), squared_norm, rtol)
            return float(found) if came else math.nan
        except RuntimeError:  # from within: an event that its bisection does not find bracketed
            return math.nan

    return solve


def diffrax_ensemble(solver: str, task: Task, rtol: float, A: Array, W: Array) -> Array:
    """Times of all starts (N, m) by one `jax.vmap`; nan where the event did not come."""
    compiled = _diffrax_compiled(solver, True)
    try:
        times, came = compiled(np.concatenate([A, W], axis=1), float(task.T), task.squared_norm, rtol)
        return np.where(np.asarray(came), np.asarray(times), math.nan)
    except RuntimeError:  # one start that fails takes the batch with it
        return np.full(len(A), math.nan)
