"""The wheel is complete: everything that the packages hold is in it, and it works where no checkout is."""

import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PACKAGES = ("xdomain", "jobs", "analysis", "segment", "xdomain_cli")
# The demo made small, one size and seed of each model: what it shows is that every step finds its code and its files.
SMALLER = {
    r"^train_clips = \d+": "train_clips = 48",
    r"^val_clips = \d+": "val_clips = 16",
    r"^eval_clips = \d+": "eval_clips = 20",
    r"^max_epochs = \d+": "max_epochs = 1",
    r"^(seeds|hidden) = \[(\d+)[\d, ]*\]": r"\1 = [\2]",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built of a copy so that no build folder is left in the checkout."""
    source = tmp_path_factory.mktemp("source")
    for package in PACKAGES:
        shutil.copytree(TOP / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / file, source)
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", "dist", "."]
    subprocess.run([sys.executable, "-m", "pip", *words], cwd=source, check=True)
    (built,) = (source / "dist").glob("*.whl")
    return built


def packaged() -> Iterator[str]:
    """Every file of the packages, but for what is about them."""
    for package in PACKAGES:
        for path in (TOP / package).rglob("*"):
            if path.is_file() and path.suffix not in (".pyc", ".md"):
                yield path.relative_to(TOP).as_posix()


def test_every_file_of_the_packages_is_in_the_wheel_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == set(packaged())


def test_the_metadata_says_what_an_index_shows(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))
        entries = archive.read(name.replace("METADATA", "entry_points.txt")).decode()
    for field in (
        "Summary",
        "Author",
        "License-Expression",
        "License-File",
        "Requires-Python",
        "Keywords",
        "Project-URL",
    ):
        assert metadata[field], field
    assert {"train", "tracking", "segment", "zoo", "docs", "dev"} == set(metadata.get_all("Provides-Extra"))
    assert "xdomain = xdomain_cli.main:main" in entries


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The programs' folder of an environment with the wheel: with this one's libraries, without the checkout."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    # A folder that a .pth file names is searched, and its own .pth files, such as this checkout's, are not read.
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin"


def small_demo() -> str:
    """The demo's recipe, as a text, with its data and its trainings made tiny."""
    text = (TOP / "jobs" / "recipes" / "ts-demo.toml").read_text()
    for pattern, smaller in SMALLER.items():
        text, times = re.subn(pattern, smaller, text, flags=re.MULTILINE)
        assert times, pattern
    return text


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_demo_runs_from_the_wheel_in_an_empty_folder(installed, tmp_path):
    environment = {"PATH": f"{installed}:/usr/bin:/bin", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    launch = [installed / "python", "-P", "-m", "jobs.launch", "recipe", "--cluster", "local"]
    by_name = subprocess.run(
        [*launch, "ts-demo", "--dry-run"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert "ts-demo: 16 runs (16 new), 16 to launch." in by_name.stdout, by_name.stderr
    (tmp_path / "small.toml").write_text(small_demo())
    done = subprocess.run(
        [*launch, "small.toml"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(tmp_path.glob("runs/ts-demo/**/result.json"))) == 4, "a run of each model"
    assert list(tmp_path.glob("results/ts-demo/figures/*.pdf"))
    page = (tmp_path / "results" / "report.html").read_text()
    assert all(name in page for name in ("ConvLSTM", "3D CNN", "TimeSformer"))


def test_the_installed_command_knows_its_files(installed, tmp_path):
    def said(*words: str) -> str:
        environment = {"PATH": f"{installed}:/usr/bin:/bin", "HOME": str(tmp_path)}
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert said("xdomain", "--version").startswith("xdomain 0.1.0, code xdomain 0.1.0 (no git), Python 3.")
    code = "import jobs, xdomain, analysis, segment; print(jobs.__file__)"
    assert str(installed.parent) in said("python", "-P", "-c", code)
    without = (
        "import sys; sys.modules['torch'] = None; from xdomain_cli.main import main; main(['check-model', 'convlstm'])"
    )
    done = subprocess.run([installed / "python", "-P", "-c", without], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.rstrip().endswith("pip install 'xdomain[train]'"), "there is no checkout to install from"
    assert "400 new" in said("xdomain", "launch", "ts-grid", "--dry-run", "--cluster", "local")
