"""No test may fail because the machine is slow: what takes how long is for `make bench`, tests count."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
# Only pytest's limit, which ends a test that hangs, is a time. The tests on a real Slurm wait for its clocks.
CLOCKS = re.compile(r"\b(monotonic|perf_counter|timeout=\d|\.wait\(\d|\.join\(\d|deadline =)")
ALLOWED = {
    "mark.timeout": "pytest's own limit",
    "meeting.wait": "a barrier that breaks where another process has died",
    'setattr(time, "monotonic"': "a clock of the test's own",
    "closed.wait": "a server that says nothing for as long as its client waits",
}


def test_no_test_looks_at_a_clock_to_assert_how_fast_something_is():
    found = []
    for file in sorted(TESTS.rglob("*.py")):
        if file == Path(__file__) or TESTS / "cluster" in file.parents:
            continue
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            if CLOCKS.search(line) and not any(words in line for words in ALLOWED):
                found.append(f"{file.relative_to(TESTS)}:{number}: {line.strip()}")
    assert not found
