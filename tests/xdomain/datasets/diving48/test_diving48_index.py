"""`python -m xdomain index`, `split`, `cache`: what is left out and why, and how the commands end."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.made_videos import damaged, encoded, entry, grey_ramp, rotated, sound_only, write_dataset, write_listings
from support.roots import set_roots

from xdomain.commands.diving48 import cache, index, split
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.diving48 import index as checking
from xdomain.datasets.diving48.index import index as check
from xdomain.datasets.diving48.listing import read_listing
from xdomain.specs.videos import ClipCacheSpec


def called(command, *arguments: str) -> Result:
    """The command's result; anything that is not its own exit is raised."""
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """The data root of the environment."""
    set_roots(monkeypatch, data=tmp_path)
    return tmp_path


@pytest.fixture
def bad(data) -> Path:
    """A dataset with one clip of each kind."""
    good = encoded(grey_ramp(40))
    videos = {
        "good_1": good,
        "empty_1": b"",
        "text_1": b"no video",
        "cut_1": good[: len(good) // 2],
        "damaged_1": damaged(good, 38, 40),
        "sound_1": sound_only(),
        "few_1": encoded(grey_ramp(34)),
        "early_1": encoded(grey_ramp(35)),
        "one_1": encoded(grey_ramp(1)),
        "short_1": encoded(grey_ramp(15)),
        "repeats_1": encoded(grey_ramp(16)),
        "turned_1": rotated(good),
        "odd_1": encoded(grey_ramp(40, 37, 53)),
        "extra_1": good,
    }
    listed = {"one_1": 1, "short_1": 15, "repeats_1": 16}
    entries = [entry(name, end=listed.get(name, 40)) for name in (*list(videos)[:-1], "gone_1")]
    write_listings(data / "bad", entries, [entry("good_1"), entry("gone_2")])
    for name, content in videos.items():
        (data / "bad" / "rgb" / f"{name}.mp4").write_bytes(content)
    return data / "bad"


def test_every_kind_of_fault_is_reported_and_left_out(bad):
    report = check(bad)
    assert {problem: [found["clip"] for found in entries] for problem, entries in report["left_out"].items()} == {
        "undecodable": ["empty_1", "text_1", "cut_1", "damaged_1"],
        "no video stream": ["sound_1"],
        "too few frames": ["few_1"],
        "too short": ["one_1", "short_1"],
        "missing": ["gone_1", "gone_2"],
    }
    assert report["left_out"]["too few frames"][0] == {
        "clip": "few_1",
        "part": "train",
        "detail": "it has 34 frames where 40 are listed",
    }
    assert report["warnings"] == {
        "ends early": ["early_1"],
        "fewer than 32 frames": ["repeats_1"],
        "rotated": ["turned_1"],
        "odd-sized": ["odd_1"],
        "in both listings": ["good_1"],
        "not listed": ["extra_1.mp4"],
    }
    assert report["listed"] == {"train": 14, "test": 2}
    assert report["usable"] == {"train": 5, "test": 1}
    assert (report["lacking"], report["frames_lacking"]) == ({"early_1": 5}, 5)
    assert report["sizes"] == {"48x64": 4, "37x53": 1}
    assert json.loads((bad / "index.json").read_text()) == report
    assert [clip.name for clip in read_listing(bad, "train")] == [
        *("good_1", "early_1", "repeats_1", "turned_1", "odd_1")
    ]


def test_the_report_depends_neither_on_the_workers_nor_on_an_earlier_one(bad):
    first = check(bad)
    left_out = (bad / "leave-out.txt").read_bytes()
    assert check(bad, workers=2) == first
    assert (bad / "leave-out.txt").read_bytes() == left_out


@pytest.mark.parametrize("in_order", [True, False])
def test_of_a_clip_in_both_listings_the_worse_is_reported_whichever_is_checked_first(data, monkeypatch, in_order):
    write_listings(data / "twice", [entry("a_1", end=36), entry("b_1", end=40)], [entry("a_1", end=34)])
    for name in ("a_1", "b_1"):
        (data / "twice" / "rgb" / f"{name}.mp4").write_bytes(encoded(grey_ramp(34)))
    monkeypatch.setattr(checking, "CHUNK", 1)
    done = lambda work, items, *_: [work(item, int) for item in (items if in_order else items[::-1])]  # noqa: E731
    monkeypatch.setattr(checking, "run", done)
    report = check(data / "twice")
    assert report["lacking"] == {"a_1": 2}
    assert report["warnings"]["ends early"] == ["a_1"]
    assert [entry["clip"] for entry in report["left_out"]["too few frames"]] == ["b_1"]


def test_the_command_counts_names_and_ends_with_1(bad):
    done = called(index, "bad", "--workers", "1")
    assert done.exit_code == 1
    for line in (
        "train: 5 of 14 listed clips can be used",
        "left out, undecodable: 4",
        "empty_1 (train): it is empty (0 bytes)",
        "gone_2 (test): there is no such file",
        "warning, rotated: 1 (turned_1)",
    ):
        assert line in done.output


def test_a_good_dataset_ends_with_0_and_goes_through_all_commands(data):
    write_dataset(data / "made", train=6, test=3)
    done = called(index, "made", "--workers", "1")
    assert done.exit_code == 0
    assert "train: 6 of 6 listed clips can be used\ntest: 3 of 3" in done.output
    assert (data / "made" / "leave-out.txt").read_text() == ""

    done = called(split, "made", "--kind", "source-video", "--val-clips", "2")
    assert done.exit_code == 0
    assert "splits/source-video-val2-seed42.json: 4 training, 2 validation clips" in done.output

    arguments = ("made", "--part", "test", "--frames", "8", "--side", "16", "--workers", "1")
    assert called(cache, *arguments).exit_code == 0
    folder = ClipCacheSpec("made", "test", 8, 16).folder(data)
    assert len(open_cache(folder)) == 3
    again = called(cache, *arguments)
    assert "have the SHA-256 that they were written with" in again.output
    shard = folder / "shard-001.npy"
    shard.write_bytes(shard.read_bytes()[:-1] + b"\0")
    spoilt = called(cache, *arguments)
    assert spoilt.exit_code == 2
    assert "shard-001.npy is damaged" in spoilt.output


@pytest.mark.parametrize("command", [[index], [split], [cache, "--part", "train"]])
def test_a_folder_that_is_no_dataset_is_a_sentence(data, command):
    done = called(command[0], "nowhere", *command[1:])
    assert done.exit_code == 2
    assert done.output.startswith("Error: ")
    assert "Diving48_V2_train.json is missing" in done.output
