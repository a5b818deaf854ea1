"""Listings and splits of Diving48's layout: what is read, what is refused, and who is held out."""

import json
from collections import Counter

import pytest
import torch
from click.testing import CliRunner
from support.made_videos import VOCABULARY, entry, write_listings
from support.roots import set_roots
from torch.utils.data import random_split

from xdomain.commands.diving48 import split
from xdomain.core.errors import UserError
from xdomain.datasets.diving48.listing import Clip, read_listing, read_vocabulary
from xdomain.datasets.diving48.split import left_out_of_split, read_split, split_clips, split_path, write_split


@pytest.fixture
def root(tmp_path):
    write_listings(
        tmp_path, [entry("x_1_00002", 2, 3, 50), entry("x_1_00001"), entry("y_00003", 1)], [entry("z_00009")]
    )
    return tmp_path


def test_a_listing_keeps_its_order(root):
    assert read_listing(root, "train") == [
        Clip("x_1_00002", 2, 3, 50),
        Clip("x_1_00001", 0, 0, 40),
        Clip("y_00003", 1, 0, 40),
    ]
    assert [clip.name for clip in read_listing(root, "test")] == ["z_00009"]
    assert read_vocabulary(root) == VOCABULARY


def test_the_source_video_is_the_id_before_the_last_underscore(root):
    assert [clip.video for clip in read_listing(root, "train")] == ["x_1", "x_1", "y"]
    assert Clip("alone", 0, 0, 9).video == "alone"


def test_clips_to_leave_out_are_left_out(root):
    (root / "leave-out.txt").write_text("x_1_00001\nz_00009\n")
    assert [clip.name for clip in read_listing(root, "train")] == ["x_1_00002", "y_00003"]
    assert read_listing(root, "test") == []
    assert len(read_listing(root, "train", everything=True)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffx_1_00001\nz_00009\n",
        "\n  x_1_00001  \r\n\r\nz_00009",
        "# broken in the archive\nx_1_00001  # cut short\nz_00009\n#\n",
    ],
    ids=["byte order mark", "blanks", "remarks"],
)
def test_what_editors_and_people_add_to_the_ids_is_passed_over(root, text):
    (root / "leave-out.txt").write_bytes(text.encode())
    assert [clip.name for clip in read_listing(root, "train")] == ["x_1_00002", "y_00003"]
    assert read_listing(root, "test") == []


@pytest.mark.parametrize("part", ["train", "test"])
def test_an_id_that_no_listing_has_is_refused(root, part):
    """Misspelt, it would leave nothing out, and nobody would know."""
    (root / "leave-out.txt").write_text("x_1_00001\nx_1_0001\n")
    with pytest.raises(UserError, match=r"leave-out\.txt names 1 clips that no listing has, x_1_0001 for one"):
        read_listing(root, part)
    assert len(read_listing(root, "train", everything=True)) == 3, "index, which writes the file anew, still works"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[{"vid_name": "a", ', "train.json is not valid JSON .* Correct it, or put the original there"),
        ("{}", "train.json is not a list of clips"),
        ("[]", "train.json is not a list of clips"),
        ('[{"vid_name": "a", "label": 0}]', "train.json: entry 0 is not an object with vid_name, label, start_frame"),
        ("[7]", "train.json: entry 0 is not an object"),
    ],
)
def test_another_file_is_not_taken_for_a_listing(root, text, sentence):
    (root / "Diving48_V2_train.json").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_listing(root, "train")


