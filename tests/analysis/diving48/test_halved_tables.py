"""Checkpoints that one half of the validation clips chose and the other measured; rows that name missing runs."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support.made_diving import clips, right_answers, training, write_answers, write_result, write_study
from support.made_runs import write_demo

from analysis.commands.main import main
from analysis.diving48.data.load import load_diving
from analysis.diving48.sensitivity.complete import diving_tables
from analysis.diving48.sensitivity.halves import first_half
from analysis.results.registry import analysis_of
from analysis.runs.matching import TOLERANCE
from analysis.table.tables import runs_behind
from xdomain.runs.run_folder import RunFolder


def write_uneven(model: str, count: int = 200) -> None:
    """A training whose only epoch has 30 % on the half that chooses and 20 % on the other; S1 has 10 %."""
    spec = training(model)
    names, videos, labels = clips("v", count)
    chooses = first_half(videos)
    right = np.zeros(count, bool)
    for half, share in ((np.flatnonzero(chooses), 0.3), (np.flatnonzero(~chooses), 0.2)):
        right[np.random.default_rng(1).permutation(half)[: round(share * len(half))]] = True
    folder = write_result(spec, {3: right}, parameters=1)
    write_answers(folder.predictions_file("validation"), names, videos, labels, {3: right})
    names, videos, labels = clips("t", 240)
    for domain in ("S1", "S2", "T"):
        of_test = {3: right_answers(240, 0.1, 7)}
        folder = write_result(spec.evaluation(domain), of_test)
        write_answers(folder.predictions_file(domain), names, videos, labels, of_test)


def test_one_half_chooses_and_the_other_measures(roots: Path) -> None:
    write_uneven("3dcnn-4blocks")
    loaded = load_diving("diving48-demo")
    (row,) = (r for r in diving_tables(loaded)["table2"].rows if r["model"] == "3D CNN")
    assert row["V"] == "not reached (best 25.0 %)"  # on all clips
    made = analysis_of("diving48-demo").halved_tables(loaded, TOLERANCE)
    (row,) = (r for r in made["table2-halves"].rows if r["model"] == "3D CNN")
    assert row["V"] == "30.0 ± 4.6"  # √(0.3 · 0.7 / 100)
    assert row["S1/V"].value == pytest.approx(0.1 / 0.2)
    assert row["T/S1"].value == pytest.approx(1)
    said = " ".join(made["table2-halves"].notes)
    assert "chosen on one half of the validation clips, by source video, and V of every ratio is measured" in said
    assert {"table1-halves", "contrasts-average-halves", "accuracies-halves"} <= set(made)


@pytest.mark.filterwarnings("error::RuntimeWarning")  # a draw without a clip of the half is NaN, and no news
@pytest.mark.parametrize(("count", "videos", "has_interval"), [(120, 6, False), (160, 8, True)])
def test_a_half_of_few_source_videos_has_no_interval(count: int, videos: int, has_interval: bool) -> None:
    """Ten clips a video: V has twice as many videos as the half that measures, and at least 8 in either case."""
    write_uneven("3dcnn-4blocks", count)
    table = analysis_of("diving48-demo").halved_tables(load_diving("diving48-demo"), TOLERANCE)["table2-halves"]
    (row,) = (r for r in table.rows if r["model"] == "3D CNN")
    assert np.isfinite(row["S1/V"].low) == has_interval
    assert f"Intervals are over {videos} source videos of validation clips" in " ".join(table.notes)


def test_the_command_writes_them_beside_the_others(roots: Path) -> None:
    write_study(("3dcnn-4blocks", "convlstm-4blocks"))
    command = ["tables", "--study", "diving48-demo", "--only", "table1", "--only", "table1-halves", "--halves"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    written = {path.name for path in (roots / "results" / "diving48-demo" / "tables").glob("*.csv")}
    assert written == {"table1.csv", "table1-halves.csv"}
    assert "`tables --halves` makes the tables without it" in (
        roots / "results" / "diving48-demo" / "tables" / "table1.md"
    ).read_text().replace("\n", " ")


def test_a_cell_of_halves_names_its_runs_and_a_bundle_holds_them(roots: Path, tmp_path: Path) -> None:
    """The epoch that one half chose is in the row; that of the other tables is another."""
    write_uneven("3dcnn-4blocks")
    spec, bundle = training("3dcnn-4blocks"), str(tmp_path / "b.tar.gz")

    def done(*words: str) -> str:
        made = CliRunner().invoke(main, [*words])
        assert made.exit_code == 0, made.output
        return made.output

    done("tables", "--study", "diving48-demo", "--halves")
    done("bundle", bundle, "--study", "diving48-demo")
    done("verify", bundle)
    for where in ((), ("--bundle", bundle)):
        told = done("why", "table2-halves", "3D CNN", "S1/V", "--study", "diving48-demo", *where).splitlines()
        assert told[1].startswith("Shown: 0.500")
        assert told[2:5] == ["Runs: 2 of 2", f"  {spec.id}  finished", f"  {spec.evaluation('S1').id}  finished"]
        assert not any(line.startswith("Matched epoch") for line in told)


def test_a_study_without_levels_has_none() -> None:
    write_demo()
    done = CliRunner().invoke(main, ["tables", "--study", "ts-demo", "--halves"])
    assert done.exit_code == 2
    assert "--halves: ts-demo compares no checkpoints of one accuracy" in done.stderr


def test_a_specification_names_the_runs_that_it_lacks() -> None:
    """The ConvLSTM's second seed has begun, and its evaluations have not."""
    write_study(("3dcnn-4blocks", "convlstm-4blocks"))
    begun = training("convlstm-4blocks", seed=61)
    folder = RunFolder.of(begun)
    folder.path.mkdir(parents=True)
    folder.write_spec(begun)
    rows = diving_tables(load_diving("diving48-demo"))["specifications"].rows
    (row,) = (
        row
        for row in rows
        if (row["domain"], row["below"], row["tolerance"], row["mean"]) == ("S1", "O", "0.5 points", "mean of ratios")
    )
    there, lacking = runs_behind(row, "delta")
    assert set(lacking) == {begun.id, begun.evaluation("S1").id, begun.evaluation("O").id}
    one = training("convlstm-4blocks")
    assert {one.id, one.evaluation("S1").id, one.evaluation("O").id} <= set(there)
