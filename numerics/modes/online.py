r"""Online learning of ``y_t = sum_n h_n x_{t-n}`` on complex sequences: fixed poles by RLS and NLMS, learned poles.

Every learner holds its state and takes the samples in blocks of any length (`run`), so streams need no memory. Errors
returned are a priori: the error of the prediction before the sample was used.

Fixed poles are linear in the gains: rows of features come from `taps` or `States`. Learned poles use the exact gradient
through time of the diagonal network :math:`s_t = p\, s_{t-1} + x_t`,
:math:`\sigma_t = p\, \sigma_{t-1} + s_{t-1}`:

.. math:: \partial_{\bar g} |e|^2 = \bar s\, e,\qquad \partial_{\bar p} |e|^2 = \overline{g \sigma}\, e .

| compiled argument | type | shape |
|---|---|---|
| X | complex128 | (N, n) |
| y, x, errors | complex128 | (N,) |
| P | complex128 | (n, n) |
| w, gains, poles, s, sigma | complex128 | (n,) |
| first, second (moments of the optimiser) | complex128, float64 | (2K,) |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]
#: Optimisers of `LearnedPoles` and their numbers in the compiled step.
OPTIMISERS: Final = {"sgd": 0, "momentum": 1, "adam": 2, "rmsprop": 3}


def finite_complex(name: str, values: Any, dimensions: int) -> Complex:
    """`values` as a finite complex array of that many dimensions."""
    x = np.array(values, dtype=np.complex128)
    if x.ndim != dimensions or not np.isfinite(x).all():
        raise ValueError(f"`{name}` must be a finite array of {dimensions} dimensions; got shape {x.shape}")
    return x


def poles_in_disc(name: str, values: Any) -> Complex:
    """`values` as an array of poles of modulus below 1."""
    p = finite_complex(name, values, 1)
    if p.size == 0 or not (abs(p) < 1).all():
        raise ValueError(f"`{name}` must be poles of modulus below 1; got {p}")
    return p


def taps(x: Any, count: int) -> Complex:
    """Delayed inputs ``x_t, ..., x_{t-count+1}``, shape (N, count); zeros before the start."""
    values = finite_complex("x", x, 1)
    padded = np.concatenate([np.zeros(count - 1, dtype=np.complex128), values])
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(padded, count)[:, ::-1])


@numba.njit(cache=True)
def _states(x: Any, poles: Any, scale: Any, orthonormal: bool, s: Any, X: Any) -> None:
    """Rows of X; s is moved on. Takenaka-Malmquist: each mode feeds an all-pass into the next one."""
    for t in range(len(x)):
        u = x[t]
        for k in range(len(poles)):
            old = s[k]
            s[k] = poles[k] * old + u
            X[t, k] = scale[k] * s[k]
            if orthonormal:
                u = old - np.conj(poles[k]) * s[k]


@dataclass
class States:
    """States of a diagonal network with these poles, raw or in orthonormal (Takenaka-Malmquist) coordinates.

    Orthonormal: for white input of variance 1 the covariance tends to the identity.
    """

    poles: Complex
    orthonormal: bool = False
    state: Complex = field(init=False)

    def __post_init__(self) -> None:
        self.poles = poles_in_disc("poles", self.poles)
        self.state = np.zeros(len(self.poles), dtype=np.complex128)

    def run(self, x: Any) -> Complex:
        """Rows of states for the next samples, shape (N, K)."""
        values = finite_complex("x", x, 1)
        X = np.empty((len(values), len(self.poles)), dtype=np.complex128)
        scale = np.sqrt(1 - abs(self.poles) ** 2) if self.orthonormal else np.ones(len(self.poles))
        _states(values, self.poles, scale, self.orthonormal, self.state, X)
        return X


@numba.njit(cache=True)
def _rls(X: Any, y: Any, w: Any, P: Any, forgetting: float, errors: Any) -> None:
    n = len(w)
    k = np.empty(n, dtype=np.complex128)
    for t in range(len(y)):
        power, e = forgetting, y[t]
        for i in range(n):
            e -= X[t, i] * w[i]
            total = 0j
            for j in range(n):
                total += P[i, j] * np.conj(X[t, j])
            k[i] = total
            power += (X[t, i] * total).real
        errors[t] = e
        for i in range(n):
            w[i] += k[i] / power * e
            # The upper half, then its mirror: P stays Hermitian whatever is rounded.
            for j in range(i, n):
                P[i, j] = (P[i, j] - k[i] * np.conj(k[j]) / power) / forgetting
                P[j, i] = np.conj(P[i, j])
            P[i, i] = P[i, i].real


@dataclass
class RLS:
    """Recursive least squares: ``min sum_t forgetting^(N-t) |y_t - X_t w|^2 + forgetting^N ridge |w|^2``."""

    order: int
    forgetting: float = 1.0
    ridge: float = 1e-2
    gains: Complex = field(init=False)
    inverse: Complex = field(init=False)

    def __post_init__(self) -> None:
        if not 0 < self.forgetting <= 1:
            raise ValueError(f"`forgetting` must lie in (0, 1]; got {self.forgetting}")
        if not self.ridge > 0:
            raise ValueError(f"`ridge` must be positive; got {self.ridge}")
        self.gains = np.zeros(self.order, dtype=np.complex128)
        self.inverse = np.eye(self.order, dtype=np.complex128) / self.ridge

    def run(self, X: Any, y: Any) -> Complex:
        """A priori errors of the next samples, shape (N,)."""
        X, y = _rows(X, y, self.order)
        errors = np.empty(len(y), dtype=np.complex128)
        _rls(X, y, self.gains, self.inverse, self.forgetting, errors)
        return errors


@numba.njit(cache=True)
def _lms(X: Any, y: Any, w: Any, rate: float, normalised: bool, errors: Any) -> None:
    for t in range(len(y)):
        e, power = y[t], 1e-8
        for i in range(len(w)):
            e -= X[t, i] * w[i]
            power += X[t, i].real ** 2 + X[t, i].imag ** 2
        errors[t] = e
        step = rate / power if normalised else rate
        for i in range(len(w)):
            w[i] += step * np.conj(X[t, i]) * e


@dataclass
class LMS:
    """Least mean squares, normalised by the power of the row unless told otherwise."""

    order: int
    rate: float = 0.5
    normalised: bool = True
    gains: Complex = field(init=False)

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ValueError(f"`rate` must be positive; got {self.rate}")
        self.gains = np.zeros(self.order, dtype=np.complex128)

    def run(self, X: Any, y: Any) -> Complex:
        """A priori errors of the next samples, shape (N,)."""
        X, y = _rows(X, y, self.order)
        errors = np.empty(len(y), dtype=np.complex128)
        _lms(X, y, self.gains, self.rate, self.normalised, errors)
        return errors


def _rows(X: Any, y: Any, order: int) -> tuple[Complex, Complex]:
    rows, targets = finite_complex("X", X, 2), finite_complex("y", y, 1)
    if rows.shape != (len(targets), order):
        raise ValueError(f"`X` must have the shape {(len(targets), order)}; got {rows.shape}")
    return rows, targets


@numba.njit(cache=True)
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
    """Number of samples used: fewer than all if a pole has left the disc."""
    K = len(g)
    for t in range(len(y)):
        e = -y[t]
        for k in range(K):
            sigma[k] = p[k] * sigma[k] + s[k]
            s[k] = p[k] * s[k] + x[t]
            e += g[k] * s[k]
        errors[t] = -e
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
                n = start + t + 1
                step = first[i] / (1 - 0.9**n) / (np.sqrt(second[i] / (1 - 0.999**n)) + 1e-8)
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
    """

    gains: Complex
    poles: Complex
    method: str = "adam"
    rate: float = 1e-2
    fixed: bool = False
    left: int | None = field(default=None, init=False)
    samples: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.gains, self.poles = finite_complex("gains", self.gains, 1), poles_in_disc("poles", self.poles)
        if self.gains.shape != self.poles.shape:
            raise ValueError(
                f"`gains` must have the shape of `poles`; got {self.gains.shape}, {self.poles.shape}"
            )
        if self.method not in OPTIMISERS:
            raise ValueError(f"`method` must be one of {', '.join(OPTIMISERS)}; got {self.method!r}")
        if not self.rate > 0:
            raise ValueError(f"`rate` must be positive; got {self.rate}")
        K = len(self.gains)
        self._s, self._sigma = np.zeros(K, dtype=np.complex128), np.zeros(K, dtype=np.complex128)
        self._first, self._second = np.zeros(2 * K, dtype=np.complex128), np.zeros(2 * K)

    def run(self, x: Any, y: Any) -> Complex:
        """A priori errors of the next samples; fewer than N where a pole left the disc.

        Raises
        ------
        ValueError
            If a pole has left the disc before.
        """
        if self.left is not None:
            raise ValueError(f"a pole left the disc at sample {self.left}; start again with a smaller `rate`")
        x, y = finite_complex("x", x, 1), finite_complex("y", y, 1)
        if x.shape != y.shape:
            raise ValueError(f"`y` must have the shape of `x`; got {y.shape} and {x.shape}")
        errors = np.empty(len(y), dtype=np.complex128)
        used = _learn(
            x,
            y,
            self.gains,
            self.poles,
            self._s,
            self._sigma,
            self._first,
            self._second,
            self.samples,
            OPTIMISERS[self.method],
            self.rate,
            self.fixed,
            errors,
        )
        self.samples += used
        if not (abs(self.poles) < 1).all():
            self.left = self.samples
        return errors[:used]
