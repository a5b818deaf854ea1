"""A file is whole or absent, whatever happens while it is written."""

import errno
import os
import resource
import subprocess
import sys

import pytest
import torch

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file, read_json, require_space, write_json
from xdomain.runs.attempt_record import recorded_attempt
from xdomain.runs.run_folder import RunFolder


def test_what_is_written_is_read_and_nothing_else_lies_there(tmp_path):
    write_json(tmp_path / "new" / "a.json", {"a": [1, "ü"]})
    assert read_json(tmp_path / "new" / "a.json") == {"a": [1, "ü"]}
    assert os.listdir(tmp_path / "new") == ["a.json"]


def test_an_error_while_writing_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, 1)

    def write_half():
        with atomic_file(path) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert read_json(path) == 1
    assert os.listdir(tmp_path) == ["a.json"]


def test_the_name_appears_only_when_the_content_is_complete(tmp_path):
    with atomic_file(tmp_path / "a") as file:
        file.write(b"content")
        file.flush()
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a").read_bytes() == b"content"


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path):
    """The kernel itself refuses the write here: a process may not write files larger than its limit."""
    code = (
        "import resource, sys; from pathlib import Path; from xdomain.core.files import write_text\n"
        "from xdomain.core.errors import UserError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "write_text(Path('small'), 'x' * 4000)\n"
        "try: write_text(Path('large'), 'x' * 6000)\n"
        "except UserError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No space left for large")
    assert os.listdir(tmp_path) == ["small"]


@pytest.mark.parametrize("megabytes", [1, 5])
def test_a_disk_that_fills_within_torch_save_is_a_full_disk(tmp_path, megabytes):
    """torch's writer stumbles over the error that it was given, and raises one of its own."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with (
            pytest.raises(UserError, match="No space left for "),
            atomic_file(tmp_path / "last.ckpt") as file,
        ):
            torch.save({"weights": torch.zeros(megabytes * 250_000)}, file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_an_attempt_records_the_cause_that_is_outside_the_program(tmp_path, number):
    def save() -> None:
        try:
            raise OSError(number, os.strerror(number))
        finally:
            raise RuntimeError("unexpected pos 704 vs 598")

    folder = RunFolder(tmp_path)
    with pytest.raises(RuntimeError), recorded_attempt(folder, "cpu"):
        save()
    assert (
        folder.attempts()[-1]["reason"]
        == f"RuntimeError: unexpected pos 704 vs 598 ([Errno {number}] {os.strerror(number)})"
    )


def test_an_interrupt_while_weights_are_written_is_an_interruption(tmp_path):
    """torch.save ends what it began to write with an error of its own."""

    def save() -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0")

    folder = RunFolder(tmp_path)
    with pytest.raises(RuntimeError), recorded_attempt(folder, "cpu"):
        save()
    last = folder.attempts()[-1]
    assert (last["outcome"], last["reason"]) == ("interrupted", "KeyboardInterrupt: ")


def test_an_error_that_was_dealt_with_is_no_cause(tmp_path):
    def look() -> None:
        try:
            raise FileNotFoundError(errno.ENOENT, "no such file")
        finally:
            raise ValueError("x")

    folder = RunFolder(tmp_path)
    with pytest.raises(ValueError, match="x"), recorded_attempt(folder, "cpu"):
        look()
    assert folder.attempts()[-1]["reason"] == "ValueError: x"


def test_an_error_that_is_no_full_disk_stays_what_it_is(tmp_path):
    with pytest.raises(PermissionError), atomic_file(tmp_path / "a"):
        raise PermissionError(13, "no")


@pytest.mark.parametrize("text", ["", '{"a": 1', "{'a': 1}"])
def test_truncated_json_names_the_file_and_what_to_do(tmp_path, text):
    path = tmp_path / "damaged.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"damaged\.json is not valid JSON .*Remove it"):
        read_json(path)


def test_too_little_space_is_said_before_writing(tmp_path):
    require_space(tmp_path, 1)
    with pytest.raises(UserError, match="MB free and 1,000,000,000,000 MB are needed"):
        require_space(tmp_path, 10**18)
