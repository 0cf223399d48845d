"""Integrators that one would otherwise use for the gradient flow, behind one contract.

A peer is a function ``prepare(task, rtol, limit) -> solve``. It does everything that depends only on the target, the
width and the tolerance (compiling included, as far as the peer lets it), and returns ``solve(a, w) -> time``: the time
at which the flow from that start has lost 5 % of its loss, or nan if the peer gives up, exceeds its budget of
`STEPS` steps, or runs longer than `limit` seconds where it can be stopped. Peers that are not installed are left out
by `available`. To add one, write such a function and a row of `PEERS`.

All take the same closed-form field in float64 (the exact Hessian too, where they use one) and their own event search.
The absolute tolerance is a thousandth of the relative one: the rates' distances, on which everything depends, shrink.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import importlib.util
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba import carray, types
from scipy.integrate import solve_ivp

import memcurse as mc
from memcurse.numerics.flow.engine.solve import LEVELS
from memcurse.numerics.flow.engine.state import REACHED
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import follow, gradient_flow
from memcurse.numerics.flow.problem import make_problem
from memcurse.numerics.objective import kernels
from memcurse.theory.plateau.delayed_part import example_target

Array = np.ndarray
Solve = Callable[[Array, Array], float]

#: The event: the loss has dropped by 5 %.
SHARE, DROP = 0.95, LossDrop(fraction="0.05")
#: Most steps of a peer that cannot be stopped by the clock (of LSODA in numbalsoda: from one output to the next).
STEPS = 100_000
FOREVER = 1e15
LADDER = tuple(10.0**-k for k in range(3, 13))


@dataclass(frozen=True)
class Task:
    """A target (eq. 125 with a delay T), a width, the error asked for, and the time told to peers without events."""

    T: int
    m: int
    error: float
    horizon: float

    @functools.cached_property
    def objective(self) -> mc.Objective:
        """Width and height of the bump are 1."""
        return mc.Objective(example_target(self.T))

    @property
    def squared_norm(self) -> float:
        """Of the target."""
        return float(self.objective.loss([0.0], [1.0]))


@dataclass(frozen=True)
class Peer:
    """A name, the package it needs, its way in, and the tolerances to try, loosest first."""

    name: str
    package: str
    prepare: Callable[[Task, float, float], Solve]
    ladder: tuple[float, ...] = LADDER
    widest: int = 2**30  # its set-up takes minutes for more units


def available(names: list[str] | None = None) -> tuple[list[Peer], list[str]]:
    """The peers that are installed, and a line for each that is not."""
    chosen = [peer for peer in PEERS if names is None or peer.name in names]
    there = [peer for peer in chosen if importlib.util.find_spec(peer.package) is not None]
    return there, [
        f"{peer.name}: skipped, {peer.package} is not installed" for peer in chosen if peer not in there
    ]


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Send what compiled peers print on giving up to nowhere: they write past Python's streams."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept, nowhere = [os.dup(1), os.dup(2)], os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        for at, stream in enumerate(kept, start=1):
            os.dup2(stream, at)
            os.close(stream)
        os.close(nowhere)


# --- memcurse itself ---------------------------------------------------------------------------------------------


def prepare_memcurse(task: Task, rtol: float, limit: float) -> Solve:
    """`gradient_flow`, checks and set-up included in every call."""

    def solve(a: Array, w: Array) -> float:
        time = gradient_flow(task.objective, a, w, stop=DROP, rtol=rtol).event_time
        return math.nan if time is None else float(time)

    return solve


def prepare_checked_once(task: Task, rtol: float, limit: float) -> Solve:
    """The same without what the peers have done before: target, event, limits and method are checked once."""
    J, made = task.objective, np.linspace(0.9, 1.1, task.m)
    problem = make_problem(J, made / task.m, made, DROP, 1e100, rtol, STEPS)

    def solve(a: Array, w: Array) -> float:
        loss, _ = J.slope(a, w)
        here = dataclasses.replace(
            problem, start=np.concatenate([a, w]), given=(a, w), loss=loss, threshold=(1.0 - SHARE) * loss
        )
        trace, _ = follow(here, None, LEVELS)
        return float(sum(trace.last_time)) if trace.code == REACHED else math.nan

    return solve


# --- SciPy -------------------------------------------------------------------------------------------------------


def prepare_scipy(method: str, task: Task, rtol: float, limit: float) -> Solve:
    """`solve_ivp` with a terminal event; callbacks are thin Python around the compiled kernels."""
    m, packed = task.m, task.objective.packed
    gradient, hessian = np.empty(2 * m), np.empty((2 * m, 2 * m))

    def jacobian(_: float, y: Array) -> Array:
        kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 2)
        return -hessian

    options = {} if method == "DOP853" else {"jac": jacobian}

    def solve(a: Array, w: Array) -> float:
        goal, deadline = SHARE * task.objective.loss(a, w), time.perf_counter() + limit

        def slope(_: float, y: Array) -> Array:
            if time.perf_counter() > deadline:
                raise TimeoutError
            kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 1)
            return -gradient

        def event(_: float, y: Array) -> float:
            return float(kernels.evaluate(y[:m], y[m:], packed, gradient, hessian, 0)) - goal

        event.terminal = True  # type: ignore[attr-defined]
        span, start = (0, FOREVER), np.concatenate([a, w])
        try:
            out = solve_ivp(
                slope, span, start, method=method, rtol=rtol, atol=rtol * 1e-3, events=event, **options
            )
        except (TimeoutError, ValueError):
            return math.nan
        return float(out.t_events[0][0]) if len(out.t_events[0]) else math.nan

    return solve


# --- SUNDIALS, through scikit-sundae -----------------------------------------------------------------------------


@numba.njit
def _cvode_slope(_: float, y: Any, slope: Any, data: Any) -> None:
    m = y.shape[0] // 2
    kernels.evaluate(y[:m], y[m:], data[0], slope, data[1], 1)
    for k in range(2 * m):
        slope[k] = -slope[k]


@numba.njit
def _cvode_jacobian(_: float, y: Any, slope: Any, jacobian: Any, data: Any) -> None:
    m = y.shape[0] // 2
    kernels.evaluate(y[:m], y[m:], data[0], data[2], jacobian, 2)
    for i in range(2 * m):
        for j in range(2 * m):
            jacobian[i, j] = -jacobian[i, j]


@numba.njit
def _cvode_event(_: float, y: Any, events: Any, data: Any) -> None:
    m = y.shape[0] // 2
    events[0] = kernels.evaluate(y[:m], y[m:], data[0], data[2], data[1], 0) - data[3][0]


def prepare_cvode(task: Task, rtol: float, limit: float) -> Solve:
    """CVODE's BDF with the exact Jacobian, dense systems and root finding; the callbacks are compiled."""
    from sksundae.cvode import CVODE

    n, deadline = 2 * task.m, [math.inf]
    data = (task.objective.packed, np.empty((n, n)), np.empty(n), np.zeros(1))

    # The only callback in Python: called once a step, it also watches the clock.
    def event(t: float, y: Array, events: Array, data: Any) -> None:
        _cvode_event(t, y, events, data)
        if time.perf_counter() > deadline[0]:
            events[0] = -math.inf

    event.terminal = [True]  # type: ignore[attr-defined]
    solver = CVODE(
        _cvode_slope,
        userdata=data,
        jacfn=_cvode_jacobian,
        eventsfn=event,
        num_events=1,
        rtol=rtol,
        atol=rtol * 1e-3,
        max_num_steps=STEPS,
    )

    def solve(a: Array, w: Array) -> float:
        data[3][0] = SHARE * task.objective.loss(a, w)
        deadline[0] = time.perf_counter() + limit
        out = solver.solve(np.array([0.0, 0.5 * FOREVER, FOREVER]), np.concatenate([a, w]))
        late = time.perf_counter() > deadline[0]
        found = out.t_events is not None and len(out.t_events)
        return float(out.t_events[0]) if found and not late else math.nan

    return solve


