"""The GPU's benchmark in miniature on a CPU, in a Python that has torch, Lightning and numpy alone."""

import json
import os
import re
import subprocess
import sys
import zipfile
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from benchmarks.gpu import packages
from benchmarks.gpu.bill import between, bill
from benchmarks.gpu.merge import merge
from benchmarks.gpu.packages import NEEDED, write_digits
from benchmarks.gpu.parts.packing import mps
from benchmarks.gpu.scale import Scale
from xdomain.core.errors import UserError
from xdomain.datasets.temporal_shape.digits import load_digits

ROOT = Path(__file__).parents[2]
MACHINE_HAS = ("torch", "pytorch-lightning", "numpy", "pyarrow")  # the last is large, and may be there already


def with_needs(names: tuple[str, ...]) -> list[Distribution]:
    """The distributions and all that they ask for."""
    found: dict[str, Distribution] = {}
    todo = list(names)
    while todo:
        name = re.split(r"[ ;<>=!~\[(]", todo.pop())[0].lower().replace("_", "-")
        try:
            found.setdefault(name, one := distribution(name))
        except PackageNotFoundError:  # of another platform
            continue
        todo += [need for need in one.requires or [] if "extra ==" not in need and need.split()[0].lower() not in found]
    return list(found.values())


def tops(one: Distribution) -> set[str]:
    """What a distribution has put into site-packages."""
    return {file.parts[0] for file in one.files or [] if file.parts[0] not in ("..", "__pycache__")}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout's benchmark and packages on a machine with little else: (folder to start in)."""
    site, checkout = tmp_path / "site", tmp_path / "checkout"
    for folder in (site, checkout / "benchmarks" / "gpu" / "parts", checkout / "benchmarks" / "gpu" / "brought"):
        folder.mkdir(parents=True)
    for one in with_needs(MACHINE_HAS):
        for top in tops(one):
            if not (site / top).exists():
                (site / top).symlink_to(one.locate_file(top))
    for name in (
        "xdomain",
        "jobs",
        "tests",
        "Makefile",
        "pyproject.toml",
        "requirements.lock",
        "requirements-hashed.lock",
    ):
        (checkout / name).symlink_to(ROOT / name)
    for file in (ROOT / "benchmarks" / "gpu").rglob("*.py"):
        (checkout / file.relative_to(ROOT)).write_text(file.read_text())
    brought = checkout / "benchmarks" / "gpu" / "brought"
    for name in NEEDED.keys() - set(MACHINE_HAS):
        one = distribution(name)
        with zipfile.ZipFile(brought / f"{name.replace('-', '_')}-{one.version}-any.whl", "w") as wheel:
            for file in one.files or []:
                if file.parts[0] != ".." and file.suffix != ".pyc":
                    wheel.write(one.locate_file(file), file.as_posix())
    write_digits(brought / "digits.gz")
    return checkout


