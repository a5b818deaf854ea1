"""Masks of the clips of `made_archive` as other programs write them, in each form that is imported."""

import json
from functools import cache

import numpy as np
from PIL import Image

from support.made_archive import FRAMES, HEIGHT, NAMES, SIDE, WIDTH, corner


def labels(frame: int) -> np.ndarray:
    """Two divers side by side that touch, the second twice as high; none in frame 8."""
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    if frame < 8:
        x, y = corner(frame)
        values[y : y + SIDE, x : x + SIDE] = 1
        values[y : y + 2 * SIDE, x + SIDE : x + 2 * SIDE] = 7
    return values


def rows(frame: int) -> list[tuple[int, int, int, int]]:
    """Their boxes, the larger first."""
    if frame == 8:
        return []
    x, y = corner(frame)
    return [(x + SIDE, y, x + 2 * SIDE, y + 2 * SIDE), (x, y, x + SIDE, y + SIDE)]


def run_lengths(mask: np.ndarray) -> list[int]:
    """COCO's uncompressed run lengths, counted one pixel at a time down each column."""
    runs, last = [0], False
    for value in mask.T.ravel():
        if value != last:
            runs.append(0)
            last = value
        runs[-1] += 1
    return runs


def coco(mask: bool = True, numbers: range = range(FRAMES)) -> dict:
    """COCO's JSON, numbered from 1; each frame also shows a spectator and something unsure."""
    return json.loads(coco_text(mask, numbers))


@cache
def coco_text(mask: bool, numbers: range) -> str:
    """The same as text, made once: counting pixel by pixel takes its time."""
    content = {"images": [], "annotations": [], "categories": [{"id": 3, "name": "person"}, {"id": 4, "name": "board"}]}
    for clip in NAMES:
        for frame in numbers:
            image = f"{clip}-{frame}"
            name = f"{clip}/{frame + 1:05d}.jpg"
            content["images"].append({"id": image, "file_name": name, "height": HEIGHT, "width": WIDTH})
            found = [(3, 0.8, labels(frame) == 1), (3, 0.9, labels(frame) == 7)] if rows(frame) else []
            other = np.zeros((HEIGHT, WIDTH), bool)
            other[60:80, 90:100] = True
            for category, score, pixels in [*found, (4, 1.0, other), (3, 0.2, other)]:
                ys, xs = np.nonzero(pixels)
                box = [xs.min(), ys.min(), xs.max() + 1 - xs.min(), ys.max() + 1 - ys.min()]
                entry = {"image_id": image, "category_id": category, "score": score, "bbox": [int(n) for n in box]}
                if mask:
                    entry["segmentation"] = {"size": [HEIGHT, WIDTH], "counts": run_lengths(pixels)}
                content["annotations"].append(entry)
    return json.dumps(content)


def write_values(folder, mode: str = "L"):
    for clip in NAMES:
        (folder / clip).mkdir(parents=True)
        for frame in range(FRAMES):
            colours = np.zeros((256, 3), np.uint8)
            colours[1], colours[7] = (200, 0, 0), (255, 0, 0)
            picture = Image.fromarray(colours[labels(frame)] if mode == "RGB" else labels(frame))
            picture.save(folder / clip / f"mask_{frame:04d}.png")
    return folder


def write_colours(folder):
    return write_values(folder, "RGB")


def write_array(folder):
    folder.mkdir()
    for clip in NAMES:
        np.save(folder / f"{clip}.npy", np.stack([labels(frame) for frame in range(FRAMES)]))
    return folder


def write_instances(folder):
    folder.mkdir()
    for clip in NAMES:
        masks = np.stack([[labels(frame) == 1, labels(frame) == 7] for frame in range(FRAMES)])
        np.savez(folder / f"{clip}.npz", masks=masks, scores=np.tile([0.8, 0.9], (FRAMES, 1)))
    return folder


def write_tables(folder):
    folder.mkdir()
    for clip in NAMES:
        lines = [f"{frame},{','.join(map(str, box))}" for frame in range(FRAMES) for box in rows(frame)]
        (folder / f"{clip}.csv").write_text("\n".join(["frame,x0,y0,x1,y1", *lines]))
    return folder


def write_coco(folder, **how):
    folder.mkdir()
    (folder / "found.json").write_text(json.dumps(coco(**how)))
    return folder / "found.json"


def write_coco_boxes(folder):
    return write_coco(folder, mask=False)
