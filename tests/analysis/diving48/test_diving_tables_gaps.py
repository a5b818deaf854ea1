"""What the Diving48 tables say where runs, clips, seeds or videos are fewer, or other ones, than they need."""

from dataclasses import replace
from math import isnan

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.made_diving import (
    FACTORS,
    KEPT,
    clips,
    row_of,
    training,
    write_evaluation,
    write_result,
    write_study,
    write_training,
)

from analysis.diving48.data.load import load_diving
from analysis.diving48.measures import Measures
from analysis.diving48.sensitivity.complete import CompleteDiving48, diving_tables
from analysis.table.formats import to_csv, to_markdown
from analysis.table.latex import to_latex
from analysis.table.tables import Estimate
from xdomain.studies.diving48 import TABLE_17, variant

CNN, LSTM, TIME = "3dcnn-4blocks", "convlstm-4blocks", "timesformer-4layers"


def test_a_constant_model_is_named_and_the_floor_is_the_commonest_class() -> None:
    spec = training(CNN)
    write_training(spec)
    file = write_evaluation(spec, "O", 0.9).predictions_file("O")
    names, videos, _ = clips("t", 240)
    labels = np.where(np.arange(240) < 60, 7, np.arange(240) % 48)
    always = dict.fromkeys(KEPT, labels == 7)
    scores = {f"score_{k}": np.full(240 * len(KEPT), float(k == 7), np.float32) for k in range(48)}
    columns = {"epoch": np.repeat([*KEPT], 240).astype(np.int32), "clip": np.tile(names, len(KEPT))}
    columns |= {"video": np.tile(videos, len(KEPT)), "label": np.tile(labels, len(KEPT))}
    pq.write_table(pa.table(columns | scores), file)
    write_result(spec.evaluation("O", spec.data.masks), always)
    study = load_diving("diving48-demo")
    assert study.chance == pytest.approx((labels == 7).mean())
    notes = " ".join(diving_tables(study)["accuracies"].notes)
    assert "One class is answered for every clip: a 3D CNN on O (class 7)" in notes


def test_table_17_reads_the_variants_studies() -> None:
    write_study((TIME,), variant="")
    write_training(variant(TABLE_17[2]), {40: 0.36, 70: 0.33})
    rows = diving_tables(CompleteDiving48().load("diving48"))["table17"].rows
    found = {number: row["reproduced"].value for number, row in enumerate(rows, start=1)}
    assert {number: value for number, value in found.items() if value > 0} == {3: 0.36, 4: 0.5}


def test_missing_domains_and_levels_are_said() -> None:
    spec = training(CNN)
    write_training(spec, {4: 0.25, 9: 0.345})
    write_evaluation(spec, "S2", 0.5, {9: 0.345})
    made = diving_tables(load_diving("diving48-demo"))
    row = row_of(made["accuracies"], experiment="b", model="3D CNN")
    assert (row["S1"].why, row["S2"].value) == ("S1 not evaluated", pytest.approx(41 / 240))
    assert row_of(made["table3"], model="3D CNN")["S1/V"].why == "S1 not evaluated"
    assert "c 3D CNN: not reached (best 34.5 %)" in to_markdown(made["table4"])
    assert "a 3D CNN: no epoch near (best 34.5 %)" in to_markdown(made["table2"])
    assert "No experiment has two models" in to_markdown(made["contrasts"])
    assert "No line yet" in to_markdown(made["effective-lines"])
    assert "nan" not in "".join(to_csv(table) + to_latex(table) for table in made.values())


def test_a_wider_tolerance_matches_more() -> None:
    write_training(training(CNN), {4: 0.29})
    study = load_diving("diving48-demo")
    setting = study.settings()[0]
    assert [len(Measures(study, setting, t).matched) for t in (0.005, 0.02)] == [0, 1]


def test_an_epoch_that_was_not_evaluated_is_said() -> None:
    spec = training(CNN)
    write_training(spec, {3: 0.3, 4: 0.35})
    write_evaluation(spec, "S1", 0.4, {3: 0.3})
    rows = diving_tables(load_diving("diving48-demo"))["accuracies"].rows
    assert [row["S1"].why for row in rows[:4:3]] == ["", "S1 epoch 4 not evaluated"]