@pytest.mark.timeout(3600)  # a dozen processes that import torch, on machines that have other work
def test_every_part_runs_on_a_bare_machine_and_leaves_its_figures(bare, tmp_path):
    results = tmp_path / "results"
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("XDOMAIN", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-S", "-m", "benchmarks.gpu", "--tiny"],
        cwd=bare,
        env=keep | {"PYTHONPATH": str(tmp_path / "site"), "XDOMAIN_RESULTS": str(results), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    merged = json.loads((results / "benchmark-gpu" / "benchmark-gpu.json").read_text())
    assert merged["card"] == "CPU"
    assert not merged["absent"] + merged["incomplete"] + merged["left_out"]
    assert [part["part"] for part in merged["parts"]] == ["steps", "packing", "diving", "gradients", "runs"]
    rows = [row for part in merged["parts"] for row in part["rows"]]
    assert [row["kind"] for row in rows] == [
        *["epoch"] * 2,
        *["step"] * 5,
        "pack",
        "pack",
        "diving step",
        "gradient",
        "run",
    ]
    assert all(row["seconds"] > 0 for row in rows if row["kind"] in ("epoch", "step", "diving step"))
    (run,) = (row for row in rows if row["kind"] == "run")
    assert (run["status"], run["epochs"]) == ("finished", 2)
    assert set(run["accuracy"]) == {"validation", "2dot", "5dot", "mnist", "mnist-bg"}
    assert next(row for row in rows if row["kind"] == "gradient")["wrong"] == []
    assert merged["bill_gpu_hours"]["without"] == ["convlstm", "timesformer-1"], "nothing is guessed"
    page = (results / "benchmark-gpu" / "benchmark-gpu.md").read_text()
    assert "| 3dcnn | 2 | fp32 | eager |" in page
    assert "| 3dcnn | 2 | bf16-mixed | graph |" in page


def test_a_missing_package_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(packages, "NEEDED", {"einops": "no_such_package"})
    monkeypatch.setattr(packages, "BROUGHT", packages.ROOT / "nowhere")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=r"This Python has no einops\. [^.]*make benchmark-gpu-packages"):
        packages.unpack(tmp_path)


@pytest.fixture
def daemon(monkeypatch, tmp_path):
    """A stand-in for NVIDIA's program that starts, or does not, and notes what it is asked."""

    def install(code: int) -> Path:
        program, calls = tmp_path / "nvidia-cuda-mps-control", tmp_path / "calls"
        program.write_text(f'#!/bin/sh\n[ $# = 0 ] && said=$(cat)\necho "$*$said" >> {calls}\nexit {code}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return calls

    return install


def test_what_is_measured_with_mps_is_a_packed_jobs_own_daemon(daemon):
    calls = daemon(0)
    with suppress(KeyError), mps(True) as environment:
        assert set(environment) == {"CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_LOG_DIRECTORY"}
        assert all(map(os.path.isdir, environment.values()))
        raise KeyError("a measurement that fails")
    assert calls.read_text().split() == ["-d", "quit"]
    assert not any(map(os.path.exists, environment.values()))


def test_a_daemon_that_does_not_start_is_said(daemon):
    daemon(1)
    with pytest.raises(RuntimeError, match="MPS does not start on"), mps(True):
        pass


def test_no_part_takes_more_than_nine_minutes_and_all_of_them_25():
    minutes = Scale().minutes
    assert max(minutes.values()) <= 9
    assert sum(minutes.values()) <= 25


def test_ten_runs_of_the_grid_are_spread_over_its_models():
    runs = Scale().runs
    assert len(set(runs)) == 10
    assert {model for model, _ in runs} == {"3dcnn", "convlstm", "timesformer-1", "timesformer-8"}


def test_the_bill_by_hand():
    """The grid has 100 runs of each model: ten sizes, five seeds, two directions."""
    rows = [{"kind": "epoch", "model": name, "hidden": 2, "seconds": 3.6} for name in ("3dcnn", "timesformer-1")]
    rows += [{"kind": "epoch", "model": name, "hidden": 2, "seconds": 7.2} for name in ("convlstm", "timesformer-8")]
    hours = bill(rows)
    # 100 runs × (100 × 0.001 h + 100 × 0.002 h + 300 × 0.001 h + 300 × 0.002 h)
    assert hours == {"at_most": pytest.approx(120.0), "as_runs_took": None, "packed": None, "without": []}
    for name, epochs in (
        ("3dcnn", (20, 40)),
        ("convlstm", (10,)),
        ("timesformer-1", (100,)),
        ("timesformer-8", (200,)),
    ):
        rows += [{"kind": "run", "model": name, "status": "finished", "epochs": number} for number in epochs]
    rows += [{"kind": "run", "model": "convlstm", "status": "unfinished", "epochs": 1}]
    # 100 × (30 × 0.001 + 10 × 0.002 + 100 × 0.001 + 200 × 0.002)
    assert bill(rows)["as_runs_took"] == pytest.approx(55.0)
    rows += [{"kind": "pack", "model": "3dcnn", "times_one": gain} for gain in (1.0, 4.0, 3.0)]
    rows += [{"kind": "pack", "model": "convlstm", "times_one": 2.0}]
    # Seven of ten sizes have h ≤ 16; the TimeSformers, which were not packed, gain what the least gains.
    assert bill(rows)["packed"] == pytest.approx(3 * (0.7 / 4 + 0.3) + (2 + 10 + 40) * (0.7 / 2 + 0.3))


def test_between_two_sizes_the_cost_is_between_theirs():
    assert between({8: 1.0, 16: 3.0}, 10) == 1.5
    assert between({8: 1.0, 16: 3.0}, 2) == 1.0
    assert between({8: 1.0, 16: 3.0}, 48) == 3.0


def test_parts_of_two_cards_are_not_merged(tmp_path):
    for part, card in (("steps", "A card"), ("runs", "B card")):
        content = {"part": part, "card": card, "rows": [], "left_out": [], "complete": True}
        (tmp_path / f"{part}.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match="steps is of A card and runs is of B card"):
        merge(tmp_path, ("steps", "runs"))


def test_digits_brought_along_are_the_ones_of_scikit_learn(tmp_path):
    write_digits(tmp_path / "digits.gz")
    brought, own = (load_digits(source, "test", tmp_path) for source in (str(tmp_path / "digits.gz"), "uci"))
    assert (brought.images == own.images).all()
