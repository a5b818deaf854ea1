"""Rows stand in the order of the experiments and of the numbers, whatever letters and absent numbers there are."""

import math
from dataclasses import replace

import pytest
from support.made_diving import training, write_evaluation, write_training

from analysis.diving48.comparisons import paired_tests
from analysis.diving48.data.load import load_diving
from analysis.diving48.measures import Measures
from analysis.diving48.sensitivity import specifications
from analysis.diving48.study import Diving48
from analysis.own.study import OwnAnalysis
from analysis.own.tables import classes
from analysis.statistics.bootstrap import SEED, ClusterBootstrap
from analysis.studies.videos import PAPER
from analysis.table.tables import Estimate

SPEC = training("3dcnn-4blocks")


def test_an_estimate_that_is_absent_does_not_disturb_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    values = (0.3, math.nan, 0.1, math.nan, 0.2)
    found = [
        specifications.Specification(
            dict.fromkeys(specifications.CHOICES, "one"), "A − B", "T", Estimate(value, why="a ratio of 0"), "a", ()
        )
        for value in values
    ]
    monkeypatch.setattr(specifications, "specifications", lambda study, tolerance: found)
    rows = specifications.specification_table(None, 0.005).rows
    assert [row["delta"].value for row in rows[:3]] == [0.1, 0.2, 0.3]
    assert all(math.isnan(row["delta"].value) for row in rows[3:])


def test_experiments_keep_the_order_of_the_study_and_not_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study file may call its experiments 9 and 10, which letters sort the other way round."""
    monkeypatch.setattr(ClusterBootstrap.__init__, "__defaults__", (100, SEED))
    write_training(SPEC, {3: 0.3})
    for domain in ("O", "S1", "T"):
        write_evaluation(SPEC, domain, 0.5, {3: 0.3})
    design = replace(PAPER, experiments=dict.fromkeys(("9", "10"), PAPER.experiments["a"]))
    study = load_diving("diving48-demo", design=design)
    measures = Measures(study, study.settings()[0])
    for table in (paired_tests(measures), classes(measures)):
        assert list(dict.fromkeys(row["experiment"] for row in table.rows)) == ["9", "10"], table.name


@pytest.mark.parametrize("table", ["effective-lines-source-video", "table16", "table2-halves"])
def test_a_table_of_all_checkpoints_or_of_others_names_no_matched_epoch(table: str) -> None:
    assert not Diving48().shows_experiment("a", table, {"domain": "S1"})


def test_a_table_of_another_mask_set_is_of_its_experiment() -> None:
    shows = OwnAnalysis.shows_experiment
    assert [shows(None, letter, "experiment-9-finer", {"model": "m"}) for letter in ("9", "10")] == [True, False]
    assert [shows(None, letter, "classes-finer", {"experiment": "9"}) for letter in ("9", "10")] == [True, False]
