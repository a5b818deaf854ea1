"""Domains of a tiny archive: what is in the caches, and what happens to kills, workers, gaps and bad input."""

import io
import json
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from support.made_archive import NAMES, SAMPLED, SIDE, corner, make_archive, make_masks
from support.roots import set_roots

from segment.__main__ import main
from segment.domains.build import Build, build_domains, encoded
from segment.domains.pictures import DOMAINS
from xdomain.core.errors import UserError
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.diving48.video import decode_all

MEAN = np.array([124, 117, 104])
OUT = 128  # pixels of a finished clip's side


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    make_masks(make_archive(root / "tiny"))
    return root


@pytest.fixture
def root(archive, tmp_path):
    shutil.copytree(archive / "tiny", tmp_path / "tiny", ignore=shutil.ignore_patterns("domains"))
    return tmp_path


def built(root, *domains, masks="hand", workers=1, **options):
    return build_domains(Build("tiny", masks, domains, SAMPLED, OUT, **options), root, workers)


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def caches(archive):
    folders = built(archive, *DOMAINS)
    return {name: open_cache(folder) for name, folder in zip(DOMAINS, folders, strict=True)}


def square(frame: int, shrink: int = 2) -> tuple[slice, slice]:
    """The inner part of the diver (a bright square) in a finished clip's sampled frame."""
    x, y = corner(4 * frame)
    rows = slice(round(y * OUT / 82) + shrink, round((y + SIDE) * OUT / 82) - shrink)
    return rows, slice(round(x * OUT / 110) + shrink, round((x + SIDE) * OUT / 110) - shrink)


def test_every_clip_is_there_with_its_label(caches):
    for name, cache in caches.items():
        assert cache.names == list(NAMES)
        assert cache.labels.tolist() == [0, 1, 2, 3]
        assert cache[0].shape == (SAMPLED, OUT, OUT, 3)
        assert cache.info["part"] == name
        assert cache.info["missing"] == {}


def test_a_video_that_ends_early_is_counted_in_every_domain(root):
    listing = root / "tiny" / "Diving48_V2_test.json"
    entries = json.loads(listing.read_text())
    entries[1]["end_frame"] += 2
    listing.write_text(json.dumps(entries))
    for folder in built(root, "I", "S1"):
        assert open_cache(folder).info["frames_lacking"] == {NAMES[1]: 2}


def test_what_the_pictures_show(caches):
    """In clip 0 the diver was found in each frame."""
    for frame in range(SAMPLED):
        rows, columns = square(frame)
        upper = slice(rows.start, rows.start + 2)  # the mask is the upper half of the box
        lower = slice(rows.stop - 2, rows.stop)
        shown = {name: cache[0][frame].astype(int) for name, cache in caches.items()}
        assert shown["I"][rows, columns].min() > 225
        assert shown["S1"][upper, columns].min() > 220
        assert shown["S1"][lower, columns].max() < 190
        assert shown["S2"][rows, columns].min() > 220
        assert np.abs(shown["T"][rows, columns] - MEAN).max() < 12
        assert np.abs(shown["union"][rows, columns] - MEAN).max() < 12
        assert shown["displaced"][rows, columns].min() > 220
        assert shown["boxes"][rows, columns].min() > 220
        assert np.abs(shown["boxes"][-8:] - MEAN).max() < 12
        assert shown["blur"][rows, columns].max() < 190
        # The texture at the bottom is there in T, and gone where the background is blurred.
        assert shown["T"][-8:].std() > 4 * shown["S1"][-8:].std()


def test_a_frame_without_a_diver(caches):
    """In clip 1 the diver was not found in the middle frame: whole in T, blurred in S1 and S2."""
    rows, columns = square(1)
    assert caches["T"][1][1][rows, columns].min() > 225
    for name in ("S1", "S2"):
        assert caches[name][1][1][rows, columns].max() < 190
        assert caches[name].info["untouched_frames"] == 1
    assert caches["T"].info["untouched_frames"] == 1
    assert caches["union"].info["untouched_frames"] == 0


def test_workers_and_company_do_not_matter(caches, root):
    folders = built(root, "T", "S1", workers=2)
    for name, folder in zip(("T", "S1"), folders, strict=True):
        assert files(folder) == files(caches[name].folder)


def test_the_same_again_does_nothing(root):
    (folder,) = built(root, "T")
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    built(root, "T")
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_domain_more_leaves_the_others_alone(caches, root):
    (folder,) = built(root, "T")
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    built(root, "T", "S2")
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert files(root / "tiny/domains/hand/S2-3x128") == files(caches["S2"].folder)


def test_killed_and_given_again(caches, root):
    code = (
        "import sys, pathlib; from segment.domains.build import Build, build_domains\n"
        "build_domains(Build('tiny', 'hand', ('S1', 'T'), 3, 128), pathlib.Path(sys.argv[1]))"
    )
    folder = root / "tiny/domains/hand/S1-3x128"
    with subprocess.Popen([sys.executable, "-c", code, str(root)]) as process:
        while process.poll() is None and not list(folder.glob("shard-*.npy")):
            time.sleep(0.002)
        process.kill()
    assert not (folder / "index.json").exists()
    built(root, "S1", "T")
    for name in ("S1", "T"):
        resumed = files(root / f"tiny/domains/hand/{name}-3x128")
        assert {path: resumed[path] for path in files(caches[name].folder)} == files(caches[name].folder)


