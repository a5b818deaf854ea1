"""Commands as a user gives them: `launch` and `status` in this process, `started` as a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.made_launches import Squeue
from support.tiny_runs import AS_OPTIONS

import jobs.commands.launch
import jobs.commands.status
from jobs.cluster.profile import Profile, load_profile

GRID = ["ts-grid", "--cluster", "local", "--source", "2dot", "--hidden", "2", "--tag", "tiny", *AS_OPTIONS]


@pytest.fixture
def empty_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with empty roots below it; no profile and no Slurm job around."""
    monkeypatch.chdir(tmp_path)
    for name in ("XDOMAIN_DATA", "XDOMAIN_RUNS", "XDOMAIN_RESULTS", "XDOMAIN_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def without_gpus(empty_roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, on a machine without GPUs, whatever this one has."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@pytest.fixture
def launch() -> Callable[..., Result]:
    """`python -m jobs.launch ts-grid WORDS`, for what starts no run."""
    return lambda *words: CliRunner().invoke(jobs.commands.launch.main, ["ts-grid", *map(str, words)])


@pytest.fixture
def status() -> Callable[..., Result]:
    """`python -m jobs.status WORDS`."""
    return lambda *words: CliRunner().invoke(jobs.commands.status.main, list(words))


class Started:
    """A launcher at work, its output in a file: children that outlive it may go on writing there."""

    def __init__(self, words: list[str], output: Path) -> None:
        self.output = output
        with output.open("w") as file:
            command = [sys.executable, "-m", "jobs.launch", *GRID, *words]
            self.process = subprocess.Popen(
                command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def wait(self) -> int:
        """The exit code."""
        return self.process.wait()

    def kill(self) -> None:
        """The launcher alone; its children go on."""
        self.process.kill()
        self.process.wait()

    def signal_all(self, number: int) -> None:
        """The launcher and all that it has started, as closing a terminal or a shutdown does."""
        os.killpg(self.process.pid, number)


@pytest.fixture(scope="session")
def launcher() -> type[Started]:
    """For a launch that several tests look at."""
    return Started


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Start `python -m jobs.launch ts-grid` with tiny sets; what is still alive at the test's end is killed."""
    launchers: list[Started] = []

    def start(*words: str) -> Started:
        launchers.append(Started(list(words), tmp_path / f"launcher-{len(launchers)}.log"))
        return launchers[-1]

    yield start
    for launcher in launchers:
        with contextlib.suppress(ProcessLookupError):
            launcher.signal_all(signal.SIGKILL)
        launcher.process.wait()


@pytest.fixture
def written(tmp_path):
    """Load a profile of this text."""

    def load(text: str) -> Profile:
        (tmp_path / "mine.toml").write_text(text)
        return load_profile(str(tmp_path / "mine.toml"))

    return load


@pytest.fixture
def squeue(tiny_roots, tmp_path, monkeypatch) -> Squeue:
    """A Slurm that says what the test tells it to, first on the PATH."""
    slurm = Squeue(tmp_path / "slurm")
    monkeypatch.setenv("PATH", f"{slurm.folder}:{os.environ['PATH']}")
    return slurm
