"""Options that commands on videos share, those of the segmentation stage too."""

import os

import click

from xdomain.specs.videos import VideoDataSpec

PAPER = VideoDataSpec()
WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=lambda: len(os.sched_getaffinity(0)),
    show_default="the CPUs that this process may use",
    help="Processes; the result does not depend on it.",
)
FRAMES = click.option(
    "--frames", type=click.IntRange(min=1), default=PAPER.frames, show_default=True, help="Sampled from a clip."
)
SIDE = click.option(
    "--side", type=click.IntRange(min=8), default=PAPER.side, show_default=True, help="Pixels, height and width."
)
