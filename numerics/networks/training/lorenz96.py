r"""Lorenz' system of 1996 with unresolved variables, driven by noise: sequences to learn (figure 1 c, eq. 124).

.. math::

    \dot y_k &= -y_{k-1} (y_{k-2} - y_{k+1}) - y_k + F + x_k(t) - \frac hJ \sum_j z_{j,k}, \\
    \dot z_{j,k} &= -z_{j+1,k} (z_{j+2,k} - z_{j-1,k}) - z_{j,k} + h\, y_k,

all indices cyclic, j from 1 to J. It starts at its steady state ``y = F/(1 + h^2)``, ``z = h y``, so that a sequence is
what the forcing does to it. The forcing x is Ornstein and Uhlenbeck's, of unit variance and time constant tau, drawn at
the time steps and straight in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.compiled import compiled, subroutine
from memcurse.theory.exact import exact_integer

from .arguments import finite, positive
from .tasks import SequenceTask

Array = NDArray[np.float64]

#: Steps of the integrator in one time step that are tried, and what half of them may change, relative to the largest
#: output.
_SUBSTEPS: Final = (8, 16, 32, 64)
_TOLERANCE: Final = 1e-6
_FEWEST_SITES: Final = 4
_TRAINING, _HELD_OUT = 0, 1


@dataclass(frozen=True)
class Lorenz96:
    """The system, and how it is driven.

    Attributes
    ----------
    sites, hidden : int
        K resolved variables, at least 4, and J unresolved ones of each; 0 for none.
    F, h : float
        Constant forcing, and coupling of the unresolved variables.
    strength, tau : float
        Standard deviation and time constant of the noise.
    everywhere : bool
        The same noise on all sites, instead of on site 0 alone.

    Raises
    ------
    TypeError, ValueError
        For numbers out of range.
    """

    sites: int = 8
    hidden: int = 4
    F: float = 2.0
    h: float = 1.0
    strength: float = 1.0
    tau: float = 0.2
    everywhere: bool = False

    def __post_init__(self) -> None:
        exact_integer("sites", self.sites, _FEWEST_SITES)
        exact_integer("hidden", self.hidden, 0)
        for name in ("F", "h"):
            finite(name, getattr(self, name))
        for name in ("strength", "tau"):
            positive(name, getattr(self, name))

    @property
    def steady(self) -> float:
        """Every resolved variable without noise."""
        return self.F / (1 + self.h**2) if self.hidden else self.F

    def noise(self, rng: np.random.Generator, count: int, steps: int, step: float) -> Array:
        """Forcing at the times ``0, dt, ..., steps dt``: shape (steps + 1, count)."""
        keep = np.exp(-step / self.tau)
        normal = self.strength * rng.standard_normal((steps + 1, count))
        for k in range(steps):
            normal[k + 1] = keep * normal[k] + np.sqrt(1 - keep**2) * normal[k + 1]
        return normal

    def responses(self, noise: Array, step: float, substeps: int = _SUBSTEPS[0]) -> Array:
        """All resolved variables less their steady state, shape (steps, count, sites), after each time step.

        Notes
        -----
        Rigour: float64, the classical method of order four. See `task` for the check of its step.

        Raises
        ------
        FloatingPointError
            If a solution leaves the range of float64.
        """
        drive = np.ascontiguousarray(noise, dtype=float)
        out = np.zeros((drive.shape[0] - 1, drive.shape[1], self.sites))
        hidden, h = (self.hidden, float(self.h)) if self.hidden else (1, 0.0)
        _integrate(drive, float(step), substeps, hidden, float(self.F), h, self.everywhere, self.steady, out)
        if not np.isfinite(out).all():
            time = int(np.argwhere(~np.isfinite(out))[0][0])
            raise FloatingPointError(f"`noise` must leave the system in float64; it overflows in step {time}")
        return out

    def task(
        self,
        site: int,
        steps: int = 64,
        step: float = 0.1,
        count: int = 1024,
        held_out: int = 256,
        seed: int = 0,
    ) -> SequenceTask:
        """Learn one site from the noise; outputs in units of their root mean square over the sequences to learn from.

        Raises
        ------
        TypeError, ValueError
            For numbers out of range.
        FloatingPointError
            If no number of steps of the integrator is enough: half of them change an output by more than a millionth of
            the largest, as for chaotic systems on long paths.
        """
        place = exact_integer("site", site, 0, self.sites - 1)
        drives = []
        for stream, paths in ((_TRAINING, count), (_HELD_OUT, held_out)):
            rng = np.random.default_rng([exact_integer("seed", seed, 0), stream])
            length = exact_integer("steps", steps, 1)
            drives.append(self.noise(rng, exact_integer("count", paths, 1), length, positive("step", step)))
        enough = self._enough_substeps(drives[1], step)
        several = [(x, self.responses(x, step, enough)) for x in drives]
        scale = float(np.sqrt((several[0][1][:, :, place] ** 2).mean()))
        if not scale > 0:
            raise ValueError(f"`site` must be one that the noise reaches; site {site} stays at rest")
        parts = [(x[:-1].T[:, :, None], y[:, :, place].T / scale) for x, y in several]
        return SequenceTask(*parts[0], *parts[1], step)

    def _enough_substeps(self, noise: Array, step: float) -> int:
        """The least number of steps of the integrator that its half agrees with."""
        coarse = self.responses(noise, step, _SUBSTEPS[0] // 2)
        for substeps in _SUBSTEPS:
            fine = self.responses(noise, step, substeps)
            error = float(np.abs(fine - coarse).max() / np.abs(fine).max())
            if error <= _TOLERANCE:
                return substeps
            coarse = fine
        raise FloatingPointError(
            f"`step` must be resolved by {_SUBSTEPS[-1]} steps of the integrator; half of them change the outputs by "
            f"{error:.1e} of the largest"
        )


@subroutine
def _field(y: Any, z: Any, F: float, h: float, x: float, everywhere: bool, dy: Any, dz: Any) -> None:
    """Right-hand side; y of shape (K,), z of shape (K, J)."""
    K, J = z.shape
    for k in range(K):
        total = 0.0
        for j in range(J):
            total += z[k, j]
            after, second, before = z[k, (j + 1) % J], z[k, (j + 2) % J], z[k, j - 1]
            dz[k, j] = -after * (second - before) - z[k, j] + h * y[k]
        dy[k] = -y[k - 1] * (y[k - 2] - y[(k + 1) % K]) - y[k] + F - h / J * total
        if everywhere or k == 0:
            dy[k] += x


@compiled
def _integrate(
    noise: Any,
    step: float,
    substeps: int,
    hidden: int,
    F: float,
    h: float,
    everywhere: bool,
    steady: float,
    out: Any,
) -> None:
    """Fill `out` (steps, count, K), each path from the steady state."""
    steps, count, K = out.shape
    d = step / substeps
    y, u, dy, sum_y = np.empty(K), np.empty(K), np.empty(K), np.empty(K)
    shape = (K, hidden)
    z, v, dz, sum_z = np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape)
    for b in range(count):
        y[:], z[:] = steady, h * steady
        for n in range(steps):
            for s in range(substeps):
                u[:], v[:], sum_y[:], sum_z[:] = y, z, 0.0, 0.0
                for stage in range(4):
                    ahead = 0.0 if stage == 0 else 1.0 if stage == 3 else 0.5
                    share = (s + ahead) / substeps
                    x = (1 - share) * noise[n, b] + share * noise[n + 1, b]
                    _field(u, v, F, h, x, everywhere, dy, dz)
                    weight = d / 6 if stage in (0, 3) else d / 3
                    reach = d if stage == 2 else d / 2
                    for k in range(K):
                        sum_y[k] += weight * dy[k]
                        u[k] = y[k] + reach * dy[k]
                        for j in range(hidden):
                            sum_z[k, j] += weight * dz[k, j]
                            v[k, j] = z[k, j] + reach * dz[k, j]
                for k in range(K):
                    y[k] += sum_y[k]
                    for j in range(hidden):
                        z[k, j] += sum_z[k, j]
            for k in range(K):
                out[n, b, k] = y[k] - steady
