"""A study's run folders as two validated frames. Accuracies come from the per-clip files."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis.runs.agreement import Agreement
from analysis.runs.answers import ClipAnswers
from analysis.runs.expected import LAUNCHED, Damaged, Grid, expected_runs, unless_damaged
from analysis.runs.notes import MISSING, disagreements, mixtures, nonfinite_notes, outside_notes
from analysis.runs.parquet import unusable
from analysis.runs.predictions import Claim, Measured, measured_accuracy
from xdomain.core.errors import UserError
from xdomain.core.names import counted
from xdomain.domains.registry import DRAWN
from xdomain.runs.run_folder import DIVERGED, FINISHED, NONFINITE, VALIDATION, RunFolder
from xdomain.specs.spec import RunSpec

V = "V"  # the paper's name for the source's validation set, in the column `domain`
READERS = 8  # files are small, so reading is mostly waiting for a shared file system


@dataclass(frozen=True, eq=False)
class Study:
    """One study as data.

    Attributes:
        key: such as `ts` or `ts-demo`.
        runs: a row per expected run: id, source, model, hidden (units per layer), seed, targets (tuple, the
            source first), status (finished, diverged, nonfinite or missing), parameters (trainable, absent when not
            finished), code_version, image_digest, device, data (dict: set name -> SHA-256), spec, ended (when, as
            result.json has it), attempts (list: code, libraries and device of each attempt, as far as recorded).
        accuracies: a row per finished run and evaluated set: id, source, model, hidden, seed, domain,
            accuracy (in [0, 1], from the per-clip file), n_clips. `domain` is "V" for the validation clips;
            the domain named like the source is its held-out set, unseen by training and selection.
        answers: (id, domain) -> the answers to its clips, of every row of `accuracies`.
        problems: sentences on what makes the runs differ more than they should; notes of every table.
    """

    key: str
    runs: pd.DataFrame
    accuracies: pd.DataFrame
    problems: tuple[str, ...]
    runs_root: Path | None = None  # where it was read, if not below the environment's
    answers: dict[tuple[str, str], ClipAnswers] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every expected run finished."""
        return bool((self.runs["status"] == FINISHED).all())


def load_study(
    study_key: str, runs_root: Path | None = None, damaged: Damaged | None = None, grid: Grid = LAUNCHED
) -> Study:
    """Read and check everything below `runs/<study_key>/`.

    Args:
        study_key: such as `ts` or `ts-demo`.
        runs_root: stands for the runs root, where it is another.
        damaged: where it is given, a run that cannot be used counts as missing and hides no other; a sentence about
            it is kept there, and in the study's problems.
        grid: the runs that the study should have; by default those that were launched or begun.

    Raises:
        UserError: there are no runs, none has a result, or a file is missing, truncated, of another format, or
            disagrees with its run's result.json.
    """
    specs, outside = expected_runs(study_key, grid, runs_root, damaged)
    results: dict[str, dict | None] = dict.fromkeys(spec.id for spec in specs)
    measured: dict[str, dict[str, Measured]] = {}
    agreement = Agreement()
    with ThreadPoolExecutor(READERS) as readers:
        reading = [
            (spec, readers.submit(_read_run, spec, runs_root)) for spec in specs if spec.id not in (damaged or ())
        ]
        for spec, read in reading:
            with unless_damaged(spec.id, damaged):
                result, made = read.result()
                _require_agreement(spec, made, agreement)
                results[spec.id], measured[spec.id] = result, made
    runs = pd.DataFrame([run_row(spec, results[spec.id]) for spec in specs])
    require_a_result(runs, study_key, damaged)
    nonfinite: dict[str, list[dict]] = {}  # scores that are no numbers, by run
    for run, domains in measured.items():
        if bad := [
            {"set": domain, "clip": made.nonfinite[0], "clips": len(made.nonfinite)}
            for domain, made in domains.items()
            if made.nonfinite
        ]:
            nonfinite[run] = bad
    runs.loc[runs["id"].isin(nonfinite), "status"] = NONFINITE
    nonfinite |= {run: result["nonfinite"] for run, result in results.items() if result and "nonfinite" in result}
    rows = [
        (run, domain, made)
        for run, domains in measured.items()
        if run not in nonfinite
        for domain, made in domains.items()
    ]
    accuracies = pd.DataFrame(
        {
            "id": [run for run, _, _ in rows],
            "domain": [domain for _, domain, _ in rows],
            "accuracy": pd.Series([made.accuracy for _, _, made in rows], dtype=float),
            "n_clips": pd.Series([len(made.evaluated.clips) for _, _, made in rows], dtype=int),
        }
    ).merge(runs[["id", "source", "model", "hidden", "seed"]], on="id", how="left")
    problems = [*_problems(runs, accuracies, outside), *nonfinite_notes(nonfinite), *(damaged or {}).values()]
    answers = {
        (run, domain): ClipAnswers(made.evaluated.labels, made.predicted)
        for run, domain, made in rows
        if made.predicted is not None
    }
    return Study(study_key, runs, accuracies, tuple(problems), runs_root, answers)


