r"""The maximum distance on an interval from every sum of m exponentials, real or complex, from samples of a kernel.

Samples :math:`g(A + (i + j)h)`, i, j = 0, ..., n - 1, of a sum of m exponentials (any complex rates, repeated ones
too) form a matrix of rank m at most. If :math:`|f - g| \le \epsilon` at these times, the matrix H of f differs from it
by at most :math:`n \epsilon` in the Frobenius norm, so that

.. math:: \epsilon \ge \frac1n \Bigl(\sum_{k > m} \sigma_k(H)^2\Bigr)^{1/2}

(Eckart, Young). It is the L2 bound of `hankel_sections` for point masses; here it serves kernels whose error alternates
for no sum of m terms, such as bumps. A late bump whose samples are 1 once gives :math:`\sqrt{n - m}/n`.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import arb, arb_mat

from memcurse.numerics.approximation.sup.kernel import IntervalKernel

from .hankel_sections import rank_distances, singular_values

#: Sizes of the matrices, and shares of the interval, from its start, over which the samples are spread.
_SIZES = (2, 3, 4, 6, 8, 12, 16, 24, 32)
_SHARES = (1.0, 0.75, 0.5, 0.25)


def sampled_bounds(kernel: IntervalKernel) -> Iterator[list[arb]]:
    """Lower bounds on the maximum distance from every sum of 0, 1, 2, ... terms; none on a half line. Rigour: proved.

    Each list is falling, for one size and one step.
    """
    if kernel.is_endless:
        return
    start, end = kernel.ends()
    first, last = arb(start.upper()), arb(end.lower())
    for n in _SIZES:
        for share in _SHARES:
            step = arb(((last - first) * arb(share) / (2 * n - 2)).lower())
            # Balls that hold the equidistant times.
            times = [first + k * step for k in range(2 * n - 1)]
            values = [kernel.value(x) for x in times]
            if times[-1] <= last and all(x.is_finite() for x in values):
                yield hankel_sample_bounds(values)


def hankel_sample_bounds(samples: list[arb]) -> list[arb]:
    """Lower bounds for 0, 1, 2, ... terms from balls of 2n - 1 samples at equidistant times. Rigour: proved."""
    n = (len(samples) + 1) // 2
    matrix = arb_mat([[samples[i + j] for j in range(n)] for i in range(n)])
    values, radius = singular_values(matrix)
    return [arb((x / n).lower()) for x in rank_distances(values, radius, True)]
