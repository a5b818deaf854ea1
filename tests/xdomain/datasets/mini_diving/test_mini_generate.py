"""A whole set on disk: the archive's layout, the same files however it is drawn, and bad folders."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from support.roots import set_roots

from xdomain.commands.contact_sheet import contact_sheet
from xdomain.commands.mini_diving import mini_diving
from xdomain.core.cli import Group
from xdomain.core.errors import UserError
from xdomain.datasets.diving48.listing import read_listing, read_vocabulary
from xdomain.datasets.diving48.video import decode_all
from xdomain.datasets.mini_diving.generate import generate
from xdomain.datasets.mini_diving.plan import plan
from xdomain.datasets.mini_diving.render import render
from xdomain.datasets.mini_diving.spec import MiniSpec
from xdomain.datasets.mini_diving.truth import read_instances
from xdomain.studies.vocabulary import vocabulary

SPEC = MiniSpec(train=5, test=2, classes=3, height=64, width=96, length=14, labelled=7)
DRAW = """
import sys
from dataclasses import replace
from pathlib import Path
from xdomain.datasets.mini_diving import generate as g
from xdomain.datasets.mini_diving.spec import MiniSpec
g.SHARD = 2
g.generate(MiniSpec(train=5, test=2, classes=3, height=64, width=96, length=14, labelled=7), Path(sys.argv[1]))
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def mini(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "mini"
    generate(SPEC, folder)
    return folder


def test_the_layout_is_the_archives(mini):
    assert read_vocabulary(mini) == vocabulary()
    listed = read_listing(mini, "train") + read_listing(mini, "test")
    assert [clip.name for clip in listed] == [clip.name for clip in plan(SPEC)]
    assert {path.stem for path in (mini / "rgb").iterdir()} == {clip.name for clip in listed}
    entry = json.loads((mini / "Diving48_V2_train.json").read_text())[0]
    assert list(entry) == ["vid_name", "label", "start_frame", "end_frame"]
    assert not list(mini.rglob("*.tmp"))
    assert not (mini / "mini-unfinished.json").exists()


def test_videos_and_masks_are_what_was_drawn(mini):
    for clip in plan(SPEC)[::3]:
        frames, masks = render(SPEC, clip)
        decoded = decode_all(mini / "rgb" / f"{clip.name}.mp4")
        assert decoded.shape == frames.shape == (clip.frames, 64, 96, 3)
        assert np.abs(decoded.astype(int) - frames).mean() < 8  # H.264 loses a little
        assert np.array_equal(read_instances(mini, clip.name), masks)


def test_labelled_frames_are_training_frames_with_a_colour_a_diver(mini):
    images, masks = sorted((mini / "frames/images").iterdir()), sorted((mini / "frames/masks").iterdir())
    assert len(images) == 7
    assert [path.name for path in images] == [path.name for path in masks]
    training = {clip.name for clip in read_listing(mini, "train")}
    for image, mask in zip(images, masks, strict=True):
        name, _, frame = image.stem.rpartition("-")
        assert name in training
        shown = np.asarray(Image.open(mask))
        assert shown.shape == (64, 96, 3)
        instances = read_instances(mini, name)[int(frame)]
        assert len(np.unique(shown.reshape(-1, 3), axis=0)) == len(np.unique(instances)) > 1
        assert np.array_equal(shown.any(axis=2), instances > 0)
        assert np.array_equal(np.asarray(Image.open(image)), decode_all(mini / "rgb" / f"{name}.mp4")[int(frame)])


def test_further_labelled_frames_may_be_empty(mini, tmp_path):
    generate(replace(SPEC, empty=4), tmp_path / "mini")
    more, fewer = ({path.name for path in (folder / "frames/masks").iterdir()} for folder in (tmp_path / "mini", mini))
    assert fewer < more
    assert len(more - fewer) == 4
    for name in more - fewer:
        video, _, frame = Path(name).stem.rpartition("-")
        assert not np.asarray(Image.open(tmp_path / "mini/frames/masks" / name)).any()
        assert not read_instances(tmp_path / "mini", video)[int(frame)].any()


def test_a_set_drawn_before_frames_could_be_empty_is_still_that_set(mini, tmp_path, capsys):
    described = json.loads((mini / "mini.json").read_text())
    del described["options"]["empty"]
    (tmp_path / "mini.json").write_text(json.dumps(described))
    generate(SPEC, tmp_path)
    assert "already there" in capsys.readouterr().out


def test_the_number_of_workers_changes_no_byte_and_the_same_command_again_does_nothing(mini, tmp_path, capsys):
    generate(SPEC, tmp_path / "mini", workers=2)
    assert contents(tmp_path / "mini") == contents(mini)
    times = {path: path.stat().st_mtime_ns for path in mini.rglob("*")}
    generate(SPEC, mini)
    assert "already there" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in mini.rglob("*")} == times


