"""Which epoch stands for a training at a level of validation accuracy."""

import pytest

from analysis.runs.matching import Match, match


def test_the_nearest_epoch_with_its_standard_error() -> None:
    found = match({3: 0.30, 7: 0.352, 9: 0.349, 12: 0.41}, 0.35, clips=1502)
    assert found == Match(9, 0.349, pytest.approx((0.349 * 0.651 / 1502) ** 0.5))


@pytest.mark.parametrize("accuracies", [{4: 0.295, 2: 0.305}, {2: 0.295, 4: 0.305}])
def test_ties_go_to_the_earlier_epoch(accuracies: dict[int, float]) -> None:
    assert match(accuracies, 0.30, 100).epoch == 2


def test_the_tolerance_is_part_of_it() -> None:
    assert match({1: 0.495}, 0.50, 100).epoch == 1  # 0.50 − 0.495 is a bit more than 0.005 in binary
    assert match({1: 0.4949}, 0.50, 100) is None
    assert match({1: 0.4949}, 0.50, 100, tolerance=0.01).epoch == 1


def test_a_level_that_was_jumped_over_is_not_reached_near_enough() -> None:
    assert match({1: 0.2, 2: 0.6}, 0.4, 100) is None
    assert match({}, 0.4, 100) is None


def test_an_accuracy_of_one_has_no_error() -> None:
    assert match({0: 1.0}, 1.0, 10).standard_error == 0
