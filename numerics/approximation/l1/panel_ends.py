"""Where the panels of a residual may end: behind a time the sign is certain, or nothing much is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flint import arb

from memcurse.numerics.arithmetic.jets import Exponentials, Fading, Lead, Part, Power

#: Powers of two, in units of the shortest time scale, where the last panel may end.
_ENDS = 4096
#: And by where a sign that balls can tell is told.
_DECIDED_BY = 64


@dataclass(frozen=True)
class End:
    """Behind `time` the residual has this sign, or (sign 0) its absolute value has an integral below `bound`."""

    time: arb
    sign: int
    bound: arb


def slowed(parts: list[Part]) -> list[Part]:
    """The residual times ``exp(c t)`` with some c >= 0, if it is made of exponentials only; else the residual.

    It has the same signs, seen on few panels also where the rates are close: there the sign behind the last zero shows
    long after the residual has decayed. As ``exp(c t) >= 1`` what bounds it bounds the residual.
    """
    if len(parts) > 1 or not isinstance(parts[0], Exponentials) or len(parts[0].v) < 2:
        return parts
    slow, following = parts[0].v[0].lower(), parts[0].v[1].lower()
    c = (slow - (following - slow) / 8).mid()
    rates = tuple(v - c for v in parts[0].v)
    return [Exponentials(parts[0].b, rates)] if c > 0 and all(v > 0 for v in rates) else parts


def last_end(parts: Sequence[Part], scale: arb, tolerance: arb, decide: bool) -> End:
    """A time behind which the sign is certain, or (unless the sign is to be decided) nothing much is left."""
    split = [x for part in parts for x in (part.split() if isinstance(part, Exponentials) else (part,))]
    end = None
    for j in _steps(any(not isinstance(part, Exponentials | Power) for part in parts)):
        x = scale * arb(2) ** j
        sign = _dominant(split, x)
        if sign:
            return End(x, sign, arb(0))
        bound = sum((part.absolute_tail(x) for part in parts), arb(0))
        if end is None or bound < end.bound:
            end = End(x, 0, arb(bound.upper()))
        if bound < tolerance and (not decide or j > _DECIDED_BY):
            break
    if end is None or not end.bound.is_finite():
        raise ArithmeticError("`target` must have an integrable tail that can be bounded; got no bound")
    return end


def _steps(costly: bool) -> Iterator[int]:
    """Exponents of two; fewer where every trial takes an envelope."""
    j = 0
    while j < _ENDS:
        yield j
        j += max(2, j // 8) if costly else 1


def _dominant(parts: Sequence[Part], x: arb) -> int:
    """Sign of the one part that is larger than all others together from `x` on; 0 if none is seen to be."""
    for part in parts:
        lead = part.lead(x)
        if lead is None:
            continue
        rest = arb(0)
        for other in parts:
            if other is part:
                continue
            fading = other.fading(x)
            if fading is None or not _fades(fading, lead):
                break
            rest += fading.size
        else:
            if rest < lead.size:
                return lead.sign
    return 0


def _fades(other: Fading, lead: Lead) -> bool:
    by_power = other.power is not None and lead.power is not None and other.power >= lead.power
    return bool(by_power or other.rate > lead.rate)
