"""Accuracies of the matched checkpoints in every domain, and what the ratio to V is made of."""

from collections.abc import Collection

import numpy as np

from analysis.diving48.curves.table import Curve
from analysis.diving48.data.study import display_domain
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.rows import (
    EPOCHS,
    EXPERIMENT,
    INTERVALS,
    MODEL,
    RUNS,
    V_AND_SE,
    matched_columns,
    needs_of_matched,
    runs_of,
)
from analysis.runs.load import V
from analysis.statistics.ratios import log_ratio_variance_same_clips
from analysis.studies.videos import CODEC
from analysis.table.samples import Sample
from analysis.table.tables import Column, Estimate, Table, percent, ratio, with_needs
from xdomain.studies.diving48 import UNMODIFIED


def accuracies(measures: Measures) -> Table:
    """Make a row per experiment and model, a column per domain."""
    domains = measures.study.domains(measures.setting)
    rows = []
    for entry in measures.entries:
        row = {"experiment": entry.experiment, "model": entry.role, **matched_columns(entry)}
        row |= {domain: measures.accuracy(entry, domain).estimate() for domain in domains}
        row["runs"] = runs_of(measures, entry, domains)
        own = {domain: measures.needs(entry.trainings, domain) for domain in domains}
        rows.append(with_needs(row, measures.needs(entry.trainings, *domains), own | needs_of_matched(measures, entry)))
    return Table(
        "accuracies",
        f"{measures.design.title}: accuracy (%) of the matched checkpoints in every domain",
        (
            EXPERIMENT,
            MODEL,
            V_AND_SE,
            EPOCHS,
            *(Column(domain, display_domain(domain), percent, domain in ("S1", "S2")) for domain in domains),
            RUNS,
        ),
        tuple(rows),
        (
            f"V: validation clips, of the training listing; {_meanings(domains)}. "
            f"Answering the commonest class for every clip is right in {percent(measures.study.chance)} %.",
            "SE: binomial standard error of V, as though clips were independent.",
            INTERVALS,
            "Runs: finished of the training and its evaluations.",
        ),
        ("experiment",),
        measures.needs(measures.trainings(), *domains),
    )


def decomposition(measures: Measures) -> Table:
    """Factor A_D/A_V = robustness · codec · split gap; with the chance-corrected ratio and the design effect."""
    rows = []
    domains, reference = measures.study.domains(measures.setting), measures.design.reference
    shown, references = display_domain(reference), tuple(dict.fromkeys((UNMODIFIED, reference)))
    for entry in measures.matched:
        for domain in domains:
            if domain in (UNMODIFIED, CODEC):
                continue
            robustness = measures.ratio(entry, domain, reference, paired=True)
            row = {
                "experiment": entry.experiment,
                "model": entry.role,
                "domain": domain,
                "whole": measures.ratio(entry, domain, V).estimate(),
                "robustness": robustness.estimate(),
                "codec": measures.ratio(entry, reference, UNMODIFIED, paired=True).estimate(),
                "split": measures.ratio(entry, UNMODIFIED, V).estimate(),
                "corrected": measures.chance_corrected(entry, domain).estimate(),
                "design": _design_effect(measures, entry, domain, robustness.draws),
                "runs": runs_of(measures, entry, (*references, domain)),
            }
            rows.append(with_needs(row, measures.needs(entry.trainings, domain, *references)))
    return Table(
        "decomposition",
        f"{measures.design.title}: what the ratio to V is made of, A_D/A_V = robustness · codec · split gap",
        (
            EXPERIMENT,
            MODEL,
            Column("domain", "D"),
            Column("whole", "A_D/A_V", ratio),
            Column("robustness", f"Robustness A_D/A_{shown}", ratio),
            *([Column("codec", "Codec A_I′/A_O", ratio)] if reference == CODEC else []),
            Column("split", "Split gap A_O/A_V", ratio),
            Column("corrected", f"Above chance (A_D − c)/(A_{shown} − c)", ratio),
            Column("design", "Design effect", "{:.1f}".format),
            RUNS,
        ),
        tuple(rows),
        (
            "Robustness compares a domain with the same test clips unmasked; codec is what resize and compression "
            "alone cost; split gap is the difference between test and validation clips, which is no robustness: V can "
            "be inflated by clips of one source video on both sides of a random split.",
            "Above chance: the part of the accuracy beyond guessing that is kept, "
            f"c = {percent(measures.study.chance)} % being the commonest class for every clip; the "
            f"bare ratio has a floor of c ÷ (accuracy on {shown}). Given where the 95 % interval of A_{shown} − c is "
            "above 0.",
            "Design effect: variance of ln robustness over source videos ÷ its formula for independent clips; above 1, "
            "clips of one video are alike and intervals that ignore it are too short (one seed only).",
            INTERVALS,
        ),
        ("experiment", "domain"),
        measures.needs(measures.trainings(), *domains),
    )


def curves_of(measures: Measures) -> list[Curve]:
    """Measure every matched model under every corruption that any was evaluated on."""
    curves = []
    names: dict[str, dict[int, str]] = {}  # corruption -> severity -> domain; 0 is O
    for domain, (base, severity) in measures.study.curves.items():
        names.setdefault(base, {0: UNMODIFIED})[severity] = domain
    for entry in measures.matched:
        for base, domains in names.items():
            corrupted = [domain for severity, domain in domains.items() if severity]
            curves.append(
                Curve(
                    entry.experiment,
                    entry.role,
                    base,
                    {severity: measures.accuracy(entry, domain).estimate() for severity, domain in domains.items()},
                    _kept(measures, [measures.ratio(entry, name, UNMODIFIED, paired=True) for name in corrupted]),
                    runs_of(measures, entry, domains.values()),
                    {severity: measures.needs(entry.trainings, domain) for severity, domain in domains.items()},
                )
            )
    return curves


def _kept(measures: Measures, ratios: list[Sample]) -> Estimate:
    """Average ratios of one entry; absent where one is, for the severities are not alike."""
    if why := next((sample.why for sample in ratios if sample.why), ""):
        return Estimate(float("nan"), why=why)
    ids = tuple(dict.fromkeys(run for sample in ratios for run in sample.ids))
    draws = np.mean([sample.draws for sample in ratios], axis=0)
    return measures.sample(float(np.mean([sample.value for sample in ratios])), draws, ids).estimate()


def _design_effect(measures: Measures, entry: Entry, domain: str, draws: np.ndarray) -> float | str:
    """Measure the design effect of robustness; empty where there is none."""
    above, below = measures.answers(entry, domain), measures.answers(entry, measures.design.reference)
    if len(draws) == 0 or len(entry.matches) != 1 or not (draws > 0).all():
        return ""
    (training,) = entry.matches
    formula = log_ratio_variance_same_clips(above[training][1], below[training][1])
    return float(np.var(np.log(draws)) / formula) if formula > 0 else ""


def _meanings(domains: Collection[str]) -> str:
    """Say what those of the paper's domains are that are there."""
    divers = {"S1": "divers", "S2": "divers' boxes"}
    here = [name for name in divers if name in domains]
    shape = "divers (or their boxes)" if len(here) == len(divers) else "".join(divers[name] for name in here)
    meanings = {"O": "O: unmodified test clips", "I": "I′: those through the domains' resize and codec"}
    meanings |= dict.fromkeys(here, f"{', '.join(here)}: {shape} over a blurred background")
    meanings |= {"T": "T: boxes masked"}
    return "; ".join(dict.fromkeys(text for name, text in meanings.items() if name in domains))
