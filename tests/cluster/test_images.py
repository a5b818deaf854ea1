"""Both image recipes build, and what runs in the images is what they hold."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import submitit

from .image_build import CODE_VERSION, LOCK_SHA256, TOP, OciBuild
from .slurm_host import SlurmHost
from .slurm_install import Unavailable

# Whichever test comes first waits for the build.
pytestmark = [pytest.mark.cluster, pytest.mark.image, pytest.mark.timeout(1800)]
IMPORTS = "import torch, pytorch_lightning, mmengine; print(torch.__version__)"


def run(*argv: str | Path, cwd: Path | None = None, **env: str) -> str:
    """The output of a command, with `env` added to the environment."""
    return subprocess.check_output(argv, env={**os.environ, **env}, cwd=cwd, text=True).strip()


def test_sif_has_the_packages(image: Path) -> None:
    assert run("apptainer", "exec", image, "python", "-c", IMPORTS).startswith("2.")


def test_sif_says_what_it_is_made_of(image: Path) -> None:
    labels = json.loads(run("apptainer", "inspect", "--json", image))["data"]["attributes"]["labels"]
    assert labels["xdomain.code-version"] == CODE_VERSION
    assert labels["xdomain.lock-sha256"] == LOCK_SHA256
    assert run("apptainer", "exec", image, "printenv", "XDOMAIN_CODE_VERSION") == CODE_VERSION


def test_nothing_of_the_host_shadows_the_sif(image: Path, tmp_path: Path) -> None:
    site = tmp_path / "home/.local/lib/python3.11/site-packages"
    for shadow in (tmp_path, tmp_path / "leaked", site):
        (shadow / "xdomain").mkdir(parents=True)
        (shadow / "xdomain/__init__.py").write_text("raise SystemExit('shadowed')")
    argv = ["apptainer", "exec", "--home", tmp_path / "home", "--bind", tmp_path, "--pwd", tmp_path, image]
    code = "import xdomain; print(xdomain.__file__)"
    where = run(*argv, "python", "-c", code, PYTHONPATH=str(tmp_path / "leaked"))
    assert where == "/opt/xdomain/xdomain/__init__.py"


def test_checkout_bound_over_the_sif_is_what_runs(image: Path) -> None:
    code = """
import os, pathlib, xdomain
top = pathlib.Path(xdomain.__file__).parents[1]
print(os.environ["XDOMAIN_CODE_VERSION"], (top / "tests").is_dir())  # only a checkout has tests
"""
    argv = ["apptainer", "exec", "--bind", f"{TOP}:/opt/xdomain", image, "python", "-c", code]
    assert run(*argv, APPTAINERENV_XDOMAIN_CODE_VERSION="1234") == "1234 True"


def test_submitit_array_in_the_sif(image: Path, slurm_env: SlurmHost, tmp_path: Path) -> None:
    python = f"apptainer exec --bind {tmp_path} {image} python"
    executor = submitit.AutoExecutor(tmp_path, cluster="slurm", slurm_python=python)
    executor.update_parameters(timeout_min=5, slurm_gpus_per_node=1, slurm_array_parallelism=2)
    jobs = executor.map_array(os.getenv, ["APPTAINER_CONTAINER", "CUDA_VISIBLE_DEVICES"])
    assert [job.result() for job in jobs] == [str(image), "0"]


def test_dockerfile(image_base: Path, image_folder: Path) -> None:
    folder = image_folder / "oci"
    folder.mkdir()
    oci = OciBuild(image_base, folder)
    try:
        oci.build()
    except Unavailable as reason:
        pytest.skip(str(reason))
    config = oci.config()
    assert config["Labels"]["xdomain.code-version"] == CODE_VERSION
    assert config["Labels"]["xdomain.lock-sha256"] == LOCK_SHA256
    assert f"XDOMAIN_CODE_VERSION={CODE_VERSION}" in config["Env"]
    assert config["Cmd"] == ["python", "-m", "xdomain", "--help"]
