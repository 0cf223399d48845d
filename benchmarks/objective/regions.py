"""Boxes a second that the search over regions looks at, with one inequality of each kind.

    python benchmarks/objective/regions.py

The budget stops the searches, so that the numbers do not hang on how soon one is done.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import sympy as sp

from memcurse.proofs_checks.evidence.findings import ForAll
from memcurse.theory.plateau.scaled_moments import gaussian_scaled_constant, gaussian_scaled_moment

_BUDGET = 3000


def _cases() -> Iterator[ForAll]:
    x, y, w, T, sigma = sp.symbols("x y w T sigma", positive=True)
    half = sp.Rational(1, 2)
    # Equalities on the diagonal are never decided: these spend the budget.
    for name, f, g in (
        ("polynomial", x, y),
        ("exponential", sp.exp(x), sp.exp(y)),
        ("erfc", sp.erfc(x), sp.erfc(y)),
    ):
        sides = {x: (half, 3), y: (half, 2)}
        yield ForAll(f"two variables, {name}", 2 * f * g, f**2 + g**2, sides, strict=False, budget=_BUDGET)
    box = {w: (sp.Rational(1, 10), 10), T: (1, sp.oo), sigma: (half, 2)}
    for n in (1, 2, 3):
        moment, constant = gaussian_scaled_moment(n, w, T, sigma), gaussian_scaled_constant(n, w, sigma)
        yield ForAll(f"lemma C.1, n = {n}", moment, constant, box)
        yield ForAll(f"lemma C.1, n = {n}, 0.46 C", moment, constant * sp.Rational(46, 100), box)


def main() -> None:
    """Print a table."""
    print(f"{'inequality':36} {'verdict':10} {'boxes':>7} {'seconds':>8} {'boxes/s':>8}")
    for finding in _cases():
        start = time.process_time()
        verdict = finding.verdict
        seconds = time.process_time() - start
        looked = finding.decision.looked
        print(f"{finding.name:36} {verdict.name:10} {looked:7} {seconds:8.3f} {looked / seconds:8.0f}")


if __name__ == "__main__":
    main()
