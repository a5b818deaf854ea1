"""Effective robustness on Diving48: all kept checkpoints on logit axes, the models' lines, the matched residuals."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import expit

from analysis.diving48.data.study import display_domain
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.rows import INTERVALS, seed_notes
from analysis.runs.checkpoint_predictions import Answers
from analysis.statistics.effective import Lines, fit_lines
from analysis.statistics.ratios import empirical_logit
from analysis.table.tables import Column, Table, ratio, with_needs
from xdomain.models import display_name

MODEL = Column("model", "Model", display_name)
DOMAIN = Column("domain", "Target", display_domain)
TOO_FEW = "No line yet: it needs a run with two checkpoints of different accuracy, evaluated on {} and on the target."


@dataclass(frozen=True)
class Cloud:
    """Every kept checkpoint's accuracies on source and target, with the lines through them.

    Attributes:
        models: M registered names.
        model: (K,) number of each checkpoint's model.
        checkpoints: K pairs of training id and epoch.
        x: (K,) logit of the accuracy on the source; `x_draws` (draws, K) the bootstrap's.
        y: (K,) the same on the target.
        lines: fitted to all checkpoints.
        drawn: the lines of every draw.
    """

    models: list[str]
    model: np.ndarray
    checkpoints: list[tuple[str, int]]
    x: np.ndarray
    y: np.ndarray
    x_draws: np.ndarray
    y_draws: np.ndarray
    lines: Lines
    drawn: Lines
    ids: tuple[str, ...]


@cache
def cloud(measures: Measures, target: str) -> Cloud | None:
    """Collect a setting's checkpoints that were evaluated on both domains; None where they make no line."""
    study, setting = measures.study, measures.setting
    source = measures.design.reference  # the same test clips without masks, so that the line shows robustness only
    models, model_of_run, ids = list[str](), list[int](), list[str]()
    checkpoints: list[tuple[str, int]] = []
    parts: list[tuple[tuple[np.ndarray, np.ndarray], ...]] = []  # of both domains, each run's `_logits`
    runs = study.runs[study.runs["source"] == setting.split].sort_values(["model", "seed"])
    for training, model in zip(runs["id"], runs["model"], strict=True):
        sides = [study.answers(training, domain, setting) for domain in (source, target)]
        both = [answers for answers in sides if answers is not None]
        if training not in study.checkpoints or len(both) < len(sides):
            continue
        epochs = [epoch for epoch in both[0].epochs if epoch in both[1].epochs]
        if not epochs:  # every one that both have has scores that are no numbers on one side
            continue
        models += [model] * (model not in models)
        checkpoints += [(training, epoch) for epoch in epochs]
        parts.append(tuple(_logits(measures, answers, epochs) for answers in both))
        model_of_run.append(models.index(model))
        related = (runs["training"] == training) & runs["domain"].isin(("V", source, target))
        ids += runs.loc[related & runs["masks"].isin(("", setting.masks)), "id"].tolist()
    if not parts:
        return None
    run = np.repeat(np.arange(len(parts)), [len(part[0][0]) for part in parts])
    (x, x_draws), (y, y_draws) = (
        (np.concatenate([part[side][0] for part in parts]), np.hstack([part[side][1] for part in parts]))
        for side in (0, 1)
    )
    of_run = np.array(model_of_run)
    lines = fit_lines(x, y, run, of_run)
    if np.isnan(lines.slope):
        return None
    seeds = np.ones((measures.bootstrap.draws, len(parts)), np.float32)
    for number, model in enumerate(models):
        own = of_run == number
        seeds[:, own] = measures.bootstrap.seed_weights(model, int(own.sum())) * own.sum()
    drawn = fit_lines(x_draws, y_draws, run, of_run, seeds)
    return Cloud(models, of_run[run], checkpoints, x, y, x_draws, y_draws, lines, drawn, tuple(ids))


def effective_tables(measures: Measures) -> list[Table]:
    """Fit the lines by model and target, and measure the matched checkpoints' distance from the common line."""
    targets = measures.design.targets(measures.study.domains(measures.setting))
    clouds = {target: points for target in targets if (points := cloud(measures, target))}
    why = (*seed_notes(measures), *(() if clouds else (TOO_FEW.format(_reference(measures)),)))
    return [_lines_table(measures, clouds, why), _residuals_table(measures, clouds, why)]


