r"""What makes the plateau of Lorenz' system: ``python benchmarks/networks/lorenz96.py``.

Figure 1 (c) is said to show the plateau of a system with unresolved variables. Here K, J, F, h, the noise and the site
that is observed are varied: tanh networks, m = 16, Adam at .003, batches of 32, 1500 steps, paths of 12.8 time units,
512 to learn from. For each site the longest plateau that is left, as ``ln(end/start)`` in steps (0: none): mean of two
seeds. "Loss": relative loss at the end, over all sites.

==========================  ===========================================================  ===========
changed                     stretch at sites 0, 1, 2, ...                                loss
==========================  ===========================================================  ===========
K = 8, J = 4, F = 2, h = 1  0.46 0.55 0.46 0.91 0.61 0.75 2.72 1.34                      0.019-0.139
J = 8                       0.46 0.55 0.46 0.91 0.61 0.75 2.72 1.34                      0.019-0.139
J = 0, F = 1                0.43 0.00 0.39 0.47 0.09 0.67 1.06 0.62                      0.112-0.263
J = 0, F = 0.8              0.55 0.00 0.52 0.55 0.32 0.47 2.54 0.46                      0.069-0.358
J = 0, F = 0.5              0.64 0.00 0.45 0.00 0.42 0.00 0.44 0.44                      0.014-0.669
J = 0                       0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00                      0.439-0.493
h = 0.5                     0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00                      0.274-0.339
h = 0.5, F = 1              0.55 0.00 0.52 0.59 0.41 0.74 2.01 0.51                      0.029-0.304
h = 2                       0.45 0.00 0.51 0.73 0.41 0.40 0.42 0.47                      0.003-0.292
F = 1                       0.54 0.00 0.55 0.35 0.61 0.12 0.60 0.68                      0.003-0.455
F = 3                       0.59 0.32 0.49 0.39 0.38 0.32 0.33 0.48                      0.172-0.216
F = 4                       0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00                      0.295-0.324
F = -2                      0.66 0.00 0.00 0.00 0.00 0.00 0.00 0.00                      0.116-0.402
F = 8, J = 0                paths not computable to six digits
K = 6                       0.57 0.45 0.53 0.56 0.47 0.49                                0.036-0.148
K = 12                      0.46 0.55 0.47 0.79 0.59 0.73 1.00 0.62 0.74 0.45 0.73 0.91  0.027-0.144
tau = 1                     0.65 0.00 0.73 0.61 0.39 0.51 2.98 0.76                      0.031-0.334
strength = 0.3              0.32 0.58 1.01 0.46 0.90 0.92 2.45 0.99                      0.004-0.022
noise on all sites          0.56                                                         0.016
noise on all sites, J = 0   0.54                                                         0.011
noise on all sites, h = 2   0.45                                                         0.022
==========================  ===========================================================  ===========

Plateaus of more than ln 7 = 1.95 that are left stand at site 6 of 8 only: in the default, with slower or weaker
noise, with h = .5 and F = 1, and **without unresolved variables** with F = .8. In the default the response of that
site to a small impulse has two parts: a peak at .9, the short way against the ring, and a wave between 4 and 9 that
has gone around it (half of the squared response after 4.2); the driven site has one.

The largest growth rate of the linearised ring orders the settings. Where there is a plateau it is -.257 (default),
-.2 (J = 0, F = .8) and -.321 (h = .5, F = 1). From -.5 down (J = 0, F = .5: -.5; F = 1: -.69; h = 2: -.78) the wave
has died before it is round. At 0 and above (J = 0, F = 1: 0; F = 3: .25; h = .5: .53; F = 4: .79; J = 0, F = 2: 1) it
does not die; all of these but the first two end at losses of .27 and more after 1500 steps, so that nothing is left
there, whether a plateau or the floor. At F = 8 paths of this length cannot be computed to six digits. Rings of 6 and
12 and the same noise on all sites give none.

**J never matters**: from the steady state the unresolved variables of a site stay equal, what they advect cancels,
and they are one linear state (tests). In this range unresolved variables alone never made the plateau.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from memcurse.numerics.networks.training.lorenz96 import Lorenz96
from memcurse.numerics.networks.training.network import RecurrentNetwork
from memcurse.numerics.networks.training.plateaus import longest_plateau
from memcurse.numerics.networks.training.train import train

CONFIGURATIONS: tuple[dict[str, Any], ...] = (
    {},
    {"hidden": 8},
    {"hidden": 0, "F": 1.0},
    {"hidden": 0, "F": 0.8},
    {"hidden": 0, "F": 0.5},
    {"hidden": 0},
    {"h": 0.5},
    {"h": 0.5, "F": 1.0},
    {"h": 2.0},
    {"F": 1.0},
    {"F": 3.0},
    {"F": 4.0},
    {"F": -2.0},
    {"F": 8.0, "hidden": 0},
    {"sites": 6},
    {"sites": 12},
    {"tau": 1.0},
    {"strength": 0.3},
    {"everywhere": True},
    {"everywhere": True, "hidden": 0},
    {"everywhere": True, "h": 2.0},
)
STEPS, LENGTH, SEEDS = 1500, 128, (0, 1)


def one(system: Lorenz96, site: int, seed: int) -> tuple[float, float]:
    """Stretch of the plateau that is left, and the relative loss at the end."""
    task = system.task(site, steps=LENGTH, count=512, held_out=96, seed=seed)
    start = RecurrentNetwork.random(16, 1, "tanh", task.step, seed, 0.1)
    run = train(start, task, "adam", rate=0.003, steps=STEPS, batch=32, seed=seed)
    plateau = longest_plateau(run.at, run.loss, open_ended=False)
    return 0.0 if plateau is None else plateau.log_ratio, float(run.relative_loss[-1])


def row(changes: dict[str, Any]) -> str:
    """One line of the table."""
    system = Lorenz96(**changes)
    sites = range(1 if system.everywhere else system.sites)
    name = ", ".join(f"{key} = {x}" for key, x in changes.items()) or "K = 8, J = 4, F = 2, h = 1"
    try:
        found = np.array([[one(system, site, seed) for seed in SEEDS] for site in sites])
    except FloatingPointError as error:
        return f"{name:30s} {error}"
    stretch, loss = found[..., 0].mean(axis=1), found[..., 1].mean(axis=1)
    shown = " ".join(f"{x:4.2f}" for x in stretch)
    return f"{name:30s} {shown}   loss {loss.min():.3f} to {loss.max():.3f}"


def main() -> None:
    argparse.ArgumentParser(description=__doc__.split("\n")[0]).parse_args()
    for changes in CONFIGURATIONS:
        before = time.process_time()
        print(row(changes), f"  ({time.process_time() - before:.0f} s CPU)", flush=True)


if __name__ == "__main__":
    main()
