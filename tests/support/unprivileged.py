"""Commands in processes to which the modes of files mean something, also where the tests are run by root."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PR_CAPBSET_DROP = 24
OVERRIDES = (1, 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: root's right to open what modes forbid


def run(words: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m WORDS` in `folder`, without that right."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("XDOMAIN_", "SLURM_"))}
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
        preexec_fn=_drop if os.geteuid() == 0 else None,
    )


def _drop() -> None:
    for capability in OVERRIDES:
        if ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            os._exit(97)


@contextmanager
def mode(path: Path, bits: int) -> Iterator[Path]:
    """`path` with these permissions while the block runs."""
    before = path.stat().st_mode
    path.chmod(bits)
    try:
        yield path
    finally:
        path.chmod(before)
