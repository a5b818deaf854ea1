"""Two tasks of one job, on two nodes, get the same work at once, as from `srun -N2 COMMAND`: one of them does it."""

import os
import socket
import sys
from pathlib import Path

import pytest
from support.tiny_runs import SERVER, tiny

from jobs.records.manifest import write_manifest
from jobs.worker.tasks import RunTask
from xdomain.runs.run_folder import RunFolder

PAIR = (tiny(max_epochs=2), tiny(seed=61, max_epochs=2))
ENVIRONMENT = {"SLURM_JOB_ID": "17", "SLURM_NTASKS": "2", "SLURM_NNODES": "2", "SLURM_STEP_ID": "0"}

# Read at Python's start, where PYTHONPATH leads to it: a process of another node, as far as it can tell.
OTHER_NODE = "import os, socket\nsocket.gethostname = lambda: 'node' + os.environ['SLURM_NODEID']\n"


def _task(manifest: str, runs: tuple[int, ...], number: int, log: str, meeting) -> None:
    with open(log, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ |= ENVIRONMENT | {"SLURM_PROCID": str(number), "SLURM_NODEID": str(number)}
    socket.gethostname = lambda: f"node{number}"
    meeting.wait(60)
    try:
        RunTask(manifest, runs)()
    finally:
        sys.stdout.flush()


def both_tasks(specs, tmp_path: Path) -> tuple[list[int], str]:
    """The exit codes and the output of two tasks that carry `specs`."""
    manifest = write_manifest(list(specs), None)
    manifest.logs.mkdir()
    meeting, logs = SERVER.Barrier(2), [tmp_path / f"task{number}.log" for number in (0, 1)]
    indices = tuple(range(len(specs)))
    tasks = [
        SERVER.Process(target=_task, args=(str(manifest.path), indices, number, str(log), meeting))
        for number, log in enumerate(logs)
    ]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    output = "\n".join(file.read_text() for file in (*logs, *sorted(manifest.logs.glob("*.out"))))
    return [task.exitcode for task in tasks], output


def events(spec) -> list[tuple[str, int]]:
    return [(event["event"], event["attempt"]) for event in RunFolder.of(spec).attempts()]


@pytest.mark.parametrize("specs", [PAIR[:1], PAIR], ids=["single", "packed"])
def test_two_tasks_of_a_job_do_a_run_once(tiny_roots, tmp_path, specs):
    codes, output = both_tasks(specs, tmp_path)
    assert codes == [0, 0], output
    for spec in specs:
        assert events(spec) == [("start", 1), ("end", 1)]
        assert RunFolder.of(spec).result()["status"] == "finished"


@pytest.mark.parametrize("cluster", ["local", pytest.param("debug", marks=pytest.mark.slow)])
def test_two_launchers_in_one_job_do_a_run_once(tiny_roots, tmp_path, monkeypatch, started, cluster):
    """`srun -N2 python -m jobs.launch ts-grid --cluster local`: each launcher starts a task of its own."""
    (tmp_path / "sitecustomize.py").write_text(OTHER_NODE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    launchers = []
    for number in ("0", "1"):
        monkeypatch.setenv("SLURM_PROCID", number)
        monkeypatch.setenv("SLURM_NODEID", number)
        words = ("--cluster", cluster, "--model", "3dcnn", "--seed", "42", "--set", "max_epochs=2")
        launchers.append(started(*words))
    codes = [launcher.wait() for launcher in launchers]
    output = "\n".join(launcher.output.read_text() for launcher in launchers)
    folder = RunFolder.of(PAIR[0])
    assert events(PAIR[0]) == [("start", 1), ("end", 1)], output
    assert folder.attempts()[0]["host"] in ("node0", "node1")
    assert folder.is_finished()
    assert codes[0] == codes[1] == 0, output
