"""A contact sheet: a few clips of a dataset in the archive's layout, a row each, frame beside frame."""

import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file
from xdomain.datasets.diving48.listing import class_names, frames_lacking, read_listing, video_folder
from xdomain.datasets.diving48.video import probe, read_clip, sampled_frames
from xdomain.datasets.layouts.clip import Clip
from xdomain.datasets.mini_diving.truth import COLOURS, read_instances

CELL = 120  # pixels, a frame's height on the sheet
TITLE = 20  # pixels, above each row


def write_sheet(folder: Path, out: Path, part: str, clips: int, frames: int, seed: int, masks: bool) -> None:
    """Write the sheet of up to `clips` random clips of the dataset in `folder`, `frames` of each, as a PNG.

    With `masks` the divers of a drawn data set are outlined.

    Raises:
        UserError: `out` is not a .png, or the listing, a video or its masks cannot be read.
    """
    if out.suffix.lower() != ".png":
        raise UserError(f"{out}: a contact sheet is a .png. Give such a name.")
    listing, names = read_listing(folder, part), class_names(folder)
    chosen = random.Random(seed).sample(listing, min(clips, len(listing)))
    rows = [
        _row(_frames(folder, clip, frames, masks), f"{clip.label}  {names[clip.label]}    {clip.name}")
        for clip in tqdm(chosen, desc="contact sheet", unit="clip", disable=None)
    ]
    sheet = Image.new("RGB", (max(row.width for row in rows), len(rows) * (CELL + TITLE)), "white")
    for place, row in enumerate(rows):
        sheet.paste(row, (0, place * (CELL + TITLE)))
    with atomic_file(out) as file:
        sheet.save(file, "PNG")
    print(f"{out}: {len(rows)} of {len(listing)} {part} clips of {folder}.")


def _frames(folder: Path, clip: Clip, frames: int, masks: bool) -> np.ndarray:
    """Decode the clip's sampled frames (T, H, W, 3) at their own size, the divers outlined if `masks`."""
    path = clip.path(video_folder(folder))
    _, stored, display = probe(path)
    pictures = read_clip(path, clip, frames, display.stored(stored), frames_lacking(folder))
    if not masks:
        return pictures
    instances = read_instances(folder, clip.name)
    wanted = sampled_frames(clip.start_frame, clip.end_frame, frames)
    instances = instances[np.minimum(wanted, len(instances) - 1)]
    return np.where(_edges(instances)[..., None], np.array(COLOURS, np.uint8)[instances], pictures)


def _row(pictures: np.ndarray, title: str) -> Image.Image:
    """Put pictures (T, H, W, 3) side by side under a title."""
    count, height, width = pictures.shape[:3]
    cell = (round(CELL * width / height), CELL)
    row = Image.new("RGB", (cell[0] * count, CELL + TITLE), "white")
    ImageDraw.Draw(row).text((4, 2), title, fill="black", font=ImageFont.load_default(14))
    for column, picture in enumerate(pictures):
        row.paste(Image.fromarray(picture).resize(cell, Image.Resampling.LANCZOS), (column * cell[0], TITLE))
    return row


def _edges(instances: np.ndarray) -> np.ndarray:
    """Find the pixels of instances (T, H, W) that have a neighbour outside of theirs."""
    around = np.pad(instances, ((0, 0), (1, 1), (1, 1)), mode="edge")
    neighbours = (around[:, :-2, 1:-1], around[:, 2:, 1:-1], around[:, 1:-1, :-2], around[:, 1:-1, 2:])
    return (instances > 0) & np.any([side != instances for side in neighbours], axis=0)
