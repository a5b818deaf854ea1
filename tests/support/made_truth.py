"""Studies at the paper's size whose truth is known: the paper's claims are all true, or all false.

Clips of one source video are alike, a clip is as hard for every model and in every domain to a degree, and seeds
differ. The studies are made as the analysis holds them in memory; `write_diving` writes the same one as run folders.
"""

import json

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.diving48.data.study import DivingStudy
from analysis.runs.answers import ClipAnswers
from analysis.runs.checkpoint_predictions import Answers
from analysis.runs.load import Study
from support.made_diving import write_answers, write_result
from support.made_runs import predictions_of, write_predictions, write_run
from xdomain.runs.run_folder import FINISHED
from xdomain.studies import diving48, temporal_shape
from xdomain.studies.vocabulary import vocabulary

CLIPS = {"V": 1_502, "test": 1_970}
VIDEOS = 120
TARGET_CLIPS = 500  # of Temporal Shape's domains
SHARED = {"video": 0.10, "clip": 0.30, "model": 0.20}  # of the variance of a clip's difficulty

# accuracy ÷ validation accuracy on S1, S2, T, by training and level; None: at every level
TRUE_RATIOS = {
    ("3dcnn-4blocks", None): (0.38, 0.20, 0.62),
    ("3dcnn-11layers", None): (0.40, 0.35, 0.26),
    ("3dcnn-6blocks", 0.30): (0.50, 0.75, 0.30),
    ("3dcnn-6blocks", 0.35): (0.50, 0.75, 0.30),
    ("3dcnn-6blocks", None): (0.50, 0.55, 0.30),
    ("convlstm-4blocks", 0.40): (0.32, 0.40, 0.13),
    ("convlstm-4blocks", 0.45): (0.32, 0.40, 0.13),
    ("convlstm-4blocks", 0.5007): (0.35, 0.60, 0.10),
    ("convlstm-4blocks", None): (0.35, 0.60, 0.18),
    ("timesformer-4layers", None): (0.20, 0.20, 0.44),
    ("timesformer-11layers", None): (0.28, 0.28, 0.12),
}
FALSE_RATIOS = {
    ("3dcnn-4blocks", None): (0.25, 0.35, 0.15),
    ("3dcnn-11layers", None): (0.20, 0.35, 0.32),
    ("3dcnn-6blocks", None): (0.15, 0.60, 0.05),
    ("convlstm-4blocks", 0.40): (0.45, 0.50, 0.60),
    ("convlstm-4blocks", 0.45): (0.45, 0.50, 0.60),
    ("convlstm-4blocks", 0.5007): (0.30, 0.20, 0.40),
    ("convlstm-4blocks", None): (0.30, 0.20, 0.50),
    ("timesformer-4layers", None): (0.30, 0.30, 0.18),
    ("timesformer-11layers", None): (0.12, 0.30, 0.50),
}
KIN = ("convlstm", "3dcnn", "timesformer")  # from the one whose mistakes share the most attributes to the least


def diving(true: bool, number: int) -> DivingStudy:
    """Draw `number` of a Diving48 study of the six trainings, evaluated on S1, S2 and T."""
    rng = np.random.default_rng([48, int(true), number])
    sides = {side: _Clips(rng, side, count) for side, count in CLIPS.items()}
    runs, evaluated, checkpoints = [], {}, {}
    for model in diving48.models_of("abcdefgh"):
        spec = diving48.training(model)
        letters = [e for e in diving48.EXPERIMENTS.values() if model in e.models.values()]
        levels = sorted({experiment.level for experiment in letters})
        right = {"V": [sides["V"].exactly(rng, level) for level in levels]}
        own = {side: rng.normal(size=clips.count) for side, clips in sides.items()}
        for place, domain in enumerate(("S1", "S2", "T")):
            rates = [level * _ratios(model, level, true)[place] for level in levels]
            right[domain] = [sides["test"].right(rng, rate, own["test"]) for rate in rates]
        for domain, rows in right.items():
            clips = sides["V" if domain == "V" else "test"]
            masks = "" if domain == "V" else "predicted"
            evaluated[spec.id, domain, masks] = clips.answered(rng, np.array(rows), _mistakes(model, true))
            run = spec if domain == "V" else spec.evaluation(domain)
            runs.append({"id": run.id, "training": spec.id, "domain": domain, "masks": masks, "spec": run})
            runs[-1] |= {"source": spec.source, "model": model, "seed": spec.seed, "status": FINISHED}
        checkpoints[spec.id] = {e: float(row.mean()) for e, row in enumerate(right["V"])}
    return DivingStudy("diving48", pd.DataFrame(runs), evaluated, checkpoints, ())


