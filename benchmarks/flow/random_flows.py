"""Draws random flows and compares time and status with SciPy's LSODA.

Run ``python benchmarks/flow/random_flows.py [DRAWS] [SEED]``. Kernels (both signs, sums, bumps, power laws,
oscillations), starts (plateau, zero, coincided, huge, mixed signs), events and time limits are drawn; a line is
printed for each flow whose status or time LSODA contradicts. `tests/numerics/flow/test_random_flows.py` runs the first
forty.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

import memcurse as mc
from memcurse.numerics.objective.objective import Objective

#: Differences of the event's quantity, relative to its size, that both integrations may have.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Draw:
    """One flow to follow."""

    name: str
    J: Objective
    a: np.ndarray
    w: np.ndarray
    stop: Any
    until: float


@functools.cache
def _oscillation(frequency: int) -> Any:
    """One of two: a kernel without a closed form is fitted, which takes longer than its flows."""
    return mc.parse_target(f"exp(-t/2)*cos({frequency}*t)")


def _kernel(rng: np.random.Generator) -> tuple[str, Any]:
    kind = rng.choice(["sum", "bump", "negative bump", "power law", "oscillation"])
    exponentials = mc.ExponentialSum(
        [_number(rng.normal()) for _ in range(2)], [_number(x) for x in rng.uniform(0.3, 3, 2)]
    )
    if kind == "sum":
        return kind, exponentials
    if "bump" in kind:
        size = rng.uniform(0.3, 1.5) * (-1 if kind.startswith("negative") else 1)
        plain = mc.ExponentialSum(["1"], [_number(rng.uniform(0.5, 2))])
        return kind, plain + mc.GaussianBump(
            delay=_number(rng.uniform(2, 9)), width=_number(rng.uniform(0.4, 1.2)), amplitude=_number(size)
        )
    if kind == "power law":
        return kind, mc.PowerLaw(omega=_number(rng.uniform(0.3, 0.9)))
    return kind, _oscillation(int(rng.integers(1, 3)))


def _number(x: float) -> str:
    return f"{x:.3f}"


def _start(rng: np.random.Generator, target: Any) -> tuple[str, np.ndarray, np.ndarray]:
    m = int(rng.integers(1, 5))
    kind = str(rng.choice(["plateau", "zero", "coincided", "huge", "mixed"]))
    w = rng.uniform(0.3, 3.0, m)
    if kind == "zero":
        return kind, np.zeros(m), w
    if kind == "huge":
        return kind, 30.0 * rng.normal(size=m), w
    if kind == "mixed":
        return kind, rng.normal(size=m), w
    shares = rng.dirichlet(np.ones(m))
    if kind == "coincided":
        return kind, shares, np.full(m, w[0])
    rate = next((float(part.w[0]) for part in target.parts() if isinstance(part, mc.ExponentialSum)), 1.0)
    return kind, shares, rate * (1.0 + 0.05 * rng.normal(size=m))


def draw(seed: int) -> Draw:
    """The flow number `seed`."""
    rng = np.random.default_rng(seed)
    kernel, target = _kernel(rng)
    start, a, w = _start(rng, target)
    if rng.random() < 0.5:
        stop, event = mc.LossDrop(fraction=_number(rng.uniform(0.01, 0.95))), "drop"
    else:
        stop, event = mc.Displacement(_number(10 ** rng.uniform(-1.5, 0.7))), "displacement"
    return Draw(
        f"{seed}: {kernel}, {start} {len(a)}, {event}",
        Objective(target),
        a,
        w,
        stop,
        10 ** rng.uniform(0, 3.5),
    )


def past(case: Draw, states: np.ndarray) -> np.ndarray:
    """The event's quantity less its threshold, relative to the larger of the two scales, at states (steps, 2m)."""
    m = len(case.a)
    if isinstance(case.stop, mc.Displacement):
        moved = np.linalg.norm(states - np.concatenate([case.a, case.w]), axis=1)
        return moved / float(case.stop.distance) - 1.0
    loss = case.J.loss(states[:, :m], states[:, m:])
    first = float(case.J.loss(case.a, case.w))
    return 1.0 - loss / first - float(case.stop.fraction)


def reference(case: Draw) -> tuple[np.ndarray, np.ndarray, Any]:
    """Times and excess along LSODA's path, and the path as a function."""
    m, f = len(case.a), case.J.prepare(len(case.a))

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        if not np.all(y[m:] > 0):
            return np.full(2 * m, np.nan)
        return -np.array(f(y[:m].copy(), y[m:].copy())[1])

    out = solve_ivp(
        slope,
        (0.0, case.until),
        np.concatenate([case.a, case.w]),
        method="LSODA",
        rtol=1e-9,
        atol=1e-12,
        dense_output=True,
    )
    if not out.success:
        raise ArithmeticError(out.message)
    steps = [np.linspace(x, y, 5)[1:] for x, y in zip(out.t[:-1], out.t[1:], strict=True)]
    times = np.concatenate([[0.0], *steps])
    return times, past(case, out.sol(times).T), out.sol


def contradiction(case: Draw) -> str:
    """What LSODA says against the package's answer; empty if nothing."""
    try:
        run = mc.gradient_flow(
            case.J, case.a, case.w, stop=case.stop, until=case.until, rtol=1e-8, max_steps=5000
        )
    except ValueError as error:
        return "" if "critical point" in str(error) else f"{case.name}: {error}"
    except Exception as error:  # an answer that is none
        return f"{case.name}: {type(error).__name__}: {error}"
    try:
        times, excess, path = reference(case)
    except ArithmeticError:
        return ""
    if run.status in ("stalled", "budget"):
        return f"{case.name}: {run.status} at {run.t[-1]:.6g} after {run.steps} steps; LSODA goes on"
    if run.status != "reached":
        highest = float(excess.max())
        return (
            "" if highest < TOLERANCE else f"{case.name}: {run.status}; LSODA is {highest:.2g} past the event"
        )
    there = float(past(case, path(run.event_time)[None])[0])
    before = excess[times < run.event_time * (1 - 1e-6)]
    if abs(there) > TOLERANCE:
        return f"{case.name}: reached at {run.event_time:.10g}; LSODA's excess there is {there:.2g}"
    if len(before) and before.max() > TOLERANCE:
        return f"{case.name}: reached at {run.event_time:.10g}; LSODA reaches it before"
    return ""


def main() -> None:
    """Print the contradictions, and how many there are."""
    draws, seed = (int(x) for x in (*sys.argv[1:], *("500", "0")[len(sys.argv) - 1 :]))
    found = 0
    for i in range(draws):
        text = contradiction(draw(seed + i))
        found += bool(text)
        if text:
            print(text, flush=True)
    print(f"{found} of {draws} contradicted")


if __name__ == "__main__":
    main()
