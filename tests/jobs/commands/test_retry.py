"""`python -m jobs.retry`: which runs it launches again; two are really run."""

import pytest
from click.testing import CliRunner
from support.made_diving import training
from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny

import jobs.commands.retry
from jobs.records.manifest import write_manifest
from xdomain.core.files import read_json, write_json
from xdomain.runs.run_folder import RunFolder
from xdomain.schema.launch import Manifest

BUG, OOM, LATE, DONE, KILLED = (tiny(seed=seed, max_epochs=1) for seed in (42, 61, 47, 53, 57))


@pytest.fixture
def manifest(tiny_roots) -> Manifest:
    """Five runs: an error, no memory, over time, finished, killed."""
    manifest = write_manifest([BUG, OOM, LATE, DONE, KILLED], None)
    for spec, outcome, reason in (
        (BUG, "failed", "RuntimeError: out of luck"),
        (OOM, "failed", "OutOfMemoryError: CUDA out of memory."),
        (LATE, "interrupted", "Interrupted: the time limit after epoch 3"),
    ):
        start(spec)
        end(spec, outcome, reason)
    start(KILLED)
    leave_result(DONE)
    return manifest


def retry(*words: str):
    return CliRunner().invoke(jobs.commands.retry.main, ["--cluster", "local", *words])


def chosen(text: str) -> set[str]:
    """The ids that a dry run lists."""
    return {word for line in text.splitlines() for word in line.split() if word.startswith("ts-") and "/" in word}


def test_everything_without_a_result_is_retried(manifest):
    done = retry("--dry-run")
    assert done.exit_code == 0, done.output
    assert chosen(done.stdout) == {spec.id for spec in (BUG, OOM, LATE, KILLED)}
    assert "oom: 1 run" in done.stdout
    assert "raise `memory`" in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--class", "oom"], {OOM.id}),
        (["--class", "oom", "--class", "timeout"], {OOM.id, LATE.id}),
        (["--class", "killed", "--study", "ts-tiny"], {KILLED.id}),
    ],
)
def test_only_some_classes(manifest, words, expected):
    assert chosen(retry("--dry-run", *words).stdout) == expected


def test_nothing_to_retry_is_no_error(manifest):
    done = retry("--class", "node")
    assert (done.exit_code, done.stdout) == (0, "Nothing to retry.\n")


def test_an_unknown_class_names_the_valid_ones(manifest):
    done = retry("--class", "memory")
    assert done.exit_code == 2
    assert "'oom'" in done.stderr


def test_a_bug_that_nobody_fixed_is_a_warning(manifest):
    assert "nothing in the code" in retry("--class", "bug", "--dry-run").stderr
    assert "Warning" not in retry("--class", "oom", "--dry-run").stderr
    write_json(manifest.path, read_json(manifest.path) | {"code_version": "an older one"})
    assert "Warning" not in retry("--class", "bug", "--dry-run").stderr


def test_each_study_is_a_launch_of_its_own(manifest):
    other = tiny(tag="other")
    write_manifest([other], "tensorboard")
    start(other)
    end(other, "failed", "RuntimeError: x")
    done = retry("--class", "bug", "--dry-run")
    assert chosen(done.stdout) == {BUG.id, other.id}
    assert done.stdout.count("to launch") == 2


def test_one_study_that_cannot_be_launched_does_not_hold_up_the_others(manifest):
    other = tiny(tag="other")
    write_manifest([other], None)
    start(other)
    end(other, "failed", "RuntimeError: x")
    write_json(RunFolder.of(other).spec_file, tiny(tag="other", lr=0.5).to_dict())
    done = retry("--class", "bug", "--dry-run")
    assert done.exit_code == 2
    assert "holds a different run" in done.stderr
    assert chosen(done.stdout) == {BUG.id}


def test_retried_runs_get_their_results_with_their_own_specs(manifest):
    done = retry("--class", "killed", "--class", "oom", "--max-parallel", "2")
    assert done.exit_code == 0, done.output
    for spec in (KILLED, OOM):
        assert RunFolder.of(spec).result()["status"] == "finished"
        RunFolder.of(spec).require_same_spec(spec)
    assert not RunFolder.of(BUG).is_finished()
    assert RunFolder.of(OOM).attempts()[-2]["attempt"] == 2


def test_evaluations_wait_until_their_trainings_have_finished(tiny_roots):
    """Without weights they would fail once more."""
    early, late = (training("3dcnn-4blocks", seed=seed) for seed in (42, 61))
    evaluations = [early.evaluation("O"), late.evaluation("O")]
    write_manifest(evaluations, None)
    for spec in evaluations:
        start(spec)
        end(spec, "failed", "UserError: there are no clips")
    leave_result(late)
    RunFolder.of(late).write_spec(late)
    done = retry("--dry-run", "--class", "data", "--class", "bug")
    assert "Left until their trainings have finished: 1 evaluation." in done.output
    assert evaluations[0].id not in done.output
    assert evaluations[1].id in done.output
