"""The rehearsal of the whole study: archives of links, what its figures say of growth, and all of it in small."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.roots import set_roots_below
from support.tiny_runs import wait_until

from benchmarks.rehearsal import __main__ as main
from benchmarks.rehearsal.__main__ import rehearsal
from benchmarks.rehearsal.archive import CLIPS, parts_of
from benchmarks.rehearsal.curves import draw
from benchmarks.rehearsal.measured import Step, grows, measured
from segment.masks.mask_set import open_masks
from xdomain.core.errors import CommandFailed
from xdomain.datasets.diving48.listing import read_listing

ROOT = Path(__file__).parents[2]
ALL = ["index", "split", "cache, train", "cache, test", "domains", "an epoch", "evaluation, five domains"]


def steps(*of: tuple[int, float, float]) -> list[Step]:
    return [Step("read", size, cpu, cpu, mb) for size, cpu, mb in of]


def test_the_two_listings_share_the_clips_as_the_papers_do():
    assert parts_of(CLIPS) == {"train": 15_027, "test": 1_970}
    assert parts_of(1000) == {"train": 884, "test": 116}


def test_a_constant_start_and_a_constant_cost_are_linear():
    """Two seconds to start and a hundredth for each clip."""
    assert not grows(steps((1000, 12, 100), (4000, 42, 110), (16_000, 162, 120)))


def test_what_costs_more_for_each_the_more_there_are_is_named():
    (sentence,) = grows(steps((1000, 10, 100), (4000, 40, 100), (16_000, 640, 100)))
    assert sentence == "read: from 4,000 to 16,000 each costs 5.0 times as much"


def test_memory_that_grows_is_named():
    of = steps((1000, 10, 100), (4000, 40, 400))
    assert grows(of) == ["read: 400 MB at 4,000 and 100 MB at 1,000"]
    assert grows(of, flat=False) == [], "in proportion, which is all that is asked of runs"
    assert grows(steps((1000, 10, 100), (4000, 40, 500)), flat=False)


def test_a_commands_time_and_memory_are_its_own(tmp_path):
    """Not those of the process that starts it, which has more."""
    ballast = bytearray(200_000_000)
    step = measured("nothing", 1, ("timeit", "-n", "1", "pass"), tmp_path / "log")
    assert len(ballast) / 1e6 > step.peak_mb > 1
    with pytest.raises(CommandFailed):
        measured("no module", 1, ("no_such_module",), tmp_path / "log")
    assert "No module named no_such_module" in (tmp_path / "log").read_text()


def test_curves_are_a_picture(tmp_path):
    draw(steps((10, 1, 100), (20, 2, 100)), "clips", tmp_path / "clips.png")
    assert (tmp_path / "clips.png").read_bytes().startswith(b"\x89PNG")


def test_a_command_goes_with_the_rehearsal_that_is_killed(tmp_path):
    """The next one begins that size anew, and nothing may work in its folder beside it."""
    said = f"Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))"
    (tmp_path / "asleep.py").write_text(f"import os, time\nfrom pathlib import Path\n{said}\ntime.sleep(600)\n")
    call = f"from pathlib import Path; measured('sleep', 1, ('asleep',), Path({str(tmp_path / 'log')!r}))"
    words = [sys.executable, "-c", f"from benchmarks.rehearsal.measured import measured; {call}"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    with subprocess.Popen(words, env=environment) as killed:
        wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        killed.kill()
    command = int((tmp_path / "pid").read_text())
    wait_until(lambda: not Path(f"/proc/{command}").exists() or "Z" in Path(f"/proc/{command}/stat").read_text())


def test_a_killed_rehearsal_goes_on_with_the_size_that_it_was_at(tmp_path, monkeypatch):
    begun: list[int] = []

    def rehearse(work, encodings, clips):
        begun.append(clips)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return [Step("read", clips, clips / 100, clips / 100, 100)], 200

    def with_runs(work, runs, tables):
        begun.append(runs)
        return [Step("status", runs, 1, 1, 100)]

    monkeypatch.setattr(main, "make_encodings", lambda *given: tmp_path)
    monkeypatch.setattr(main, "rehearse", rehearse)
    monkeypatch.setattr(main, "with_runs", with_runs)
    given = argparse.Namespace(clips=[10, 20], runs=[7], tables_up_to=0, encodings=5, workers=1)
    with pytest.raises(KeyboardInterrupt):
        rehearsal(tmp_path, tmp_path, given)
    assert rehearsal(tmp_path, tmp_path, given) == []
    assert begun == [10, 20, 20, 7]
    assert rehearsal(tmp_path, tmp_path, given) == []
    assert begun == [10, 20, 20, 7], "all is measured"
    written = json.loads((tmp_path / "rehearsal.json").read_text())
    assert [step["size"] for step in written["clips"]] == [10, 20]
    monkeypatch.setattr(main, "code_version", lambda: "another")
    rehearsal(tmp_path, tmp_path, given)
    assert begun[4:] == [10, 20, 7], "figures of two versions are not compared"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_study_with_sixty_clips(tmp_path, monkeypatch):
    """Every command of it, with hard links for videos; and the commands that look at twenty runs."""
    set_roots_below(monkeypatch, tmp_path)
    given = argparse.Namespace(clips=[60], runs=[20], tables_up_to=20, encodings=10, workers=2)
    assert rehearsal(tmp_path / "out", tmp_path / "work", given) == []
    written = json.loads((tmp_path / "out" / "rehearsal.json").read_text())
    assert [step["what"] for step in written["clips"]] == [*ALL, "tables, Diving48"]
    assert written["files_made"]["60"] < 300
    assert {step["what"] for step in written["runs"]} >= {
        "launch --dry-run",
        "status",
        "status, again",
        "usage",
        "tables",
    }
    archive = tmp_path / "work" / "clips60" / "data" / "archive"
    videos = list((archive / "rgb").iterdir())
    assert len(videos) == 60
    assert len({video.stat().st_ino for video in videos}) == 10
    assert len(open_masks(archive / "masks" / "truth")) == len(read_listing(archive, "test")) == 7
    assert (tmp_path / "out" / "clips.png").exists()
    assert (tmp_path / "out" / "runs.png").exists()
