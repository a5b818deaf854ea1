"""Sentences on a study's runs: how many have finished, and in what they differ more than they should."""

import pandas as pd

from xdomain.runs.run_folder import DIVERGED, FINISHED, NONFINITE, nonfinite_sentence

MISSING = "missing"  # the status of a run without a result: not started, waiting, running or failed
NAMED = 5  # ids spelt out in a message


def completeness(runs: pd.DataFrame) -> str:
    """Say such as "240 of 400 runs finished, 3 diverged, 157 missing"; all finished says only that."""
    counts = runs["status"].value_counts()
    parts = [f"{counts.get(FINISHED, 0)} of {len(runs)} runs finished"]
    parts += [f"{counts[status]} {status}" for status in (DIVERGED, NONFINITE, MISSING) if counts.get(status, 0)]
    return ", ".join(parts)


def first_few(ids: list[str]) -> str:
    """List the first ids and how many more there are."""
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more


def nonfinite_notes(nonfinite: dict[str, list[dict]]) -> list[str]:
    """Write a sentence on each run with scores that are no numbers; `nonfinite` has `result["nonfinite"]` by run."""
    return [f"Left out: {run_id}, whose {nonfinite_sentence(places)}." for run_id, places in sorted(nonfinite.items())]


def outside_notes(outside: list[str]) -> list[str]:
    """Write a sentence on runs that are no part of the study."""
    return [f"Left out, because the paper's grid does not have them: {first_few(outside)}."] if outside else []


def mixtures(runs: pd.DataFrame) -> list[str]:
    """Write sentences on runs of several code versions, images, devices, or versions of a data set."""
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
    return problems + changes(done)


def changes(done: pd.DataFrame) -> list[str]:
    """Write sentences on runs whose attempts were not of one code version, image, device and set of libraries."""
    problems = []
    for key, what in (
        ("code_version", "code version"),
        ("image_digest", "image"),
        ("libraries", "library version"),
        ("device", "device"),
    ):
        attempts = zip(done["id"], done["attempts"], strict=True)
        kinds = {run: {str(source[key]) for source in made if key in source} for run, made in attempts}
        if mixed := [run for run, values in kinds.items() if len(values) > 1]:
            problems.append(f"Runs that were continued under another {what} than they began with: {first_few(mixed)}.")
    return problems


def disagreements(runs: pd.DataFrame) -> list[str]:
    """Write sentences on runs of one model and size that have different numbers of parameters."""
    counts = runs.dropna(subset="parameters").groupby(["model", "hidden"])["parameters"].nunique()
    return [
        f"The runs of {model} with h = {hidden} disagree on its number of parameters."
        for model, hidden in counts.index[counts > 1]
    ]
