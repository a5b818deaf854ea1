"""Accuracy against the severity of a corruption (Yi et al. 2021, Schiappa et al. 2023), as a table."""

from dataclasses import dataclass
from typing import Any

from analysis.table.tables import Column, Count, Estimate, Table, percent, ratio, with_needs


@dataclass(frozen=True)
class Curve:
    """A matched model's accuracy under one corruption.

    Attributes:
        experiment: letter.
        role: the model's name in the tables.
        corruption: such as noise.
        accuracy: severity -> accuracy; 0 is the unmodified clips.
        kept: mean over the severities of their accuracy ÷ that on the unmodified clips.
        runs: finished of those that it takes.
        needs: severity -> the runs that its accuracy takes.
    """

    experiment: str
    role: str
    corruption: str
    accuracy: dict[int, Estimate]
    kept: Estimate
    runs: Count
    needs: dict[int, tuple[str, ...]]


def curve_table(curves: list[Curve], title: str, notes: tuple[str, ...]) -> Table:
    """Make a row per experiment, model and corruption, a column per severity; `title` is the study's."""
    severities = sorted({severity for curve in curves for severity in curve.accuracy} - {0})
    absent = Estimate(float("nan"), why="not one of the study's severities")
    rows = []
    for curve in curves:
        row: dict[str, Any] = {"experiment": curve.experiment, "model": curve.role, "corruption": curve.corruption}
        row |= {str(severity): curve.accuracy.get(severity, absent) for severity in (0, *severities)}
        own = {str(severity): runs for severity, runs in curve.needs.items()}
        everything = tuple(dict.fromkeys(run for runs in curve.needs.values() for run in runs))
        rows.append(with_needs(row | {"kept": curve.kept, "runs": curve.runs}, everything, own))
    needs = tuple(dict.fromkeys(run for curve in curves for runs in curve.needs.values() for run in runs))
    return Table(
        "corruptions",
        f"{title}: accuracy (%) of the matched checkpoints by severity of a corruption",
        (
            Column("experiment", "Exp."),
            Column("model", "Model"),
            Column("corruption", "Corruption"),
            Column("0", "O", percent),
            *(Column(str(severity), str(severity), percent, highlight_best=True) for severity in severities),
            Column("kept", "Kept", ratio, highlight_best=True),
            Column("runs", "Runs"),
        ),
        tuple(rows),
        (
            "O: the unmodified test clips; 1 to 5: the same clips corrupted, each severity a run of its own. Kept: "
            "mean over the severities of accuracy ÷ accuracy on O; higher is more robust.",
            *notes,
        ),
        ("experiment", "corruption"),
        needs,
    )