def test_videos_hold_the_same_pictures(caches, root):
    (folder,) = built(root, "S2")
    built(root, "S2", videos=True)  # the cache is there already
    videos = root / "tiny/domains/hand/videos/S2"
    assert sorted(path.name for path in videos.glob("*.mp4")) == [f"{name}_cropped.mp4" for name in NAMES]
    cache = open_cache(folder)
    for number, name in enumerate(NAMES):
        video = videos / f"{name}_cropped.mp4"
        np.testing.assert_array_equal(decode_all(video, (OUT, OUT)), cache[number])
        assert decode_all(video).shape == (SAMPLED, 369, 492, 3)


def test_videos_of_other_masks_are_not_mixed(root):
    built(root, "T", videos=True)
    shutil.rmtree(root / "tiny/domains/hand/T-3x128")
    shutil.rmtree(root / "tiny/masks/hand")
    make_masks(root / "tiny", NAMES[:2])
    with pytest.raises(UserError, match="videos made otherwise"):
        built(root, "T", videos=True, allow_missing=True)


def test_released_videos_come_back_as_a_domain(root, monkeypatch):
    """What --videos writes is what import-release reads; the codec's pictures are the same."""
    built(root, "S1", videos=True)
    set_roots(monkeypatch, data=root)
    folder = str(root / "tiny/domains/hand/videos/S1")
    command = f"import-release {folder} --as S1 --dataset tiny --frames {SAMPLED} --side {OUT} --workers 1"
    done = CliRunner().invoke(main, command.split())
    assert done.exit_code == 0, done.output
    released = open_cache(root / "tiny/domains/released/S1-3x128")
    made = open_cache(root / "tiny/domains/hand/S1-3x128")
    assert released.names == made.names
    for number in range(len(NAMES)):
        np.testing.assert_array_equal(released[number], made[number])


def test_clips_without_masks_are_refused_by_name(root):
    make_masks(root / "tiny", NAMES[1:3], name="some")
    with pytest.raises(UserError, match=rf"2 clips: {NAMES[0]} \(not done yet\), {NAMES[3]} .*--allow-missing"):
        built(root, "T", masks="some")
    assert not (root / "tiny/domains/some").exists()


def test_or_left_out_and_named(root, capsys):
    make_masks(root / "tiny", NAMES[1:3], name="some")
    (folder,) = built(root, "T", masks="some", allow_missing=True)
    cache = open_cache(folder)
    assert cache.names == list(NAMES[1:3])
    assert cache.labels.tolist() == [1, 2]
    assert cache.info["missing"] == {NAMES[0]: "not done yet", NAMES[3]: "not done yet"}
    printed = capsys.readouterr().out
    assert NAMES[0] in printed
    assert NAMES[3] in printed
    assert "1 of 6 frames without a diver" in printed


def test_other_masks_do_not_slip_into_a_cache(root):
    make_masks(root / "tiny", NAMES[1:3], name="some")
    built(root, "T", masks="some", allow_missing=True)
    shutil.rmtree(root / "tiny/masks/some")
    make_masks(root / "tiny", name="some")
    with pytest.raises(UserError, match=r"T-3x128 was made or begun otherwise"):
        built(root, "T", masks="some")


def test_a_damaged_video_is_named_and_nothing_of_its_shard_kept(root):
    video = root / "tiny/rgb" / f"{NAMES[2]}.mp4"
    video.write_bytes(video.read_bytes()[:300])
    with pytest.raises(UserError, match=rf"{NAMES[2]}\.mp4.*xdomain index tiny"):
        built(root, "T")
    folder = root / "tiny/domains/hand/T-3x128"
    assert sorted(path.name for path in folder.iterdir()) == ["plan.json", "shard-000.npy", "shard-001.npy"]


def run(root, command, monkeypatch):
    set_roots(monkeypatch, data=root)
    return CliRunner().invoke(main, command.split())


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("domains --dataset tiny --masks hand --domain S1,S3", "there is no 'S3'. Choose of: I, S1, S2, T"),
        ("domains --dataset tiny --masks hand --frames 8", "masks of 3 frames a clip, not 8. Give --frames 3"),
        ("domains --dataset tiny --masks none", "There is no mask set"),
        ("domains --dataset nowhere", "Diving48_V2_test.json is missing"),
        ("truth --dataset tiny", "has no instance masks"),
    ],
)
def test_a_wrong_command_says_what_to_change(archive, monkeypatch, command, words):
    done = run(archive, command, monkeypatch)
    assert done.exit_code == 2
    assert words in done.output


def test_the_codec_keeps_a_clip_recognisable():
    flat = np.full((4, 369, 492, 3), (200, 40, 90), dtype=np.uint8)
    assert np.abs(decode_all(io.BytesIO(encoded(flat))).astype(int) - flat).max() <= 3
