"""`python -m jobs.move`: runs to another root, and two roots into one, with nothing lost."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_launches import end, leave_result, start, submitted
from support.tiny_runs import tiny

import jobs.commands.move
import jobs.moving.move
from jobs.records.manifest import write_manifest
from xdomain.core.claims.claim import claimed
from xdomain.runs.run_folder import RunFolder

DONE, BEGUN = tiny(seed=42), tiny(seed=61)


@pytest.fixture
def other(tmp_path):
    return tmp_path / "other"


@pytest.fixture
def runs(squeue, tiny_roots):
    """One launch of a finished run and one that was stopped; nothing is in the queue."""
    manifest = write_manifest([DONE, BEGUN], None)
    manifest.logs.mkdir()
    log = manifest.logs / "1_0_log.out"
    log.write_text("words\n")
    for spec in (DONE, BEGUN):
        start(spec, log=str(log))
        end(spec, "interrupted", "Interrupted: SIGTERM")
        RunFolder.of(spec).write_spec(spec)
    leave_result(DONE)
    return tiny_roots


def move(*words):
    return CliRunner().invoke(jobs.commands.move.main, [str(word) for word in words])


def files(root) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.startswith(".queue")
    }


def redirected(before: dict[str, bytes], old, new) -> dict[str, bytes]:
    """The same files, with logs named where they are now."""
    return {
        name: content.replace(bytes(old), bytes(new)) if name.endswith("attempts.jsonl") else content
        for name, content in before.items()
    }


@pytest.mark.parametrize("one_disk", [True, False])
def test_all_files_arrive_and_none_stays(runs, other, monkeypatch, one_disk):
    before = files(runs)
    if not one_disk:
        monkeypatch.setattr(jobs.moving.move, "_place", copied(jobs.moving.move._place))
    done = move(other)
    assert done.exit_code == 0, done.output
    assert files(other) == redirected(before, runs, other)
    assert files(runs) == {}
    log = RunFolder(other / DONE.id).attempts()[0]["log"]
    assert log.startswith(f"{other}/")
    assert Path(log).read_text() == "words\n"
    assert "3 moved." in done.stdout


def copied(place):
    """`_place` for folders that look as if they were on different disks."""

    class OnAnotherDisk(type(Path())):
        def stat(self, **options):
            found = super().stat(**options)
            return type("Stat", (), {"st_dev": -1, "st_size": found.st_size, "st_mode": found.st_mode})()

    return lambda own, to: place(OnAnotherDisk(own), to)


def test_a_copy_that_differs_leaves_the_original(runs, other, monkeypatch):
    monkeypatch.setattr(jobs.moving.move, "_place", copied(jobs.moving.move._place))
    real = jobs.moving.move.digests
    monkeypatch.setattr(
        jobs.moving.move, "digests", lambda folder: real(folder) | ({"x": "y"} if ".moving" in folder.name else {})
    )
    done = move(other)
    assert done.exit_code == 2
    assert "is not like it" in done.stderr
    assert RunFolder(runs / DONE.id).is_finished()
    assert not (other / DONE.id).exists()


def test_logs_are_found_again_whatever_the_root_was_called(runs, other):
    """A link's name, or the place of a colleague whose root this is a copy of."""
    file = RunFolder(runs / DONE.id).attempts_file
    file.write_text(file.read_text().replace(str(runs), '/scratch/a \\"link\\"/runs'))
    assert move(other).exit_code == 0
    log = RunFolder(other / DONE.id).attempts()[0]["log"]
    assert log.startswith(f"{other}/ts-tiny/launches/")
    assert Path(log).read_text() == "words\n"


@pytest.mark.parametrize("there_already", [True, False])
def test_a_move_that_was_killed_while_it_removed_a_folder_goes_on(runs, other, monkeypatch, there_already):
    """Half of a folder that has arrived is no run of its own, whose files differ."""
    before = redirected(files(runs), runs, other)
    if there_already:
        shutil.copytree(runs, other)
        before = files(other)
    else:
        monkeypatch.setattr(jobs.moving.move, "_place", copied(jobs.moving.move._place))
    removed = shutil.rmtree

    def killed(folder):
        (Path(folder) / "spec.json").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    assert move(other).exit_code == 1
    monkeypatch.setattr(shutil, "rmtree", removed)
    done = move(other)
    assert done.exit_code == 0, done.output
    assert files(other) == before
    assert files(runs) == {}


