"""The launcher, or everything, is killed half way: the same command finishes the grid and trains nothing twice."""

import signal

from support.tiny_runs import epochs_of, tiny, wait_until

from xdomain.runs.run_folder import RunFolder

SEEDS = (42, 61)
WORDS = ("--model", "3dcnn", "--seed", "42,61", "--set", "max_epochs=3")


def folders() -> list[RunFolder]:
    return [RunFolder.of(tiny(seed=seed)) for seed in SEEDS]


def starts(folder: RunFolder) -> int:
    return sum(event["event"] == "start" for event in folder.attempts())


def test_the_launcher_is_killed_and_its_children_go_on(tiny_roots, started):
    first = started(*WORDS, "--max-parallel", "1")
    wait_until(lambda: starts(folders()[0]) == 1)
    first.kill()
    assert not any(folder.is_finished() for folder in folders()), "its child is still at work"
    second = started(*WORDS)
    assert second.wait() == 0, second.output.read_text()
    assert all(folder.is_finished() for folder in folders())
    assert [starts(folder) for folder in folders()] == [1, 1], "the child's run was waited for, not repeated"


def test_everything_is_killed_and_each_run_goes_on_from_its_checkpoint(tiny_roots, started):
    first = started(*WORDS)
    wait_until(lambda: any((folder.checkpoints / "last-0000.ckpt").exists() for folder in folders()))
    first.signal_all(signal.SIGKILL)
    first.process.wait()
    second = started(*WORDS)
    assert second.wait() == 0, second.output.read_text()
    assert [starts(folder) for folder in folders()] in ([2, 2], [2, 1], [1, 2])
    assert [len(epochs_of(folder)) for folder in folders()] == [3, 3]


def test_two_launchers_at_once_train_no_run_twice(tiny_roots, started):
    launchers = [started(*WORDS), started(*WORDS)]
    assert [launcher.wait() for launcher in launchers] == [0, 0], launchers[0].output.read_text()
    assert all(folder.is_finished() for folder in folders())
    assert [starts(folder) for folder in folders()] == [1, 1]


def test_an_interrupt_from_the_keyboard_ends_everything_and_is_continued_by_the_same_command(tiny_roots, started):
    """Ctrl-C reaches the launcher and its children at once."""
    words = ("--model", "3dcnn", "--seed", "42", "--set", "max_epochs=3")
    first = started(*words)
    (folder, *_) = folders()
    wait_until((folder.checkpoints / "last-0000.ckpt").exists)
    first.signal_all(signal.SIGINT)
    assert first.wait() != 0
    wait_until(lambda: not folder.claim_file.exists())
    if not folder.is_finished():  # the last epoch may have come first
        assert folder.attempts()[-1]["outcome"] == "interrupted"
    assert "Traceback" not in first.output.read_text()
    second = started(*words)
    assert second.wait() == 0
    assert folder.is_finished()