# --- heyoka ------------------------------------------------------------------------------------------------------

#: Steps between two looks at the clock, and the width from which its loops are not unrolled: 47 s to compile m = 10.
_HEYOKA_CHUNK, _HEYOKA_UNROLLED = 2000, 4


def _heyoka_system(hy: Any, task: Task) -> tuple[list[Any], list[Any], Any]:
    """Variables, slopes and the event (par[0] is the goal). The moments hold as they stand while ``w < T``."""
    m, T = task.m, float(task.T)
    variables = hy.make_vars(*(f"a{k}" for k in range(m)), *(f"w{k}" for k in range(m)))
    a, w = variables[:m], variables[m:]
    mass, edge = math.sqrt(math.pi / 2), math.exp(-T * T / 2)
    L0 = [mass * hy.exp(x * (0.5 * x - T)) * hy.erfc((x - T) / math.sqrt(2)) for x in w]
    L1 = [(T - x) * L + edge + 1.0 / ((x + 1.0) * (x + 1.0)) for x, L in zip(w, L0, strict=True)]
    L0 = [L + 1.0 / (x + 1.0) for x, L in zip(w, L0, strict=True)]
    r0 = [hy.sum([a[j] / (w[k] + w[j]) for j in range(m)]) - L0[k] for k in range(m)]
    r1 = [hy.sum([a[j] / ((w[k] + w[j]) * (w[k] + w[j])) for j in range(m)]) - L1[k] for k in range(m)]
    slopes = [-2.0 * r for r in r0] + [2.0 * x * r for x, r in zip(a, r1, strict=True)]
    loss = hy.sum([a[k] * (r0[k] - L0[k]) for k in range(m)]) + task.squared_norm
    return variables, slopes, loss - hy.par[0]


