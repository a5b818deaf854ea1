"""Domains of two mask sets have tables of their own, whose cells need the evaluations of their masks."""

import json
from dataclasses import replace
from pathlib import Path

from support.made_diving import training, write_evaluation, write_training

from analysis.results.making import write_tables
from xdomain.runs.lineage import Lineage


def test_each_mask_set_has_tables_whose_cells_name_its_evaluations(roots: Path) -> None:
    predicted = training("3dcnn-4blocks")
    truth = replace(predicted, data=replace(predicted.data, masks="truth"))
    write_training(predicted)
    write_evaluation(predicted, "S1", 0.4)
    write_evaluation(truth, "T", 0.3)
    said, _, _ = write_tables("diving48-demo", (), 0.005)
    assert "## Diving48: robustness ratios averaged over experiments a–h" in said[0]
    lineage = Lineage.of_study("diving48-demo")
    ids = [run["id"] for run in lineage.runs]
    cells = {
        (masks, column): lineage.cells(f"table2-{masks}", "3D CNN", column)[0]
        for masks in ("predicted", "truth")
        for column in ("S1/V", "T/V")
    }
    behind = {key: ([ids[n] for n in cell.runs], [ids[n] for n in cell.missing]) for key, cell in cells.items()}
    run = predicted.id
    assert behind == {
        ("predicted", "S1/V"): ([run, predicted.evaluation("S1").id], []),
        ("predicted", "T/V"): ([], [run, predicted.evaluation("T").id]),
        ("truth", "S1/V"): ([], [run, truth.evaluation("S1").id]),
        ("truth", "T/V"): ([run, truth.evaluation("T").id], []),
    }
    assert json.loads(lineage.path.read_text())["needs"]["table16"] == [ids.index(run)]
