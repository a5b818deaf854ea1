"""Which GPUs a launch on this machine uses: those that the user lets programs see, else those of nvidia-smi."""

import os
from pathlib import Path

import pytest

from jobs.backends.local import visible_gpus
from xdomain.core.errors import UserError

TWO = "GPU 0: NVIDIA A100 (UUID: GPU-1)\nGPU 1: NVIDIA A100 (UUID: GPU-2)\n"
SLICED = (
    "GPU 0: NVIDIA A100 (UUID: GPU-1)\n"
    "  MIG 3g.20gb     Device  0: (UUID: MIG-1)\n"
    "  MIG 3g.20gb     Device  1: (UUID: MIG-2)\n"
)


@pytest.fixture
def nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put an nvidia-smi in the path that prints this and ends with this code."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def answer(listing: str, code: int = 0) -> None:
        (tmp_path / "listing").write_text(listing)
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\ncat {tmp_path}/listing\nexit {code}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)

    return answer


@pytest.mark.parametrize(
    ("listing", "code", "gpus"),
    [
        (TWO, 0, [0, 1]),
        (SLICED, 0, [0]),  # the parts of a GPU are no further GPUs
        ("", 0, []),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", 9, []),
    ],
)
def test_the_gpus_that_nvidia_smi_lists(nvidia_smi, listing: str, code: int, gpus: list[int]) -> None:
    nvidia_smi(listing, code)
    assert visible_gpus() == gpus


@pytest.mark.parametrize(("listed", "gpus"), [("", []), ("1", [1]), ("3, 1", [3, 1]), ("-1", [])])
def test_what_the_user_lists_is_all_there_is(
    nvidia_smi, monkeypatch: pytest.MonkeyPatch, listed: str, gpus: list[int]
) -> None:
    nvidia_smi(TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    assert visible_gpus() == gpus


@pytest.mark.parametrize("listed", ["GPU-8932f937-d72c", "0,MIG-1", "--1", "²"])
def test_other_names_of_gpus_are_refused(monkeypatch: pytest.MonkeyPatch, listed: str) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", listed)
    with pytest.raises(UserError, match="name the GPUs by their numbers, such as 0,1"):
        visible_gpus()


def test_a_machine_without_the_driver_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_gpus() == []
