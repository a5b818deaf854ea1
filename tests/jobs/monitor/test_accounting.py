"""Peak memory and CPU share of what a sacct answers, added up by hand."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_launches import end, start, submitted
from support.tiny_runs import tiny

import jobs.commands.usage

# A requeued job has two entries; 100_1 began yesterday and took more than a day of CPU time.
ANSWER = """\
100_0||00:30:00|7200
100_0.batch|512K||
100_0.0|2097152K||
100_0||00:10.500|100
100_0.0|1G||
100_1||1-02:00:00|100000
100_1.0|1.5G||
"""


@pytest.fixture
def sacct(squeue):
    """Have a sacct answer this, and keep its words."""

    def answer(text: str, code: int = 0) -> Path:
        (squeue.folder / "accounts").write_text(text)
        program = squeue.folder / "sacct"
        stream = ">&2" if code else ""
        program.write_text(
            f'#!/bin/sh\necho "$@" > {squeue.folder}/words\ncat {squeue.folder}/accounts {stream}\nexit {code}\n'
        )
        program.chmod(0o755)
        return squeue.folder / "words"

    return answer


@pytest.fixture(autouse=True)
def launched(squeue) -> None:
    """A ConvLSTM's two runs were jobs of an array, a 3D CNN's ran without Slurm."""
    specs = [tiny("convlstm"), tiny("convlstm", seed=61), tiny()]
    submitted(specs)
    for index, spec in enumerate(specs):
        start(spec, job=f"100_{index}" if index < 2 else None)
        end(spec, "failed", "RuntimeError: x", seconds=3600)


def usage(*words: str):
    done = CliRunner().invoke(jobs.commands.usage.main, list(words))
    assert done.exit_code == 0, done.output
    return done


def test_memory_is_the_largest_and_cpu_time_the_sum_of_all_starts(sacct):
    words = sacct(ANSWER)
    head, lstm, cnn, total = usage().stdout.splitlines()
    assert head.endswith("overhead and lost  peak memory  CPU share")
    # (1800 + 10.5 + 93600) s of 107300 s
    assert lstm.split()[-3:] == ["2.00", "GiB", "89%"]
    assert cnn.endswith("(100%)")
    assert total.split()[-3:] == ["2.00", "GiB", "89%"]
    assert "--jobs=100_0,100_1" in words.read_text()


def test_as_csv(sacct):
    sacct(ANSWER)
    lstm, cnn = csv.DictReader(io.StringIO(usage("--csv").stdout))
    assert lstm["peak_memory_bytes"] == "2147483648"
    assert float(lstm["cpu_share"]) == pytest.approx(95410.5 / 107300)
    assert cnn["peak_memory_bytes"] == cnn["cpu_share"] == ""


def test_without_accounting_the_table_is_as_ever_and_a_sentence_says_so(sacct):
    without = usage()
    assert without.stderr == ""
    sacct("Slurm accounting storage is disabled\n", code=1)
    disabled = usage()
    assert disabled.stdout == without.stdout
    assert "Slurm accounting storage is disabled" in disabled.stderr
