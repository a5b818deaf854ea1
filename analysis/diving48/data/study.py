"""A Diving48 study as data: its runs, and the answers of every kept checkpoint to every clip."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.runs.answers import majority_share
from analysis.runs.checkpoint_predictions import Answers
from analysis.runs.load import V
from analysis.studies.videos import CODEC, PAPER, Design
from xdomain.domains.registry import SEVERITIES, split_name
from xdomain.specs.videos import VideoEvaluation, VideoRun, VideoTraining
from xdomain.studies.diving48 import UNMODIFIED

NAMES = {V: V, CODEC: "I′"}  # of domains whose display name is not their own
CONTROLS = ("boxes", "displaced", "blur", "union")


def display_domain(name: str) -> str:
    """Name a domain as tables and figures call it."""
    return NAMES.get(name, name)


@dataclass(frozen=True)
class Setting:
    """What one set of tables is about: how validation clips were chosen, and which masks made the domains."""

    split: str
    masks: str  # empty while no domain that masks make was evaluated
    suffix: str  # of the names of its tables and figures; empty for the paper's setting

    @property
    def text(self) -> str:
        """A sentence for the notes."""
        made_with = f"domains made with the mask set {self.masks!r}" if self.masks else "no masks"
        return f"Validation clips: {self.split} split; {made_with}."


@dataclass(frozen=True, eq=False)
class DivingStudy:
    """One study as data.

    Attributes:
        key: such as `diving48` or `diving48-demo`.
        runs: as `analysis.runs.load.Study.runs`, and `training` (the id of the training, its own for one), `domain` (V
            for a training), `masks`.
        evaluated: (training id, domain, masks) -> answers of its kept checkpoints; masks are "" for V and O.
        checkpoints: training id -> epoch -> validation accuracy.
        nonfinite: as `evaluated` -> the epochs that are left out there, since some of their scores are NaN or infinite.
        problems: sentences on what makes the runs differ more than they should; notes of every table.
        design: what the study compares.
    """

    key: str
    runs: pd.DataFrame
    evaluated: dict[tuple[str, str, str], Answers]
    checkpoints: dict[str, dict[int, float]]
    problems: tuple[str, ...]
    runs_root: Path | None = None  # where it was read, if not below the environment's
    nonfinite: dict[tuple[str, str, str], frozenset[int]] = field(default_factory=dict)
    design: Design = PAPER

    @cached_property
    def chance(self) -> float:
        """The accuracy of the best constant answer: the share of the commonest class among the test clips."""
        labels = [answers.labels for (_, domain, _), answers in self.evaluated.items() if domain != V]
        labels = labels or [answers.labels for answers in self.evaluated.values()]
        return majority_share(max(labels, key=len)) if labels else float("nan")

    @cached_property
    def specs(self) -> dict[str, VideoRun]:
        """Every run that a table may be of, by id: the expected ones, and evaluations that nobody has launched."""
        specs: dict[str, VideoRun] = dict(zip(self.runs["id"], self.runs["spec"], strict=True))
        for setting in self.settings():
            for training in self.trainings_of(setting):
                for domain in (*self.domains(setting), *self.curves):
                    spec = self.evaluation(training, domain, setting)
                    specs.setdefault(spec.id, spec)
        return specs

    @cached_property
    def of_frames(self) -> frozenset[str]:
        """The domains that were evaluated without masks, whether or not the package of their function is here."""
        return frozenset(domain for _, domain, masks in self.evaluated if not masks) - {V, UNMODIFIED}

    @cached_property
    def curves(self) -> dict[str, tuple[str, int]]:
        """Domain -> corruption and severity: the study's own, and all five of others of which one was evaluated."""
        own = self.design.curves
        others = self.of_frames - {*own, *self.design.domains}
        bases = sorted({base for base, severity in map(split_name, others) if severity})
        return {**own, **{f"{base}-{severity}": (base, severity) for base in bases for severity in SEVERITIES}}

    def evaluation(self, training: VideoTraining, domain: str, setting: Setting) -> VideoEvaluation:
        """Specify the evaluation of a training on a domain, with the setting's masks where it was made of any."""
        if domain in self.of_frames or (domain in self.curves and domain not in self.design.curves):
            return training.evaluation_with(domain, "")
        return training.evaluation(domain, setting.masks)

    def trainings_of(self, setting: Setting) -> list[VideoTraining]:
        """List the trainings on a setting's split, whatever the model."""
        own = (self.runs["domain"] == V) & (self.runs["source"] == setting.split)
        return self.runs.loc[own, "spec"].tolist()

    def trainings(self, split: str, model: str) -> pd.DataFrame:
        """Return the runs that train `model` on `split`, a row per seed."""
        runs = self.runs
        chosen = (runs["domain"] == V) & (runs["source"] == split) & (runs["model"] == model)
        return runs[chosen].sort_values("seed")

    def answers(self, training: str, domain: str, setting: Setting) -> Answers | None:
        """Return the checkpoints' answers in a domain; None where they were not evaluated on it."""
        return self.evaluated.get((training, domain, "")) or self.evaluated.get((training, domain, setting.masks))

    def is_nonfinite(self, training: str, domain: str, setting: Setting, epoch: int) -> bool:
        """Tell whether a checkpoint was evaluated in a domain, with scores that are NaN or infinite."""
        keys = ((training, domain, masks) for masks in ("", setting.masks))
        return any(epoch in self.nonfinite.get(key, ()) for key in keys)

    def settings(self) -> list[Setting]:
        """List every split with every mask set, the paper's first."""
        splits = [name for name in self.design.splits if (self.runs["source"] == name).any()]
        masks = sorted({key[2] for key in self.evaluated} - {""}) or [""]
        settings = []
        for split in splits:
            for name in masks:
                parts = [split] * (split != self.design.splits[0]) + [name] * (len(masks) > 1)
                settings.append(Setting(split, name, "".join(f"-{part}" for part in parts)))
        return settings

    def domains(self, setting: Setting) -> list[str]:
        """List the study's domains, and others that were evaluated: controls, then all others but severities."""
        evaluated_on = {domain for _, domain, masks in self.evaluated if masks in ("", setting.masks)}
        domains = self.design.domains
        own = sorted(evaluated_on - {V, *domains, *CONTROLS, *self.curves})
        controls = [name for name in CONTROLS if name in evaluated_on and name not in domains]
        return [*domains, *controls, *own]
