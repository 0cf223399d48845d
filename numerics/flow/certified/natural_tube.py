r"""How far the true natural flow can be from a computed path: the proof, for one step, in the norm of the metric.

The flow is :math:`M(\theta)\theta' = -\nabla J(\theta)` with :math:`M = 2(G + \lambda)`, :math:`G_{ik} =
\langle\partial_i u, \partial_k u\rangle` for the model :math:`u = \hat\rho`. Its Jacobian is not symmetric, and where
rates come close M is almost singular, so errors are measured in the space of functions, by
:math:`v^2 = e^T M(p)\,e`. Let :math:`d = M(p)p' + \nabla J(p)` be the defect of the path p, and
:math:`e = \theta - p`. Then

.. math:: M(\theta) e' = -d - K e - q, \quad K = H(p) + DM(p)[\cdot]\,p' ,

q of second order in e. As G is made of inner products,
:math:`K + K^T - \dot M = 2(H + B)` with :math:`B_{ik} = 2\langle\partial_i\partial_k u, \dot u\rangle`, so

.. math:: (v^2)' = -2 e^T (H + B) e - 2 e^T\bigl(d + q + (M(\theta) - M(p))e'\bigr) :

the growth of errors is that of a symmetric pencil, -1 of the relaxation and the curvature of the set of models against
the part of the residual normal to it.

1. *Coordinates.* e = T y with a matrix T of polynomials such that :math:`T^T M T` is close to I; v does not depend on
   T, so its derivative does not matter. :math:`T^T d`, :math:`T^T M T` and :math:`T^T (H + B) T` are known in balls at
   Chebyshev points, and off by no more than `chebyshev_series.truncation` elsewhere, by their bounds on an ellipse. So
   :math:`|T^T M T - I| \le \nu`, :math:`|T^T d| \le \delta`, and :math:`T^T(H + B)T \ge -\mu(1 - \nu)` by
   Gershgorin's circles, all along the step.
2. *What is left.* With :math:`s = (1 - \nu)^{-1/2}`, :math:`|y| \le s v` and :math:`|e| \le E = |T| s v`. Cauchy's
   estimate along complex lines, r beyond the path, with bounds :math:`F_J, F_M` of gradient and metric there, P of
   :math:`|p'|` and :math:`c = E/(r - E)`: :math:`|q| \le (F_J + F_M P)\, c E/r`, :math:`|T^T(M(\theta) - M(p))T| \le
   \eta = |T|^2 F_M c`, and :math:`T^T M(\theta) T` has an inverse below :math:`1/(1 - \nu - \eta)`.
3. *Error.* :math:`v' \le (\mu + \chi) v + \delta'` with what 2. gives, and
   :math:`(v_0 + \delta' h)\,e^{(\mu + \chi)h} \le V` closes it for :math:`v \le V`, as in `tube`.
4. *From step to step* the distance is taken in the metric at the point itself; the next path starts at a rounding's
   distance from there, where the metric is compared in balls.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.matrices.columns import Column

from . import chebyshev_series as series
from .gradient_system import in_rows, norm_of
from .natural_system import NaturalSystem
from .path import Path
from .tube import Failure, Tube, sup_of_columns

#: Ellipses tried: larger ones cut off less, but the path bends farther on them.
_ELLIPSES = ("1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8")
_POINTS_PER_TERM = 2
#: How far the metric may turn along a step.
_TURNED = 0.75
#: Coefficients of T for each coefficient of the path.
_TERMS_OF_T = 1.5


@dataclass(frozen=True)
class _Along:
    """Bounds all along a step, in the coordinates y; the names of the head, and the norm of T."""

    nu: arb
    delta: arb
    mu: arb
    size: arb


def enclose_natural_step(
    system: NaturalSystem, path: Path, place: Sequence[arb], before: arb
) -> Tube | Failure:
    """The tube around `path` that holds every natural flow which starts within `before`, in the metric, of `place`.

    Notes
    -----
    Rigour: proof, given in the module's head.
    """
    n, terms = system.size, path.coefficients.nrows()
    points, slopes = _POINTS_PER_TERM * terms, _slopes(path)
    table = series.values_at_points(points, terms)
    values, speeds = table * path.coefficients, table * slopes
    metric = _matrices(system.metric_along(values))
    pulled = _matrices(system.pulled_along(values, speeds))
    T = _whitening(metric, pulled, int(_TERMS_OF_T * terms))
    if T is None:
        return Failure("the metric is not certainly positive definite", True)
    entrance = _entrance(system, path, _matrix_at(T, arb(-1)), place, before)
    bounds = _best_bounds(system, path, T, points)
    if entrance is None or bounds is None:
        return Failure("metric or rates come near to 0 around the step", False)
    flat = (series.values_at_points(points, T.nrows()) * T).entries()
    turns = [arb_mat(n, n, flat[k * n * n : (k + 1) * n * n]) for k in range(points)]
    residuals = in_rows(system.forces_along(values, speeds, 1).residual)
    defects = [
        x for k, t in enumerate(turns) for x in (arb_mat(1, n, residuals[k * n : (k + 1) * n]) * t).entries()
    ]
    to_coefficients = series.to_coefficients(points)
    delta = norm_of(sup_of_columns(to_coefficients * arb_mat(points, n, defects), bounds.defect))
    turned = to_coefficients * _congruent(metric, turns)
    for k in range(n):
        turned[0, k * n + k] -= 1
    nu = norm_of(sup_of_columns(turned, bounds.metric))
    if not nu < _TURNED:
        return Failure("the metric turns too far along the step", False)
    least = _least_eigenvalue(to_coefficients * _congruent(pulled, turns), bounds.pulled)
    along = _Along(nu, delta, ((-least).max(arb(0)) / (1 - nu)).upper(), _size(T, arb(1)))
    return _closed(system, path, along, entrance)


def _matrices(rows: Iterable[Iterable[Column]]) -> list[arb_mat]:
    """The matrices at all points, from a matrix of columns."""
    columns = [list(row) for row in rows]
    n = len(columns)
    flat = in_rows(x for row in columns for x in row)
    return [arb_mat(n, n, flat[k : k + n * n]) for k in range(0, len(flat), n * n)]


def _whitening(metric: Sequence[arb_mat], pulled: Sequence[arb_mat], terms: int) -> arb_mat | None:
    """Coefficients, exact, of T: ``T^T M T`` close to I at all points, ``T^T (H + B) T`` to diagonal in the middle."""
    n, points = metric[0].nrows(), len(metric)
    inverses = []
    for M in metric:
        lower = _cholesky(M)
        if lower is None:
            return None
        inverses.append(lower.inv().transpose().mid())
    turned = inverses[points // 2].transpose() * pulled[points // 2] * inverses[points // 2]
    rough = np.array([[float(turned[i, j]) for j in range(n)] for i in range(n)])
    vectors = np.linalg.eigh(rough)[1] if np.isfinite(rough).all() else np.eye(n)
    Q = arb_mat(n, n, [arb(float(x)) for x in vectors.ravel()])
    values = arb_mat(points, n * n, [x for t in inverses for x in (t * Q).entries()])
    fitted = (series.to_coefficients(points) * values).mid()
    kept = min(terms, points)
    return arb_mat(kept, n * n, fitted.entries()[: kept * n * n])


def _matrix_at(coefficients: arb_mat, x: arb) -> arb_mat:
    n = math.isqrt(coefficients.ncols())
    return arb_mat(n, n, (series.at(x, coefficients.nrows()) * coefficients).entries())


def _size(coefficients: arb_mat, rho: arb) -> arb:
    """A bound of the Frobenius norm on the ellipse `rho`."""
    return norm_of([abs(coefficients[0, i]) + x for i, x in enumerate(series.deviations(coefficients, rho))])


def _cholesky(M: arb_mat) -> arb_mat | None:
    """The lower factor of a matrix of midpoints, computed as it stands; None if a pivot is not positive."""
    n = M.nrows()
    L = arb_mat(n, n)
    for j in range(n):
        pivot = (M[j, j] - sum((L[j, k] ** 2 for k in range(j)), arb(0))).mid()
        if not pivot > 0:
            return None
        L[j, j] = pivot.sqrt().mid()
        for i in range(j + 1, n):
            L[i, j] = ((M[i, j] - sum((L[i, k] * L[j, k] for k in range(j)), arb(0))) / L[j, j]).mid()
    return L


def _entrance(system: NaturalSystem, path: Path, T: arb_mat, place: Sequence[arb], before: arb) -> arb | None:
    """Part 4: the distance from the path's start, in the metric there."""
    n, begin = system.size, path.point(arb(-1))
    old, new = (arb_mat(n, n, list(system.metric(x).ravel())) for x in (place, begin))
    apart = _norm(T.transpose() * (new - old) * T)
    off = _norm(T.transpose() * old * T - _identity(n))
    if not off < 1:
        return None
    jump = norm_of([x - y for x, y in zip(begin, place, strict=True)])
    return (before * (1 + apart / (1 - off)).sqrt() + system.distance(begin, jump)).upper()


