"""Contrasts of every pair in every ratio, over shared experiments, and their lookup."""

import shutil
from pathlib import Path

import pytest
from support.made_diving import training, write_evaluation, write_study
from support.roots import set_roots

from analysis.diving48.comparisons import contrasts
from analysis.diving48.data.load import load_diving
from analysis.diving48.measures import Measures
from analysis.diving48.tables import diving_tables
from analysis.statistics.bootstrap import SEED, ClusterBootstrap
from analysis.table.contrasts import difference_of
from analysis.table.tables import Table

CNN, LSTM, TIME = "3dcnn-4blocks", "convlstm-4blocks", "timesformer-4layers"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def made(runs: Path) -> dict[str, Table]:
    with pytest.MonkeyPatch.context() as patch:
        set_roots(patch, runs=runs)
        patch.setattr(ClusterBootstrap.__init__, "__defaults__", (500, SEED))
        write_study((CNN,), T=0.3)
        write_study((LSTM,), T=0.15)
        write_study((TIME,), T=0.4)
        return diving_tables(load_diving("diving48-demo"))


def test_every_pair_stands_in_every_ratio(made: dict[str, Table]) -> None:
    rows = [row for row in made["contrasts"].rows if row["experiment"] == "a"]
    pairs = {"3D CNN − ConvLSTM", "3D CNN − TimeSformer", "ConvLSTM − TimeSformer"}
    ratios = {
        "S1/V",
        "S2/V",
        "T/V",
        "T/S1",
        "S1/I′",
        "S2/I′",
        "T/I′",
        *(f"({x} − c)/(I′ − c)" for x in ("S1", "S2", "T")),
    }
    assert {(row["comparison"], row["ratio"]) for row in rows} == {(pair, name) for pair in pairs for name in ratios}
    (row,) = [r for r in rows if (r["comparison"], r["ratio"]) == ("3D CNN − ConvLSTM", "T/V")]
    assert row["difference"].value == pytest.approx((22 - 11) / 240 / 0.3)  # right of 240 clips
    assert row["p_holm"] == ""
    (row,) = [r for r in rows if (r["comparison"], r["ratio"]) == ("3D CNN − ConvLSTM", "(T − c)/(I′ − c)")]
    c = 1 / 48
    assert row["difference"].value == pytest.approx((22 - 11) / 240 / (58 / 240 - c))
    assert "delta" not in row  # a corrected ratio may be below 0


def test_holm_is_over_the_papers_domains_whatever_else_is_evaluated(
    made: dict[str, Table], runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_roots(monkeypatch, runs=shutil.copytree(runs, tmp_path / "more"))
    monkeypatch.setattr(ClusterBootstrap.__init__, "__defaults__", (500, SEED))
    before = {(r["experiment"], r["comparison"], r["ratio"]): r["p_holm"] for r in made["contrasts"].rows}
    for model in (CNN, LSTM):
        write_evaluation(training(model), "boxes", 0.2)
    study = load_diving("diving48-demo")
    after = contrasts(Measures(study, study.settings()[0])).rows
    assert "boxes/I′" in {row["ratio"] for row in after}
    assert {k: v for k, v in before.items() if v != ""} == {
        (r["experiment"], r["comparison"], r["ratio"]): r["p_holm"] for r in after if r["p_holm"] != ""
    }


def test_averages_are_over_the_experiments_that_both_have(made: dict[str, Table]) -> None:
    (row,) = [
        r for r in made["contrasts-average"].rows if (r["comparison"], r["ratio"]) == ("3D CNN − ConvLSTM", "T/V")
    ]
    assert row["over"] == "a, b, c"
    apart = [
        difference_of(made["contrasts"], "3D CNN", "ConvLSTM", "difference", experiment=letter, ratio="T/V")
        for letter in "abc"
    ]
    assert row["difference"].value == pytest.approx(sum(found.value for found in apart if found) / 3)


def test_table_1_over_shared_experiments(made: dict[str, Table]) -> None:
    (row,) = [r for r in made["table1-common"].rows if (r["ratio"], r["model"]) == ("T/V", "ConvLSTM")]
    assert row["experiments"] == "a, b, c"
    assert row["published"].value == pytest.approx((0.238 + 0.199 + 0.187) / 3)
    assert row["checkpoints"] == 6  # of eight experiments: a and e share theirs, and b and f
    own = [made[f"table{n}"] for n in (2, 3, 4, 5, 10, 11)]
    values = [next(r["T/V"].value for r in table.rows if r["model"] == "ConvLSTM") for table in own]
    assert row["own"].value == pytest.approx(sum(values) / 6)
    assert row["common"].value == pytest.approx(sum(values[:3]) / 3)


def test_a_difference_is_found_whichever_model_stands_first(made: dict[str, Table]) -> None:
    forth = difference_of(made["contrasts-average"], "3D CNN", "ConvLSTM", "difference", ratio="T/S1")
    back = difference_of(made["contrasts-average"], "ConvLSTM", "3D CNN", "difference", ratio="T/S1")
    assert forth
    assert back
    assert (back.value, back.low, back.high) == (-forth.value, -forth.high, -forth.low)
    assert difference_of(made["contrasts-average"], "3D CNN", "LSTM", "difference", ratio="T/S1") is None
