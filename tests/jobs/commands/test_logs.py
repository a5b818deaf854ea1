"""`python -m jobs.logs RUN`: which file it prints, and following it."""

import os
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from support.made_launches import add_job, end, leave_result, start, submitted
from support.tiny_runs import tiny, wait_until

import jobs.commands.logs
from jobs.records.manifest import write_manifest
from xdomain.core.claims.claim import claimed
from xdomain.runs.run_folder import RunFolder

SPEC = tiny()


@pytest.fixture(autouse=True)
def no_slurm(tiny_roots, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    return tiny_roots


def logs(*words: str):
    return CliRunner().invoke(jobs.commands.logs.main, list(words))


def attempt(number: int, log, text: str = "", **values) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.write(text)
    start(SPEC, attempt=number, log=str(log), **values)
    end(SPEC, "failed", "RuntimeError: x", attempt=number)


def test_the_last_attempts_log_or_that_of_a_number(tmp_path):
    write_manifest([SPEC], None)
    attempt(1, tmp_path / "1.out", "one\n")
    attempt(2, tmp_path / "2.out", "two ä\n")
    assert logs(SPEC.id).stdout == "two ä\n"
    assert logs(SPEC.id, "--attempt", "1").stdout == "one\n"
    missing = logs(SPEC.id, "--attempt", "3")
    assert missing.exit_code == 2
    assert "has had 2 attempts" in missing.stderr


def test_the_run_may_be_named_by_its_folder(tmp_path):
    write_manifest([SPEC], None)
    attempt(1, tmp_path / "1.out", "one\n")
    assert logs(f"{RunFolder.of(SPEC).path}/").stdout == "one\n"


def test_attempts_that_share_a_log_are_printed_together(tmp_path):
    write_manifest([SPEC], None)
    attempt(1, tmp_path / "1.out", "one\n")
    attempt(2, tmp_path / "1.out", "two\n")
    done = logs(SPEC.id, "--attempt", "1")
    assert done.stdout == "one\ntwo\n"
    assert "Attempts 1, 2" in done.stderr


def test_bytes_that_are_no_text_are_passed_on(tmp_path):
    write_manifest([SPEC], None)
    attempt(1, tmp_path / "1.out")
    (tmp_path / "1.out").write_bytes(b"50%\xff\n")
    assert logs(SPEC.id).stdout_bytes == b"50%\xff\n"


def test_the_log_of_a_job_that_died_before_its_attempt():
    manifest, _ = submitted([tiny(seed=61), SPEC])
    (manifest.logs / "100_1_0_log.out").write_text("module: command not found\n")
    assert logs(SPEC.id).stdout == "module: command not found\n"


def test_the_log_of_the_data_job_where_that_is_all_there_is():
    manifest, name = submitted([SPEC])
    add_job(manifest.path.parent, "99", f"{name.removesuffix('.0')}.data", "data", [[]])
    (manifest.logs / "99_0_log.out").write_text("Error: no digits\n")
    assert logs(SPEC.id).stdout == "Error: no digits\n"


def test_a_newer_job_that_died_early_comes_before_an_older_attempt(tmp_path):
    attempt(1, tmp_path / "old.out", "old\n", job="90_0")
    time.sleep(0.01)
    manifest, _ = submitted([SPEC])
    (manifest.logs / "100_0_0_log.out").write_text("new\n")
    assert logs(SPEC.id).stdout == "new\n"


def test_a_follow_up_jobs_log():
    """Where requeueing is forbidden, a job of another id takes over, with a copy of the script."""
    manifest, _ = submitted([tiny(seed=61), SPEC])
    (manifest.logs / "follow-up.130_1").write_text("100_1\n")
    (manifest.logs / "100_0_0_log.out").write_text("of seed 61\n")
    (manifest.logs / "100_1_0_log.out").write_text("first\n")
    (manifest.logs / "130_1_0_log.out").write_text("follow-up\n")
    assert logs(SPEC.id).stdout == "follow-up\n"
    assert logs(tiny(seed=61).id).stdout == "of seed 61\n"


def test_a_run_without_a_log_is_a_sentence(tmp_path):
    write_manifest([SPEC], None)
    done = logs(SPEC.id)
    assert done.exit_code == 2
    assert "has not been started" in done.stderr
    start(SPEC)
    assert "debug" in logs(SPEC.id).stderr
    attempt(2, tmp_path / "gone.out")
    (tmp_path / "gone.out").unlink()
    assert f"is gone: {tmp_path / 'gone.out'}" in logs(SPEC.id).stderr


@pytest.mark.parametrize("typed", ["ts-tiny/2dot/3dcnn/h2/seed43", "ts-tiny/2dot/3dcn/h2/seed42"])
def test_an_unknown_run_names_its_neighbours(typed):
    write_manifest([SPEC], None)
    write_manifest([tiny("convlstm", tag="other")], None)
    done = logs(typed)
    assert done.exit_code == 2
    assert f"Did you mean {SPEC.id}" in done.stderr


def test_nothing_alike_shows_what_an_id_looks_like():
    write_manifest([SPEC], None)
    assert f"An id looks like {SPEC.id}." in logs("?").stderr


def test_following_prints_what_is_written_until_the_run_ends(tmp_path):
    write_manifest([SPEC], None)
    log = tmp_path / "1.out"
    log.write_text("begin\n")
    code = "import jobs.logs; jobs.commands.logs.LOOK = jobs.commands.logs.POLL = 0.05; jobs.commands.logs.main()"
    output = tmp_path / "output.txt"
    with output.open("w") as file, claimed(RunFolder.of(SPEC).claim_file):
        start(SPEC, log=str(log), host="here", pid=os.getpid())
        follow = subprocess.Popen([sys.executable, "-uc", code, "-f", SPEC.id], stdout=file, stderr=file)
        wait_until(lambda: "begin" in output.read_text())
        with log.open("a") as more:
            more.write("middle\n")
        wait_until(lambda: "middle" in output.read_text())
        start(SPEC, attempt=2, log=str(tmp_path / "2.out"))  # a follow-up job has a log of its own
        (tmp_path / "2.out").write_text("end\n")
        wait_until(lambda: "end\n" in output.read_text())
        leave_result(SPEC)
    assert follow.wait() == 0
    text = output.read_text()
    assert [line for line in text.splitlines() if line in ("begin", "middle", "end")] == ["begin", "middle", "end"]
    assert text.endswith(f"{SPEC.id} is finished\n")


def test_following_one_attempt_is_refused():
    write_manifest([SPEC], None)
    assert logs(SPEC.id, "-f", "--attempt", "1").exit_code == 2


def test_the_log_of_a_job_that_carries_no_runs(tiny_roots):
    folder = tiny_roots / "segment" / "launches" / "20260101-000000-41"
    folder.mkdir(parents=True)
    add_job(folder, "41", "xdomain.segment.infer", "infer", [[], []])
    nothing = logs("segment/infer")
    assert nothing.exit_code == 2
    assert "has no log yet" in nothing.stderr
    for task in (0, 1):
        (folder / f"41_{task}_0_log.out").write_text(f"task {task}\n")
    assert logs("segment/infer").stdout == "task 0\ntask 1\n"
    assert logs("41").stdout == "task 0\ntask 1\n"
    assert logs("41_1").stdout == "task 1\n"
    assert "41_0" in logs("segment/infer", "-f").stderr


def test_the_log_of_an_array_task_by_its_id():
    manifest, _ = submitted([tiny(seed=61), SPEC])
    (manifest.logs / "100_1_0_log.out").write_text("of seed 42\n")
    assert logs("100_1").stdout == "of seed 42\n"


def test_a_job_is_followed_to_its_end(tiny_roots):
    folder = tiny_roots / "ts" / "launches" / "20260101-000000-tables"
    folder.mkdir(parents=True)
    add_job(folder, "61", "xdomain.ts.tables", "tables", [[]])
    (folder / "61_0_log.out").write_text("tables\nsubmitit INFO - Exiting after successful completion\n")
    done = logs("ts/tables", "-f")
    assert done.stdout.splitlines()[0] == "tables"
    assert done.stderr == "ts/tables is finished\n"
