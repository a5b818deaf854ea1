"""A Diving48 study's run folders as validated data: what every kept checkpoint makes of every clip.

A training answers its validation clips (V). Evaluations of it are runs of their own, one for each domain and mask set,
and answer the test clips: O unmodified, I′ through the domains' resize and codec, S1, S2, T, controls.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.checkpoint_predictions import Judged, read_judged
from analysis.expected import expected_runs
from analysis.load import (
    READERS,
    V,
    disagreements,
    left_out,
    mixtures,
    read_result,
    require_a_result,
    run_row,
    unreadable,
)
from xdomain.errors import UserError
from xdomain.files import sha256
from xdomain.records import FINISHED, VALIDATION, RunFolder
from xdomain.spec import RunSpec
from xdomain.studies.diving48 import DOMAINS, EXPERIMENTS, SPLITS

CODEC = "I"  # the test clips through what every domain goes through but its masks: shown as I′
NAMES = {V: V, CODEC: "I′"}  # of domains whose display name is not their own
CONTROLS = ("boxes", "displaced", "blur", "union")
ROLES = ("3D CNN", "ConvLSTM", "TimeSformer")


@dataclass(frozen=True)
class Setting:
    """What one set of tables is about: how validation clips were chosen, and which masks made the domains."""

    split: str
    masks: str  # empty while no domain was evaluated
    suffix: str  # of the names of its tables and figures; empty for the paper's setting

    @property
    def text(self) -> str:
        """A sentence for the notes."""
        made_with = f"domains made with the mask set {self.masks!r}" if self.masks else "no domain evaluated yet"
        return f"Validation clips: {self.split} split; {made_with}."


@dataclass(frozen=True, eq=False)
class DivingStudy:
    """One study as data.

    Attributes:
        key: such as `diving48` or `diving48-demo`.
        runs: as `analysis.load.Study.runs`, and `training` (the id of the training, its own for one), `domain` (V
            for a training), `masks`.
        judged: (training id, domain, masks) -> answers of its kept checkpoints; masks are "" for V and O.
        checkpoints: training id -> epoch -> validation accuracy.
        problems: sentences on what makes the runs differ more than they should; notes of every table.
    """

    key: str
    runs: pd.DataFrame
    judged: dict[tuple[str, str, str], Judged]
    checkpoints: dict[str, dict[int, float]]
    problems: tuple[str, ...]

    @cached_property
    def chance(self) -> float:
        """The accuracy of guessing among the classes that the study's clips have: 1/48 for the whole data set."""
        return 1 / max(1, len({label for judged in self.judged.values() for label in np.unique(judged.labels)}))

    def trainings(self, split: str, model: str) -> pd.DataFrame:
        """The runs that train `model` on `split`, a row per seed."""
        runs = self.runs
        chosen = (runs["domain"] == V) & (runs["source"] == split) & (runs["model"] == model)
        return runs[chosen].sort_values("seed")

    def answers(self, training: str, domain: str, setting: Setting) -> Judged | None:
        """The checkpoints' answers in a domain; None where they were not evaluated on it."""
        return self.judged.get((training, domain, "")) or self.judged.get((training, domain, setting.masks))

    def settings(self) -> list[Setting]:
        """Every split with every mask set, the paper's first."""
        splits = [name for name in SPLITS if (self.runs["source"] == name).any()]
        masks = sorted({key[2] for key in self.judged} - {""}) or [""]
        settings = []
        for split in splits:
            for name in masks:
                parts = [split] * (split != SPLITS[0]) + [name] * (len(masks) > 1)
                settings.append(Setting(split, name, "".join(f"-{part}" for part in parts)))
        return settings

    def domains(self, setting: Setting) -> list[str]:
        """The paper's domains, and others that were evaluated: controls, then folders of a user's own."""
        there = {domain for _, domain, masks in self.judged if masks in ("", setting.masks)}
        own = sorted(there - {V, *DOMAINS, *CONTROLS})
        return [*DOMAINS, *(name for name in CONTROLS if name in there), *own]


