"""How many loading processes /dev/shm has room for. Where it is full, they wait for ever or die of a bus error."""

import shutil
from pathlib import Path

FOLDER = Path("/dev/shm")  # where PyTorch's loading processes put their batches
PREFETCH = 2  # batches that each process reads ahead
HANDED_OVER = 2  # batches of a rank that the training holds: one in use, one on its way to the GPU
STALL = 900.0  # seconds without a batch, after which a loader counts as hung
PAPER_BATCH = 8 * 32 * 224 * 224 * 3  # bytes: eight clips of Diving48


def need(workers: int, batch_bytes: int, ranks: int = 1) -> int:
    """Compute the bytes of shared memory that `workers` loading processes of each rank may hold at once."""
    return ranks * (PREFETCH * workers + HANDED_OVER) * batch_bytes if workers else 0


def fitting(limit: int, batch_bytes: int, ranks: int, free: float) -> int:
    """Count the loading processes of a rank, at most `limit`, that `free` bytes have room for; it may be 0."""
    return next(workers for workers in range(limit, -1, -1) if need(workers, batch_bytes, ranks) <= free)


def free_bytes() -> int:
    """Measure what is free of /dev/shm now; 0 where there is none."""
    return shutil.disk_usage(FOLDER).free if FOLDER.is_dir() else 0


def workers_here(limit: int, batch_bytes: int, ranks: int = 1) -> int:
    """Allow `limit` loading processes a rank, or as many as this machine has room for, which is then said."""
    free = free_bytes()
    workers = fitting(limit, batch_bytes, ranks, free)
    if workers < limit:
        print(
            f"/dev/shm has {free / 1e6:,.0f} MB free, and {limit} loading processes for each of {ranks} ranks with "
            f"batches of {batch_bytes / 1e6:,.1f} MB need {need(limit, batch_bytes, ranks) / 1e6:,.0f} MB: "
            f"{workers} are started, which is slower. A container gets more with --shm-size or --ipc=host.",
            flush=True,
        )
    return workers
