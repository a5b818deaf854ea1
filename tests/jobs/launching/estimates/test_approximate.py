"""Times that are only estimated are said no finer than they are known."""

import pytest

from jobs.launching.estimates.approximate import approximate_time


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than a minute"),
        (59.9, "less than a minute"),
        (61, "about 1 min"),
        (200, "about 3 min"),
        (3500, "about 58 min"),
        (3600, "about 1.0 hours"),
        (21_600, "about 6.0 hours"),
    ],
)
def test_a_time_is_said_coarsely(seconds: float, said: str) -> None:
    assert approximate_time(seconds) == said
