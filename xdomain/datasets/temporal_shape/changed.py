"""Temporal Shape's sets in domains that are functions of a clip, such as `reversed`: made anew for each evaluation."""

from dataclasses import replace

import numpy as np

from xdomain.datasets.temporal_shape.clipset import ClipSet
from xdomain.domains.change import change, try_out
from xdomain.studies.temporal_shape import FRAMES, SIDE


def changed_set(clips: ClipSet, domain: str) -> ClipSet:
    """Make all clips of a set in a domain; labels stay. A function may ask for the object's positions.

    Raises:
        UserError: no such domain, or its function asks for what these clips have not or gives another shape or type.
    """
    records = np.array(clips.records)
    for number, record in enumerate(records):
        name = f"{clips.path.stem}/{number}"
        frames = record["clip"][..., None]  # (T, H, W, 1)
        record["clip"] = change(domain, frames, name, positions=record["position"].copy())[..., 0]
    return replace(clips, records=records)


def require_usable(domain: str) -> None:
    """Try a domain's function on a black clip.

    Raises:
        UserError: as `changed_set`.
    """
    centre = np.full((FRAMES, 2), SIDE / 2, np.float32)
    try_out(domain, (FRAMES, SIDE, SIDE, 1), positions=centre)