def test_a_missing_or_binary_listing_is_named(root):
    (root / "Diving48_V2_train.json").write_bytes(b"\x80\x81\xff")
    with pytest.raises(UserError, match=r"train\.json is not (a text file|valid JSON)"):
        read_listing(root, "train")
    (root / "Diving48_V2_train.json").unlink()
    with pytest.raises(UserError, match=r"train\.json is missing\. Fetch"):
        read_listing(root, "train")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (entry("b_1", label=3), r"entry 1 .*b_1.*label is not a whole number from 0 to 2"),
        (entry("b_1", label=-1), "label is not"),
        (entry("b_1", label=True), "label is not"),
        (entry("b_1", label="2"), "label is not"),
        (entry("../b_1"), "vid_name cannot be a file's name"),
        (entry("b/1"), "vid_name cannot"),
        (entry("..\\b"), "vid_name cannot"),
        (entry(".."), "vid_name cannot"),
        (entry(""), "vid_name cannot"),
        (entry(5), "vid_name cannot"),
        (entry("b_1", start=40), "0 ≤ start_frame < end_frame"),
        (entry("b_1", start=-1), "0 ≤ start_frame < end_frame"),
        (entry("b_1", end=20.5), "0 ≤ start_frame < end_frame"),
        (entry("a_1"), "lists a_1 2 times"),
    ],
)
def test_a_wrong_entry_is_named(root, wrong, sentence):
    write_listings(root, [entry("a_1"), wrong], [entry("z_00009")])
    with pytest.raises(UserError, match=rf"Diving48_V2_train\.json.*{sentence}"):
        read_listing(root, "train")


@pytest.mark.parametrize("text", ["{}", "[]", '[["Back", "15som"]]', "[1]", '[["Back", "15som", "05Twis", 4]]'])
def test_another_file_is_not_taken_for_the_vocabulary(root, text):
    (root / "Diving48_vocab.json").write_text(text)
    with pytest.raises(UserError, match=r"Diving48_vocab\.json is not a list of classes"):
        read_listing(root, "train")


def made_clips(videos: dict[str, int]) -> list[Clip]:
    """`videos` says how many clips each source video has; they take turns in the listing."""
    numbers = [(number, video) for video, count in videos.items() for number in range(count)]
    return [Clip(f"{video}_{number:05d}", 0, 0, 40) for number, video in sorted(numbers)]


def test_the_random_split_has_the_papers_sizes():
    clips = made_clips({f"v{number}": 50 for number in range(300)} | {"w": 27})
    train, val = split_clips(clips, "random", 1502, seed=42)
    assert (len(train), len(val)) == (13525, 1502)
    order = {clip.name: place for place, clip in enumerate(clips)}
    assert sorted(train, key=order.get) == train
    assert sorted(val, key=order.get) == val
    assert set(train) | set(val) == set(order)


def test_the_random_split_is_the_published_one():
    """As torch.utils.data.random_split parts a listing with a generator of its own."""
    clips = made_clips({f"v{number}": 50 for number in range(300)} | {"w": 27})
    generator = torch.Generator().manual_seed(42)
    sides = random_split(range(15027), [13525, 1502], generator=generator)
    expected = tuple([clips[place].name for place in sorted(side.indices)] for side in sides)
    assert split_clips(clips, "random", 1502, seed=42) == expected


# torch.randperm(10) seeded with 42, as its documentation and countless pages print it: the last three are held out.
PERMUTED = (2, 6, 1, 8, 4, 5, 0, 9, 3, 7)


def test_a_clip_left_out_leaves_every_other_on_its_side():
    clips = made_clips({"a": 5, "b": 5})
    names = [clip.name for clip in clips]
    held_out = [names[place] for place in sorted(PERMUTED[7:])]
    assert split_clips(clips, "random", 3, seed=42)[1] == held_out
    gone = {names[2], names[9]}  # one of either side
    train, val = split_clips(clips, "random", 3, seed=42, left_out=gone)
    assert train == [names[place] for place in sorted(set(PERMUTED[:7]) - {2})]
    assert val == [name for name in held_out if name != names[9]]


def test_the_other_random_split_is_the_same_for_ever():
    clips = made_clips({"a": 5, "b": 5})
    # By SHA-256 of "42:a_00000" and so on, calculated apart from this code.
    held_out = ["b_00000", "b_00002", "b_00003"]
    assert split_clips(clips, "random-sha", 3, seed=42)[1] == held_out
    assert split_clips(clips, "random-sha", 3, seed=43)[1] != held_out
    # Of what can be used, three are held out all the same.
    assert len(split_clips(clips, "random-sha", 3, seed=42, left_out={"b_00000"})[1]) == 3


