"""Differences of two Temporal Shape models, by hand."""

import pytest
from support.made_runs import demo, right_2dot, write_run

from analysis.runs.load import load_study
from analysis.temporal_shape.contrasts import contrasts


def test_differences_of_interquartile_means_over_shared_sizes() -> None:
    for seed, shift in ((42, 0), (61, 10), (47, 20)):
        for hidden in (2, 4):
            write_run(demo("2dot", "3dcnn", hidden, seed), right_2dot(90, 80, 40 + shift, 50, 20), clips=100)
            write_run(demo("2dot", "convlstm", hidden, seed), right_2dot(60, 40, 30, 30, 20 + shift), clips=100)
    write_run(demo("2dot", "3dcnn", 48, 42), right_2dot(99, 99, 99, 99, 99), clips=100)  # a size of one model only
    rows = {row["domain"]: row for row in contrasts(load_study("ts-demo")).rows}
    assert {row["comparison"] for row in rows.values()} == {"3D CNN − ConvLSTM"}
    assert rows["V"]["accuracy"].value == pytest.approx(0.30)
    assert rows["5dot"]["accuracy"].value == pytest.approx(0.50 - 0.30)
    assert rows["5dot"]["bare"].value == pytest.approx(0.50 / 0.80 - 0.30 / 0.40)
    assert rows["5dot"]["corrected"].value == pytest.approx((0.50 - 0.2) / (0.80 - 0.2) - (0.30 - 0.2) / (0.40 - 0.2))
    assert rows["5dot"]["accuracy"].low < 0.20 < rows["5dot"]["accuracy"].high
    assert "bare" not in rows["2dot"]
    assert rows["V"]["sizes"] == 2
