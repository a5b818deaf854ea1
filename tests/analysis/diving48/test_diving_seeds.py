"""What several seeds change: intervals of lines, paired tests, and the sentence about one seed."""

import numpy as np
import pytest
from support.made_diving import FACTORS, training, write_evaluation, write_study, write_training

from analysis.diving48.comparisons import average_contrasts, contrasts, paired_tests
from analysis.diving48.data.load import load_diving
from analysis.diving48.effective import effective_tables
from analysis.diving48.measures import Measures
from analysis.diving48.rows import THESE_CHECKPOINTS
from analysis.diving48.tables import diving_tables
from analysis.statistics.bootstrap import SEED, ClusterBootstrap
from analysis.statistics.effective import fit_lines

CNN, LSTM = "3dcnn-4blocks", "convlstm-4blocks"


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClusterBootstrap.__init__, "__defaults__", (1_000, SEED))


def write_seeds(model: str, factors: dict[int, float], domains: tuple[str, ...] = ("I", "S1", "T")) -> None:
    for seed, factor in factors.items():
        write_training(training(model, seed=seed))
        for domain in domains:
            write_evaluation(training(model, seed=seed), domain, FACTORS[domain] * (factor if domain == "S1" else 1))


def measures() -> Measures:
    study = load_diving("diving48-demo")
    return Measures(study, study.settings()[0])


def test_lines_of_equal_models_with_unlike_seeds_are_not_told_apart() -> None:
    """Five seeds that differ by a factor of two and more: with clips alone drawn, the interval excluded 0."""
    unlike = dict(zip((42, 61, 47, 53, 57), (0.5, 0.7, 1.0, 1.4, 1.8), strict=True))
    write_seeds(CNN, unlike)
    write_seeds(LSTM, dict(zip(unlike, (1.8, 1.4, 0.5, 0.7, 1.4), strict=True)))
    lines, _ = effective_tables(measures())
    rows = [row for row in lines.rows if row["domain"] == "S1"]

    for row in rows:
        assert row["beyond"].low < 0 < row["beyond"].high
        assert row["intercept"].high - row["intercept"].low > 0.5  # seeds' sd in ln A is 0.5, of five


def test_weights_of_runs_are_those_of_a_weighted_fit() -> None:
    rng = np.random.default_rng(1)
    runs, models = np.repeat(np.arange(4), 3), np.array([0, 0, 1, 1])
    x, y = rng.normal(size=(2, 12))
    weights = np.array([2, 0, 1, 1])
    drawn = fit_lines(x, y, runs, models, weights)
    twice = np.concatenate([np.arange(3), np.arange(3), np.arange(6, 12)])  # run 0 twice, run 1 not at all
    by_hand = fit_lines(x[twice], y[twice], np.repeat(np.arange(4), 3), models)
    assert drawn.slope == pytest.approx(by_hand.slope)
    assert drawn.intercepts == pytest.approx(by_hand.intercepts)


def test_paired_tests_are_over_all_shared_seeds() -> None:
    write_seeds(CNN, {42: 1.0, 61: 1.0, 47: 1.0}, ("S1",))
    write_seeds(LSTM, {42: 1.5, 61: 0.5, 53: 1.0}, ("S1",))
    (row,) = [r for r in paired_tests(measures()).rows if r["experiment"] == "a" and r["domain"] == "S1"]
    assert row["seeds"] == 2
    assert row["difference"].value == pytest.approx((29 + 29 - 43 - 14) / 2 / 240)  # right of 240 clips


def test_one_seed_is_said_and_more_are_not() -> None:
    write_study((CNN, LSTM))
    one = measures()
    for table in (contrasts(one), average_contrasts(one), paired_tests(one), *effective_tables(one)):
        assert THESE_CHECKPOINTS in table.notes, table.name
    write_seeds(CNN, {61: 1.0})
    write_seeds(LSTM, {61: 1.0})
    assert THESE_CHECKPOINTS not in contrasts(measures()).notes


def test_distinct_checkpoints_are_those_of_all_seeds_wherever_they_are_counted() -> None:
    """Two seeds, each with a checkpoint at 30 % for experiment a and one at 35 % for b."""
    write_seeds(CNN, {42: 1.0, 61: 1.2}, ("S1",))
    made = diving_tables(load_diving("diving48-demo"))
    for name in ("table1-intervals", "table1-common"):
        (row,) = (r for r in made[name].rows if (r["ratio"], r["model"]) == ("S1/V", "3D CNN"))
        assert row["checkpoints"] == 2 * 3, name  # a, b and c
