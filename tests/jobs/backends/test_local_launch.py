"""A small grid on this machine from its command to its table; and the same command once more."""

import json
import shutil
from pathlib import Path

import pytest
from support.roots import set_roots
from support.tiny_runs import Numbers, epochs_of, tiny

from xdomain.runs.run_folder import RunFolder

WORDS = ("--model", "3dcnn", "--seed", "42,61", "--set", "max_epochs=2")
SPECS = [tiny(seed=seed, max_epochs=2) for seed in (42, 61)]


@pytest.fixture(scope="module")
def launched(tiny_data, tmp_path_factory, launcher) -> tuple[Path, int, str]:
    """The runs root, exit code and output of a first launch."""
    folder = tmp_path_factory.mktemp("launched")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        set_roots(patch, data=tiny_data, runs="runs")
        first = launcher(list(WORDS), folder / "output.txt")
        return folder / "runs", first.wait(), first.output.read_text()


@pytest.fixture
def here(launched, tiny_data, monkeypatch) -> Path:
    """In the folder of that launch."""
    monkeypatch.chdir(launched[0].parent)
    set_roots(monkeypatch, data=tiny_data, runs="runs")
    return launched[0]


def launches(root: Path) -> int:
    return len(list(root.glob("ts-tiny/launches/*")))


def test_every_run_has_its_result_and_its_line(launched, here):
    _, code, output = launched
    assert code == 0, output
    for spec in SPECS:
        result = RunFolder.of(spec).result()
        (line,) = [line for line in output.splitlines() if spec.id in line]
        assert "finished" in line
        assert f"validation {result['accuracy']['validation']:.1%}, 2 epochs" in line


def test_the_roots_may_be_relative_for_jobs_start_elsewhere(here):
    manifest = json.loads(next(here.glob("ts-tiny/launches/*/manifest.json")).read_text())
    assert manifest["environment"]["XDOMAIN_RUNS"] == str(here)
    assert {path.name for path in here.parent.iterdir()} == {"runs", "output.txt"}


def test_every_run_has_a_log_of_its_own(here):
    logs = [path.read_text() for path in here.glob("ts-tiny/launches/*/logs/*.out")]
    for spec in SPECS:
        (log,) = [log for log in logs if spec.id in log]
        assert "epoch 2/2" in log


def test_all_runs_together_import_torch_once(here, started, monkeypatch):
    """It takes seconds of a CPU, which two runs share that are processes of their own."""
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")  # each process then says what it imports, on its stderr
    launcher = started(*WORDS, "--tag", "imports")
    assert launcher.wait() == 0
    logs = [path.read_text() for path in here.glob("ts-imports/launches/*/logs/*.out")]
    said = [line for text in (launcher.output.read_text(), *logs) for line in text.splitlines()]
    assert [line.rpartition("|")[2].strip() for line in said if line.startswith("import time:")].count("torch") == 1
    pids = [RunFolder(here / spec.id.replace("tiny", "imports")).attempts()[0]["pid"] for spec in SPECS]
    assert len(set(pids)) == 2


def test_a_run_whose_libraries_are_broken_says_so_in_its_log(here, started, monkeypatch, tmp_path):
    """Such as a torch for another CUDA, which raises anything."""
    (tmp_path / "pytorch_lightning.py").write_text("raise OSError('libcudart.so: cannot open shared object file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    launcher = started(*WORDS, "--tag", "broken")
    assert launcher.wait() == 1
    logs = [path.read_text() for path in here.glob("ts-broken/launches/*/logs/*.out")]
    assert ["cannot open shared object file" in log for log in logs] == [True, True]


def test_once_more_starts_nothing(here, started):
    before = launches(here)
    again = started(*WORDS)
    assert again.wait() == 0
    assert "2 runs (2 finished), 0 to launch" in again.output.read_text()
    assert launches(here) == before
    assert all(len(RunFolder.of(spec).attempts()) == 2 for spec in SPECS)


def test_the_table_shows_them_finished(here, status):
    assert ["ts-tiny", "2dot", "3D", "CNN", "2", "2"] in [line.split() for line in status().stdout.splitlines()]


def test_a_damaged_set_is_named_before_anything_starts(here, tiny_data, tmp_path, monkeypatch, started):
    damaged = tmp_path / "damaged"
    shutil.copytree(tiny_data, damaged)
    npy = damaged / "ts" / f"{SPECS[0].data.source_set('2dot').name}.npy"
    with npy.open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff\x01\xfe")
    set_roots(monkeypatch, data=damaged)
    before = launches(here)
    launcher = started("--model", "3dcnn", "--seed", "47")
    assert launcher.wait() == 2
    assert f"Error: {npy} is damaged" in launcher.output.read_text()
    assert launches(here) == before
    assert not RunFolder.of(tiny(seed=47)).path.exists()


def test_in_one_process_for_a_debugger(here, started):
    """--cluster debug: the run's own lines come to the screen, and its numbers are those of a job."""
    launcher = started(
        "--cluster", "debug", "--model", "3dcnn", "--seed", "42,61", "--set", "max_epochs=2", "--tag", "debug"
    )
    assert launcher.wait() == 0
    assert launcher.output.read_text().count("epoch 2/2") == 2
    for spec in SPECS:
        there = RunFolder(here / spec.id.replace("ts-tiny", "ts-debug"))
        assert Numbers.of(there) == Numbers.of(RunFolder.of(spec))


def test_a_removed_result_is_made_again_without_training(here, started, tmp_path):
    """As the message on a result of another format advises."""
    folder = RunFolder.of(SPECS[1])
    epochs, result = epochs_of(folder), folder.result()
    folder.result_file.unlink()
    again = started(*WORDS)
    assert again.wait() == 0, again.output.read_text()
    assert folder.result()["accuracy"] == result["accuracy"]
    assert epochs_of(folder) == epochs
