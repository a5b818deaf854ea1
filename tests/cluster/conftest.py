"""Fixtures of the cluster tests: one private Slurm and one built image for the whole session."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .image_base import make_base, ordinary_user
from .image_build import build_sif, remove
from .slurm_host import SlurmHost
from .slurm_install import Unavailable, ensure_slurm


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmHost]:
    """A started SlurmHost, shared by the session: leave its nodes up and its queue empty."""
    try:
        ensure_slurm()
    except Unavailable as reason:
        pytest.skip(str(reason))
    with SlurmHost() as host:
        yield host


@pytest.fixture
def slurm_env(slurm: SlurmHost, monkeypatch: pytest.MonkeyPatch) -> SlurmHost:
    """Point this very process (submitit, the launcher) at the private cluster for one test."""
    for name in ("SLURM_CONF", "MASTER_ADDR"):
        monkeypatch.setenv(name, slurm.env[name])
    return slurm


@pytest.fixture(scope="session")
def image_folder() -> Iterator[Path]:
    """A folder for the image builds, some gigabytes for some minutes, that other users may enter."""
    folder = Path(tempfile.mkdtemp(prefix="images-"))
    folder.chmod(0o755)
    yield folder
    remove(folder)


@pytest.fixture(scope="session")
def image_base(image_folder: Path) -> Path:
    """The folder of a minimal Debian in which pip works; both images start from it."""
    try:
        return make_base(image_folder / "base", ordinary_user())
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def image(request: pytest.FixtureRequest) -> Path:
    """The Apptainer image of this checkout. The build takes minutes: mark tests with timeout(1800).

    XDOMAIN_TEST_IMAGE names one that exists already and is then used as it is.
    """
    if ready := os.environ.get("XDOMAIN_TEST_IMAGE"):
        return Path(ready).resolve(strict=True)
    try:
        return build_sif(request.getfixturevalue("image_base"), request.getfixturevalue("image_folder"))
    except Unavailable as reason:
        pytest.skip(str(reason))
