"""Runs of which a file is damaged, contradicts another run, or unpacks to too much."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.hostile_support import attempted
from support.made_diving import training, write_training
from support.made_runs import demo, right_2dot, write_demo, write_run

from analysis.diving48.data.load import load_diving
from analysis.results.making import write_tables
from analysis.runs.checkpoint_predictions import read_answers
from analysis.runs.load import load_study
from analysis.runs.notes import completeness
from analysis.runs.predictions import Claim, measured_accuracy
from xdomain.core.errors import UserError
from xdomain.runs.run_folder import RunFolder


def test_a_damaged_run_is_a_state_and_hides_no_other(capsys: pytest.CaptureFixture) -> None:
    """In status and in the tables: the others are counted, and the sentence names file and field."""
    write_demo()
    bad = RunFolder.of(demo("2dot", "3dcnn", 2, 61)).result_file
    values = json.loads(bad.read_text())
    del values["provenance"]
    bad.write_text(json.dumps(values))
    said, _, loaded = write_tables("ts-demo", (), 0.005)
    assert loaded.runs.set_index("id").loc["ts-demo/2dot/3dcnn/h2/seed61", "status"] == "missing"
    assert (loaded.runs["status"] == "finished").sum() == 3
    assert any(str(bad) in problem and "provenance" in problem for problem in loaded.problems)
    assert "3 of 6 runs finished, 1 diverged, 2 missing" in said[0]


def rewritten(file: Path, change: Callable[[dict[str, list]], object]) -> None:
    """Change the columns of a Parquet file."""
    columns = pq.read_table(file).to_pydict()
    change(columns)
    pq.write_table(pa.table(columns), file)


def other_label(columns: dict[str, list]) -> None:
    """The first clip's scores are moved with its label, so that the accuracy stays."""
    for name in ("score_0", "score_1"):
        columns[name][0] = columns["score_1" if name == "score_0" else "score_0"][0] * 0 + (name == "score_1")
    columns["label"][0] = 1


def other_classes(columns: dict[str, list]) -> None:
    columns["score_5"] = [-1.0] * len(columns["label"])


@pytest.mark.parametrize(("change", "words"), [(other_label, "the label 1"), (other_classes, "scores of 6 classes")])
def test_predictions_that_contradict_another_run(change: Callable, words: str) -> None:
    for seed in (42, 61):
        write_run(demo("2dot", "3dcnn", 2, seed), right_2dot(5, 5, 4))
    file = RunFolder.of(demo("2dot", "3dcnn", 2, 61)).predictions_file("mnist")
    rewritten(file, change)
    with pytest.raises(UserError, match=words) as refusal:
        load_study("ts-demo")
    assert str(file) in str(refusal.value)
    assert "seed42/predictions/mnist.parquet" in str(refusal.value)


def test_clips_under_other_source_videos() -> None:
    """They would change every interval: a bootstrap is over source videos."""
    first, second = (replace(training("3dcnn-4blocks"), seed=seed) for seed in (42, 43))
    write_training(first)
    file = write_training(second).predictions_file("validation")
    rewritten(file, lambda columns: columns.update(video=["elsewhere"] * len(columns["video"])))
    with pytest.raises(UserError, match="the source video elsewhere"):
        load_diving("diving48-demo")
    damaged: dict[str, str] = {}
    assert "1 of 2 runs finished, 1 missing" in completeness(load_diving("diving48-demo", damaged=damaged).runs)
    assert [*damaged] == [second.id]


def bomb(columns: dict[str, pa.Array]) -> Callable[[Path], None]:
    return lambda file: pq.write_table(pa.table(columns), file, compression="zstd")


ROWS = 30_000_000
BOMBS = {
    "rows": bomb({name: pa.repeat(pa.scalar(1, pa.int8()), ROWS) for name in ("clip", "label")}),
    "columns": bomb({f"score_{k}": pa.array([1.0]) for k in range(3000)}),
    "texts": bomb({"epoch": [1], "clip": ["x" * (16 << 20)], "video": ["x"], "label": [0], "score_0": [1.0]}),
    "objects": bomb({"clip": pa.array([{"a": [1]}]), "label": [0], "score_0": [1.0]}),
    "nulls": bomb({"clip": [1, None], "label": [0, 0], "score_0": [1.0, 1.0]}),
    "unprintable": bomb({"epoch": [1], "clip": ["\x1b[2J"], "video": ["x"], "label": [0], "score_0": [1.0]}),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_parquet_file_that_unpacks_to_too_much(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "predictions" / "bomb.parquet"
    file.parent.mkdir()
    BOMBS[kind](file)
    attempted(lambda: measured_accuracy(Claim(file, 1, 1.0))).assert_refused(str(file))
    attempted(lambda: read_answers(file, {1: 1.0})).assert_refused(str(file))


@pytest.mark.parametrize("missing", [[], ["a_1"], {}, {"a_1": "no masks"}])
def test_a_domain_that_lacks_clips_is_none_the_worse(missing: object) -> None:
    """The control: import-clips lists the clips that it lacks, segment domains says why."""
    seen = {"mnist": {"sha256": "a digest", "missing": missing}}
    assert write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4), data=seen).result()["data"] == seen
