"""Who is more robust, and is it chance: contrasts of robustness, and paired tests on the same clips."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from analysis.diving48.data.study import display_domain
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.rows import EXPERIMENT, INTERVALS, seed_notes
from analysis.runs.load import V
from analysis.statistics.bootstrap import DRAWS, SEED
from analysis.statistics.paired import SignFlip, holm, mcnemar, require_same_clips
from analysis.studies.videos import CODEC
from analysis.table.samples import Sample, mean_once
from analysis.table.tables import Column, Estimate, Table, p_value, with_needs
from xdomain.core.errors import UserError
from xdomain.studies.diving48 import UNMODIFIED

COMPARISON, DOMAIN = Column("comparison", "Comparison"), Column("domain", "Domain")
RATIO, DIFFERENCE = Column("ratio", "Ratio"), Column("difference", "Difference [95 %]", "{:+.3f}".format)
NOTHING_TO_COMPARE = "No experiment has two models with a matched checkpoint and these domains evaluated yet."
FAMILY = "Holm's correction is over all rows of the table; the same checkpoints in two experiments are one test in it."


def contrasts(measures: Measures) -> Table:
    """Compare every two models of an experiment in every ratio: the difference and Δ = ln rr_A − ln rr_B."""
    rows, without = list[dict[str, Any]](), dict[str, list[str]]()
    for first, second in _pairs(measures):
        for name in _ratios(measures):
            a, b = (_ratio(measures, entry, name) for entry in (first, second))
            bare = name not in _corrected(measures)
            zero = f"{name} is 0, which has no logarithm" if bare and 0 in (a.value, b.value) else ""
            if why := a.why or b.why or zero:
                if "not evaluated" not in why:  # those are in the table of accuracies
                    pair = f"{first.role} − {second.role}"
                    without.setdefault(f"No contrast of {pair} in {name}, for {why}", []).append(first.experiment)
                continue
            apart = a.minus(b)
            tested = _log_difference(a, b, apart) if bare else apart
            row = _row(first, second, name, name) | {"ratio": name, "difference": apart.estimate(), "p_holm": ""}
            row |= {"domain": _corrected(measures).get(name, name), "p": tested.p()}
            row |= {"delta": tested.estimate()} if bare else {}
            rows.append(with_needs(row, _needs(measures, first, second, *_domains(measures, name))))
    primary = [f"{domain}/{_reference(measures)}" for domain in measures.design.primary]
    _add_holm([row for row in rows if row["ratio"] in primary], "p")
    return Table(
        "contrasts",
        f"{measures.design.title}: two models against each other in every ratio",
        (
            EXPERIMENT,
            COMPARISON,
            RATIO,
            DIFFERENCE,
            Column("delta", "Δ [95 %]", "{:+.3f}".format),
            Column("p", "p", p_value),
            Column("p_holm", "p (Holm)", p_value),
        ),
        tuple(rows),
        (
            f"Difference of the two models' ratios, and Δ = ln rr_A − ln rr_B; /{_reference(measures)} is on the same "
            "clips, c is guessing. "
            "Above 0: the first model keeps more of its accuracy. On T that is no virtue: it answers without seeing "
            "the diver. Two intervals that overlap say nothing of this one: what the models share cancels in it.",
            f"p: two-sided, from the bootstrap's draws, as the interval is. Holm's correction is over the primary "
            f"contrasts, {', '.join(primary) or 'of which there are none'}, whatever else was evaluated; the same "
            "checkpoints in two experiments are one test.",
            INTERVALS,
            *seed_notes(measures),
            *(f"{said} (experiment {', '.join(letters)})." for said, letters in without.items()),
            *([] if rows else [NOTHING_TO_COMPARE]),
        ),
        ("experiment",),
        measures.needs(measures.trainings(), *measures.study.domains(measures.setting)),
    )


def average_contrasts(measures: Measures) -> Table:
    """Compare every two models over the experiments in which both have a checkpoint, each pair of checkpoints once."""
    rows = list[dict[str, Any]]()
    for first, second in combinations(measures.design.roles, 2):
        pairs = [(a, b) for a, b in _pairs(measures) if (a.role, b.role) == (first, second)]
        for name in _ratios(measures):
            found = [
                (a, (a.checkpoints + b.checkpoints, _ratio(measures, a, name).minus(_ratio(measures, b, name))))
                for a, b in pairs
            ]
            mean = mean_once(sample for _, sample in found)
            if mean.why:
                continue
            over = ", ".join(entry.experiment for entry, (_, sample) in found if not sample.why)
            row = {"comparison": f"{first} − {second}", "ratio": name, "over": over, "difference": mean.estimate()}
            needs = [run for a, b in pairs for run in _needs(measures, a, b, *_domains(measures, name))]
            rows.append(with_needs(row | {"p": mean.p()}, tuple(dict.fromkeys(needs))))
    return Table(
        "contrasts-average",
        f"{measures.design.title}: two models against each other, averaged over the experiments that both have",
        (COMPARISON, RATIO, Column("over", "Experiments"), DIFFERENCE, Column("p", "p", p_value)),
        tuple(rows),
        (
            "Mean of the experiments' differences of ratios; the same two checkpoints in two experiments count once. "
            "p: two-sided, uncorrected.",
            INTERVALS,
            *seed_notes(measures),
            *([] if rows else [NOTHING_TO_COMPARE]),
        ),
        ("ratio",),
        measures.needs(measures.trainings(), *measures.study.domains(measures.setting)),
    )


def _domains(measures: Measures, name: str) -> tuple[str, ...]:
    """Return the domains that a ratio is of."""
    if domain := _corrected(measures).get(name):
        return domain, measures.design.reference
    return tuple(name.replace(display_domain(CODEC), CODEC).split("/"))


def _ratios(measures: Measures) -> list[str]:
    """List the study's ratios, then those to the same clips without masks."""
    masked = [f"{domain}/{_reference(measures)}" for domain in _masked_domains(measures)]
    return [*measures.design.ratios, *masked, *_corrected(measures)]