def test_a_source_video_stays_on_one_side():
    sizes = {f"v{number}": 1 + number % 7 for number in range(60)}
    clips = made_clips(sizes)
    train, val = split_clips(clips, "source-video", 30, seed=42)
    sides = [{Clip(name, 0, 0, 1).video for name in side} for side in (train, val)]
    assert not sides[0] & sides[1]
    assert sides[0] | sides[1] == set(sizes)
    assert len(val) == 30  # small videos fill what is left
    assert Counter(Clip(name, 0, 0, 1).video for name in val) == {video: sizes[video] for video in sides[1]}


def test_with_large_source_videos_the_nearest_number_is_held_out():
    clips = made_clips({"a": 10, "b": 10, "c": 10})
    assert len(split_clips(clips, "source-video", 9, seed=1)[1]) == 10
    assert len(split_clips(clips, "source-video", 12, seed=1)[1]) == 10


@pytest.mark.parametrize(
    ("kind", "val_clips"),
    [
        ("random", 0),
        ("random", 20),
        ("random-sha", 0),
        ("random-sha", 20),
        ("source-video", 4),
        ("source-video", 19),
    ],
)
def test_a_side_without_clips_is_refused(kind, val_clips):
    with pytest.raises(UserError, match=f"{val_clips} of 20 clips cannot be held out with a {kind} split"):
        split_clips(
            made_clips({"a": 10, "b": 10}) if kind != "source-video" else made_clips({"a": 20}), kind, val_clips, 42
        )


def test_an_unknown_kind_of_split_is_refused():
    with pytest.raises(UserError, match="no split by-pool: take random, source-video, random-sha"):
        split_clips(made_clips({"a": 4}), "by-pool", 2, 42)


def test_a_split_is_written_once_and_read_again(root):
    path = write_split(root, "random", 1, 42)
    assert path == split_path(root, "random", 1, 42) == root / "splits" / "random-val1-seed42.json"
    written = json.loads(path.read_text())
    assert {key: written[key] for key in ("kind", "val_clips", "seed", "clips", "left_out")} == {
        "kind": "random",
        "val_clips": 1,
        "seed": 42,
        "clips": {"train": 2, "val": 1},
        "left_out": {"train": 0, "val": 0},
    }
    before = path.stat().st_mtime_ns
    assert read_split(root, "random", 1, 42) == (written["train"], written["val"])
    assert path.stat().st_mtime_ns == before


def test_a_split_of_another_listing_is_refused(root):
    path = write_split(root, "random", 1, 42)
    (root / "leave-out.txt").write_text(json.loads(path.read_text())["train"][0])
    with pytest.raises(UserError, match=r"random-val1-seed42\.json parts other clips"):
        read_split(root, "random", 1, 42)
    path.unlink()
    assert sum(map(len, read_split(root, "random", 1, 42))) == 2
    assert left_out_of_split(root, "random", 1, 42) == {"train": 1, "val": 0}


def test_an_earlier_version_s_random_split_is_not_taken_for_this_one(root):
    path = split_path(root, "random", 1, 42)
    earlier = json.loads(write_split(root, "random-sha", 1, 42).read_text()) | {"kind": "random"}
    path.write_text(json.dumps(earlier))
    with pytest.raises(UserError, match="the split random of earlier versions is now random-sha"):
        read_split(root, "random", 1, 42)


def test_the_command_says_that_the_membership_differs(root, monkeypatch):
    set_roots(monkeypatch, data=root.parent)
    words = [root.name, "--val-clips", "1"]
    assert "differs" not in CliRunner().invoke(split, words, catch_exceptions=False).output
    held_out = read_split(root, "random", 1, 42)[1]
    (root / "leave-out.txt").write_text("".join(f"{name}\n" for name in read_split(root, "random", 1, 42)[0][:1]))
    split_path(root, "random", 1, 42).unlink()
    done = CliRunner().invoke(split, words, catch_exceptions=False)
    assert "1 training, 1 validation clips" in done.output
    assert "1 training and 0 validation clips of the published split are left out" in done.output
    assert read_split(root, "random", 1, 42)[1] == held_out
