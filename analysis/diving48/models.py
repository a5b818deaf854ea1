"""The models of the Diving48 study: parameters (the models of Table 16) and TimeSformer variants (Table 17)."""

from dataclasses import replace

import pandas as pd

from analysis.diving48.data.study import DivingStudy
from analysis.diving48.rows import MODEL, RUNS
from analysis.published.qualitative import PUBLISHED
from analysis.published.tables import VARIANT_TITLES
from analysis.runs.load import V, read_result
from analysis.runs.notes import completeness
from analysis.table.tables import Column, Count, Estimate, Table, percent, with_needs
from xdomain.core.errors import UserError
from xdomain.studies.diving48 import EXPERIMENTS, SPLITS, STUDY, TABLE_17, WIDTHS, training, variant


def parameters(study: DivingStudy) -> Table:
    """Show trainable parameters counted in the runs, beside the published ones."""
    published = pd.read_csv(PUBLISHED / "diving48_parameters.csv")
    rows = []
    for record in published.to_dict("records"):
        model = EXPERIMENTS[record["experiments"][0]].models[record["model"]]
        runs = study.runs[(study.runs["domain"] == V) & (study.runs["model"] == model)]
        counted = runs.dropna(subset="parameters")
        counts = sorted({int(count) for count in counted["parameters"]})
        stated = int(record["trainable_parameters"])
        paper_width = set(runs["hidden"]) == {WIDTHS[model]}
        row = {
            "experiments": record["experiments"],
            "model": record["model"],
            "name": model,
            "hidden": "/".join(str(width) for width in sorted(runs["hidden"].unique())),
            "reproduced": " / ".join(f"{count:,}" for count in counts),
            "published": f"{stated:,}",
            "stated": record["as the paper states it"],
            "match": ("yes" if counts == [stated] else "no") if counts and paper_width else "",
            "runs": Count(len(counted), max(len(runs), 1)),
            "ids": tuple(counted["id"]),
        }
        rows.append(with_needs(row, tuple(runs["id"])))
    return Table(
        "table16",
        "Diving48: models of the experiments and their trainable parameters",
        (
            Column("experiments", "Experiments"),
            MODEL,
            Column("name", "Registered as"),
            Column("hidden", "h"),
            Column("reproduced", "Reproduced"),
            Column("published", "Published"),
            Column("stated", "As the paper states it"),
            Column("match", "Match"),
            RUNS,
        ),
        tuple(rows),
        (
            "Published: the exact number of the layers that the paper's Table 16 lists. h: units per block, of a "
            "TimeSformer the width of a head; another h than the paper's has no published number to match.",
            f"Study {study.key}: {completeness(study.runs)}.",
            *study.problems,
        ),
        (),
        tuple(study.runs.loc[study.runs["domain"] == V, "id"]),
    )


def variants(study: DivingStudy) -> Table:
    """Make Table 17 with the best validation accuracy of each variant that was trained.

    Two rows are trainings of the experiments; the others are studies of their own (`jobs.launch diving --exp table17`).
    """
    published = pd.read_csv(PUBLISHED / "timesformer_variants.csv", dtype=str)
    rows = []
    for record, row in zip(published.to_dict("records"), TABLE_17, strict=True):
        spec = variant(row)
        needs, ids, best, why = tuple[str, ...](), tuple[str, ...](), list[float](), "not trained"
        if replace(spec, variant="") == training(row.model):
            needs = tuple(study.trainings(SPLITS[0], row.model)["id"])
            ids = tuple(run for run in needs if run in study.checkpoints)
            best = [max(study.checkpoints[run].values()) for run in ids]
        elif study.key in (STUDY, spec.study_key):
            try:
                result = read_result(spec, study.runs_root)
            except UserError:  # of another study, whose own tables say what is wrong with it
                result, why = None, "result unusable"
            if result:
                needs = ids = (spec.id,)
                best = [max(result.get("checkpoints", {}).values(), default=float("nan"))]
        accuracy = Estimate(sum(best) / len(best), ids=ids) if best else Estimate(float("nan"), why=why)
        rows.append(with_needs(record | {"name": row.model, "reproduced": accuracy}, needs))
    titles = [Column(key, title) for key, title in VARIANT_TITLES.items()]
    return Table(
        "table17",
        "Diving48: TimeSformer variants trained from scratch, beside the paper's Table 17",
        (*titles, Column("name", "Registered as"), Column("reproduced", "Reproduced best val. (%)", percent)),
        tuple(rows),
        (
            "Eight heads, patches of 16×16, learning rate 0.001, weight decay 0.00001; momentum 0.9 with SGD. "
            f"Reproduced: the best kept checkpoint on the {SPLITS[0]} split, the mean over seeds. What no experiment "
            f"trains is a study of its own, such as {STUDY}-table17.1.",
            f"Study {study.key}: {completeness(study.runs)}.",
            *study.problems,
        ),
        (),
        tuple(study.runs.loc[study.runs["domain"] == V, "id"]),
    )
