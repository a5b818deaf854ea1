"""What may not be read or written is a sentence with its path, and one unreadable run hides no other."""

import errno
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import unprivileged
from support.roots import set_roots
from support.tiny_runs import AS_OPTIONS, tiny

import xdomain.__main__
from jobs.records.manifest import write_manifest
from xdomain.core.errors import UserError, explain
from xdomain.core.roots import data_root, results_root, runs_root
from xdomain.runs.run_folder import RunFolder

NUMBERS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ESTALE, errno.EIO)
GENERATE = ["xdomain", "generate", "--domain", "2dot", "--clips", "5"]
LAUNCH = ["jobs.launch", "ts-grid", "--cluster", "local", "--source", "2dot", "--hidden", "2", *AS_OPTIONS]


def refused(done, *names: str) -> None:
    """It ended with one sentence that has these words."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("Error: ") == 1
    for name in names:
        assert name in done.stderr, done.stderr


@pytest.mark.parametrize("number", [*NUMBERS, errno.ENOSPC, errno.EDQUOT, errno.EBUSY])
def test_every_kind_is_a_sentence_with_the_path(number):
    sentence = explain(OSError(number, os.strerror(number), "/data/x"))
    assert sentence.startswith(f"/data/x cannot be used ({os.strerror(number)}): ")
    assert sentence[-1] in ".?"
    assert explain(OSError(number, os.strerror(number)), Path("/runs")).startswith("/runs cannot")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_command_that_meets_one_says_it(monkeypatch, number):
    def fail(*_):
        raise OSError(number, os.strerror(number), "/data/x")

    monkeypatch.setattr("xdomain.datasets.temporal_shape.generate.generate", fail)
    done = CliRunner().invoke(xdomain.__main__.main, GENERATE[1:])
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: /data/x cannot be used")


def test_an_error_of_no_file_is_not_dressed_up(monkeypatch):
    def fail(*_):
        raise OSError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("xdomain.datasets.temporal_shape.generate.generate", fail)
    assert isinstance(CliRunner().invoke(xdomain.__main__.main, GENERATE[1:]).exception, OSError | SystemExit)


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        (GENERATE, "XDOMAIN_DATA"),
        (["xdomain", "fetch", "mnist"], "XDOMAIN_DATA"),
        (
            ["xdomain", "mini-diving", "--train", "4", "--test", "2", "--classes", "2", "--labelled", "4"],
            "XDOMAIN_DATA",
        ),
        (LAUNCH, "XDOMAIN_RUNS"),
        (["analysis", "tables", "--published"], "XDOMAIN_RESULTS"),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else value,
)
def test_a_root_that_may_not_be_written_to_is_named(tiny_data, tmp_path, words, variable):
    locked = tmp_path / "locked"
    locked.mkdir()
    with unprivileged.mode(locked, 0o555):
        environment = {"XDOMAIN_DATA": str(tiny_data), "XDOMAIN_RUNS": str(tmp_path / "runs")}
        done = unprivileged.run(words, tmp_path, **environment | {variable: str(locked / "below")})
        refused(done, str(locked), "Permission denied", "XDOMAIN_")
        assert os.listdir(locked) == []


def test_a_checkout_that_may_not_be_written_to(tmp_path):
    """Where no variable is set, ./data would be made in it."""
    with unprivileged.mode(tmp_path, 0o555):
        refused(unprivileged.run(GENERATE, tmp_path), "data", "Permission denied", "XDOMAIN_DATA")


def test_a_listing_that_may_not_be_read_is_named(tmp_path):
    folder = tmp_path / "diving48"
    folder.mkdir()
    listing = folder / "Diving48_V2_train.json"
    listing.write_text("[]")
    with unprivileged.mode(listing, 0):
        done = unprivileged.run(["xdomain", "index", "diving48"], tmp_path, XDOMAIN_DATA=str(tmp_path))
        refused(done, str(listing), "Permission denied")


@pytest.fixture
def launched(tmp_path, monkeypatch) -> tuple[RunFolder, RunFolder]:
    """Two launches of a run each, the second one's by another user with umask 077."""
    set_roots(monkeypatch, runs=tmp_path / "runs")
    folders = []
    for seed in (42, 61):
        spec = tiny(seed=seed)
        write_manifest([spec], None)
        folders.append(RunFolder.of(spec))
        folders[-1].path.mkdir(parents=True)
        folders[-1].write_spec(spec)
    return tuple(folders)


def test_status_shows_the_other_runs_and_names_the_one_that_may_not_be_read(launched, tmp_path):
    _, theirs = launched
    with unprivileged.mode(theirs.path, 0):
        done = unprivileged.run(["jobs.status"], tmp_path, XDOMAIN_RUNS=str(tmp_path / "runs"))
    assert done.returncode == 0, done.stderr
    assert ["all", "1", "1", "2"] in [line.split() for line in done.stdout.splitlines()], done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "seed61" in line]
    assert line.startswith("failed")
    assert f"{theirs.path}" in line
    assert "Permission denied" in line


def test_status_shows_the_other_launches_and_names_the_one_that_may_not_be_read(launched, tmp_path):
    (manifest,) = [path for path in runs_root().glob("*/launches/*/manifest.json") if '"seed": 61' in path.read_text()]
    with unprivileged.mode(manifest, 0):
        done = unprivileged.run(["jobs.status"], tmp_path, XDOMAIN_RUNS=str(tmp_path / "runs"))
    assert done.returncode == 0, done.stderr
    assert ["all", "1", "1"] in [line.split() for line in done.stdout.splitlines()], done.stdout
    assert str(manifest) in done.stdout


@pytest.mark.parametrize(("variable", "root"), [("DATA", data_root), ("RUNS", runs_root), ("RESULTS", results_root)])
def test_a_roots_tilde_is_the_home_folder(tmp_path, monkeypatch, variable, root):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(f"XDOMAIN_{variable}", "~/study")
    assert root() == tmp_path / "study"
    monkeypatch.setenv(f"XDOMAIN_{variable}", "")
    assert root() == Path(variable.lower()), "an empty variable is none"


@pytest.mark.parametrize("option", [["--out", "~/sets"], ["--out=~/sets"]])
def test_an_options_tilde_is_the_home_folder(tmp_path, monkeypatch, option):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(xdomain.__main__.main, [*GENERATE[1:], *option])
    assert done.exit_code == 0, done.output
    assert sorted(os.listdir(tmp_path)) == ["home"]
    assert (tmp_path / "home" / "sets" / "ts").is_dir()


def test_a_tilde_without_a_home_is_a_sentence(monkeypatch):
    """HOME is unset, and the user is in no list, as in many containers."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError("uid not found")))
    monkeypatch.setenv("XDOMAIN_DATA", "~/study")
    with pytest.raises(UserError, match="there is no home folder: write the full path"):
        data_root()
    done = CliRunner().invoke(xdomain.__main__.main, [*GENERATE[1:], "--out=~/sets"])
    assert done.exit_code == 2
    assert "there is no home folder" in done.output
