r"""Moments of a kernel without a closed form, fast: one graded Gauss-Legendre rule serves every rate.

The half line is cut into panels ``[2^j, 2^{j+1}]``, each halved until the kernel is a polynomial on it to rounding
error. Their nodes, and the kernel's values there (from balls), are kept in extended precision; a moment is then one
exponential and one sum. The rule is a source of samples for the Chebyshev models, whose error is measured against
certified quadrature afterwards, so nothing here needs to be certain.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import DIGITS_HOLD, FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision, hull
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.quadrature.panels import over_root
from memcurse.theory.growth.envelopes import envelope_at_infinity, envelope_at_zero
from memcurse.theory.notation import t

Extended = NDArray[np.longdouble]

_ORDER = 32
_BITS = 100
_MAX_PANELS = 3000
#: Precisions tried in turn for a value, and the bits that it must have.
_VALUE_BITS = (_BITS, 2 * _BITS, 4 * _BITS, 8 * _BITS)
_ENOUGH_BITS = 70
#: A panel is halved where a bound on it is so many times its largest value, unless that is quiet or the panel narrow;
#: so many halvings are spent on it.
_LOUDER, _QUIET, _NARROWEST, _LOOKS = 1e8, 1e-25, 1e-4, 600
#: A kernel is resolved on a panel when its last Legendre coefficients are this small relative to its largest value.
_RESOLVED = 1e-17
_NEGLIGIBLE = 1e-20
#: A node is rounded, and its value with it: by so much for each factor of e by which the kernel varies in an octave.
_ROUNDING = 2e-19
_GUARD = 64
#: A term is not looked at if it is below the largest by so many factors of e.
_UNSEEN = 60.0
#: What no float64 moment can hold, on panels to the left, too.
_LEAST = np.longdouble(1e-320)


#: Numbers below are lifted by a power of two before they become doubles; those below the least count as 0.
_SMALL, _LIFT, _LOWEST = 1e-280, 900, arb(2) ** -1900


def extended(x: arb) -> np.longdouble:
    """The midpoint of a ball in extended precision, through two doubles."""
    high = float(x.mid())
    if abs(high) < _SMALL and abs(x.mid()) > _LOWEST:
        # The second double would be below what one holds.
        return extended(x * arb(2) ** _LIFT) * np.longdouble(2) ** -_LIFT
    return np.longdouble(high) + np.longdouble(float((x - arb(high)).mid()))


def from_extended(x: np.longdouble) -> arb:
    """The exact ball of an extended number."""
    high = float(x)
    return arb(high) + arb(float(x - np.longdouble(high)))


@functools.cache
def _legendre_rule() -> tuple[Extended, Extended, Extended]:
    """Nodes and weights on [-1, 1], and the matrix from values at the nodes to the last four Legendre coefficients."""
    with ball_precision(_BITS + 40):
        pairs = [arb.legendre_p_root(_ORDER, k, weight=True) for k in range(_ORDER)]
        nodes = np.array([extended(x) for x, _ in pairs])
        weights = np.array([extended(v) for _, v in pairs])
        rows = [
            [extended(x.legendre_p(n) * v * (2 * n + 1) / 2) for x, v in pairs]
            for n in range(_ORDER - 4, _ORDER)
        ]
    return nodes, weights, np.array(rows)


class FixedQuadrature:
    """Nodes `times` and values `mass` = weight times kernel, so that ``L_k(w) = sum mass times^k exp(-w times)``.

    Parameters
    ----------
    kernel : sympy.Expr
        In `notation.t`, admissible.
    slowest, fastest : float
        Range of rates (1/time) that the rule must serve.

    Raises
    ------
    FloatRangeError
        If the kernel oscillates too often before it has decayed for a rule of affordable size.
    """

    def __init__(self, kernel: sp.Expr, slowest: float, fastest: float) -> None:
        over, root = over_root(kernel, t)
        self._value: Callable[[arb], arb] = lower(over, (t,), "ball")
        self._looks = _LOOKS
        first, last = (round(x / root) for x in _range(kernel, slowest, fastest))
        times, mass = [], []
        before = np.zeros(3, dtype=np.longdouble)
        pending = [(2.0**j, 2.0 ** (j + 1)) for j in range(last - 1, first - 1, -1)]
        while pending:
            a, b = pending.pop()
            nodes, values, resolved = self._panel(a, b)
            if self._hidden(a, b, values):
                pending += [((a + b) / 2, b), (a, (a + b) / 2)]
            elif resolved or _negligible(values, b, root, before) or b - a <= 1e-9 * b:
                times.append(nodes**root)
                mass.append(values * _legendre_rule()[1] * np.longdouble((b - a) / 2))
                before += [np.abs(mass[-1]) @ times[-1] ** k for k in range(3)]
            else:
                pending += [((a + b) / 2, b), (a, (a + b) / 2)]
            if len(times) + len(pending) > _MAX_PANELS:
                raise FloatRangeError(
                    f"`target` must settle within {_MAX_PANELS} panels for a float64 model; got {kernel}; {DIGITS_HOLD}"
                )
        self.times: Extended = np.concatenate(times)
        self.mass: Extended = np.concatenate(mass)
        with np.errstate(divide="ignore"):
            self._sizes = np.log(np.abs(self.mass)).astype(float)
        self._times, self._steepest = self.times.astype(float), 2 * np.log(self.times).astype(float)

    def _panel(self, a: float, b: float) -> tuple[Extended, Extended, bool]:
        nodes, _, to_last = _legendre_rule()
        times = np.longdouble((a + b) / 2) + np.longdouble((b - a) / 2) * nodes
        values = np.array([extended(self._accurate(x)) for x in times])
        allowed = max(_RESOLVED, _ROUNDING * _steepness(values) * b / (b - a))
        resolved = np.abs(to_last @ values).max() <= allowed * np.abs(values).max()
        return times, values, bool(resolved)

    def _accurate(self, x: np.longdouble) -> arb:
        """The kernel at a time, with more bits where its terms cancel, as those of log(1 + t) near 0."""
        for bits in _VALUE_BITS:
            with ball_precision(bits):
                value = self._value(from_extended(x))
            if value.rel_accuracy_bits() >= _ENOUGH_BITS or value.is_zero():
                break
        return value

    def _hidden(self, a: float, b: float, values: Extended) -> bool:
        """Whether the kernel may be large between nodes where it is small: bounds on halves of the panel tell."""
        if self._looks <= 0 or b - a < _NARROWEST * b:
            return False
        with ball_precision(_BITS):
            bound = abs(self._value(hull(arb(a), arb(b)))).upper()
        largest = np.abs(values).max()
        hidden = not bound.is_finite() or float(bound) > _LOUDER * max(float(largest), _QUIET)
        self._looks -= hidden
        return hidden

    def moments(self, w: arb) -> list[arb]:
        """``[L_0, L_1, L_2]`` at the rate `w`, as exact balls of sums in extended precision (no enclosure)."""
        rate = extended(w)
        some = self._large(float(rate))
        times, decayed = self.times[some], self.mass[some] * np.exp(-rate * self.times[some])
        first = decayed * times
        return [from_extended(x) for x in (decayed.sum(), first.sum(), first @ times)]

    def terms(self, w: float) -> NDArray[np.float64]:
        """Sums of the absolute values of the terms of `moments`."""
        some = self._large(w)
        times, decayed = (
            self.times[some],
            np.abs(self.mass[some]) * np.exp(-np.longdouble(w) * self.times[some]),
        )
        sizes = [decayed.sum(), decayed @ times, decayed @ times**2]
        return np.array([float(x) for x in sizes])

    def _large(self, w: float) -> slice:
        """From the first to the last node whose term counts in one of the moments."""
        zeroth = self._sizes - w * self._times
        second = zeroth + self._steepest
        counts = (zeroth > zeroth.max() - _UNSEEN) | (second > second.max() - _UNSEEN)
        some = np.flatnonzero(counts)
        return slice(some[0], some[-1] + 1) if len(some) else slice(0, len(zeroth))


def _steepness(values: Extended) -> float:
    """By how many factors of e a kernel of one sign varies on a panel; 0 for one that changes sign."""
    least, largest = np.abs(values).min(), np.abs(values).max()
    one_sign = least > 0 and abs(np.sign(values).sum()) == len(values)
    return float(np.log(largest / least)) if one_sign else 0.0


def _negligible(values: Extended, end: float, root: int, before: Extended) -> bool:
    """Whether a panel ending at `end` adds nothing to any moment that the panels before it have made, or to a float."""
    most = np.abs(values).max() * np.array([np.longdouble(end) ** (root * k + 1) for k in range(3)])
    return bool(np.all(most <= _NEGLIGIBLE * before) or np.all(most <= _LEAST))


def _range(kernel: sp.Expr, slowest: float, fastest: float) -> tuple[int, int]:
    """Exponents of two between which all but ``2^-64`` of every moment lies."""
    near = envelope_at_zero(kernel, sp.Integer(1))
    first = -int(np.log2(fastest)) - int(_GUARD / float(near.power + 1)) - 2
    far = envelope_at_infinity(kernel, sp.Integer(1))
    last = int(np.log2(_GUARD / slowest)) + 2
    if far.rate > 0:
        settled = (_GUARD / float(far.rate)) ** (1 / float(far.stretch)) + float(far.start)
        last = min(last, int(np.log2(4 * settled)) + 2)
    return first, max(last, first + 1)
