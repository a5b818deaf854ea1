"""`status --page FILE`: one file for a browser, which loads nothing and runs nothing."""

import re

from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny

from jobs.records.manifest import write_manifest


def page_of(status, folder, *words: str) -> str:
    file = folder / "page.html"
    done = status("--page", str(file), *words)
    assert done.exit_code == 0, done.output
    return file.read_text()


def test_the_page_has_what_status_prints(tiny_roots, status, tmp_path):
    runs = [tiny("3dcnn", seed=42), tiny("3dcnn", seed=61)]
    write_manifest(runs, None)
    leave_result(runs[0])
    start(runs[1])
    end(runs[1], "failed", "RuntimeError: <script>alert(1)</script>")
    text = page_of(status, tmp_path)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.partition("<body>")[2]))
    assert "ts-tiny 2dot 3D CNN 1 1 2" in words
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script" not in text
    assert not re.search(r'(src|href)="', text)
    assert '<p class="failed">' in text


def test_a_page_that_is_over_is_not_loaded_again(tiny_roots, status, tmp_path):
    write_manifest([tiny()], None)
    leave_result(tiny())
    assert 'http-equiv="refresh"' not in page_of(status, tmp_path, "--watch")


def test_a_page_that_is_watched_asks_its_browser_to_look_again(tiny_roots, status, tmp_path, monkeypatch):
    write_manifest([tiny()], None)
    seen = []

    def look_and_finish(_: float) -> None:
        seen.append((tmp_path / "page.html").read_text())
        leave_result(tiny())

    monkeypatch.setattr("jobs.commands.status.time.sleep", look_and_finish)
    text = page_of(status, tmp_path, "--watch")
    assert 'http-equiv="refresh"' in seen[0]
    assert 'http-equiv="refresh"' not in text


def test_csv_and_page_are_refused_together(status, tmp_path):
    done = status("--csv", "--page", str(tmp_path / "page.html"))
    assert done.exit_code == 2