def test_a_copy_that_the_disk_has_no_room_for_leaves_the_original(runs, other, monkeypatch):
    """A quota, say, which the free space does not show; copytree tells of all files in an error of its own."""

    def full(source, target):
        raise shutil.Error([(f"{source}/spec.json", f"{target}/spec.json", "[Errno 122] Disk quota exceeded")])

    monkeypatch.setattr(jobs.moving.move, "_place", copied(jobs.moving.move._place))
    monkeypatch.setattr(jobs.moving.move.shutil, "copytree", full)
    done = move(other)
    assert done.exit_code == 2, done.output
    assert "spec.json cannot be written ([Errno 122] Disk quota exceeded)." in done.stderr
    assert "stays where it is" in done.stderr
    assert RunFolder(runs / DONE.id).is_finished()


def test_a_dry_run_moves_nothing(runs, other):
    before = files(runs)
    done = move(other, "--dry-run")
    assert "Would be: 3 moved." in done.stdout
    assert (files(runs), other.exists()) == (before, False)


def test_the_finished_run_counts_on_either_side(runs, other):
    shutil.copytree(runs, other)
    (other / DONE.id / "result.json").unlink()  # unfinished there
    shutil.copy(runs / DONE.id / "result.json", other / BEGUN.id / "result.json")
    values = json.loads((other / BEGUN.id / "result.json").read_text())
    (other / BEGUN.id / "result.json").write_text(json.dumps(values | {"id": BEGUN.id}))
    done = move(other)
    assert done.exit_code == 0, done.output
    for spec in (DONE, BEGUN):
        assert RunFolder(other / spec.id).is_finished()
        (aside,) = (other / spec.id).parent.glob(f"seed{spec.seed}.stale-*")
        assert not RunFolder(aside).is_finished()
    assert files(runs) == {}
    assert "1 there already, file by file" in done.stdout  # the launch


def test_two_different_results_stop_everything(runs, other):
    shutil.copytree(runs, other)
    leave_result(DONE, attempts=7)
    before = files(runs), files(other)
    done = move(other)
    assert done.exit_code == 2
    assert "Nothing was moved." in done.stderr
    assert "are both finished, with other files" in done.stderr
    assert (files(runs), files(other)) == before


def test_a_run_at_work_stops_everything(runs, other):
    with claimed(RunFolder.of(BEGUN).claim_file):
        done = move(other)
    assert done.exit_code == 2
    assert "is at work on" in done.stderr
    assert not other.exists()


def test_jobs_in_the_queue_stop_everything(runs, other, squeue):
    _, name = submitted([BEGUN])
    squeue.say(f"100_0|PENDING|N/A|Priority|{name}")
    done = move(other)
    assert done.exit_code == 2
    assert "In Slurm's queue: 1 job of ts-tiny." in done.stderr
    assert not other.exists()


@pytest.mark.parametrize("target", ["", "ts-tiny"])
def test_a_root_within_the_other_is_refused(runs, target):
    assert move(runs / target).exit_code == 2


def test_a_study_alone_moves_without_the_others(runs, other):
    elsewhere = tiny(tag="elsewhere", seed=42)
    start(elsewhere)
    RunFolder.of(elsewhere).write_spec(elsewhere)
    assert move(other, "--study", "ts-elsewhere").exit_code == 0
    assert sorted(path.name for path in other.iterdir()) == ["ts-elsewhere"]
    assert RunFolder.of(DONE).is_finished()


def test_a_root_that_is_not_there_is_named(runs, other, tmp_path):
    done = move(other, "--from", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert f"There is no {tmp_path}/nowhere: name the root that the runs are in with --from" in done.output


def test_an_empty_root_has_nothing_to_move(runs, other, tmp_path):
    (tmp_path / "empty").mkdir()
    done = move(other, "--from", tmp_path / "empty")
    assert (done.exit_code, done.output) == (0, f"There is nothing to move below {tmp_path}/empty.\n")


def test_a_silent_slurm_stops_everything(runs, other, squeue):
    """Jobs that nobody knows of may be writing."""
    squeue.fall_silent()
    before = files(runs)
    done = move(other)
    assert done.exit_code == 2
    assert "Try again when `squeue` works." in done.output
    assert files(runs) == before
    assert not other.exists()
