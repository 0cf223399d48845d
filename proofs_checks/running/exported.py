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
from memcurse.proofs_checks.evidence.derived import Every
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.intervals import interval
from memcurse.proofs_checks.evidence.regions import ForAll
from memcurse.proofs_checks.evidence.verdicts import is_certain

#: Numbers with more digits than this are left out: the file would be longer than what it shows.
_LONGEST: Final = 20_000
_NAMES: Final = {sp.exp: "exp", sp.log: "log", sp.erf: "erf", sp.erfc: "erfc"}


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
                "symbols": _symbols(smaller, larger, form),
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
        inner, outer = finding._sets
        yield from _written("in", (([str(x) for x in inner.ends], [str(x) for x in outer.ends]),))


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
    if not (left.is_commutative and right.is_commutative):
        # There all factors may be exchanged, which would show less.
        return {"claim": "other", "kind": "identities of matrices"}
    symbols = _symbols(left - right, left, right)
    return {"claim": "identity", "left": tree(left), "right": tree(right), "symbols": symbols}


def _comparison(relation: str, called: str, pairs: Sequence[Any]) -> Iterator[dict[str, Any]]:
    try:
        sides = tuple(tuple(interval(called, value) for value in pair) for pair in pairs)
    except ValueError:
        # A number so far from 1 that its digits would fill the disk has no form.
        return
    if all(side.bounded for pair in sides for side in pair):
        ends = tuple(tuple([str(x) for x in side.ends] for side in pair) for pair in sides)
        yield from _written(relation, ends)


def _written(relation: str, pairs: Sequence[Any]) -> Iterator[dict[str, Any]]:
    if all(len(end) <= _LONGEST for pair in pairs for side in pair for end in side):
        yield {"claim": "comparison", "relation": relation, "pairs": [list(pair) for pair in pairs]}


def name(symbol: sp.Symbol) -> str:
    """Name of a symbol; two that differ in their assumptions only get different ones."""
    true = sorted(key for key, value in symbol.assumptions0.items() if value)
    return f"{symbol.name}:{hashlib.sha256(' '.join(true).encode()).hexdigest()[:6]}"


def _symbols(*expressions: sp.Expr) -> list[list[str]]:
    # Also those that sums run over, on which the signs of their terms rest.
    found = set().union(*(x.free_symbols | x.atoms(sp.Symbol) for x in expressions))
    return sorted([name(x), _kind(x)] for x in found)


def _kind(x: sp.Symbol) -> str:
    sign = "positive" if x.is_positive else "nonnegative" if x.is_nonnegative else ""
    if x.is_integer:
        return f"{sign} integer".strip()
    if sign:
        return sign
    return "real" if x.is_real and x.is_negative is None and x.is_nonpositive is None else "other"


def tree(expression: sp.Expr) -> list[Any]:
    """Nested lists: the name of the node, then its parts."""
    if expression.is_Rational:
        return [
            "number",
            f"{int(expression.p)}/{int(expression.q)}" if expression.q != 1 else str(expression.p),
        ]
    if expression.is_Symbol:
        return ["symbol", name(expression)]
    if expression is sp.I:
        return ["i"]
    if expression is sp.pi:
        return ["pi"]
    if expression is sp.E:
        return ["exp", ["number", "1"]]
    if expression.is_Add or expression.is_Mul:
        return ["+" if expression.is_Add else "*", *map(tree, expression.args)]
    if isinstance(expression, sp.Pow) and not isinstance(expression, sp.exp):
        return ["power", tree(expression.base), tree(expression.exp)]
    if expression.func in _NAMES:
        return [_NAMES[expression.func], tree(expression.args[0])]
    if isinstance(expression, sp.core.function.AppliedUndef):
        return ["function", f"{expression.func}", *map(tree, expression.args)]
    if isinstance(expression, sp.Indexed):
        return ["function", f"indexed {name(expression.base.label)}", *map(tree, expression.indices)]
    if isinstance(expression, sp.Sum):
        limits = [part for limit in expression.limits for part in limit]
        return ["function", "sum", tree(expression.function), *map(tree, limits)]
    if isinstance(expression, sp.Function):
        # Its name and its arguments: what is equal on both sides is the same whatever the function is.
        return ["function", f"known {expression.func}", *map(tree, expression.args)]
    return ["unknown", type(expression).__name__]