def _read_run(spec: RunSpec, runs_root: Path | None) -> tuple[dict | None, dict[str, Measured]]:
    """Return a run's result, and what its predictions make by domain."""
    result = read_result(spec, runs_root)
    claims = _claims(spec, result, runs_root)
    return result, {V if name == VALIDATION else name: measured_accuracy(claim) for name, claim in claims.items()}


def _require_agreement(spec: RunSpec, measured: dict[str, Measured], agreement: Agreement) -> None:
    for domain, made in measured.items():
        # Each source has validation clips of its own, and of its held-out set functions of clips are made.
        data_set = (domain, "" if domain in DRAWN else spec.source)
        if why := agreement.disagreement(data_set, made.evaluated):
            raise unusable(made.evaluated.file, why)


def require_a_result(runs: pd.DataFrame, study_key: str, damaged: Damaged | None = None) -> None:
    """Refuse a study of which no run has ended.

    Raises:
        UserError: says how to look at them.
    """
    if (runs["status"] == MISSING).all():
        if damaged:
            more = f" The same goes for {len(damaged) - 1} more." if len(damaged) > 1 else ""
            raise UserError(f"No run of {study_key!r} can be used. {next(iter(damaged.values()))}{more}")
        raise UserError(
            f"No result yet: {counted(len(runs), 'run')} of {study_key!r}. "
            f"See how they do with: python -m jobs.status --study {study_key}"
        )


def read_result(spec: RunSpec, runs_root: Path | None = None) -> dict | None:
    """Read a run's result.json, checked to be its own; None while there is none."""
    folder = RunFolder.of(spec, runs_root)
    return folder.result() if folder.is_finished() else None


def run_row(spec: RunSpec, result: dict | None) -> dict:
    """Make a run's row of `Study.runs`."""
    provenance = result["provenance"] if result else {}
    return {
        "id": spec.id,
        "source": spec.source,
        "model": spec.model.key,
        "hidden": spec.model.hidden,
        "seed": spec.seed,
        "targets": spec.targets,
        "status": result["status"] if result else MISSING,
        "parameters": result.get("parameters") if result else None,
        "code_version": provenance.get("code_version"),
        "image_digest": provenance.get("image_digest"),
        "device": provenance.get("device"),
        "data": {name: entry["sha256"] for name, entry in result["data"].items()} if result else {},
        "spec": spec,
        "ended": result.get("ended") if result else None,
        "attempts": result.get("provenance_of_attempts", []) if result else [],
    }


def _claims(spec: RunSpec, result: dict | None, runs_root: Path | None) -> dict[str, Claim]:
    if result is None or result["status"] in (DIVERGED, NONFINITE):
        return {}
    folder = RunFolder.of(spec, runs_root)
    names = (VALIDATION, *spec.targets)
    stated = result.get("accuracy", {}).keys() & result.get("clips", {}).keys()
    if absent := [name for name in names if name not in stated]:
        raise UserError(
            f"{folder.result_file} has no accuracy on {', '.join(absent)}. Remove it and launch the run anew."
        )
    return {
        name: Claim(folder.predictions_file(name), result["clips"][name], result["accuracy"][name]) for name in names
    }


def _problems(runs: pd.DataFrame, accuracies: pd.DataFrame, outside: list[str]) -> list[str]:
    problems = outside_notes(outside) + mixtures(runs)
    sizes = accuracies.groupby("domain")["n_clips"].nunique()
    for domain in sizes.index[sizes > 1]:
        problems.append(f"The runs were evaluated on different numbers of clips of {domain}.")
    return problems + disagreements(runs)
