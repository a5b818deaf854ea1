"""The study of torchvision's models on a list of videos runs from its script to its claims."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.roots import set_roots_below

from xdomain.studies.own import read_study

EXAMPLE = Path(__file__).parents[2] / "examples" / "torchvision_study"
CLIPS = {"TRAIN": "14", "TEST": "6"}  # of which 8 are held out


def test_the_study_is_read() -> None:
    study = read_study(EXAMPLE / "study.toml")
    assert [spec.id for spec in study.trainings()] == [
        "torchvision.example/source-video/torchvision-r3d_18-scratch/h1/seed42",
        "torchvision.example/source-video/torchvision-mc3_18-scratch/h1/seed42",
    ]
    assert len(study.runs()) == 2 + 2 * 5


@pytest.mark.slow
def test_the_script_draws_lists_trains_and_tests_the_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_roots_below(monkeypatch, tmp_path)
    small = CLIPS | {"PYTHON": sys.executable, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [EXAMPLE / "run.sh"], cwd=tmp_path, env=os.environ | small, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    listed = list(csv.DictReader((tmp_path / "data/torchvision-example/test.csv").open()))
    assert len(listed) == int(CLIPS["TEST"])
    assert (tmp_path / "data/torchvision-example/dives/rgb" / listed[0]["path"]).exists()
    results = tmp_path / "results/torchvision.example"
    (row,) = csv.DictReader((results / "tables/claims.csv").open())
    assert row["claim"] == "tv-1"
    curves = list(csv.DictReader((results / "tables/corruptions.csv").open()))
    assert [(row["model"], row["corruption"]) for row in curves] == [("R3D", "blur"), ("MC3", "blur")]
    assert all(0 <= float(row[severity]) <= 1 for row in curves for severity in ("0", "1", "3", "5"))
    assert (results / "figures/corruptions.png").exists()
    assert "Of 1 claims" in done.stdout
