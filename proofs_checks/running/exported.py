"""What a second program needs to decide findings again: expressions as trees, exact numbers, the claim, a hash.

``checker/check_certificates.py`` reads these and shares no code with this package. What has no form there is written as
``unknown``, so that it is counted as not reached and not left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import sympy as sp

from memcurse.numerics.stationary.exact_system import approximate_inverse
from memcurse.proofs_checks.evidence.ball_findings import BallInequalities, Enclosed, Vanishing
from memcurse.proofs_checks.evidence.closed_forms.inequalities import Inequalities
from memcurse.proofs_checks.evidence.closed_forms.symbolic import Exact, Identities
from memcurse.proofs_checks.evidence.counts import Came, Count, InertiaIs
from memcurse.proofs_checks.evidence.derived import Escape, Every, Violation
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.identities import refuting_point
from memcurse.proofs_checks.evidence.intervals import Interval, interval
from memcurse.proofs_checks.evidence.regions import ForAll
from memcurse.proofs_checks.evidence.verdicts import is_certain

from .trees import name, symbols_of, tree

#: Numbers of more bits than this are left out: the file would be longer than what it shows.
_MOST_BITS: Final = 12_000


def certificates(findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    """At least one for each certified or proved part: ``other`` where what it is made of has no form there."""
    for finding in findings:
        if isinstance(finding, Every):
            yield from certificates(tuple(finding.parts))
        elif is_certain(finding.verdict):
            bodies = list(_bodies(finding)) or [{"claim": "other", "kind": type(finding).__name__}]
            yield from (_named(finding, body) for body in bodies)


def content_hash(body: dict[str, Any]) -> str:
    """SHA-256 of everything but the hash itself, with sorted keys and no spaces."""
    bare = {key: value for key, value in body.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def signed(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with its hash."""
    return {**body, "sha256": content_hash(body)}


def _named(finding: Finding, body: dict[str, Any]) -> dict[str, Any]:
    return {"finding": finding.name, "about": finding.about, **body}


def _bodies(finding: Finding) -> Iterator[dict[str, Any]]:
    if isinstance(finding, Identities):
        yield from (_identity(left, right) for left, right in finding.pairs)
    elif isinstance(finding, Inequalities):
        for smaller, larger, form in finding.steps:
            yield {
                "claim": "inequality",
                "smaller": tree(smaller),
                "larger": tree(larger),
                "form": tree(form),
                "strict": finding.strict,
                "symbols": symbols_of(smaller, larger, form),
            }
    elif isinstance(finding, Vanishing):
        # The ties, and the zero; the routine that is held against them has no form.
        yield from (_identity(q, factor * finding.system[entry]) for q, factor, entry in finding.ties)
        yield _zero(finding)
    elif isinstance(finding, ForAll):
        yield {
            "claim": "region",
            "smaller": tree(finding.smaller),
            "larger": tree(finding.larger),
            "strict": finding.strict,
            "box": [[name(x), str(low), str(high)] for x, (low, high) in finding.box.items()],
        }
    elif isinstance(finding, BallInequalities):
        yield from _comparison("<" if finding.strict else "<=", finding.name, finding.pairs)
    elif isinstance(finding, Exact):
        yield from _comparison("==", finding.name, finding._pairs)
    elif isinstance(finding, Count):
        pair = (finding.found, finding.expected)
        relation = "==" if finding.relation == "=" else "<="
        yield from _comparison(relation, finding.name, (pair[::-1] if finding.relation == ">=" else pair,))
    elif isinstance(finding, Came):
        yield from _comparison("==", finding.name, ((finding.came, finding.expected),))
    elif isinstance(finding, InertiaIs):
        yield from _comparison(
            "==", finding.name, tuple(zip(finding.found or (), finding.claimed, strict=True))
        )
    elif isinstance(finding, Enclosed):
        sides = [_written(found) for found in finding._sets]
        if None not in sides:
            yield {"claim": "comparison", "relation": "in", "pairs": [sides]}
    elif isinstance(finding, Violation):
        yield from _violated(finding.claim)
    elif isinstance(finding, Escape) and finding.time is not None:
        # What encloses the time; without an obstacle, as its verdict is that of the time.
        yield from certificates((finding.time,))


def _zero(finding: Vanishing) -> dict[str, Any]:
    variables, sides = tuple(finding.box), tuple(finding.box.values())
    ends = [interval(finding.name, side).ends for side in sides]
    inverse = approximate_inverse(finding.system, variables, sides)
    return {
        "claim": "zero",
        "system": [tree(entry) for entry in finding.system],
        "box": [[name(x), str(low), str(high)] for x, (low, high) in zip(variables, ends, strict=True)],
        "inverse": [[str(x) for x in row] for row in inverse],
    }


def _identity(left: sp.Expr, right: sp.Expr) -> dict[str, Any]:
    matrices = sorted(name(x) for x in (left.free_symbols | right.free_symbols) if not x.is_commutative)
    return {
        "claim": "matrices" if matrices else "identity",
        "left": tree(left),
        "right": tree(right),
        "symbols": symbols_of(left, right),
        **({"matrices": matrices} if matrices else {}),
    }


def _violated(claim: Finding) -> Iterator[dict[str, Any]]:
    """What refutes a property: a point at which two sides differ, or a pair in the opposite order."""
    if isinstance(claim, Identities):
        for left, right in claim.pairs:
            if (point := refuting_point(left - right)) is not None:
                yield {
                    **_identity(left, right),
                    "claim": "counterexample",
                    "point": sorted([name(x), str(value)] for x, value in point.items()),
                }
                return
    elif isinstance(claim, BallInequalities) and claim.failed is not None:
        yield from _comparison("<=" if claim.strict else "<", claim.name, (claim.failed[::-1],))


def _comparison(relation: str, called: str, pairs: Sequence[Any]) -> Iterator[dict[str, Any]]:
    sides = [[_ends(called, value) for value in pair] for pair in pairs]
    if all(side is not None for pair in sides for side in pair):
        yield {"claim": "comparison", "relation": relation, "pairs": sides}


def _ends(called: str, value: Any) -> list[str] | None:
    """Both ends of what `value` stands for; None without two finite ones that can be written out."""
    try:
        ends = _written(interval(called, value))
    except ValueError:
        # Too far from 1 to be a fraction.
        ends = None
    is_ball = hasattr(value, "rel_accuracy_bits")
    return _far_ends(value) if ends is None and is_ball and value.is_finite() else ends


def _written(found: Interval) -> list[str] | None:
    if not found.bounded or any(
        x.numerator.bit_length() + x.denominator.bit_length() > _MOST_BITS for x in found.ends
    ):
        return None
    return [str(x) for x in found.ends]


def _far_ends(ball: Any) -> list[str] | None:
    """``m*2^e`` for a finite ball, which is short however far from 1 it is."""
    (middle, place), (radius, small) = (tuple(map(int, x.man_exp())) for x in (ball.mid(), ball.rad()))
    if not radius:
        small = place
    least = min(place, small) if middle else small
    if max(place, small) - least > _MOST_BITS:
        return None
    middle, radius = middle << (place - least if middle else 0), radius << (small - least)
    return [f"{end}*2^{least}" for end in (middle - radius, middle + radius)]