def load_diving(study_key: str) -> DivingStudy:
    """Read and check everything below `runs/<study_key>/`.

    Raises:
        UserError: there are no runs, none has a result, or a file is missing, torn, of another format, or disagrees
            with its run's result.json or with its training.
    """
    specs, outside = expected_runs(study_key)
    with ThreadPoolExecutor(READERS) as readers:
        results = dict(zip((spec.id for spec in specs), readers.map(read_result, specs), strict=True))
    runs = pd.DataFrame([_row(spec, results[spec.id]) for spec in specs])
    require_a_result(runs, study_key)
    _require_one_width(runs)
    kept = {spec.id: _kept(spec, results[spec.id]) for spec in specs if _is_finished(results[spec.id])}
    for spec in specs:
        _require_known_epochs(spec, kept)
    files = [(spec, RunFolder.of(spec).predictions_file(spec.evaluates or VALIDATION)) for spec in specs]
    judged = {_key(spec): read_judged(file, kept[spec.id]) for spec, file in files if spec.id in kept}
    checkpoints = {spec.id: kept[spec.id] for spec in specs if spec.id in kept and not spec.evaluates}
    problems = left_out(outside) + unreadable(runs) + mixtures(runs) + _differing_clips(judged)
    problems += disagreements(runs[runs["domain"] == V])
    return DivingStudy(study_key, runs, judged, checkpoints, tuple(problems))


def display_domain(name: str) -> str:
    """How tables and figures call a domain."""
    return NAMES.get(name, name)


def roles_of(letters: Iterable[str] = tuple(EXPERIMENTS)) -> list[str]:
    """The roles that take part in these experiments, in the paper's order."""
    taking_part = {role for letter in letters for role in EXPERIMENTS[letter].models}
    return [role for role in ROLES if role in taking_part]


def _key(spec: RunSpec) -> tuple[str, str, str]:
    return spec.training.id, spec.evaluates or V, spec.data.cache(spec.evaluates).masks if spec.evaluates else ""


def _row(spec: RunSpec, result: dict | None) -> dict:
    training, domain, masks = _key(spec)
    return run_row(spec, result) | {"training": training, "domain": domain, "masks": masks}


def _is_finished(result: dict | None) -> bool:
    return result is not None and result["status"] == FINISHED


def _kept(spec: RunSpec, result: dict) -> dict[int, float]:
    """Accuracy by epoch of the checkpoints that a finished run kept or judged."""
    if not isinstance(result.get("checkpoints"), dict) or not result["checkpoints"]:
        raise UserError(
            f"{RunFolder.of(spec).result_file} names no checkpoints with their accuracies: another version wrote it. "
            "Remove it and launch the run again."
        )
    return {int(epoch): accuracy for epoch, accuracy in result["checkpoints"].items()}


def _require_known_epochs(spec: RunSpec, kept: dict[str, dict[int, float]]) -> None:
    """An evaluation of checkpoints that its training does not have is of another training."""
    if not spec.evaluates or spec.id not in kept:
        return
    file = RunFolder.of(spec).result_file
    if spec.training.id not in kept:
        raise UserError(f"{file} judges the training {spec.training.id}, which has no result. Launch that one first.")
    judged = read_result(spec).get("training", {}).get("result_sha256")
    if judged and judged != sha256(RunFolder.of(spec.training).result_file):
        raise UserError(
            f"{file} judges an earlier training of {spec.training.id}. Remove it and launch the evaluation again."
        )
    if foreign := sorted(kept[spec.id].keys() - kept[spec.training.id].keys()):
        raise UserError(
            f"{file} judges epoch {foreign[0]}, which {spec.training.id} did not keep: it is of an earlier training. "
            "Remove it and launch the evaluation again."
        )


def _require_one_width(runs: pd.DataFrame) -> None:
    for model, widths in runs.groupby("model")["hidden"].unique().items():
        if len(widths) > 1:
            raise UserError(
                f"The study has {model} with {' and '.join(f'h{w}' for w in sorted(widths))} units: an experiment "
                "takes one. Launch the other under a --tag of its own and move its folders there."
            )


def _differing_clips(judged: dict[tuple[str, str, str], Judged]) -> list[str]:
    """Sentences on domains that not every run was evaluated on with the same clips."""
    versions: dict[tuple[str, str], set[bytes]] = {}
    for (training, domain, masks), answers in judged.items():
        split = training.split("/")[1] if domain == V else ""  # another split has other validation clips
        versions.setdefault((domain, masks or split), set()).add(answers.clips.tobytes())
    return [
        f"The runs were evaluated on {len(found)} different sets of clips of {display_domain(domain)}: "
        "paired comparisons between them are left out."
        for (domain, _), found in versions.items()
        if len(found) > 1
    ]
