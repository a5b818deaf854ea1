"""The picture of `segment compare`: the clip that the mask sets differ most in, a row for each of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from support.made_archive import NAMES, SAMPLED, found, make_archive
from support.roots import set_roots

from segment.__main__ import main
from segment.masks.clip_masks import ClipMasks
from segment.masks.mask_set import MaskShard, begin_set

LOST = NAMES[1]  # in its middle frame `lossy` has no diver
CELL_HEIGHT, CELL_WIDTH, TOP = 127, 168, 40  # of the picture's grid, gaps included


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clips, whose divers `truth` and `perfect` have in each frame."""
    root = make_archive(tmp_path_factory.mktemp("data") / "mini")
    for name in ("truth", "perfect", "lossy"):
        write(root, name, [found(clip, (True, name != "lossy" or clip != LOST, True)) for clip in NAMES])
    return root


def write(root: Path, name: str, clips: list[ClipMasks]) -> None:
    begin_set(root / "masks" / name, {"source": "hand", "frames": SAMPLED})
    with MaskShard(root / "masks" / name, 0, 1) as shard:
        for clip in clips:
            shard.add(clip)


@pytest.fixture
def compare(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`python -m segment compare --sheet sheet.png WORDS` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    set_roots(monkeypatch, data=archive.parent)
    return lambda *words: CliRunner().invoke(main, ["compare", "--sheet", "sheet.png", *words])


def boxes(file: Path) -> list[list[bool]]:
    """Row by row, in which of the three frames a yellow box is drawn."""
    picture = np.asarray(Image.open(file)).astype(int)
    margin = picture.shape[1] - 3 * CELL_WIDTH
    rows = (picture.shape[0] - TOP) // CELL_HEIGHT
    cells = picture[TOP:, margin:].reshape(rows, CELL_HEIGHT, 3, CELL_WIDTH, 3)  # row, y, frame, x, colour
    yellow = (cells[..., 0] > 180) & (cells[..., 1] > 140) & (cells[..., 2] < 100)
    return yellow.any(axis=(1, 3)).tolist()


def test_the_clip_that_the_sets_differ_in_is_shown_with_a_row_for_each(
    compare: Callable[..., Result], tmp_path: Path
) -> None:
    done = compare("--masks", "lossy,perfect")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == "sheet.png"
    original, truth, lossy, perfect = boxes(tmp_path / "sheet.png")
    assert original == [False, False, False]
    assert truth == perfect == [True, True, True]
    assert lossy == [True, False, True]


def test_of_one_set_the_clip_is_shown_that_it_agrees_least_on(compare: Callable[..., Result], tmp_path: Path) -> None:
    assert compare("--masks", "lossy").exit_code == 0
    assert boxes(tmp_path / "sheet.png") == [[False] * 3, [True] * 3, [True, False, True]]


def test_a_clip_that_was_left_out_since_is_not_shown(
    compare: Callable[..., Result], archive: Path, tmp_path: Path
) -> None:
    """The masks of others stay what they are, and no video of it may be there any more."""
    file = archive / "leave-out.txt"
    file.write_text(f"{LOST}\n")
    try:
        done = compare("--masks", "lossy")
    finally:
        file.unlink()
    assert done.exit_code == 0, done.output
    assert boxes(tmp_path / "sheet.png")[2] == [True, True, True], "of the clips that are listed, the sets agree on all"


def test_without_a_listed_clip_there_is_nothing_to_show(
    compare: Callable[..., Result], archive: Path, tmp_path: Path
) -> None:
    for name in ("strange-truth", "strange"):
        write(archive, name, [found("other_00001")])
    done = compare("--masks", "strange", "--truth", "strange-truth")
    assert done.exit_code == 2
    assert "has no clip that is listed" in done.output
    assert not (tmp_path / "sheet.png").exists()


def test_a_video_that_is_gone_is_named_and_no_picture_is_left(
    compare: Callable[..., Result], archive: Path, tmp_path: Path
) -> None:
    video = archive / "rgb" / f"{LOST}.mp4"
    video.rename(tmp_path / "kept")
    try:
        done = compare("--masks", "lossy")
    finally:
        (tmp_path / "kept").rename(video)
    assert done.exit_code == 2
    assert f"{LOST}.mp4" in done.output
    assert not (tmp_path / "sheet.png").exists()
