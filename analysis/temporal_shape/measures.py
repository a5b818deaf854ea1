"""The Temporal Shape measures (paper section 4.1, appendices A, B and F), as functions from frames to frames.

Every frame that is returned has a row per cell of a table or point of a figure, with these columns:

    mean      over the runs of the cell (accuracies and ratios, both as fractions); absent when n is 0
    sd        sample standard deviation (n - 1 in the denominator) over the same runs; absent below two runs
    n         runs that the mean is over
    expected  runs that the full grid has there, N
    ids       the n runs, as a tuple of their ids
    needs     the N runs, likewise

A run that diverged or has no result yet is part of N and not of n.
"""

from typing import Any

import pandas as pd

from analysis.plotting.style import ordered_domains, ordered_models
from analysis.runs.load import Study, V
from xdomain.models import display_name
from xdomain.studies.temporal_shape import DOMAINS

HELD_OUT = "held-out"  # the denominator that no model selection has touched


def outcomes(study: Study) -> pd.DataFrame:
    """Make a row per expected run and set to evaluate it on; `accuracy` is absent where the run did not finish."""
    runs = study.runs[["id", "source", "model", "hidden", "seed", "targets"]]
    evaluated: Any = [(V, *targets) for targets in runs["targets"]]
    rows = runs.assign(domain=evaluated).drop(columns="targets")
    rows = rows.explode("domain", ignore_index=True)
    return _ordered(rows.merge(study.accuracies[["id", "domain", "accuracy"]], on=["id", "domain"], how="left"))


def average_accuracy(rows: pd.DataFrame) -> pd.DataFrame:
    """Average accuracy by source, model and domain, pooled over sizes and seeds: 50 runs in the paper (Fig. 3).

    The pooled deviation mixes the effect of the size with that of the seed, as the paper's does.
    """
    return _summary(rows, ["source", "model", "domain"], "accuracy")


def accuracy_by_size(rows: pd.DataFrame) -> pd.DataFrame:
    """Average accuracy by source, size, model and domain, over seeds: five runs in the paper (Figs. 7 and 8)."""
    return _summary(rows, ["source", "hidden", "model", "domain"], "accuracy")


def robustness_ratios(rows: pd.DataFrame) -> pd.DataFrame:
    """Make a row per run, target domain and denominator: `ratio` = accuracy on the target / on the source.

    `denominator` is "V", the run's best validation accuracy (the paper's definition, section 3), or
    "held-out", its accuracy on the source's held-out set. Where that is 0 there is no ratio and `undefined`
    is true.
    """
    keys = ["id", "source", "model", "hidden", "seed"]
    source_accuracy = {
        V: rows[rows["domain"] == V],
        HELD_OUT: rows[rows["domain"].astype(str) == rows["source"].astype(str)],
    }
    targets = rows[(rows["domain"] != V) & (rows["domain"].astype(str) != rows["source"].astype(str))]
    parts = []
    for name, below in source_accuracy.items():
        part = targets.merge(below[["id", "accuracy"]], on="id", how="left", suffixes=("", "_source"))
        usable = part["accuracy_source"].where(part["accuracy_source"] > 0)
        parts.append(
            part[[*keys, "domain"]].assign(
                denominator=name,
                ratio=part["accuracy"] / usable,
                undefined=part["accuracy_source"] == 0,
            )
        )
    return pd.concat(parts, ignore_index=True)


def robustness_by_size(ratios: pd.DataFrame) -> pd.DataFrame:
    """Average the runs' own ratios over seeds (a mean of ratios, not a ratio of means).

    By source, size, model, target domain and denominator (Figs. 4 and 9). `undefined` counts the runs without a ratio.
    """
    keys = ["source", "hidden", "model", "domain", "denominator"]
    summary = _summary(ratios, keys, "ratio")
    undefined = ratios.groupby(keys, observed=True, sort=False)["undefined"].sum()
    return summary.merge(undefined.reset_index(), on=keys)


def parameter_counts(runs: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Count trainable parameters by model and size beside the published ones (Table 15).

    Args:
        runs: `Study.runs`.
        published: temporal_shape_parameters.csv; a column per model's display name, and "<name> in the paper"
            where what the paper prints differs from what its code makes.

    Returns:
        A row per model and size: reproduced (distinct counts of the runs, joined by " / "; empty without a
        run), published, printed (what the page of the paper shows), match ("yes", "no" or empty), n,
        expected, ids, needs.
    """
    table = published.set_index("hidden_units")
    rows = []
    grouped = runs.groupby(["model", "hidden"], sort=False)
    for model in ordered_models(runs["model"]):
        for hidden in sorted(runs.loc[runs["model"] == model, "hidden"].unique()):
            group = grouped.get_group((model, hidden))
            counted = group.dropna(subset="parameters")
            reproduced = " / ".join(str(int(count)) for count in sorted(counted["parameters"].unique()))
            name = display_name(model)
            known = name in table and hidden in table.index
            stated = str(table.at[hidden, name]) if known else ""
            printed = str(table.at[hidden, f"{name} in the paper"]) if f"{name} in the paper" in table else stated
            match = ("yes" if reproduced == stated else "no") if reproduced and known else ""
            ids, needs = tuple(counted["id"]), tuple(group["id"])
            rows.append((model, hidden, reproduced, stated, printed, match, len(ids), len(needs), ids, needs))
    columns = ["model", "hidden", "reproduced", "published", "printed", "match", "n", "expected", "ids", "needs"]
    return pd.DataFrame(rows, columns=columns)


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    # Ordered categories, so that every grouping below comes out in the order of tables and figures.
    sources = [name for name in DOMAINS if name in set(rows["source"])]
    return rows.assign(
        source=pd.Categorical(rows["source"], sources, ordered=True),
        model=pd.Categorical(rows["model"], ordered_models(rows["model"]), ordered=True),
        domain=pd.Categorical(rows["domain"], ordered_domains(rows["domain"]), ordered=True),
    )


def _summary(rows: pd.DataFrame, keys: list[str], value: str) -> pd.DataFrame:
    groups = rows.groupby(keys, observed=True, sort=True)
    summary = groups[value].agg(mean="mean", sd="std", n="count", expected="size").reset_index()
    measured = rows.dropna(subset=value).groupby(keys, observed=True)["id"].agg(tuple).rename("ids").reset_index()
    needed = groups["id"].agg(tuple).rename("needs").reset_index()
    summary = summary.merge(measured, on=keys, how="left").merge(needed, on=keys)
    ids: Any = [ids if isinstance(ids, tuple) else () for ids in summary["ids"]]
    return summary.assign(ids=ids)
