"""Explain a cell: what stands behind one cell of a table, and how to make it again."""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from analysis.results.registry import analysis_of
from analysis.runs.notes import MISSING
from analysis.runs.unchanged import run_content
from analysis.studies.base import StudyAnalysis
from analysis.table.tables import percent
from analysis.tracing.bundle_files import is_archive, read_manifest, read_one
from analysis.tracing.relaunch import launch_command
from xdomain.core.errors import UserError
from xdomain.core.files import parse_json
from xdomain.core.roots import runs_root
from xdomain.runs.lineage import NAME, Lineage, TracedCell, rows_of
from xdomain.runs.run_folder import FINISHED, NONFINITE, RunFolder

DIGITS = 16  # of a checksum that are shown


def explanation(table: str, row: str, column: str, study: str | None, bundle: Path | None) -> list[str]:
    """Explain a cell line by line, from the results folder or from a bundle.

    Raises:
        UserError: there is no such cell, or the words mean several.
    """
    lineage = _from_bundle(bundle, study) if bundle else Lineage.of_study(study or "ts")
    cells = lineage.cells(table, row, column)
    if len(cells) > 1:
        if len({cell.column for cell in cells}) > 1:
            keys = ", ".join(dict.fromkeys(cell.column for cell in cells))
            raise UserError(f"Several columns of {cells[0].table} are called {column!r}: give one of {keys}.")
        raise UserError(f"{row!r} is {len(cells)} rows of {cells[0].table}. {rows_of(cells)} Give all of one.")
    changed = [] if bundle else list(_changed(lineage, cells[0]))
    analysis = analysis_of(lineage.values["study"])
    return [*_explained(lineage, cells[0], analysis), *_again(lineage, cells[0], analysis, bundle), *changed]


def _from_bundle(bundle: Path, study: str | None) -> Lineage:
    studies = list(read_manifest(bundle).studies)
    if study is None and len(studies) > 1:
        raise UserError(f"{bundle} is of the studies {', '.join(studies)}: give one of them with --study.")
    name = f"results/{study or studies[0]}/tables/{NAME}"
    return Lineage.of(bundle / name, parse_json(read_one(bundle, name), f"{name} in {bundle}"))


def _explained(lineage: Lineage, cell: TracedCell, analysis: StudyAnalysis[Any]) -> Iterator[str]:
    """Say what stands behind a cell, line by line."""
    study = lineage.values["study"]
    yield f"{cell.table}: {', '.join(cell.row)}: {cell.title} (study {study})"
    yield f"Shown: {cell.shown}"
    if not (cell.runs or cell.missing):
        yield "No run stands behind it: it is a published value, or nothing that this study has launched can fill it."
        return
    lacking = [number for number in cell.missing if lineage.runs[number]["status"] != FINISHED]
    left_out = [number for number in cell.missing if lineage.runs[number]["status"] == FINISHED]
    yield f"Runs: {len(cell.runs)} of {len(cell.runs) + len(cell.missing)}"
    yield from (f"  {_run(lineage, number)}" for number in cell.runs)
    yield from (f"  {_run(lineage, number)}, left out as the table's notes say" for number in left_out)
    yield from (f"  {_run(lineage, number)}" for number in lacking)
    seeds, wanted = _seeds(lineage, cell.runs), _seeds(lineage, (*cell.runs, *cell.missing))
    absent = [seed for seed in wanted if seed not in seeds]
    yield f"Seeds: {len(seeds)}/{len(wanted)} ({_listed(seeds)})" + (f"; missing {_listed(absent)}" if absent else "")
    yield from _matches(lineage, cell, analysis)
    yield from _provenance(lineage, cell.runs)
    yield from (f"Note: {note}" for note in lineage.values["notes"])


def _run(lineage: Lineage, number: int) -> str:
    run = lineage.runs[number]
    return f"{run['id']}  {run['status']}" + (f" {run['ended']}" if run["ended"] else "")


def _seeds(lineage: Lineage, numbers: Iterable[int]) -> list[int]:
    return sorted({lineage.runs[number]["seed"] for number in numbers})


def _matches(lineage: Lineage, cell: TracedCell, analysis: StudyAnalysis[Any]) -> Iterator[str]:
    """Name the epochs that stand for the cell's trainings."""
    for match in lineage.values["matches"]:
        if match["training"] in cell.runs and analysis.shows_experiment(match["experiment"], cell.table, cell.place):
            run = lineage.runs[match["training"]]["id"]
            accuracy = percent(match["accuracy"])
            yield f"Matched epoch of experiment {match['experiment']}: {match['epoch']} of {run} (V {accuracy} %)"


