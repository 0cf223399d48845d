r"""At an optimum with two unit gains the Hessian is that of A, of order 4; how its condition grows as the poles merge.

**Proof.** By fp-confluent :math:`(A^{-1})_{g_k g_k} \rho^6 \to 4 (1 - t)` and :math:`(A^{-1})_{p_k p_k} \rho^6 \to 0`
(first findings), so :math:`\sum 1/\lambda_i = \operatorname{tr} A^{-1} \sim 8 (1 - t) \rho^{-6}`. In the limit A is
twice the matrix of order 2 of one mode's value and slope, on the sums of the gains and of the poles, and 0 on their
differences: two eigenvalues stay, twice those of that matrix, whose trace tau and determinant :math:`(1 - t)^{-4}` are
checked; two vanish. Since :math:`\det A` falls like :math:`\rho^8`, their product does; the sum of their inverses grows
like :math:`\rho^{-6}`, so one is of order :math:`\rho^2` and the other is :math:`\rho^6/(8 (1 - t))`. Hence

.. math:: \kappa\, \rho^6 \to C = 8 (1 - t) \Bigl(\tau + \sqrt{\tau^2 - 4 (1 - t)^{-4}}\Bigr),\qquad
          \tau = \frac{1}{1 - t} + \frac{1 + t}{(1 - t)^3},

for every p: far worse than the :math:`\rho^{-2}` that the condition of the gains alone suggests.

The package's A at p = .5 + .4i (where C = 70.357), at two separations in three directions: its eigenvalues are enclosed
in balls, and kappa times :math:`\rho^6` is C to a few times the separation.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.modes.cauchy import gain_variance, pole_variance, separation
from memcurse.theory.modes.objective import Modes, gauss_newton, symbolic_modes

from ._merging import condition, distance

_P = (Fraction(1, 2), Fraction(2, 5))
_DIRECTIONS = ((1, 0), (0, 1), (Fraction(3, 5), Fraction(4, 5)))


def _inverse_at_merging(rate: int) -> list[tuple[sp.Expr, sp.Expr]]:
    """Diagonal of the inverse of A times rho^rate, where the poles meet: of a gain, of a pole."""
    h, d, e = symbolic_modes(2), sp.Symbol("d"), sp.Symbol("e")
    one = (sp.S.One, sp.S.One)
    h = Modes(one, one, h.p, h.p_conj)
    met = {h.p[1]: h.p[0] + d, h.p_conj[1]: h.p_conj[0] + e}
    t, power = h.p[0] * h.p_conj[0], separation(h, 0, 1) ** (rate // 2)
    pairs = []
    for entry, limit in ((gain_variance(h, 0), 4 * (1 - t)), (pole_variance(h, 0), sp.S.Zero)):
        scaled = sp.cancel(sp.together((entry * power).subs(met, simultaneous=True)))
        pairs.append((scaled.subs({d: 0, e: 0}, simultaneous=True), limit))
    return pairs


def _limit_matrix() -> list[tuple[sp.Expr, sp.Expr]]:
    """A where both poles are one: on sums and differences of gains and of poles, and the matrix of order 2."""
    p, pc = sp.symbols("p pc")
    one = (sp.S.One, sp.S.One)
    A = gauss_newton(Modes(one, one, (p, p), (pc, pc)))
    T = sp.Matrix([[1, 0, 1, 0], [1, 0, -1, 0], [0, 1, 0, 1], [0, 1, 0, -1]]) / sp.sqrt(2)
    t = p * pc
    M = sp.Matrix([[1 / (1 - t), pc / (1 - t) ** 2], [p / (1 - t) ** 2, (1 + t) / (1 - t) ** 3]])
    pairs = list(zip(T.T * A * T, sp.diag(2 * M, sp.zeros(2)), strict=True))
    tau = 1 / (1 - t) + (1 + t) / (1 - t) ** 3
    return [*pairs, (M.trace(), tau), (M.det(), (1 - t) ** -4)]


def _constant() -> arb:
    """C at p = 1/2 + 2i/5."""
    t = arb(41) / 100
    tau = 1 / (1 - t) + (1 + t) / (1 - t) ** 3
    return 8 * (1 - t) * (tau + (tau**2 - 4 * (1 - t) ** -4).sqrt())


def _instances(setting: Setting, rate: int) -> tuple[Finding, Table]:
    pairs, rows = [], []
    with ball_precision(600):
        for direction in _DIRECTIONS[: setting.pick(3, 1)]:
            for exponent in (5, 7):
                gap = Fraction(1, 10**exponent)
                poles = [_P, (_P[0] + gap * direction[0], _P[1] + gap * direction[1])]
                value = condition(poles) * distance(poles) ** rate
                rows.append((str(tuple(map(str, direction))), exponent, float(value.mid())))
                pairs.append((abs(value / _constant() - 1), 10 * arb(10) ** -exponent))
    table = Table(("direction", "-log10 separation", f"kappa rho^{rate}"), tuple(rows))
    finding = BallInequalities(f"kappa rho^{rate} is C to ten times the separation", pairs)
    return about_code(finding), table


def _evidence(setting: Setting, rate: int) -> Evidence:
    finding, table = _instances(setting, rate)
    findings = [
        Identities(f"inverse of A times rho^{rate}", _inverse_at_merging(rate)),
        Identities("A where the poles are one", _limit_matrix()),
        # The sum of the two vanishing eigenvalues' inverses times their product is their sum.
        Identity("sum of the small eigenvalues", *_sum_of_small()),
        finding,
    ]
    return Evidence(findings, finding.held, 100, table)


def _sum_of_small() -> tuple[sp.Expr, sp.Expr]:
    x, y = sp.symbols("x y", positive=True)
    return x * y * (1 / x + 1 / y), x + y


def check(setting: Setting) -> Evidence:
    """The rate rho^-6 and its constant."""
    return _evidence(setting, 6)


def check_eighth(setting: Setting) -> Evidence:
    """The rate rho^-8 of the determinant."""
    return _evidence(setting, 8)


def check_inherited(setting: Setting) -> Evidence:
    """The rate of the gains alone, rho^-2."""
    finding, table = _instances(setting, 2)
    return Evidence([finding], finding.held, 100, table)


STATEMENT = Statement(
    id="fp-full-hessian",
    title="The full Hessian of two merging poles is far worse",
    paper="fixed-pole",
    section="P4",
    claim=(
        r"\kappa(A)\, \rho^6 \to 8 (1 - t) \Bigl(\tau + \sqrt{\tau^2 - 4 (1 - t)^{-4}}\Bigr),\quad "
        r"\tau = \frac{1}{1 - t} + \frac{1 + t}{(1 - t)^3}"
    ),
    hypotheses=("K = 2, unit gains, two poles that meet at p, t = |p|^2 < 1",),
    provenance=Provenance.NEW,
    corrects=(
        "P4: the full Hessian inherits the condition of the pole Hessian. It is far worse: rho^-6 "
        "against rho^-2 of the gains alone."
    ),
    uses=("fp-confluent", "fp-pole-hessian"),
    check=check,
    controls=(
        Control("rate rho^-2", check_inherited),
        Control("rate rho^-8", check_eighth),
    ),
)
