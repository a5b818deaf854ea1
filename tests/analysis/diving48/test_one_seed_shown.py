"""Tables of examples show one seed: the same one in every domain, and no other run stands behind their cells."""

import pytest
from support.made_diving import training, write_evaluation, write_training

from analysis.diving48.data.load import load_diving
from analysis.diving48.measures import Measures, all_measures
from analysis.diving48.qualitative import qualitative_tables
from analysis.diving48.sensitivity.mistakes import mistake_tables
from analysis.diving48.sensitivity.wrong_clips import mistakes
from analysis.statistics.bootstrap import SEED, ClusterBootstrap
from analysis.table.tables import Table, runs_behind
from xdomain.specs.spec import RunSpec

FIRST, SECOND = (training("3dcnn-4blocks", seed=seed) for seed in (42, 61))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measures:
    """Two seeds at 30 %: the first has no S2 yet, and nothing of the second is right on S1."""
    monkeypatch.setattr(ClusterBootstrap.__init__, "__defaults__", (100, SEED))
    for spec, factors in ((FIRST, {"S1": 0.5, "T": 0.5}), (SECOND, {"S1": 0, "S2": 0.5, "T": 0.5})):
        write_training(spec, {3: 0.3})
        for domain, factor in factors.items():
            write_evaluation(spec, domain, factor, {3: 0.3})
    (measures,) = all_measures(load_diving("diving48-demo"), 0.005)
    return measures


def named(tables: list[Table], name: str) -> Table:
    return next(table for table in tables if table.name == name)


def runs(spec: RunSpec, *domains: str) -> set[str]:
    return {spec.id, *(spec.evaluation(domain).id for domain in domains)}


def test_the_examples_are_of_one_seed_in_every_domain(measured: Measures) -> None:
    made = qualitative_tables(measured)
    (row,) = named(made, "table6").rows
    assert row["S1 top-1"].value == 0, "of the first seed, which S2 cannot be of, some are right"
    there, lacking = runs_behind(row, "S1 top-1")
    assert (set(there), lacking) == (runs(SECOND, "S1"), ())
    row = named(made, "table7").rows[0]
    assert set(runs_behind(row, "correct")[0]) == runs(SECOND, "S1", "S2")
    assert "of several seeds the first" in " ".join(named(made, "table7").notes)


def test_shares_of_sets_and_wrong_clips_are_of_that_seed_too(measured: Measures) -> None:
    row = named(mistake_tables(measured), "attribute-share").rows[0]
    assert set(row["sets"].ids) == runs(SECOND, "S1", "S2")
    wrong = {found.place[2]: found.wrong for found in mistakes(measured)}
    assert wrong == {"S1": 240, "S2": 240 - 36, "T": 240 - 36}  # 36 = 0.3 · 0.5 · 240
