"""What the experiments share: random networks, QPSK streams, learners, the excess error at given numbers of samples."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.modes.adaptive import LMS, RLS
from memcurse.numerics.modes.features import DelayLine, PoleStates
from memcurse.numerics.modes.learned import LearnedPoles
from memcurse.proofs_checks.evidence.statement import Setting

Array = NDArray[np.float64]
#: Samples of the impulse response that a distance takes in.
_LENGTH: Final = 400
#: Numbers of samples at which the excess is taken; a quick run stops at 4096 and takes every other one.
_MARKS: Final = (16, 64, 256, 1024, 4096, 16384)
#: What stands behind each name of the statements: the best of these, each at its best rate in hindsight.
LEARNERS: Final = {
    "RLS taps": ("RLS taps",),
    "NLMS taps": ("NLMS taps",),
    "RLS fixed": ("RLS fixed",),
    "learned": ("learned sgd", "learned adam"),
    "fixed raw": ("fixed raw sgd", "fixed raw adam"),
}
RATES: Final = {"sgd": (0.003, 0.01, 0.03), "adam": (0.001, 0.003, 0.01)}


def random_poles(rng: np.random.Generator, count: int) -> Any:
    """Uniform in the disc of radius .9."""
    return 0.9 * np.sqrt(rng.uniform(size=count)) * np.exp(2j * np.pi * rng.uniform(size=count))


def gaussian(rng: np.random.Generator, count: int) -> Any:
    """Complex Gaussian of variance 1."""
    return (rng.normal(size=count) + 1j * rng.normal(size=count)) / np.sqrt(2)


def qpsk(rng: np.random.Generator, count: int) -> Any:
    """White symbols of modulus 1."""
    return np.exp(0.5j * np.pi * rng.integers(0, 4, count)) * np.exp(0.25j * np.pi)


def response(gains: Any, poles: Any) -> Any:
    """Impulse response of a diagonal network, 400 samples."""
    with np.errstate(under="ignore"):
        powers = np.multiply.accumulate(
            np.concatenate([np.ones((1, len(poles))), np.tile(poles, (_LENGTH - 1, 1))])
        )
        # No BLAS: its threads cost more than they bring at this size.
        return (powers * gains).sum(axis=1)


class _Excess:
    """Squared distance of impulse responses: the excess error for white input of variance 1."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __call__(self, h: Any) -> float:
        full = np.zeros(_LENGTH, dtype=np.complex128)
        full[: len(h)] = h
        return float((abs(full - self.target) ** 2).sum())


def setting_runs(setting: Setting) -> tuple[dict[str, Array], tuple[int, ...]]:
    """The runs of this setting and their marks; statements that share them share the seed."""
    marks = _MARKS[:5:2] if setting.quick else _MARKS
    return online(setting.seed_for("fp-online"), setting.pick(32, 24, 96), marks), marks


def _fixed(kind: str, poles: Any, x: Any, y: Any, marks: tuple[int, ...], excess: _Excess) -> list[float]:
    impulse = np.zeros(_LENGTH, dtype=np.complex128)
    impulse[0] = 1
    if kind in ("taps", "NLMS"):
        X, E = DelayLine(16).run(x), DelayLine(16).run(impulse)
    else:
        X, E = PoleStates(poles, orthonormal=True).run(x), PoleStates(poles, orthonormal=True).run(impulse)
    learner: RLS | LMS = LMS(16) if kind == "NLMS" else RLS(16)
    start, found = 0, []
    for mark in marks:
        learner.run(X[start:mark], y[start:mark])
        start = mark
        found.append(excess((E * learner.gains).sum(axis=1)))
    return found


def _learned(learner: LearnedPoles, x: Any, y: Any, marks: tuple[int, ...], excess: _Excess) -> list[float]:
    """Excess at the marks; after a pole has left the disc, that of the zero network: 1."""
    start, found = 0, []
    for mark in marks:
        if learner.left is None:
            learner.run(x[start:mark], y[start:mark])
        start = mark
        found.append(1.0 if learner.left is not None else excess(response(learner.gains, learner.poles)))
    return found


@lru_cache(maxsize=4)
@np.errstate(under="ignore")
def online(seed: int, seeds: int, marks: tuple[int, ...]) -> dict[str, Array]:
    """Excess errors by learner, shape (rates, seeds, marks); ``left``: whether Adam's poles left, per rate.

    Targets: K = 4 poles uniform in the disc of radius .9, complex Gaussian gains, norm 1; QPSK input, noise of
    20 dB; one pass. Learned poles start at random with gains 0.1; fixed ones are 16 random poles of the disc.
    """
    found: dict[str, list[list[list[float]]]] = {}
    left: list[list[float]] = []
    for index in range(seeds):
        rng = np.random.default_rng([seed % 2**63, index])
        g, p = gaussian(rng, 4), random_poles(rng, 4)
        h = response(g, p)
        g, h = g / np.linalg.norm(h), h / np.linalg.norm(h)
        excess = _Excess(h)
        x = qpsk(rng, marks[-1])
        y = PoleStates(p).run(x) @ g + 0.1 * gaussian(rng, len(x))
        many, few, gains = random_poles(rng, 16), random_poles(rng, 4), 0.1 * gaussian(rng, 4)
        found.setdefault("RLS taps", []).append([_fixed("taps", None, x, y, marks, excess)])
        found.setdefault("NLMS taps", []).append([_fixed("NLMS", None, x, y, marks, excess)])
        found.setdefault("RLS fixed", []).append([_fixed("fixed", many, x, y, marks, excess)])
        for method, rates in RATES.items():
            runs = [LearnedPoles(gains, few, method, rate) for rate in rates]
            found.setdefault(f"learned {method}", []).append([_learned(r, x, y, marks, excess) for r in runs])
            if method == "adam":
                left.append([float(r.left is not None) for r in runs])
            raw = [LearnedPoles(0 * many, many, method, rate, fixed=True) for rate in rates]
            found.setdefault(f"fixed raw {method}", []).append(
                [_learned(r, x, y, marks, excess) for r in raw]
            )
    arrays = {name: np.array(runs).transpose(1, 0, 2) for name, runs in found.items()}
    return {**arrays, "left": np.array(left).T}


def best_rate(runs: Array) -> Array:
    """Of shape (seeds, marks): for every mark the rate whose mean logarithm is least, in hindsight."""
    mean = np.log(runs).mean(axis=1)
    return np.stack([runs[rate, :, mark] for mark, rate in enumerate(mean.argmin(axis=0))], axis=1)


def excesses(runs: dict[str, Array], name: str) -> Array:
    """Of shape (seeds, marks): the best of a name's learners and rates at each mark, by the mean logarithm."""
    return best_rate(np.concatenate([runs[part] for part in LEARNERS[name]]))
