"""In studies at the paper's size whose truth is known, claims get the right verdict (the table: docs/statistics.md)."""

from collections import Counter
from dataclasses import replace

import pytest
from support.made_truth import diving, shape, write_diving, write_shape

from analysis.claims.listing import claims_of, read_claims
from analysis.claims.verdicts import evaluate
from analysis.diving48.claims.quantities import DivingQuantities
from analysis.diving48.data.load import load_diving
from analysis.diving48.measures import Measures
from analysis.results.registry import analysis_of
from analysis.runs.load import load_study
from analysis.runs.matching import TOLERANCE
from analysis.statistics.bootstrap import SEED, ClusterBootstrap
from analysis.statistics.multiplicity import CONTRADICTED, HOLDS
from analysis.studies.base import Loaded
from analysis.table.formats import to_csv
from analysis.table.tables import Table
from analysis.temporal_shape.claims import TemporalShapeQuantities
from analysis.temporal_shape.crossed import drawn_clips

STUDIES = 200
DRAWS = 1_000  # of each study's bootstrap: a tenth of what tables take


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClusterBootstrap.__init__, "__defaults__", (DRAWS, SEED))
    monkeypatch.setattr("analysis.temporal_shape.crossed.DRAWS", DRAWS)


def claims_tables(study: Loaded) -> dict[str, Table]:
    return analysis_of(study.key).claims_tables(study, TOLERANCE)


def verdicts(key: str, true: bool, number: int) -> dict[str, str]:
    """The verdict of every claim about one draw of a study."""
    claims = claims_of(key, read_claims())
    drawn_clips.cache_clear()  # of the studies before
    if key == "ts":
        quantities = TemporalShapeQuantities(shape(true, number))
        return {found.claim.id: found.verdict for found in evaluate(claims, quantities)}
    study = diving(true, number)
    measures = Measures(study, study.settings()[0])
    return {found.claim.id: found.verdict for found in evaluate(claims, DivingQuantities(measures))}


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("true", [True, False])
@pytest.mark.parametrize("key", ["diving48", "ts"])
def test_verdicts_are_right_in_95_percent_of_studies(
    key: str, true: bool, few_draws: None, capsys: pytest.CaptureFixture
) -> None:
    found = Counter(item for number in range(STUDIES) for item in verdicts(key, true, number).items())
    right, wrong = (HOLDS, CONTRADICTED) if true else (CONTRADICTED, HOLDS)
    claims = list(dict.fromkeys(claim for claim, _ in found))
    with capsys.disabled():
        for claim in claims:
            print(f"| {claim} | {true} | {found[claim, right]} | {found[claim, wrong]} |")
    assert [claim for claim in claims if found[claim, right] < 0.95 * STUDIES] == []


@pytest.mark.parametrize("true", [True, False])
@pytest.mark.parametrize("key", ["diving48", "ts"])
def test_one_study_has_the_right_verdicts(key: str, true: bool, few_draws: None) -> None:
    assert set(verdicts(key, true, 0).values()) == {HOLDS if true else CONTRADICTED}


def test_run_folders_of_diving_make_the_same_claims(few_draws: None) -> None:
    """What the simulation holds in memory is what is read from the same runs' folders."""
    study = diving(True, 1)
    write_diving(study)
    read = claims_tables(load_diving("diving48"))
    assert {name: to_csv(table) for name, table in claims_tables(study).items()} == {
        name: to_csv(table) for name, table in read.items()
    }


def test_run_folders_of_shape_make_the_same_claims(few_draws: None) -> None:
    whole = shape(True, 1)
    few = [
        frame[frame["hidden"].isin([2, 6, 48]) & frame["seed"].isin([42, 61]) & (frame["source"] == "2dot")]
        for frame in (whole.runs, whole.accuracies)
    ]
    answers = {place: found for place, found in whole.answers.items() if place[0] in set(few[0]["id"])}
    study = replace(whole, runs=few[0], accuracies=few[1], answers=answers)
    write_shape(study)
    assert to_csv(claims_tables(load_study("ts"))["claims"]) == to_csv(claims_tables(study)["claims"])
