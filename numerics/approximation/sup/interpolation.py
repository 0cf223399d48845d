"""Sums of exponentials through samples at equidistant times (Prony's method), in many digits. Rigour: none."""

from __future__ import annotations

from collections.abc import Sequence

from flint import acb_poly, arb, arb_mat, ctx

#: Bits that the linear systems may lose, for each term.
LOST_BITS = 60

Terms = tuple[tuple[arb, ...], tuple[arb, ...]]


def through_samples(samples: Sequence[arb], first: arb, step: arb) -> Terms | None:
    """Amplitudes and rates (rising) of the sum with these 2m samples from `first` on; None if a rate is not positive.

    `LOST_BITS` for each term of the working precision are lost, or more.
    """
    found = _prony(samples, len(samples) // 2)
    if found is None:
        return None
    gains, poles = found
    w = [(-(p.log()) / step).mid() for p in poles]
    a = [(g * (v * first).exp()).mid() for g, v in zip(gains, w, strict=True)]
    order = sorted(range(len(w)), key=lambda k: float(w[k]))
    return tuple(a[k] for k in order), tuple(w[k] for k in order)


def _prony(samples: Sequence[arb], m: int) -> tuple[list[arb], list[arb]] | None:
    """Gains and poles in (0, 1) of the sum with these samples, midpoints; None for other poles."""
    try:
        hankel = arb_mat([[samples[i + j] for j in range(m)] for i in range(m)])
        right = arb_mat([[-samples[i + m]] for i in range(m)])
        solved = hankel.solve(right, algorithm="approx")
        polynomial = acb_poly([*(solved[i, 0].mid() for i in range(m)), arb(1)])
        poles = [
            z.real.mid()
            for z in polynomial.roots(tol=arb(2) ** (-ctx.prec // 2))
            if abs(z.imag) < abs(z.real) * arb(2) ** -20
        ]
        if len(poles) != m or not all(p > 0 and p < 1 for p in poles):
            return None
        powers = arb_mat([[p**i for p in poles] for i in range(m)])
        gains = powers.solve(arb_mat([[samples[i]] for i in range(m)]), algorithm="approx")
    except (ZeroDivisionError, ValueError):
        return None
    return [gains[i, 0].mid() for i in range(m)], poles
