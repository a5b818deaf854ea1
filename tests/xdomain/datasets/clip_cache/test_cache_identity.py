"""A cache, a domain or a stream of clips knows what it was made from, and is refused when that changed."""

import json
import shutil
from pathlib import Path

import pytest
from support.made_videos import encoded, grey_ramp, write_dataset
from support.roots import set_roots

from xdomain.core.errors import UserError
from xdomain.core.roots import STREAM
from xdomain.datasets.clip_cache.build import build_cache
from xdomain.datasets.clip_cache.choose import open_clips
from xdomain.datasets.clip_cache.folder_clips import import_folder
from xdomain.execute.diving48 import STUDY as DIVING48
from xdomain.specs.videos import ClipCacheSpec

TEST = ClipCacheSpec("made", "test", frames=4, side=16)
MINE = ClipCacheSpec("made", "mine", frames=4, side=16, masks="own")
LISTED = ("c_00002", "a_00003", "b_00004")  # classes 2, 0, 1; frames 0 to 6


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A data root with three test clips, their cache, and a domain of a user's own videos of two of them."""
    root = tmp_path_factory.mktemp("data")
    write_dataset(root / "made", train=2, test=3, frames=6)
    build_cache(TEST, root)
    folder = root / "videos"
    folder.mkdir()
    for name in LISTED[:2]:
        (folder / f"{name}.mp4").write_bytes(encoded(grey_ramp(4)))
    import_folder(folder, MINE, root)
    return root


@pytest.fixture
def root(made, tmp_path, monkeypatch) -> Path:
    set_roots(monkeypatch, data=tmp_path / "data")
    return Path(shutil.copytree(made, tmp_path / "data"))


def change(root: Path, clip: str, **values) -> None:
    """Correct a clip's entry in the test listing."""
    path = root / "made/Diving48_V2_test.json"
    listing = json.loads(path.read_text())
    path.write_text(json.dumps([entry | values if entry["vid_name"] == clip else entry for entry in listing]))


def leave_out(root: Path, clip: str) -> None:
    (root / "made/leave-out.txt").write_text(f"{clip}\n")


def reverse(root: Path) -> None:
    path = root / "made/Diving48_V2_test.json"
    path.write_text(json.dumps(json.loads(path.read_text())[::-1]))


CHANGES = {
    "a corrected label": (lambda root: change(root, "a_00003", label=1), "a_00003 of 0 there and 1 now"),
    "a clip left out": (lambda root: leave_out(root, "b_00004"), "b_00004 is there and not listed now"),
    "other frames": (lambda root: change(root, "a_00003", start_frame=2), r"their frames \(start_frame, end_frame\)"),
    "another order": (reverse, "the clips stand in another order"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_cache_of_another_listing_is_refused_by_whoever_opens_it(root, kind):
    make, difference = CHANGES[kind]
    assert open_clips(TEST).made_from["listing"] == "compared"
    DIVING48.make([TEST], root, workers=1)
    make(root)
    sentence = (
        r"test-4x16 was made of another listing \(\w{12}\) than Diving48_V2_test\.json without leave-out\.txt is now "
        rf"\(\w{{12}}\): .*{difference}.*python -m xdomain cache made --part test --frames 4 --side 16"
    )
    for opening in (lambda: open_clips(TEST), lambda: DIVING48.make([TEST], root, workers=1)):
        with pytest.raises(UserError, match=sentence):
            opening()


def test_the_command_that_the_sentence_names_renews_the_cache(root):
    change(root, "a_00003", label=1)
    shutil.rmtree(TEST.folder(root))
    build_cache(TEST, root)
    assert open_clips(TEST).labels.tolist() == [2, 1, 1]


def test_a_clip_that_is_no_longer_left_out_is_missed(root):
    leave_out(root, "a_00003")
    shutil.rmtree(TEST.folder(root))
    build_cache(TEST, root)
    leave_out(root, "")
    with pytest.raises(UserError, match="a_00003 is listed now and not there"):
        open_clips(TEST)


def test_a_cache_that_was_copied_without_its_listing_is_taken_on_trust_and_says_so(root):
    known = open_clips(TEST).made_from
    (root / "made/Diving48_V2_test.json").unlink()
    assert open_clips(TEST).made_from == known | {"listing": "not here"}


@pytest.mark.parametrize(
    ("part", "other"), [("decoder", 1), ("composer", 0), ("codec", {"crf": 18, "preset": "superfast"})]
)
def test_a_cache_of_another_decoder_composer_or_codec_is_refused(root, part, other):
    """Caches of the archive's own clips have but the first; those of domains made of masks have all three."""
    path = TEST.marker(root)
    path.write_text(json.dumps(json.loads(path.read_text()) | {part: other}))
    with pytest.raises(UserError, match=rf"was made by the {part} {other}, and .*python -m xdomain cache made"):
        open_clips(TEST)


def test_an_imported_domain_has_the_listing_s_labels_but_frames_of_its_own(root):
    change(root, "a_00003", start_frame=2)
    assert open_clips(MINE).names == list(LISTED[:2])
    leave_out(root, "b_00004")  # which the domain lacks anyway
    open_clips(MINE)
    change(root, "a_00003", label=1)
    with pytest.raises(
        UserError, match=r"a_00003 of 0 there and 1 now.*import-clips FOLDER --dataset made --name mine"
    ):
        open_clips(MINE)


def test_clips_that_are_decoded_while_training_are_known_by_labels_frames_and_sizes(root, monkeypatch):
    monkeypatch.setenv(STREAM, "1")
    shutil.rmtree(TEST.folder(root))
    identities = [open_clips(TEST).made_from["sha256"]]
    change(root, "a_00003", label=1)
    identities.append(open_clips(TEST).made_from["sha256"])
    change(root, "a_00003", start_frame=2)
    identities.append(open_clips(TEST).made_from["sha256"])
    with (root / "made/rgb/a_00003.mp4").open("ab") as file:
        file.write(b"\0")
    identities.append(open_clips(TEST).made_from["sha256"])
    assert len(set(identities)) == 4
    assert all(identity.startswith("streamed:") for identity in identities)
