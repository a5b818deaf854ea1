"""A picture of a few clips of a set, for people: an animated GIF or a PNG sheet."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file
from xdomain.datasets.temporal_shape.clipset import ClipSet, open_set
from xdomain.datasets.temporal_shape.render import DIGIT_SIDE
from xdomain.studies.temporal_shape import CLASSES, FRAMES, SIDE

PER_CLASS = 2  # clips
SCALE = 2  # picture pixels per clip pixel
CELL = SCALE * SIDE
GAP = 6  # picture pixels
TITLE = 26
MARGIN = 104  # for the names at the left of a sheet
STEP = 2  # frames between two columns of a sheet
FRAME_MS = 120  # a GIF counts in hundredths of a second
PAPER, INK, FAINT = (255, 255, 255), (30, 30, 30), (120, 120, 120)
EARLY, LATE = np.array([255, 225, 70]), np.array([230, 30, 110])  # a path's first and last step


def preview(npy: Path, out: Path) -> None:
    """Draw two clips of every class of the set.

    A .gif plays them in a grid, one column a class. A .png has one row a clip: every second frame, then the
    path over the brightest value that each pixel ever had.

    Raises:
        UserError: another ending than .gif or .png, or the set cannot be opened.
    """
    kinds = {".gif": _save_gif, ".png": _save_png}
    save = kinds.get(out.suffix.lower())
    if save is None:
        raise UserError(f"{out}: a preview is a .gif (moving) or a .png (a sheet). Give such a name.")
    save(open_set(npy), out)


def _members(clip_set: ClipSet, label: int) -> np.ndarray:
    return np.flatnonzero(clip_set.labels == label)[:PER_CLASS]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _enlarged(frame: np.ndarray) -> Image.Image:
    """Draw a frame (64, 64) as a cell of the picture, its pixels kept square."""
    return Image.fromarray(frame).resize((CELL, CELL), Image.Resampling.NEAREST)


def _save_gif(clip_set: ClipSet, out: Path) -> None:
    size = (len(CLASSES) * (CELL + GAP) + GAP, PER_CLASS * (CELL + GAP) + TITLE + GAP)
    pages = [Image.new("L", size, 255) for _ in range(FRAMES)]
    for label, name in enumerate(CLASSES):
        left = GAP + label * (CELL + GAP)
        members = _members(clip_set, label)
        for page in pages:
            ImageDraw.Draw(page).text((left + CELL / 2, TITLE / 2 + 2), name, 30, _font(16), "mm")
        for row, clip in enumerate(members):
            for page, frame in zip(pages, clip_set.clips[clip], strict=True):
                page.paste(_enlarged(frame), (left, TITLE + row * (CELL + GAP)))
    with atomic_file(out) as file:
        pages[0].save(file, "GIF", save_all=True, append_images=pages[1:], duration=FRAME_MS, loop=0)


def _save_png(clip_set: ClipSet, out: Path) -> None:
    shown = range(0, FRAMES, STEP)
    clips = [clip for label in range(len(CLASSES)) for clip in _members(clip_set, label)]
    size = (MARGIN + (len(shown) + 1) * (CELL + GAP), TITLE + len(clips) * (CELL + GAP))
    page = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(page)
    for column, text in enumerate([*(f"frame {frame}" for frame in shown), "path"]):
        draw.text((MARGIN + column * (CELL + GAP) + CELL / 2, TITLE / 2), text, FAINT, _font(14), "mm")
    for row, clip in enumerate(clips):
        top = TITLE + row * (CELL + GAP)
        name = CLASSES[clip_set.labels[clip]]
        draw.text((MARGIN - 12, top + CELL / 2 - 9), name, INK, _font(17), "rm")
        draw.text((MARGIN - 12, top + CELL / 2 + 11), f"clip {clip}", FAINT, _font(13), "rm")
        cells = [_enlarged(clip_set.clips[clip, frame]) for frame in shown]
        for column, cell in enumerate([*cells, _path(clip_set, clip)]):
            page.paste(cell, (MARGIN + column * (CELL + GAP), top))
    with atomic_file(out) as file:
        page.save(file, "PNG", optimize=True)


def _path(clip_set: ClipSet, clip: int) -> Image.Image:
    """Draw all that the clip ever showed, dimmed, under the object's path (yellow to red) where it is known."""
    cell = _enlarged(clip_set.clips[clip].max(axis=0) // 3).convert("RGB")
    positions = clip_set.positions[clip]
    if np.isnan(positions).any():
        return cell
    # A position is a dot's centre but a digit's corner.
    middle = 0.5 if clip_set.records["digit"][clip] < 0 else DIGIT_SIDE / 2
    points = (np.floor(positions) + middle) * SCALE
    draw = ImageDraw.Draw(cell)
    for step, (start, end) in enumerate(pairwise(points)):
        share = step / (FRAMES - 2)
        colour = tuple(((1 - share) * EARLY + share * LATE).astype(int).tolist())
        draw.line([tuple(start.tolist()), tuple(end.tolist())], colour, 3)
    return cell
