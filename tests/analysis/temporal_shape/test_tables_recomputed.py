"""Every number of the Temporal Shape tables again, from the right clips alone, by pandas, scipy and statsmodels.

The study is ragged, as real ones are: a model lacks a size, another a seed, some runs have no right clip at all.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu
from statsmodels.stats.proportion import proportion_confint
from support.made_runs import demo, write_run

from analysis.results.registry import analysis_of
from analysis.runs.matching import TOLERANCE
from analysis.table.tables import Table
from analysis.temporal_shape import crossed
from xdomain.models import display_name

CLIPS, FLOOR = 100, 0.2  # clips of a set; labels go round the five classes
DOMAINS = ("V", "2dot", "5dot", "mnist", "mnist-bg")
SIZES, SEEDS = (2, 4, 48), (42, 61, 47)
MODELS = ("3dcnn", "convlstm", "timesformer-8")
NAMES = {display_name(model): model for model in MODELS}
Made = tuple[pd.DataFrame, dict[str, Table]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """Accuracies, a row per run, and the tables; of their draws nothing is looked at."""
    monkeypatch.setattr(crossed, "DRAWS", 50)
    rng, rows = np.random.default_rng(2), []
    for source in ("2dot", "mnist-bg"):
        for model, hidden, seed in ((m, h, s) for m in MODELS for h in SIZES for s in SEEDS):
            if (model, hidden, seed) == ("convlstm", 48, 47) or (model, hidden) == ("timesformer-8", 4):
                continue
            right = dict(zip(DOMAINS, rng.integers(0, CLIPS + 1, len(DOMAINS)).tolist(), strict=True))
            if (hidden, seed) == (2, 42):
                right["V"] = right[source] = 0
            rows.append({"source": source, "model": model, "hidden": hidden, "seed": seed, **right})
            write_run(demo(source, model, hidden, seed), {"validation": right.pop("V"), **right}, clips=CLIPS)
    frame = pd.DataFrame(rows)
    frame[list(DOMAINS)] /= CLIPS
    analysis = analysis_of("ts-demo")
    tables = analysis.tables(analysis.load("ts-demo"), TOLERANCE)
    assert all(table.rows for table in tables.values())
    return frame, tables


def of(frame: pd.DataFrame, **values: object) -> pd.DataFrame:
    return frame[np.logical_and.reduce([frame[key] == value for key, value in values.items()])]


def middle_mean(values: pd.Series) -> float:
    """The mean of the middle half, each value with the part of it that lies inside."""
    ordered, n = np.sort(values.to_numpy(float)), len(values)
    inside = np.clip(np.minimum(np.arange(1, n + 1), 0.75 * n) - np.maximum(np.arange(n), 0.25 * n), 0, None)
    return float((ordered * inside).sum() / (0.5 * n))


def bare(runs: pd.DataFrame, source: str, target: str) -> float:
    there = runs[runs[source] > 0]
    return middle_mean(there[target] / there[source])


def above_chance(runs: pd.DataFrame, source: str, target: str) -> tuple[float, int]:
    """The mean ratio above chance, and how many runs are at chance."""
    low, _ = proportion_confint((runs[source] * CLIPS).round(), CLIPS, method="wilson")
    there = runs[np.asarray(low) > FLOOR]
    return middle_mean((there[target] - FLOOR) / (there[source] - FLOOR)), len(runs) - len(there)


def test_averages_and_ratios_by_size(made: Made) -> None:
    frame, tables = made
    for row in tables["accuracy-average"].rows:
        runs = of(frame, source=row["source"], model=row["model"])
        for name in DOMAINS:
            assert (row[name].mean, row[name].sd) == pytest.approx((runs[name].mean(), runs[name].std()))
    for source in ("2dot", "mnist-bg"):
        for row in tables[f"accuracy-by-size-{source}"].rows:
            runs = of(frame, source=source, model=row["model"], hidden=row["hidden"])
            for name in DOMAINS:
                assert (row[name].mean, row[name].sd) == pytest.approx((runs[name].mean(), runs[name].std()))
        for row in tables[f"robustness-by-size-{source}"].rows:
            runs = of(frame, source=source, model=row["model"], hidden=row["hidden"])
            for target in (name for name in DOMAINS if name not in ("V", source)):
                for name, below in (("V", "V"), ("held-out", source)):
                    ratios, cell = (runs[target] / runs[below])[runs[below] > 0], row[f"{target}/{name}"]
                    assert (cell.mean, cell.sd) == pytest.approx((ratios.mean(), ratios.std()), nan_ok=True)
                    assert cell.runs.n == len(ratios)


def test_interquartile_means_improvements_and_contrasts(made: Made) -> None:
    frame, tables = made
    for row in tables["accuracy-iqm"].rows:
        runs = of(frame, source=row["source"], model=row["model"])
        assert [row[name].value for name in DOMAINS] == pytest.approx([middle_mean(runs[name]) for name in DOMAINS])
    for row in tables["robustness-iqm"].rows:
        runs, places = of(frame, source=row["source"], model=row["model"]), (row["source"], row["domain"])
        assert row["bare"].value == pytest.approx(bare(runs, *places))
        assert (row["corrected"].value, row["left_out"]) == pytest.approx(above_chance(runs, *places))
    for row in tables["improvement"].rows:
        x, y = (of(frame, source=row["source"], model=NAMES[name]) for name in row["comparison"].split(" > "))
        for name in DOMAINS:
            pairs = [(of(x, hidden=h)[name], of(y, hidden=h)[name]) for h in SIZES]
            shares = [mannwhitneyu(a, b).statistic / (len(a) * len(b)) for a, b in pairs if len(a) and len(b)]
            assert row[name].value == pytest.approx(np.mean(shares))
    for row in tables["contrasts"].rows:
        sides = [of(frame, source=row["source"], model=NAMES[name]) for name in row["comparison"].split(" − ")]
        first, second = (side[side["hidden"].isin(other["hidden"])] for side, other in (sides, sides[::-1]))
        places = row["source"], row["domain"]
        assert row["accuracy"].value == pytest.approx(middle_mean(first[places[1]]) - middle_mean(second[places[1]]))
        if row["domain"] not in ("V", row["source"]):
            assert row["bare"].value == pytest.approx(bare(first, *places) - bare(second, *places))
            corrected = above_chance(first, *places)[0] - above_chance(second, *places)[0]
            assert row["corrected"].value == pytest.approx(corrected)
