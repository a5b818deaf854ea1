"""The Diving48 tables from runs made by hand."""

from collections.abc import Iterator
from math import log
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support.made_diving import (
    row_of,
    training,
    write_study,
    write_training,
)

from analysis.__main__ import main
from analysis.diving48.data.load import load_diving
from analysis.diving48.data.study import DivingStudy
from analysis.diving48.sensitivity.complete import diving_tables
from analysis.results.cells import write_lineage
from analysis.runs.unchanged import Sources, inputs_digest, recall
from analysis.table.formats import to_csv, to_markdown
from analysis.table.latex import to_latex
from analysis.table.tables import Estimate, Table, best_cells
from xdomain.studies.vocabulary import vocabulary

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


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def study(runs: Path) -> Iterator[DivingStudy]:
    """Three models of a, b, c: ConvLSTM keeps more on S1 and less on T; TimeSformer does better on T than on S1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDOMAIN_RUNS", str(runs))
        write_study((CNN,), S1=0.4, T=0.3)
        write_study((LSTM,), S1=0.6, T=0.15)
        write_study((TIME,), S1=0.3, T=0.4)
        yield load_diving("diving48-demo")


@pytest.fixture(scope="module")
def made(study: DivingStudy) -> dict[str, Table]:
    return diving_tables(study)


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


def test_the_ratio_is_the_product_of_its_parts(made: dict[str, Table]) -> None:
    for row in made["decomposition"].rows:
        parts = [row[name].value for name in ("robustness", "codec", "split")]
        assert row["whole"].value == pytest.approx(np.prod(parts))
    row = row_of(made["decomposition"], experiment="a", model="3D CNN", domain="S1")
    assert row["robustness"].value == pytest.approx(29 / 58)  # of 240 clips
    assert row["corrected"].value == pytest.approx((29 / 240 - 1 / 48) / (58 / 240 - 1 / 48))
    assert 0.3 < row["design"] < 3  # clips of a video are independent here


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


def test_the_contrast_finds_the_more_robust_model(made: dict[str, Table]) -> None:
    row = row_of(made["contrasts"], experiment="c", comparison="3D CNN − ConvLSTM", ratio="S1/I′")
    assert row["delta"].value == pytest.approx(log(37 / 55))  # right on S1; both have 74 on I′
    assert row["delta"].high < 0
    assert row["p"] < 0.05
    assert row["p"] < row["p_holm"] <= 1
    assert len([r for r in made["contrasts"].rows if r["experiment"] == "a"]) == 3 * 10


def test_paired_tests_are_on_discordant_clips(made: dict[str, Table]) -> None:
    row = row_of(made["paired-tests"], experiment="a", comparison="ConvLSTM: S1 − T")
    assert (row["first"], row["second"]) == (43 - 11, 0)  # what is right on T is right on S1
    assert row["difference"].value == pytest.approx(32 / 240)
    assert row["mcnemar"] == pytest.approx(2**-31)
    assert row["flip"] < 0.001


def test_the_same_checkpoints_are_one_test_in_the_family(made: dict[str, Table]) -> None:
    rows = [row for row in made["paired-tests"].rows if row["comparison"] == "ConvLSTM: S1 − T"]
    assert len(rows) == 8
    by_experiment = {row["experiment"]: row for row in rows}
    assert by_experiment["a"]["mcnemar_holm"] == by_experiment["e"]["mcnemar_holm"]
    family = {row["test"] for row in made["paired-tests"].rows}
    assert len(family) < len(made["paired-tests"].rows)
    smallest = min(made["paired-tests"].rows, key=lambda row: row["mcnemar"])
    assert smallest["mcnemar_holm"] == pytest.approx(smallest["mcnemar"] * len(family))


def test_effective_robustness_orders_the_models(made: dict[str, Table]) -> None:
    beyond = {row["model"]: row["beyond"] for row in made["effective-lines"].rows if row["domain"] == "S1"}
    assert beyond[LSTM].low > 0 > beyond[TIME].high
    assert sum(estimate.value for estimate in beyond.values()) == pytest.approx(0)
    residual = row_of(made["effective-matched"], experiment="c", domain="S1", model="ConvLSTM")["residual"]
    assert 0.02 < residual.value < 0.12
    assert residual.low < residual.value < residual.high


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


def test_all_clips_of_a_class_and_of_an_attribute(made: dict[str, Table], study: DivingStudy) -> None:
    rows = [row for row in made["accuracy-by-class"].rows if row["model"] == "3D CNN"]
    assert [row["class"] for row in rows] == list(range(48))
    assert {row["clips"] for row in rows} == {5}
    # Of equally many clips, the mean over classes is the accuracy on all.
    whole = row_of(made["accuracies"], experiment="c", model="3D CNN")["S1"].value
    assert np.mean([row["S1"].value for row in rows]) == pytest.approx(whole)
    for row in made["accuracy-by-attribute"].rows:
        assert row["S1"].value >= row_of(made["accuracies"], experiment="c", model=row["model"])["S1"].value
    takeoffs = [words[0] for words in vocabulary()]
    floor = max(takeoffs.count(word) for word in takeoffs) / 48
    assert row_of(made["accuracy-by-attribute"], attribute="takeoff", model="3D CNN")["floor"] == pytest.approx(floor)


def test_the_share_of_attributes_over_all_mistakes(made: dict[str, Table]) -> None:
    """Every wrong clip is taken for the next class, so the share is that of neighbours in the vocabulary."""
    words = np.array(vocabulary())
    shared = (words == np.roll(words, -1, axis=0)).sum(axis=1) / 4  # of class k with class k + 1
    row = row_of(made["attribute-share"], **{"class": "34, 12, 22, 45", "model": "3D CNN"})
    assert row["sets"].value == pytest.approx(shared[[34, 12, 22, 45]].mean())
    everything = row_of(made["attribute-share"], **{"class": "all", "model": "3D CNN"})
    assert everything["share"].value == pytest.approx(shared.mean(), abs=0.03)
    assert everything["share"].low < everything["share"].value < everything["share"].high


def test_matching_on_one_half_and_measuring_on_the_other(made: dict[str, Table]) -> None:
    row = row_of(made["matching"], experiment="b", model="ConvLSTM")
    assert row["epochs"] == "4"
    assert abs(row["bias"].value) < 0.1  # levels are five points apart: which is nearest is hardly luck
    assert row["S1/V"].value == row_of(made["table3"], model="ConvLSTM")["S1/V"].value
    if row["half_epochs"] == "4":
        assert row["S1/V halves"].high - row["S1/V halves"].low > row["S1/V"].high - row["S1/V"].low


def test_a_wider_tolerance_lets_more_in(made: dict[str, Table]) -> None:
    rows = {
        r["tolerance"]: r for r in made["matching-tolerance"].rows if (r["experiment"], r["model"]) == ("c", "3D CNN")
    }
    assert {points: row["near"] for points, row in rows.items()} == {0.25: 1, 0.5: 1, 1: 1, 2: 2}  # 38.5, then 40 %
    assert rows[2]["S1/V"].value == row_of(made["table4"], model="3D CNN")["S1/V"].value
    assert rows[2]["S1/V"].low < rows[2]["S1/V"].high


def test_without_one_video(made: dict[str, Table], study: DivingStudy) -> None:
    row = row_of(made["heterogeneity"], experiment="a", model="3D CNN", ratio="T/S1")
    answers = study.evaluated[training(CNN).id, "T", "predicted"]
    on_t, on_s1 = (study.evaluated[training(CNN).id, domain, "predicted"].rows([3])[0] for domain in ("T", "S1"))
    wanted = {
        video: on_t[answers.videos != video].sum() / on_s1[answers.videos != video].sum()
        for video in np.unique(answers.videos)
    }
    assert row["without"].low == pytest.approx(min(wanted.values()))
    assert row["without"].high == pytest.approx(max(wanted.values()))
    assert row["video"] == max(wanted, key=lambda video: abs(wanted[video] - row["value"].value))
    assert abs(row["correlation"].value) < 0.15  # clips are independent here


def test_the_specification_curve_holds_the_papers_choice(made: dict[str, Table]) -> None:
    rows = [
        row for row in made["specifications"].rows if (row["comparison"], row["domain"]) == ("ConvLSTM − 3D CNN", "S1")
    ]
    for below in ("V", "O", "I′"):
        assert len([row for row in rows if row["below"] == below]) == 4 * 2
    (paper,) = [
        row for row in rows if (row["below"], row["tolerance"], row["mean"]) == ("V", "0.5 points", "mean of ratios")
    ]
    averaged = {
        model: np.mean([row_of(made[f"table{n}"], model=model)["S1/V"].value for n in (2, 3, 4)])
        for model in ("ConvLSTM", "3D CNN")
    }
    assert paper["experiments"] == "a, b, c"
    assert paper["delta"].value == pytest.approx(log(averaged["ConvLSTM"] / averaged["3D CNN"]))
    assert all(row["delta"].value > 0 for row in rows)


def test_bold_is_what_cannot_be_told_from_the_best(made: dict[str, Table]) -> None:
    """A pair is told apart by its own difference, whose draws they share, whatever their intervals."""
    column = next(column for column in made["attribute-share"].columns if column.key == "share")
    common = np.random.default_rng(0).normal(size=2000)
    luck = np.random.default_rng(1).normal(size=(3, 2000)) / 1000
    rows = [
        {"share": Estimate(value, draws=value + 0.1 * common + luck[i])} for i, value in enumerate((0.5, 0.48, 0.499))
    ]
    assert best_cells(rows, column) == {0, 2}  # all their intervals overlap
    few = [{"share": Estimate(row["share"].value, draws=np.full(2000, np.nan))} for row in rows]
    assert best_cells(few, column) == {0, 1, 2}
    shares = [row for row in made["attribute-share"].rows if row["class"] == "all"]
    assert best_cells(shares, column) == {0, 1, 2}  # all take a clip for the next class


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
    monkeypatch.setenv("XDOMAIN_RUNS", str(runs))
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
