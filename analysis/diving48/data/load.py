"""Reading a Diving48 study: what every kept checkpoint makes of every clip, checked.

A training answers its validation clips (V). Evaluations of it are runs of their own, one for each domain and mask set,
and answer the test clips: O unmodified, I′ through the domains' resize and codec, S1, S2, T, controls.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from analysis.diving48.data.notes import early_ends, membership, nonfinite_note, of_earlier_meaning, require_one_meaning
from analysis.diving48.data.study import DivingStudy, display_domain
from analysis.runs.agreement import Agreement, Evaluated
from analysis.runs.checkpoint_predictions import Answers, Nonfinite, read_answers
from analysis.runs.expected import LAUNCHED, Damaged, Grid, expected_runs, unless_damaged
from analysis.runs.load import READERS, V, read_result, require_a_result, run_row
from analysis.runs.notes import disagreements, mixtures, outside_notes
from analysis.runs.parquet import unusable
from analysis.studies.videos import PAPER, Design
from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.runs.run_folder import FINISHED, NONFINITE, VALIDATION, RunFolder
from xdomain.specs.videos import VideoEvaluation, VideoRun


def load_diving(
    study_key: str,
    runs_root: Path | None = None,
    damaged: Damaged | None = None,
    grid: Grid = LAUNCHED,
    design: Design = PAPER,
) -> DivingStudy:
    """Read and check everything below `runs/<study_key>/`; the arguments are those of `analysis.runs.load.load_study`.

    Raises:
        UserError: there are no runs, none has a result, or a file is missing, truncated, of another format, or
            disagrees with its run's result.json or with its training.
    """
    expected, outside = expected_runs(study_key, grid, runs_root, damaged)
    specs = [spec for spec in expected if isinstance(spec, VideoRun)]
    results: dict[str, dict | None] = dict.fromkeys(spec.id for spec in specs)
    usable = [spec for spec in specs if spec.id not in (damaged or ())]
    with ThreadPoolExecutor(READERS) as readers:
        for spec, read in [(spec, readers.submit(read_result, spec, runs_root)) for spec in usable]:
            with unless_damaged(spec.id, damaged):
                results[spec.id] = read.result()
    kept: dict[str, dict[int, float]] = {}
    known: dict[str, set[int]] = {}  # the epochs of a run, those without an accuracy too
    bad: dict[VideoRun, Nonfinite] = {}
    evaluated: dict[tuple[str, str, str], Answers] = {}
    agreement = Agreement()
    # Trainings first: what evaluates a damaged one is of no use either.
    for spec in sorted(specs, key=lambda spec: spec.is_evaluation):
        folder, result = RunFolder.of(spec, runs_root), results[spec.id]
        if result is None or result["status"] not in (FINISHED, NONFINITE):
            continue
        results[spec.id] = None  # until all of it is found to be of use
        with unless_damaged(spec.id, damaged):
            epochs = _kept(folder, result)
            named = {entry["epoch"] for entry in result.get("nonfinite", ())}
            ours = {*epochs, *named}
            _require_known_epochs(spec, result, ours, known, folder, RunFolder.of(spec.training, runs_root))
            file = folder.predictions_file(spec.evaluates if isinstance(spec, VideoEvaluation) else VALIDATION)
            answers, without_numbers = read_answers(file, epochs, named)
            _require_agreement(spec, file, answers, agreement)
            results[spec.id], kept[spec.id], known[spec.id], evaluated[_key(spec)] = result, epochs, ours, answers
            if without_numbers:
                bad[spec] = without_numbers
    runs = pd.DataFrame([_row(spec, results[spec.id]) | {"model": design.model_of(spec)} for spec in specs])
    require_a_result(runs, study_key, damaged)
    _require_one_width(runs)
    require_one_meaning([spec for spec in specs if results[spec.id]])
    runs.loc[runs["id"].isin([spec.id for spec in bad]), "status"] = NONFINITE
    evaluated = {
        _key(spec): evaluated[_key(spec)] for spec in specs if spec.id in kept and evaluated[_key(spec)].epochs
    }
    checkpoints = {
        spec.id: {epoch: kept[spec.id][epoch] for epoch in evaluated[_key(spec)].epochs}
        for spec in specs
        if not spec.is_evaluation and _key(spec) in evaluated
    }
    problems = (
        outside_notes(outside) + mixtures(runs) + _differing_clips(evaluated) + disagreements(runs[runs["domain"] == V])
    )
    problems += of_earlier_meaning([spec for spec in specs if spec.id in kept])
    problems += membership(specs, results) if design is PAPER else []
    problems += early_ends(results)
    problems += [nonfinite_note(spec.id, display_domain(_key(spec)[1]), bad[spec]) for spec in specs if spec in bad]
    nonfinite = {_key(spec): frozenset(epochs) for spec, epochs in bad.items()}
    return DivingStudy(
        study_key, runs, evaluated, checkpoints, (*problems, *(damaged or {}).values()), runs_root, nonfinite, design
    )


def _require_agreement(spec: VideoRun, file: Path, answers: Answers, agreement: Agreement) -> None:
    """Refuse answers to clips that another run's file says other things of."""
    part = "test" if spec.is_evaluation else "train"  # every domain is made of the same test clips
    ours = Evaluated(file, answers.clips, answers.labels, answers.classes, answers.videos)
    if why := agreement.disagreement((spec.data.dataset, part), ours):
        raise unusable(file, why)


