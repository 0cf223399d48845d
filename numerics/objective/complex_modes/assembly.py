r"""The Gram form with complex modes in any arithmetic that conjugates: balls, mpmath, rational complex numbers.

With ``z = conj x`` and ``R_n(z_i) = d^n/dz^n [sum_j a_j g(z_i, x_j) - M_0(z_i)]``, where `g` is ``1/(z + x)`` in
continuous and ``1/(1 - z x)`` in discrete time, the derivatives of the loss by conj a_i and conj x_i are
``R_0`` and ``conj(a_i) R_1``. Second derivatives: by (conj, plain) a Gram matrix A, by (plain, plain) a matrix C with
``C_ax = conj R_1`` and ``C_xx = a conj R_2`` on its diagonals. `theory.objective.complex_form` is the same, symbolic;
`compiled_form` in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memcurse.numerics.objective.assembly import Time


@dataclass(frozen=True)
class ComplexParts:
    """Loss, slopes (2m: by conj a, conj x), `gram` A and `bend` C (2m rows each), amplitudes first."""

    loss: Any
    slopes: list[Any]
    gram: list[list[Any]]
    bend: list[list[Any]]

    def real_gradient(self) -> list[Any]:
        """The derivatives by (Re a, Im a, Re x, Im x): 4m entries."""
        m = len(self.slopes) // 2
        by_part = [2 * v.real for v in self.slopes] + [2 * v.imag for v in self.slopes]
        return [by_part[i] for i in real_order(m)]

    def real_hessian(self) -> list[list[Any]]:
        """The second derivatives by the same: 4m rows."""
        n = len(self.slopes)
        order = real_order(n // 2)

        def entry(i: int, j: int) -> Any:
            u, v = self.gram[i % n][j % n], self.bend[i % n][j % n]
            if i < n:
                return 2 * (u.real + v.real if j < n else -u.imag - v.imag)
            return 2 * (u.imag - v.imag if j < n else u.real - v.real)

        return [[entry(i, j) for j in order] for i in order]


def real_order(m: int) -> list[int]:
    """Positions of (Re a, Im a, Re x, Im x) in (Re a, Re x, Im a, Im x)."""
    return [*range(m), *range(2 * m, 3 * m), *range(m, 2 * m), *range(3 * m, 4 * m)]


def assemble_complex(
    time: Time, a: Sequence[Any], x: Sequence[Any], moments: Sequence[Sequence[Any]], norm: Any
) -> ComplexParts:
    """All parts at complex modes `x`, from the target's moments at their conjugates and its squared norm.

    `moments` are ``L_k(conj x_i)``, of ``t^k e^{-zt}``, in continuous time, and ``M_k(conj x_i)`` in discrete time.
    """
    discrete, sign, J = time == "discrete", 1 if time == "discrete" else -1, range(len(a))
    z, b = [v.conjugate() for v in x], [v.conjugate() for v in a]
    r = [[1 / ((1 - u * y) if discrete else (u + y)) for y in x] for u in z]
    # Powers of what one more derivative by z multiplies with.
    step = [[v * y for v, y in zip(row, x, strict=True)] for row in r] if discrete else r
    once = [[a[j] * r[i][j] * step[i][j] for j in J] for i in J]
    twice = [[2 * once[i][j] * step[i][j] for j in J] for i in J]
    R0 = [sum((a[j] * r[i][j] for j in J), -moments[i][0]) for i in J]
    R1 = [sum(once[i], -moments[i][1]) for i in J]
    R2 = [sum(twice[i], -moments[i][2]) for i in J]
    loss = sum(((b[i] * (R0[i] - moments[i][0])).real for i in J), norm)
    if discrete:
        mixed = [[a[j] * z[i] * r[i][j] ** 2 for j in J] for i in J]
        late = [[b[i] * a[j] * (1 + z[i] * x[j]) * r[i][j] ** 3 for j in J] for i in J]
    else:
        mixed = [[-v for v in row] for row in once]
        late = [[b[i] * v for v in twice[i]] for i in J]
    gram = [r[i] + mixed[i] for i in J]
    gram += [[mixed[j][i].conjugate() for j in J] + late[i] for i in J]
    return ComplexParts(loss, R0 + [sign * b[i] * R1[i] for i in J], gram, _bend(a, sign, R1, R2))


def _bend(a: Sequence[Any], sign: int, R1: Sequence[Any], R2: Sequence[Any]) -> list[list[Any]]:
    m, zero = len(a), a[0] * 0
    bend = [[zero] * (2 * m) for _ in range(2 * m)]
    for k in range(m):
        bend[k][m + k] = bend[m + k][k] = sign * R1[k].conjugate()
        bend[m + k][m + k] = a[k] * R2[k].conjugate()
    return bend
