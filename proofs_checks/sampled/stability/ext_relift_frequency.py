r"""How often a stable map and a stable K go with an unstable network: no freak of one neuron.

The plane turned by .3 and contracted by .97, 200 samples, networks of M neurons of pairs over many seeds. Counted is
:math:`\rho(K) < 1` together with an eigenvalue of the network's Jacobian at the origin outside the unit circle,
although the origin attracts every trajectory of the map. It is common for few neurons and fades for many.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from memcurse.numerics.sampled.network import sampled_network
from memcurse.proofs_checks.evidence.statement import (
    Control,
    Evidence,
    Provenance,
    Setting,
    Statement,
    Table,
)
from memcurse.proofs_checks.sampled._measured import mean_less

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTHS = (2, 4, 8, 16)
_RADIUS, _ANGLE, _SAMPLES = 0.97, 0.3, 200
_RARE = 0.02


@lru_cache(maxsize=4)
def _found(setting: Setting) -> Any:
    """1 where K is stable and the network is not: shape (seeds, widths)."""
    first, seeds = setting.seed_for("ext-relift-frequency") % 2**31, setting.pick(200, 60, 600)
    cosine, sine = np.cos(_ANGLE), np.sin(_ANGLE)
    turn = _RADIUS * np.array([[cosine, sine], [-sine, cosine]])
    found = np.zeros((seeds, len(_WIDTHS)))
    for k in range(seeds):
        X = np.random.default_rng(first + k).uniform(-1, 1, (_SAMPLES, 2))
        for j, width in enumerate(_WIDTHS):
            network = sampled_network(X, X @ turn, width=width, seed=first + k)
            linear = np.abs(np.linalg.eigvals(network.K)).max()
            relifted = np.abs(np.linalg.eigvals(network.jacobian([0.0, 0.0]))).max()
            found[k, j] = linear < 1 < relifted
    return found


def _evidence(setting: Setting, common: bool) -> Evidence:
    found = _found(setting)
    rare = np.full(len(found), _RARE)
    name = f"share of networks at M = {_WIDTHS[1]}"
    share = (
        mean_less(f"{name} above {_RARE}", rare, found[:, 1])
        if common
        else mean_less(f"{name} below {_RARE}", found[:, 1], rare)
    )
    fading = mean_less(f"share at M = {_WIDTHS[-1]} below that at M = 2", found[:, -1], found[:, 0])
    rows = tuple((m, len(found), int(n)) for m, n in zip(_WIDTHS, found.sum(axis=0), strict=True))
    table = Table(("M", "seeds", "K stable, network not"), rows)
    return Evidence([share, fading], len(found), table=table, data={"shares": found.mean(axis=0)})


def check(setting: Setting) -> Evidence:
    """More than one in fifty at M = 4, fewer for many neurons."""
    return _evidence(setting, common=True)


def check_freak(setting: Setting) -> Evidence:
    """Fewer than one in fifty."""
    return _evidence(setting, common=False)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Share of the networks against the width."""
    ax.plot(_WIDTHS, evidence.data["shares"], "o-")
    ax.set(xscale="log", xlabel="neurons M", ylabel="share: K stable, network not", ylim=(0, 1))
    ax.set_xticks(_WIDTHS, [str(m) for m in _WIDTHS])
    ax.minorticks_off()


STATEMENT = Statement(
    id="ext-relift-frequency",
    paper="sampled",
    title="Stable K, unstable network: how often",
    section="C",
    claim=r"P\bigl(\rho(K) < 1 < \rho(D^\top F'(0))\bigr) > \tfrac{1}{50} \text{ at } M = 4",
    hypotheses=("x' = .97 R(.3) x, 200 samples uniform in a square", "200 seeds, intervals of Student"),
    provenance=Provenance.NEW,
    uses=("ext-relift-instability",),
    check=check,
    controls=(Control("a freak", check_freak),),
    figure=draw,
    quick=False,
)
