"""Run on a node, started exactly as real runs are: look around and write down what is there."""

import contextlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jobs.diagnosis.allreduce import measure
from xdomain.core.files import write_json
from xdomain.core.interruption import asked_by, watch
from xdomain.core.output import accept_any_text
from xdomain.runs.provenance import code_version

PUBLIC = "one.one.one.one:443"  # a public DNS resolver, for want of a proxy
READY, DONE = "ready", "done"  # phases of the report: waiting for the signal; complete


@dataclass(frozen=True)
class ProbeTask:
    """Write a report of this node to `report`, once before and once after the signal and the all-reduce."""

    report: str
    folders: tuple[str, ...]  # that a run needs: roots and binds, as an image sees them
    gpus: int
    reach: str | None  # host[:port] to connect to
    patience: float  # seconds to wait for the signal
    exchange: float  # seconds of all-reduce

    def __call__(self) -> None:
        """Write what this node is and has into the report."""
        accept_any_text()
        watch(signal.SIGUSR2)  # as real tasks do
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # submitit ignores it; nothing here is worth waiting for
        facts: dict[str, Any] = {
            "host": socket.gethostname(),
            "image": os.environ.get("APPTAINER_CONTAINER"),
            "python": platform.python_version(),
            "executable": sys.executable,
            "code_version": code_version(),
            "cpus": len(os.sched_getaffinity(0)),
            "memory_mb": memory_limit_mb(),
            "folders": {folder: folder_state(folder) for folder in self.folders},
            "scratch": scratch(),
            "internet": internet(self.reach),
            "driver": driver(),
            "torch": torch_facts(),
        }
        path = Path(self.report)
        facts["ready_clock"] = time.time()
        write_json(path, {"phase": READY, **facts})
        received = self._wait_for_signal()
        able = "error" not in facts["torch"] and len(facts["torch"]["gpus"]) >= self.gpus
        exchanged = measure(self.gpus or 2, bool(self.gpus), self.exchange) if able else None
        write_json(path, {"phase": DONE, "signal_clock": received, "allreduce": exchanged, **facts})

    def _wait_for_signal(self) -> float | None:
        deadline = time.monotonic() + self.patience
        while not asked_by():
            if time.monotonic() > deadline:
                return None
            time.sleep(0.1)
        return time.time()


def memory_limit_mb() -> float | None:
    """Return the least limit that a control group sets on this process; None if nothing holds it."""
    limits = []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, kinds, group = line.split(":", 2)
            if kinds and "memory" not in kinds.split(","):
                continue
            top, name = (Path("/sys/fs/cgroup"), "memory.max") if not kinds else _FIRST_VERSION
            group_path = Path(group.lstrip("/"))
            for folder in (group_path, *group_path.parents):
                with contextlib.suppress(OSError, ValueError):  # "max", or a group outside of this namespace
                    limits.append(int((top / folder / name).read_text()))
    least = min(limits, default=1 << 60)
    return least / (1 << 20) if least < 1 << 50 else None


_FIRST_VERSION = (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes")


def folder_state(folder: str) -> str:
    """Find out by trying whether the folder is `writable`, `read-only` or `missing`."""
    if not os.path.exists(folder):
        return "missing"
    test = Path(folder) / f".doctor.{socket.gethostname()}.{os.getpid()}"
    try:
        test.touch()
    except OSError:
        return "read-only"
    test.unlink()
    return "writable"


def scratch() -> dict[str, dict[str, Any]]:
    """List node-local places by name: free bytes and the kind of file system."""
    places = {name: os.environ.get(name) for name in ("SLURM_TMPDIR", "TMPDIR")}
    spaces = {}
    for name, path in {**places, "/tmp": "/tmp", "/dev/shm": "/dev/shm"}.items():
        if path and os.path.isdir(path):
            spaces[name] = {"path": path, "free": shutil.disk_usage(path).free, "system": _file_system(path)}
    return spaces


def _file_system(path: str) -> str:
    real, kinds = os.path.realpath(path), {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, mounted, kind, *_ = line.split()
            if real == mounted or real.startswith(mounted.rstrip("/") + "/"):
                kinds[mounted] = kind
    return kinds[max(kinds, key=len)] if kinds else "unknown"


def internet(target: str | None) -> dict[str, Any]:
    """Try a TCP connection to `target`, else to the environment's proxy, else to a public name."""
    proxy = next(
        (os.environ[name] for name in ("https_proxy", "HTTPS_PROXY", "http_proxy") if os.environ.get(name)), ""
    )
    address = target or proxy or PUBLIC
    parts = urlsplit(address if "//" in address else f"//{address}")
    answer: dict[str, Any] = {"host": parts.hostname, "proxy": bool(proxy and not target), "error": "no answer"}

    def connect() -> None:
        try:
            socket.create_connection((parts.hostname, parts.port or 443), timeout=3).close()
            answer["error"] = None
        except OSError as error:
            answer["error"] = str(error)

    # Looking up a name may take a minute where packets vanish; a thread can be left to it.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(6)
    return dict(answer)


def driver() -> dict[str, Any] | None:
    """Ask nvidia-smi for the NVIDIA driver's version and the GPUs' names; None without nvidia-smi."""
    command = ["nvidia-smi", "--query-gpu=driver_version,name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode:
        text = (answer.stdout + answer.stderr).strip()
        return {"error": text.splitlines()[0] if text else "failed"}
    rows = [[cell.strip() for cell in line.split(",")] for line in answer.stdout.splitlines()]
    return {"version": rows[0][0] if rows else None, "gpus": [", ".join(row[1:]) for row in rows]}


def torch_facts() -> dict[str, Any]:
    """Return PyTorch's version and the GPUs it can compute on."""
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library that it was built for is missing
        return {"error": str(error)}
    facts: dict[str, Any] = {"version": torch.__version__, "cuda": torch.version.cuda, "gpus": [], "gpu_error": None}
    try:
        for index in range(torch.cuda.device_count()):
            # A GPU that this build has no kernels for is listed all the same: it has to compute something.
            torch.ones(1, device=f"cuda:{index}").add(1).item()
            facts["gpus"].append(torch.cuda.get_device_name(index))
    except RuntimeError as error:
        facts["gpu_error"] = str(error).splitlines()[0]
    return facts
