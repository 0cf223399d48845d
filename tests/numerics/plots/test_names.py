"""Every picture has one name, draws where it is told to, hands keywords on, and returns the axes."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import memcurse as mc

NAMES = [name for name in dir(mc.plots) if name.startswith("plot_")]


def test_a_name_is_defined_once():
    sources = [path.read_text() for path in Path(mc.plots.__file__).parent.glob("*.py")]
    for name in NAMES:
        assert sum(source.count(f"def {name}(") for source in sources) == 1
    assert len(NAMES) > 20
    assert sorted(mc.plots.__all__) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_signature_is_that_of_a_picture(name):
    function = getattr(mc.plots, name)
    found = inspect.signature(function)
    assert found.parameters["ax"].kind is inspect.Parameter.KEYWORD_ONLY
    assert found.parameters["ax"].default is None
    assert [p.name for p in found.parameters.values() if p.kind is inspect.Parameter.VAR_KEYWORD] == ["kw"]
    assert found.return_annotation == "Axes"
    assert inspect.getdoc(function)


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'plot_nothing'"):
        _ = mc.plots.plot_nothing
