"""`python -m jobs.launch for`: only what a table lacks or what has gone stale."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from support.roots import set_roots
from support.tiny_runs import tiny

from analysis.results.making import write_tables
from jobs.commands.launches.table import launch_for
from jobs.records.manifest import write_manifest
from xdomain.core.cli import Group
from xdomain.core.files import sha256
from xdomain.core.roots import data_root, results_root
from xdomain.runs.lineage import LINEAGE_FORMAT, OF_RUN
from xdomain.runs.run_folder import RESULT_FORMAT, RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.specs.videos import VideoEvaluation, VideoTraining
from xdomain.studies import diving48

CODE = {"code_version": "then", "image_digest": None, "device": "CPU"}
SEEDS = (42, 61, 47)


def launch(*words: str) -> Result:
    command = Group("launch", commands=[launch_for])
    return CliRunner().invoke(command, ["for", *words, "--cluster", "local", "--study", "ts-tiny"])


def digests_now(spec: RunSpec) -> dict[str, str]:
    return {data.name: json.loads(data.marker(data_root()).read_text())["sha256"] for data in spec.inputs}


def finish(spec: RunSpec, data: dict[str, str], **more) -> RunFolder:
    """A result as a run leaves it, over two clips of which one is right."""
    folder = RunFolder.of(spec)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write_spec(spec)
    sets = ("validation", *spec.targets)
    for name in sets:
        folder.predictions_file(name).parent.mkdir(exist_ok=True)
        scores = {f"score_{k}": np.eye(5)[:2, k] for k in range(5)}
        pq.write_table(pa.table({"clip": [0, 1], "label": [0, 0]} | scores), folder.predictions_file(name))
    result = {
        "format": RESULT_FORMAT,
        "id": spec.id,
        "status": "finished",
        "accuracy": dict.fromkeys(sets, 0.5),
        "clips": dict.fromkeys(sets, 2),
        "parameters": 1573,
        "provenance": CODE,
        "data": {name: {"sha256": digest} for name, digest in data.items()},
    }
    folder.result_file.write_text(json.dumps(result | more))
    return folder


@pytest.fixture
def roots(tiny_roots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny data, and no runs or results yet."""
    set_roots(monkeypatch, results=tmp_path / "results")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("XDOMAIN_PROFILE", raising=False)
    return tiny_roots


@pytest.fixture
def tables(roots: Path) -> list[RunSpec]:
    """The tables of three launched runs of which the first two have finished."""
    specs = [tiny(seed=seed, max_epochs=1) for seed in SEEDS]
    write_manifest(specs, None)
    for spec in specs[:2]:
        finish(spec, digests_now(spec))
    write_tables("ts-tiny", (), 0.005)
    return specs


def test_only_what_a_table_lacks_is_run(tables: list[RunSpec]) -> None:
    results = [RunFolder.of(spec).result_file for spec in tables]
    before = [file.read_bytes() for file in results[:2]]
    done = launch("accuracy-average", "--cluster", "debug")
    assert done.exit_code == 0, done.output
    assert "ts-tiny: 3 runs (2 finished, 1 new), 1 to launch." in done.output
    assert [file.read_bytes() for file in results[:2]] == before
    assert RunFolder.of(tables[2]).result()["status"] == "finished"
    assert "0 to launch" in launch("accuracy-average").output


def test_a_row_and_a_column_are_a_part_of_it(tables: list[RunSpec]) -> None:
    row = launch("accuracy-by-size-2dot", "h2 3D CNN", "mnist", "--dry-run")
    assert "3 runs (2 finished, 1 new), 1 to launch" in row.output
    assert not RunFolder.of(tables[2]).path.exists(), "a dry run writes nothing"
    done = launch("parameters", "3dcnn 2", "printed", "--dry-run")
    assert done.exit_code == 2
    assert "No run stands behind parameters there" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("accuracy-averag",), "Did you mean accuracy-average?"),
        (("accuracy-average", "convlstm"), "Its rows: 2Dot, 3D CNN."),
        (("accuracy-average", "3dcnn", "O"), "has no column 'O'"),
        (("accuracy-average", "--json", "--dry-run"), "--json describes a single launch"),
    ],
)
@pytest.mark.usefixtures("tables")
def test_what_is_misspelt_launches_nothing(words: tuple[str, ...], sentence: str, roots: Path) -> None:
    done = launch(*words)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert len(list(roots.glob("*/launches/*"))) == 1


