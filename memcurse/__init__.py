"""memcurse verifies the theory of the curse of memory in recurrent networks by trying to refute it.

Names are imported when they are first used, so that ``import memcurse`` and ``memcurse list`` cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .numerics import plots as plots
    from .numerics.approximation.l2.best_fit import best_fit as best_fit
    from .numerics.approximation.lower_bounds.least_width import least_width as least_width
    from .numerics.approximation.prony import prony as prony
    from .numerics.approximation.samples.fit_samples import fit_samples as fit_samples
    from .numerics.approximation.samples.result import SampleFit as SampleFit
    from .numerics.approximation.sup.best_fit import SupFit as SupFit
    from .numerics.approximation.sup.width import SupWidth as SupWidth
    from .numerics.approximation.unattained import NotAttainedError as NotAttainedError
    from .numerics.approximation.widths.certified_width import certified_width as certified_width
    from .numerics.approximation.widths.width import Width as Width
    from .numerics.arguments import FloatRangeError as FloatRangeError
    from .numerics.flow.ensemble import flow_ensemble as flow_ensemble
    from .numerics.flow.events import Displacement as Displacement
    from .numerics.flow.events import LossDrop as LossDrop
    from .numerics.flow.field_flow import field_flow as field_flow
    from .numerics.flow.fields.field import Field as Field
    from .numerics.flow.fields.reparametrised import Reparametrised as Reparametrised
    from .numerics.flow.gradient_flow import gradient_flow as gradient_flow
    from .numerics.flow.run import FlowRun as FlowRun
    from .numerics.landscape.critical_spaces import critical_spaces as critical_spaces
    from .numerics.modes.adaptive import LMS as LMS
    from .numerics.modes.adaptive import RLS as RLS
    from .numerics.modes.features import DelayLine as DelayLine
    from .numerics.modes.features import PoleStates as PoleStates
    from .numerics.modes.learned import LearnedPoles as LearnedPoles
    from .numerics.modes.orthonormal import orthonormal_modes as orthonormal_modes
    from .numerics.networks.methods import Method as Method
    from .numerics.networks.recurrent_kernel import RecurrentKernel as RecurrentKernel
    from .numerics.networks.training.network import RecurrentNetwork as RecurrentNetwork
    from .numerics.networks.training.run import TrainingRun as TrainingRun
    from .numerics.networks.training.tasks import KernelTask as KernelTask
    from .numerics.networks.training.tasks import SequenceTask as SequenceTask
    from .numerics.networks.training.train import train as train
    from .numerics.networks.training.train import train_seeds as train_seeds
    from .numerics.objective.best_gains import best_gains as best_gains
    from .numerics.objective.discrete import DiscreteObjective as DiscreteObjective
    from .numerics.objective.objective import Enclosure as Enclosure
    from .numerics.objective.objective import Objective as Objective
    from .numerics.sampled.network import sampled_network as sampled_network
    from .numerics.stationary.critical_points import critical_points as critical_points
    from .numerics.sweeps.escapes import EscapeSweep as EscapeSweep
    from .numerics.sweeps.fits import FitSweep as FitSweep
    from .numerics.sweeps.fits import WidthSweep as WidthSweep
    from .numerics.sweeps.plan import SweepPlan as SweepPlan
    from .numerics.sweeps.store import SweepStoreError as SweepStoreError
    from .numerics.sweeps.sweep import Sweep as Sweep
    from .numerics.sweeps.sweep import sweep as sweep
    from .numerics.sweeps.training import TrainingSweep as TrainingSweep
    from .numerics.time_limit import TimeLimitError as TimeLimitError
    from .proofs_checks.evidence.agreement import Agreement as Agreement
    from .proofs_checks.evidence.agreement import InOrder as InOrder
    from .proofs_checks.evidence.ball_findings import BallEquality as BallEquality
    from .proofs_checks.evidence.ball_findings import BallInequalities as BallInequalities
    from .proofs_checks.evidence.ball_findings import BallInequality as BallInequality
    from .proofs_checks.evidence.ball_findings import Enclosed as Enclosed
    from .proofs_checks.evidence.ball_findings import Vanishing as Vanishing
    from .proofs_checks.evidence.closed_forms.inequalities import Inequalities as Inequalities
    from .proofs_checks.evidence.closed_forms.symbolic import Exact as Exact
    from .proofs_checks.evidence.closed_forms.symbolic import Identities as Identities
    from .proofs_checks.evidence.closed_forms.symbolic import Identity as Identity
    from .proofs_checks.evidence.counts import Came as Came
    from .proofs_checks.evidence.counts import Count as Count
    from .proofs_checks.evidence.counts import Counted as Counted
    from .proofs_checks.evidence.counts import InertiaIs as InertiaIs
    from .proofs_checks.evidence.derived import Escape as Escape
    from .proofs_checks.evidence.derived import Every as Every
    from .proofs_checks.evidence.derived import Violation as Violation
    from .proofs_checks.evidence.experiments import Experiment as Experiment
    from .proofs_checks.evidence.experiments import Measured as Measured
    from .proofs_checks.evidence.experiments import ObservedLess as ObservedLess
    from .proofs_checks.evidence.finding import Finding as Finding
    from .proofs_checks.evidence.finding import about_code as about_code
    from .proofs_checks.evidence.regions import ForAll as ForAll
    from .proofs_checks.evidence.scopes import Scope as Scope
    from .proofs_checks.evidence.statement import Control as Control
    from .proofs_checks.evidence.statement import Evidence as Evidence
    from .proofs_checks.evidence.statement import Provenance as Provenance
    from .proofs_checks.evidence.statement import Setting as Setting
    from .proofs_checks.evidence.statement import Statement as Statement
    from .proofs_checks.evidence.statement import Table as Table
    from .proofs_checks.evidence.verdicts import Verdict as Verdict
    from .proofs_checks.running.runner import statements as statements
    from .proofs_checks.running.runner import verify as verify
    from .proofs_checks.running.seeds import VerificationSweep as VerificationSweep
    from .theory.landscape.critical_spaces import count_critical_spaces as count_critical_spaces
    from .theory.targets.kernels import AiryKernel as AiryKernel
    from .theory.targets.kernels import ExpressionTarget as ExpressionTarget
    from .theory.targets.kernels import GaussianBump as GaussianBump
    from .theory.targets.kernels import PowerLaw as PowerLaw
    from .theory.targets.long_memory import FractionalSequence as FractionalSequence
    from .theory.targets.long_memory import PowerSequence as PowerSequence
    from .theory.targets.oscillations import DampedOscillations as DampedOscillations
    from .theory.targets.recognition import parse_target as parse_target
    from .theory.targets.sequences import FiniteSequence as FiniteSequence
    from .theory.targets.sequences import GeometricSum as GeometricSum
    from .theory.targets.sequences import TargetSequence as TargetSequence
    from .theory.targets.sequences import sampled as sampled
    from .theory.targets.target import ExponentialSum as ExponentialSum
    from .theory.targets.target import Target as Target
    from .theory.targets.tokens import TargetSyntaxError as TargetSyntaxError

__version__ = "0.1.0"

_HOMES = {
    "Agreement": "proofs_checks.evidence.agreement",
    "AiryKernel": "theory.targets.kernels",
    "BallEquality": "proofs_checks.evidence.ball_findings",
    "BallInequalities": "proofs_checks.evidence.ball_findings",
    "BallInequality": "proofs_checks.evidence.ball_findings",
    "Came": "proofs_checks.evidence.counts",
    "Control": "proofs_checks.evidence.statement",
    "Count": "proofs_checks.evidence.counts",
    "Counted": "proofs_checks.evidence.counts",
    "DampedOscillations": "theory.targets.oscillations",
    "DelayLine": "numerics.modes.features",
    "DiscreteObjective": "numerics.objective.discrete",
    "Displacement": "numerics.flow.events",
    "Enclosed": "proofs_checks.evidence.ball_findings",
    "Enclosure": "numerics.objective.objective",
    "Escape": "proofs_checks.evidence.derived",
    "EscapeSweep": "numerics.sweeps.escapes",
    "Every": "proofs_checks.evidence.derived",
    "Evidence": "proofs_checks.evidence.statement",
    "Exact": "proofs_checks.evidence.closed_forms.symbolic",
    "Experiment": "proofs_checks.evidence.experiments",
    "ExponentialSum": "theory.targets.target",
    "ExpressionTarget": "theory.targets.kernels",
    "Field": "numerics.flow.fields.field",
    "Finding": "proofs_checks.evidence.finding",
    "FiniteSequence": "theory.targets.sequences",
    "FitSweep": "numerics.sweeps.fits",
    "FloatRangeError": "numerics.arguments",
    "FlowRun": "numerics.flow.run",
    "ForAll": "proofs_checks.evidence.regions",
    "FractionalSequence": "theory.targets.long_memory",
    "GaussianBump": "theory.targets.kernels",
    "GeometricSum": "theory.targets.sequences",
    "Identities": "proofs_checks.evidence.closed_forms.symbolic",
    "Identity": "proofs_checks.evidence.closed_forms.symbolic",
    "InOrder": "proofs_checks.evidence.agreement",
    "Inequalities": "proofs_checks.evidence.closed_forms.inequalities",
    "InertiaIs": "proofs_checks.evidence.counts",
    "KernelTask": "numerics.networks.training.tasks",
    "LMS": "numerics.modes.adaptive",
    "LearnedPoles": "numerics.modes.learned",
    "LossDrop": "numerics.flow.events",
    "Measured": "proofs_checks.evidence.experiments",
    "Method": "numerics.networks.methods",
    "NotAttainedError": "numerics.approximation.unattained",
    "Objective": "numerics.objective.objective",
    "ObservedLess": "proofs_checks.evidence.experiments",
    "PoleStates": "numerics.modes.features",
    "PowerLaw": "theory.targets.kernels",
    "PowerSequence": "theory.targets.long_memory",
    "Provenance": "proofs_checks.evidence.statement",
    "RLS": "numerics.modes.adaptive",
    "RecurrentKernel": "numerics.networks.recurrent_kernel",
    "RecurrentNetwork": "numerics.networks.training.network",
    "Reparametrised": "numerics.flow.fields.reparametrised",
    "SampleFit": "numerics.approximation.samples.result",
    "Scope": "proofs_checks.evidence.scopes",
    "SequenceTask": "numerics.networks.training.tasks",
    "Setting": "proofs_checks.evidence.statement",
    "Statement": "proofs_checks.evidence.statement",
    "SupFit": "numerics.approximation.sup.best_fit",
    "SupWidth": "numerics.approximation.sup.width",
    "Sweep": "numerics.sweeps.sweep",
    "SweepPlan": "numerics.sweeps.plan",
    "SweepStoreError": "numerics.sweeps.store",
    "Table": "proofs_checks.evidence.statement",
    "Target": "theory.targets.target",
    "TargetSequence": "theory.targets.sequences",
    "TargetSyntaxError": "theory.targets.tokens",
    "TimeLimitError": "numerics.time_limit",
    "TrainingRun": "numerics.networks.training.run",
    "TrainingSweep": "numerics.sweeps.training",
    "Vanishing": "proofs_checks.evidence.ball_findings",
    "Verdict": "proofs_checks.evidence.verdicts",
    "VerificationSweep": "proofs_checks.running.seeds",
    "Violation": "proofs_checks.evidence.derived",
    "Width": "numerics.approximation.widths.width",
    "WidthSweep": "numerics.sweeps.fits",
    "about_code": "proofs_checks.evidence.finding",
    "best_fit": "numerics.approximation.l2.best_fit",
    "best_gains": "numerics.objective.best_gains",
    "certified_width": "numerics.approximation.widths.certified_width",
    "count_critical_spaces": "theory.landscape.critical_spaces",
    "critical_points": "numerics.stationary.critical_points",
    "critical_spaces": "numerics.landscape.critical_spaces",
    "field_flow": "numerics.flow.field_flow",
    "fit_samples": "numerics.approximation.samples.fit_samples",
    "flow_ensemble": "numerics.flow.ensemble",
    "gradient_flow": "numerics.flow.gradient_flow",
    "least_width": "numerics.approximation.lower_bounds.least_width",
    "orthonormal_modes": "numerics.modes.orthonormal",
    "parse_target": "theory.targets.recognition",
    "plots": "numerics.plots",
    "prony": "numerics.approximation.prony",
    "sampled": "theory.targets.sequences",
    "sampled_network": "numerics.sampled.network",
    "statements": "proofs_checks.running.runner",
    "sweep": "numerics.sweeps.sweep",
    "train": "numerics.networks.training.train",
    "train_seeds": "numerics.networks.training.train",
    "verify": "proofs_checks.running.runner",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'memcurse' has no attribute {name!r}")
    home = importlib.import_module(f".{_HOMES[name]}", __name__)
    if _HOMES[name].startswith("theory.targets"):
        importlib.import_module(".theory.targets.evaluation", __name__).hand_in_values(_values)
    # The pictures are a whole room; everything else is a name in one.
    value = home if _HOMES[name].endswith(f".{name}") and not hasattr(home, name) else getattr(home, name)
    globals()[name] = value
    return value


def _values(target: Any, places: Any) -> Any:
    """Kernels are functions; what computes them is imported when the first one is called."""
    return importlib.import_module(".numerics.objective.values", __name__).values(target, places)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
