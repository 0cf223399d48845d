"""Random flows of fields, complex, in discrete time, with momentum, against LSODA.

Run ``python benchmarks/flow/random_fields.py``.

Each draw has a random target, start, event and time limit. A flow contradicts if its time, or what it says instead of a
time, is not what LSODA finds with rtol 1e-11; a "stalled" that LSODA integrates is counted apart. Every draw is
followed by every method.
"""

from __future__ import annotations

import argparse
import collections
import warnings
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

import memcurse as mc
from memcurse.numerics.flow.momentum import heavy_ball
from memcurse.numerics.flow.tableaus.explicit_pairs import DORMAND_PRINCE_5

_LIMIT = 300.0
_METHODS: dict[str, Any] = {name: name for name in ("radau", "rosenbrock", "stabilised")} | {
    "pair": DORMAND_PRINCE_5
}


def draw(rng: np.random.Generator) -> tuple[str, Any, Any, Any]:
    """A kind, an objective and a start."""
    kind = str(rng.choice(["complex", "discrete", "complex discrete", "momentum"]))
    m, n = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    amplitudes = np.round(rng.normal(size=n), 2)
    if "discrete" in kind:
        poles = np.round(rng.uniform(-0.9, 0.9, n), 2)
        J: Any = mc.DiscreteObjective(
            mc.GeometricSum(amplitudes, poles), field="complex" if kind[0] == "c" else "real"
        )
        x = rng.uniform(-0.8, 0.8, m)
        if kind[0] == "c":
            x = 0.8 * np.sqrt(rng.uniform(size=m)) * np.exp(2j * np.pi * rng.uniform(size=m))
    else:
        target: Any = mc.ExponentialSum(amplitudes, np.round(rng.uniform(0.3, 3, n), 2))
        if rng.uniform() < 0.5:
            target = target + mc.GaussianBump(delay=round(float(rng.uniform(1, 6)), 2))
        J = mc.Objective(target, field="complex" if kind == "complex" else "real")
        x = rng.uniform(0.3, 3, m) + (1j * rng.normal(size=m) if kind == "complex" else 0)
    a = rng.normal(size=m) + (1j * rng.normal(size=m) if kind.startswith("complex") else 0)
    return kind, J, a, x


def lsoda(kind: str, J: Any, a: Any, x: Any, stop: Any, until: float) -> float | None:
    """Time of the event; None if it does not come."""
    m, z = len(a), kind.startswith("complex")
    start = np.concatenate([a.real, a.imag, x.real, x.imag]) if z else np.concatenate([a, x])
    n = len(start)

    def split(y: Any) -> Any:
        if z:
            return y[:m] + 1j * y[m : 2 * m], y[2 * m : 3 * m] + 1j * y[3 * m : 4 * m]
        return y[:m], y[m : 2 * m]

    def slope(_: float, y: Any) -> Any:
        g = J.gradient(*split(y[:n]))
        return np.concatenate([y[n:], -0.3 * y[n:] - g]) if kind == "momentum" else -g

    first = J.loss(a, x)

    def event(_: float, y: Any) -> float:
        if isinstance(stop, mc.LossDrop):
            return float(first - J.loss(*split(y[:n])) - float(stop.fraction) * first)
        return float(np.linalg.norm(y[:n] - start) - float(stop.distance))

    event.terminal = True  # type: ignore[attr-defined]
    y0 = np.concatenate([start, np.zeros(n)]) if kind == "momentum" else start
    out = solve_ivp(
        slope, (0, until), y0, method="LSODA", rtol=1e-11, atol=1e-13, events=event, max_step=until / 200
    )
    return float(out.t[-1]) if out.status == 1 else None


def compare(counts: collections.Counter[str], case: tuple[Any, ...], true: float | None) -> None:
    """Follow one draw by one method, and count what came."""
    i, kind, name, J, a, x, stop, method = case
    options = {"until": _LIMIT, "rtol": 1e-6, "max_steps": 20000, "method": method}
    try:
        if kind == "momentum":
            run: Any = heavy_ball(J, a, x, stop, friction=0.3, **options)
        else:
            run = mc.gradient_flow(J, a, x, stop=stop, **options)
    except Exception as error:
        counts[f"{name}: {type(error).__name__}"] += 1
        print(i, kind, name, type(error).__name__, str(error)[:150], flush=True)
        return
    counts[f"{name}: {run.status}"] += 1
    agrees = (true is None) == (run.event_time is None)
    if agrees and true is not None:
        agrees = abs(float(run.event_time) / true - 1) < 1e-5
    if not agrees or run.status in ("stalled", "budget", "stationary"):
        counts[f"{name}: to look at"] += 1
        print(i, kind, name, type(stop).__name__, run, true, a.tolist(), x.tolist(), flush=True)


def main() -> None:
    """Print the counts, and every contradiction."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    counts: collections.Counter[str] = collections.Counter()
    for i in range(options.draws):
        rng = np.random.default_rng([options.seed, i])
        kind, J, a, x = draw(rng)
        loss_drop = rng.uniform() < 0.5
        stop: Any = mc.LossDrop(fraction=round(float(rng.uniform(0.02, 0.9)), 3))
        if not loss_drop:
            stop = mc.Displacement(round(float(rng.uniform(0.05, 1.5)), 3))
        try:
            true = lsoda(kind, J, a, x, stop, _LIMIT)
        except Exception as error:
            counts[f"{kind}: {type(error).__name__}"] += 1
            continue
        for name, method in _METHODS.items():
            compare(counts, (i, kind, name, J, a, x, stop, method), true)
    for key in sorted(counts):
        print(f"{key:32s} {counts[key]}")


if __name__ == "__main__":
    main()
