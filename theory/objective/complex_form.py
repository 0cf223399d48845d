r"""The Gram form with complex modes, once for both times; a number and its conjugate are independent symbols.

.. math:: J = \sum_{ij} \bar a_i a_j\, g(\bar x_i, x_j)
              - \sum_i [\bar a_i M_0(\bar x_i) + a_i \bar M_0(x_i)] + \|\rho\|^2

is real-analytic in the real and imaginary parts, so that an identity in independent symbols holds for all complex
parameters. :math:`\bar M(x)` is the conjugate of :math:`M(\bar x)`, and M itself for a real target. Derivatives are
those by the symbols; those by the real variables follow: with y = (a, x), A the derivatives by (conj y_i, y_j) and C
those by (y_i, y_j),

.. math:: \nabla J = 2 (\Re, \Im)\, \partial_{\bar y} J, \qquad
          \nabla^2 J = 2 \begin{pmatrix} \Re A + \Re C & -\Im A - \Im C \\ \Im A - \Im C & \Re A - \Re C \end{pmatrix}.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from memcurse.theory.exact import exact_integer
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum, TargetSequence
from memcurse.theory.targets.target import Target

from . import continuous, discrete
from .gram_form import CONTINUOUS, DISCRETE, MomentFunction, Pairing


@dataclass(frozen=True)
class SymbolicComplexObjective:
    """Closed forms for one width.

    Attributes
    ----------
    a, a_conj, x, x_conj : tuples of m symbols
        Amplitudes and modes (rates or poles), and what stands for their conjugates.
    loss : sympy.Expr
    gradient : sympy.Matrix, 2m x 1
        Derivatives by a_conj, x_conj.
    gram, bend : sympy.Matrix, 2m x 2m
        A, derivatives by (a_conj, x_conj) and (a, x); C, derivatives by (a, x) and (a, x).
    """

    a: tuple[sp.Symbol, ...]
    a_conj: tuple[sp.Symbol, ...]
    x: tuple[sp.Symbol, ...]
    x_conj: tuple[sp.Symbol, ...]
    loss: sp.Expr
    gradient: sp.Matrix
    gram: sp.Matrix
    bend: sp.Matrix


@dataclass(frozen=True)
class ComplexForm:
    """A pairing with the moments of a target, and those of the conjugate target."""

    pairing: Pairing
    moment: MomentFunction
    moment_conj: MomentFunction
    norm: sp.Expr

    def residual_moment(
        self, n: int, at: sp.Expr, a: Sequence[sp.Expr], x: Sequence[sp.Expr], *, conjugate: bool = False
    ) -> sp.Expr:
        """``sign**n R_n(at)`` of the sum with amplitudes `a` at modes `x`; of the conjugate one if they are those."""
        moment = self.moment_conj if conjugate else self.moment
        model = (aj * self.pairing.derivative(n, at, xj) for aj, xj in zip(a, x, strict=True))
        return sp.Add(*model) - moment(n, at)

    def objective(self, m: int, letter: str) -> SymbolicComplexObjective:
        """All closed forms of width `m`, the modes named by `letter`."""
        a, b, x, y = (_symbols(name, m) for name in ("a", "ac", letter, letter + "c"))
        g, K, sign = self.pairing, range(m), self.pairing.sign
        quadratic = sp.Add(*(b[i] * a[j] * g.derivative(0, y[i], x[j]) for i in K for j in K))
        linear = sp.Add(*(b[i] * self.moment(0, y[i]) + a[i] * self.moment_conj(0, x[i]) for i in K))
        by_a = [self.residual_moment(0, y[i], a, x) for i in K]
        by_x = [sign * b[i] * self.residual_moment(1, y[i], a, x) for i in K]
        A, C = sp.zeros(2 * m), sp.zeros(2 * m)
        for i in K:
            for j in K:
                A[i, j] = g.derivative(0, y[i], x[j])
                A[i, m + j] = a[j] * g.by_second(y[i], x[j])
                A[m + i, j] = b[i] * sign * g.derivative(1, y[i], x[j])
                A[m + i, m + j] = b[i] * a[j] * g.mixed(y[i], x[j])
            C[i, m + i] = C[m + i, i] = sign * self.residual_moment(1, x[i], b, y, conjugate=True)
            C[m + i, m + i] = a[i] * self.residual_moment(2, x[i], b, y, conjugate=True)
        return SymbolicComplexObjective(
            a, b, x, y, quadratic - linear + self.norm, sp.Matrix(by_a + by_x), A, C
        )


def _symbols(name: str, m: int) -> tuple[sp.Symbol, ...]:
    return tuple(sp.Symbol(f"{name}_{k}") for k in range(1, m + 1))


def symbolic_complex_objective(
    m: int, target: Target | TargetSequence | None = None, *, discrete_time: bool = False
) -> SymbolicComplexObjective:
    """The objective with `m` complex modes for a kernel, a sequence, or (None) an unspecified real target.

    Raises
    ------
    TypeError, ValueError
        If `m` is no positive integer.
    """
    m = exact_integer("m", m, 1)
    if isinstance(target, Target):
        return ComplexForm(CONTINUOUS, target.moment, target.moment, target.squared_norm()).objective(m, "w")
    if isinstance(target, TargetSequence):
        conjugate = conjugated(target)
        return ComplexForm(DISCRETE, target.moment, conjugate.moment, target.squared_norm()).objective(m, "p")
    if discrete_time:
        unknown = discrete.PoleMoment
        return ComplexForm(DISCRETE, unknown, unknown, discrete.squared_norm).objective(m, "p")
    return ComplexForm(CONTINUOUS, continuous.Moment, continuous.Moment, continuous.squared_norm).objective(
        m, "w"
    )


def conjugated(sequence: TargetSequence) -> TargetSequence:
    """The sequence of the conjugate numbers."""
    if sequence.is_real:
        return sequence
    if isinstance(sequence, GeometricSum):
        return GeometricSum(*([sp.conjugate(v) for v in values] for values in (sequence.a, sequence.p)))
    if isinstance(sequence, FiniteSequence):
        return FiniteSequence([sp.conjugate(v) for v in sequence.values])
    raise TypeError(f"`sequence` must be of a kind whose conjugate is known; got {sequence!r}")


def derivative_identities(objective: SymbolicComplexObjective) -> list[tuple[sp.Expr, sp.Expr]]:
    """Pairs that must be equal: each closed form, and SymPy's derivative of a form one order lower."""
    plain, conj = (*objective.a, *objective.x), (*objective.a_conj, *objective.x_conj)
    pairs = [(objective.gradient[i], sp.diff(objective.loss, v)) for i, v in enumerate(conj)]
    for i, v in enumerate(plain):
        slope = sp.diff(objective.loss, v)
        pairs += [(objective.gram[j, i], sp.diff(objective.gradient[j], v)) for j in range(len(plain))]
        pairs += [(objective.bend[i, j], sp.diff(slope, u)) for j, u in enumerate(plain)]
    return pairs
