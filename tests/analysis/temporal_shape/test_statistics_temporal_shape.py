"""Interquartile means, comparisons and chance-corrected ratios of a small Temporal Shape study."""

import json
from math import isnan

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import t
from support.made_runs import demo, right_2dot, write_demo, write_run

from analysis.runs.load import load_study
from analysis.temporal_shape.statistics import statistics_tables
from analysis.temporal_shape.tables import tables


def rows_of(number: int) -> list[dict]:
    return list(statistics_tables(load_study("ts-demo"))[number].rows)


def test_the_middle_half_of_four_runs() -> None:
    write_demo()
    (row,) = rows_of(0)
    assert row["V"].value == pytest.approx((0.5 + 0.8) / 2)  # of 0.5, 0.5, 0.8, 1.0
    assert isnan(row["V"].low)  # two seeds beyond the first of their size
    assert str(row["runs"]) == "4/6†"
    assert len(row["V"].ids) == 4


def test_too_few_seeds_are_a_sentence_and_more_make_an_interval() -> None:
    for seed in (42, 61):
        for hidden in (2, 4):
            write_run(demo("2dot", "3dcnn", hidden, seed), right_2dot(5, 5, 4))
    (table, *_) = statistics_tables(load_study("ts-demo"))
    assert isnan(table.rows[0]["V"].low)
    assert any(note.startswith("No interval: it takes 4 seeds beyond the first") for note in table.notes)
    for hidden in (2, 4):
        write_run(demo("2dot", "3dcnn", hidden, 47), right_2dot(5, 5, 4))
    (table, *_) = statistics_tables(load_study("ts-demo"))
    assert not any(note.startswith("No interval") for note in table.notes)
    assert table.rows[0]["V"].low < 0.5 < table.rows[0]["V"].high


def test_clips_that_all_runs_share_are_drawn_beside_the_seeds() -> None:
    """Runs that agree on every clip differ by no seed; what their 100 clips leave open is the binomial's interval."""
    for hidden in (2, 4):
        for seed in (42, 61, 47):
            right = {"validation": 40, "2dot": 40, "5dot": 40, "mnist": 40, "mnist-bg": 40}
            write_run(demo("2dot", "3dcnn", hidden, seed), right, clips=100)
    row = rows_of(0)[0]
    half = t.ppf(0.975, 4) * (0.4 * 0.6 / 99) ** 0.5
    assert row["V"].low == pytest.approx(0.4 - half, abs=0.02)
    assert row["V"].high == pytest.approx(0.4 + half, abs=0.02)
    bare = rows_of(1)[0]["bare"]  # target and source are other clips
    assert bare.low < 0.8
    assert bare.high > 1.2


def test_the_floor_is_the_commonest_class_and_a_constant_model_is_named() -> None:
    spec = demo("2dot", "3dcnn", 2, 42)
    folder = write_run(spec, right_2dot(5, 5, 4), clips=10)
    labels = np.array([3] * 4 + [0, 1, 2, 4, 0, 1])  # 40 %, where 1/K is 20 %
    columns = {"clip": np.arange(10), "label": labels}
    columns |= {f"score_{k}": np.full(10, float(k == 3), np.float32) for k in range(5)}
    for name in ("validation", *spec.targets):
        pq.write_table(pa.table(columns), folder.predictions_file(name))
    result = json.loads(folder.result_file.read_text())
    result["accuracy"] = dict.fromkeys(result["accuracy"], 0.4)
    folder.result_file.write_text(json.dumps(result))
    made = tables(load_study("ts-demo"))
    notes = " ".join(made["accuracy-average"].notes)
    assert "The commonest class alone makes 40.0 %" in notes
    assert "One class is answered for every clip by ts-demo/2dot/3dcnn/h2/seed42 on V (class 3)" in notes
    row = made["robustness-iqm"].rows[0]
    assert row["left_out"] == 1
    assert row["corrected"].why == "no runs"


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
