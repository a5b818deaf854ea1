"""How many drawn clips each run gets right: whole numbers in two bytes, the same whatever runs are drawn together."""

import numpy as np

from analysis.statistics.bootstrap import draw_counts
from analysis.statistics.crossed import RUNS_AT_ONCE, as_accuracies, clip_draws, right_draws

CLIPS, DRAWS = 500, 300
RUNS = RUNS_AT_ONCE + 3
CORRECT = np.random.default_rng(1).random((RUNS, CLIPS)) < 0.6


def test_a_run_is_right_as_often_as_its_clips_were_drawn():
    right = right_draws(CORRECT, DRAWS, np.random.default_rng(7))
    drawn = draw_counts(CLIPS, DRAWS, np.random.default_rng(7))
    for run in (0, RUNS - 1):
        by_hand = [sum(int(times) for times, good in zip(row, CORRECT[run], strict=True) if good) for row in drawn]
        assert right[:, run].tolist() == by_hand
    # 499 clips are drawn of 500, and what they come to is scaled to all of them.
    np.testing.assert_allclose(as_accuracies(right, CLIPS), right / 499, rtol=1e-6)


def test_five_thousand_runs_of_five_sets_take_half_a_gigabyte():
    """Ten thousand replicates each, which all tables of a study share."""
    assert 10_000 * 5_000 * 5 * right_draws(CORRECT[:2], 2, np.random.default_rng(7)).itemsize == 5e8


def test_all_clips_right_are_an_accuracy_of_one_also_in_large_sets():
    for clips in (1, 2, 40_000):
        assert (clip_draws(np.ones((1, clips), bool), 3, np.random.default_rng(0)) == 1).all()
