"""The TimeSformer of the paper: divided space-time attention, from the timesformer-pytorch library (section 3.1)."""

from functools import partial

from timesformer_pytorch import TimeSformer

BLOCKS = 3
PATCH = 16  # pixels


def build(heads: int, hidden: int, frames: int, side: int, channels: int, classes: int) -> TimeSformer:
    """Three layers of `heads` heads of width `hidden`; the model is heads · hidden wide. (B, T, C, H, W) in."""
    return TimeSformer(
        dim=heads * hidden,
        dim_head=hidden,
        heads=heads,
        depth=BLOCKS,
        num_frames=frames,
        num_classes=classes,
        image_size=side,
        patch_size=PATCH,
        channels=channels,
    )


build_one_head = partial(build, 1)
build_eight_heads = partial(build, 8)