def test_models_with_other_clips_are_not_paired_and_it_is_said_which() -> None:
    for model, count in ((CNN, 240), (LSTM, 230)):
        write_training(training(model))
        for domain in ("O", "I", "S1", "T"):
            write_evaluation(training(model), domain, FACTORS[domain], test_clips=count)
    made = diving_tables(load_diving("diving48-demo"))
    text = to_markdown(made["paired-tests"])
    assert "3D CNN on S1 and ConvLSTM on S1 were not evaluated on the same clips" in text
    assert "10 only of 3D CNN on S1 (t_23_00230, t_23_00231, t_23_00232 and 7 more)" in text
    assert {row["comparison"] for row in made["paired-tests"].rows} == {"3D CNN: S1 − T", "ConvLSTM: S1 − T"}


def test_domains_with_other_clips_make_no_paired_ratio() -> None:
    spec = training(CNN)
    write_training(spec)
    for domain, count in (("O", 240), ("I", 240), ("S1", 230)):
        write_evaluation(spec, domain, FACTORS[domain], test_clips=count)
    row = diving_tables(load_diving("diving48-demo"))["decomposition"].rows[0]
    assert (row["robustness"].why, row["corrected"].why) == ("clips differ", "clips differ")
    assert row["codec"].value < 1


def test_accuracies_of_zero_and_one() -> None:
    kept = {3: 0.3, 4: 0.35, 5: 0.0, 6: 1.0}
    for model, factor in ((CNN, 1.0), (LSTM, 0.0)):
        write_training(training(model), kept)
        for domain in ("O", "I", "S1", "T"):
            write_evaluation(training(model), domain, factor, kept)
    made = diving_tables(load_diving("diving48-demo"))
    row = row_of(made["decomposition"], experiment="a", model="ConvLSTM", domain="S1")
    assert row["robustness"].why == "I′ is 0"
    assert row["corrected"].why == "I′ at chance"
    assert row["design"] == ""
    assert isnan(row_of(made["accuracies"], experiment="a", model="ConvLSTM")["S1"].low)
    assert all(np.isfinite(row["beyond"].value) for row in made["effective-lines"].rows)
    assert "inf" not in "".join(to_csv(table) for table in made.values()).lower()


def test_seeds_are_averaged_and_both_named() -> None:
    for seed, kept in ((42, {3: 0.3}), (61, {8: 0.3})):
        write_training(training(CNN, seed=seed), kept)
        write_evaluation(training(CNN, seed=seed), "S1", 0.4 if seed == 42 else 0.5, kept)
    made = diving_tables(load_diving("diving48-demo"))
    row = row_of(made["accuracies"], experiment="a", model="3D CNN")
    assert row["S1"].value == pytest.approx((29 + 36) / 480)
    assert (row["V"], row["epochs"]) == ("30.0 ± 3.2; 30.0 ± 3.2", "3; 8")
    assert len(row["S1"].ids) == 4


def test_clips_of_one_video_have_values_without_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.made_diving.CLIPS_A_VIDEO", 1000)
    write_study((CNN,))
    cell = row_of(diving_tables(load_diving("diving48-demo"))["accuracies"], experiment="a", model="3D CNN")["S1"]
    assert isinstance(cell, Estimate)
    assert (cell.value > 0, isnan(cell.low)) == (True, True)


def test_two_mask_sets_make_two_sets_of_tables() -> None:
    spec = training(CNN)
    write_training(spec)
    for masks, factor in (("predicted", 0.4), ("truth", 0.5)):
        write_evaluation(replace(spec, data=replace(spec.data, masks=masks)), "S1", factor)
    made = diving_tables(load_diving("diving48-demo"))
    found = {name: row_of(made[f"table2-{name}"], model="3D CNN")["S1/V"].value for name in ("predicted", "truth")}
    assert found == {"predicted": pytest.approx(29 / 72), "truth": pytest.approx(36 / 72)}
    assert "mask set 'truth'" in to_markdown(made["table2-truth"])
