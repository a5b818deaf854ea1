"""The doctor's probe, run here, and what is made of a node's report."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from jobs.cluster.profile import Profile
from jobs.diagnosis import verdict
from jobs.diagnosis.probe import driver, internet

REPORT = {
    "host": "node1",
    "image": None,
    "python": "3.11.9",
    "executable": "/usr/bin/python",
    "code_version": "abc",
    "cpus": 8,
    "memory_mb": 16384,
    "folders": {"/runs": "writable"},
    "scratch": {"/dev/shm": {"path": "/dev/shm", "free": 4e9, "system": "tmpfs"}},
    "internet": {"host": "x", "proxy": False, "error": "timed out"},
    "driver": {"version": "550", "gpus": ["A100", "A100"]},
    "torch": {"version": "2.9", "cuda": "12.8", "gpus": ["A100", "A100"], "gpu_error": None},
    "ready_clock": 99.0,
    "signal_clock": 101.0,
    "allreduce": {"backend": "nccl", "ranks": 2, "gigabytes_per_second": 200.0},
}
TIMES = {"submitted": 90.0, "seen": 100.0, "signalled": 100.5}


@pytest.fixture
def evaluate(monkeypatch):
    monkeypatch.setattr(verdict, "code_version", lambda: "abc")

    def evaluate(**changes):
        found = verdict.findings(REPORT | changes, TIMES, Profile(gpus=2))
        return {finding.what: (finding.level, f"{finding.text} {finding.advice}") for finding in found}

    return evaluate


def test_a_good_report_has_nothing_to_fix(evaluate):
    assert {level for level, _ in evaluate().values()} == {"ok", "note"}


@pytest.mark.parametrize(
    ("changes", "what", "level", "said"),
    [
        ({"cpus": 1}, "cpus", "FAIL", "1 of the 8 CPUs"),
        ({"memory_mb": 4000}, "memory", "FAIL", "4,000 MB"),
        ({"memory_mb": None}, "memory", "note", "Nothing holds"),
        ({"folders": {"/runs": "missing"}}, "folders", "FAIL", "does not see /runs"),
        ({"signal_clock": None}, "signal", "warn", "did not reach"),
        ({"ready_clock": 120.0, "signal_clock": 125.0}, "clock", "warn", "20 s ahead"),
        ({"ready_clock": 80.0, "signal_clock": 82.0}, "clock", "warn", "18 s behind"),
        ({"code_version": "def"}, "code", "warn", "runs def, this is abc"),
        ({"torch": {"error": "No module named 'torch'"}, "allreduce": None}, "torch", "FAIL", "pip install -e"),
        ({"torch": REPORT["torch"] | {"gpus": []}}, "gpus", "FAIL", "0 of 2 GPUs"),
        ({"torch": REPORT["torch"] | {"gpu_error": "no kernel image"}}, "gpus", "FAIL", "no kernel image"),
        ({"driver": None}, "driver", "warn", "no nvidia-smi"),
        ({"allreduce": {"backend": "nccl", "ranks": 2, "error": "timed out"}}, "all-reduce", "FAIL", "NCCL_DEBUG"),
        ({"allreduce": REPORT["allreduce"] | {"gigabytes_per_second": 1.0}}, "all-reduce", "warn", "slow"),
        ({"scratch": {"/dev/shm": {"free": 64e6, "system": "tmpfs"}}}, "shared memory", "warn", "start 0 of"),
        ({"scratch": {}}, "shared memory", "warn", "has 0 MB free"),
    ],
)
def test_what_is_wrong_on_a_node_is_named(evaluate, changes, what, level, said):
    found = evaluate(**changes)
    assert found[what][0] == level
    assert said in found[what][1]


def test_the_probe_reports_catches_the_signal_and_exchanges(tmp_path):
    """The very task, in a process of its own, without Slurm around it."""
    pytest.importorskip("torch")
    report = tmp_path / "report.json"
    task = {"report": str(report), "folders": (str(tmp_path), "/proc", "/nowhere"), "gpus": 0}
    task |= {"reach": "127.0.0.1:9", "patience": 60.0, "exchange": 0.2}
    code = f"from jobs.diagnosis.probe import ProbeTask; ProbeTask(**{task!r})()"
    process = subprocess.Popen([sys.executable, "-c", code])
    while not report.exists():
        assert process.poll() is None
        time.sleep(0.05)
    assert json.loads(report.read_text())["phase"] == "ready"
    before = time.time()
    process.send_signal(signal.SIGUSR2)
    assert process.wait() == 0
    found = json.loads(report.read_text())
    assert found["phase"] == "done"
    assert before - 1 <= found["signal_clock"] <= time.time() + 1, "seconds, perhaps rounded"
    assert found["folders"] == {str(tmp_path): "writable", "/proc": "read-only", "/nowhere": "missing"}
    assert found["allreduce"]["ranks"] == 2
    assert found["allreduce"]["gigabytes_per_second"] > 0
    assert "refused" in found["internet"]["error"]
    assert found["cpus"] == len(os.sched_getaffinity(0))


def test_an_all_reduce_that_cannot_start_says_why(monkeypatch):
    pytest.importorskip("torch")
    from jobs.diagnosis.allreduce import measure

    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "nosuchdevice")
    found = measure(2, False, 0.1)
    assert "nosuchdevice" in found["error"]


def test_the_driver_is_what_nvidia_smi_says_of_it(tmp_path, monkeypatch):
    program = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert driver() is None
    program.write_text("#!/bin/sh\necho '550.54, NVIDIA A100-SXM4-40GB, 40960 MiB\n550.54, NVIDIA T4, 15360 MiB'\n")
    program.chmod(0o755)
    gpus = ["NVIDIA A100-SXM4-40GB, 40960 MiB", "NVIDIA T4, 15360 MiB"]
    assert driver() == {"version": "550.54", "gpus": gpus}
    program.write_text("#!/bin/sh\necho 'Failed to initialize NVML: Driver/library version mismatch\nNVML'; exit 18\n")
    assert driver() == {"error": "Failed to initialize NVML: Driver/library version mismatch"}
    program.write_text("#!/bin/sh\nexit 9\n")
    assert driver() == {"error": "failed"}


def test_a_host_that_answers_is_reached_directly_or_through_the_proxy(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert internet(address) == {"host": "127.0.0.1", "proxy": False, "error": None}
        monkeypatch.setenv("https_proxy", f"http://{address}")
        assert internet(None) == {"host": "127.0.0.1", "proxy": True, "error": None}


def test_what_a_reached_host_and_a_single_rank_are_told_as(evaluate):
    alone = {"backend": "nccl", "ranks": 1, "gigabytes_per_second": 9.0}
    proxy = {"host": "proxy.site", "proxy": True, "error": None}
    found = evaluate(allreduce=alone, internet=proxy, folders={"/runs": "read-only"}, cpus=12)
    assert found["all-reduce"] == ("ok", "One rank starts nccl; there is nobody to exchange with. ")
    assert found["internet"] == ("note", "The node reaches the proxy proxy.site. ")
    assert found["folders"][0] == "note"
    assert "runs and results are written" in found["folders"][1]
    assert found["cpus"][0] == "note"
