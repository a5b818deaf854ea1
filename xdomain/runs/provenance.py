"""Record where a number comes from: code version, image, libraries, machine."""

import os
import platform
import socket
import subprocess
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("torch", "pytorch-lightning", "timesformer-pytorch", "numpy", "pandas", "submitit")


@cache
def code_version() -> str:
    """Return the version that an image was built from, else the checkout's commit, else the package's version.

    Uncommitted changes add a hash of themselves, so that two different working trees never share a version.
    """
    if baked := os.environ.get("XDOMAIN_CODE_VERSION"):
        return baked
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return f"xdomain {_version('xdomain') or 'not installed'} (no git)"
    try:
        commit = _git(root, "rev-parse", "--short=12", "HEAD").decode().strip()
        changes = _git(root, "diff", "HEAD", "--", "*.py", "*.lock", "*.toml")
    except (OSError, subprocess.CalledProcessError):
        return f"xdomain {_version('xdomain') or 'not installed'} (git did not answer)"
    return f"{commit}+{sha256(changes).hexdigest()[:8]}" if changes else commit


def _version(name: str) -> str | None:
    """Return the installed version; None where there is none, as pandas need not be for a training."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(root: Path, *arguments: str) -> bytes:
    # A checkout bound into an image belongs to another user; only reading it is safe.
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout


def provenance(device: str | None) -> dict[str, Any]:
    """Collect what every result and attempt records; `device` is the accelerator's or processor's name."""
    return {
        "code_version": code_version(),
        "image_digest": os.environ.get("XDOMAIN_IMAGE_DIGEST"),
        "libraries": {name: number for name in LIBRARIES if (number := _version(name))},
        "python": platform.python_version(),
        "device": device,
        "host": socket.gethostname(),
    }
