"""What the commands draw in a terminal says the same as what they write to a pipe."""

import re

import pytest
from support.made_launches import add_job, end, leave_result, start, submitted
from support.terminals import in_terminal, words
from support.tiny_runs import AS_OPTIONS, tiny

from jobs.monitor.columns import Table

COLOUR = re.compile(r"\x1b\[[0-9;]*(3[0-7]|38;5;\d+)m")


@pytest.fixture(autouse=True)
def launched(squeue) -> None:
    """A run has finished, one failed, one waits for its data."""
    runs = [tiny(seed=seed) for seed in (42, 61, 47)]
    manifest, name = submitted(runs, age=100)
    add_job(manifest.path.parent, "99", f"{name.removesuffix('.0')}.data", "data", [[]])
    squeue.say(f"99|RUNNING|N/A|None|{name.removesuffix('.0')}.data", f"100_2|PENDING|N/A|Dependency|{name}")
    start(runs[0], job="100_0")
    end(runs[0], "finished", seconds=5400)
    leave_result(runs[0], seconds={"train": 3600})
    start(runs[1], job="100_1")
    end(runs[1], "failed", "RuntimeError: \x1b[31mout of luck", seconds=60)


def test_status_in_a_terminal_has_colours_and_the_words_of_the_plain_one(status):
    text = in_terminal("jobs.status")
    assert COLOUR.search(text)
    assert words(text) == words(status().stdout)
    assert "\\x1b[31mout of luck" in text


def test_no_color_is_respected(status):
    text = in_terminal("jobs.status", NO_COLOR="1")
    assert not COLOUR.search(text)
    assert words(text) == words(status().stdout)


def test_a_dumb_terminal_gets_no_escape():
    assert "\x1b" not in in_terminal("jobs.status", TERM="dumb")


def test_a_narrow_terminal_leaves_nothing_out(status):
    shown = words(in_terminal("jobs.status", width=60))
    assert "".join(shown) == "".join(words(status().stdout))


def test_usage_in_a_terminal():
    text = in_terminal("jobs.usage")
    assert words(text)[-7:] == ["all", "2", "0", "1.52", "1.00", "0.517", "(34%)"]


def test_a_dry_run_has_the_states_in_colour(tiny_roots):
    grid = ["ts-grid", "--source", "2dot", "--hidden", "2", "--model", "3dcnn", "--seed", "42,61", "--tag", "tiny"]
    text = in_terminal("jobs.launch", *grid, *AS_OPTIONS, "--set", "max_epochs=3", "--dry-run", "--cluster", "local")
    assert re.search(r"\x1b\[32mfinished", text)
    assert re.search(r"\x1b\[31mfailed", text)
    assert "2 runs (1 finished, 1 failed), 1 to launch." in text


def test_a_watch_draws_in_its_place_until_all_is_over(squeue, tiny_roots):
    squeue.say()
    start(tiny(seed=47), job="100_2")
    end(tiny(seed=47), "failed", "RuntimeError: x")
    text = in_terminal("jobs.status", "--watch")
    assert "again in" not in text  # nothing is left to wait for
    last = text.rpartition("\x1b[2K")[2]  # after the line that was erased last
    assert words(last).count("study") == 3  # of runs, jobs and costs


def test_a_table_is_as_wide_as_what_is_in_it():
    table = Table(["run", "hours"], [["a", "1.5"], ["longer", "10"]], texts=1)
    assert table.lines() == ["run     hours", "a         1.5", "longer     10"]
