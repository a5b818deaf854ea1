"""The Temporal Shape study: 4 models × 10 sizes × 5 seeds × 2 directions = 400 runs (paper section 3.2).

    python -m jobs.launch ts-grid

One run takes minutes on one GPU (a TimeSformer up to an hour). Trained on 2dot, expect a 3D CNN well above
a ConvLSTM on validation, and near chance (20 %) for everything on mnist-bg.
"""

from xdomain.domains.registry import DRAWN
from xdomain.specs.shapes import ShapeRun
from xdomain.specs.spec import ModelSpec, TrainSpec

STUDY = "ts"
CLASSES = ("circle", "spiral", "line", "rectangle", "arc")  # in label order
DOMAINS = DRAWN
SOURCES = ("2dot", "mnist-bg")
SIZES = (2, 4, 6, 8, 10, 12, 16, 24, 32, 48)
SEEDS = (42, 61, 47, 53, 57)
MODELS = ("3dcnn", "convlstm", "timesformer-1", "timesformer-8")
FRAMES = 20
SIDE = 64  # pixels


def recipe(model: str) -> TrainSpec:
    """Return the paper's recipe for `model`: 300 epochs and patience 100 for TimeSformers, 100 and 10 for others."""
    if model.startswith("timesformer-"):
        return TrainSpec(max_epochs=300, patience=100)
    return TrainSpec()


def run(source: str, model: str, hidden: int, seed: int) -> ShapeRun:
    """Specify one run of the paper's recipe."""
    targets = (source, *(domain for domain in DOMAINS if domain != source))
    return ShapeRun(STUDY, source, targets, ModelSpec(model, hidden), seed, train=recipe(model))


def grid(
    sources: tuple[str, ...] = SOURCES,
    models: tuple[str, ...] = MODELS,
    sizes: tuple[int, ...] = SIZES,
    seeds: tuple[int, ...] = SEEDS,
) -> list[ShapeRun]:
    """List the paper's grid, or the part of it that the arguments name, smallest models first."""
    return [
        run(source, model, hidden, seed) for hidden in sizes for source in sources for model in models for seed in seeds
    ]
