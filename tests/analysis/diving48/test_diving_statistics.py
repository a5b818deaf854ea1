"""The Diving48 tables that the paper does not have, from runs made by hand."""

from math import log

import numpy as np
import pytest
from support.made_diving import row_of, training

from analysis.diving48.data.study import DivingStudy
from analysis.table.samples import PlainSample, Sample
from analysis.table.tables import Table, best_cells
from xdomain.studies.vocabulary import vocabulary

CNN, LSTM, TIME = "3dcnn-4blocks", "convlstm-4blocks", "timesformer-4layers"


def test_the_ratio_is_the_product_of_its_parts(made: dict[str, Table]) -> None:
    for row in made["decomposition"].rows:
        parts = [row[name].value for name in ("robustness", "codec", "split")]
        assert row["whole"].value == pytest.approx(np.prod(parts))
    row = row_of(made["decomposition"], experiment="a", model="3D CNN", domain="S1")
    assert row["robustness"].value == pytest.approx(29 / 58)  # of 240 clips
    assert row["corrected"].value == pytest.approx((29 / 240 - 1 / 48) / (58 / 240 - 1 / 48))
    assert 0.3 < row["design"] < 3  # clips of a video are independent here


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
    drawn = [(value, value + 0.1 * common + luck[i], ()) for i, value in enumerate((0.5, 0.48, 0.499))]
    rows = [{"share": PlainSample(*sample).estimate()} for sample in drawn]
    assert best_cells(rows, column) == {0, 2}  # all their intervals overlap
    few = [{"share": Sample(*sample).estimate()} for sample in drawn]  # of no source videos: none has an interval
    assert best_cells(few, column) == {0, 1, 2}
    shares = [row for row in made["attribute-share"].rows if row["class"] == "all"]
    assert best_cells(shares, column) == {0, 1, 2}  # all take a clip for the next class