def _provenance(lineage: Lineage, numbers: Iterable[int]) -> Iterator[str]:
    """Say which code, image, device and data, and when; each over how many runs where they differ."""
    entries = [entry for number in numbers if (entry := lineage.provenance(number))]
    for key, title, none in (
        ("code_version", "Code", "unknown"),
        ("image_digest", "Image", "none"),
        ("device", "Device", "unknown"),
    ):
        yield f"{title}: {_counted([entry[key] or none for entry in entries])}"
    data: dict[str, list[str]] = {}
    for name, digest in ((name, digest) for entry in entries for name, digest in entry["data"].items()):
        data.setdefault(name, []).append(digest[:DIGITS])
    yield from (f"Data: {name}  SHA-256 {_counted(digests)}" for name, digests in data.items())
    ended = sorted(run["ended"] for number in numbers if (run := lineage.runs[number])["ended"])
    if ended:
        yield f"Ended: {ended[0]}" + (f" to {ended[-1]}" if ended[-1] != ended[0] else "")


def _counted(values: list[str]) -> str:
    """Say the one value, or each with its number of runs: a cell over a mixture says so."""
    counts = Counter(values)
    if len(counts) < 2:
        return values[0] if values else "nothing has run"
    return "MIXED: " + ", ".join(f"{value} ({count} run{'s' * (count > 1)})" for value, count in counts.items())


def _again(lineage: Lineage, cell: TracedCell, analysis: StudyAnalysis[Any], bundle: Path | None) -> Iterator[str]:
    """Say how to make a cell again in an empty runs folder, and how to launch here what it lacks."""
    if not (cell.runs or cell.missing):
        return
    study = lineage.values["study"]
    ids = [run["id"] for run in lineage.runs]
    specs = [lineage.spec(number) for number in (*cell.runs, *cell.missing)]
    trainings = dict.fromkeys(spec.training.id for spec in specs)  # come first: evaluations need them
    wanted = dict.fromkeys((*trainings, *(spec.id for spec in specs)))
    versions = {entry["code_version"] for number in cell.runs if (entry := lineage.provenance(number))}
    yield "To make it again, elsewhere (here, finished runs are kept):"
    yield "  export XDOMAIN_RUNS=rerun"
    if len(versions) == 1 and re.fullmatch(r"[0-9a-f]{12}(\+[0-9a-f]{8})?", code := versions.pop() or ""):
        yield f"  git checkout {code.partition('+')[0]}" + (
            "    # and the changes of then, which no commit has" if "+" in code else ""
        )
    grid = {spec.id for spec in analysis.paper_runs(study, ())}
    if outside := sorted({run.partition("/")[0] for run in wanted if run not in grid}):
        yield f"  {_copy_of_launches(outside, bundle)}    # of runs outside the paper's grid only these know the recipe"
    yield f"  {launch_command(wanted, ids)}"
    if lacking := [number for number in cell.missing if lineage.runs[number]["status"] != FINISHED]:
        words = shlex.join([cell.table, " ".join(cell.row), cell.column, "--study", study])
        yield f"To launch the {len(lacking)} that it lacks: python -m jobs.launch for {words}"


def _copy_of_launches(studies: list[str], bundle: Path | None) -> str:
    """Copy the manifests of studies' launches to the empty runs folder."""
    if bundle and is_archive(bundle):
        manifests = shlex.join(f"runs/{study}/launches/*/manifest.json" for study in studies)
        unpack = f"tar -xzf {shlex.quote(str(bundle))} -C rerun --strip-components=1 --wildcards {manifests}"
        return f"mkdir -p rerun && {unpack}"
    runs = bundle / "runs" if bundle else runs_root()
    manifests = " ".join(f"{shlex.quote(study)}/launches/*/manifest.json" for study in studies)
    return f'mkdir -p rerun && (cd {shlex.quote(str(runs))} && cp --parents {manifests} "$OLDPWD/rerun")'


def _changed(lineage: Lineage, cell: TracedCell) -> Iterator[str]:
    """Write a sentence if the run folders are no longer what the tables were made of."""
    for number in (*cell.runs, *cell.missing):
        run = lineage.runs[number]
        folder = RunFolder(runs_root() / run["id"])
        try:
            now = folder.result() if folder.is_finished() else {"status": MISSING}
        except UserError as error:
            yield str(error)
            return
        # Of an older result only its predictions say that it is nonfinite.
        statuses = {FINISHED if status == NONFINITE else status for status in (now["status"], run["status"])}
        same = len(statuses) == 1 and now.get("ended") == run["ended"]
        content = run.get("content")  # tables of before do not say it
        if not same or (content and content != run_content(folder.path)):
            study = lineage.values["study"]
            yield f"Since the tables were made, {run['id']} has changed: python -m analysis tables --study {study}"
            return


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values)) or "none"
