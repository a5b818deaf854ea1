"""The paper's Diving48 tables from its published numbers alone: no run is needed.

What can be derived is: Table 1 from the ratios of Tables 2 to 5 and 8 to 11, Table 7's fractions from its predictions
and the vocabulary. Each stands beside what is printed, and every difference is listed.
"""

import math
from typing import Any, cast

import pandas as pd

from analysis.published.errata import errata_table
from analysis.published.qualitative import (
    ATTRIBUTE_COLUMNS,
    ATTRIBUTES,
    PUBLISHED,
    TABLE_OF_CLASS,
    misclassifications,
    shared_attributes,
)
from analysis.table.tables import Cell, Column, Count, Estimate, Table, significant
from xdomain.studies.vocabulary import vocabulary

RATIOS = ("S1/V", "S2/V", "T/V", "T/S1")
LOWER_IS_BETTER = ("T/V", "T/S1")
TABLE_OF_EXPERIMENT = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 8, "f": 9, "g": 10, "h": 11}
MODEL = Column("model", "Model")
TEST_CLIPS, VALIDATION_CLIPS = 1_970, 1_502  # that the ratios are over
ROUNDING = 0.0005  # of a ratio printed with three decimals
NO_TEXTURE = "*"  # T/V means something only where T/S1 < 1
ASTERISK = (
    f"{NO_TEXTURE} T/S1 ≥ 1: the model does no worse without the diver than with its shape alone, so a low T/V says "
    "nothing about it. Higher is better for S1/V and S2/V, lower for T/V and T/S1."
)

VARIANT_TITLES = {  # Table 17
    "best_validation_accuracy": "Best val. (%)",
    "epochs": "Epochs",
    "dim": "D",
    "dim_head": "D_h",
    "depth": "Depth",
    "attn_dropout": "Attn. dropout",
    "ff_dropout": "FF dropout",
    "frames": "Frames",
    "batch_size": "Batch",
    "optimizer": "Optimizer",
    "additional_linear_layer": "Extra linear",
    "patience": "Patience",
}


def published_ratios() -> pd.DataFrame:
    """Read Tables 2 to 5 and 8 to 11: experiment, validation_accuracy, model (role), S1/V, S2/V, T/V, T/S1."""
    return pd.read_csv(PUBLISHED / "diving48_ratios.csv")


def ratio_columns() -> list[Column]:
    """Return the paper's four columns; bold is the best that means something."""
    three = significant(3)
    return [Column(name, name, three, True, name in LOWER_IS_BETTER, significant(2)) for name in RATIOS]


def published_tables() -> dict[str, Table]:
    """Make every table by name, in the paper's order, and the errata."""
    ratios = published_ratios()
    made = [_averages(ratios), *(_experiment(str(letter), frame) for letter, frame in ratios.groupby("experiment"))]
    accuracy = pd.read_csv(PUBLISHED / "qualitative_accuracy.csv")
    made += [_top(label, accuracy[accuracy["class"] == label]) for label in TABLE_OF_CLASS]
    predictions = _attributes()
    made += [_attribute_table(predictions), _parameters(), _variants()]
    made.sort(key=lambda table: int(table.name.removeprefix("table")))
    return {table.name: table for table in (*made, _common(ratios), errata_table(predictions))}


def _averages(ratios: pd.DataFrame) -> Table:
    printed = pd.read_csv(PUBLISHED / "table1_average_ratios.csv").set_index("model")
    rows = []
    for model, frame in ratios.groupby("model", sort=False):
        count = Count(len(frame), len(frame))
        cells = {name: Cell(frame[name].mean(), frame[name].std(), count, ()) for name in RATIOS}
        of_model = cast("pd.Series[Any]", printed.loc[model])
        differing = [text for name in RATIOS for text in _differences(name, cells[name], of_model)]
        verdict = "; ".join(differing) or "equal"
        rows.append({"model": model, **cells, "runs": count, "verdict": verdict})
    return Table(
        "table1",
        "Table 1 from the published ratios: averages over experiments a–h",
        (MODEL, *ratio_columns(), Column("runs", "Experiments"), Column("verdict", "Beside the printed table")),
        tuple(rows),
        (
            "Mean of the experiments' ratios (not the ratio of their means) ± sample standard deviation (n − 1) over "
            "the experiments in which the model took part.",
            "The published ratios have three decimals and the paper averaged unrounded ones: a last digit that "
            "differs is called rounding where some unrounded ratios would print both.",
        ),
        (),
    )


def _common(ratios: pd.DataFrame) -> Table:
    """Average Table 1 over the experiments that all models took part in."""
    models = ratios.groupby("experiment")["model"].nunique()
    letters = list(models.index[models == models.max()])
    shared = ratios[ratios["experiment"].isin(letters)]
    rows = []
    for model, frame in shared.groupby("model", sort=False):
        count = Count(len(frame), len(frame))
        rows.append(
            {"model": model, **{name: Cell(frame[name].mean(), frame[name].std(), count, ()) for name in RATIOS}}
        )
    return Table(
        "table1-common",
        f"Table 1 from the published ratios over the experiments that all models share: {', '.join(letters)}",
        (MODEL, *ratio_columns()),
        tuple(rows),
        (
            "Mean of the experiments' ratios ± sample standard deviation (n − 1). Table 1 itself averages over eight "
            "experiments for two models and over these for the third, which turns the order of T/V round.",
        ),
        (),
    )


