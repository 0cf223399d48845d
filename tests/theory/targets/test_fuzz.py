"""The first texts of `benchmarks/robustness/fuzz_expressions.py`: read, or refused with a reason."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "robustness" / "fuzz_expressions.py"


@pytest.fixture(scope="module")
def fuzz() -> Any:
    spec = importlib.util.spec_from_file_location("fuzz_expressions", SCRIPT)
    if spec is None or spec.loader is None:
        pytest.fail(f"{SCRIPT} is missing")
    module = importlib.util.module_from_spec(spec)
    # Its dataclass looks itself up there.
    import sys

    sys.modules["fuzz_expressions"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_random_texts_are_read_or_refused_in_few_calls(fuzz: Any) -> None:
    tally = fuzz.batch(0, 0, False, 3)
    assert tally.foreign == []
    assert tally.outcomes.total() == fuzz.BATCH
    assert (
        min(tally.outcomes[x] for x in ("read", "refused: grammar or size", "refused: not admissible")) > 20
    )
    assert tally.costs[0][0] < 2_000_000


def test_the_same_seed_draws_the_same_texts(fuzz: Any) -> None:
    texts = [[fuzz.text_of(rng) for rng in [fuzz.random.Random(seed)] for _ in range(50)] for seed in "aab"]
    assert texts[0] == texts[1] != texts[2]
