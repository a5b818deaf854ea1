"""Clips of a Temporal Shape study, from its sets where they are on this machine."""

from pathlib import Path

import numpy as np

from analysis.content.sprite import Player, sprite
from analysis.plotting.style import DOMAIN_NAMES
from analysis.studies.base import Runs
from xdomain.core.errors import UserError
from xdomain.core.roots import data_root
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths
from xdomain.specs.shapes import ClipSetSpec, ShapeRun
from xdomain.studies.temporal_shape import CLASSES, DOMAINS


def shape_clips(runs: Runs) -> tuple[list[Player], list[str]]:
    """Show the first clip of every class in each evaluation set; mnist-bg may have two, of different noise."""
    sets = evaluation_sets(runs)
    several = {clip_set.domain for clip_set in sets if [other.domain for other in sets].count(clip_set.domain) > 1}
    sprites, absent = [], []
    for clip_set in sets:
        try:
            strip = _one_of_each(set_paths(clip_set, data_root())[0])
        except UserError as error:
            absent.append(str(error))
            continue
        name = DOMAIN_NAMES[clip_set.domain]
        caption = f"{name}, noise {clip_set.intensity:g}" if clip_set.domain in several else name
        sprites.append(sprite(strip, caption, f"Five moving {caption} clips: {', '.join(CLASSES)}", sharp=True))
    player = Player("Temporal Shape clips", "strips", sprites, classes=CLASSES)
    return [player] if sprites else [], absent


def evaluation_sets(runs: Runs) -> list[ClipSetSpec]:
    """Name the sets on which a Temporal Shape study's runs are evaluated, in the order of the domains."""
    shapes = [spec for spec, _ in runs if isinstance(spec, ShapeRun)]
    sets = dict.fromkeys(clip_set for spec in shapes for clip_set in spec.inputs[1:])
    return sorted(sets, key=lambda clip_set: (DOMAINS.index(clip_set.domain), clip_set.name))


def _one_of_each(npy: Path) -> np.ndarray:
    """Put the first clip of every class beside each other: (T, 64, 5 · 64)."""
    clips = open_set(npy, verify=False)
    first = [np.flatnonzero(clips.labels == label)[:1] for label in range(len(CLASSES))]
    empty = np.zeros(clips.clips.shape[1:], np.uint8)
    return np.concatenate([clips.clips[numbers[0]] if len(numbers) else empty for numbers in first], axis=2)
