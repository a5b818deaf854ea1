"""The two locks name the same packages, and the hashed one leaves none unhashed."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

TOP = Path(__file__).parent.parent
UNHASHED = {"torch", "torchvision", "opencv-python", "triton"}  # the Makefile says why


def versions(text: str) -> dict[str, str]:
    """Package (with '-' for '_', in lower case) to version."""
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s\\]+)", text, re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in pins}


def test_both_locks_pin_the_same_versions():
    plain = versions((TOP / "requirements.lock").read_text())
    hashed = versions((TOP / "requirements-hashed.lock").read_text())
    assert {name: version for name, version in plain.items() if name not in UNHASHED and not is_of_cuda(name)} == hashed


def is_of_cuda(name: str) -> bool:
    """Whether only torch's builds for CUDA need a package: the lock pins it, and no other machine installs it."""
    return name.startswith(("nvidia-", "cuda-"))


def test_the_libraries_of_the_cuda_build_are_pinned_too():
    """Some that stand for all: the names are in torch's own metadata, but not in that of a build without CUDA."""
    plain = versions((TOP / "requirements.lock").read_text())
    assert {"nvidia-nccl-cu13", "nvidia-cudnn-cu13", "cuda-bindings", "triton", "setuptools"} <= set(plain)


def test_the_lock_is_within_the_bounds_of_the_project():
    plain = versions((TOP / "requirements.lock").read_text())
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    assert len(asked) > 25
    for requirement in map(Requirement, asked):
        assert plain[requirement.name.lower()] in requirement.specifier, requirement


def test_every_package_of_the_hashed_lock_has_a_sha256():
    entries = re.split(r"\n(?=[A-Za-z0-9])", (TOP / "requirements-hashed.lock").read_text().strip())
    assert len(entries) > 50
    for entry in entries:
        assert re.fullmatch(r"\S+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry.splitlines()[0]
