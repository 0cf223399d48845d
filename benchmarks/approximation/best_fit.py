"""Best exponential sums side by side: memcurse against pyMOR's IRKA and TF-IRKA, in one process.

Run ``python benchmarks/approximation/best_fit.py``. Every row fits the same target with the same number of terms. A
loss is computed by memcurse from the amplitudes and rates that came out, so that no program marks its own work;
``excess`` is how far pyMOR's best lies above memcurse's, relative. pyMOR works in float64 with complex rates allowed;
a run counts as failed if it raises, or if a rate comes out complex or not positive. IRKA needs a state space and so
runs on sums only.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import scipy.special

import memcurse as mc
from memcurse.numerics.approximation.l2.best_fit import best_fit

Array = np.ndarray[Any, np.dtype[Any]]
Transform = Callable[[complex], complex]
DIGITS = 40


@dataclass(frozen=True)
class Case:
    """A target, its Laplace transform and the derivative of that for complex arguments, and a number of terms."""

    name: str
    target: Any
    transform: Transform
    derivative: Transform
    m: int


@dataclass(frozen=True)
class Run:
    """The loss that came out (None if the run failed, with the reason) and the seconds it took."""

    loss: Any
    seconds: float
    reason: str = ""


def cases() -> Iterator[Case]:
    """Power laws, positive sums and sums of both signs."""
    for m in (1, 2, 4, 6, 8, 10, 12):
        # int (1+t)^-2 e^-st dt = 1 - s e^s E_1(s)
        yield Case("(1+t)^-2", mc.PowerLaw(1), _power_law, _power_law_derivative, m)
    rates = ["1/4", "1/2", "1", "2", "4", "8", "16", "32"]
    for m in (1, 2, 4, 6):
        yield _sum("8 positive terms", ["1"] * 8, rates, m)
    for m in (1, 2, 4):
        yield _sum("5 close rates", ["1"] * 5, ["1", "2", "3", "4", "5"], m)
    for m in (1, 2):
        yield _sum("both signs", ["1", "2", "-2"], ["1", "5", "20"], m)
    yield _sum("both signs, 4 terms", ["3", "-1", "2", "-1/2"], ["1", "2", "6", "1/3"], 2)


def _power_law(s: complex) -> complex:
    return complex(1 - s * scipy.special.exp1(s) * np.exp(s))


def _power_law_derivative(s: complex) -> complex:
    scaled = scipy.special.exp1(s) * np.exp(s)
    return complex(1 - scaled - s * scaled)


def _sum(name: str, a: list[str], w: list[str], m: int) -> Case:
    target = mc.ExponentialSum(a, w)
    b, v = np.array([float(x) for x in target.a]), np.array([float(x) for x in target.w])
    return Case(
        name,
        target,
        lambda s: complex((b / (s + v)).sum()),
        lambda s: complex((-b / (s + v) ** 2).sum()),
        m,
    )


def ours(case: Case) -> Run:
    """memcurse, with everything that it proves."""
    start = time.perf_counter()
    fit = best_fit(case.target, case.m, digits=DIGITS)
    return Run(fit.loss, time.perf_counter() - start)


def theirs(case: Case, tangential: bool) -> Run:
    """pyMOR from its own start and from rates spread over four decades; the better of the two."""
    runs = [_one_run(case, tangential, start) for start in (case.m, np.geomspace(0.01, 100, case.m))]
    good = [run for run in runs if run.loss is not None]
    seconds = sum(run.seconds for run in runs)
    if not good:
        return Run(None, seconds, runs[0].reason)
    return Run(min(run.loss for run in good), seconds, "; ".join(run.reason for run in runs if run.reason))


def _one_run(case: Case, tangential: bool, start: Any) -> Run:
    from pymor.models.iosys import LTIModel
    from pymor.models.transfer_function import TransferFunction
    from pymor.reductors.h2 import IRKAReductor, TFIRKAReductor

    begun = time.perf_counter()
    try:
        if tangential:
            model = TransferFunction(
                1, 1, lambda s: np.array([[case.transform(s)]]), lambda s: np.array([[case.derivative(s)]])
            )
            reductor = TFIRKAReductor(model)
        else:
            a, w = (np.array([float(x) for x in values]) for values in (case.target.a, case.target.w))
            model = LTIModel.from_matrices(np.diag(-w), np.ones((len(w), 1)), a[None, :])
            reductor = IRKAReductor(model)
        parameters = start if isinstance(start, int) else _points(start)
        reduced = reductor.reduce(parameters, tol=1e-10, maxit=500)
        a_hat, w_hat = _terms(reduced)
        return Run(_loss(case, a_hat, w_hat), time.perf_counter() - begun)
    except Exception as error:
        return Run(None, time.perf_counter() - begun, f"{type(error).__name__}: {str(error)[:60]}")


def _points(sigma: Array) -> dict[str, Array]:
    return {"sigma": sigma, "b": np.ones((len(sigma), 1)), "c": np.ones((len(sigma), 1))}


def _terms(reduced: Any) -> tuple[Array, Array]:
    """Amplitudes and rates of a reduced model; an error if a rate is complex or not positive."""
    A, B, C, _, E = reduced.to_matrices()
    A = A if E is None else np.linalg.solve(E, A)
    B = B if E is None else np.linalg.solve(E, B)
    values, vectors = np.linalg.eig(A)
    if np.abs(values.imag).max() > 1e-10 * np.abs(values).max() or values.real.max() >= 0:
        raise ValueError("rates complex or not positive")
    residues = (C @ vectors).ravel() * np.linalg.solve(vectors, B).ravel()
    return residues.real, -values.real


def _loss(case: Case, a: Array, w: Array) -> Any:
    return mc.Objective(case.target).loss([float(x) for x in a], [float(x) for x in w], digits=DIGITS)


def _line(case: Case, mine: Run, others: list[Run]) -> str:
    cells = [f"{case.name:<20} {case.m:>3}  {mpmath.nstr(mine.loss, 6):>14} {mine.seconds:7.3f} s"]
    for run in others:
        if run.loss is None:
            cells.append(f"failed ({run.reason})"[:34].ljust(34))
        else:
            excess = mpmath.nstr((run.loss - mine.loss) / mine.loss, 3)
            cells.append(
                f"excess {excess:>9} {run.seconds:7.3f} s{' (1 run failed)' if run.reason else '':<8}"
            )
    return "   ".join(cells)


def main() -> None:
    """Print one line per case."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    peer = importlib.util.find_spec("pymor") is not None
    if peer:
        from pymor.core.logger import set_log_levels

        set_log_levels({"pymor": "ERROR"})
    best_fit(mc.PowerLaw(1), 1)  # compiles the kernels
    print(
        f"memcurse to {DIGITS} digits, certified"
        + ("; pyMOR IRKA | TF-IRKA" if peer else "; pyMOR is not installed")
    )
    worst = mpmath.mpf("inf")
    for case in cases():
        mine, others = ours(case), []
        if peer:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if isinstance(case.target, mc.ExponentialSum):
                    others.append(theirs(case, tangential=False))
                others.append(theirs(case, tangential=True))
        found = [run.loss for run in others if run.loss is not None]
        worst = min([worst, *((loss - mine.loss) / mine.loss for loss in found)])
        print(_line(case, mine, others), flush=True)
    if peer:
        print(f"smallest excess of pyMOR over memcurse: {mpmath.nstr(worst, 3)}")


if __name__ == "__main__":
    main()
