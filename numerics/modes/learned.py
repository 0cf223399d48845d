r"""Gains and poles of a diagonal network learned online, by the exact gradient through time.

With the states :math:`s_t = p\, s_{t-1} + x_t` and :math:`\sigma_t = p\, \sigma_{t-1} + s_{t-1}` of each mode, and the
error :math:`e = \sum g s - y` of a sample,

.. math:: \partial_{\bar g} |e|^2 = \bar s\, e,\qquad \partial_{\bar p} |e|^2 = \overline{g \sigma}\, e .

The states keep the poles that they were made with; as usual in real-time recurrent learning the gradient is exact for
poles that stand still.

| compiled argument | type | shape |
|---|---|---|
| x, y, errors | complex128 | (N,) |
| g, p, s, sigma | complex128 | (K,) |
| first, second (moments of the optimiser) | complex128, float64 | (2K,) |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.compiled import compiled

from .adaptive import positive_float
from .features import Complex, finite_complex, poles_in_disc

#: Optimisers of `LearnedPoles` and their numbers in the compiled step.
OPTIMISERS: Final = {"sgd": 0, "momentum": 1, "adam": 2, "rmsprop": 3}


@compiled
def _learn(
    x: Any,
    y: Any,
    g: Any,
    p: Any,
    s: Any,
    sigma: Any,
    first: Any,
    second: Any,
    start: int,
    method: int,
    rate: float,
    fixed: bool,
    errors: Any,
) -> int:
    """Number of samples used: fewer than all if a pole has left the disc; -1 if a number is no longer finite."""
    K = len(g)
    for t in range(len(y)):
        e = -y[t]
        for k in range(K):
            sigma[k] = p[k] * sigma[k] + s[k]
            s[k] = p[k] * s[k] + x[t]
            e += g[k] * s[k]
        if not (np.isfinite(e.real) and np.isfinite(e.imag)):
            return -1
        errors[t] = -e
        # Adam's corrections for the start, once a sample.
        n = start + t + 1
        lag, spread = 1 - 0.9**n, 1 - 0.999**n
        for i in range(K if fixed else 2 * K):
            k = i % K
            d = np.conj(s[k] if i < K else g[k] * sigma[k]) * e
            size = d.real**2 + d.imag**2
            if method == 0:
                step = d
            elif method == 1:
                first[i] = 0.9 * first[i] + d
                step = first[i]
            elif method == 2:
                first[i] = 0.9 * first[i] + 0.1 * d
                second[i] = 0.999 * second[i] + 0.001 * size
                step = first[i] / lag / (np.sqrt(second[i] / spread) + 1e-8)
            else:
                second[i] = 0.99 * second[i] + 0.01 * size
                step = d / (np.sqrt(second[i]) + 1e-8)
            if i < K:
                g[k] -= rate * step
            else:
                p[k] -= rate * step
        for k in range(K):
            if not p[k].real ** 2 + p[k].imag ** 2 < 1:
                return t + 1
    return len(y)


@dataclass
class LearnedPoles:
    """Gains and poles by the exact gradient through time; ``fixed=True`` learns the gains only.

    A pole that leaves the disc stops the learner: `left` is the number of the sample at which it did, else None.
    Nothing is clipped.

    Attributes
    ----------
    gains, poles : ndarray, shape (K,)
        Where learning starts, then where it is. Poles of modulus below 1.
    method : str
        ``sgd``, ``momentum`` (0.9), ``adam`` (0.9, 0.999) or ``rmsprop`` (0.99).
    rate : float
        Positive, constant.
    samples : int
        How many have been used.
    """

    gains: Complex
    poles: Complex
    method: str = "adam"
    rate: float = 1e-2
    fixed: bool = False
    left: int | None = field(default=None, init=False)
    samples: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.gains, self.poles = finite_complex("gains", self.gains), poles_in_disc("poles", self.poles)
        if self.gains.shape != self.poles.shape:
            raise ValueError(
                f"`gains` must have the shape of `poles`; got {self.gains.shape}, {self.poles.shape}"
            )
        if not isinstance(self.method, str) or self.method not in OPTIMISERS:
            raise ValueError(f"`method` must be one of {', '.join(OPTIMISERS)}; got {self.method!r}")
        self.rate = positive_float("rate", self.rate)
        K = len(self.gains)
        #: States, their slopes by the poles, and the two moments of the optimiser.
        self._held: tuple[NDArray[Any], ...] = (
            np.zeros(K, dtype=np.complex128),
            np.zeros(K, dtype=np.complex128),
            np.zeros(2 * K, dtype=np.complex128),
            np.zeros(2 * K),
        )

    def run(self, x: Any, y: Any) -> Complex:
        """A priori errors ``y - prediction`` of the next samples; fewer than N where a pole left the disc.

        Raises
        ------
        ValueError, TypeError
            For sequences that are not finite or do not match, or if a pole has left the disc before.
        ArithmeticError
            If gains or states leave the range of float64; the learner is then as before this block.
        """
        if self.left is not None:
            raise ValueError(f"a pole left the disc at sample {self.left}; start again with a smaller `rate`")
        x, y = finite_complex("x", x), finite_complex("y", y)
        if x.shape != y.shape:
            raise ValueError(f"`y` must have the shape of `x`; got {y.shape} and {x.shape}")
        errors = np.empty(len(y), dtype=np.complex128)
        gains, poles = self.gains.copy(), self.poles.copy()
        held = tuple(part.copy() for part in self._held)
        method = OPTIMISERS[self.method]
        used = _learn(x, y, gains, poles, *held, self.samples, method, self.rate, self.fixed, errors)
        if used < 0 or not (np.isfinite(gains).all() and np.isfinite(poles).all()):
            raise ArithmeticError(
                f"`rate` must be small enough for this input; with {self.rate} the gains diverged"
            )
        self.gains, self.poles, self._held = gains, poles, held
        self.samples += used
        if not (abs(self.poles) < 1).all():
            self.left = self.samples
        return errors[:used]
