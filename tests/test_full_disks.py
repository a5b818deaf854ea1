"""A full disk is a sentence that names what the user wanted written: no original, no temporary file, no traceback."""

import errno
import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from support.made_runs import write_demo

from analysis.__main__ import main as analysis
from xdomain.core.files import write_text


@pytest.mark.parametrize(
    "words", [["--help"], ["params"], ["--version"], ["launch", "ts-grid", "--dry-run"]], ids=" ".join
)
def test_output_that_cannot_be_written(words, tmp_path):
    program = [sys.executable, "-c", "from xdomain_cli.main import main; main(prog_name='xdomain')"]
    environment = os.environ | {"XDOMAIN_RUNS": str(tmp_path), "PATH": "/nowhere"}
    with open("/dev/full", "w") as full:
        done = subprocess.run([*program, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert done.returncode == 2
    assert "Error: The output cannot be written (No space left on device)." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bundles_folder_is_named_and_not_the_file_that_is_copied(own_roots, tmp_path, monkeypatch):
    write_demo()

    def full(source, _):  # as the real one does: the error has the original's name
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(source))

    monkeypatch.setattr(shutil, "copyfile", full)
    done = CliRunner().invoke(analysis, ["bundle", str(tmp_path / "bundle"), "--study", "ts-demo"])
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: No space left for {tmp_path / 'bundle'} ")
    assert sorted(os.listdir(tmp_path)) == ["results", "runs"]


def test_a_file_that_may_not_be_written_goes_by_its_own_name(tmp_path, monkeypatch):
    def refuse(path, *_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(OSError, match="Read-only") as refused:
        write_text(tmp_path / "report.html", "x")
    assert refused.value.filename == str(tmp_path / "report.html")
