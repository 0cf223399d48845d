"""Random flows, whose time and status LSODA must not contradict.

`benchmarks/flow/random_flows.py` draws more of them.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _program() -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / "flow" / "random_flows.py"
    specification = importlib.util.spec_from_file_location("random_flows", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["random_flows"] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


PROGRAM = _program()


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_contradicted(seed: int) -> None:
    assert PROGRAM.contradiction(PROGRAM.draw(seed)) == ""


def test_a_wrong_time_and_a_wrong_status_are_contradicted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison sees a time limit that is taken for the event, and an event that is left out."""
    import memcurse as mc

    case = next(
        c
        for c in map(PROGRAM.draw, range(40))
        if mc.gradient_flow(c.J, c.a, c.w, stop=c.stop, until=c.until).status == "reached"
    )
    run = mc.gradient_flow(case.J, case.a, case.w, stop=case.stop, until=case.until)

    class Late:
        status, event_time, t, steps = "reached", run.event_time * 1.01, run.t, run.steps

    class Missed:
        status, event_time, t, steps = "unreachable", None, run.t, run.steps

    for lie in (Late, Missed):
        monkeypatch.setattr(mc, "gradient_flow", lambda *_, lie=lie, **__: lie)
        assert PROGRAM.contradiction(case)
