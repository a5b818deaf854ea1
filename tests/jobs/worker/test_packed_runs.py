"""Runs that share one job are processes of their own: the same numbers, and none takes a sibling along."""

import os
import signal
from pathlib import Path

from support.tiny_runs import SERVER, Numbers, TaskProcess, run_task, tiny, wait_until

import jobs.worker.pack
from jobs.records.manifest import write_manifest
from jobs.worker.single import listen
from xdomain.core.interruption import asked_by
from xdomain.runs.run_folder import RunFolder
from xdomain.schema.launch import Manifest

LONG = {"max_epochs": 50, "patience": 50}  # long enough to be met at work on any machine
PAIR = (tiny(**LONG), tiny(seed=61, **LONG))
STOPPED = 75


def both_at_work(task: TaskProcess) -> list[RunFolder]:
    folders = [RunFolder.of(spec) for spec in PAIR]

    def at_work() -> bool:
        return all(list(folder.checkpoints.glob("last-*.ckpt")) for folder in folders)

    wait_until(lambda: at_work() or task.process.exitcode is not None)
    assert task.process.exitcode is None, task.output
    return folders


def test_packed_runs_stop_together_and_continue_with_the_same_numbers(tiny_roots):
    alone = Numbers.of(run_task(tiny(tag="alone", **LONG)).folder)
    task = TaskProcess(PAIR[0], beside=PAIR[1:])
    folders = both_at_work(task)
    os.kill(task.process.pid, signal.SIGUSR2)
    assert task.wait() in (STOPPED, 0), task.output
    assert not all(folder.is_finished() for folder in folders)
    again = TaskProcess(PAIR[0], beside=PAIR[1:])
    assert again.wait() == 0, again.output
    assert Numbers.of(folders[0]) == alone
    assert Numbers.of(folders[1]) != alone
    assert len({event["pid"] for folder in folders for event in folder.attempts() if "pid" in event}) >= 3


def _asked_early(path: str) -> None:
    """Two runs that only note what asked them to stop, packed in a job that was warned before it started them."""
    manifest = Manifest.read(Path(path))
    listen(manifest)
    os.kill(os.getpid(), signal.SIGUSR2)
    jobs.worker.pack.execute = lambda spec, *_, **__: print(f"{spec.seed}: {asked_by()}", flush=True)
    jobs.worker.pack.run_packed(manifest, (0, 1))


def test_a_warning_before_the_runs_have_begun_reaches_them(tiny_roots):
    manifest = write_manifest(list(PAIR), None)
    manifest.logs.mkdir()
    task = SERVER.Process(target=_asked_early, args=(str(manifest.path),))
    task.start()
    task.join()
    said = "".join(file.read_text() for file in sorted(manifest.logs.glob("*.out")))
    assert "42: SIGUSR2" in said
    assert "61: SIGUSR2" in said


def test_the_last_element_of_a_pack_has_the_gpu_for_fewer_runs(tiny_roots):
    """Three runs, two to a GPU: the third has one for itself."""
    manifest = write_manifest([*PAIR, tiny(seed=47)], None, pack=2, gpus=0.5)
    assert [manifest.gpus_of(element) for element in manifest.elements] == [0.5, 1.0]


def test_a_packed_run_that_is_killed_fails_alone(tiny_roots):
    task = TaskProcess(PAIR[0], beside=PAIR[1:])
    killed, spared = both_at_work(task)
    os.kill(killed.attempts()[0]["pid"], signal.SIGKILL)
    assert task.wait() not in (0, STOPPED), "the job says that something went wrong"
    assert spared.is_finished()
    assert not killed.is_finished()
