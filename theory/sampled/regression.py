r"""Extended dynamic mode decomposition in exact arithmetic: :math:`K = F_X^+ F_Y` with rows as samples."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp


def pseudo_solution(A: sp.Matrix, B: sp.Matrix) -> sp.Matrix:
    """``A^+ B`` of a matrix of full column rank, by its normal equations.

    Raises
    ------
    ValueError
        If the columns of `A` are dependent.
    """
    gram = A.T * A
    if gram.det() == 0:
        raise ValueError(f"`A` must have independent columns; got {A}")
    return (gram.adjugate() * (A.T * B) / gram.det()).applyfunc(sp.cancel)


def feature_rows(
    dictionary: Sequence[sp.Expr], symbols: Sequence[sp.Symbol], points: Sequence[Sequence[sp.Expr]]
) -> sp.Matrix:
    """Features of points, one row each."""
    rows = [
        [f.subs(dict(zip(symbols, point, strict=True)), simultaneous=True) for f in dictionary]
        for point in points
    ]
    return sp.Matrix(rows)


def koopman_matrix(
    dictionary: Sequence[sp.Expr],
    symbols: Sequence[sp.Symbol],
    step: Sequence[sp.Expr],
    points: Sequence[Sequence[sp.Expr]],
) -> sp.Matrix:
    """K of a map ``step`` from exact sample points."""
    images = [
        [s.subs(dict(zip(symbols, point, strict=True)), simultaneous=True) for s in step] for point in points
    ]
    return pseudo_solution(
        feature_rows(dictionary, symbols, points), feature_rows(dictionary, symbols, images)
    )
