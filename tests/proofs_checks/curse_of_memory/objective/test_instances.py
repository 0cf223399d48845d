from __future__ import annotations

import pytest

from memcurse.proofs_checks.curse_of_memory.objective._instances import instances
from memcurse.theory.targets.target import Target


def test_instances_are_reproducible_and_go_round_all_kinds() -> None:
    points = instances(3, 16)
    assert points == instances(3, 16)
    assert points != instances(4, 16)
    assert len({point.kind.split(" ")[0] for point in points}) >= 6


@pytest.mark.parametrize("seed", range(20))
def test_every_instance_is_valid_and_exact(seed: int) -> None:
    for point in instances(seed, 8):
        assert isinstance(point.target, Target)
        assert len(point.a) == len(point.w) <= 8
        assert all(x.is_Rational and x != 0 for x in point.a)
        assert all(x.is_Rational and x > 0 for x in point.w)
