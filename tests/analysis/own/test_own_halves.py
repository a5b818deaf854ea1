"""`tables --halves` of a study of one file: one half of the validation clips chooses, the other measures."""

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support.made_diving import clips, right_answers, write_answers, write_result
from support.made_own_study import STUDY

from analysis.__main__ import main
from analysis.diving48.sensitivity.halves import first_half
from xdomain.studies.own import read_study, store_study

CHOSEN, MEASURED, FOG = 0.3, 0.2, 0.1  # accuracies: on the half that chooses, on the other, in fog


def test_one_half_chooses_and_the_other_measures(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text(STUDY.replace('domains = ["O"]', 'domains = ["O", "fog"]'))
    described = read_study(file)
    store_study(file, described, [f"class {label}" for label in range(48)])
    for spec in described.trainings():
        names, videos, labels = clips("v", 200)
        chooses, right = first_half(videos), np.zeros(200, bool)
        for half, share in ((np.flatnonzero(chooses), CHOSEN), (np.flatnonzero(~chooses), MEASURED)):
            right[half[: round(share * len(half))]] = True
        folder = write_result(spec, {3: right})
        write_answers(folder.predictions_file("validation"), names, videos, labels, {3: right})
        names, videos, labels = clips("t", 240)
        for domain in ("O", "fog"):
            of_test = {3: right_answers(240, FOG, 7)}
            folder = write_result(spec.evaluation(domain), of_test)
            write_answers(folder.predictions_file(domain), names, videos, labels, of_test)

    done = CliRunner().invoke(main, ["tables", "--study", "mine", "--halves"])
    assert done.exit_code == 0, done.output

    def small(table: str, model: str) -> dict[str, str]:
        text = (tmp_path / "results/mine/tables" / f"{table}.csv").read_text(encoding="utf-8")
        return next(row for row in csv.DictReader(text.splitlines()) if row["model"] == model)

    assert small("experiment-a", "small")["V"] == "not reached (best 25.0 %)", "on all clips"
    assert float(small("experiment-b", "Little")["fog/V"]) == pytest.approx(FOG / 0.25)
    for table, model in (("experiment-a-halves", "small"), ("experiment-b-halves", "Little")):
        row = small(table, model)
        assert row["V"].startswith("30.0")
        assert float(row["fog/V"]) == pytest.approx(FOG / MEASURED)
    assert float(small("ratios-halves", "small")["mean"]) == pytest.approx(FOG / MEASURED)
