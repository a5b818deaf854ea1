"""A cell knows its runs and those that it lacks."""

import math

from analysis.table.tables import Cell, Count, Estimate, runs_behind, with_needs

ALL = ("a", "b", "c")


def test_averages_and_plain_values_take_the_runs_of_their_row() -> None:
    row = with_needs({"model": "m", "V": Cell(0.5, 0.1, Count(2, 3), ("c", "a")), "sizes": 4}, ALL)
    assert row["V"].needs == ALL
    assert runs_behind(row, "V") == (("c", "a"), ("b",))
    assert runs_behind(row, "sizes") == (("c", "a"), ("b",)), "of all that the row's cells are of"


def test_a_column_may_take_other_runs_than_its_row() -> None:
    estimates = {"S1": Estimate(0.5, ids=("a",)), "T": Estimate(math.nan, why="not evaluated")}
    row = with_needs({**estimates, "epochs": "3"}, ALL, {"S1": ("a", "b"), "epochs": ("a",)})
    assert runs_behind(row, "S1") == (("a",), ("b",))
    assert runs_behind(row, "T") == ((), ALL)
    assert runs_behind(row, "epochs") == (("a",), ())
    assert runs_behind(row, "runs") == (("a",), ("b", "c"))


def test_a_row_without_averages_names_its_runs() -> None:
    row = with_needs({"match": "yes", "ids": ("b",)}, ("a", "b"))
    assert runs_behind(row, "match") == (("b",), ("a",))


def test_what_says_nothing_of_its_runs_needs_those_of_its_averages() -> None:
    row = {"V": Cell(0.5, 0.1, Count(1, 2), ("a",), ("a", "b")), "runs": Count(1, 2)}
    assert runs_behind(row, "runs") == (("a",), ("b",))
    assert runs_behind({"note": "none"}, "note") == ((), ())
