"""What `why` says of a cell of either study, and what it says to whoever misspells one."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from support.made_diving import training, write_evaluation, write_training
from support.made_runs import demo, right_2dot, write_demo, write_run

from analysis.commands.why import why
from analysis.results.making import write_tables
from xdomain.core.cli import Group
from xdomain.runs.run_folder import RunFolder

CNN = "3dcnn-4blocks"


def ask(*words: str) -> Result:
    return CliRunner().invoke(Group("analysis", commands=[why]), ["why", *words])


@pytest.fixture
def made() -> None:
    """The tables of `ts-demo`; two of its runs of h = 2 are of another code and other data."""
    write_demo()
    changed = {"provenance": {"code_version": "0123456789ab", "image_digest": "sha256:1", "device": "a GPU"}}
    changed |= {"data": {"5dot": {"sha256": "another digest"}}, "ended": "2025-02-03T04:05:06+00:00"}
    for seed in (61, 47):
        write_run(demo("2dot", "3dcnn", 2, seed), right_2dot(5, 5, 4), **changed)
    write_tables("ts-demo", (), 0.005)


@pytest.mark.usefixtures("made")
def test_a_cell_names_its_runs_and_what_it_lacks() -> None:
    done = ask("accuracy-average", "2dot 3D CNN", "V", "--study", "ts-demo")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[:3] == [
        "accuracy-average: 2Dot, 3D CNN: V (study ts-demo)",
        "Shown: 62.5 ± 25.0†",
        "Runs: 4 of 6",
    ]
    assert "  ts-demo/2dot/3dcnn/h4/seed61  diverged" in lines
    assert "  ts-demo/2dot/3dcnn/h4/seed47  missing" in lines
    assert "Seeds: 3/3 (42, 47, 61)" in lines
    assert "Code: MIXED: c0de (2 runs), 0123456789ab (2 runs)" in lines
    assert "Image: MIXED: none (2 runs), sha256:1 (2 runs)" in lines
    assert "Device: a GPU" in lines
    assert "Data: 5dot  SHA-256 MIXED: digest of 5dot (2 runs), another digest (2 runs)" in lines
    assert "Ended: 2025-02-03T04:05:06+00:00" in lines
    assert "Note: The runs come from 2 code versions: 0123456789ab, c0de." in lines
    assert "  python -m jobs.launch runs 'ts-demo/2dot/3dcnn/*'" in lines
    assert (
        "To launch the 2 that it lacks: python -m jobs.launch for accuracy-average '2Dot 3D CNN' V --study ts-demo"
        in lines
    )
    assert "git checkout" not in done.output, "there is no one version to check out"


@pytest.mark.usefixtures("made")
def test_missing_seeds_are_counted() -> None:
    done = ask("accuracy-by-size-2dot", "h=4,model=3dcnn", "mnist", "--study", "ts-demo")
    assert "Seeds: 1/3 (42); missing 47, 61" in done.output.splitlines()
    assert "  python -m jobs.launch runs 'ts-demo/2dot/3dcnn/h4/*'" in done.output.splitlines()


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("row", ["3dcnn 2", "h2 3D CNN", "hidden=2, model=3D CNN", "Model=3dcnn,h=2", "2,3dcnn"])
def test_a_row_may_be_told_in_many_ways(row: str) -> None:
    done = ask("Accuracy by size 2dot", row, "5DOT", "--study", "ts-demo")
    assert "accuracy-by-size-2dot: 2, 3D CNN: 5Dot (study ts-demo)" in done.output


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("accuracy-averag", "2dot", "V"), "has no table 'accuracy-averag'. Did you mean accuracy-average?"),
        (("accuracy-average", "2dot lstm", "V"), "has no row '2dot lstm'. Its rows: 2Dot, 3D CNN."),
        (("accuracy-average", "model=lstm", "V"), "has no row 'model=lstm'"),
        (("accuracy-average", "2dot", "W"), "has no column 'W'. It has V, 2dot, 5dot, mnist, mnist-bg, runs."),
        (("accuracy-by-size-2dot", "3dcnn", "V"), "'3dcnn' is 2 rows of accuracy-by-size-2dot. Its rows: 2, 3D CNN;"),
    ],
)
def test_a_cell_that_is_not_there_is_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    done = ask(*words, "--study", "ts-demo")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: ")
    assert sentence in done.stderr


def test_tables_that_were_never_made_are_a_sentence() -> None:
    done = ask("accuracy-average", "2dot", "V")
    assert done.exit_code == 2
    assert "Make the tables first: python -m analysis tables --study ts." in done.stderr


@pytest.mark.usefixtures("made")
def test_a_lineage_of_another_format_is_a_sentence(roots: Path) -> None:
    path = roots / "results/ts-demo/tables/lineage.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 1}))
    done = ask("accuracy-average", "2dot", "V", "--study", "ts-demo")
    assert done.exit_code == 2
    assert "lineage.json is of another format than this version reads (2). Make the tables again" in done.stderr


@pytest.mark.usefixtures("made")
def test_runs_that_changed_since_are_said() -> None:
    cell = ("accuracy-average", "2dot 3dcnn", "V", "--study", "ts-demo")
    assert "Since the tables were made" not in ask(*cell).output
    write_run(demo("2dot", "3dcnn", 4, 47), right_2dot(5, 5, 4))
    assert "Since the tables were made, ts-demo/2dot/3dcnn/h4/seed47 has changed" in ask(*cell).output


@pytest.fixture
def diving() -> None:
    """`diving48-demo`: one training, evaluated on S1 and not yet on T."""
    write_training(training(CNN))
    folder = write_evaluation(training(CNN), "S1", 0.4)
    result = json.loads(folder.result_file.read_text())
    result["provenance"]["code_version"] = "another"
    folder.result_file.write_text(json.dumps(result))
    write_tables("diving48-demo", (), 0.005)


@pytest.mark.usefixtures("diving")
def test_a_diving_cell_names_its_epoch_and_evaluations() -> None:
    run = training(CNN).id
    lines = ask("table2", "3D CNN", "S1/V", "--study", "diving48-demo").output.splitlines()
    assert lines[1].startswith("Shown: 0.403 [")
    assert lines[2] == "Runs: 2 of 2"
    assert f"Matched epoch of experiment a: 3 of {run} (V 30.0 %)" in lines
    assert not any("experiment b" in line for line in lines)
    assert "Code: MIXED: c0de (1 run), another (1 run)" in lines
    assert "Note: The runs come from 2 code versions: another, c0de." in lines
    evaluation = "diving48-demo/random@S1-predicted/3dcnn-4blocks/h128/seed42"
    assert f"  python -m jobs.launch runs {run} {evaluation}" in lines


@pytest.mark.usefixtures("diving")
def test_an_evaluation_that_was_never_launched_is_missing() -> None:
    never = training(CNN).evaluation("T").id
    assert not RunFolder.of(training(CNN).evaluation("T")).path.exists()
    lines = ask("table2", "3D CNN", "T/V", "--study", "diving48-demo").output.splitlines()
    assert "Shown: T not evaluated" in lines
    assert f"  {never}  missing" in lines
    assert f"  python -m jobs.launch runs {training(CNN).id} {never}" in lines


@pytest.mark.usefixtures("diving")
def test_a_published_value_has_no_run() -> None:
    done = ask("table2", "3D CNN", "S1/V paper", "--study", "diving48-demo")
    assert "No run stands behind it" in done.output
    assert ask("table2", "3D CNN", "paper", "--study", "diving48-demo").exit_code == 2


@pytest.mark.usefixtures("diving")
def test_a_table_that_mixes_versions_says_so(roots: Path) -> None:
    for name in ("table1", "table2", "accuracies", "paired-tests", "effective-lines", "table7", "table16", "table17"):
        text = (roots / f"results/diving48-demo/tables/{name}.md").read_text()
        assert "- The runs come from 2 code versions: another, c0de." in text, name


@pytest.mark.usefixtures("made")
def test_predictions_that_changed_since_are_said() -> None:
    """The result is the same to the second, and so are its accuracies: only the file's content is another."""
    file = RunFolder.of(demo("2dot", "3dcnn", 2, 42)).predictions_file("validation")
    table = pq.read_table(file).to_pandas()
    pq.write_table(pa.Table.from_pandas(table[::-1], preserve_index=False), file)
    told = ask("accuracy-average", "2dot 3dcnn", "V", "--study", "ts-demo").output
    assert "Since the tables were made, ts-demo/2dot/3dcnn/h2/seed42 has changed" in told
