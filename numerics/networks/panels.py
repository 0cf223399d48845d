r"""Signs and L1 norms of one kernel ``c^T e^{W s} u`` with a stable rational W, from Taylor polynomials on panels.

With ``W^T P + P W = -I`` the form ``V(h) = h^T P h`` falls along ``h' = W h``, so for all ``s >= a``

.. math:: |c^\top W^K e^{W s} u| \le \sqrt{c^\top P^{-1} c}\,\sqrt{V(W^K e^{W a} u)},

which bounds the remainder of order K on a panel that begins at `a` and, with K = 0, the tail:
``int_a^oo |rho| <= 2 trace(P) sqrt(c^T P^{-1} c) sqrt(V(e^{W a} u))``, since ``V' = -|h|^2 <= -V/trace(P)``. The bound
knows which modes have died out, so the panels grow with the time and a stiff W costs only their logarithm.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial

import numpy as np
from flint import arb, arb_mat, arb_poly, fmpq, fmpq_mat

from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, certain_sign, hull, validate_digits
from memcurse.numerics.arithmetic.jets import log2
from memcurse.numerics.objective.functionals import Piece, answer_to_lines, fraction_ball

Rows = tuple[tuple[Fraction, ...], ...]

#: Panels and boxes of one panel beyond which a kernel is given up, and refinements that are tried.
_MOST_PANELS, _MOST_BOXES, _ROUNDS = 5_000, 200_000, 6
#: Working precision beyond which a stiff kernel is given up.
_MOST_BITS = 20_000


def exact_matrix(rows: Rows) -> fmpq_mat:
    """Rows of fractions as a matrix of FLINT's rationals."""
    entries = [fmpq(x.numerator, x.denominator) for row in rows for x in row]
    return fmpq_mat(len(rows), len(rows[0]), entries)


def lyapunov_system(
    W: fmpq_mat | arb_mat, empty: type
) -> tuple[dict[tuple[int, int], int], fmpq_mat | arb_mat]:
    """The linear map ``P -> W^T P + P W`` on the entries i <= j of symmetric matrices, and their places."""
    m = W.nrows()
    pairs = {(i, j): n for n, (i, j) in enumerate((i, j) for i in range(m) for j in range(i, m))}
    A = empty(len(pairs), len(pairs))
    for (i, j), n in pairs.items():
        for k in range(m):
            A[n, pairs[min(k, j), max(k, j)]] += W[k, i]
            A[n, pairs[min(i, k), max(i, k)]] += W[k, j]
    return pairs, A


@dataclass(frozen=True)
class Panel:
    """The kernel on ``[start, start + length]``: `polynomial` in the time since `start`, up to +-`remainder`."""

    start: Fraction
    length: Fraction
    polynomial: arb_poly
    remainder: arb

    def over(self, low: Fraction, high: Fraction) -> arb:
        """Ball of the kernel over ages ``start + [low, high]``.

        From the polynomial expanded about the middle: evaluating the one about `start` on a box would add up terms
        that cancel.
        """
        shifted = self.polynomial(arb_poly([fraction_ball((low + high) / 2), 1])).coeffs()
        rest = arb_poly([arb(0), *(abs(x).upper() for x in shifted[1:])])(fraction_ball((high - low) / 2))
        spread = (rest + self.remainder).upper()
        return (shifted[0] if shifted else arb(0)) + hull(-spread, spread)


