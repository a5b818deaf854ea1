"""Who is more robust, and is it chance: contrasts of robustness, and paired tests on the same clips."""

from itertools import combinations
from typing import Any

import numpy as np

from analysis.diving48.load import CODEC, display_domain
from analysis.diving48.measures import Entry, Measures
from analysis.diving48.rows import EXPERIMENT, INTERVALS
from analysis.runs.load import V
from analysis.statistics.bootstrap import DRAWS, SEED
from analysis.statistics.paired import SignFlip, holm, mcnemar, require_same_clips
from analysis.table.tables import Column, Estimate, Table, with_needs
from xdomain.core.errors import UserError
from xdomain.studies.diving48 import UNMODIFIED

COMPARISON, DOMAIN = Column("comparison", "Comparison"), Column("domain", "Domain")
NOTHING_TO_COMPARE = "No experiment has two models with a matched checkpoint and these domains evaluated yet."
FAMILY = "Holm's correction is over all rows of the table; the same checkpoints in two experiments are one test in it."


def p_value(value: float) -> str:
    """Show three decimals, "<0.001" below; "–" where there is none."""
    if np.isnan(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def contrasts(measures: Measures) -> Table:
    """Make the primary contrast: Δ = ln rr_A − ln rr_B of two models in one domain, rr = A_D/A_I′."""
    rows, without = list[dict[str, Any]](), dict[str, list[str]]()
    for first, second in _pairs(measures):
        for domain in _masked_domains(measures):
            a, b = (measures.ratio(entry, domain, CODEC, paired=True) for entry in (first, second))
            shown = display_domain(domain)
            if why := a.why or b.why or (f"{shown} is 0, which has no logarithm" if 0 in (a.value, b.value) else ""):
                if "not evaluated" not in why:  # those are in the table of accuracies
                    pair = f"{first.role} − {second.role}"
                    without.setdefault(f"No contrast of {pair} on {shown}, for {why}", []).append(first.experiment)
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                draws = np.log(a.draws) - np.log(b.draws)
            draws[~np.isfinite(draws)] = np.nan
            ids = tuple(dict.fromkeys(a.ids + b.ids))
            delta = measures.sample(float(np.log(a.value / b.value)), draws, ids).estimate()
            row = _row(first, second, domain, domain) | {"delta": delta, "p": measures.bootstrap.p(delta.value, draws)}
            rows.append(with_needs(row, _needs(measures, first, second, domain, CODEC)))
    _add_holm(rows, "p")
    return Table(
        "contrasts",
        "Diving48: robustness of two models against each other, Δ = ln rr_A − ln rr_B",
        (
            EXPERIMENT,
            COMPARISON,
            DOMAIN,
            Column("delta", "Δ [95 %]", "{:+.3f}".format),
            Column("p", "p", p_value),
            Column("p_holm", "p (Holm)", p_value),
        ),
        tuple(rows),
        (
            "rr = accuracy in the domain ÷ accuracy on I′, the same clips; Δ above 0: the first model keeps more of "
            "its accuracy. On T that is no virtue: it answers without seeing the diver.",
            f"p: two-sided, from the bootstrap's draws, as the interval is. {FAMILY}",
            INTERVALS,
            *(f"{said} (experiment {', '.join(letters)})." for said, letters in without.items()),
            *([] if rows else [NOTHING_TO_COMPARE]),
        ),
        ("experiment",),
        measures.needs(measures.trainings(), *measures.study.domains(measures.setting)),
    )


def paired_tests(measures: Measures) -> Table:
    """Test two models in one domain, and S1 against T for one model, on the same clips."""
    wanted = [
        (first, second, domain, domain)
        for first, second in _pairs(measures)
        for domain in (UNMODIFIED, CODEC, *_masked_domains(measures))
    ]
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
        videos, a, b, ids = answers
        test = tests.setdefault(videos.tobytes(), SignFlip(videos, DRAWS, SEED))
        row = _row(first, second, domain, other) | {
            "difference": Estimate(float(a.mean() - b.mean()), ids=ids),
            "first": int((a & ~b).sum()),
            "second": int((b & ~a).sum()),
            "mcnemar": mcnemar(a, b),
            "flip": float(test.p(a[None], b[None])[0]),
        }
        rows.append(with_needs(row, _needs(measures, first, second, domain, other)))
    for key in ("mcnemar", "flip"):
        _add_holm(rows, key)
    rows.sort(key=lambda row: row["experiment"])
    return Table(
        "paired-tests",
        "Diving48: paired tests on the same clips",
        (
            EXPERIMENT,
            COMPARISON,
            DOMAIN,
            Column("difference", "Difference (points)", lambda value: f"{100 * value:+.1f}"),
            Column("first", "Only first right"),
            Column("second", "Only second right"),
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
            f"{FAMILY} With several seeds a test compares the first seed that both models have.",
            *dict.fromkeys(refused),
            *([] if rows else [NOTHING_TO_COMPARE]),
        ),
        ("experiment",),
        measures.needs(measures.trainings(), *measures.study.domains(measures.setting)),
    )


def _pairs(measures: Measures) -> list[tuple[Entry, Entry]]:
    return [(a, b) for a, b in combinations(measures.matched, 2) if a.experiment == b.experiment]


def _masked_domains(measures: Measures) -> list[str]:
    return [name for name in measures.study.domains(measures.setting) if name not in (V, UNMODIFIED, CODEC)]


def _row(first: Entry, second: Entry, domain: str, other: str) -> dict:
    if first is second:
        comparison, shown = f"{first.role}: {domain} − {other}", f"{domain}, {other}"
    else:
        comparison, shown = f"{first.role} − {second.role}", display_domain(domain)
    checkpoints = [tuple((run, matched.epoch) for run, matched in e.matches.items()) for e in (first, second)]
    test = (*checkpoints, domain, other)  # tells tests apart, whatever the experiment
    return {"experiment": first.experiment, "comparison": comparison, "domain": shown, "test": test}


def _needs(measures: Measures, first: Entry, second: Entry, *domains: str) -> tuple[str, ...]:
    """List the runs that a comparison of two entries takes."""
    return measures.needs(tuple(dict.fromkeys(first.trainings + second.trainings)), *domains)


def _same_clips(measures: Measures, first: Entry, domain: str, second: Entry, other: str) -> tuple | None:
    """Return (videos, answers of the first, answers of the second, run ids) of a seed; None where one is missing.

    Raises:
        UserError: the two were evaluated on different clips.
    """
    sides = measures.answers(first, domain), measures.answers(second, other)
    seeds = [{training.rpartition("/")[2]: training for training in side} for side in sides]
    if not (shared := [seed for seed in seeds[0] if seed in seeds[1]]):
        return None
    (a, right_a), (b, right_b) = (side[by_seed[shared[0]]] for side, by_seed in zip(sides, seeds, strict=True))
    names = f"{first.role} on {display_domain(domain)}", f"{second.role} on {display_domain(other)}"
    require_same_clips(a.clips, b.clips, names)
    ids = tuple(dict.fromkeys(measures.ids(first, domain) + measures.ids(second, other)))
    return a.videos, right_a, right_b, ids


def _add_holm(rows: list[dict], key: str) -> None:
    """Add `<key>_holm` to every row; rows of one test share one p value, which counts once."""
    by_test = {row["test"]: row[key] for row in rows if not np.isnan(row[key])}
    adjusted = dict(zip(by_test, holm(list(by_test.values())), strict=True))
    for row in rows:
        row[f"{key}_holm"] = float(adjusted.get(row["test"], np.nan))
