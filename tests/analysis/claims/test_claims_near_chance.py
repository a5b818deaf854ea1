"""Chance is what the commonest class makes of the evaluated clips, wherever it is told; never 1/K."""

import gc
import weakref

import numpy as np
import pandas as pd
import pytest

from analysis.claims.listing import Claim
from analysis.results.registry import analysis_of
from analysis.runs.answers import ClipAnswers
from analysis.runs.load import Study
from analysis.runs.matching import TOLERANCE
from analysis.table.tables import Table
from analysis.temporal_shape.claims import TemporalShapeQuantities
from analysis.temporal_shape.page.findings import temporal_shape_findings
from analysis.temporal_shape.tables import tables
from xdomain.core.errors import UserError
from xdomain.runs.run_folder import FINISHED
from xdomain.studies import temporal_shape
from xdomain.studies.claim_tests import parse_tests

CLIPS = 500
SHARES = {"V": 0.2, "2dot": 0.2, "5dot": 0.6, "mnist": 0.3, "mnist-bg": 0.5}  # of class 0, which every run answers


def study() -> Study:
    """Nine runs of the 3D CNN that answer class 0 whatever they see."""
    runs, accuracies, answers = [], [], {}
    for hidden in (2, 6, 48):
        for seed in (42, 61, 47):
            spec = temporal_shape.run("2dot", "3dcnn", hidden, seed)
            run = {"id": spec.id, "source": "2dot", "model": "3dcnn", "hidden": hidden, "seed": seed}
            runs.append(run | {"targets": spec.targets, "status": FINISHED, "parameters": 1})
            for domain, share in SHARES.items():
                rest = np.arange(CLIPS - round(share * CLIPS)) % 4 + 1
                labels = np.concatenate([np.zeros(round(share * CLIPS), int), rest])
                answers[spec.id, domain] = ClipAnswers(labels, np.zeros(CLIPS, int))
                accuracies.append(run | {"domain": domain, "accuracy": share, "n_clips": CLIPS})
    return Study("ts", pd.DataFrame(runs), pd.DataFrame(accuracies), (), answers=answers)


def claims_tables(claims: list[Claim]) -> dict[str, Table]:
    return analysis_of("ts").claims_tables(study(), TOLERANCE, claims)


def claim(name: str, tests: str) -> Claim:
    return Claim(name, "ts", name, parse_tests(tests, name), 0.06, False)


def test_near_chance_is_near_the_commonest_class() -> None:
    claims = [
        claim("one", "A(5dot) [2dot] 3D CNN near chance"),
        claim("fifth", "A(5dot) [2dot] 3D CNN near 0.2"),
        claim("several", "A(targets) [2dot] 3D CNN near chance"),
        claim("sizes", "A(V,mnist) [2dot h=2,48] 3D CNN near chance"),
    ]
    made = claims_tables(claims)
    verdicts = {row["claim"]: row["verdict"] for row in made["claims"].rows}
    assert verdicts == {"one": "holds", "fifth": "contradicted", "several": "holds", "sizes": "holds"}
    bounds = {row["claim"]: row["bound"] for row in made["claims-comparisons"].rows}
    assert bounds == pytest.approx({"one": 0.6, "fifth": 0.2, "several": 1.4 / 3, "sizes": 0.25})


@pytest.mark.parametrize("tests", ["rr(5dot) [2dot] 3D CNN near chance", "slope A(5dot) [2dot] 3D CNN near chance"])
def test_what_is_no_accuracy_is_never_near_chance(tests: str) -> None:
    with pytest.raises(UserError, match=r"near chance: chance is an accuracy"):
        claims_tables([claim("one", tests)])


def test_the_page_draws_each_domains_commonest_class() -> None:
    made = tables(study())
    (finding,) = temporal_shape_findings(made["accuracy-iqm"], made["contrasts"])
    assert {panel.title: (panel.reference, panel.reference_name) for panel in finding.panels} == {
        "2Dot held-out": (0.2, "commonest class 20.0 %"),
        "5Dot": (0.6, "commonest class 60.0 %"),
        "MNIST": (0.3, "commonest class 30.0 %"),
        "MNIST-bg": (0.5, "commonest class 50.0 %"),
    }
    assert "The commonest class alone makes 20.0 to 60.0 %." in made["accuracy-iqm"].notes
    assert finding.sentences[1:] == ["No model is above the commonest class there, 50.0\N{NO-BREAK SPACE}%."]


def test_runs_that_lack_a_size_are_not_said_to_be_none() -> None:
    row = claims_tables([claim("one", "A(V) [2dot h=4,8] 3D CNN > 0")])["claims"].rows[0]
    assert row["why"].endswith("3D CNN has no run on 2dot with h=4,8")


def test_measured_claims_leave_no_study_in_memory() -> None:
    """A cache of the class would: two hundred simulated studies took four gigabytes, and ever longer to collect."""
    quantities = TemporalShapeQuantities(study())
    assert quantities.sample(claim("one", "A(V) [2dot] 3D CNN > 0.1").tests[0]).value == pytest.approx(0.2)
    kept = weakref.ref(quantities)
    del quantities
    gc.collect()
    assert kept() is None
