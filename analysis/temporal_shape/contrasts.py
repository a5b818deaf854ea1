"""Every two Temporal Shape models against each other, over the sizes that both have: differences with intervals."""

from itertools import combinations
from typing import Any

import numpy as np

from analysis.plotting.style import DOMAIN_NAMES, ordered_domains, ordered_models
from analysis.runs.load import Study, V
from analysis.table.tables import Column, Table, with_needs
from analysis.temporal_shape.averages import ACCURACY, BARE, CORRECTED, average
from analysis.temporal_shape.crossed import floor_text
from analysis.temporal_shape.grid import GridCell, grid_cell
from analysis.temporal_shape.statistics import interval_notes
from xdomain.models import display_name
from xdomain.studies.temporal_shape import SOURCES


def contrasts(study: Study) -> Table:
    """Subtract interquartile means: of the accuracy in each domain, of the robustness ratio bare and above chance."""
    rows = list[dict[str, Any]]()
    for source in SOURCES:
        models = ordered_models(study.runs.loc[study.runs["source"] == source, "model"])
        cells = [cell for model in models if (cell := grid_cell(study, source, model))]
        for first, second in combinations(cells, 2):
            shared = np.intersect1d(first.wide["hidden"], second.wide["hidden"])
            if len(shared):
                rows += _pair(study, first.of_sizes(shared), second.of_sizes(shared), len(shared))
    return Table(
        "contrasts",
        "Temporal Shape: two models against each other, difference of interquartile means",
        (
            Column("source", "Trained on", DOMAIN_NAMES.__getitem__),
            Column("comparison", "Comparison"),
            Column("domain", "Domain", DOMAIN_NAMES.__getitem__),
            Column("accuracy", "Accuracy (points)", lambda value: f"{100 * value:+.1f}"),
            Column("bare", "A_t/A_s", "{:+.3f}".format),
            Column("corrected", "(A_t − c)/(A_s − c)", "{:+.3f}".format),
            Column("sizes", "Sizes"),
        ),
        tuple(rows),
        (
            "First minus second over the sizes that both have. Two intervals that overlap say nothing of this one.",
            f"A_s: accuracy on the held-out set of the domain trained on; c: share of the commonest class in the set, "
            f"{floor_text(study)} %. Runs whose 95 % interval of A_s − c is not above 0 are left out of what is above "
            "chance.",
            *interval_notes(study),
        ),
        ("source", "domain"),
        tuple(study.runs["id"]),
    )


def _pair(study: Study, first: GridCell, second: GridCell, sizes: int) -> list[dict[str, Any]]:
    comparison = f"{display_name(first.model)} − {display_name(second.model)}"
    domains = ordered_domains(set(first.wide.columns) & set(second.wide.columns) & set(DOMAIN_NAMES))
    rows = []
    for domain in domains:
        row: dict[str, Any] = {"source": first.source, "comparison": comparison, "domain": domain, "sizes": sizes}
        for measure in (ACCURACY,) if domain in (V, first.source) else (ACCURACY, BARE, CORRECTED):
            row[measure] = average(first, domain, measure).minus(average(second, domain, measure)).estimate()
        needs = study.runs[
            (study.runs["source"] == first.source) & study.runs["model"].isin([first.model, second.model])
        ]
        rows.append(with_needs(row, tuple(needs["id"])))
    return rows
