r"""At an optimum the Hessian is that of A, of order 4. Its determinant falls like :math:`\rho^8` (fp-confluent), its
smallest eigenvalue like :math:`\rho^6`. Eigenvalues are certified in balls at p = .5 + .4i with unit gains, at
two separations in three directions: kappa times :math:`\rho^6` is 70.36. The condition that the paper inherits
from the gains alone, :math:`\rho^{-2}`, is far too good.
"""

from __future__ import annotations

from fractions import Fraction

from flint import acb, acb_mat, arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.findings import Enclosed, Every
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table

_P = (Fraction(1, 2), Fraction(2, 5))
_DIRECTIONS = ((1, 0), (0, 1), (3, 4))


def _ball(x: Fraction) -> arb:
    return arb(x.numerator) / x.denominator


def _condition(separation: Fraction, direction: tuple[int, int]) -> tuple[arb, arb]:
    """Condition of A and the pseudo-hyperbolic distance."""
    d = [separation * x / (5 if direction == (3, 4) else 1) for x in direction]
    p = [acb(_ball(_P[0]), _ball(_P[1])), acb(_ball(_P[0] + d[0]), _ball(_P[1] + d[1]))]
    rows = []
    for derivative in (False, True):
        for x in (z.conjugate() for z in p):
            q = [1 - x * y for y in p]
            if derivative:
                rows.append([y / r**2 for y, r in zip(p, q, strict=True)] + [(2 - r) / r**3 for r in q])
            else:
                rows.append([1 / r for r in q] + [x / r**2 for r in q])
    sizes = [value.real for value in acb_mat(rows).eig()]
    largest, smallest = sizes[0], sizes[0]
    for value in sizes[1:]:
        largest, smallest = largest.max(value), smallest.min(value)
    return largest / smallest, abs((p[0] - p[1]) / (1 - p[0].conjugate() * p[1]))


def _evidence(setting: Setting, rate: int) -> Evidence:
    parts, rows = [], []
    with ball_precision(400):
        for direction in _DIRECTIONS[: setting.pick(3, 1)]:
            for exponent in (5, 7):
                kappa, rho = _condition(Fraction(1, 10**exponent), direction)
                value = kappa * rho**rate
                rows.append((str(direction), exponent, float(value.mid())))
                parts.append(
                    Enclosed(
                        f"kappa rho^{rate} at 1e-{exponent}",
                        value,
                        (Fraction(7035, 100), Fraction(7037, 100)),
                    )
                )
    columns = ("direction", "-log10 separation", f"kappa rho^{rate}")
    return Evidence([Every("kappa at two separations", parts)], len(parts), 100, Table(columns, tuple(rows)))


def check(setting: Setting) -> Evidence:
    """The rate rho^-6."""
    return _evidence(setting, 6)


def check_inherited(setting: Setting) -> Evidence:
    """The rate of the gains alone, rho^-2."""
    return _evidence(setting, 2)


STATEMENT = Statement(
    id="fp-full-hessian",
    title="The full Hessian of two merging poles is far worse",
    paper="fixed-pole",
    section="P4",
    claim=r"\kappa(A) \rho^6 \to C = 70.36",
    hypotheses=(
        "K = 2, p = 1/2 + 2i/5, unit gains",
        "separations 1e-5 and 1e-7",
    ),
    provenance=Provenance.NEW,
    uses=("fp-confluent", "fp-pole-hessian"),
    check=check,
    controls=(Control("rate rho^-2", check_inherited),),
)
