"""A difference of two Temporal Shape models is over the sizes that both have: no size stands for a model."""

import pytest
from support.made_runs import demo, right_2dot, write_run

from analysis.results.registry import analysis_of
from analysis.runs.matching import TOLERANCE
from xdomain.studies.claim_tests import parse_tests
from xdomain.studies.claims_file import Claim

SEEDS = (42, 61, 47, 53, 57)


def estimate(tests: str) -> tuple[float, str]:
    """The value of a test of `ts-demo`, or why it has none."""
    analysis = analysis_of("ts-demo")
    claim = Claim("one", "ts", "One.", parse_tests(tests, "one"), 0.05, False)
    (row,) = analysis.claims_tables(analysis.load("ts-demo"), TOLERANCE, [claim])["claims-comparisons"].rows
    return row["estimate"].value, row["estimate"].why


def test_a_size_that_one_model_lacks_decides_nothing() -> None:
    """At h = 2 both models have the same accuracies; only the 3D CNN was trained at h = 48, where it is better."""
    for seed in SEEDS:
        for model in ("3dcnn", "convlstm"):
            write_run(demo("2dot", model, 2, seed), right_2dot(50, 50, 30), clips=100)
        write_run(demo("2dot", "3dcnn", 48, seed), right_2dot(100, 100, 90), clips=100)
    assert estimate("A(5dot) [2dot] 3D CNN - A(5dot) [2dot] ConvLSTM > 0") == (pytest.approx(0), "")
    assert estimate("rr(5dot) [2dot] 3D CNN - rr(5dot) [2dot] ConvLSTM > 0") == (pytest.approx(0), "")
    # Of one model alone, and where the claim itself names other sizes, nothing is left out.
    assert estimate("A(5dot) [2dot] 3D CNN > 0")[0] == pytest.approx((0.3 + 0.9) / 2)
    assert estimate("A(5dot) [2dot h=48] 3D CNN - A(5dot) [2dot h=2] ConvLSTM > 0")[0] == pytest.approx(0.6)


def test_models_without_a_common_size_are_not_compared() -> None:
    for seed in SEEDS:
        write_run(demo("2dot", "3dcnn", 48, seed), right_2dot(10, 10, 9))
        write_run(demo("2dot", "convlstm", 2, seed), right_2dot(5, 5, 3))
    _, why = estimate("A(5dot) [2dot] 3D CNN - A(5dot) [2dot] ConvLSTM > 0")
    assert why == "3D CNN and ConvLSTM share no size on 2dot"
