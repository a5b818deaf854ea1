"""Any folder of a user's videos as a domain of the test clips."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support.made_videos import encoded, grey_ramp, moving_noise, write_dataset
from support.roots import set_roots

from xdomain.commands.diving48 import import_clips
from xdomain.core.errors import UserError
from xdomain.datasets.clip_cache.folder_clips import import_folder
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.diving48.video import decode_all
from xdomain.specs.videos import ClipCacheSpec

SPEC = ClipCacheSpec("made", "mine", frames=4, side=16, masks="own")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("data")
    write_dataset(root / "made", train=2, test=3)
    return root


@pytest.fixture
def root(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Videos of two of the three test clips, one under the released name, and two of no test clip."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "c_00002.mp4").write_bytes(encoded(grey_ramp(7)))
    (folder / "b_00004_cropped.mp4").write_bytes(encoded(moving_noise(4)))
    (folder / "a_00000.mp4").write_bytes(encoded(grey_ramp(4)))  # a training clip
    (folder / "a_00001.MP4").write_bytes(b"")  # not opened
    return folder


def test_a_folder_becomes_a_domain(root, folder, capsys):
    cache = open_cache(import_folder(folder, SPEC, root))
    assert cache.folder == root / "made" / "domains" / "own" / "mine-4x16"
    assert cache.names == ["c_00002", "b_00004"]
    assert cache.labels.tolist() == [2, 1]
    np.testing.assert_allclose(cache[0].mean(axis=(1, 2, 3)), [40, 48, 56, 64], atol=1.5)  # frames 0, 2, 4, 6 of 7
    np.testing.assert_array_equal(cache[1], decode_all(folder / "b_00004_cropped.mp4", (16, 16)))
    assert cache.info["missing"] == ["a_00003"]
    printed = capsys.readouterr().out
    assert "2 of 3 test clips; 2 other videos are not used" in printed
    assert "Without a video, so not in the domain: 1 (a_00003" in printed


def test_other_videos_of_the_same_names_are_not_taken_for_these(root, folder):
    import_folder(folder, SPEC, root)
    (folder / "c_00002.mp4").write_bytes(encoded(grey_ramp(8)))
    with pytest.raises(UserError, match=r"mine-4x16 was made or begun otherwise \(videos differ"):
        import_folder(folder, SPEC, root)


def test_a_folder_without_test_clips_is_refused(root, tmp_path):
    with pytest.raises(
        UserError, match=r"has no video of a test clip of made, such as c_00002\.mp4 or c_00002_cropped"
    ):
        import_folder(tmp_path, SPEC, root)


def test_two_videos_of_one_clip_are_refused(root, folder):
    (folder / "c_00002_cropped.mp4").touch()
    with pytest.raises(UserError, match=r"both c_00002\.mp4 and c_00002_cropped\.mp4"):
        import_folder(folder, SPEC, root)


def test_a_broken_video_is_named(root, folder):
    (folder / "c_00002.mp4").write_bytes(b"")
    with pytest.raises(UserError, match=r"c_00002\.mp4: it is empty .* move it away"):
        import_folder(folder, SPEC, root)


def test_the_command_and_its_names(root, folder, monkeypatch):
    set_roots(monkeypatch, data=root)
    options = [str(folder), "--dataset", "made", "--frames", "4", "--side", "16", "--workers", "1", "--name"]
    done = CliRunner().invoke(import_clips, [*options, "mine", "--group", "released"], catch_exceptions=False)
    assert done.exit_code == 0
    assert (root / "made" / "domains" / "released" / "mine-4x16" / "index.json").exists()
    done = CliRunner().invoke(import_clips, [*options, "../mine"], catch_exceptions=False)
    assert done.exit_code == 2
    assert "'../mine' cannot name a domain's folder" in done.output