@dataclass(frozen=True)
class InputKernel:
    """The kernel ``c^T e^{W s} u`` of one input, W stable and of order m, as a functional."""

    c: tuple[Fraction, ...]
    W: Rows
    u: tuple[Fraction, ...]

    def matrices(self) -> tuple[arb_mat, arb_mat, arb_mat]:
        """`c` as a row, `W`, and `u` as a column, in balls at the current precision."""
        column = tuple((x,) for x in self.u)
        return arb_mat(exact_matrix((self.c,))), arb_mat(exact_matrix(self.W)), arb_mat(exact_matrix(column))

    def is_zero(self) -> bool:
        """Whether the kernel is 0 at all ages: ``c^T W^k u = 0`` for k < m. Rigour: exact."""
        row, column = exact_matrix((self.c,)), exact_matrix(tuple((x,) for x in self.u))
        W = exact_matrix(self.W)
        for _ in self.c:
            if (row * column)[0, 0] != 0:
                return False
            row = row * W
        return True

    def value(self, s: arb) -> arb:
        """The kernel at the age `s`, which may be a ball. Rigour: enclosure."""
        c, W, u = self.matrices()
        return (c * (W * s).exp() * u)[0, 0]

    def tail(self, x: Fraction, power: int = 0) -> arb:
        """``int_x^oo (s - x)^power rho(s) ds = power! c^T (-W)^{-(power+1)} e^{W x} u``. Rigour: enclosure."""
        c, W, u = self.matrices()
        state = (W * fraction_ball(x)).exp() * u
        for _ in range(power + 1):
            state = (-W).solve(state)
        return factorial(power) * (c * state)[0, 0]

    def pieces(self, bits: int) -> tuple[list[Piece], arb]:
        """Signs up to an age, and a bound on the L1 norm behind it; both good to about ``2^-bits``."""
        found = _signed(self, bits)
        return list(found.pieces), found.beyond

    def l1_norm(self, bits: int) -> arb:
        """Enclosure of ``int_0^oo |rho|`` with a radius of about ``2^-bits``."""
        return _signed(self, bits).norm

    def l1_to(self, digits: int) -> arb:
        """Enclosure of ``int_0^oo |rho|`` to `digits` digits relative to itself; exactly 0 for a kernel that is 0."""
        goal = bits_for(validate_digits(digits))
        if self.is_zero():
            return arb(0)
        bits = goal + self._scale_bits()
        for _ in range(_ROUNDS):
            norm = _signed(self, bits).norm
            if norm.rel_accuracy_bits() >= goal:
                return norm
            bits += goal - max(0, int(norm.rel_accuracy_bits())) + 2
        raise ArithmeticError(f"`digits` must be within reach of {_ROUNDS} refinements; got {digits}")

    def _scale_bits(self) -> int:
        """About ``-log2`` of the norm, from the absolute integral, or more."""
        with ball_precision(128):
            size = abs(self.tail(Fraction(0)))
            return max(4, 5 - log2(size.lower())) if size > 0 else 16

    def answer(self, knots: Sequence[Fraction], values: Sequence[Fraction]) -> arb:
        """``int_0^oo rho(s) g(s) ds`` for the `g` with these values at these ages, straight in between.

        `knots` begin at 0; behind the last one `g` keeps its last value. Rigour: enclosure.
        """
        return answer_to_lines(self.tail, knots, values)


@dataclass(frozen=True)
class _Signed:
    pieces: tuple[Piece, ...]
    beyond: arb
    norm: arb


@functools.lru_cache(maxsize=256)
def _signed(kernel: InputKernel, bits: int) -> _Signed:
    """Pieces of certain sign and the L1 norm, with errors of about ``2^-bits`` in all."""
    panels, beyond, work = _panels(kernel, bits)
    with ball_precision(work):
        end = panels[-1].start + panels[-1].length
        # What all slivers may add is a share of the error; a sliver is as thin as its share of the time.
        share = arb(2) ** (-bits - 2) / fraction_ball(end)
        pieces: list[Piece] = []
        norm = hull(arb(0), beyond.upper())
        for panel in panels:
            found = _panel_signs(panel, share)
            norm += _absolute_integral(panel, found)
            for piece in found:
                if pieces and pieces[-1].sign == piece.sign:
                    pieces[-1] = Piece(pieces[-1].start, panel.start + piece.end, piece.sign)
                else:
                    pieces.append(Piece(panel.start + piece.start, panel.start + piece.end, piece.sign))
        return _Signed(tuple(pieces), beyond, norm)


def _panel_signs(panel: Panel, share: arb) -> list[Piece]:
    """Pieces of a panel, in time since its start; sign 0 where ``|kernel|`` is below `share` or too thin to matter."""
    pieces: list[Piece] = []
    pending = [(Fraction(0), panel.length)]
    boxes = 0
    while pending:
        low, high = pending.pop()
        value = panel.over(low, high)
        sign, boxes = certain_sign(value), boxes + 1
        if sign is None and boxes < _MOST_BOXES and not abs(value).upper() < share:
            middle = (low + high) / 2
            pending += [(middle, high), (low, middle)]
        elif pieces and pieces[-1].sign == (sign or 0):
            pieces[-1] = Piece(pieces[-1].start, high, pieces[-1].sign)
        else:
            pieces.append(Piece(low, high, sign or 0))
    return pieces


def _absolute_integral(panel: Panel, pieces: Sequence[Piece]) -> arb:
    primitive, total = panel.polynomial.integral(), arb(0)
    for piece in pieces:
        low, high = fraction_ball(piece.start), fraction_ball(piece.end)
        if piece.sign:
            error = panel.remainder * (high - low)
            total += piece.sign * (primitive(high) - primitive(low)) + hull(-error, error)
        else:
            total += hull(arb(0), (abs(panel.over(piece.start, piece.end)) * (high - low)).upper())
    return total


