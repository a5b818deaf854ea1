"""Where the paper's own numbers and words disagree with each other, and where that stands."""

from typing import Any

import pandas as pd

from analysis.published.qualitative import PUBLISHED
from analysis.table.tables import Column, Table

FIDELITY = "docs/fidelity.md"
_MILLION = 1_000_000


def errata_table(predictions: pd.DataFrame) -> Table:
    """List the contradictions: of Table 7's fractions, of parameter counts, of text against tables.

    Args:
        predictions: Table 7 made anew: class, model, wrong, correct, printed.
    """
    rows = [*_fractions(predictions), *_top_five(), *_layers(), *_cut_parameters()]
    return Table(
        "errata",
        "Where the paper's numbers disagree with each other",
        (
            Column("place", "Place"),
            Column("printed", "Printed"),
            Column("correct", "From the paper's own data"),
            Column("why", "Because"),
            Column("stands", "Where it stands here"),
        ),
        tuple(rows),
        ("Rounding in Table 1 is noted there; what it says of T/V over different experiments, in the claims.",),
        (),
    )


def _fractions(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    wrong = predictions[predictions["correct"] != predictions["printed"]]
    return [
        {
            "place": f"Table 7, class {row['class']}, {row['model']}",
            "printed": row["printed"],
            "correct": row["correct"],
            "why": f"the predictions {row['wrong']} share {row['correct']} attributes with class {row['class']}",
            "stands": f"table7; {FIDELITY}",
        }
        for row in wrong.to_dict("records")
    ]


def _top_five() -> list[dict[str, Any]]:
    """Compare appendix D's words on class 45 with Table 14: which other models are right somewhere in the top five."""
    frame: Any = pd.read_csv(PUBLISHED / "qualitative_accuracy.csv")
    others = frame[(frame["class"] == 45) & (frame["model"] != "ConvLSTM")]
    cells = [
        f"{row['model']} {column.removesuffix(' top-5')}"
        for row in others.to_dict("records")
        for column in others.columns
        if column.endswith("top-5") and row[column] > 0
    ]
    return [
        {
            "place": "Appendix D, class 45",
            "printed": "besides ConvLSTM, 20 % in the top five for the 3D CNN on T only",
            "correct": f"20 % for {' and '.join(cells)}",
            "why": "Table 14 has these",
            "stands": f"table14; {FIDELITY}",
        }
    ]


def _layers() -> list[dict[str, Any]]:
    return [
        {
            "place": "Table 16, experiment d, 3D CNN",
            "printed": "12 widths, 11 filter sizes",
            "correct": "11 widths: 32, 64, 3 × 128, 3 × 256, 3 × 512",
            "why": "a layer has one of either; eleven layers have the stated 23.3M parameters",
            "stands": f"table16; {FIDELITY}",
        }
    ]


def _cut_parameters() -> list[dict[str, Any]]:
    """Find stated parameter counts that are not the exact ones rounded to as many digits."""
    rows = []
    for row in pd.read_csv(PUBLISHED / "diving48_parameters.csv", dtype=str).to_dict("records"):
        stated = row["as the paper states it"].removesuffix("M")
        digits = len(stated.partition(".")[2])
        rounded = f"{int(row['trainable_parameters']) / _MILLION:.{digits}f}"
        if rounded != stated:
            rows.append(
                {
                    "place": f"Parameters, {row['model']} of {', '.join(row['experiments'])}",
                    "printed": f"{stated}M",
                    "correct": f"{rounded}M",
                    "why": f"{int(row['trainable_parameters']):,}, cut instead of rounded",
                    "stands": f"table16; {FIDELITY}",
                }
            )
    return rows
