r"""How far the true flow can be from a computed path: the proof, for one step.

Let p be the path of a step, of length h, and :math:`e(s) = \theta(s) - p(s)` for a solution with
:math:`|e(0)| \le E_0`. With the defect :math:`d = p' + \nabla J(p)`

.. math:: e' = -\Bigl[\int_0^1 H(p + \sigma e)\,d\sigma\Bigr] e - d .

1. *Defect.* d is known in balls at n Chebyshev points. p' is a polynomial of lower degree, and :math:`\nabla J(p(z))`
   is analytic and bounded on an ellipse (`GradientSystem.bounds` on the polydisc that p maps it into), so
   :math:`|d| \le \delta` by `chebyshev_series.truncation`.
2. *Logarithmic norm.* H is symmetric, so :math:`|e|' \le \mu |e| + \delta` with :math:`\mu = -\lambda_{min}` of the
   mean Hessian; stiff directions help. With a constant matrix Q, almost orthogonal, and polynomials U(s), unit
   triangular, that eliminate the stiff directions from the soft ones, put :math:`S = (QU)^T H(p) QU`, and
   :math:`e = QUy`: the soft entries of y are those of :math:`Q^{-1}e`, and with :math:`S_{ff} \ge \kappa > 0`

   .. math:: e^T H(p) e \ge \Bigl(\lambda_{min}(S_{ss}) - |S_{sf}|^2/\kappa\Bigr) |y_s|^2 .

   The entries of S are known like d; :math:`\lambda_{min}(S_{ss})` by Gershgorin's theorem. The slow eigenvalue of
   the valley, far below the change of H along the step, comes out sharp, since U turns with the valley.
3. *Tube.* Within E of p, H differs from H(p) by at most :math:`L E`, where :math:`L = M/r` by Cauchy's estimate along a
   complex line, M bounding the Hessian within r of the tube.
4. *Error.* If :math:`(E_0 + \delta h) e^{(\mu + L E) h} \le E`, then :math:`|e| \le E` on the whole step: as long as it
   holds the differential inequality holds, and by Gronwall's lemma it cannot be the first to fail. The rates stay
   positive within r of the tube, so the solution exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.matrices.columns import Column

from . import chebyshev_series as series
from .gradient_system import Bounds, GradientSystem, in_rows, norm_of
from .path import Path

#: Ellipses tried: larger ones cut off less, but the path bends farther on them.
_ELLIPSES = ("1.5", "2", "2.5", "3", "4", "5", "6", "8")
#: Points at which defect and Hessian are known, for each coefficient of the path.
_POINTS_PER_TERM = 1.5
#: Coefficients of U for each coefficient of the path.
_TERMS_OF_U = 1.5
#: An eigenvalue times the step below which a direction is soft, and left to Gershgorin's circles.
_SOFT = 4.0


@dataclass(frozen=True)
class Tube:
    """What is proved of a step: `radius` holds all along it.

    Attributes
    ----------
    radius : arb
        Of the tube around the path, an exact number.
    defect : arb
        Bound of ``|p' + grad J(p)|``.
    growth : arb
        Bound of the logarithmic norm in the tube, not negative (1/time).
    distance : arb
        From the path at the step's end, in the norm in which errors are followed: here the Euclidean one.
    """

    radius: arb
    defect: arb
    growth: arb
    distance: arb


@dataclass(frozen=True)
class Failure:
    """Why a step could not be proved; `digits` says whether more digits may help (else: a shorter step)."""

    reason: str
    digits: bool


def enclose_step(system: GradientSystem, path: Path, before: arb) -> Tube | Failure:
    """The tube around `path` that holds every flow which starts within `before` of the path's start.

    Notes
    -----
    Rigour: proof, given in the module's head.
    """
    n, terms = system.size, path.coefficients.nrows()
    points = int(_POINTS_PER_TERM * terms)
    table = series.values_at_points(points, terms)
    values = table * path.coefficients
    parts = system.parts_along(values)
    ellipse = _best_ellipse(system, path, points)
    if ellipse is None:
        return Failure("the rates come to 0 on every ellipse around the step", False)
    rho, bounds = ellipse
    cut = series.truncation(rho, points)
    speeds = table * (series.derivative(terms) * path.coefficients) * (2 / path.length)
    defects = speeds + arb_mat(points, n, in_rows(parts.gradient))
    defect = norm_of(sup_of_columns(series.to_coefficients(points) * defects, bounds.gradient * cut))
    entries = zip(*(entry for row in parts.hessian for entry in row), strict=True)
    hessians = [arb_mat(n, n, list(point)) for point in entries]
    growth = _growth(hessians, path.length, terms, rho, bounds.hessian * cut)
    if growth is None:
        return Failure("the stiff directions are not certainly stiff all along the step", False)
    return _closed(system, path, before, defect, growth)


def _closed(system: GradientSystem, path: Path, before: arb, defect: arb, growth: arb) -> Tube | Failure:
    """Part 4 of the proof: a radius that keeps itself."""
    h = path.length
    pushed = before + defect * h
    radius = (2 * pushed * (growth * h).exp()).upper()
    lipschitz = hessian_change(system, path.coefficients, radius)
    if lipschitz is None:
        return Failure("the rates come to 0 in the tube", True)
    within = (pushed * ((growth + lipschitz * radius) * h).exp()).upper()
    if not within <= radius:
        return Failure(f"the tube of radius {float(radius):.2g} is too wide for the curvature", True)
    return Tube(within, defect, (growth + lipschitz * radius).upper(), within)


def hessian_change(system: GradientSystem, coefficients: arb_mat, radius: arb) -> arb | None:
    """A bound of ``|H(theta) - H(p)|/|theta - p|`` for theta within `radius` of the path p; part 3 of the proof."""
    n = system.size
    centre = [coefficients[0, i] for i in range(n)]
    reach = [x + radius for x in series.deviations(coefficients, arb(1))]
    least = min(((x - r).lower() for x, r in zip(centre[n // 2 :], reach[n // 2 :], strict=True)), key=float)
    if not least > 0:
        return None
    margin = least / 2
    bounds = system.bounds(centre, [(r + margin).upper() for r in reach])
    return None if bounds is None else (bounds.hessian / margin).upper()


def _best_ellipse(system: GradientSystem, path: Path, points: int) -> tuple[arb, Bounds] | None:
    """The ellipse that bounds the interpolation's error best, with the bounds on the polydisc around it."""
    best: tuple[arb, Bounds] | None = None
    centre = [path.coefficients[0, i] for i in range(system.size)]
    least = arb.pos_inf()
    for text in _ELLIPSES:
        rho = arb(text)
        bounds = system.bounds(centre, series.deviations(path.coefficients, rho))
        if bounds is None:
            break
        error = bounds.hessian * series.truncation(rho, points)
        if error < least:
            best, least = (rho, bounds), error
    return best


