"""Sampled networks against peers: least squares on the same features, and forecasts on the same data.

``python benchmarks/networks/sampled.py solver [--rows 1000000]``: CPU time and relative excess of the squared error
over ours. ``python benchmarks/networks/sampled.py memory [--rows 10000000]``: the streaming solver alone, and the
memory that it took. ``python benchmarks/networks/sampled.py forecast [--budget 60]``: valid times on Lorenz, each peer
tuned on the validation split with the same CPU time (for the network a trial is a seed).

Peers that are not installed are left out and said: swimnetworks, pydmd, reservoirpy, jax. One thread throughout.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import importlib.util
import itertools
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.linalg

from memcurse.numerics.sampled.activations import TANH
from memcurse.numerics.sampled.experiments.comparison import rollout
from memcurse.numerics.sampled.experiments.measures import valid_steps
from memcurse.numerics.sampled.experiments.systems import SYSTEMS, trajectories
from memcurse.numerics.sampled.least_squares import least_squares
from memcurse.numerics.sampled.network import sampled_network
from memcurse.numerics.sampled.pairs import Layer, sample_layer

Array = np.ndarray
WIDTH, BLOCK = 200, 4096


def available(name: str) -> bool:
    found = importlib.util.find_spec(name) is not None
    if not found:
        print(f"({name} is not installed: left out)")
    return found


# --- solvers -------------------------------------------------------------------------------------------------------


def data_and_layer(rows: int) -> tuple[Array, Array, Layer]:
    """Lorenz states and the next ones, in random order, with noise of 1e-3; 200 neurons of pairs."""
    base = min(rows, 1_000_000)
    parts = np.stack(trajectories(SYSTEMS["lorenz"], base // 1000, 1001, seed=0))
    rng = np.random.default_rng(0)
    order = rng.permutation(base)
    X, Y = parts[:, :-1].reshape(-1, 3)[order], parts[:, 1:].reshape(-1, 3)[order]
    X, Y = X + 1e-3 * rng.standard_normal(X.shape), Y + 1e-3 * rng.standard_normal(Y.shape)
    return X, Y, sample_layer(X, Y, WIDTH, "swim", TANH, rng)


def slices(rows: int) -> Iterator[slice]:
    for start in range(0, rows, BLOCK):
        yield slice(start, min(start + BLOCK, rows))


def by_stream(X: Array, Y: Array, layer: Layer) -> Array:
    return least_squares((layer(X[s]), Y[s]) for s in slices(len(X))).solution


def by_normal_equations(X: Array, Y: Array, layer: Layer) -> Array:
    G, H = np.zeros((WIDTH, WIDTH)), np.zeros((WIDTH, Y.shape[1]))
    for s in slices(len(X)):
        F = layer(X[s])
        G += F.T @ F
        H += F.T @ Y[s]
    return np.linalg.solve(G, H)


def by_tsqr(X: Array, Y: Array, layer: Layer) -> Array:
    R = np.zeros((0, WIDTH + Y.shape[1]))
    for s in slices(len(X)):
        R = np.linalg.qr(np.concatenate([R, np.concatenate([layer(X[s]), Y[s]], axis=1)]), mode="r")
    return scipy.linalg.solve_triangular(R[:WIDTH, :WIDTH], R[:WIDTH, WIDTH:])


def by_lstsq(X: Array, Y: Array, layer: Layer) -> Array:
    return np.linalg.lstsq(layer(X), Y, rcond=None)[0]


def by_swimnetworks(X: Array, Y: Array, layer: Layer) -> Array:
    from swimnetworks import Linear

    linear = Linear(regularization_scale=1e-10)
    linear.fit(layer(X), Y)
    # It adds a constant of its own, which the error below has to count.
    return np.concatenate([linear.weights, np.atleast_2d(linear.biases)])


def by_pydmd(X: Array, Y: Array, layer: Layer) -> Array:
    """PyDMD's operator of the features; only the K problem, so `Y` are features here."""
    from pydmd import DMD

    operator = DMD(svd_rank=-1).operator
    U = operator.compute_operator(layer(X).T, Y.T)[0]
    return (U @ operator.as_numpy_array @ U.T).T.real


def by_reservoirpy(X: Array, Y: Array, layer: Layer) -> Array:
    from reservoirpy.nodes import Ridge

    node = Ridge(ridge=1e-10, fit_bias=False)
    node.fit(layer(X), Y)
    return np.asarray(node.Wout)


def squared_error(X: Array, Y: Array, layer: Layer, D: Array) -> float:
    total = 0.0
    for s in slices(len(X)):
        F = layer(X[s])
        F = np.concatenate([F, np.ones((len(F), 1))], axis=1) if len(D) == WIDTH + 1 else F
        total += float(((F @ D - Y[s]) ** 2).sum())
    return total