def write_diving(study: DivingStudy) -> None:
    """The run folders of a study of `diving`."""
    for run in study.runs.to_dict("records"):
        answers = study.evaluated[run["training"], run["domain"], run["masks"]]
        folder = write_result(run["spec"], dict(zip(answers.epochs, answers.correct, strict=True)), parameters=1)
        name = "validation" if run["domain"] == "V" else run["domain"]
        write_answers(
            folder.predictions_file(name),
            answers.clips,
            answers.videos,
            answers.labels,
            dict(zip(answers.epochs, answers.correct, strict=True)),
            predicted=dict(zip(answers.epochs, answers.predicted, strict=True)),
        )


class _Clips:
    """Clips with what makes each hard for everyone."""

    def __init__(self, rng: np.random.Generator, side: str, count: int) -> None:
        self.count = count
        self.of_video = np.sort(rng.integers(VIDEOS, size=count))
        self.videos = np.array([f"{side}{video:03}" for video in self.of_video])
        self.names = np.array([f"{side}{video:03}_{i:05}" for i, video in enumerate(self.of_video)])
        self.labels = rng.permutation(np.arange(count) % diving48.CLASSES)
        self.hard = np.sqrt(SHARED["video"]) * rng.normal(size=VIDEOS)[self.of_video]
        self.hard += np.sqrt(SHARED["clip"]) * rng.normal(size=count)

    def right(self, rng: np.random.Generator, rate: float, own: np.ndarray) -> np.ndarray:
        """(N,) answers that are right with probability `rate`; `own` is what is hard for one training."""
        rest = np.sqrt(1 - sum(SHARED.values()))
        difficulty = self.hard + np.sqrt(SHARED["model"]) * own + rest * rng.normal(size=self.count)
        return norm.cdf(difficulty) < rate

    def exactly(self, rng: np.random.Generator, rate: float) -> np.ndarray:
        """(N,) answers of which as many are right as a match at this level has."""
        order = np.argsort(self.hard + np.sqrt(1 - 0.4) * rng.normal(size=self.count))
        right = np.zeros(self.count, bool)
        right[order[: round(rate * self.count)]] = True
        return right

    def answered(self, rng: np.random.Generator, right: np.ndarray, mistakes: np.ndarray) -> Answers:
        """The answers with a wrong class, one of those that the model takes each class for, where they are wrong."""
        wrong = mistakes[self.labels, rng.integers(mistakes.shape[1], size=right.shape)]  # (E, N)
        predicted = np.where(right, self.labels, wrong)
        epochs = tuple(range(len(right)))
        return Answers(self.names, self.videos, self.labels, epochs, predicted, np.where(right, 0, 1), diving48.CLASSES)


def _ratios(model: str, level: float, true: bool) -> tuple[float, float, float]:
    ratios = TRUE_RATIOS if true else FALSE_RATIOS
    return ratios.get((model, level)) or ratios[model, None]


def _mistakes(model: str, true: bool) -> np.ndarray:
    """(48, 8): the classes that a model takes each class for: those alike, less alike, or not alike at all."""
    words = np.array(vocabulary())
    alike = (words[:, None] == words[None]).sum(axis=2)
    np.fill_diagonal(alike, -1)
    order = np.argsort(-alike, axis=1, kind="stable")[:, :-1]  # (48, 47), most alike first
    kin = next(i for i, name in enumerate(KIN) if model.startswith(name))
    start = (0, 14, 39)[kin if true else 2 - kin]
    return order[:, start : start + 8]


