"""The private Slurm does what the other cluster tests, and the people who drill by hand, rely on."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
import submitit

from .slurm_host import SlurmHost, SlurmHostError

pytestmark = pytest.mark.cluster

# A job that says where it runs, leaves when told to, and gives up by itself after a minute.
LOYAL = """#!/bin/bash
trap 'echo got USR2; exit 0' USR2
echo "started on $SLURMD_NODENAME restart ${SLURM_RESTART_COUNT:-0}"
for _ in $(seq 600); do sleep 0.1; done
"""


@pytest.fixture
def loyal(tmp_path: Path) -> Path:
    script = tmp_path / "loyal.sh"
    script.write_text(LOYAL)
    return script


def submit(host: SlurmHost, output: Path, *arguments: str | Path) -> str:
    """sbatch with the output file `output`, appended to at every restart; returns the job id."""
    return host.run("sbatch", "--parsable", "--open-mode=append", f"--output={output}", *arguments)


def wait_text(file: Path, text: str, timeout: float = 20) -> str:
    deadline = time.monotonic() + timeout
    while not (file.exists() and text in file.read_text()):
        assert time.monotonic() < deadline, f"no {text!r} in {file} within {timeout} s"
        time.sleep(0.1)
    return file.read_text()


def test_every_node_is_idle(slurm: SlurmHost) -> None:
    slurm.wait_idle()
    assert slurm.node_states() == {"node1": "idle", "node2": "idle", "node3": "idle"}


def test_array_gets_a_gpu_each(slurm: SlurmHost, tmp_path: Path) -> None:
    wrap = 'echo "$SLURM_ARRAY_TASK_ID $CUDA_VISIBLE_DEVICES"'
    job = submit(slurm, tmp_path / "%a.txt", "--array=0-3", "--gres=gpu:1", f"--wrap={wrap}")
    for index in range(4):
        slurm.wait_job(f"{job}_{index}", "COMPLETED")
        assert (tmp_path / f"{index}.txt").read_text() == f"{index} 0\n"


def test_submitit_array(slurm_env: SlurmHost, tmp_path: Path) -> None:
    executor = submitit.AutoExecutor(tmp_path, cluster="slurm", slurm_python=sys.executable)
    executor.update_parameters(timeout_min=5, slurm_gpus_per_node=1, slurm_array_parallelism=2)
    names = ["SLURM_ARRAY_TASK_ID", "CUDA_VISIBLE_DEVICES", "SLURM_PROCID"]
    jobs = executor.map_array(os.getenv, names)
    assert [job.result() for job in jobs] == ["0", "0", "0"]


def test_killed_node_requeues_its_job_elsewhere(slurm: SlurmHost, tmp_path: Path, loyal: Path) -> None:
    output = tmp_path / "out.txt"
    job = submit(slurm, output, "--gres=gpu:1", loyal)
    first = slurm.wait_job(job, "RUNNING")["NodeList"]
    wait_text(output, "restart 0")
    slurm.kill_node(first)
    try:
        wait_text(output, "restart 1")
        assert slurm.job(job)["Restarts"] == "1"
        assert slurm.job(job)["NodeList"] != first
        assert slurm.node_states()[first].startswith("down")
    finally:
        slurm.start_node(first)
        slurm.run("scancel", job)
        slurm.wait_idle()


def test_slurm_notices_a_dead_node_by_itself(slurm: SlurmHost) -> None:
    slurm.kill_node("node3", noticed=False)
    deadline = time.monotonic() + 60
    while not slurm.node_states()["node3"].startswith("down"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    slurm.start_node("node3")
    assert slurm.node_states()["node3"] == "idle"


def test_signal_before_the_time_limit(slurm: SlurmHost, tmp_path: Path, loyal: Path) -> None:
    # A limit of one minute is the shortest there is; asked for 55 s before it, the signal comes at once.
    output = tmp_path / "out.txt"
    job = submit(slurm, output, "--time=1", "--signal=B:USR2@55", loyal)
    wait_text(output, "got USR2", timeout=40)
    slurm.wait_job(job, "COMPLETED")


def test_preempted_job_is_requeued(slurm: SlurmHost, tmp_path: Path, loyal: Path) -> None:
    output = tmp_path / "out.txt"
    low = submit(slurm, output, "--partition=low", "--nodes=3", "--gres=gpu:1", loyal)
    slurm.wait_job(low, "RUNNING")
    wait_text(output, "restart 0")
    high = submit(slurm, tmp_path / "high.txt", "--partition=high", "--gres=gpu:1", "--wrap=sleep 1")
    slurm.wait_job(high, "COMPLETED")
    wait_text(output, "restart 1")
    slurm.run("scancel", low)
    slurm.wait_idle()


def test_without_munge_commands_fail(slurm: SlurmHost) -> None:
    slurm.stop_munge()
    try:
        with pytest.raises(SlurmHostError, match=r"(?i)munge"):
            slurm.run("sinfo")
    finally:
        slurm.start_munge()
    slurm.wait_idle()


def test_two_hosts_and_nothing_left(slurm: SlurmHost, tmp_path: Path, loyal: Path) -> None:
    with SlurmHost(nodes=1, gpus=2, max_array_size=5) as other:
        here = submit(slurm, tmp_path / "here.txt", loyal)
        # A child that leaves its job's session and environment behind is still the cluster's.
        detached = tmp_path / "detached.sh"
        detached.write_text("#!/bin/bash\nenv -i /usr/bin/setsid /bin/sleep 60 &\nsrun sleep 60\n")
        there = submit(other, tmp_path / "there.txt", "--gres=gpu:2", detached)
        other.wait_job(there, "RUNNING")
        slurm.wait_job(here, "RUNNING")
        with pytest.raises(SlurmHostError, match="array"):
            submit(other, tmp_path / "x", "--array=0-5", loyal)
        time.sleep(1)
        folder, pids = other.folder, other.processes()
        assert len(pids) > 5  # daemons, two slurmstepds, the script, srun and the sleeping ones
        assert not pids & slurm.processes()
    assert not folder.exists()
    assert not other.processes()
    assert not [pid for pid in pids if _alive(pid)]
    assert slurm.job(here)["JobState"] == "RUNNING"
    slurm.run("scancel", here)
    slurm.wait_idle()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
