"""The kinds of evidence: each finding holds numbers and computes the verdict that they earn.

| finding | may reach | refuted by |
|---|---|---|
| `Identity`, `Identities` | PROVED | a rational point where the difference certainly is not 0 |
| `Inequalities` | PROVED | a rational point where the difference certainly has the wrong sign |
| `BallInequality`, `BallInequalities`, `Enclosed`, `Exact` | CERTIFIED | a certain violation at an instance |
| `ForAll` | CERTIFIED, on a whole region | a point of the region |
| `Count`, `InertiaIs` | CERTIFIED | another number, another inertia |
| `Came` | CERTIFIED, by a list that is complete | nothing came; what is missing leaves it UNDECIDED |
| `Vanishing` | CERTIFIED, by a proved zero and identities | a ball without 0, a tie that fails |
| `Agreement`, `Counted`, `InOrder` | VERIFIED | routes that certainly differ, another count, intervals out of order |
| `Experiment` | OBSERVED | the claim outside an interval of a much stricter level |
| `Measured` | OBSERVED, without chance | the claim outside a range four times as wide |
| `ObservedLess` | OBSERVED | a difference of the other sign, by an interval of a much stricter level |
| `BallEquality` | UNDECIDED | disjoint balls; overlapping ones show nothing |
| `Every` | whatever its parts reach | any part refuted |
| `Violation` | CERTIFIED | the property holds after all |
| `Escape` | what the agreement on its time reaches | a certain obstacle |

No tolerance appears here: every threshold is a ball's radius, the digits that a route claims, or a
confidence level.
"""

from __future__ import annotations

from .agreement import Agreement, InOrder
from .ball_findings import BallEquality, BallInequalities, BallInequality, Enclosed, Vanishing
from .closed_forms.inequalities import Inequalities
from .closed_forms.symbolic import Exact, Identities, Identity
from .counts import Came, Count, Counted, InertiaIs
from .derived import Escape, Every, Violation
from .experiments import Experiment, Measured, ObservedLess
from .regions import ForAll

__all__ = [
    "Agreement",
    "BallEquality",
    "BallInequalities",
    "BallInequality",
    "Came",
    "Count",
    "Counted",
    "Enclosed",
    "Escape",
    "Every",
    "Exact",
    "Experiment",
    "ForAll",
    "Identities",
    "Identity",
    "InOrder",
    "Inequalities",
    "InertiaIs",
    "Measured",
    "ObservedLess",
    "Vanishing",
    "Violation",
]
