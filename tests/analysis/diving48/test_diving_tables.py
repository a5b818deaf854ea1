"""The paper's Diving48 tables, from runs made by hand."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support.made_diving import row_of, training, write_study, write_training
from support.roots import set_roots

from analysis.__main__ import main
from analysis.diving48.data.load import load_diving
from analysis.diving48.data.study import DivingStudy
from analysis.diving48.sensitivity.complete import diving_tables
from analysis.results.cells import write_lineage
from analysis.runs.unchanged import Sources, inputs_digest, recall
from analysis.table.formats import to_csv, to_markdown
from analysis.table.latex import to_latex
from analysis.table.tables import Estimate, Table

CNN, LSTM, TIME = "3dcnn-4blocks", "convlstm-4blocks", "timesformer-4layers"
TABLES = [
    *(
        "table1",
        "table1-intervals",
        "table1-common",
        "table2",
        "table3",
        "table4",
        "table5",
        "table8",
        "table9",
        "table10",
        "table11",
    ),
    *(
        "accuracies",
        "decomposition",
        "contrasts",
        "contrasts-average",
        "paired-tests",
        "effective-lines",
        "effective-matched",
    ),
    *("table6", "table12", "table13", "table14", "table7", "table16", "table17"),
    *("accuracy-by-class", "accuracy-by-attribute", "attribute-share", "matching", "matching-tolerance"),
    *("heterogeneity", "specifications"),
]
CLAIMS = ["claims", "claims-comparisons"]


def test_every_table_renders(made: dict[str, Table]) -> None:
    assert list(made) == TABLES
    for table in made.values():
        assert table.rows, table.name
        for text in (to_csv(table), to_markdown(table), to_latex(table)):
            assert "nan" not in text.lower(), table.name
        lines = [line for line in to_latex(table).splitlines() if line.endswith(r"\\")]
        assert {line.count(" & ") + 1 for line in lines} == {sum(not c.under for c in table.columns)}, table.name


def test_an_experiment_is_the_papers_table_with_intervals(made: dict[str, Table]) -> None:
    row = row_of(made["table2"], model="ConvLSTM")
    assert (row["V"], row["epochs"], str(row["runs"])) == ("30.0 ± 3.2", "3", "4/4")
    ratio = row["S1/V"]
    assert ratio.value == pytest.approx(round(240 * 0.18) / 240 / 0.3)
    assert ratio.low < ratio.value < ratio.high
    assert row["S1/V paper"].value == 0.247
    # ln ± 1.96 sqrt((1 − 0.0741)/(1970 · 0.0741) + 0.7/(1502 · 0.3))
    assert row["S1/V paper"].low == pytest.approx(0.247 * np.exp(-1.96 * np.sqrt(0.006343 + 0.001554)), abs=1e-3)


def test_texture_is_marked_where_it_means_nothing(made: dict[str, Table]) -> None:
    marks = {row["model"]: row["T/V"].mark for row in made["table2"].rows}
    assert marks == {"3D CNN": "", "ConvLSTM": "", "TimeSformer": "*"}
    text = to_latex(made["table2"])
    assert "* [" in text
    assert "T/S1 $\\ge$ 1" in text


def test_a_model_that_was_not_trained_is_said_plainly(made: dict[str, Table]) -> None:
    text = to_markdown(made["table8"])
    assert "| 3D CNN      | not launched" in text
    assert "e 3D CNN: not launched" in text
    row = row_of(made["accuracies"], experiment="e", model="3D CNN")
    assert row["S1"].why == "not launched"
    assert str(row["runs"]) == "0/6†"


def test_table_1_is_a_mean_of_ratios(made: dict[str, Table]) -> None:
    row = row_of(made["table1"], model="3D CNN")
    values = [row_of(made[f"table{n}"], model="3D CNN")["S1/V"].value for n in (2, 3, 4)]
    assert row["S1/V"].mean == pytest.approx(np.mean(values))
    assert row["S1/V"].sd == pytest.approx(np.std(values, ddof=1))
    assert str(row["runs"]) == "3/8†"
    assert row["S1/V paper"] == "0.255 ± 0.026"
    interval = row_of(made["table1-intervals"], ratio="S1/V", model="ConvLSTM")
    assert (str(interval["runs"]), interval["checkpoints"]) == ("8/8", 6)  # a and e, b and f share theirs
    assert interval["mean"].low < interval["mean"].value < interval["mean"].high


def test_five_clips_of_a_class(made: dict[str, Table]) -> None:
    row = row_of(made["table6"], model="3D CNN")
    assert {estimate.value * 5 for estimate in row.values() if isinstance(estimate, Estimate)} <= {0, 1, 2, 3, 4, 5}
    assert row["S1 top-1"].value <= row["S1 top-5"].value
    # A wrong clip of class 34 is always taken for 35, which shares three attributes with it.
    wrong = [r for r in made["table7"].rows if r["class"] == 34 and r["wrong"]]
    assert {(r["wrong"], r["correct"]) for r in wrong} == {("35", "3/4")}
    assert "experiment c (38.3 % validation accuracy)" in made["table6"].notes[0]


def test_the_number_of_source_videos_stands_below_every_table(made: dict[str, Table]) -> None:
    for name, table in made.items():
        if name not in ("table16", "table17", "specifications"):
            notes = " ".join(table.notes)
            assert "over 20 source videos of validation clips and 24 source videos of test clips" in notes, name
            assert "within 0.5 points" in notes, name


def test_the_models_stand_beside_the_published_ones(made: dict[str, Table]) -> None:
    row = row_of(made["table16"], experiments="abc", model="3D CNN")
    assert (row["reproduced"], row["published"], row["match"]) == ("1,234", "10,651,824", "no")
    assert row_of(made["table16"], experiments="d", model="3D CNN")["match"] == ""
    best = row_of(made["table17"], dim="1024")["reproduced"]
    assert best.value == 0.5
    assert row_of(made["table17"], dim="512", depth="3")["reproduced"].why == "not trained"


def test_the_same_runs_make_the_same_digits(
    made: dict[str, Table], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_roots(monkeypatch, runs=runs)
    again = diving_tables(load_diving("diving48-demo"))
    assert {name: to_csv(table) for name, table in again.items()} == {n: to_csv(table) for n, table in made.items()}


def test_lineage_names_trainings_and_evaluations(study: DivingStudy, made: dict[str, Table], tmp_path: Path) -> None:
    text = write_lineage(study, list(made.values()), {"fig5": ("accuracies",)}, tmp_path).read_text()
    assert f'"{training(CNN).id}"' in text
    ids = row_of(made["table2"], model="3D CNN")["S1/V"].ids
    assert ids == (training(CNN).id, training(CNN).id.replace("random", "random@S1-predicted"))


def test_the_command_writes_them_once_and_knows_when_nothing_changed(roots: Path) -> None:
    write_study((CNN,))
    command = ["tables", "--study", "diving48-demo"]
    first = CliRunner().invoke(main, command)
    assert first.exit_code == 0, first.output
    assert first.output.startswith("## Diving48: robustness ratios averaged over experiments a–h")
    folder = roots / "results" / "diving48-demo" / "tables"
    assert len(list(folder.iterdir())) == (len(TABLES) + len(CLAIMS)) * 3 + 1
    written = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = CliRunner().invoke(main, command)
    assert "Nothing has changed since these tables were made" in again.output
    assert again.output.startswith(first.output.rstrip("\n"))
    assert written == {path: path.stat().st_mtime_ns for path in folder.iterdir()}

    def digest(sources: dict[str, Sources]) -> str:
        return inputs_digest("diving48-demo", ("tables", (), 0.5, False), sources["diving48-demo"])

    assert recall("diving48-demo", "tables", digest).lacking == []
    (folder / "table1.csv").unlink()
    assert recall("diving48-demo", "tables", digest) is None
    write_training(training(LSTM))
    changed = CliRunner().invoke(main, [*command, "--strict"])
    assert "7 of 7 runs finished" in changed.output
    assert changed.exit_code == 0