def solver_table(rows: int) -> None:
    X, Y, layer = data_and_layer(rows)
    solvers: dict[str, Callable[..., Array]] = {
        "memcurse, streaming": by_stream,
        "normal equations, streaming": by_normal_equations,
        "TSQR, streaming": by_tsqr,
    }
    if rows <= 300_000:
        solvers["numpy lstsq"] = by_lstsq
        for name, solver in (("swimnetworks", by_swimnetworks), ("reservoirpy", by_reservoirpy)):
            if available(name):
                solvers[name] = solver
    report(f"D, {rows} rows, {WIDTH} features, 3 right-hand sides", solvers, X, Y, layer)
    if rows <= 300_000 and available("pydmd"):
        del solvers["TSQR, streaming"]
        report(
            f"K, {rows} rows, {WIDTH} right-hand sides", {**solvers, "pydmd": by_pydmd}, X, layer(Y), layer
        )


def report(title: str, solvers: dict[str, Callable[..., Array]], X: Array, Y: Array, layer: Layer) -> None:
    print(title)
    least = None
    for name, solver in solvers.items():
        try:
            start = time.process_time()
            D = solver(X, Y, layer)
            seconds = time.process_time() - start
        except Exception as error:
            print(f"  {name:30s} failed: {type(error).__name__}: {str(error)[:90]}")
            continue
        value = squared_error(X, Y, layer, D)
        least = value if least is None else least
        print(f"  {name:30s} {seconds:8.2f} CPU-s   excess {value / least - 1:+.2e}")


