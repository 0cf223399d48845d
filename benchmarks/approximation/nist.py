"""Fits of NIST's reference data of sums of exponentials against the certified values: digits that agree, and CPU time.

Run ``python benchmarks/approximation/nist.py``. Certified values have eleven digits, so eleven is the most that can
agree.
"""

from __future__ import annotations

import csv
import json
import math
import time
from pathlib import Path

import memcurse as mc

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "numerics" / "approximation" / "samples" / "nist"


def digits(computed: float, certified: str) -> float:
    """Digits that agree (the log relative error of NIST), at most the eleven that are certified."""
    value = float(certified)
    error = abs(computed - value) / abs(value)
    return min(11.0, -math.log10(error)) if error > 0 else 11.0


def columns(name: str) -> tuple[list[str], list[str]]:
    lines = [line for line in (FOLDER / f"{name}.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.reader(lines[1:]))
    return [row[0] for row in rows], [row[1] for row in rows]


def main() -> None:
    certified = json.loads((FOLDER / "certified.json").read_text())
    print(f"{'data':10s} {'estimates':>10s} {'deviations':>11s} {'squares':>8s} {'CPU s':>7s}")
    for name in ("lanczos1", "lanczos2", "lanczos3", "mgh17"):
        row, (t, y) = certified[name], columns(name)
        start = time.process_time()
        fit = mc.fit_samples(t, y, row["m"], offset=row["offset"])
        seconds = time.process_time() - start
        expected = [*row["a"], *row["w"], *row.get("b", [])]
        values = [*fit.a, *fit.w, *([fit.offset] if row["offset"] else [])]
        estimates = min(digits(x, e[0]) for x, e in zip(values, expected, strict=True))
        errors = min(digits(x, e[1]) for x, e in zip(fit.standard_errors, expected, strict=True))
        squares = digits(fit.loss, row["residual_sum_of_squares"])
        print(f"{name:10s} {estimates:10.1f} {errors:11.1f} {squares:8.1f} {seconds:7.2f}")


if __name__ == "__main__":
    main()
