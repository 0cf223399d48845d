"""Methods of training: each against its textbook recurrence, written out with its own variables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from memcurse.numerics.networks.methods import METHODS, Method, advance, method_named

Array = NDArray[np.float64]
Gradient = Callable[[Array], Array]
STEPS = 60


def slope(x: Array) -> Array:
    """Of a bent valley: no symmetry that could hide a swap of variables."""
    return np.array([x[0] + 3 * x[1] ** 2, 6 * x[0] * x[1] + np.sin(x[1]), 0.0])


def gd(x: Array, rate: float) -> Iterator[Array]:
    while True:
        x = x - rate * slope(x)
        yield x


def heavy_ball(x: Array, rate: float, beta: float = 0.9) -> Iterator[Array]:
    before = x
    while True:
        x, before = x - rate * slope(x) + beta * (x - before), x
        yield x


def nesterov(x: Array, rate: float, beta: float = 0.9) -> Iterator[Array]:
    """In the points y where the gradient is taken: ``x' = y - rate g(y)``, ``y' = x' + beta (x' - x)``."""
    y, last = x, x
    while True:
        new = y - rate * slope(y)
        y, last = new + beta * (new - last), new
        yield y


def adam(x: Array, rate: float) -> Iterator[Array]:
    history: list[Array] = []
    while True:
        history.append(slope(x))
        n = len(history)
        first = sum(0.9 ** (n - 1 - i) * g for i, g in enumerate(history)) / sum(0.9**i for i in range(n))
        second = sum(0.999 ** (n - 1 - i) * g**2 for i, g in enumerate(history)) / sum(
            0.999**i for i in range(n)
        )
        x = x - rate * first / (np.sqrt(second) + 1e-8)
        yield x


def rmsprop(x: Array, rate: float) -> Iterator[Array]:
    v = np.zeros(3)
    while True:
        g = slope(x)
        v = 0.9 * v + 0.1 * g**2
        x = x - rate * g / (np.sqrt(v) + 1e-8)
        yield x


def adagrad(x: Array, rate: float) -> Iterator[Array]:
    v = np.zeros(3)
    while True:
        g = slope(x)
        v = v + g**2
        x = x - rate * g / (np.sqrt(v) + 1e-10)
        yield x


def sign(x: Array, rate: float) -> Iterator[Array]:
    while True:
        x = x - rate * np.sign(slope(x))
        yield x


TEXTBOOK = {
    "gd": gd,
    "heavy-ball": heavy_ball,
    "nesterov": nesterov,
    "adam": adam,
    "rmsprop": rmsprop,
    "adagrad": adagrad,
    "sign": sign,
}


def path(method: Method) -> Array:
    x, m, v, rows = np.array([0.4, -0.2, 0.7]), np.zeros(3), np.zeros(3), []
    for k in range(STEPS):
        advance(x, slope(x), m, v, k, method.rule)
        rows.append(x.copy())
    return np.array(rows)


def test_every_method_has_its_textbook() -> None:
    assert set(TEXTBOOK) == set(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_that_of_its_source(name: str) -> None:
    found = path(METHODS[name])
    points = TEXTBOOK[name](np.array([0.4, -0.2, 0.7]), METHODS[name].rate)
    exact = np.array([next(points) for _ in range(STEPS)])
    np.testing.assert_allclose(found, exact, rtol=1e-11, atol=1e-13)
    assert np.abs(np.diff(found[:, :2], axis=0)).max() > 1e-4


@pytest.mark.parametrize(("name", "factor"), [("heavy-ball", 0.99), ("nesterov", 0.99)])
def test_numbers_can_be_changed(name: str, factor: float) -> None:
    method = METHODS[name].changed(momentum=factor, rate=0.002)
    points = TEXTBOOK[name](np.array([0.4, -0.2, 0.7]), 0.002, factor)
    exact = np.array([next(points) for _ in range(STEPS)])
    np.testing.assert_allclose(path(method), exact, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"rate": 0.0}, "`rate` must be positive; got 0.0"),
        ({"rate": math.nan}, "`rate` must be finite; got nan"),
        ({"momentum": 1.0}, "`momentum` must be at least 0 and below 1; got 1.0"),
        ({"decay": 1.0, "unbiased": True}, "`decay` must be from 0 to 1, below 1 where unbiased; got 1.0"),
        ({"decay": -0.1}, "`decay` must be from 0 to 1"),
        ({"weight": -1.0}, "`weight` must not be negative; got -1.0"),
        ({"floor": -1.0}, "`floor` must not be negative; got -1.0"),
    ],
)
def test_numbers_that_make_no_method(numbers: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        METHODS["gd"].changed(**numbers)


def test_unknown_names_come_with_a_guess() -> None:
    with pytest.raises(
        ValueError, match=r"`method` must be one of gd, .*; got 'Adams' \(did you mean 'adam'\?\)"
    ):
        method_named("Adams")
    with pytest.raises(ValueError, match=r"got 'xyzzy'$"):
        method_named("xyzzy")
    with pytest.raises(TypeError, match="`method` must be the name of a method; got 3"):
        method_named(3)  # type: ignore[arg-type]
    assert method_named("sign") is METHODS["sign"]
