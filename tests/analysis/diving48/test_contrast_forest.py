"""The forest of contrasts: the paper's value where the study has its models, none elsewhere."""

import math

import pytest

from analysis.diving48.page.contrasts import OF_PAPER, diving_contrasts
from analysis.table.tables import Column, Estimate, Table


def table(comparison: str, over: str) -> Table:
    row = {"comparison": comparison, "ratio": "T/S1", "over": over, "difference": Estimate(0.1, -0.1, 0.3)}
    return Table("contrasts-average", "Two models", (Column("comparison", "Comparison"),), (row,), (), ("ratio",))


def test_the_papers_difference_is_over_the_same_experiments() -> None:
    finding = diving_contrasts(table("ConvLSTM − 3D CNN", "a, b"), is_papers=True)
    (panel,) = finding.panels
    assert panel.rows[0].published.value == pytest.approx((0.965 + 0.919) / 2 - (1.01 + 1.06) / 2)  # Tables 2 and 3
    assert panel.bottom < -0.1 < 0.3 < panel.top
    assert finding.note.endswith(OF_PAPER)


def test_a_study_of_other_models_has_none() -> None:
    finding = diving_contrasts(table("mine − 3D CNN", "first"), is_papers=False)
    assert math.isnan(finding.panels[0].rows[0].published.value)
    assert OF_PAPER not in finding.note
