"""Fits with complex modes side by side: memcurse, pyMOR's TF-IRKA, and scikit-rf's vector fitting, in one process.

Run ``python benchmarks/approximation/complex_fits.py``. Every row fits one kernel with the same number of modes. A
loss is computed by memcurse from the amplitudes and rates that came out, so that no program marks its own work;
``excess`` is how far a peer's loss lies above memcurse's, relative. The peers fit real functions, by real modes and
conjugate pairs, in float64; TF-IRKA runs from three starts, of which the best counts, and vector fitting with all its
poles in pairs (but one, if the number is odd) and with all real but a pair. memcurse's time is that of a fit with 30
certified digits.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import wofz

import memcurse as mc

Array = np.ndarray[Any, np.dtype[Any]]
Transform = Callable[[Any], Any]
DIGITS = 30
#: Angular frequencies at which vector fitting sees the transform.
_FREQUENCIES = np.concatenate([np.linspace(0, 20, 801), np.geomspace(20.1, 1e3, 100)])


@dataclass(frozen=True)
class Case:
    """A kernel, its Laplace transform and the derivative of that, and numbers of modes."""

    name: str
    target: Any
    transform: Transform
    derivative: Transform
    widths: tuple[int, ...]


def cases() -> Iterator[Case]:
    """A late bump, and damped oscillations beside each other and with a power of t."""
    yield Case("bump at 5", mc.GaussianBump(delay=5, width=1), _bump, _bump_slope, (2, 3, 4, 6))
    waves = "exp(-t/10)*cos(t)+exp(-t/2)*cos(3*t)+exp(-2*t)"
    pairs = ((0.5, 0.1 - 1j), (0.5, 0.1 + 1j), (0.5, 0.5 - 3j), (0.5, 0.5 + 3j), (1.0, 2.0))
    yield Case(
        "three waves",
        mc.parse_target(waves),
        lambda s: sum(c / (s + q) for c, q in pairs),
        lambda s: -sum(c / (s + q) ** 2 for c, q in pairs),
        (2, 3, 4),
    )
    poles = (1 / 3 - 2j, 1 / 3 + 2j)
    yield Case(
        "t exp(-t/3) cos 2t",
        mc.parse_target("t*exp(-t/3)*cos(2*t)"),
        lambda s: sum(0.5 / (s + q) ** 2 for q in poles),
        lambda s: -sum(1 / (s + q) ** 3 for q in poles),
        (2, 3),
    )


def _bump(s: Any) -> Any:
    z = (s - 5) / np.sqrt(2)
    if np.real(z) > 0:
        return np.sqrt(np.pi / 2) * np.exp(-12.5) * wofz(1j * z)
    # erfc z = 2 - erfc(-z), where the scaled function would overflow.
    return np.sqrt(np.pi / 2) * (2 * np.exp(z * z - 12.5) - np.exp(-12.5) * wofz(-1j * z))


def _bump_slope(s: Any) -> Any:
    # L' = (s - 5) L - exp(-25/2), by parts.
    return (s - 5) * _bump(s) - np.exp(-12.5)


# --- runs ----------------------------------------------------------------------------------------------------------


def tf_irka(case: Case, m: int) -> list[tuple[Array, Array]]:
    """Amplitudes and rates from three starts."""
    from pymor.models.iosys import LTIModel  # noqa: F401 - loads what reductors need
    from pymor.models.transfer_function import TransferFunction
    from pymor.reductors.h2 import TFIRKAReductor

    model = TransferFunction(
        1, 1, lambda s: np.array([[case.transform(s)]]), lambda s: np.array([[case.derivative(s)]])
    )
    found = []
    for size in (0.3, 1.0, 3.0):
        half = size * np.arange(1, m // 2 + 1)
        sigma = np.concatenate([0.3 * size + 1j * half, 0.3 * size - 1j * half, [size] * (m % 2)])
        start = {"sigma": sigma, "b": np.ones((m, 1)), "c": np.ones((m, 1))}
        try:
            reduced = TFIRKAReductor(model).reduce(start, tol=1e-10, maxit=300)
        except Exception as error:
            print(f"    TF-IRKA failed: {type(error).__name__}: {str(error)[:60]}")
            continue
        A, B, C, _, E = reduced.to_matrices()
        A, B = (A, B) if E is None else (np.linalg.solve(E, A), np.linalg.solve(E, B))
        values, vectors = np.linalg.eig(A)
        found.append(((C @ vectors).ravel() * np.linalg.solve(vectors, B).ravel(), -values))
    return found


def vector_fitting(case: Case, m: int) -> list[tuple[Array, Array]]:
    """Amplitudes and rates with poles in pairs, and with one pair only."""
    from skrf import Network
    from skrf.vectorFitting import VectorFitting

    samples = np.array([case.transform(1j * y) for y in _FREQUENCIES])
    network = Network(f=_FREQUENCIES / (2 * np.pi), s=samples[:, None, None], z0=50, f_unit="Hz")
    found = []
    for pairs in {m // 2, 1}:
        fitting = VectorFitting(network)
        fitting.vector_fit(
            n_poles_real=m - 2 * pairs, n_poles_cmplx=pairs, fit_constant=False, fit_proportional=False
        )
        poles, residues = fitting.poles, fitting.residues[0]
        # Of a pair only one is listed.
        pair = np.abs(poles.imag) > 0
        a = np.concatenate([residues, residues[pair].conj()])
        found.append((a, -np.concatenate([poles, poles[pair].conj()])))
    return found


def _peer(case: Case, m: int, run: Callable[[Case, int], list[tuple[Array, Array]]], mine: Any) -> str:
    begun = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = run(case, m)
    seconds = time.perf_counter() - begun
    J = mc.Objective(case.target, field="complex")
    losses = [J.loss(a, w, digits=15) for a, w in found if len(w) == m and w.real.min() > 0]
    if not losses:
        return f"no stable fit of {m} modes {seconds:6.3f} s"
    return f"excess {float(min(losses) / mine - 1):10.3g} {seconds:6.3f} s"


def main() -> None:
    """Print one line per kernel and number of modes."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    peers = {}
    if importlib.util.find_spec("pymor") is not None:
        from pymor.core.logger import set_log_levels

        set_log_levels({"pymor": "ERROR"})
        peers["TF-IRKA"] = tf_irka
    if importlib.util.find_spec("skrf") is not None:
        peers["vector fitting"] = vector_fitting
    mc.best_fit(mc.parse_target("exp(-t)*cos(t)+exp(-t)"), 1, field="complex", digits=DIGITS)  # compiles
    print("memcurse to 30 digits, certified; " + (", ".join(peers) or "no peers are installed"))
    for case in cases():
        for m in case.widths:
            begun = time.perf_counter()
            fit = mc.best_fit(case.target, m, field="complex", digits=DIGITS)
            seconds = time.perf_counter() - begun
            pairs = "pairs" if fit.conjugate_pairs else "no pairs"
            line = f"{case.name:<19} {m}  J = {float(fit.loss):.8e} {seconds:6.3f} s ({pairs})"
            others = [f"{name} {_peer(case, m, run, fit.loss)}" for name, run in peers.items()]
            print("   ".join([line, *others]), flush=True)


if __name__ == "__main__":
    main()
