"""Contact sheets: some frames of a clip, as they are, with their masks, and in the domains."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from segment.domains.pictures import compose
from segment.masks.clip_masks import DIVERS, ClipMasks
from segment.masks.regions import whole_pixels

SHOWN = ("S1", "S2", "T")
COLUMNS = 8
CELL = (123, 164)  # height, width: a third of a frame's
GAP, MARGIN, TITLE = 4, 74, 40  # pixels
PAPER, INK, ALARM = (255, 255, 255), (30, 30, 30), (200, 30, 30)
DIVER = np.array((255, 60, 160))
KEPT, OTHER = (255, 220, 0), (0, 200, 255)  # boxes that S2 keeps, and further ones


def chosen_frames(frames: int, suspicious: list[int]) -> list[int]:
    """Choose at most `COLUMNS` of a clip's frames: up to half of them suspicious, the others spread over the clip."""
    few = min(COLUMNS // 2, len(suspicious))
    chosen = {suspicious[k] for k in np.linspace(0, len(suspicious) - 1, few).round().astype(int)}
    return sorted(chosen | set(np.linspace(0, frames - 1, COLUMNS - few).round().astype(int).tolist()))


def sheet(
    frames: np.ndarray,
    clip: ClipMasks,
    columns: list[int],
    flags: dict[str, list[int]],
    domains: tuple[str, ...] = SHOWN,
) -> Image.Image:
    """Make a row for each way to show the clip, a column for each frame of `columns`.

    `frames` is (T, 369, 492, 3) uint8; `flags` are written over the frames that they are raised in.
    """
    part = ClipMasks(clip.name, clip.masks[columns], tuple(clip.boxes[column] for column in columns))
    rows = {"original": frames[columns], "mask": marked(frames, clip, columns)}
    rows |= compose(domains, frames[columns], part)
    return grid(rows, {k: ", ".join(flag for flag, found in flags.items() if k in found) for k in columns})


def grid(rows: dict[str, np.ndarray], columns: dict[int, str]) -> Image.Image:
    """Make a page of pictures.

    Args:
        rows: name -> (K, H, W, 3) uint8.
        columns: number of each of the K frames -> what is remarkable in it.
    """
    height, width = CELL
    font = ImageFont.load_default(13)
    margin = max(MARGIN, 16 + round(max(map(font.getlength, rows))))
    page = Image.new("RGB", (margin + len(columns) * (width + GAP), TITLE + len(rows) * (height + GAP)), PAPER)
    draw = ImageDraw.Draw(page)
    for column, (frame, remark) in enumerate(columns.items()):
        middle = margin + column * (width + GAP) + width / 2
        draw.text((middle, 12), f"frame {frame}", INK, font, "mm")
        draw.text((middle, 28), remark, ALARM, font, "mm")
    for row, (name, pictures) in enumerate(rows.items()):
        top = TITLE + row * (height + GAP)
        draw.text((margin - 8, top + height / 2), name, INK, font, "rm")
        for column, picture in enumerate(pictures):
            cell = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
            page.paste(Image.fromarray(cell), (margin + column * (width + GAP), top))
    return page


def marked(frames: np.ndarray, clip: ClipMasks, columns: list[int]) -> np.ndarray:
    """Show some frames of (T, 369, 492, 3) in grey, with the divers' pixels coloured and all boxes drawn."""
    return np.stack([_marked(frames[k], clip.masks[k], clip.boxes[k]) for k in columns])


def _marked(frame: np.ndarray, mask: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Show the frame in grey with the divers' pixels coloured and all boxes drawn."""
    grey = cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    grey[mask] = (0.4 * grey[mask] + 0.6 * DIVER).astype(np.uint8)
    for rank, (x0, y0, x1, y1) in enumerate(whole_pixels(boxes).tolist()):
        cv2.rectangle(grey, (x0, y0), (x1 - 1, y1 - 1), KEPT if rank < DIVERS else OTHER, 3)
    return grey