def sup_of_columns(coefficients: arb_mat, remainder: arb) -> list[arb]:
    """Bounds on [-1, 1] of functions with these interpolants' coefficients, one a column."""
    beside = series.deviations(coefficients, arb(1))
    return [(abs(coefficients[0, i]) + x + remainder).upper() for i, x in enumerate(beside)]


def _growth(hessians: Sequence[arb_mat], length: arb, terms: int, rho: arb, remainder: arb) -> arb | None:
    """A bound, not negative, of ``-lambda_min(H(p))`` along the step; part 2 of the proof."""
    n, points = hessians[0].nrows(), len(hessians)
    middle = hessians[points // 2]
    eigenvalues, vectors = np.linalg.eigh([[float(middle[i, j]) for j in range(n)] for i in range(n)])
    soft = int(np.sum(eigenvalues * float(length) < _SOFT))
    Q = arb_mat(n, n, [arb(float(x)) for x in vectors.ravel()])
    turned = [Q.transpose() * H * Q for H in hessians]
    elimination = _polynomials_of_elimination(turned, soft, int(_TERMS_OF_U * terms))
    along = series.values_at_points(points, elimination.nrows()) * elimination
    rows = []
    flat = along.entries()
    for k, H in enumerate(turned):
        U = arb_mat(n, n, flat[k * n * n : (k + 1) * n * n])
        rows += (U.transpose() * H * U).entries()
    coefficients = series.to_coefficients(points) * arb_mat(points, n * n, rows)
    size_of_U = norm_of(
        [abs(elimination[0, i]) + x for i, x in enumerate(series.deviations(elimination, rho))]
    )
    size_of_Q = norm_of([Q[i, j] for i in range(n) for j in range(n)])
    tails = series.deviations(coefficients, arb(1))
    more = (remainder * size_of_U**2 * size_of_Q**2).upper()

    def sup(i: int, j: int) -> arb:
        return (abs(coefficients[0, i * n + j]) + tails[i * n + j] + more).upper()

    def least(i: int) -> arb:
        return (coefficients[0, i * n + i] - tails[i * n + i] - more).lower()

    circles = [-least(i) + sum((sup(i, j) for j in range(soft) if j != i), arb(0)) for i in range(soft)]
    worst = _largest([arb(0), *(x.upper() for x in circles)])
    if soft < n:
        stiff = range(soft, n)
        floor = min((least(i) for i in stiff), key=float) - norm_of(
            [sup(i, j) for i in stiff for j in stiff if i != j]
        )
        if not floor > 0:
            return None
        worst += norm_of([sup(i, j) for i in range(soft) for j in stiff]) ** 2 / floor
    return (worst * _inverse_norm_squared(Q)).upper()


def _largest(values: Sequence[arb]) -> arb:
    worst = values[0]
    for x in values[1:]:
        worst = worst.max(x)
    return worst.upper()


def _inverse_norm_squared(Q: arb_mat) -> arb:
    """A bound of ``|Q^-1|^2`` for an almost orthogonal matrix: ``1/(1 - |Q^T Q - I|)``."""
    n = Q.nrows()
    gram = Q.transpose() * Q
    off = norm_of([gram[i, j] - int(i == j) for i in range(n) for j in range(n)])
    return (1 / (1 - off)).upper()


def _eliminated(M: list[list[Column]], soft: int) -> list[list[Column]]:
    """Unit matrices U such that U^T M U has no entries between stiff and other directions; approximations.

    Directions are numbered from soft to stiff; each stiff one is removed from those before it. A direction that cannot
    be divided by stays.
    """
    n, count = len(M), len(M[0][0])
    U = [[Column([arb(int(i == j))] * count) for j in range(n)] for i in range(n)]
    for i in range(n - 1, soft - 1, -1):
        if not all(x > 0 for x in M[i][i]):
            continue
        factors = [-M[i][j] / M[i][i] for j in range(i)]
        M = [[M[k][j] + factors[k] * M[i][j] for j in range(i)] for k in range(i)]
        for row in U:
            row[:i] = [row[j] + row[i] * factors[j] for j in range(i)]
    return U


def _polynomials_of_elimination(hessians: Sequence[arb_mat], soft: int, terms: int) -> arb_mat:
    """Coefficients, exact numbers, of polynomials U(x) close to `_eliminated`; the part that is fixed is exact.

    Unit lower triangular, hence invertible, with the identity's rows for soft directions.
    """
    n, points = hessians[0].nrows(), len(hessians)
    columns = list(map(Column, map(list, zip(*(H.mid().entries() for H in hessians), strict=True))))
    eliminated = _eliminated([columns[i * n : (i + 1) * n] for i in range(n)], soft)
    values = arb_mat(points, n * n, in_rows(x for row in eliminated for x in row))
    fitted = series.to_coefficients(points) * values
    coefficients = arb_mat(min(terms, points), n * n)
    for i in range(n):
        coefficients[0, i * n + i] = arb(1)
        for j in range(i if i >= soft else 0):
            for k in range(coefficients.nrows()):
                coefficients[k, i * n + j] = fitted[k, i * n + j].mid()
    return coefficients
