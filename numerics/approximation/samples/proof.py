"""The sum of squares over amplitudes, rates and offset in balls: minima are polished and proved as those of kernels."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from memcurse.numerics.arguments import Array
from memcurse.numerics.objective.objective import Enclosure

from .samples import Samples, ball
from .separable import FloatFit, Layout, Problem, rates_of


@dataclass(frozen=True)
class SamplesSurface:
    """The weighted sum of squares.

    Variables: the coefficients of every real column, of every C, of every S (see `separable`), then the real rates,
    the decay rates and the frequencies of the turning terms, then the offset (its real and imaginary parts).

    Notes
    -----
    Rigour: enclosures; times and values are taken exactly, as they were given.
    """

    samples: Samples
    layout: Layout
    offset: bool

    @cached_property
    def _tables(self) -> dict[int, _Table]:
        return {}

    def _table(self) -> _Table:
        """Times, values and weights at the current precision."""
        if ctx.prec not in self._tables:
            self._tables.clear()
            self._tables[ctx.prec] = _Table.of(self.samples)
        return self._tables[ctx.prec]

    @property
    def terms(self) -> int:
        """Columns with a coefficient, the offset not counted."""
        return self.layout.real + 2 * self.layout.turning

    @property
    def variables(self) -> int:
        """Number of variables."""
        fixed = (2 if self.samples.complex else 1) if self.offset else 0
        return 2 * self.terms + fixed

    def enclose(self, x: Sequence[arb], digits: int) -> Enclosure:
        """Balls of the sum of squares, its gradient and its Hessian; `digits` only through the current precision."""
        jacobian, residual, second = self._parts(x)
        loss = (residual.transpose() * residual)[0, 0]
        gradient = jacobian.transpose() * residual * 2
        hessian = jacobian.transpose() * jacobian * 2
        for (i, j), value in second.items():
            hessian[i, j] += 2 * value
            if i != j:
                hessian[j, i] += 2 * value
        return Enclosure(loss, gradient, hessian)

    def normal_matrix(self, x: Sequence[arb]) -> arb_mat:
        """``A^T A`` with A the weighted derivatives of the model: the inverse of the covariance for unit deviations."""
        jacobian, _, _ = self._parts(x)
        return jacobian.transpose() * jacobian

    def residual(self, x: Sequence[arb]) -> Array:
        """Model minus samples, weighted, in float64: the real and then the imaginary parts."""
        _, residual, _ = self._parts(x)
        return np.array([float(residual[i, 0]) for i in range(residual.nrows())])

    def _parts(self, x: Sequence[arb]) -> tuple[arb_mat, arb_mat, dict[tuple[int, int], arb]]:
        """Derivatives and values of (model - samples)/sigma, and the sums of residual times second derivatives."""
        table, r, q, p = self._table(), self.layout.real, self.layout.turning, self.terms
        columns: list[list[arb]] = [[] for _ in range(self.variables)]
        by_time: dict[int, tuple[list[arb], ...]] = {}
        for k in range(r):
            c, _ = table.term(x[p + k], None)
            columns[k], columns[p + k] = c, _times(table.t, c, -x[k])
            by_time[k] = (c,)
        for j in range(q):
            at_c, at_s = r + j, r + q + j
            c, s = table.term(x[p + r + j], x[p + r + q + j])
            model = _combined(c, x[at_c], s, x[at_s])
            turned = _combined(c, x[at_s], s, -x[at_c])
            columns[at_c], columns[at_s] = c, s
            columns[p + at_c], columns[p + at_s] = _times(table.t, model, -1), _times(table.t, turned, 1)
            by_time[at_c] = (c, s)
        for column, constant in zip(columns[2 * p :], table.constants(), strict=False):
            column.extend(constant)
        jacobian = arb_mat(list(zip(*columns, strict=True)))
        coefficients = arb_mat(self.variables, 1, [*x[:p], *[arb(0)] * p, *x[2 * p :]])
        residual = jacobian * coefficients - table.values
        return jacobian, residual, self._second(x, by_time, residual, table)

    def _second(
        self, x: Sequence[arb], by_time: dict[int, tuple[list[arb], ...]], residual: arb_mat, table: _Table
    ) -> dict[tuple[int, int], arb]:
        """Sums over the samples of the residual times the second derivatives of the model, by pairs of variables."""
        q, p = self.layout.turning, self.terms
        weighted = [residual[i, 0] * t for i, t in enumerate(table.t)]
        twice = [x * t for x, t in zip(weighted, table.t, strict=True)]
        sums: dict[tuple[int, int], arb] = {}
        for k, parts in by_time.items():
            first = [_dot(weighted, part) for part in parts]
            square = [_dot(twice, part) for part in parts]
            if len(parts) == 1:
                sums[k, p + k], sums[p + k, p + k] = -first[0], x[k] * square[0]
                continue
            c, s = k, k + q
            # d_u = -t; d_v C = -t S, d_v S = t C.
            sums[c, p + c], sums[s, p + c] = -first[0], -first[1]
            sums[c, p + s], sums[s, p + s] = -first[1], first[0]
            model = x[c] * square[0] + x[s] * square[1]
            sums[p + c, p + c], sums[p + s, p + s] = model, -model
            sums[p + c, p + s] = x[c] * square[1] - x[s] * square[0]
        return sums

    def sizes(self, x: Sequence[arb], loss: arb) -> list[arb]:
        """Each amplitude and each rate itself; for a frequency the modulus of its rate."""
        r, q, p = self.layout.real, self.layout.turning, self.terms
        own = [abs(value).mid() for value in x]
        largest = max(own[:p], key=float)
        sizes = [value if value > 0 else largest for value in own]
        for j in range(q):
            sizes[p + r + q + j] = (own[p + r + j] ** 2 + own[p + r + q + j] ** 2).sqrt().mid()
            for at in (r + j, r + q + j):
                sizes[at] = (own[r + j] ** 2 + own[r + q + j] ** 2).sqrt().mid()
        for at in range(2 * p, len(x)):
            sizes[at] = max(own[at], largest, key=float)
        return sizes

    def admits(self, x: Sequence[arb]) -> bool:
        """Whether every decay rate is positive."""
        p, decaying = self.terms, self.layout.real + self.layout.turning
        return all(value > 0 for value in x[p : p + decaying])

    def start(self, problem: Problem, fit: FloatFit) -> list[arb]:
        """The variables of a fit in float64, whose times count from the first sample."""
        r, q = self.layout.real, self.layout.turning
        log_u, v = rates_of(self.layout, fit.x)
        c = problem.amplitudes(self.layout, fit.x)
        start = float(self.samples.t[0])
        rates = np.exp(log_u)
        growth = [(arb(float(u)) * start).exp().mid() for u in rates]
        plain = [arb(float(a)) * g for a, g in zip(c[:r], growth[:r], strict=True)]
        turned = [(complex(c[r + j], c[r + q + j]) * np.exp(1j * v[j] * start)) for j in range(q)]
        pairs = list(zip(turned, growth[r:], strict=True))
        amplitudes = [*plain, *(arb(z.real) * g for z, g in pairs), *(arb(z.imag) * g for z, g in pairs)]
        return [*amplitudes, *(arb(float(u)) for u in (*rates, *v)), *(arb(float(b)) for b in c[r + 2 * q :])]


@dataclass(frozen=True)
class _Table:
    """Exact times (for complex data twice), weights, and weighted values, as balls."""

    t: list[arb]
    weights: list[arb]
    values: arb_mat
    complex: bool

    @classmethod
    def of(cls, samples: Samples) -> _Table:
        n, copies = len(samples.t), 2 if samples.complex else 1
        t = [ball(x) for x in samples.exact_t] * copies
        weights = [1 / ball(x) for x in samples.exact_sigma] * copies or [arb(1)] * (n * copies)
        values = [ball(y) * weight for y, weight in zip(samples.exact_y, weights, strict=True)]
        return cls(t, weights, arb_mat(len(t), 1, values), samples.complex)

    def term(self, u: arb, v: arb | None) -> tuple[list[arb], list[arb]]:
        """The weighted columns C and S of a rate; S is empty for a real one."""
        n = len(self.t) // (2 if self.complex else 1)
        decay = [(-u * t).exp() * weight for t, weight in zip(self.t[:n], self.weights[:n], strict=True)]
        if v is None:
            return decay, []
        turns = [(v * t).sin_cos() for t in self.t[:n]]
        c = [x * turn[1] for x, turn in zip(decay, turns, strict=True)]
        s = [x * turn[0] for x, turn in zip(decay, turns, strict=True)]
        return ([*c, *(-x for x in s)], [*s, *c]) if self.complex else (c, s)

    def constants(self) -> list[list[arb]]:
        if not self.complex:
            return [self.weights]
        n = len(self.t) // 2
        zero = [arb(0)] * n
        return [[*self.weights[:n], *zero], [*zero, *self.weights[n:]]]


def _times(t: list[arb], column: list[arb], factor: Any) -> list[arb]:
    return [x * y * factor for x, y in zip(t, column, strict=True)]


def _combined(c: list[arb], a: arb, s: list[arb], b: arb) -> list[arb]:
    return [a * x + b * y for x, y in zip(c, s, strict=True)]


def _dot(x: list[arb], y: list[arb]) -> arb:
    return sum(itertools.starmap(lambda p, q: p * q, zip(x, y, strict=True)), arb(0))
