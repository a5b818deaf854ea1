"""The TimeSformers of the paper: divided attention, from timesformer-pytorch (section 3.1, Tables 16 and 17)."""

from functools import partial

from timesformer_pytorch import TimeSformer
from torch import nn

from xdomain.core.errors import UserError

PATCH = 16  # pixels


def build_with(
    heads: int,
    depth: int,
    hidden: int,
    frames: int,
    side: int,
    channels: int,
    classes: int,
    dropout: float = 0.0,
    linear: bool = False,
) -> nn.Module:
    """Build `depth` layers of `heads` heads of width `hidden`; the model is heads · hidden wide. (B, T, C, H, W) in.

    `linear` puts another linear layer on top of the predictions (Table 17).
    """
    if side % PATCH:
        raise UserError(f"A TimeSformer cuts frames into patches of {PATCH} pixels: {side} is no multiple of that.")
    model = TimeSformer(
        dim=heads * hidden,
        dim_head=hidden,
        heads=heads,
        depth=depth,
        num_frames=frames,
        num_classes=classes,
        image_size=side,
        patch_size=PATCH,
        channels=channels,
        attn_dropout=dropout,
        ff_dropout=dropout,
    )
    return nn.Sequential(model, nn.Linear(classes, classes)) if linear else model


build_one_head = partial(build_with, 1, 3)
build_eight_heads = build_three_layers = partial(build_with, 8, 3)
build_four_layers = partial(build_with, 8, 4)
build_eleven_layers = partial(build_with, 8, 11)
build_twelve_layers = partial(build_with, 8, 12)
build_twelve_layers_dropout = partial(build_with, 8, 12, dropout=0.1)
build_twelve_layers_linear = partial(build_with, 8, 12, linear=True)
