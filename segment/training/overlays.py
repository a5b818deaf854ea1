"""Pictures of a training: its curves, and validation frames with true and found divers."""

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from segment.masks.boxiou import frame_pairs
from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.masks.divers import instance_boxes
from segment.training.frames import LabelledFrame
from xdomain.core.files import atomic_file

if TYPE_CHECKING:
    from segment.network.predict import DiverNetwork

COLUMNS = 3
FOUND, TRUE = (255, 200, 0), (255, 255, 255)  # RGB


def curves(rows: list[dict[str, float]], path: Path) -> None:
    """Draw metrics.csv's rows: training loss above, validation box IoU and mIoU below."""
    figure = Figure(figsize=(6.4, 5.2), layout="constrained")
    loss, quality = figure.subplots(2, sharex=True)
    iterations = [row["iteration"] for row in rows]
    loss.plot(iterations, [row["train_loss"] for row in rows], color="#444444")
    loss.set(ylabel="training loss", yscale="log")
    for name, label, colour in (("box_iou", "box IoU", "#d95f02"), ("miou", "mIoU", "#1b9e77")):
        quality.plot(iterations, [row[name] for row in rows], color=colour, label=label, marker=".")
    best = max(rows, key=lambda row: row["box_iou"])
    quality.axvline(best["iteration"], color="#bbbbbb", zorder=0, label=f"best, {best['box_iou']:.1%}")
    quality.set(xlabel="iteration", ylabel="validation", ylim=(0, 1))
    quality.legend(loc="lower right")
    with atomic_file(path) as file:
        figure.savefig(file, format="png", dpi=120)


def samples(network: "DiverNetwork", frames: list[LabelledFrame], path: Path) -> None:
    """Draw every frame with the found pixels and boxes in yellow and the true boxes in white, in one picture."""
    tiles = [_tile(frame, network.predict(frame.image[None])[0].divers(network.rules)) for frame in frames]
    tiles += [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * (-len(tiles) % COLUMNS)
    rows = [np.hstack(tiles[first : first + COLUMNS]) for first in range(0, len(tiles), COLUMNS)]
    with atomic_file(path) as file:
        Image.fromarray(np.vstack(rows)).save(file, format="png")


def _tile(frame: LabelledFrame, divers: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    mask, found = divers
    true = instance_boxes(frame.instances)
    tile = frame.image.copy()
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(tile, outlines, -1, FOUND, 1)
    for boxes, colour in ((true, TRUE), (found, FOUND)):
        for x0, y0, x1, y1 in boxes[:, :4].astype(int).tolist():
            cv2.rectangle(tile, (x0, y0), (x1 - 1, y1 - 1), colour, 1)
    total, pairs = frame_pairs(found, true)
    caption = f"{frame.name}: box IoU {total / pairs:.2f}" if pairs else f"{frame.name}: no diver, none found"
    cv2.putText(tile, caption, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, TRUE, 1, cv2.LINE_AA)
    return tile