def prepare_heyoka(task: Task, rtol: float, limit: float) -> Solve:
    """Taylor series of an order that follows from the tolerance, with a terminal event."""
    hy = importlib.import_module("heyoka")
    variables, slopes, event = _heyoka_system(hy, task)
    integrator = hy.taylor_adaptive(
        list(zip(variables, slopes, strict=True)),
        [1.0] * len(variables),
        pars=[0.0],
        t_events=[hy.t_event(event)],
        tol=rtol,
        compact_mode=task.m > _HEYOKA_UNROLLED,
    )

    def solve(a: Array, w: Array) -> float:
        integrator.time, integrator.pars[0] = 0.0, SHARE * task.objective.loss(a, w)
        integrator.state[:] = np.concatenate([a, w])
        integrator.reset_cooldowns()
        deadline = time.perf_counter() + limit
        while time.perf_counter() < deadline:
            outcome = integrator.propagate_until(FOREVER, max_steps=_HEYOKA_CHUNK)[0]
            if outcome != hy.taylor_outcome.step_limit:
                # A terminal event is reported by its index less the number of events.
                return float(integrator.time) if int(outcome) == -1 else math.nan
        return math.nan

    return solve


# --- diffrax -----------------------------------------------------------------------------------------------------


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


# --- numbalsoda --------------------------------------------------------------------------------------------------

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


PEERS = (
    *(
        Peer(f"SciPy {x}", "scipy", functools.partial(prepare_scipy, x))
        for x in ("DOP853", "LSODA", "Radau", "BDF")
    ),
    Peer("CVODE", "sksundae", prepare_cvode),
    Peer("heyoka", "heyoka", prepare_heyoka, widest=10),
    *(Peer(f"diffrax {x}", "diffrax", functools.partial(prepare_diffrax, x)) for x in ("Tsit5", "Kvaerno5")),
    Peer("numbalsoda LSODA", "numbalsoda", prepare_numbalsoda_lsoda),
    Peer("numbalsoda DOP853", "numbalsoda", prepare_numbalsoda_dop853),
)
OURS = Peer("memcurse", "memcurse", prepare_memcurse, tuple(10.0**-k for k in range(3, 9)))
CHECKED_ONCE = Peer("memcurse, prepared", "memcurse", prepare_checked_once, OURS.ladder)