def _slopes(path: Path) -> arb_mat:
    """Coefficients of the path's speed."""
    return series.derivative(path.coefficients.nrows()) * path.coefficients * (2 / path.length)


def _congruent(matrices: Sequence[arb_mat], turns: Sequence[arb_mat]) -> arb_mat:
    """The entries of ``T^T X T`` at all points, one point a row."""
    n, points = turns[0].nrows(), len(turns)
    pairs = zip(matrices, turns, strict=True)
    return arb_mat(points, n * n, [x for X, t in pairs for x in (t.transpose() * X * t).entries()])


def _least_eigenvalue(coefficients: arb_mat, more: arb) -> arb:
    """A lower bound of the eigenvalues of a symmetric matrix of interpolants on [-1, 1], each off by at most `more`."""
    n = math.isqrt(coefficients.ncols())
    sups, tails = sup_of_columns(coefficients, more), series.deviations(coefficients, arb(1))
    circles = [
        coefficients[0, i * n + i]
        - tails[i * n + i]
        - more
        - sum((sups[i * n + j] for j in range(n) if j != i), arb(0))
        for i in range(n)
    ]
    return min((x.lower() for x in circles), key=float)


@dataclass(frozen=True)
class _Remainders:
    """How far interpolants are off: norms of ``T^T d``, ``T^T M T`` and ``T^T (H + B) T``."""

    defect: arb
    metric: arb
    pulled: arb