def _lines_table(measures: Measures, clouds: dict[str, Cloud], why: tuple[str, ...]) -> Table:
    rows = []
    domains = measures.study.domains(measures.setting)
    # One line is through the checkpoints of all models.
    trainings = tuple(spec.id for spec in measures.study.trainings_of(measures.setting))
    for target, points in clouds.items():
        slope = measures.sample(float(points.lines.slope), points.drawn.slope, points.ids).estimate()
        for m, model in enumerate(points.models):
            own, drawn = points.lines.intercepts[m], points.drawn.intercepts[:, m]
            beyond = measures.sample(float(own - points.lines.common), drawn - points.drawn.common, points.ids)
            row = {
                "domain": target,
                "model": model,
                "slope": slope,
                "intercept": measures.sample(float(own), drawn, points.ids).estimate(),
                "beyond": beyond.estimate(),
                "checkpoints": int((points.model == m).sum()),
            }
            rows.append(with_needs(row, measures.needs(trainings, target, measures.design.reference)))
    return Table(
        "effective-lines",
        f"{measures.design.title}: effective robustness, logit A_D = α + β · logit A_{_reference(measures)} over all "
        "kept checkpoints",
        (
            DOMAIN,
            MODEL,
            Column("slope", "β", ratio),
            Column("intercept", "α", ratio),
            Column("beyond", "α − mean α", "{:+.3f}".format),
            Column("checkpoints", "Checkpoints"),
        ),
        tuple(rows),
        (
            "One slope β for all models, fitted within runs, and an intercept α for each: the mean over its runs. "
            "α − mean α, in logits, says how much more of its accuracy a model keeps than the others do at any level, "
            "not at one matched checkpoint only (Taori et al. 2020).",
            "Logits are ln((k + ½)/(n − k + ½)) of k right among n clips, so accuracies of 0 and 1 have one, too.",
            INTERVALS,
            *why,
        ),
        ("domain",),
        measures.needs(trainings, *domains),
    )


def _residuals_table(measures: Measures, clouds: dict[str, Cloud], why: tuple[str, ...]) -> Table:
    rows = []
    for entry in measures.matched:
        for target, points in clouds.items():
            places = [points.checkpoints.index(c) for c in _matched(entry) if c in points.checkpoints]
            if not places:
                continue
            value = _beyond_line(points.x, points.y, points.lines, places).mean()
            seeds = measures.bootstrap.seed_weights(entry.model, len(places))  # (draws, seeds)
            draws = (_beyond_line(points.x_draws, points.y_draws, points.drawn, places) * seeds).sum(axis=1)
            residual = measures.sample(float(value), draws, points.ids).estimate()
            row = {"experiment": entry.experiment, "domain": target, "model": entry.role, "residual": residual}
            rows.append(with_needs(row, measures.needs(entry.trainings, target, measures.design.reference)))
    return Table(
        "effective-matched",
        f"{measures.design.title}: accuracy (points) of the matched checkpoints beyond the line of all models",
        (
            Column("experiment", "Exp."),
            DOMAIN,
            Column("model", "Model"),
            Column("residual", "A_D beyond the line", lambda value: f"{100 * value:+.1f}"),
        ),
        tuple(rows),
        (
            "Accuracy in the domain minus what the line with the mean α predicts from the checkpoint's accuracy on "
            f"{_reference(measures)}: what a model has beyond an average one of equal accuracy. Seeds are averaged.",
            INTERVALS,
            *why,
        ),
        ("experiment", "domain"),
        measures.needs(measures.trainings(), *measures.study.domains(measures.setting)),
    )


def _reference(measures: Measures) -> str:
    return display_domain(measures.design.reference)


def _matched(entry: Entry) -> list[tuple[str, int]]:
    return [(training, matched.epoch) for training, matched in entry.matches.items()]


def _beyond_line(x: np.ndarray, y: np.ndarray, lines: Lines, places: list[int]) -> np.ndarray:
    """Measure A_t − expit(mean α + β · logit A_s), in [−1, 1], at each of P places: (..., P)."""
    predicted = expit(lines.common[..., None] + lines.slope[..., None] * x[..., places])
    return expit(y[..., places]) - predicted


def _logits(measures: Measures, answers: Answers, epochs: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return (E,) logits of the accuracies at `epochs`, and (draws, E) those of the bootstrap's draws."""
    rows = answers.rows(epochs)  # (E, N)
    right, clips = measures.bootstrap.right(answers.videos, rows)
    return empirical_logit(rows.sum(axis=1), rows.shape[1]), empirical_logit(right, clips).astype(np.float32)
