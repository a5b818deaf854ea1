"""A study's run folders as two validated frames. Accuracies come from the per-clip files."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pandas as pd

from analysis.expected import expected_runs
from analysis.predictions import Claim, measured_accuracy
from xdomain.errors import UserError
from xdomain.records import DIVERGED, FINISHED, VALIDATION, RunFolder
from xdomain.spec import RunSpec

V = "V"  # the paper's name for the source's validation set, in the column `domain`
MISSING = "missing"  # the status of a run without a result: not started, waiting, running or failed
READERS = 8  # files are small, so reading is mostly waiting for a shared file system
NAMED = 5  # ids spelt out in a message


@dataclass(frozen=True)
class Study:
    """One study as data.

    Attributes:
        key: such as `ts` or `ts-demo`.
        runs: a row per expected run: id, source, model, hidden (units per layer), seed, targets (tuple, the
            source first), status (finished, diverged or missing), parameters (trainable, absent when not
            finished), code_version, image_digest, device, data (dict: set name -> SHA-256), spec, ended (when, as
            result.json has it).
        accuracies: a row per finished run and evaluated set: id, source, model, hidden, seed, domain,
            accuracy (in [0, 1], from the per-clip file), n_clips. `domain` is "V" for the validation clips;
            the domain named like the source is its held-out set, unseen by training and selection.
        problems: sentences on what makes the runs differ more than they should; notes of every table.
    """

    key: str
    runs: pd.DataFrame
    accuracies: pd.DataFrame
    problems: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every expected run finished."""
        return bool((self.runs["status"] == FINISHED).all())


def load_study(study_key: str) -> Study:
    """Read and check everything below `runs/<study_key>/`.

    Raises:
        UserError: there are no runs, none has a result, or a file is missing, torn, of another format, or
            disagrees with its run's result.json.
    """
    specs, outside = expected_runs(study_key)
    with ThreadPoolExecutor(READERS) as readers:
        results = dict(zip((spec.id for spec in specs), readers.map(read_result, specs), strict=True))
        runs = pd.DataFrame([run_row(spec, results[spec.id]) for spec in specs])
        require_a_result(runs, study_key)
        claims = [
            (spec.id, V if name == VALIDATION else name, claim)
            for spec in specs
            for name, claim in _claims(spec, results[spec.id]).items()
        ]
        measured = list(readers.map(lambda row: measured_accuracy(row[2]), claims))
    accuracies = pd.DataFrame(
        {
            "id": [run_id for run_id, _, _ in claims],
            "domain": [domain for _, domain, _ in claims],
            "accuracy": pd.Series(measured, dtype=float),
            "n_clips": pd.Series([claim.clips for _, _, claim in claims], dtype=int),
        }
    ).merge(runs[["id", "source", "model", "hidden", "seed"]], on="id", how="left")
    return Study(study_key, runs, accuracies, tuple(_problems(runs, accuracies, outside)))


def require_a_result(runs: pd.DataFrame, study_key: str) -> None:
    """Refuse a study of which no run has ended.

    Raises:
        UserError: says how to look at them.
    """
    if (runs["status"] == MISSING).all():
        raise UserError(
            f"None of the {len(runs)} runs of {study_key!r} has a result yet. "
            f"See how they do with: python -m jobs.status --study {study_key}"
        )


def completeness(runs: pd.DataFrame) -> str:
    """Such as "240 of 400 runs finished, 3 diverged, 157 missing"; all finished says only that."""
    counts = runs["status"].value_counts()
    parts = [f"{counts.get(FINISHED, 0)} of {len(runs)} runs finished"]
    parts += [f"{counts[status]} {status}" for status in (DIVERGED, MISSING) if counts.get(status, 0)]
    return ", ".join(parts)


def first_few(ids: list[str]) -> str:
    """The first ids and how many more there are."""
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more


def read_result(spec: RunSpec) -> dict | None:
    """A run's result.json, checked to be its own; None while there is none, or none that this user may read."""
    folder = RunFolder.of(spec)
    try:
        if not folder.is_finished():
            return None
        result = folder.result()
    except PermissionError:  # another user's, of which `unreadable` tells; it must not hide the other runs
        return None
    if result["id"] != spec.id:
        raise UserError(f"{folder.result_file} is of the run {result['id']}. Move it to that run's folder.")
    return result


def run_row(spec: RunSpec, result: dict | None) -> dict:
    """A run's row of `Study.runs`."""
    provenance = result["provenance"] if result else {}
    return {
        "id": spec.id,
        "source": spec.source,
        "model": spec.model.name,
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
    }


def _claims(spec: RunSpec, result: dict | None) -> dict[str, Claim]:
    if result is None or result["status"] == DIVERGED:
        return {}
    folder = RunFolder.of(spec)
    names = (VALIDATION, *spec.targets)
    if absent := [name for name in names if name not in result["accuracy"] or name not in result["clips"]]:
        raise UserError(
            f"{folder.result_file} has no accuracy on {', '.join(absent)}. Remove it and launch the run anew."
        )
    return {
        name: Claim(folder.predictions_file(name), result["clips"][name], result["accuracy"][name]) for name in names
    }


def _problems(runs: pd.DataFrame, accuracies: pd.DataFrame, outside: list[str]) -> list[str]:
    problems = left_out(outside) + unreadable(runs) + mixtures(runs)
    sizes = accuracies.groupby("domain")["n_clips"].nunique()
    for domain in sizes.index[sizes > 1]:
        problems.append(f"The runs were evaluated on different numbers of clips of {domain}.")
    return problems + disagreements(runs)


def unreadable(runs: pd.DataFrame) -> list[str]:
    """A sentence on runs that count as missing because this user may not read their folders."""
    missing = runs.loc[runs["status"] == MISSING, "spec"]
    denied = [spec.id for spec in missing if not _may_be_read(RunFolder.of(spec))]
    if not denied:
        return []
    return [f"May not be read, so counted as missing: {first_few(denied)}. Ask their owner: chmod -R g+rX."]


def _may_be_read(folder: RunFolder) -> bool:
    try:
        folder.result_file.open("rb").close()
    except PermissionError:
        return False
    except OSError:
        pass  # there is none
    return True


def left_out(outside: list[str]) -> list[str]:
    """A sentence on runs that are no part of the study."""
    return [f"Left out, because the paper's grid does not have them: {first_few(outside)}."] if outside else []


def mixtures(runs: pd.DataFrame) -> list[str]:
    """Sentences on runs of several code versions, images, devices, or versions of a data set."""
    problems = []
    done = runs[runs["status"] != MISSING]
    for column, what in (
        ("code_version", "code versions"),
        ("image_digest", "images"),
        ("device", "devices"),
    ):
        values = sorted(done[column].fillna("none").unique())
        if len(values) > 1:
            problems.append(f"The runs come from {len(values)} {what}: {', '.join(values)}.")
    contents = pd.DataFrame(
        [(name, digest) for data in done["data"] for name, digest in data.items()], columns=["set", "sha256"]
    )
    versions = contents.groupby("set")["sha256"].nunique()
    for name in versions.index[versions > 1]:
        problems.append(f"The runs saw {versions[name]} different files of the set {name}.")
    return problems


def disagreements(runs: pd.DataFrame) -> list[str]:
    """Sentences on runs of one model and size that have different numbers of parameters."""
    counts = runs.dropna(subset="parameters").groupby(["model", "hidden"])["parameters"].nunique()
    return [
        f"The runs of {model} with h = {hidden} disagree on its number of parameters."
        for model, hidden in counts.index[counts > 1]
    ]
