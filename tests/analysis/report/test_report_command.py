"""`python -m analysis report`: when it writes its page, and what it says when it cannot."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.made_runs import demo, right_2dot, write_manifest, write_run

from analysis.commands.report import report
from analysis.content.cache_files import CacheFiles
from xdomain.core.errors import UserError
from xdomain.core.files import write_json


def run_report(*arguments: str) -> Result:
    return CliRunner().invoke(report, arguments)


def test_a_login_node_can_write_it() -> None:
    code = "import sys, analysis.report.page; print(*{'torch', 'av', 'cv2', 'sklearn', 'requests'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_text_from_outside_is_escaped(roots: Path) -> None:
    write_run(
        demo("2dot", "3dcnn", 2, 42),
        right_2dot(5, 5, 4),
        provenance={"code_version": "<script>alert(1)</script>", "image_digest": None, "device": "a & b"},
    )
    assert run_report().exit_code == 0
    page = (roots / "results" / "report.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "a &amp; b" in page


def test_without_runs_there_is_a_sentence(roots: Path) -> None:
    done = run_report()
    assert done.exit_code == 2
    assert "has a result yet, so there is nothing to report. Make some with: make demo" in done.stderr
    assert not (roots / "results").exists()


def test_a_study_without_a_result_or_runs_is_a_sentence() -> None:
    write_manifest("ts-demo", [demo("2dot", "3dcnn", 4, 42)])
    done = run_report("--study", "ts-demo")
    assert done.exit_code == 2
    assert "No result yet: 1 run of 'ts-demo'." in done.stderr
    assert "There are no runs of the study 'ts-none'" in run_report("--study", "ts-none").stderr


def test_damaged_files_are_named() -> None:
    folder = write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    folder.metrics_file.write_text("epoch,val_acc\n0,damaged")
    done = run_report()
    assert done.exit_code == 2
    assert f"{folder.metrics_file} has no readable column val_acc" in done.stderr
    folder.metrics_file.unlink()
    folder.predictions_file("mnist").write_bytes(b"PAR1")
    done = run_report()
    assert done.exit_code == 2
    assert "mnist.parquet is cut short or damaged" in done.stderr


def test_a_folder_cannot_be_written_to(tmp_path: Path) -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    done = run_report("--out", str(tmp_path))
    assert done.exit_code == 2
    assert "--out" in done.stderr


def test_a_cache_that_no_run_saw_is_not_shown(tmp_path: Path) -> None:
    write_json(
        tmp_path / "index.json", {"sha256": "of now", "names": [], "labels": [], "shards": [], "shape": [1, 2, 2, 3]}
    )
    assert CacheFiles(tmp_path, {"of now"}).names == CacheFiles(tmp_path, set()).names == []
    with pytest.raises(UserError, match="was made again since the runs saw it"):
        CacheFiles(tmp_path, {"of then"})


def test_an_unchanged_study_is_not_reported_again_and_a_changed_one_is(roots: Path) -> None:
    folder = write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    said = "Nothing has changed since this page was made"
    page = roots / "results" / "report.html"
    assert said not in run_report().output
    written = page.stat().st_mtime_ns
    assert said in run_report().output
    assert page.stat().st_mtime_ns == written
    folder.metrics_file.write_text("epoch,val_acc\n0,0.3\n1,0.6\n")  # a curve more
    assert said not in run_report().output
    page.write_text("another's")
    assert said not in run_report().output
