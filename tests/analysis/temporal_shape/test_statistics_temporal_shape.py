"""Interquartile means, comparisons and chance-corrected ratios of a small Temporal Shape study."""

from math import isnan

import pytest
from support.made_runs import demo, right_2dot, write_demo, write_run

from analysis.runs.load import load_study
from analysis.temporal_shape.statistics import statistics_tables


def rows_of(number: int) -> list[dict]:
    return list(statistics_tables(load_study("ts-demo"))[number].rows)


def test_the_middle_half_of_four_runs() -> None:
    write_demo()
    (row,) = rows_of(0)
    assert row["V"].value == pytest.approx((0.5 + 0.8) / 2)  # of 0.5, 0.5, 0.8, 1.0
    assert row["V"].low < row["V"].value < row["V"].high
    assert str(row["runs"]) == "4/6†"
    assert len(row["V"].ids) == 4


def test_one_run_has_no_interval() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    (row,) = rows_of(0)
    assert row["5dot"].value == 0.4
    assert isnan(row["5dot"].low)


def test_runs_at_chance_are_left_out_of_the_corrected_ratio() -> None:
    for seed, held_out in ((42, 100), (61, 90), (47, 22)):
        right = {"validation": 90, "2dot": held_out, "5dot": 60, "mnist": 20, "mnist-bg": 10}
        write_run(demo("2dot", "3dcnn", 2, seed), right, clips=100)
    near, middle, far = rows_of(1)
    assert [row["domain"] for row in (near, middle, far)] == ["5dot", "mnist", "mnist-bg"]
    assert (near["left_out"], len(near["bare"].ids), len(near["corrected"].ids)) == (1, 3, 2)
    assert near["corrected"].value == pytest.approx((0.4 / 0.8 + 0.4 / 0.7) / 2)
    assert middle["corrected"].value == pytest.approx(0)  # 20 % is guessing, however high the bare ratio
    assert far["corrected"].value < 0


def test_accuracies_of_zero_make_no_ratio_and_no_crash() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), {"validation": 0, "2dot": 0, "5dot": 0, "mnist": 0, "mnist-bg": 0})
    row = rows_of(1)[0]
    assert (row["bare"].why, isnan(row["bare"].value)) == ("no runs", True)


def test_the_better_model_is_named() -> None:
    for seed, shift in ((42, 0), (61, 1)):
        write_run(demo("2dot", "3dcnn", 2, seed), right_2dot(8 + shift, 8, 4))
        write_run(demo("2dot", "convlstm", 2, seed), right_2dot(5 + shift, 8, 4 + shift))
    (row,) = rows_of(2)
    assert row["comparison"] == "3D CNN > ConvLSTM"
    assert row["V"].value == 1
    assert row["2dot"].value == 0.5  # ties
    assert row["5dot"].value == pytest.approx((0.5 + 0) / 2)