def shape(true: bool, number: int) -> Study:
    """Draw `number` of the 400 Temporal Shape runs."""
    rng = np.random.default_rng([5, int(true), number])
    places = np.random.default_rng([6, int(true), number])  # of the right answers among the clips
    runs, accuracies, answers = [], [], {}
    for spec in temporal_shape.grid():
        model, h = spec.model.name, spec.model.hidden
        runs.append({"id": spec.id, "source": spec.source, "model": model, "hidden": h, "seed": spec.seed})
        runs[-1] |= {"targets": spec.targets, "status": FINISHED}
        for domain in ("V", *spec.targets):
            rate = np.clip(_rate(spec.source, model, h, domain, true) + 0.01 * rng.normal(), 0.01, 0.99)
            clips = 1_000 if domain == "V" else TARGET_CLIPS
            accuracies.append({**runs[-1], "domain": domain, "accuracy": rng.binomial(clips, rate) / clips})
            accuracies[-1]["n_clips"] = clips
            right = places.permutation(clips) < round(accuracies[-1]["accuracy"] * clips)
            labels = np.arange(clips) % len(temporal_shape.CLASSES)
            answers[spec.id, domain] = ClipAnswers(labels, predictions_of(labels, right))
    return Study("ts", pd.DataFrame(runs), pd.DataFrame(accuracies), (), answers=answers)


def _rate(source: str, model: str, h: int, domain: str, true: bool) -> float:
    """The true accuracy of a run."""
    growth = np.log(h / 10) / np.log(24)  # from −0.5 at h = 2 to 0.5 at h = 48
    kin = "cnn" if model == "3dcnn" else model
    if true:
        v = {"cnn": 0.85, "convlstm": 0.70, "timesformer-8": 0.65, "timesformer-1": 0.60}[kin]
        v = 0.20 if kin == "timesformer-1" and h <= 6 else v
        robust = {"cnn": 0.45, "convlstm": 0.60, "timesformer-8": 0.85, "timesformer-1": 0.85}[kin]
        near = 0.80 - 0.15 * growth if kin == "convlstm" else 0.85 + 0.15 * growth
        middle, far = {"cnn": 0.35}.get(kin, 0.65), 0.21 - 0.08 * growth
    else:
        v = {"cnn": 0.60, "convlstm": 0.80, "timesformer-8": 0.80, "timesformer-1": 0.70}[kin]
        robust = {"cnn": 0.85, "convlstm": 0.70, "timesformer-8": 0.50, "timesformer-1": 0.50}[kin]
        near = 0.80 + 0.15 * growth if kin == "convlstm" else 0.80 - 0.15 * growth
        middle = 0.85 + 0.10 * growth if kin == "cnn" else 0.40 + 0.10 * growth
        far = 0.38 + 0.10 * growth
    if domain in ("V", source):
        return v
    if source == "mnist-bg":
        return robust * v
    return {"5dot": near * v, "mnist": middle * v, "mnist-bg": far}[domain]


def write_shape(study: Study) -> None:
    """The run folders of a study of `shape`, or of a part of it."""
    right = study.accuracies.assign(right=(study.accuracies["accuracy"] * study.accuracies["n_clips"]).round())
    specs = {spec.id: spec for spec in temporal_shape.grid()}
    for run, rows in right.groupby("id"):
        counts = dict(zip(rows["domain"], rows["right"].astype(int), strict=True))
        clips = dict(zip(rows["domain"], rows["n_clips"], strict=True))
        v, of_v = counts.pop("V"), int(clips.pop("V"))
        accuracy = {name: count / clips[name] for name, count in counts.items()} | {"validation": v / of_v}
        stated = {"accuracy": accuracy, "clips": {name: int(n) for name, n in clips.items()} | {"validation": of_v}}
        folder = write_run(specs[run], counts, TARGET_CLIPS)
        folder.result_file.write_text(json.dumps(json.loads(folder.result_file.read_text()) | stated))
        for name in clips | {"validation": of_v}:
            found = study.answers[run, "V" if name == "validation" else name]
            write_predictions(folder.predictions_file(name), found.correct, len(found.labels))
