"""`python -m jobs.launch runs`: which runs a pattern names, and what is refused."""

import dataclasses

import pytest
from click.testing import CliRunner, Result
from support.refusals import assert_refused
from support.tiny_runs import tiny

import jobs.commands.launch
from jobs.records.manifest import write_manifest
from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import RunFolder
from xdomain.studies import diving48

pytestmark = pytest.mark.usefixtures("without_gpus")


def command(*words: str) -> Result:
    return CliRunner().invoke(jobs.commands.launch.main, ["runs", *words, "--cluster", "local"])


def named(*words: str) -> list[str]:
    """The ids that a dry run lists."""
    done = command(*words, "--dry-run")
    assert done.exit_code == 0, done.output
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("new ")]


def test_a_pattern_of_the_grid():
    ids = named("ts/2dot/*/h16/*")
    assert len(ids) == 4 * 5, "four models, five seeds"
    assert "ts/2dot/timesformer-8/h16/seed61" in ids
    assert named("ts/2dot/convlstm/h16/seed42", "ts/2dot/convlstm/h16/seed4*") == [
        "ts/2dot/convlstm/h16/seed42",
        "ts/2dot/convlstm/h16/seed47",
    ]


def test_trainings_come_before_their_evaluations():
    ids = named("diving48/random@S1-predicted/3dcnn-*", "diving48/random/3dcnn-*")
    models = ("3dcnn-4blocks", "3dcnn-11layers", "3dcnn-6blocks")
    assert ids == [
        f"diving48/{place}/{name}/h128/seed42" for place in ("random", "random@S1-predicted") for name in models
    ]


def test_what_was_launched_or_begun_is_known_too():
    launched, begun = tiny(seed=42), tiny(seed=61)
    write_manifest([launched], None)
    RunFolder.of(begun).write_spec(begun)
    assert named("ts-tiny/*") == [launched.id, begun.id]
    RunFolder.of(begun).path.rename(RunFolder.of(begun).path.with_name("seed61.stale-20260101"))
    assert named("ts-tiny/*") == [launched.id]


def test_a_begun_training_goes_on_as_it_began():
    grid = diving48.training("3dcnn-11layers")
    spec = dataclasses.replace(grid, train=dataclasses.replace(grid.train, ranks=2, accumulate=4))
    RunFolder.of(spec).write_spec(spec)
    assert command(spec.id, "--dry-run").exit_code == 0, "another number of ranks would be another run"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ts/2dot/convlstm/h17/seed42"], "Did you mean ts/2dot/convlstm/h1"),
        (["ts/*", "nothing/*"], "No run fits 'nothing/*'"),
        (["diving48/random@S1-predicted/3dcnn-6blocks/*"], "Not finished: 1 training, such as"),
        (["ts/*", "--json", "--dry-run"], "--json describes a single launch"),
    ],
)
def test_what_cannot_be_launched_is_one_sentence(words, sentence):
    assert_refused(command(*words), sentence)
    assert not runs_root().exists()


def test_a_pattern_is_needed():
    done = command()
    assert done.exit_code == 2
    assert "Missing argument" in done.stderr
