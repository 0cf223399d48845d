"""What a best fit in L2 with real rates is: amplitudes, rates, loss, and what is proved of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import mpmath
from flint import arb

from memcurse.numerics.approximation.sums import ExponentialFit, RootOfLoss
from memcurse.numerics.stationary.points import Box
from memcurse.theory.landscape.equivalent_parameters import Inertia


@dataclass(frozen=True, repr=False)
class Fit(RootOfLoss, ExponentialFit):
    """A certified minimum of the loss with m terms, rates in increasing order.

    Attributes
    ----------
    a, w : tuple of mpmath.mpf, length m
        Amplitudes and rates (1/time), at least to the digits asked for.
    loss : mpmath.mpf
        J, the squared L2 distance of the fit from the target.
    residuals : tuple of mpmath.mpf, length 2m
        ``sum_j a_j/(w_k + w_j) - L_0(w_k)`` for every k, then ``sum_j a_j/(w_k + w_j)^2 - L_1(w_k)``, at `a` and `w`:
        half the gradient in ``a_k``, and the gradient in ``w_k`` over ``-2 a_k``. The exact minimum makes them 0.
    enclosure : Box
        Balls in which exactly one critical point lies.
    loss_enclosure : arb
        Ball of the loss there.
    inertia : Inertia
        Of the Hessian there; all 2m eigenvalues are positive.
    scope : str
        What is proved: a global or a local minimum.
    """

    a: tuple[mpmath.mpf, ...]
    w: tuple[mpmath.mpf, ...]
    loss: mpmath.mpf
    residuals: tuple[mpmath.mpf, ...]
    enclosure: Box
    loss_enclosure: arb
    inertia: Inertia
    scope: str
    digits: int
    norm: str = "l2"

    _told: ClassVar[tuple[str, ...]] = ("m", "error", "error_enclosure")
