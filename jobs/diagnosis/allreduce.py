"""Ten seconds of all-reduce between a node's ranks: whether DDP will work there, and how fast gradients travel.

`measure` starts one process a rank, as `python -m jobs.diagnosis.allreduce`; each of them is `main`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

START_UP = 120.0  # seconds for importing torch and for the ranks to find each other
MEGABYTES = {"nccl": 256, "gloo": 16}  # exchanged at a time


def measure(ranks: int, on_gpus: bool, seconds: float) -> dict[str, Any]:
    """Let `ranks` processes of this node sum tensors for so long.

    Returns:
        backend, ranks, and either gigabytes_per_second (bus bandwidth) or error.
    """
    result: dict[str, Any] = {"backend": "nccl" if on_gpus else "gloo", "ranks": ranks}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(ranks)}
    # One thread each: on a node's few CPUs per rank, more would fight.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **common}
    command = [sys.executable, "-m", "jobs.diagnosis.allreduce", result["backend"], str(seconds)]
    with tempfile.TemporaryDirectory() as folder:
        processes = []
        for rank in range(ranks):
            # A file, since a pipe that nobody empties would stop a rank that says much (NCCL_DEBUG=INFO).
            with open(f"{folder}/{rank}", "w") as output:
                both: dict[str, Any] = {"stdout": output, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
                processes.append(subprocess.Popen(command, env={**environment, "RANK": str(rank)}, **both))
        try:
            in_time = _wait(processes, START_UP + seconds)
        finally:
            for process in processes:
                process.kill()
                process.wait()
        if not in_time:
            return result | {"error": f"it hung for {START_UP + seconds:.0f} s"}
        outputs = [Path(folder, str(rank)).read_text(errors="replace").splitlines() for rank in range(ranks)]
    for process, lines in zip(processes, outputs, strict=True):
        if process.returncode not in (0, -signal.SIGKILL):
            said = [line for line in lines if "Error" in line] or lines[-1:] or [f"exit code {process.returncode}"]
            return result | {"error": said[-1].strip()}
        result |= next((json.loads(line) for line in lines if line.startswith("{")), {})
    return result


def _wait(processes: list[subprocess.Popen], seconds: float) -> bool:
    """Tell whether they all ended in time, or one failed: the others wait for it in vain."""
    deadline = time.monotonic() + seconds
    while any(process.poll() is None for process in processes) and not any(p.poll() for p in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def main(backend: str, seconds: float) -> None:
    """Run one rank; the first prints what was measured."""
    from datetime import timedelta

    import torch
    import torch.distributed as dist

    rank, ranks = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    device = torch.device(f"cuda:{rank}" if backend == "nccl" else "cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group(backend, timeout=timedelta(seconds=START_UP / 2))
    tensor = torch.full((MEGABYTES[backend] * (1 << 20) // 4,), 1.0, device=device)

    def exchange(times: int) -> float:
        begun = time.perf_counter()
        for _ in range(times):
            dist.all_reduce(tensor, op=dist.ReduceOp.AVG if backend == "nccl" else dist.ReduceOp.MAX)
        float(tensor[0])  # waits for the GPU
        return (time.perf_counter() - begun) / times

    exchange(1)  # connections are made here
    times = torch.tensor([max(1, min(10_000, int(seconds / exchange(2))))], device=device)
    dist.broadcast(times, 0)  # all ranks have to do it equally often
    each = exchange(int(times))
    total = torch.tensor([rank + 1.0], device=device)
    dist.all_reduce(total)
    if int(total) != ranks * (ranks + 1) // 2:
        raise RuntimeError(f"Error: the ranks' sum came out as {float(total)}")
    # A ring sends every byte 2 (n - 1) / n times.
    bus = tensor.nbytes * 2 * (ranks - 1) / ranks / each
    if rank == 0:
        print(json.dumps({"gigabytes_per_second": bus / 1e9}))
    dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
