"""A checkpoint cut short (a node that lost power, a full disk) costs time, never another number."""

import shutil
from pathlib import Path

import pytest
from support.roots import set_roots
from support.tiny_runs import Numbers, TaskProcess, files, run_task, tiny, wait_until

from xdomain.runs.run_folder import RunFolder

LAST = {"last-0001.ckpt", "last-0002.ckpt"}


@pytest.fixture(scope="module")
def template(tiny_data, tmp_path_factory) -> tuple[Path, Path, Numbers]:
    """A runs root with one run of three epochs, a copy of it that stays whole, and what the run computed."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("damaged") / "runs"
        set_roots(patch, data=tiny_data, runs=root)
        numbers = Numbers.of(run_task(tiny()).folder)
    shutil.copytree(root, root.with_name("whole"))
    return root, root.with_name("whole"), numbers


@pytest.fixture
def ended(template, tiny_roots, monkeypatch) -> tuple[Numbers, Path]:
    """What the run computed, and its checkpoints; it has to be evaluated again."""
    root, whole, numbers = template
    shutil.rmtree(root)
    shutil.copytree(whole, root)
    set_roots(monkeypatch, runs=root)
    folder = RunFolder.of(tiny())
    folder.result_file.unlink()
    assert {file.name for file in files(folder.checkpoints)} == {"best.ckpt", *LAST}
    return numbers, folder.checkpoints


def tear(file: Path) -> None:
    """Leave the first half, as a write that was cut short."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def test_a_truncated_last_checkpoint_falls_back_to_the_one_before_and_says_so(ended):
    numbers, checkpoints = ended
    tear(checkpoints / "last-0002.ckpt")
    again = run_task(tiny())
    assert "last-0002.ckpt is truncated or damaged" in again.output
    assert "Continuing after epoch 2, from" in again.output
    assert Numbers.of(again.folder) == numbers


@pytest.mark.parametrize("damaged", [{"best.ckpt"}, LAST, LAST | {"best.ckpt"}], ids=["best", "both last", "all"])
def test_without_a_usable_checkpoint_training_begins_again_and_says_so(ended, damaged):
    numbers, checkpoints = ended
    for name in damaged:
        tear(checkpoints / name)
    again = run_task(tiny())
    assert "is truncated or damaged" in again.output or "cannot be read" in again.output
    assert "begins again" in again.output
    assert "epoch 1/3" in again.output
    assert Numbers.of(again.folder) == numbers
    assert {file.name for file in files(checkpoints)} == {"best.ckpt", *LAST}


def test_an_empty_checkpoint_is_a_truncated_one(ended):
    """What a file system may leave of a file whose rename came through and whose content did not."""
    numbers, checkpoints = ended
    (checkpoints / "last-0002.ckpt").write_bytes(b"")
    assert Numbers.of(run_task(tiny()).folder) == numbers


def test_what_a_killed_writer_leaves_is_no_checkpoint(ended):
    """The temporary file of an atomic write is neither read nor taken for a newer epoch."""
    numbers, checkpoints = ended
    (checkpoints / ".last-0003.ckpt.0123abcd.tmp").write_bytes(b"half")
    assert Numbers.of(run_task(tiny()).folder) == numbers


def test_a_checkpoint_that_cannot_be_read_just_now_is_not_thrown_away(ended):
    """An error of the file system (here: a loop of links) is no damage: the good checkpoints have to survive it."""
    numbers, checkpoints = ended
    best = checkpoints / "best.ckpt"
    best.rename(best.with_suffix(".kept"))
    best.symlink_to(best)
    assert TaskProcess(tiny()).wait() != 0
    assert {file.name for file in checkpoints.glob("last-*")} == LAST
    best.with_suffix(".kept").replace(best)
    again = run_task(tiny())
    assert "train loss" not in again.output
    assert Numbers.of(again.folder) == numbers


def test_a_full_disk_is_a_sentence_and_the_run_goes_on_from_there(tiny_roots):
    """The kernel refuses the checkpoint's last bytes; later there is room, and the numbers are the same."""
    alone = Numbers.of(run_task(tiny(tag="alone")).folder)
    task = TaskProcess(tiny(), largest_file=12_000)
    assert task.wait() == 2, task.output
    assert "No space left for" in task.output
    assert not [path for path in task.folder.path.rglob("*") if "tmp" in path.name]
    assert task.folder.attempts()[-1]["reason"].startswith("UserError: No space left")
    assert Numbers.of(run_task(tiny()).folder) == alone


def test_only_two_checkpoints_and_the_best_are_kept(tiny_roots):
    """400 runs: three files each, whatever the number of epochs."""
    task = TaskProcess(tiny(max_epochs=5))
    wait_until((task.folder.checkpoints / "last-0003.ckpt").exists)
    assert task.wait() == 0
    assert [file.name for file in files(task.folder.checkpoints)] == ["best.ckpt", "last-0003.ckpt", "last-0004.ckpt"]
