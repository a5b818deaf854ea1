"""Means, deviations, ratios and counts against numbers made by hand."""

from math import isnan, sqrt

import pandas as pd
import pytest
from support.made_runs import demo, right_2dot, write_demo, write_run

from analysis.runs.load import Study, load_study
from analysis.temporal_shape.measures import (
    accuracy_by_size,
    average_accuracy,
    outcomes,
    parameter_counts,
    robustness_by_size,
    robustness_ratios,
)


@pytest.fixture
def study() -> Study:
    write_demo()
    return load_study("ts-demo")


def one(frame: pd.DataFrame, **where) -> pd.Series:
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_average_pools_sizes_and_seeds(study: Study) -> None:
    v = one(average_accuracy(outcomes(study)), source="2dot", model="3dcnn", domain="V")
    assert v["mean"] == pytest.approx((0.5 + 0.8 + 0.5 + 1.0) / 4)
    assert v["sd"] == pytest.approx(sqrt((0.2**2 + 0.1**2 + 0.2**2 + 0.3**2) / 3))
    assert (v["n"], v["expected"]) == (4, 6)
    runs = ("h2/seed42", "h2/seed47", "h2/seed61", "h4/seed42")
    assert sorted(v["ids"]) == [f"ts-demo/2dot/3dcnn/{run}" for run in runs]


def test_by_size_is_over_seeds(study: Study) -> None:
    frame = accuracy_by_size(outcomes(study))
    near = one(frame, hidden=2, domain="5dot")
    assert near["mean"] == pytest.approx(1 / 3)
    assert near["sd"] == pytest.approx(sqrt((2 * (0.2 / 3) ** 2 + (0.4 / 3) ** 2) / 2))
    assert (near["n"], near["expected"]) == (3, 3)
    single = one(frame, hidden=4, domain="5dot")
    assert (single["mean"], single["n"], single["expected"]) == (0.8, 1, 3)
    assert isnan(single["sd"])


def test_robustness_is_a_mean_of_ratios(study: Study) -> None:
    frame = robustness_by_size(robustness_ratios(outcomes(study)))
    by_v = one(frame, hidden=2, domain="5dot", denominator="V")
    assert by_v["mean"] == pytest.approx((4 / 5 + 4 / 8 + 2 / 5) / 3)
    assert by_v["sd"] == pytest.approx(pd.Series([4 / 5, 4 / 8, 2 / 5]).std())
    by_held_out = one(frame, hidden=2, domain="5dot", denominator="held-out")
    assert by_held_out["mean"] == pytest.approx((4 / 5 + 4 / 5 + 2 / 4) / 3)
    assert set(frame["domain"]) == {
        "5dot",
        "mnist",
        "mnist-bg",
    }  # a ratio of the source to itself says nothing
    single = one(frame, hidden=4, domain="mnist", denominator="V")
    assert (single["mean"], single["n"], single["expected"]) == (0.4, 1, 3)


def test_a_ratio_to_nothing_is_left_out_and_counted() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(0, 5, 4))
    write_run(demo("2dot", "3dcnn", 2, 61), right_2dot(5, 0, 3))
    frame = robustness_by_size(robustness_ratios(outcomes(load_study("ts-demo"))))
    by_v = one(frame, domain="5dot", denominator="V")
    assert (by_v["mean"], by_v["n"], by_v["expected"], by_v["undefined"]) == (0.6, 1, 2, 1)
    by_held_out = one(frame, domain="5dot", denominator="held-out")
    assert (by_held_out["mean"], by_held_out["n"], by_held_out["undefined"]) == (0.8, 1, 1)
    assert by_held_out["ids"] == ("ts-demo/2dot/3dcnn/h2/seed42",)


def test_parameters_stand_beside_the_published_ones(study: Study) -> None:
    published = pd.DataFrame(
        {"hidden_units": [2, 4], "3D CNN": ["1573", "3574"], "3D CNN in the paper": ["not legible", "3574"]}
    )
    frame = parameter_counts(study.runs, published).drop(columns=["ids", "needs"])
    assert frame.to_dict("split")["data"] == [
        ["3dcnn", 2, "1573", "1573", "not legible", "yes", 3, 3],
        ["3dcnn", 4, "3573", "3574", "3574", "no", 1, 3],
    ]


def test_parameters_of_an_unpublished_model_have_no_verdict() -> None:
    write_run(demo("2dot", "mine", 2, 42), right_2dot(5, 5, 4))
    published = pd.DataFrame({"hidden_units": [2], "3D CNN": ["1573"]})
    row = parameter_counts(load_study("ts-demo").runs, published).iloc[0]
    assert (row["reproduced"], row["published"], row["match"]) == ("1573", "", "")