def _best_bounds(system: NaturalSystem, path: Path, T: arb_mat, points: int) -> _Remainders | None:
    """On the ellipse that bounds the interpolation's error best."""
    best: _Remainders | None = None
    slopes = _slopes(path)
    centre = [path.coefficients[0, i] for i in range(system.size)]
    for text in _ELLIPSES:
        rho = arb(text)
        radii = series.deviations(path.coefficients, rho)
        plain = system.bounds(centre, radii)
        if plain is None:
            break
        fastest = [abs(slopes[0, i]) + x for i, x in enumerate(series.deviations(slopes, rho))]
        metric, bending = system.bounds_of_metric(centre, radii, fastest)
        cut, size = series.truncation(rho, points), _size(T, rho)
        found = _Remainders(
            ((metric * norm_of(fastest) + plain.gradient) * size * cut).upper(),
            (metric * size**2 * cut).upper(),
            ((plain.hessian + bending) * size**2 * cut).upper(),
        )
        if best is None or found.pulled < best.pulled:
            best = found
    return best


def _closed(system: NaturalSystem, path: Path, along: _Along, entrance: arb) -> Tube | Failure:
    """Parts 2 and 3: a distance that keeps itself."""
    h, size = path.length, along.size
    s = (1 / (1 - along.nu)).sqrt()
    pushed = entrance + s * along.delta * h
    most = (2 * pushed * (along.mu * h).exp()).upper()
    radius = (size * s * most).upper()
    rest = _rest(system, path, along, s, radius)
    if rest is None:
        return Failure(f"the tube of radius {float(radius):.2g} is too wide for the metric", True)
    more, eta = rest
    growth = along.mu + more
    within = ((entrance + s * along.delta * (1 + eta) * h) * (growth * h).exp()).upper()
    if not within <= most:
        return Failure(f"the tube of radius {float(radius):.2g} is too wide for the curvature", True)
    return Tube((size * s * within).upper(), along.delta, growth.upper(), within)


def _rest(system: NaturalSystem, path: Path, along: _Along, s: arb, radius: arb) -> tuple[arb, arb] | None:
    """chi of part 3, and ``eta/(1 - nu - eta)``; None if the tube is too wide for them."""
    centre = [path.coefficients[0, i] for i in range(system.size)]
    reach = [x + radius for x in series.deviations(path.coefficients, arb(1))]
    rates = range(system.m, system.size)
    least = min(((centre[i] - reach[i]).lower() for i in rates), key=float)
    if not least > 0:
        return None
    margin = (least / 2).lower()
    wide = [(x + margin).upper() for x in reach]
    slopes = _slopes(path)
    fastest = [abs(slopes[0, i]) + x for i, x in enumerate(series.deviations(slopes, arb(1)))]
    plain = system.bounds(centre, wide)
    if plain is None or not radius < margin:
        return None
    metric, _ = system.bounds_of_metric(centre, wide, fastest)
    speed = norm_of(fastest)
    c, size = radius / (margin - radius), along.size
    eta = size**2 * metric * c
    if not along.nu + eta < 1:
        return None
    share = eta / (1 - along.nu - eta)
    second = size**2 * s * (plain.gradient + metric * speed) * c / margin
    pull = size**2 * s * (plain.hessian + metric * speed / margin)
    return (s * (second + share * (pull + second))).upper(), share.upper()


def _norm(matrix: arb_mat) -> arb:
    return norm_of(matrix.entries())


def _identity(n: int) -> arb_mat:
    return arb_mat(n, n, [arb(int(i == j)) for i in range(n) for j in range(n)])