def _key(spec: VideoRun) -> tuple[str, str, str]:
    if isinstance(spec, VideoEvaluation):
        return spec.training.id, spec.evaluates, spec.clip_cache.masks
    return spec.id, V, ""


def _row(spec: VideoRun, result: dict | None) -> dict:
    training, domain, masks = _key(spec)
    return run_row(spec, result) | {"training": training, "domain": domain, "masks": masks}


def _kept(folder: RunFolder, result: dict) -> dict[int, float]:
    """Return accuracy by epoch of the checkpoints that a finished run kept or evaluated, of those that have one."""
    if not (result.get("checkpoints") or result.get("nonfinite")):
        raise UserError(
            f"{folder.result_file} names no checkpoints with their accuracies: another version wrote it. "
            "Remove it and launch the run again."
        )
    return {int(epoch): accuracy for epoch, accuracy in result["checkpoints"].items()}


def _require_known_epochs(
    spec: VideoRun,
    result: dict,
    epochs: set[int],
    known: dict[str, set[int]],
    folder: RunFolder,
    training: RunFolder,
) -> None:
    """Refuse an evaluation of checkpoints that its training does not have: it is of another training."""
    if not spec.is_evaluation:
        return
    file = folder.result_file
    if spec.training.id not in known:
        raise UserError(
            f"{file} evaluates the training {spec.training.id}, which has no result. Launch that one first."
        )
    expected = (result.get("training") or {}).get("result_sha256")
    if expected and expected != sha256(training.result_file):
        raise UserError(
            f"{file} evaluates an earlier training of {spec.training.id}. Remove it and launch the evaluation again."
        )
    if foreign := sorted(epochs - known[spec.training.id]):
        raise UserError(
            f"{file} evaluates epoch {foreign[0]}, which {spec.training.id} did not keep: it is of an earlier "
            "training. Remove it and launch the evaluation again."
        )


def _require_one_width(runs: pd.DataFrame) -> None:
    for model, widths in runs.groupby("model")["hidden"].unique().items():
        if len(widths) > 1:
            raise UserError(
                f"The study has {model} with {' and '.join(f'h{w}' for w in sorted(widths))} units: an experiment "
                "takes one. Launch the other under a --tag of its own and move its folders there."
            )


def _differing_clips(evaluated: dict[tuple[str, str, str], Answers]) -> list[str]:
    """Write sentences on domains that not every run was evaluated on with the same clips."""
    versions: dict[tuple[str, str], set[bytes]] = {}
    for (training, domain, masks), answers in evaluated.items():
        split = training.split("/")[1] if domain == V else ""  # another split has other validation clips
        versions.setdefault((domain, masks or split), set()).add(answers.clips.tobytes())
    return [
        f"The runs were evaluated on {len(variants)} different sets of clips of {display_domain(domain)}: "
        "paired comparisons between them are left out."
        for (domain, _), variants in versions.items()
        if len(variants) > 1
    ]
