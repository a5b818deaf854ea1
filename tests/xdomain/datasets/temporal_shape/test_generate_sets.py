"""Whole sets: the same bytes however they are made, and never half of one."""

import json
import resource
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.datasets.temporal_shape import generate as module
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths
from xdomain.datasets.temporal_shape.generate import BLOCK, GENERATOR, generate
from xdomain.execute.temporal_shape import TemporalShape
from xdomain.specs.shapes import ClipSetSpec

DOTS = ClipSetSpec("5dot", 30, seed=3)
COMMAND = [sys.executable, "-m", "xdomain", "generate", "--domain", "2dot"]


def test_bytes_do_not_depend_on_the_workers(tmp_path, idx_folder):
    spec = ClipSetSpec("mnist-bg", 2 * BLOCK + 10, 1, str(idx_folder), "test")
    one, two = (generate(spec, tmp_path / str(workers), workers) for workers in (1, 2))
    assert sha256(one) == sha256(two)
    assert one.with_suffix(".json").read_text() == two.with_suffix(".json").read_text()
    assert len(np.unique(open_set(one).positions[:, 0], axis=0)) > 100, "blocks repeat each other"


def test_a_seed_decides_the_bytes(tmp_path):
    first, again = (generate(DOTS, tmp_path / name) for name in ("a", "b"))
    other = generate(ClipSetSpec("5dot", 30, seed=4), tmp_path)
    assert sha256(first) == sha256(again) != sha256(other)


def test_the_description_says_all(tmp_path, idx_folder, capsys):
    spec = ClipSetSpec("mnist", 20, 9, str(idx_folder), "test")
    path = generate(spec, tmp_path)
    assert path == set_paths(spec, tmp_path)[0]
    info = open_set(path).info
    assert ClipSetSpec(**info["spec"]) == spec
    assert info["clips"] == 20
    assert info["generator"] == GENERATOR
    assert info["digits"]["source"] == str(idx_folder)
    assert info["digits"]["count"] == 20
    assert len(info["digits"]["sha256"]) == 64
    counts = np.bincount(open_set(path).labels, minlength=5).tolist()
    assert info["class_counts"] == counts
    assert f"circle {counts[0]}, spiral {counts[1]}, line {counts[2]}" in capsys.readouterr().out
    assert open_set(generate(DOTS, tmp_path)).info["digits"] is None


def test_a_set_that_is_there_is_left_alone(tmp_path, capsys, monkeypatch):
    path = generate(DOTS, tmp_path)
    before = path.stat().st_mtime_ns
    monkeypatch.setattr(module, "draw_block", None)
    assert generate(DOTS, tmp_path) == path
    assert path.stat().st_mtime_ns == before
    assert "already there" in capsys.readouterr().out


def test_an_unfinished_set_is_made_again(tmp_path):
    path = generate(DOTS, tmp_path)
    digest = sha256(path)
    path.with_suffix(".json").unlink()
    path.write_bytes(b"damaged")
    assert sha256(generate(DOTS, tmp_path)) == digest


def for_a_launch(spec: ClipSetSpec, root: Path) -> None:
    """Make what a launch finds missing, and check the rest."""
    TemporalShape().make([spec], root, workers=1)


@pytest.mark.parametrize("make", [generate, for_a_launch])
def test_another_generators_set_is_refused(tmp_path, make):
    path = generate(DOTS, tmp_path)
    described = path.with_suffix(".json")
    described.write_text(json.dumps(json.loads(described.read_text()) | {"generator": 0}))
    with pytest.raises(UserError, match="another version of the generator"):
        make(DOTS, tmp_path)


@pytest.mark.parametrize("make", [generate, for_a_launch])
def test_a_set_of_other_digits_than_its_file_has_now_is_refused(tmp_path, idx_folder, make):
    """A set's name has the path of the digits, not what lies there."""
    digits = tmp_path / "digits"
    shutil.copy(idx_folder / "t10k-images-idx3-ubyte", digits)
    spec = ClipSetSpec("mnist", 20, 9, str(digits), "test")
    path = generate(spec, tmp_path)
    make(spec, tmp_path)
    shutil.copy(idx_folder / "train-images-idx3-ubyte.gz", digits)
    with pytest.raises(
        UserError, match=rf"was drawn with other digits than {digits} has now. Remove it and {path.stem}"
    ):
        make(spec, tmp_path)
    digits.unlink()
    make(spec, tmp_path)


def test_too_little_space_is_said_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9, 30 * 82_000))
    with pytest.raises(UserError, match="2 MB free"):
        generate(DOTS, tmp_path)
    assert list((tmp_path / "ts").iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path):
    """The kernel itself refuses the bytes beyond 4 MB."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))

    done = subprocess.run(
        [*COMMAND, "--clips", "300", "--out", tmp_path], preexec_fn=limit, capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert "No space left" in done.stderr
    assert list((tmp_path / "ts").iterdir()) == []


def test_two_at_once_do_not_harm_each_other(tmp_path):
    both = [subprocess.Popen([*COMMAND, "--clips", "600", "--out", tmp_path]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert len(open_set(tmp_path / "ts" / "2dot-n600-seed1-train-released.npy")) == 600
    assert len(list((tmp_path / "ts").iterdir())) == 2
