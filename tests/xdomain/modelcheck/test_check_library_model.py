"""`check-model` and `fetch weights` for models of libraries."""

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.library_weights import save_torchvision, save_transformer

from xdomain.__main__ import main


def command(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_a_transformer_passes_every_check(tmp_path: Path) -> None:
    save_transformer("Vivit", tmp_path)
    done = command("check-model", f"transformers:{tmp_path}", "--weights", str(tmp_path), "--side", "16")
    assert done.exit_code == 0, done.output
    checks = ["shapes", "independence", "determinism", "gradient", "cost"]
    assert [line.split()[1] for line in done.output.splitlines() if line.startswith("ok")] == checks


def test_weights_of_another_architecture_fail_the_check(tmp_path: Path) -> None:
    save_torchvision("mc3_18", tmp_path / "mc3.pth")
    done = command("check-model", "torchvision:r3d_18", "--weights", str(tmp_path / "mc3.pth"))
    assert done.exit_code == 2
    assert "mc3.pth are of another architecture than torchvision:r3d_18" in done.output
    assert "takes no weights" in command("check-model", "3dcnn", "--frozen").output


def test_cached_weights_are_said_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    file = tmp_path / "hub/checkpoints/r3d_18-b3b3357e.pth"
    wanted = command("fetch", "weights", "torchvision:r3d_18", "--dry-run")
    assert f"{file} would be fetched from https://" in wanted.output
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    done = command("fetch", "weights", "torchvision:r3d_18")
    assert f"SHA-256 {hashlib.sha256(b'weights').hexdigest()}" in done.output
    assert "--model torchvision:r3d_18 --weights KINETICS400_V1" in done.output


def test_weights_that_cannot_be_fetched_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    done = command("fetch", "weights", "transformers:me/tiny")
    assert done.exit_code == 2
    assert "me/tiny cannot be fetched" in done.output
    for words, message in (
        (("weights",), "Name the weights"),
        (("weights", "../x"), "names no weights"),
        (("weights", "torchvision:r3d_18", "--keep-archives"), "of the options only --dry-run is for them"),
        (("ts", "more"), "leave more away"),
    ):
        refused = command("fetch", *words)
        assert refused.exit_code == 2
        assert message in " ".join(refused.output.split())