def _lyapunov(W: arb_mat) -> arb_mat:
    """The solution P of ``W^T P + P W = -I``: positive definite, because W is stable. Rigour: enclosure."""
    pairs, A = lyapunov_system(W, arb_mat)
    p = A.solve(arb_mat(len(pairs), 1, [-int(i == j) for i, j in pairs])).entries()
    m = W.nrows()
    return arb_mat(m, m, [p[pairs[min(i, j), max(i, j)]] for i in range(m) for j in range(m)])


@dataclass(frozen=True)
class _Expansion:
    """What the panels of one kernel share, at one precision."""

    c: arb_mat
    W: arb_mat
    u: arb_mat
    P: arb_mat
    order: int

    @functools.cached_property
    def reach(self) -> arb:
        """``sqrt(c^T P^{-1} c)``."""
        return (self.c * self.P.solve(self.c.transpose()))[0, 0].sqrt()

    def bound(self, h: arb_mat) -> arb:
        """Bound on ``|c^T e^{W s} h|`` for all s >= 0."""
        return (self.reach * abs((h.transpose() * self.P * h)[0, 0]).upper().sqrt()).upper()

    def coefficients(self, h: arb_mat) -> tuple[list[arb], arb]:
        """Taylor coefficients of ``c^T e^{W s} h`` below the order, and the bound on the next one's derivative."""
        found, power = [], h
        for k in range(self.order):
            found.append((self.c * power)[0, 0] / factorial(k))
            power = self.W * power
        return found, self.bound(power)


@functools.lru_cache(maxsize=64)
def _panels(kernel: InputKernel, bits: int) -> tuple[tuple[Panel, ...], arb, int]:
    """Panels from the age 0 to an end, a bound on the L1 norm behind it, and the working precision."""
    order = max(16, bits // 2)
    for attempt in range(_ROUNDS):
        work = _working_bits(kernel, bits, order) << attempt
        with ball_precision(work):
            found = _march(kernel, bits, order)
        if found is not None:
            return (*found, work)
    raise ArithmeticError(f"`W` must allow panels to be enclosed with {work} bits; got {kernel.W}")


def _working_bits(kernel: InputKernel, bits: int, order: int) -> int:
    """Enough bits for ``W^order`` to tell slow modes from fast ones: order times log2 of the stiffness."""
    size = max(sum(map(abs, row)) for row in kernel.W)
    # A guess: where it is too small the march gives up and more bits are tried.
    slow = float(np.min(np.abs(np.linalg.eigvals([[float(x / size) for x in row] for row in kernel.W]).real)))
    extra = (order + 8) * -np.log2(slow) if slow > 0 else np.inf
    if not extra < _MOST_BITS:
        raise ArithmeticError(f"`W` must have rates that are not so far apart; got {kernel.W}")
    return 2 * bits + 128 + max(0, int(extra))


def _march(kernel: InputKernel, bits: int, order: int) -> tuple[tuple[Panel, ...], arb] | None:
    c, W, u = kernel.matrices()
    expansion = _Expansion(c, W, u, _lyapunov(W), order)
    error, memory = arb(2) ** (-bits - 3), 2 * expansion.P.trace()
    # An end that is sure to suffice for the tail, to share the error over it: V falls as e^{-s/trace P}.
    ratio = (expansion.bound(expansion.u) * memory / error).upper()
    longest = (memory * arb.max(ratio.log(), arb(1))).upper() + 1
    if not (longest.is_finite() and expansion.reach.is_finite()):
        return None
    remainder = error / longest
    panels: list[Panel] = []
    start = Fraction(0)
    for _ in range(_MOST_PANELS):
        h = (W * fraction_ball(start)).exp() * expansion.u
        tail = (expansion.bound(h) * memory).upper()
        if panels and tail < error:
            return tuple(panels), tail
        coefficients, derivative = expansion.coefficients(h)
        if not derivative.is_finite():
            return None
        length = _panel_length(derivative, remainder, order, longest)
        if length is None:
            return None
        rest = (derivative * fraction_ball(length) ** order / factorial(order)).upper()
        panels.append(Panel(start, length, arb_poly(coefficients), rest))
        start += length
    raise ArithmeticError(
        f"`W` must be damped enough for {_MOST_PANELS} panels to see the kernel die out; got {kernel.W}"
    )


def _panel_length(derivative: arb, remainder: arb, order: int, longest: arb) -> Fraction | None:
    """A power of 2 for which the remainder of the Taylor polynomial keeps below `remainder`."""
    if derivative.is_zero():
        exponent = longest.log()
    else:
        exponent = arb.min((remainder * factorial(order) / derivative).log() / order, longest.log())
    power = float((exponent / arb(2).log()).lower())
    if not -1000 < power < 1000:
        return None
    return Fraction(2) ** int(np.floor(power))
