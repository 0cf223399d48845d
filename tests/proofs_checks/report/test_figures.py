"""Pictures: laid out once, with the bytes of Matplotlib's own way, which draws twice."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from memcurse.proofs_checks.report.figures import drawn_svg, style


def _curves(ax: Axes) -> None:
    x = np.geomspace(0.01, 100, 50)
    ax.loglog(x, x**2, "o", label=r"$x^2$")
    ax.loglog(x, 1 / x, label="the inverse")
    ax.set(xlabel=r"$\tau$", ylabel="two\nlines", title="a title")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _map(ax: Axes) -> None:
    image = ax.pcolormesh(np.arange(36.0).reshape(6, 6), rasterized=True)
    ax.imshow(np.arange(4.0).reshape(2, 2), extent=(0, 2, 0, 2))
    ax.figure.colorbar(image, ax=ax, label="height")


@pytest.mark.parametrize("draw", [_curves, _map])
def test_pictures_have_the_bytes_that_matplotlib_writes(draw: Callable[[Axes], Any]) -> None:
    with matplotlib.rc_context(style("x")):
        figure = Figure(figsize=(6.8, 4.2), layout="constrained")
        draw(figure.add_subplot())
        buffer = io.BytesIO()
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=metadata, dpi=200)
    plain = buffer.getvalue().decode()
    found = drawn_svg(draw, "x")
    for mark in ('id="', "url(#", 'href="#'):
        found = found.replace(f"{mark}x-", mark)
    assert found == plain