def test_tables_that_were_never_made(roots: Path) -> None:
    done = launch("accuracy-average")
    assert done.exit_code == 2
    assert "Make the tables first: python -m analysis tables --study ts-tiny" in done.stderr


def test_a_run_of_other_data_is_moved_aside_for_a_new_one(
    tables: list[RunSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = finish(tables[0], digests_now(tables[0]) | {tables[0].inputs[1].name: "of another generator"})
    done = launch("accuracy-average", "--dry-run")
    assert f"stale {tables[0].id}: it saw another {tables[0].inputs[1].name} than there is now" in done.output
    assert "These would be renamed to <folder>.stale-<date>, and 1 of them launched anew." in done.output
    assert "2 runs (1 finished, 1 new), 1 to launch" in done.output
    assert folder.is_finished()
    stale = folder.result_file.read_bytes()
    launched: list[RunSpec] = []
    monkeypatch.setattr("jobs.launching.ordered.launch_all", lambda grid, options: launched.extend(grid) or [])
    done = launch("accuracy-average")
    assert done.exit_code == 0, done.output
    assert set(launched) == set(tables)
    assert not folder.path.exists()
    (aside,) = folder.path.parent.glob("seed42.stale-*")
    assert f"Renamed to {aside}" in done.output
    assert (aside / "result.json").read_bytes() == stale
    assert "1 of 3 runs finished" in (write_tables("ts-tiny", (), 0.005)[0][0])  # what stands aside is no part of it


def test_another_code_is_stale_only_where_asked_for(tables: list[RunSpec], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDOMAIN_CODE_VERSION", "now")
    monkeypatch.setattr("jobs.launching.table_runs.code_version", lambda: "now")
    assert "stale" not in launch("accuracy-average", "--dry-run").output
    done = launch("accuracy-average", "--dry-run", "--stale-code")
    for spec in tables[:2]:
        assert f"stale {spec.id}: it is of the code then, which is now now" in done.output
    assert "and 2 of them launched anew" in done.output


def test_data_that_is_not_here_makes_nothing_stale(
    tables: list[RunSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_roots(monkeypatch, data=tmp_path / "nowhere")
    assert "stale" not in launch("accuracy-average", "--dry-run").output


# Diving48: a lineage written by hand, so that nothing here depends on how tables are made.


@pytest.fixture
def diving(roots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunSpec:
    """A training of `diving48` on one processor, its evaluations on S1 and T, and a table of S1."""
    set_roots(monkeypatch, data=tmp_path / "data")
    grid = diving48.training("3dcnn-11layers")
    spec = dataclasses.replace(grid, train=dataclasses.replace(grid.train, ranks=1, accumulate=8))
    trained = finish(spec, {"diving48/cache/train-32x224": "clips"}, checkpoints={"3": 0.5})
    (data_root() / "diving48/cache/train-32x224").mkdir(parents=True)
    (data_root() / "diving48/cache/train-32x224/index.json").write_text('{"sha256": "clips"}')
    for domain in ("S1", "T"):
        evaluated = {"id": spec.id, "result_sha256": sha256(trained.result_file)}
        finish(
            evaluation(spec, domain), {f"diving48/domains/predicted/{domain}-32x224": "of masks"}, training=evaluated
        )
    write_lineage([grid, *(grid.evaluation(domain) for domain in ("S1", "T", "O"))])
    return spec


def evaluation(training: VideoTraining, domain: str) -> VideoEvaluation:
    return training.evaluation(domain).with_train(ranks=1, accumulate=1)


def write_lineage(specs: list[RunSpec]) -> None:
    """Table 2 is of the first two runs, the accuracies are of all."""
    values = [spec.to_dict() for spec in specs]
    shared = [{key: run[key] for key in run if key not in ("id", *OF_RUN)} for run in values]
    runs = [
        {"id": run["id"], "status": "finished", "provenance": 0, "recipe": i, "ended": None}
        | {key: run[key] for key in OF_RUN}
        for i, run in enumerate(values)
    ]
    places = list(range(len(specs)))
    row = {"model": "3D CNN", "row": ["3D CNN"], "columns": ["S1/V"], "shown": ["0.4"], "runs": [0, 1], "missing": []}
    provenance = [{"code_version": "this", "image_digest": None, "device": "cpu", "data": {}}]
    lineage = {"format": LINEAGE_FORMAT, "study": "ts-tiny", "recipes": shared, "provenance": provenance, "runs": runs}
    lineage |= {"needs": {"table5": places[:2], "accuracies": places}, "tables": {"table5": [row], "accuracies": []}}
    lineage |= {"columns": {"table5": {"model": "Model", "S1/V": "S1/V"}, "accuracies": {}}}
    folder = results_root() / "ts-tiny" / "tables"
    folder.mkdir(parents=True)
    (folder / "lineage.json").write_text(json.dumps(lineage))


def test_an_evaluation_that_was_never_launched_follows_its_training(diving: RunSpec) -> None:
    done = launch("accuracies", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "diving48: 1 run (1 finished), 0 to launch." in done.output
    assert "diving48: 3 runs (2 finished, 1 new), 1 to launch." in done.output
    assert "0 to launch" in launch("table5", "3D CNN", "--dry-run").output


def test_evaluations_of_an_earlier_training_are_stale(diving: RunSpec) -> None:
    finish(diving, {"diving48/cache/train-32x224": "clips"}, checkpoints={"4": 0.5})
    lines = launch("accuracies", "--dry-run").output.splitlines()
    evaluated = [evaluation(diving, domain).id for domain in ("S1", "T")]
    assert [f"stale {run}: it evaluated an earlier training" for run in evaluated] == lines[:2]
    assert lines[2].endswith("and 2 of them launched anew.")


def test_a_stale_training_takes_its_evaluations_along(diving: RunSpec) -> None:
    """Those on T, which Table 5 does not show, too: they evaluate what is no longer there."""
    (data_root() / "diving48/cache/train-32x224/index.json").write_text('{"sha256": "other clips"}')
    lines = launch("table5", "--dry-run").output.splitlines()
    assert lines[0] == f"stale {diving.id}: it saw another diving48/cache/train-32x224 than there is now"
    assert lines[1:3] == [
        f"stale {evaluation(diving, domain).id}: the training that it evaluates is stale" for domain in ("S1", "T")
    ]
    assert lines[3].endswith("and 2 of them launched anew.")


def test_what_was_streamed_has_no_checksum_to_compare(diving: RunSpec) -> None:
    finish(diving, {"diving48/cache/train-32x224": "sizes:0123"}, checkpoints={"3": 0.5})
    assert "it saw another" not in launch("table5", "--dry-run").output


def test_evaluations_of_a_diverged_training_are_left_out(diving: RunSpec) -> None:
    finish(diving, {"diving48/cache/train-32x224": "clips"}, status="diverged", diverged_in_epoch=3)
    for domain in ("S1", "T"):
        RunFolder.of(evaluation(diving, domain)).result_file.unlink()
    done = launch("table5", "--dry-run")
    assert "diving48: 1 run (1 diverged), 0 to launch." in done.output
    assert "Left out, as their trainings diverged: 1 evaluation." in done.output


def test_on_slurm_evaluations_wait_for_their_trainings(diving: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    launched = []
    monkeypatch.setattr("jobs.launching.ordered.is_slurm", lambda options: True)
    monkeypatch.setattr("jobs.launching.ordered.gpus_of_one", lambda options: 2)
    note = lambda grid, options: launched.append((grid, options.after)) or ["12", "13"]  # noqa: E731
    monkeypatch.setattr("jobs.launching.ordered.launch_all", note)
    shutil.rmtree(RunFolder.of(evaluation(diving, "S1")).path)
    assert launch("table5").exit_code == 0
    (trainings, first), (evaluations, second) = launched
    assert (trainings, first) == ([diving], None)
    of_two = diving.evaluation("S1").with_train(ranks=2, accumulate=1)
    assert (evaluations, second) == ([of_two], "afterok:12:13")


def test_a_truncated_result_is_a_sentence(diving: RunSpec) -> None:
    RunFolder.of(diving).result_file.write_text("{")
    done = launch("table5", "--dry-run")
    assert done.exit_code == 2
    assert "result.json is not valid JSON" in done.stderr
