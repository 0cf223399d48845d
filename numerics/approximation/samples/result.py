"""What a fit of samples is: parameters, their errors, and the fit as a function."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from memcurse.numerics.arguments import Array, FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.stationary.krawczyk import IsolatedPoint
from memcurse.theory.targets.oscillations import DampedOscillations
from memcurse.theory.targets.target import ExponentialSum, Target

from .proof import SamplesSurface

SCOPE = "local minimum of the sum of squares, proved; that no other is lower is not"
#: Where a real number of a mode stands among the variables, and its factor; None if it is 0.
Place = tuple[int, float] | None
#: Bits in which the normal matrix is inverted, and doublings of them.
_BITS, _ROUNDS, _FLOAT_BITS = 256, 5, 50


@dataclass(frozen=True)
class SampleFit:
    """The best sum of m exponentials through samples, by rising decay rate.

    Attributes
    ----------
    a, w : ndarray, shape (m,), float64 or complex128
        Amplitudes (at t = 0) and rates (1/time).
    offset : float or complex
        The constant beside them; 0 where none was asked for.
    covariance : ndarray, shape (p, p), or None
        Of (a, w, offset) or, for complex modes, of (Re a, Im a, Re w, Im w, offset), to first order: the inverse of
        ``A^T A`` with A the derivatives of the model over sigma. Without `sigma` it is scaled by the square of
        `residual_norm` over `degrees_of_freedom`; None where no degree of freedom is left.
    residual_norm : float
        Root of the sum of the squares of ``(y - fit(t))/sigma`` (sigma = 1 where it is not given).
    residuals : ndarray, shape (n,)
        ``y - fit(t)``, in the order in which the samples were given.
    degrees_of_freedom : int
        Real numbers measured minus real numbers fitted.
    scope : str
        What is proved.

    Notes
    -----
    Rigour: parameters, residual norm and covariance are enclosed and then rounded: right to about a float's digits,
    also where the problem is ill-conditioned.
    """

    a: NDArray[Any]
    w: NDArray[Any]
    offset: float | complex
    covariance: Array | None = dataclasses.field(repr=False)
    residual_norm: float
    residuals: NDArray[Any] = dataclasses.field(repr=False)
    degrees_of_freedom: int
    scope: str
    field: str = "real"

    @property
    def m(self) -> int:
        """Number of terms."""
        return len(self.w)

    @property
    def loss(self) -> float:
        """Weighted sum of squares."""
        return self.residual_norm**2

    @property
    def standard_errors(self) -> Array:
        """Roots of the diagonal of the covariance, shape (p,).

        Raises
        ------
        ValueError
            If there are as many parameters as samples and no `sigma`.
        """
        if self.covariance is None:
            raise ValueError("`sigma` must be given for errors of a fit with no degree of freedom left")
        result: Array = np.sqrt(np.diag(self.covariance))
        return result

    @property
    def kernel(self) -> Target:
        """The decaying terms as a kernel, without the offset.

        Raises
        ------
        ValueError
            For complex data, which no real kernel fits.
        """
        if self.w.dtype.kind != "c":
            return ExponentialSum([float(x) for x in self.a], [float(x) for x in self.w])
        if not self._real:
            raise ValueError("`y` must be real for a fit that is a kernel; got complex values")
        order = [k for k, w in enumerate(self.w) if w.imag >= 0]
        twice = [self.a[k] * (1 if self.w[k].imag == 0 else 2) for k in order]
        return DampedOscillations(
            powers=[0] * len(order),
            rates=[float(self.w[k].real) for k in order],
            frequencies=[float(self.w[k].imag) for k in order],
            cosines=[float(z.real) for z in twice],
            sines=[float(z.imag) for z in twice],
        )

    def __call__(self, t: Any) -> NDArray[Any]:
        """The fit at times t, offset included, float64 or complex128."""
        times = np.asarray(t, dtype=float)
        values = np.exp(-np.multiply.outer(times, self.w)) @ self.a + self.offset
        return values.real if self._real else values

    @property
    def _real(self) -> bool:
        return self.residuals.dtype.kind != "c"

    def to_dict(self) -> dict[str, Any]:
        """Everything as numbers, texts and lists; complex numbers as pairs."""
        return {
            "m": self.m,
            "field": self.field,
            "a": _listed(self.a),
            "w": _listed(self.w),
            "offset": _listed(np.array(self.offset)),
            "residual_norm": self.residual_norm,
            "degrees_of_freedom": self.degrees_of_freedom,
            "standard_errors": None if self.covariance is None else self.standard_errors.tolist(),
            "covariance": None if self.covariance is None else self.covariance.tolist(),
            "scope": self.scope,
        }


def _listed(values: NDArray[Any]) -> Any:
    if values.dtype.kind == "c":
        return np.stack([values.real, values.imag], axis=-1).tolist()
    return values.tolist()


def sample_fit(surface: SamplesSurface, point: IsolatedPoint, field: str) -> SampleFit:
    """The proved minimum rounded to float64, with its covariance."""
    samples, x = surface.samples, [value.mid() for value in point.x]
    values = np.array([float(value) for value in x])
    modes = _modes(surface, values)
    re_a, im_a, re_w, im_w = (np.array([_value(mode[i], values) for mode in modes]) for i in range(4))
    if not (np.isfinite(values).all() and (re_w > 0).all()):
        raise FloatRangeError(f"`t` must start where the amplitudes at t = 0 fit into float64; got {values}")
    freedom = samples.count - surface.variables
    covariance = None
    if samples.sigma is not None or freedom > 0:
        parts = (0, 2) if field == "real" else (0, 1, 2, 3)
        rows = [mode[i] for i in parts for mode in modes]
        rows += [(k, 1.0) for k in range(2 * surface.terms, len(x))]
        covariance = _covariance(
            surface, x, None if samples.sigma is not None else point.loss / freedom, rows
        )
    fixed = [float(b) for b in values[2 * surface.terms :]]
    return SampleFit(
        a=re_a if field == "real" else re_a + 1j * im_a,
        w=re_w if field == "real" else re_w + 1j * im_w,
        offset=complex(*fixed) if len(fixed) == 2 else fixed[0] if fixed else 0.0,
        covariance=covariance,
        # A ball about 0 may reach below it.
        residual_norm=math.sqrt(max(float(point.loss.mid()), 0.0)),
        residuals=_residuals(surface, x),
        degrees_of_freedom=freedom,
        scope=SCOPE,
        field=field,
    )


def _value(place: Place, values: Array) -> float:
    return 0.0 if place is None else float(values[place[0]]) * place[1]


def _modes(surface: SamplesSurface, values: Array) -> list[tuple[Place, Place, Place, Place]]:
    """Re a, Im a, Re w and Im w of every mode, by rising Re w and then Im w."""
    r, q, p = surface.layout.real, surface.layout.turning, surface.terms
    modes: list[tuple[Place, Place, Place, Place]] = [((k, 1.0), None, (p + k, 1.0), None) for k in range(r)]
    for c, s in zip(range(r, r + q), range(r + q, r + 2 * q), strict=True):
        if surface.samples.complex:
            modes.append(((c, 1.0), (s, 1.0), (p + c, 1.0), (p + s, 1.0)))
        else:
            modes += [((c, 0.5), (s, h / 2), (p + c, 1.0), (p + s, h)) for h in (-1.0, 1.0)]
    return sorted(modes, key=lambda mode: (_value(mode[2], values), _value(mode[3], values)))


def _covariance(surface: SamplesSurface, x: list[arb], scale: arb | None, rows: list[Place]) -> Array:
    """Of the numbers in `rows`, times `scale`; the precision is raised until every variance has a float's digits."""
    bits = _BITS
    for _ in range(_ROUNDS):
        with ball_precision(bits):
            try:
                inverse = surface.normal_matrix(x).inv()
            except ZeroDivisionError:
                bits *= 2
                continue
            if all(inverse[i, i].rel_accuracy_bits() >= _FLOAT_BITS for i in range(len(x))):
                factor = arb(1) if scale is None else scale
                return np.array([[_entry(inverse, factor, u, v) for v in rows] for u in rows])
        bits *= 2
    raise ArithmeticError(f"`t` must determine the parameters; {bits} bits do not invert their normal matrix")


def _entry(inverse: arb_mat, factor: arb, u: Place, v: Place) -> float:
    return 0.0 if u is None or v is None else float(inverse[u[0], v[0]] * factor) * u[1] * v[1]


def _residuals(surface: SamplesSurface, x: list[arb]) -> NDArray[Any]:
    """``y - fit(t)``, not weighted, in the order in which the samples were given."""
    samples = surface.samples
    with ball_precision(_BITS):
        values: NDArray[Any] = -surface.residual(x)
    n = len(samples.t)
    if samples.complex:
        values = values[:n] + 1j * values[n:]
    if samples.sigma is not None:
        values = values * samples.sigma
    result = np.empty_like(values)
    result[samples.order] = values
    return result
