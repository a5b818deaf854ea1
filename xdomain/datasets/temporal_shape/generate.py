"""Draw a Temporal Shape set from its spec (paper section 3.2).

    python -m xdomain generate --domain 2dot

A 5,000-clip set has 410 MB and takes one core a few seconds, with a background or without.
"""

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.core.workers import in_order
from xdomain.datasets.temporal_shape.clipset import RECORD, ClipSet, open_set, set_paths, write_set
from xdomain.datasets.temporal_shape.digits import load_digits
from xdomain.datasets.temporal_shape.leakage import announce
from xdomain.datasets.temporal_shape.perlin import COARSEST, FINEST, background
from xdomain.datasets.temporal_shape.render import WHITE, add_digit, squares, through_jpeg
from xdomain.datasets.temporal_shape.trajectories import WIDTHS, draw, walk
from xdomain.specs.shapes import CLEAN, NAMED, ClipSetSpec, require_rendering
from xdomain.studies.temporal_shape import DOMAINS

GENERATOR = 2  # raised whenever the same spec gives other bytes
BLOCK = 250  # clips with a random stream of their own
SPLITS = ("train", "test")


def draw_block(spec: ClipSetSpec, digits: np.ndarray | None, block: int) -> np.ndarray:
    """Draw the records of one block of a set: a function of its arguments alone, whichever process calls it.

    `digits` is (K, 14, 14) uint8, None for the dot domains.
    """
    # The domain and the split too, so that no two sets of one seed share their trajectories.
    entropy = (spec.seed, DOMAINS.index(spec.domain), SPLITS.index(spec.digit_split))
    rng = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(block,)))
    clips = min(BLOCK, spec.clips - block * BLOCK)
    width = WIDTHS[spec.domain]
    label, start, velocity = draw(rng, clips, width)
    position = walk(start, velocity, width)

    records = np.zeros(clips, dtype=RECORD)
    records["label"] = label
    records["position"] = position
    if digits is None:
        records["digit"] = -1
        records["clip"] = squares(position, width, cut=spec.rendering == CLEAN)
    else:
        records["digit"] = rng.integers(len(digits), size=clips)
        if spec.has_noise:
            records["lattice"] = rng.integers(COARSEST, FINEST + 1, size=clips)
        for record in records:
            _draw_digit(rng, record, digits[record["digit"]], spec.intensity)
    if spec.rendering != CLEAN:
        for clip in records["clip"]:
            clip[:] = through_jpeg(clip)
    return records


def _draw_digit(rng: np.random.Generator, record: np.void, digit: np.ndarray, intensity: float) -> None:
    """Fill the clip of one record with its digit, on black or on noise."""
    if not record["lattice"]:
        add_digit(record["clip"], record["position"], digit)
        return
    # One clip at a time: its background fits the processor's cache, a block's would not.
    clip = background(rng, int(record["lattice"]), intensity)
    add_digit(clip, record["position"], digit)  # to the signed noise, which darkens digits too
    record["clip"] = np.clip(clip, 0, WHITE, out=clip)


def generate(spec: ClipSetSpec, root: Path, workers: int = 1) -> Path:
    """Write the set below the data root, unless it is there already; returns NAME.npy.

    The bytes do not depend on `workers`. Two processes may generate one set at once: each writes a file of
    its own and the last one's takes the name. Progress is drawn on a terminal only.

    Raises:
        UserError: no room, no digits, no such rendering, or the set is there from another version of the generator or
            from other digits.
    """
    require_rendering(spec.rendering)
    npy, described = set_paths(spec, root)
    if described.exists():
        require_current(spec, open_set(npy, verify=False), root)
        print(f"{npy} is already there.")
        return npy

    images, description = None, {"spec": dataclasses.asdict(spec), "generator": GENERATOR, "digits": None}
    if spec.has_digits:
        digits = load_digits(spec.digits, spec.digit_split, root / "digits")
        images = digits.images
        description["digits"] = {"source": spec.digits, "count": len(images), "sha256": digits.sha256}
    blocks = in_order(partial(draw_block, spec, images), range(-(-spec.clips // BLOCK)), workers)
    bar = tqdm(total=spec.clips, desc=spec.name, unit="clip", disable=None)
    with bar:
        info = write_set(npy, spec.clips, _counted(blocks, bar), description)
    announce(npy, info)
    return npy


def require_current(spec: ClipSetSpec, there: ClipSet, root: Path) -> None:
    """Refuse a set that would not be drawn so now; an imported one of its name, which says neither, serves as well.

    Raises:
        UserError: another version of the generator drew it, or other digits than the file that `spec` names has now.
    """
    info, again = there.info, f"Remove it and {there.path.stem}.json to generate it again, or use another data root."
    if info.get("generator", GENERATOR) != GENERATOR:
        raise UserError(
            f"{there.path} is from another version of the generator ({info['generator']}, this is {GENERATOR}). {again}"
        )
    # A name stands for one content, a path for whatever lies there; where nothing does, nothing tells.
    if info.get("digits") and spec.digits not in NAMED and Path(spec.digits).exists():
        now = load_digits(spec.digits, spec.digit_split, root / "digits").sha256
        if now != info["digits"]["sha256"]:
            raise UserError(f"{there.path} was drawn with other digits than {spec.digits} has now. {again}")


def _counted(blocks: Iterator[np.ndarray], bar: tqdm) -> Iterator[np.ndarray]:
    for records in blocks:
        yield records
        bar.update(len(records))
