r"""The same optimisers (SGD, Adam, best rate in hindsight) with learned and with fixed poles in raw coordinates, the
setting of fp-online: at 16 samples fixed poles are ahead, at 4096 learned ones are, so N* lies between. **Against
RLS on 16 taps learned poles do not win up to 4096 samples in this setting**: at 4096 taps are still ahead.
"""

from __future__ import annotations

import numpy as np

from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.proofs_checks.fixed_pole._measured import mean_less

from ._runs import Array, best_of, online


def _logarithms(setting: Setting) -> dict[str, Array]:
    runs = online(setting.seed_for("fp-online"), 24, (16, 256, 4096))
    return {
        "learned": np.log(best_of(runs, ("learned sgd", "learned adam"))),
        "fixed": np.log(best_of(runs, ("fixed raw sgd", "fixed raw adam"))),
        "taps": np.log(best_of(runs, ("RLS taps",))),
    }


def check(setting: Setting) -> Evidence:
    """Ahead at 16, behind at 4096."""
    logs = _logarithms(setting)
    findings = [
        mean_less("N = 16: fixed below learned", logs["fixed"][:, 0], logs["learned"][:, 0]),
        mean_less("N = 4096: learned below fixed", logs["learned"][:, 2], logs["fixed"][:, 2]),
        mean_less("N = 4096: RLS on taps below learned", logs["taps"][:, 2], logs["learned"][:, 2]),
    ]
    return Evidence(findings, len(logs["taps"]))


def check_always(setting: Setting) -> Evidence:
    """Learning wins from 256 samples on."""
    logs = _logarithms(setting)
    return Evidence(
        [mean_less("N = 256: learned below RLS on taps", logs["learned"][:, 1], logs["taps"][:, 1])]
    )


STATEMENT = Statement(
    id="fp-nstar",
    title="From how many samples on learning wins",
    paper="fixed-pole",
    section="experiments",
    claim=(
        r"16 < N^* < 4096 \text{ for the same optimisers};\quad N^* > 4096 \text{ against RLS " r"on taps}"
    ),
    hypotheses=("the setting of fp-online",),
    provenance=Provenance.OURS,
    uses=("fp-online",),
    check=check,
    controls=(Control("learning wins from 256 samples on", check_always),),
    quick=False,
)
