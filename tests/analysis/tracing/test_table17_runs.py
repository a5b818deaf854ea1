"""Rows of Table 17 whose runs are studies of their own: a cell names them, and a bundle holds them."""

from pathlib import Path

from click.testing import CliRunner, Result
from support.made_diving import write_training

from analysis.commands.main import main
from analysis.diving48.data.load import load_diving
from analysis.diving48.models import variants
from xdomain.studies.diving48 import TABLE_17, training, variant

OWN, OTHER = training("timesformer-4layers"), variant(TABLE_17[2])  # rows 4 and 3 of the paper's table


def analysis(*words: str) -> Result:
    return CliRunner().invoke(main, [*words])


def write_both_rows() -> None:
    write_training(OWN)
    write_training(OTHER, {40: 0.36, 70: 0.33})


def test_a_bundle_holds_the_runs_of_other_studies_that_its_tables_show(tmp_path: Path) -> None:
    write_both_rows()
    out = str(tmp_path / "b.tar.gz")
    assert analysis("bundle", out, "--study", "diving48").exit_code == 0
    done = analysis("verify", out)
    assert done.exit_code == 0, done.output
    assert "all equal byte for byte" in done.output


def test_a_cell_names_the_run_behind_it_and_no_other(roots: Path) -> None:
    """The experiments' TimeSformer of the same layers is another training, and decides nothing there."""
    write_both_rows()
    assert analysis("tables", "--study", "diving48").exit_code == 0
    why = ("why", "table17", "name=timesformer-3layers", "reproduced", "--study", "diving48")
    lines = analysis(*why).output.splitlines()
    assert lines[1:4] == ["Shown: 36.0", "Runs: 1 of 1", f"  {OTHER.id}  finished"]
    write_training(OTHER, {40: 0.37})
    assert f"Since the tables were made, {OTHER.id} has changed" in analysis(*why).output


def test_a_damaged_result_of_another_study_stops_no_table() -> None:
    write_training(OWN)
    write_training(OTHER).result_file.write_text("{")
    rows = variants(load_diving("diving48")).rows
    assert [row["reproduced"].why for row in rows[1:4]] == ["not trained", "result unusable", ""]
