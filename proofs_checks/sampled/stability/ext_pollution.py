r"""A unitary operator whose K is nilpotent but for the constant: all eigenvalues are wrong, in closed form.

Fourier modes of a linear map of the torus are permuted, and orbits of nonzero modes leave every finite set (cat map,
doubling map); so K moves each mode out of the dictionary after some steps. The matrices hold integers, and their
characteristic polynomials are exact. That a rotation keeps its modes, and K all its eigenvalues on the circle, is the
control: the collapse is no property of Fourier modes.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from flint import acb, acb_mat, arb, fmpz_mat

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Exact
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.sampled.torus import linear_map_koopman, modes, rotation_koopman

#: name -> (matrix of the map, largest wave number)
_MAPS = {"cat map": (((2, 1), (1, 1)), 4), "doubling map": (((2,),), 8)}


def _polynomial(K: sp.Matrix) -> list[int]:
    """Coefficients of the characteristic polynomial, constant first."""
    return [int(c) for c in fmpz_mat([[int(x) for x in row] for row in K.tolist()]).charpoly().coeffs()]


def _collapsed(size: int) -> list[int]:
    """Coefficients of ``x^size - x^(size - 1)``."""
    return [0] * (size - 1) + [-1, 1]


def _forgotten(name: str, K: acb_mat, dimension: int, largest: int) -> Finding:
    """After as many steps as there are modes, nothing but the constant is left."""
    power = K ** K.nrows()
    centre = len(modes(dimension, largest)) // 2
    sizes = [
        abs(power[i, j] - (1 if i == j == centre else 0)) for i in range(K.nrows()) for j in range(K.nrows())
    ]
    return BallInequalities(f"{name}: K^n beside the constant", [(size, arb("0.5")) for size in sizes])


def _evidence(setting: Setting, maps: dict[str, Any], rotation: bool = False) -> Evidence:
    findings: list[Finding] = []
    with precision(setting.digits):
        for name, (A, largest) in maps.items():
            K = linear_map_koopman(A, largest)
            findings.append(Exact(f"{name}: characteristic polynomial", _polynomial(K), _collapsed(K.rows)))
            matrix = acb_mat([[acb(int(x)) for x in row] for row in K.tolist()])
            findings.append(_forgotten(name, matrix, len(A), largest))
        if rotation:
            K = rotation_koopman(sp.sqrt(2), 8)
            angles = [lower(2 * k * sp.sqrt(2), (), "ball")() for (k,) in modes(1, 8)]
            matrix = acb_mat(
                [
                    [acb(x).exp_pi_i() if i == j else acb(0) for j in range(K.rows)]
                    for i, x in enumerate(angles)
                ]
            )
            findings.append(_forgotten("rotation", matrix, 1, 8))
    return Evidence(findings, len(findings), setting.digits)


def check(setting: Setting) -> Evidence:
    """Cat map and doubling map."""
    return _evidence(setting, _MAPS)


def check_rotation(setting: Setting) -> Evidence:
    """The irrational rotation, on which EDMD is exact."""
    return _evidence(setting, {}, rotation=True)


def check_quarter_turn(setting: Setting) -> Evidence:
    """The quarter turn of the torus, which permutes the dictionary."""
    return _evidence(setting, {"quarter turn": (((0, 1), (-1, 0)), 4)})


STATEMENT = Statement(
    id="ext-pollution",
    paper="sampled",
    title="Spectral pollution in closed form",
    section="C",
    claim=r"\det(x - K) = x^{80}(x - 1) \text{ (cat map, } |k| \le 4),\quad x^{16}(x - 1)"
    r"\text{ (doubling map, } |k| \le 8)",
    hypotheses=("Fourier modes, K = least squares for the uniform measure",),
    provenance=Provenance.NEW,
    uses=("ext-resdmd-pythagoras",),
    check=check,
    controls=(Control("irrational rotation", check_rotation), Control("quarter turn", check_quarter_turn)),
)