def _reference(measures: Measures) -> str:
    return display_domain(measures.design.reference)


def _corrected(measures: Measures) -> dict[str, str]:
    """Map each chance-corrected ratio to its domain."""
    return {f"({domain} − c)/({_reference(measures)} − c)": domain for domain in _masked_domains(measures)}


def _ratio(measures: Measures, entry: Entry, name: str) -> Sample:
    if domain := _corrected(measures).get(name):
        return measures.chance_corrected(entry, domain)
    above, below = name.replace(display_domain(CODEC), CODEC).rsplit("/", 1)
    return measures.ratio(entry, above, below, paired=below != V)


def _log_difference(a: Sample, b: Sample, apart: Sample) -> Sample:
    """Take Δ = ln a − ln b; draws without a logarithm are NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = np.log(a.draws) - np.log(b.draws)
    return replace(apart, value=float(np.log(a.value / b.value)), draws=np.where(np.isfinite(draws), draws, np.nan))


def paired_tests(measures: Measures) -> Table:
    """Test two models in one domain, and S1 against T for one model, on the same clips."""
    wanted = [
        (first, second, domain, domain)
        for first, second in _pairs(measures)
        for domain in dict.fromkeys((UNMODIFIED, measures.design.reference, *_masked_domains(measures)))
    ]
    if {"S1", "T"} <= {*measures.design.domains}:
        wanted += [(entry, entry, "S1", "T") for entry in measures.matched]
    rows, refused, tests = list[dict[str, Any]](), list[str](), dict[bytes, SignFlip]()
    for first, second, domain, other in wanted:
        try:
            answers = _same_clips(measures, first, domain, second, other)
        except UserError as error:
            refused.append(f"Experiment {first.experiment}: {error}")
            continue
        if answers is None:
            continue
        videos, a, b, seeds, ids = answers
        test = tests.setdefault(videos.tobytes(), SignFlip(videos, DRAWS, SEED))
        row = _row(first, second, domain, other) | {
            "difference": Estimate(float((a - b).mean() / seeds), ids=ids),
            "first": int((a > b).sum()),
            "second": int((b > a).sum()),
            "seeds": seeds,
            "mcnemar": mcnemar(a > b, b > a),
            "flip": float(test.p(a[None], b[None])[0]),
        }
        rows.append(with_needs(row, _needs(measures, first, second, domain, other)))
    for key in ("mcnemar", "flip"):
        _add_holm(rows, key)
    rows.sort(key=lambda row: [*measures.design.experiments].index(row["experiment"]))
    return Table(
        "paired-tests",
        f"{measures.design.title}: paired tests on the same clips",
        (
            EXPERIMENT,
            COMPARISON,
            DOMAIN,
            Column("difference", "Difference (points)", lambda value: f"{100 * value:+.1f}"),
            Column("first", "Only first right"),
            Column("second", "Only second right"),
            Column("seeds", "Seeds"),
            *(
                Column(key + end, title + text, p_value)
                for key, title in (("mcnemar", "McNemar p"), ("flip", "Sign-flip p"))
                for end, text in (("", ""), ("_holm", " (Holm)"))
            ),
        ),
        tuple(rows),
        (
            "McNemar: exact, on the clips that only one side gets right, taken as independent. Sign-flip: sides are "
            f"swapped for whole source videos at once ({DRAWS:,} random patterns, all of them up to 13 videos), so "
            "that clips of one video may be alike; trust it where they differ.",
            f"{FAMILY} With several seeds all that both models have are compared: a clip counts for the side that has "
            "it right with more of them, and all seeds of a source video are swapped together. The tests are about "
            "these checkpoints: seeds are not drawn anew.",
            *seed_notes(measures),
            *dict.fromkeys(refused),
            *([] if rows else [NOTHING_TO_COMPARE]),
        ),
        ("experiment",),
        measures.needs(measures.trainings(), *measures.study.domains(measures.setting)),
    )


def _pairs(measures: Measures) -> list[tuple[Entry, Entry]]:
    return [(a, b) for a, b in combinations(measures.matched, 2) if a.experiment == b.experiment]


def _masked_domains(measures: Measures) -> list[str]:
    return measures.design.targets(measures.study.domains(measures.setting))


def _row(first: Entry, second: Entry, domain: str, other: str) -> dict:
    if first is second:
        comparison, shown = f"{first.role}: {domain} − {other}", f"{domain}, {other}"
    else:
        comparison, shown = f"{first.role} − {second.role}", display_domain(domain)
    test = (first.checkpoints, second.checkpoints, domain, other)  # tells tests apart, whatever the experiment
    return {"experiment": first.experiment, "comparison": comparison, "domain": shown, "test": test}


def _needs(measures: Measures, first: Entry, second: Entry, *domains: str) -> tuple[str, ...]:
    """List the runs that a comparison of two entries takes."""
    return measures.needs(tuple(dict.fromkeys(first.trainings + second.trainings)), *domains)


def _same_clips(measures: Measures, first: Entry, domain: str, second: Entry, other: str) -> tuple | None:
    """Return (videos, seeds of the first that are right, of the second, seeds, run ids); None where no seed is shared.

    Raises:
        UserError: the two were evaluated on different clips.
    """
    sides = measures.answers(first, domain), measures.answers(second, other)
    seeds = [{training.rpartition("/")[2]: training for training in side} for side in sides]
    if not (shared := [seed for seed in seeds[0] if seed in seeds[1]]):
        return None
    names = f"{first.role} on {display_domain(domain)}", f"{second.role} on {display_domain(other)}"
    right = []
    for side, of in zip(sides, seeds, strict=True):
        for seed in shared:
            require_same_clips(sides[0][seeds[0][shared[0]]][0].clips, side[of[seed]][0].clips, names)
        right.append(np.sum([side[of[seed]][1] for seed in shared], axis=0))
    videos = sides[0][seeds[0][shared[0]]][0].videos
    ids = tuple(dict.fromkeys(measures.ids(first, domain) + measures.ids(second, other)))
    return videos, *right, len(shared), ids


def _add_holm(rows: list[dict], key: str) -> None:
    """Add `<key>_holm` to every row; rows of one test share one p value, which counts once."""
    by_test = {row["test"]: row[key] for row in rows if not np.isnan(row[key])}
    adjusted = dict(zip(by_test, holm(list(by_test.values())), strict=True))
    for row in rows:
        row[f"{key}_holm"] = float(adjusted.get(row["test"], np.nan))