def memory(rows: int) -> None:
    X, Y, layer = data_and_layer(1_000_000)
    rng = np.random.default_rng(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def blocks() -> Iterator[tuple[Array, Array]]:
        for _ in range(rows // len(X)):
            for s in slices(len(X)):
                yield layer(X[s] + 1e-3 * rng.standard_normal(X[s].shape)), Y[s]

    start = time.process_time()
    found = least_squares(blocks())
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{found.rows} rows, {WIDTH} features: {seconds:.1f} CPU-s, rank {found.rank}")
    print(f"peak memory {peak / 1024:.0f} MB, of which {before / 1024:.0f} MB before the solver started")


# --- forecasts -----------------------------------------------------------------------------------------------------

WARMUP, HORIZON, STARTS = 100, 1500, 8


def splits() -> tuple[list[Array], list[Array], list[Array], Array, Array]:
    system = SYSTEMS["lorenz"]
    train = trajectories(system, 8, 1001, seed=0)
    validation = trajectories(system, STARTS, WARMUP + HORIZON + 1, seed=1)
    test = trajectories(system, STARTS, WARMUP + HORIZON + 1, seed=2)
    rows = np.concatenate(train)
    return train, validation, test, rows.mean(axis=0), rows.std(axis=0)


def valid(forecasts: Array, truths: list[Array]) -> Array:
    exponent = SYSTEMS["lorenz"].step * (SYSTEMS["lorenz"].exponent or 1.0)
    return exponent * np.array(
        [valid_steps(f, t[WARMUP:]) for f, t in zip(forecasts, truths, strict=True)], dtype=float
    )


def network_trial(k: int, train: list[Array], *_: Any) -> Callable[[list[Array]], Array]:
    net = sampled_network(train, width=WIDTH, seed=k)
    return lambda parts: rollout(net, np.stack([p[WARMUP] for p in parts]), HORIZON)


def echo_trial(k: int, train: list[Array], mean: Array, spread: Array) -> Callable[[list[Array]], Array]:
    from reservoirpy.nodes import Reservoir, Ridge

    rng = np.random.default_rng(k)
    radius, leak, scale = rng.uniform(0.1, 1.4), rng.uniform(0.3, 1.0), 10 ** rng.uniform(-1.5, 0.3)
    # Noise on the inputs keeps the closed loop stable; without it no trial forecast for two Lyapunov times.
    ridge, noise = 10 ** rng.uniform(-9, -2), rng.choice([0.0, 1e-5, 1e-4, 1e-3, 1e-2])
    model = Reservoir(units=WIDTH, sr=radius, lr=leak, input_scaling=scale, seed=k) >> Ridge(ridge=ridge)
    scaled = [(p - mean) / spread for p in train]
    noisy = [p[:-1] + noise * rng.standard_normal(p[:-1].shape) for p in scaled]
    model.fit(noisy, [p[1:] for p in scaled], warmup=WARMUP)

    def forecast(parts: list[Array]) -> Array:
        found = []
        for part in parts:
            model.reset()
            out = np.asarray(model.run((part[: WARMUP + 1] - mean) / spread))[-1]
            states = [(part[WARMUP] - mean) / spread, out]
            for _ in range(HORIZON - 1):
                states.append(np.clip(np.asarray(model.step(states[-1])).ravel(), -100, 100))
            found.append(np.array(states) * spread + mean)
        return np.array(found)

    return forecast


def lstm_trial(k: int, train: list[Array], mean: Array, spread: Array) -> Callable[[list[Array]], Array]:
    import jax
    import jax.numpy as jnp

    hidden, rate = list(itertools.product((64, 128), (3e-3, 1e-2)))[k % 4]
    rng = np.random.default_rng(k)
    shapes = {
        "Wx": (3, 4 * hidden),
        "Wh": (hidden, 4 * hidden),
        "b": (4 * hidden,),
        "Wo": (hidden, 3),
        "bo": (3,),
    }
    theta = {n: jnp.asarray(rng.standard_normal(s) / np.sqrt(s[0]) * (len(s) > 1)) for n, s in shapes.items()}

    def cell(theta: Any, state: Any, x: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(x @ theta["Wx"] + h @ theta["Wh"] + theta["b"], 4, axis=-1)
        c = jax.nn.sigmoid(f + 1) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        # The network gives the difference of two states, in units of its usual size.
        return (h, c), x + 0.1 * (h @ theta["Wo"] + theta["bo"])

    def run(theta: Any, window: Any) -> Any:
        zero = jnp.zeros((window.shape[1], hidden))
        return jax.lax.scan(lambda s, x: cell(theta, s, x), (zero, zero), window)

    def loss(theta: Any, window: Any) -> Any:
        return jnp.mean((run(theta, window[:-1])[1][10:] - window[11:]) ** 2)

    @jax.jit
    def update(theta: Any, m: Any, v: Any, t: Any, window: Any) -> Any:
        g = jax.grad(loss)(theta, window)
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
        size = rate * 0.5 * (1 + jnp.cos(jnp.pi * t / LSTM_STEPS))
        theta = jax.tree.map(
            lambda p, a, b: p - size * (a / (1 - 0.9**t)) / (jnp.sqrt(b / (1 - 0.999**t)) + 1e-9), theta, m, v
        )
        return theta, m, v

    scaled = np.stack([(p - mean) / spread for p in train])
    m = v = jax.tree.map(jnp.zeros_like, theta)
    for t in range(1, LSTM_STEPS + 1):
        part, first = rng.integers(0, len(scaled), 32), rng.integers(0, scaled.shape[1] - 61, 32)
        window = np.stack([scaled[i, j : j + 60] for i, j in zip(part, first, strict=True)], axis=1)
        theta, m, v = update(theta, m, v, float(t), jnp.asarray(window))

    def forecast(parts: list[Array]) -> Array:
        history = jnp.asarray(np.stack([(p[: WARMUP + 1] - mean) / spread for p in parts], axis=1))
        state, outs = run(theta, history)

        def closed(carry: Any, _: Any) -> Any:
            s, x = carry
            s, y = cell(theta, s, x)
            return (s, y), y

        _, rest = jax.lax.scan(closed, (state, outs[-1]), None, length=HORIZON - 1)
        states = np.concatenate([np.asarray(history[-1:]), np.asarray(outs[-1:]), np.asarray(rest)])
        return states.transpose(1, 0, 2) * spread + mean

    return forecast


LSTM_STEPS = 1500


def forecast_table(budget: float) -> None:
    train, validation, test, mean, spread = splits()
    peers: dict[str, Any] = {f"memcurse, {WIDTH} tanh": network_trial}
    if available("reservoirpy"):
        peers[f"reservoirpy, {WIDTH} units"] = echo_trial
    if available("jax"):
        peers["LSTM (jax), 64 or 128 units"] = lstm_trial
    print(f"Lorenz: valid time in Lyapunov times, {STARTS} test starts, {budget:g} CPU-s each for tuning")
    for name, trial in peers.items():
        start, best, chosen, k = time.process_time(), -1.0, None, 0
        while time.process_time() - start < budget:
            forecast = trial(k, train, mean, spread)
            size = float(valid(forecast(validation), validation).mean())
            if size > best:
                best, chosen = size, forecast
            k += 1
        assert chosen is not None
        seconds = time.process_time() - start
        found = valid(chosen(test), test)
        error = found.std(ddof=1) / np.sqrt(len(found))
        print(
            f"  {name:30s} {k:4d} trials, {seconds:5.0f} CPU-s   validation {best:5.2f}   "
            f"test {found.mean():5.2f} +- {error:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("solver", "memory", "forecast"))
    parser.add_argument("--rows", type=int)
    parser.add_argument("--budget", type=float, default=60.0)
    arguments = parser.parse_args()
    if arguments.what == "solver":
        solver_table(arguments.rows or 1_000_000)
    elif arguments.what == "memory":
        memory(arguments.rows or 10_000_000)
    else:
        forecast_table(arguments.budget)


if __name__ == "__main__":
    main()
