"""Runs with scores that are no numbers are named and left out; nothing else of a study waits for them."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from support.made_diving import training, write_evaluation, write_training
from support.made_runs import demo, right_2dot, write_run

from analysis.__main__ import main
from analysis.diving48.data.load import V, load_diving
from analysis.diving48.measures import all_measures
from analysis.diving48.sensitivity.complete import diving_tables
from analysis.runs.load import load_study
from analysis.runs.notes import completeness
from analysis.temporal_shape.measures import average_accuracy, outcomes
from analysis.temporal_shape.tables import tables
from xdomain.core.errors import UserError
from xdomain.runs.run_folder import RunFolder

RIGHT = right_2dot(5, 5, 4)
CNN = "3dcnn-4blocks"
GOOD, BAD = demo("2dot", "3dcnn", 2, 42), demo("2dot", "3dcnn", 2, 61)


def overwrite(file, value: float, rows: list[int], column: str = "score_1") -> None:
    """Put `value` into a column of some rows."""
    table = pq.read_table(file)
    values = table[column].to_numpy().copy()
    values[rows] = value
    pq.write_table(table.set_column(table.column_names.index(column), column, pa.array(values)), file)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_older_finished_run_with_such_scores_is_named_and_blocks_nothing(value) -> None:
    write_run(GOOD, RIGHT)
    overwrite(write_run(BAD, RIGHT).predictions_file("mnist"), value, [3, 7])
    study = load_study("ts-demo")
    assert completeness(study.runs) == "1 of 2 runs finished, 1 nonfinite"
    sentence = f"Left out: {BAD.id}, whose scores are NaN or infinite on mnist (clip 3 and 1 more)."
    assert study.problems == (sentence,)
    assert set(study.accuracies["id"]) == {GOOD.id}
    averaged = average_accuracy(outcomes(study)).set_index("domain")
    assert averaged.loc["V", ["mean", "n", "expected"]].tolist() == [0.5, 1, 2]
    for table in tables(study).values():
        assert sentence in table.notes


def test_a_nonfinite_result_is_named_from_what_it_says() -> None:
    write_run(GOOD, RIGHT)
    found = [{"set": "5dot", "clip": 8, "clips": 1}]
    accuracy = {name: number / 10 for name, number in RIGHT.items() if name != "5dot"}
    write_run(BAD, RIGHT, status="nonfinite", nonfinite=found, accuracy=accuracy)
    study = load_study("ts-demo")
    assert study.problems == (f"Left out: {BAD.id}, whose scores are NaN or infinite on 5dot (clip 8).",)
    assert completeness(study.runs) == "1 of 2 runs finished, 1 nonfinite"


def test_commands_go_on_and_the_report_names_it(roots: Path) -> None:
    write_run(GOOD, RIGHT)
    overwrite(write_run(BAD, RIGHT).predictions_file("mnist"), np.nan, [0])
    for words in (["tables", "--study", "ts-demo"], ["report"], ["why", "accuracy-average", "3D CNN", "V"]):
        done = CliRunner().invoke(main, [*words, *(["--study", "ts-demo"] if words[0] == "why" else [])])
        assert done.exit_code == 0, done.output
        assert "has changed" not in done.output
    page = next((roots / "results").rglob("*.html")).read_text()
    assert "1 run with scores that are NaN or infinite" in page
    assert f"<code>{BAD.id}</code>" in page


def bad_epochs(folder: RunFolder, name: str, by_epoch: dict[int, list[str]]) -> None:
    """Let a finished run score NaN for some clips at some epochs, as an older version left it."""
    table = pq.read_table(folder.predictions_file(name))
    epochs, clips = table["epoch"].to_numpy(), np.array(table["clip"].to_pylist())
    rows = [row for row in range(len(epochs)) if clips[row] in by_epoch.get(int(epochs[row]), ())]
    overwrite(folder.predictions_file(name), np.nan, rows)


def test_one_bad_epoch_leaves_the_others() -> None:
    spec = training(CNN)
    write_training(spec)
    write_evaluation(spec, "O", 0.9)
    bad_epochs(write_evaluation(spec, "S1", 0.4), "S1", {3: ["t_00_00000", "t_02_00021"]})  # 30 %: experiments a, e
    study = load_diving("diving48-demo")
    assert completeness(study.runs) == "2 of 3 runs finished, 1 nonfinite"
    assert study.problems == (
        f"Left out: epochs of {spec.evaluation('S1').id} whose scores are NaN or infinite on S1 at epoch 3 "
        "(clip t_00_00000 and 1 more).",
    )
    (setting,) = study.settings()
    assert study.answers(spec.id, "S1", setting).epochs == (4, 5, 6, 7, 8)
    (measures,) = all_measures(study, 0.005)
    accuracy = {entry.experiment: measures.accuracy(entry, "S1") for entry in measures.matched}
    assert accuracy["a"].why == "S1 nonfinite"
    assert accuracy["b"].value == round(240 * 0.4 * 0.35) / 240
    assert "S1 nonfinite" in str(diving_tables(study, 0.005))


def test_a_validation_epoch_without_numbers_is_matched_by_nothing() -> None:
    """Its stated accuracy, 30 %, is what argmax makes of NaN."""
    spec = training(CNN)
    bad_epochs(write_training(spec), "validation", {3: ["v_00_00000"]})
    write_evaluation(spec, "O", 0.9)
    study = load_diving("diving48-demo")
    assert 3 not in study.checkpoints[spec.id]
    (measures,) = all_measures(study, 0.005)
    assert "a" not in {entry.experiment for entry in measures.matched}
    assert "b" in {entry.experiment for entry in measures.matched}
    assert study.answers(spec.id, "O", measures.setting).epochs == (3, 4, 5, 6, 7, 8)


def test_a_training_without_any_number_stops_no_table() -> None:
    write_training(training(CNN))
    folder = write_training(training("convlstm-4blocks"), {3: 0.3})
    bad_epochs(folder, "validation", {3: ["v_00_00000"]})
    study = load_diving("diving48-demo")
    assert completeness(study.runs) == "1 of 2 runs finished, 1 nonfinite"
    assert (training("convlstm-4blocks").id, V, "") not in study.evaluated
    (measures,) = all_measures(study, 0.005)
    assert {entry.why for entry in measures.entries if entry.role == "ConvLSTM"} == {"nonfinite"}
    assert diving_tables(study, 0.005)


def test_what_a_new_result_says_must_be_so() -> None:
    spec = training(CNN)
    folder = write_training(spec)
    result = json.loads(folder.result_file.read_text())
    del result["checkpoints"]["3"]
    result |= {
        "status": "nonfinite",
        "nonfinite": [{"set": "validation", "epoch": 3, "clip": "v_00_00000", "clips": 1}],
    }
    folder.result_file.write_text(json.dumps(result))
    with pytest.raises(UserError, match=r"holds numbers at epoch 3, where result\.json says that there are none"):
        load_diving("diving48-demo")
    bad_epochs(folder, "validation", {3: ["v_00_00000"]})
    assert sorted(load_diving("diving48-demo").checkpoints[spec.id]) == [4, 5, 6, 7, 8]
