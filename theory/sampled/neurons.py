r"""The neuron of a pair of points, and the network of one such neuron, in closed form.

For data :math:`\{\pm a\} \to \{\pm r a\}` and the pair :math:`(-a, a)` all of EDMD is one number:
:math:`K = 2 (3^r - 1)/(3^r + 1)`, :math:`C = 2a`. The network
:math:`h \mapsto K C \tanh(h \ln 3/(2a))` has the multiplier :math:`K \ln 3` at 0, which passes 1 at
:math:`r^* = \log_3((2 \ln 3 + 1)/(2 \ln 3 - 1))`, before K does at r = 1.
"""

from __future__ import annotations

from typing import Any, Final

import sympy as sp

LN3: Final = sp.log(3)


def pair_neuron(
    x1: sp.Matrix, x2: sp.Matrix, scale: Any = LN3, shift: Any = LN3 / 2
) -> tuple[sp.Matrix, sp.Expr]:
    """Weight ``scale (x2 - x1)/|x2 - x1|^2`` and bias ``-<w, x1> - shift`` of a pair of columns."""
    difference = x2 - x1
    w = scale * difference / difference.dot(difference)
    return w, -w.dot(x1) - shift


def preactivation(neuron: tuple[sp.Matrix, sp.Expr], x: sp.Matrix) -> sp.Expr:
    """``<w, x> + b``."""
    w, b = neuron
    return w.dot(x) + b


def tanh(z: Any) -> sp.Expr:
    """Hyperbolic tangent through exponentials, which SymPy can simplify with logarithms."""
    return (sp.exp(2 * z) - 1) / (sp.exp(2 * z) + 1)


def one_neuron_features(x: Any, a: Any) -> sp.Expr:
    """Feature of the state `x` for the pair ``(-a, a)``."""
    neuron = pair_neuron(sp.Matrix([-a]), sp.Matrix([a]))
    return tanh(preactivation(neuron, sp.Matrix([x])))


def one_neuron_koopman(r: Any) -> sp.Expr:
    """The number K for data ``{-a, a} -> {-r a, r a}``."""
    return 2 * (sp.Integer(3) ** r - 1) / (sp.Integer(3) ** r + 1)


def one_neuron_multiplier(r: Any) -> sp.Expr:
    """Derivative of the re-lifted network at 0."""
    return LN3 * one_neuron_koopman(r)


def critical_contraction() -> sp.Expr:
    """The contraction r* from which on the network is unstable at 0."""
    return sp.log((2 * LN3 + 1) / (2 * LN3 - 1)) / LN3