def test_killed_and_started_again_it_goes_on(tmp_path):
    command = [sys.executable, "-c", DRAW]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([*command, str(whole)], check=True)
    process = subprocess.Popen([*command, str(killed)])
    shard = killed / "truth" / "instances-001.zip"
    while not shard.exists():
        assert process.poll() is None
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / "mini.json").exists()
    drawn = shard.stat().st_mtime_ns
    subprocess.run([*command, str(killed)], check=True)
    assert {name for name in contents(killed) if not name.endswith(".tmp")} == set(contents(whole))
    assert all(contents(killed)[name] == data for name, data in contents(whole).items())
    assert shard.stat().st_mtime_ns == drawn


@pytest.mark.parametrize("state", ["finished", "unfinished"])
def test_other_options_into_the_same_folder_are_refused(tmp_path, state):
    folder = tmp_path / "mini"
    folder.mkdir()
    name = "mini.json" if state == "finished" else "mini-unfinished.json"
    (folder / name).write_text(json.dumps({"generator": 1, "options": {"train": 3}}))
    with pytest.raises(UserError, match=f"other options.*{name}"):
        generate(SPEC, folder)
    assert len(list(folder.iterdir())) == 1


def test_a_folder_with_something_else_is_kept(tmp_path):
    (tmp_path / "Diving48_V2_train.json").write_text("[]")
    with pytest.raises(UserError, match="something else"):
        generate(SPEC, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["Diving48_V2_train.json"]


def test_a_full_disk_is_a_sentence(tmp_path):
    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(tmp_path / "mini")],
        preexec_fn=small_files,
        capture_output=True,
        text=True,
    )
    assert "UserError: No space left for" in done.stderr
    assert not list(tmp_path.rglob("*.tmp"))


def test_masks_that_are_not_there(mini, tmp_path):
    with pytest.raises(UserError, match="no instance masks"):
        read_instances(tmp_path, "x_00000")
    with pytest.raises(UserError, match="does not list the video x_00000"):
        read_instances(mini, "x_00000")
    name = read_listing(mini, "test")[0].name
    copy = tmp_path / "truth"
    copy.mkdir()
    (copy / "index.json").write_bytes((mini / "truth/index.json").read_bytes())
    (copy / "instances-000.zip").write_bytes((mini / "truth/instances-000.zip").read_bytes()[:500])
    with pytest.raises(UserError, match=r"instances-000\.zip is damaged"):
        read_instances(tmp_path, name)


@pytest.fixture
def main(monkeypatch, tmp_path):
    """The two commands, their data root a fresh folder."""
    set_roots(monkeypatch, data=tmp_path)
    return Group(commands=[mini_diving, contact_sheet])


def test_the_command_draws_below_the_data_root(main, tmp_path):
    options = ["mini-diving", "--train", "2", "--test", "1", "--classes", "2", "--size", "64x96", "--length", "12"]
    options += ["--labelled", "1", "--bias", "0.5"]
    done = CliRunner().invoke(main, options)
    assert done.exit_code == 0, done.output
    described = json.loads((tmp_path / "mini" / "mini.json").read_text())
    assert described["options"]["test_bias"] == 0.5
    assert sum(described["class_counts"]["train"].values()) == 2
    other = CliRunner().invoke(main, [*options, "--seed", "2"])
    assert other.exit_code == 2
    assert other.output.startswith("Error: ")


@pytest.mark.parametrize("size", ["²x³", "64", "64x", "axb", "-64x96"])
def test_a_size_that_is_none(main, size):
    done = CliRunner().invoke(main, ["mini-diving", "--size", size])
    assert done.exit_code == 2
    assert "HEIGHTxWIDTH" in done.output


def test_a_contact_sheet_has_a_row_a_clip_and_outlines(main, mini, tmp_path):
    pages = []
    for name, more in (("plain.png", []), ("masks.png", ["--masks"])):
        out = tmp_path / name
        command = ["contact-sheet", str(mini), "--clips", "3", "--frames", "5", "--out", str(out), *more]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
        assert "3 of 5 train clips" in done.output
        pages.append(np.asarray(Image.open(out)))
    assert pages[0].shape == (3 * 140, 5 * 180, 3)
    assert (pages[0] != pages[1]).any()
    assert all(np.ptp(page[20:140, :180]) > 50 for page in pages)


def test_a_contact_sheet_of_nothing(main, tmp_path):
    for command in (["contact-sheet", "absent", "--out", "a.png"], ["contact-sheet", "absent", "--out", "a.jpg"]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 2
        assert done.output.startswith("Error: ")
