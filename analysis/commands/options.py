"""Options that commands share."""

import click

from analysis.runs.matching import TOLERANCE
from xdomain.core.cli import Number

STUDY = click.option(
    "--study",
    default="ts",
    show_default=True,
    help="ts, diving48 or a variant of theirs: a folder below the runs root.",
)
NEARNESS = click.option(
    "--tolerance",
    default=100 * TOLERANCE,
    show_default=True,
    type=Number(0, 100),
    help="Diving48: points of validation accuracy that a checkpoint may be off an experiment's level.",
)
