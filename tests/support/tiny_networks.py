"""Trainings of diver networks that take seconds, on the frames of `drawn_frames`."""

import dataclasses

from segment.network.spec import SegmentSpec

TINY = SegmentSpec(
    dataset="drawn", scale_min=0.9, scale_max=1.1, val_frames=2, val_interval=2, batch_size=2, tag="tiny"
)


def tiny_network(model: str, size: tuple[int, int], crop: int, iterations: int, lr: float, **values) -> SegmentSpec:
    """A training of `model` on frames resized to `size` (height, width)."""
    height, width = size
    sizes = {"height": height, "width": width, "crop": crop}
    return dataclasses.replace(TINY, model=model, iterations=iterations, lr=lr, **sizes, **values)
