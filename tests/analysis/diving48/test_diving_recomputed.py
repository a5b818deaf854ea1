"""Numbers of the Diving48 tables again, from the predictions alone, by pandas, numpy and scipy.

Source videos differ, seeds match different epochs, and not every seed of a model has one at a level.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import binomtest
from support.made_diving import CLASSES, clips, training, write_answers, write_result

from analysis.diving48.data.load import load_diving
from analysis.diving48.qualitative import PAPER_CLASSES
from analysis.diving48.sensitivity.complete import diving_tables
from analysis.statistics.bootstrap import SEED, ClusterBootstrap
from analysis.table.tables import Table
from xdomain.specs.spec import RunSpec
from xdomain.studies.vocabulary import vocabulary

MODELS = {"3D CNN": "3dcnn-4blocks", "ConvLSTM": "convlstm-4blocks"}
SEEDS = (42, 61, 47)
REACHED = {3: 0.295, 4: 0.305, 5: 0.345, 6: 0.355, 7: 0.38, 8: 0.39}  # about, by epoch
FACTORS = {"O": 0.9, "I": 0.8, "S1": 0.4, "S2": 0.5, "T": 0.3}
LEVELS = {"a": 0.30, "b": 0.35, "c": 0.383}
TOLERANCE = 0.005
MASKED = ("S1", "S2", "T")
WORDS = np.array(vocabulary())
Made = tuple["Answers", dict[str, Table]]


class Answers:
    """A row per checkpoint, domain and clip; and what the experiments make of them."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame.assign(right=frame["label"] == frame["predicted"])
        self.accuracies = self.frame.groupby(["model", "domain", "seed", "epoch"])["right"].mean()

    def near(self, model: str, level: float, tolerance: float) -> list[tuple[int, int]]:
        """Seeds and epochs whose V is within the tolerance."""
        apart = (self.accuracies[model, "V"] - level).abs().round(9)
        return [place for place, distance in apart.items() if distance <= tolerance]

    def matched(self, model: str, letter: str) -> dict[int, int]:
        """Seed -> the epoch nearest to the level."""
        apart = (self.accuracies[model, "V"] - LEVELS[letter]).abs().round(9)
        nearest = {seed: apart[seed].idxmin() for seed in SEEDS}
        return {seed: epoch for seed, epoch in nearest.items() if apart[seed, epoch] <= TOLERANCE}

    def accuracy(self, model: str, letter: str, domain: str) -> float:
        return float(np.mean([self.accuracies[model, domain, s, e] for s, e in self.matched(model, letter).items()]))

    def rows(self, model: str, letter: str, *domains: str) -> pd.DataFrame:
        """Answers of the matched checkpoints."""
        own = self.frame[(self.frame["model"] == model) & self.frame["domain"].isin(domains)]
        return own[own["epoch"] == own["seed"].map(self.matched(model, letter))]


