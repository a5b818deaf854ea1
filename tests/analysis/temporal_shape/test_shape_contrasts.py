"""Differences of two Temporal Shape models, by hand."""

import pytest
from support.made_runs import demo, right_2dot, write_run

from analysis.runs.load import load_study
from analysis.table.tables import Estimate, Table
from analysis.temporal_shape.contrasts import contrasts
from analysis.temporal_shape.page.contrasts import shape_contrasts


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


def contrast(domain: str, value: float, low: float, high: float, why: str = "") -> dict[str, object]:
    """A row of the table: 3D CNN against ConvLSTM, trained on 2dot."""
    accuracy = Estimate(value, low, high, why=why)
    return {"source": "2dot", "comparison": "3D CNN − ConvLSTM", "domain": domain, "accuracy": accuracy}


def table(*rows: dict[str, object]) -> Table:
    return Table("contrasts", "", (), rows, (), (), ())


def test_the_page_shows_a_panel_for_each_domain_in_points_around_no_difference() -> None:
    nan = float("nan")
    rows = (
        contrast("2dot", -0.125, -0.25, -0.05),
        contrast("mnist", 0.2, 0.1, 0.3),
        contrast("mnist-bg", nan, nan, nan, "no runs"),
        contrast("mnist", 0.05, -0.05, 0.15) | {"comparison": "3D CNN − TimeSformer"},
    )
    (finding,) = shape_contrasts(table(*rows))
    assert finding.title == "Trained on 2Dot: accuracy, two models apart"
    own, digits, noise = finding.panels
    assert [panel.title for panel in finding.panels] == ["2Dot held-out", "MNIST", "MNIST-bg"]
    assert (own.reference, own.reference_name) == (0, "no difference")
    assert [row.shown for row in own.rows] == ["−12.5 [−25.0, −5.0]"]
    assert own.bottom < -25 < 0 < own.top, "the scale holds the interval and the line at 0"
    assert [(row.label, row.shown) for row in digits.rows] == [
        ("3D CNN − ConvLSTM", "+20.0 [+10.0, +30.0]"),
        ("3D CNN − TimeSformer", "+5.0 [−5.0, +15.0]"),
    ]
    assert [row.shown for row in noise.rows] == ["no runs"]
    assert not noise.rows[0].has_value


def test_each_domain_trained_on_has_panels_of_its_own() -> None:
    rows = [contrast("mnist", 0.2, 0.1, 0.3), contrast("mnist", 0.1, 0.0, 0.2) | {"source": "mnist"}]
    assert [finding.title for finding in shape_contrasts(table(*rows))] == [
        "Trained on 2Dot: accuracy, two models apart",
        "Trained on MNIST: accuracy, two models apart",
    ]
    assert shape_contrasts(table()) == []
