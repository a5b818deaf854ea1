"""Below a panel stands what its whiskers are, or why it has none."""

import math

from analysis.content.finding import INTERVALS, NO_INTERVALS, interval_note
from analysis.content.forest import PLAIN_STYLE, Row, scaled
from analysis.table.tables import Estimate


def test_a_note_speaks_of_whiskers_only_where_some_are_drawn() -> None:
    bare, whiskered, unknown = Estimate(0.2), Estimate(0.2, 0.1, 0.3), Estimate(math.nan, why="not launched")

    def note(*estimates: Estimate) -> str:
        return interval_note([scaled("", tuple(Row(PLAIN_STYLE, each, "") for each in estimates), 0, "")])

    assert note(bare, bare) == note(bare, unknown) == NO_INTERVALS
    assert note(bare, whiskered) == INTERVALS
    assert note(unknown) == note() == INTERVALS, "without a value there is nothing to explain"
