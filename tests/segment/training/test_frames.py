"""Labelled frames: what is read, and every way in which they may be wrong."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.training.frames import list_frames, read_frame, split_frames
from xdomain.core.errors import UserError

RED, BLUE = (200, 0, 0), (0, 0, 200)


def write(folder: Path, name: str, mask: np.ndarray, size: tuple[int, int] = (60, 80)) -> tuple[Path, Path]:
    """A grey image of `size` (height, width) and its mask."""
    paths = folder / "images" / f"{name}.png", folder / "masks" / f"{name}.png"
    for path, picture in zip(paths, (np.full((*size, 3), 128, np.uint8), mask), strict=True):
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(picture).save(path)
    return paths


def mask_of(*colours: tuple[int, int, int]) -> np.ndarray:
    """(60, 80, 3): each colour fills a patch of 10 x 10."""
    mask = np.zeros((60, 80, 3), np.uint8)
    for number, colour in enumerate(colours):
        mask[10:20, 20 * number : 20 * number + 10] = colour
    return mask


def test_a_frame_is_brought_to_the_working_size_with_one_label_a_colour(tmp_path):
    frame = read_frame(*write(tmp_path, "a", mask_of(RED, BLUE)))
    assert frame.name == "a"
    assert frame.image.shape == (HEIGHT, WIDTH, 3)
    assert frame.instances.shape == (HEIGHT, WIDTH)
    assert np.unique(frame.instances).tolist() == [0, 1, 2]
    scale = HEIGHT / 60, WIDTH / 80
    ys, xs = np.nonzero(frame.instances == 2)  # the colours in ascending order: blue is 1, red is 2
    assert (ys.min(), ys.max() + 1) == pytest.approx((10 * scale[0], 20 * scale[0]), abs=1)
    assert (xs.min(), xs.max() + 1) == pytest.approx((0, 10 * scale[1]), abs=1)


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (mask_of(RED, BLUE, (0, 200, 0)), "3 colours besides black"),
        (mask_of(RED)[:, :70], "70 x 60 pixels and its image 80 x 60"),
        (mask_of(RED)[..., 0], "mode L"),
    ],
    ids=["three divers", "another size", "another mode"],
)
def test_a_mask_that_cannot_be_used_is_named(tmp_path, mask, sentence):
    image, path = write(tmp_path, "a", mask)
    with pytest.raises(UserError, match=sentence) as caught:
        read_frame(image, path)
    assert str(path) in str(caught.value)


def test_a_black_mask_says_that_its_frame_shows_no_diver(tmp_path):
    assert not read_frame(*write(tmp_path, "a", mask_of())).instances.any()


def test_a_mask_saved_as_jpeg_has_blended_colours(tmp_path):
    image, path = write(tmp_path, "a", mask_of(RED))
    Image.open(path).save(path.with_suffix(".jpg"))
    with pytest.raises(UserError, match="Blended edges come from saving a mask as JPEG"):
        read_frame(image, path.with_suffix(".jpg"))


def test_a_truncated_picture_is_named(tmp_path):
    image, mask = write(tmp_path, "a", mask_of(RED))
    image.write_bytes(image.read_bytes()[:60])
    with pytest.raises(UserError, match=r"images/a\.png cannot be read as a picture"):
        read_frame(image, mask)


def test_no_frames_at_all_says_where_they_belong(tmp_path):
    with pytest.raises(UserError, match=r"no labelled frames in .*put the pictures into"):
        list_frames(tmp_path)


def test_an_image_without_a_mask_and_a_mask_without_an_image_are_named(tmp_path):
    for name in "abc":
        write(tmp_path, name, mask_of(RED))
    (tmp_path / "masks/a.png").unlink()
    (tmp_path / "masks/c.png").unlink()
    with pytest.raises(UserError, match=r"images/a.png and 1 more has no mask"):
        list_frames(tmp_path)
    (tmp_path / "images/a.png").unlink()
    (tmp_path / "images/c.png").unlink()
    write(tmp_path, "d", mask_of(RED))[0].unlink()
    with pytest.raises(UserError, match=r"masks/d.png has no image"):
        list_frames(tmp_path)


def test_frames_are_listed_by_name_and_hidden_files_are_not_frames(tmp_path):
    for name in "bca":
        write(tmp_path, name, mask_of(RED))
    (tmp_path / "images/.b.png.tmp.png").touch()
    assert [image.stem for image, _ in list_frames(tmp_path)] == ["a", "b", "c"]


def test_the_split_of_the_released_frames_is_290_to_13_by_seed():
    names = [f"frame{number}" for number in range(303)]
    train, val = split_frames(names, 13, 42)
    assert (len(train), len(val)) == (290, 13)
    assert sorted(train + val) == sorted(names)
    assert split_frames(names[::-1], 13, 42) == (train, val)
    assert split_frames(names, 13, 43)[1] != val
    assert split_frames(list("abcdef"), 2, 0) == (["a", "b", "c", "e"], ["d", "f"])  # for ever


def test_something_must_be_left_to_train_on():
    with pytest.raises(UserError, match="There are 3 labelled frames and 3 are to be held out"):
        split_frames(list("abc"), 3, 0)
