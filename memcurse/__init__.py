"""memcurse verifies the theory of the curse of memory in recurrent networks by trying to refute it.

Names are imported when they are first used, so that ``import memcurse`` and ``memcurse list`` cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .numerics.arguments import FloatRangeError as FloatRangeError
    from .numerics.critical import critical_points as critical_points
    from .numerics.discrete import DiscreteObjective as DiscreteObjective
    from .numerics.fits import best_fit as best_fit
    from .numerics.flow import FlowRun as FlowRun
    from .numerics.flow import gradient_flow as gradient_flow
    from .numerics.flow_ensemble import flow_ensemble as flow_ensemble
    from .numerics.flow_events import Displacement as Displacement
    from .numerics.flow_events import LossDrop as LossDrop
    from .numerics.landscape import critical_spaces as critical_spaces
    from .numerics.objective import Enclosure as Enclosure
    from .numerics.objective import Objective as Objective
    from .numerics.rnn_kernels import RecurrentKernel as RecurrentKernel
    from .numerics.widths import Width as Width
    from .numerics.widths import certified_width as certified_width
    from .proofs_checks.runner import statements as statements
    from .proofs_checks.runner import verify as verify
    from .proofs_checks.statement import Verdict as Verdict
    from .theory.critical_spaces import count_critical_spaces as count_critical_spaces
    from .theory.parsing import TargetSyntaxError as TargetSyntaxError
    from .theory.recognition import parse_target as parse_target
    from .theory.sequences import FiniteSequence as FiniteSequence
    from .theory.sequences import GeometricSum as GeometricSum
    from .theory.sequences import TargetSequence as TargetSequence
    from .theory.sequences import sampled as sampled
    from .theory.targets import AiryKernel as AiryKernel
    from .theory.targets import ExponentialSum as ExponentialSum
    from .theory.targets import ExpressionTarget as ExpressionTarget
    from .theory.targets import GaussianBump as GaussianBump
    from .theory.targets import PowerLaw as PowerLaw
    from .theory.targets import Target as Target

__version__ = "0.1.0"

_HOMES = {
    "AiryKernel": "theory.targets",
    "DiscreteObjective": "numerics.discrete",
    "Displacement": "numerics.flow_events",
    "Enclosure": "numerics.objective",
    "ExponentialSum": "theory.targets",
    "ExpressionTarget": "theory.targets",
    "FiniteSequence": "theory.sequences",
    "FloatRangeError": "numerics.arguments",
    "FlowRun": "numerics.flow",
    "GaussianBump": "theory.targets",
    "GeometricSum": "theory.sequences",
    "LossDrop": "numerics.flow_events",
    "Objective": "numerics.objective",
    "PowerLaw": "theory.targets",
    "RecurrentKernel": "numerics.rnn_kernels",
    "Target": "theory.targets",
    "TargetSequence": "theory.sequences",
    "TargetSyntaxError": "theory.parsing",
    "Verdict": "proofs_checks.statement",
    "Width": "numerics.widths",
    "best_fit": "numerics.fits",
    "certified_width": "numerics.widths",
    "count_critical_spaces": "theory.critical_spaces",
    "critical_points": "numerics.critical",
    "critical_spaces": "numerics.landscape",
    "flow_ensemble": "numerics.flow_ensemble",
    "gradient_flow": "numerics.flow",
    "parse_target": "theory.recognition",
    "sampled": "theory.sequences",
    "statements": "proofs_checks.runner",
    "verify": "proofs_checks.runner",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'memcurse' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
