"""Claims as other processes leave them."""

import json
import os
import time
from pathlib import Path

from xdomain.core.claims.holder import machine_id, process_start

THEIRS = "0123456789abcdef" * 2  # a token


def write_claim(path: Path, seconds_ago: float = 0.0, **changes) -> None:
    """A claim as a process of this machine would have left it, last touched so long ago."""
    theirs = {
        "token": THEIRS,
        "machine": machine_id(),
        "host": "elsewhere",
        "pid": os.getpid(),
        "process_start": process_start(os.getpid()),
        "job": None,
    }
    path.write_text(json.dumps(theirs | changes))
    touched = time.time() - seconds_ago
    os.utime(path, (touched, touched))