def _differences(name: str, cell: Cell, printed: pd.Series) -> list[str]:
    """List what does not print as in the paper; "rounding" where the inputs' last digit explains it."""
    n = cell.runs.n
    texts = []
    for what, value, stated, digits, slack in (
        ("", cell.mean, printed[name], 3, ROUNDING),
        (" sd", cell.sd, printed[f"{name}_std"], 2, ROUNDING * math.sqrt(n / (n - 1))),
    ):
        text = significant(digits)(value)
        if float(text) != stated:
            unit = 10.0 ** (math.floor(math.log10(stated)) + 1 - digits)
            why = "rounding" if abs(value - stated) <= slack + unit / 2 else "differs"
            texts.append(f"{name}{what} {text}, printed {significant(digits)(stated)} ({why})")
    return texts


def _experiment(letter: str, frame: pd.DataFrame) -> Table:
    rows = []
    for row in frame.to_dict("records"):
        mark = NO_TEXTURE if row["T/S1"] >= 1 else ""
        values = {name: Estimate(row[name], mark=mark if name == "T/V" else "") for name in RATIOS}
        rows.append({"model": row["model"], **values})
    level = 100 * frame["validation_accuracy"].iloc[0]
    return Table(
        f"table{TABLE_OF_EXPERIMENT[letter]}",
        f"Experiment {letter} as published: {level:g} % validation accuracy",
        (MODEL, *ratio_columns()),
        tuple(rows),
        (f"{ASTERISK} The paper puts the asterisk only at a table's lowest T/V.",),
        (),
    )


def _top(label: int, frame: pd.DataFrame) -> Table:
    names = [name for name in frame.columns if name not in ("class", "model")]
    return Table(
        TABLE_OF_CLASS[label],
        f"Class {label} as published: top-1 and top-5 accuracy on five random clips",
        (MODEL, *(Column(name, name, "{:.1f}".format) for name in names)),
        tuple(frame[["model", *names]].to_dict("records")),
        ("Models of experiment c (38.3 % validation accuracy).",),
        (),
    )


def _attributes() -> pd.DataFrame:
    """Make Table 7 with its misclassifications and fractions made anew from the printed predictions."""
    frame = pd.read_csv(PUBLISHED / "qualitative_predictions.csv", dtype=str)
    classes = vocabulary()
    rows = []
    for label, model, s1, s2, printed in frame.itertuples(index=False):
        wrong = misclassifications(int(label), map(int, s1.split()), map(int, s2.split()))
        shared, total = shared_attributes(int(label), wrong, classes)
        rows.append((int(label), model, s1, s2, " ".join(map(str, wrong)), f"{shared}/{total}", printed))
    return pd.DataFrame(rows, columns=["class", "model", "S1", "S2", "wrong", "correct", "printed"])


def _attribute_table(frame: pd.DataFrame) -> Table:
    equal = frame["correct"] == frame["printed"]
    return Table(
        "table7",
        "Table 7 from the published predictions: attributes that are right in the misclassifications",
        (
            *ATTRIBUTE_COLUMNS,
            Column("printed", "Printed"),
            Column("match", "Match"),
        ),
        tuple(frame.assign(match=equal.map({True: "yes", False: "no"})).to_dict("records")),
        (
            f"{ATTRIBUTES}.",
            f"{equal.sum()} of {len(frame)} fractions are as printed; errata lists the others.",
        ),
        ("class",),
    )


def _parameters() -> Table:
    frame = pd.read_csv(PUBLISHED / "diving48_parameters.csv", dtype=str)
    return Table(
        "table16",
        "Trainable parameters of the Diving48 models (the models of Table 16)",
        (
            Column("experiments", "Experiments"),
            MODEL,
            Column("trainable_parameters", "Parameters", lambda text: f"{int(text):,}"),
            Column("as the paper states it", "As the paper states it"),
        ),
        tuple(frame.to_dict("records")),
        ("The exact numbers are those of the layers that Table 16 lists.",),
        (),
    )


def _variants() -> Table:
    frame = pd.read_csv(PUBLISHED / "timesformer_variants.csv", dtype=str)
    return Table(
        "table17",
        "Table 17 as published: TimeSformer variants trained from scratch on Diving48",
        tuple(Column(key, title) for key, title in VARIANT_TITLES.items()),
        tuple(frame.to_dict("records")),
        ("Eight heads, patches of 16×16, learning rate 0.001, weight decay 0.00001; momentum 0.9 with SGD.",),
        (),
    )
