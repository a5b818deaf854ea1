"""Trainable parameters of the studies' models, counted in the models themselves (paper, Tables 15, 16 and 17)."""

from collections.abc import Iterator

import torch

from xdomain.models import build, display_name
from xdomain.studies import diving48
from xdomain.studies import temporal_shape as ts

TABLE_15 = ("timesformer-1", "3dcnn", "convlstm", "timesformer-8")  # models in the order of the paper's table


def rows(study: str) -> Iterator[tuple]:
    """Yield a header, then a row a model, of `ts` (Table 15), `diving48` (Table 16) or `table17`."""
    if study == "ts":
        yield "model", "hidden", "parameters"
        for hidden in ts.SIZES:
            for name in TABLE_15:
                yield display_name(name), hidden, count(name, hidden, ts.FRAMES, ts.SIDE, 1, len(ts.CLASSES))
    elif study == "diving48":
        yield "experiment", "model", "parameters"
        for letters, role, name in diving48.distinct_models():
            yield letters, role, count_video(name, diving48.WIDTHS[name], 32)
    else:
        yield "row", "model", "head_width", "frames", "parameters"
        for entry in diving48.TABLE_17:
            parameters = count_video(entry.model, entry.head_width, entry.frames)
            yield entry.row, entry.model, entry.head_width, entry.frames, parameters


def count_video(name: str, hidden: int, frames: int) -> int:
    """Count the parameters of a model for Diving48's clips."""
    return count(name, hidden, frames, 224, 3, diving48.CLASSES)


def count(name: str, hidden: int, frames: int, side: int, channels: int, classes: int) -> int:
    """Count the parameters of the model as a run would build it."""
    with torch.device("meta"):  # shapes only, no memory and no random numbers
        model = build(name, hidden, frames, side, channels, classes)
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
