"""Runs of one study that were evaluated on functions of clips, each source's own, or only some of the runs."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.made_runs import demo, right_2dot, write_run

from analysis.runs.load import load_study
from analysis.temporal_shape.tables import tables
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec

RIGHT = right_2dot(5, 5, 4) | {"reversed": 3}


def also_reversed(source: str, model: str, seed: int) -> RunSpec:
    spec = demo(source, model, 2, seed)
    return replace(spec, targets=(*spec.targets, "reversed"))


def turn_labels(folder: RunFolder, name: str) -> None:
    """Give every clip the next class, and every score to the next one: as many answers are right."""
    file = folder.predictions_file(name)
    table = pq.read_table(file)
    columns = {"clip": table["clip"].to_numpy(), "label": (table["label"].to_numpy() + 1) % 5}
    columns |= {f"score_{k}": table[f"score_{(k - 1) % 5}"].to_numpy() for k in range(5)}
    pq.write_table(pa.table(columns), file)


def test_each_source_has_functions_of_its_own_held_out_clips() -> None:
    """The held-out clips of 2dot and of mnist-bg are drawn apart, so reversed ones have other labels."""
    write_run(also_reversed("2dot", "3dcnn", 42), RIGHT)
    turn_labels(write_run(also_reversed("mnist-bg", "3dcnn", 42), RIGHT), "reversed")
    study = load_study("ts-demo")
    assert list(study.runs["status"]) == ["finished", "finished"]
    labels = [study.answers[run, "reversed"].labels for run in study.runs["id"]]
    assert not np.array_equal(*labels)


@pytest.mark.parametrize("asked_of", ["other model", "other seed"])
def test_a_function_that_some_runs_were_evaluated_on_is_averaged_over_those(asked_of: str) -> None:
    write_run(also_reversed("2dot", "3dcnn", 42), RIGHT)
    other = ("convlstm", 42) if asked_of == "other model" else ("3dcnn", 61)
    write_run(demo("2dot", other[0], 2, other[1]), right_2dot(7, 7, 7))
    made = tables(load_study("ts-demo"))
    row = made["accuracy-iqm"].rows[0]
    assert row["reversed"].value == pytest.approx(0.3)
    assert row["reversed"].mark == ("" if asked_of == "other model" else " (1/2)")
    assert row["V"].value == pytest.approx(0.5 if asked_of == "other model" else 0.6)
    assert all("reversed" not in row for row in made["improvement"].rows)