def predictions(labels: np.ndarray, luck: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
    """Answers of which about `level` are right, more of the clips with more `luck`."""
    right = rng.random(len(labels)) < expit(np.log(level / (1 - level)) + luck)
    return np.where(right, labels, (labels + rng.integers(1, CLASSES, len(labels))) % CLASSES)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """The answers, and the tables that are made of them; of their draws nothing is looked at."""
    monkeypatch.setattr(ClusterBootstrap.__init__, "__defaults__", (50, SEED))
    rng, parts = np.random.default_rng(1), list[pd.DataFrame]()
    luck = {side: rng.normal(0, 0.8, 24) for side in "vt"}  # of a source video

    def write(spec: RunSpec, domain: str, side: str, factor: float) -> None:
        names, videos, labels = clips(side, 200 if side == "v" else 240)
        of_clip = luck[side][np.unique(videos, return_inverse=True)[1]]
        predicted = {e: predictions(labels, of_clip, factor * level, rng) for e, level in REACHED.items()}
        right = {epoch: answers == labels for epoch, answers in predicted.items()}
        folder = write_result(spec, right, parameters=1)
        file = folder.predictions_file("validation" if domain == "V" else domain)
        write_answers(file, names, videos, labels, right, predicted=predicted)
        place = {"model": spec.model.key, "seed": spec.seed, "domain": domain}
        columns = {"clip": names, "video": videos, "label": labels}
        parts.extend(pd.DataFrame({**place, **columns, "epoch": e, "predicted": p}) for e, p in predicted.items())

    for model in MODELS.values():
        for spec in (training(model, seed=seed) for seed in SEEDS):
            write(spec, "V", "v", 1.0)
            for domain, factor in FACTORS.items():
                write(spec.evaluation(domain), domain, "t", factor)
    answers = Answers(pd.concat(parts))
    seeds = [len(answers.matched(model, letter)) for model in MODELS.values() for letter in LEVELS]
    assert sorted(seeds) == [1, 1, 1, 1, 2, 3], "not as ragged as it should be"
    return answers, diving_tables(load_diving("diving48-demo"))


def rows_of(table: Table) -> Iterator[tuple[dict, str, str]]:
    """Rows of experiments a to c: row, model, letter."""
    rows = [row for row in table.rows if row["experiment"] in LEVELS]
    assert rows, table.name
    yield from ((row, MODELS[row["model"]], row["experiment"]) for row in rows if row["model"] in MODELS)


def test_ratios_and_what_they_are_made_of(made: Made) -> None:
    answers, tables = made
    for letter, name in (("a", "table2"), ("b", "table3"), ("c", "table4")):
        for row in (row for row in tables[name].rows if row["model"] in MODELS):
            for ratio in ("S1/V", "S2/V", "T/V", "T/S1"):
                above, below = (answers.accuracy(MODELS[row["model"]], letter, part) for part in ratio.split("/"))
                assert row[ratio].value == pytest.approx(above / below)
    for row, model, letter in rows_of(tables["accuracies"]):
        for domain in FACTORS:
            assert row[domain].value == pytest.approx(answers.accuracy(model, letter, domain))
    for row, model, letter in rows_of(tables["decomposition"]):
        a_d, a_i, a_o, a_v = (answers.accuracy(model, letter, name) for name in (row["domain"], "I", "O", "V"))
        found = [row[key].value for key in ("robustness", "codec", "split", "whole", "corrected")]
        floor = 5 / 240  # every class has five of the test clips
        assert found == pytest.approx([a_d / a_i, a_i / a_o, a_o / a_v, a_d / a_v, (a_d - floor) / (a_i - floor)])
    for row, model, letter in rows_of(tables["matching-tolerance"]):
        near = answers.near(model, LEVELS[letter], row["tolerance"] / 100)
        assert row["near"] == len(near)
        if near:
            ratios = [
                answers.accuracies[model, "S1", *place] / answers.accuracies[model, "V", *place] for place in near
            ]
            assert (row["S1/V"].low, row["S1/V"].high) == pytest.approx((min(ratios), max(ratios)))


def test_two_models_and_the_clips_they_differ_on(made: Made) -> None:
    answers, tables = made
    for row in (row for row in tables["contrasts"].rows if row["experiment"] in LEVELS and "c" not in row["ratio"]):
        above, below = row["ratio"].replace("I′", "I").split("/")
        first, second = (
            answers.accuracy(MODELS[name], row["experiment"], above)
            / answers.accuracy(MODELS[name], row["experiment"], below)
            for name in row["comparison"].split(" − ")
        )
        assert row["difference"].value == pytest.approx(first - second)
        assert row["delta"].value == pytest.approx(np.log(first / second))
    for row in (row for row in tables["paired-tests"].rows if row["experiment"] in LEVELS):
        one, _, domains = row["comparison"].partition(": ")
        sides = [(name, row["domain"].replace("′", "")) for name in one.split(" − ")]
        sides = [(one, "S1"), (one, "T")] if domains else sides
        chosen = [answers.rows(MODELS[name], row["experiment"], domain) for name, domain in sides]
        shared = set(chosen[0]["seed"]) & set(chosen[1]["seed"])
        first, second = (c[c["seed"].isin(shared)].groupby("clip")["right"].sum() for c in chosen)
        assert row["seeds"] == len(shared)
        assert row["difference"].value == pytest.approx((first - second).mean() / len(shared))
        b, c = int((first > second).sum()), int((second > first).sum())
        assert (row["first"], row["second"]) == (b, c)
        assert row["mcnemar"] == pytest.approx(binomtest(b, b + c).pvalue if b + c else 1)


def test_lines_through_all_checkpoints(made: Made) -> None:
    answers, tables = made
    counts = answers.frame.groupby(["domain", "model", "seed", "epoch"])["right"].agg(["sum", "size"])
    logits = np.log((counts["sum"] + 0.5) / (counts["size"] - counts["sum"] + 0.5))
    for target in MASKED:
        x, y = logits["I"], logits[target]
        runs = pd.MultiIndex.from_arrays([x.index.get_level_values(0), x.index.get_level_values(1)])
        dummies = pd.get_dummies(pd.Series(list(runs)), dtype=float)
        slope, *own = np.linalg.lstsq(np.column_stack([x, dummies]), y, rcond=None)[0]
        alpha = {
            m: np.mean([a for (model, _), a in zip(dummies, own, strict=True) if model == m]) for m in MODELS.values()
        }
        common = np.mean(list(alpha.values()))
        for row in (row for row in tables["effective-lines"].rows if row["domain"] == target):
            found = row["slope"].value, row["intercept"].value, row["beyond"].value
            assert found == pytest.approx((slope, alpha[row["model"]], alpha[row["model"]] - common))
        for row, model, letter in rows_of(tables["effective-matched"]):
            if row["domain"] == target:
                places = [(model, seed, epoch) for seed, epoch in answers.matched(model, letter).items()]
                beyond = [expit(y[place]) - expit(common + slope * x[place]) for place in places]
                assert row["residual"].value == pytest.approx(np.mean(beyond))


def test_single_videos_classes_and_attributes(made: Made) -> None:
    answers, tables = made
    for row, model, letter in rows_of(tables["heterogeneity"]):
        above, below = (answers.rows(model, letter, name) for name in row["ratio"].split("/"))
        videos = sorted({*above["video"], *below["video"]})
        without = [
            above.loc[above["video"] != video, "right"].mean() / below.loc[below["video"] != video, "right"].mean()
            for video in videos
        ]
        assert (row["without"].low, row["without"].high) == pytest.approx((min(without), max(without)))
    (letter,) = {
        note[len("Models of experiment ")] for note in tables["accuracy-by-class"].notes if "Models of" in note
    }
    for row in tables["accuracy-by-class"].rows:
        for domain in MASKED:
            of_class = answers.rows(MODELS[row["model"]], letter, domain).query("label == @row['class']")
            assert row[domain].value == pytest.approx(of_class.groupby("seed")["right"].mean().mean())
    for row in tables["accuracy-by-attribute"].rows:
        column = ("takeoff", "somersault", "twist", "position").index(row["attribute"])
        for domain in MASKED:
            own = answers.rows(MODELS[row["model"]], letter, domain)
            assert row[domain].value == pytest.approx(
                (WORDS[own["predicted"], column] == WORDS[own["label"], column]).mean()
            )
    for row in tables["attribute-share"].rows:
        wrong = answers.rows(MODELS[row["model"]], letter, "S1", "S2").query("not right")
        if row["class"] != "all":
            wrong = wrong[wrong["label"].isin(PAPER_CLASSES)]
        alike = pd.Series((WORDS[wrong["predicted"]] == WORDS[wrong["label"]]).mean(axis=1), wrong["seed"])
        assert row["share"].value == pytest.approx(alike.groupby(level=0).mean().mean())
        sets = wrong[wrong["seed"] == wrong["seed"].min()].drop_duplicates(["label", "predicted"])
        assert row["sets"].value == pytest.approx((WORDS[sets["predicted"]] == WORDS[sets["label"]]).mean())
