"""Part `steps`: every Temporal Shape model at four sizes in four precisions, captured, and its epochs in full."""

import tempfile
from pathlib import Path

import torch

from benchmarks.gpu.measure import Step, arithmetic, measure, stepper
from benchmarks.gpu.report import Report
from benchmarks.gpu.scale import Scale
from benchmarks.gpu.training import Clock, Enough, source_clips, spec_of, train
from xdomain.core.errors import UserError
from xdomain.datasets.temporal_shape.clipset import ClipSet, split
from xdomain.specs.shapes import ShapeRun
from xdomain.specs.spec import EAGER
from xdomain.training.data import Batch, ClipShape, DeviceClips
from xdomain.training.fit import classifier
from xdomain.training.trainer import compute, seed_everything_for

EPOCHS = 2  # of a training: the first one warms up, the second counts


def run(report: Report, scale: Scale) -> None:
    """Measure all of it, the epochs first: the bill needs them."""
    clips = source_clips(spec_of(scale.models[0], scale.sizes[0], scale))
    for model in scale.models:
        for hidden in scale.sizes:
            what = f"epoch of {model} h={hidden}"
            if not report.has_time_for(what):
                continue
            try:
                _epoch(report, spec_of(model, hidden, scale, max_epochs=EPOCHS), clips)
            except RuntimeError as error:
                report.leave_out(what, error)
    torch.use_deterministic_algorithms(True, warn_only=True)  # as a training sets it on a GPU
    device = torch.device("cuda" if compute().accelerator == "gpu" else "cpu")
    for model in scale.models:
        for hidden in scale.sizes:
            for precision in scale.precisions:
                _step(report, spec_of(model, hidden, scale), precision, clips, device, scale.step_seconds)
    # Beside the eager ones, in the precision that the recipe has on a GPU; what takes longest to prepare last.
    for step, sizes in (("graph", scale.captured_sizes), ("compile", scale.compiled_sizes)):
        for model in scale.captured:
            for hidden in sizes:
                spec = spec_of(model, hidden, scale, step=step)
                _step(report, spec, scale.captured_precision, clips, device, scale.step_seconds)


def _epoch(report: Report, spec: ShapeRun, clips: ClipSet) -> None:
    def second(clock: Clock) -> None:
        if len(clock.epochs) == EPOCHS:
            raise Enough

    clock = Clock(second)
    with tempfile.TemporaryDirectory() as folder:
        train(spec, clips, Path(folder), clock)
    first, last = clock.epochs
    report.add(
        kind="epoch",
        model=spec.model.name,
        hidden=spec.model.hidden,
        seconds=last - first,
        clips_per_second=spec.data.train_clips / (last - first),
    )


def _step(report: Report, spec: ShapeRun, precision: str, clips: ClipSet, device: torch.device, seconds: float) -> None:
    what = f"{spec.train.step} step of {spec.model.name} h={spec.model.hidden} {precision}"
    if not report.has_time_for(what):
        return
    try:
        taken = _measured(spec, precision, clips, device, seconds)
    except (RuntimeError, UserError) as error:
        report.leave_out(what, error)
        return
    report.add(
        kind="step",
        model=spec.model.name,
        hidden=spec.model.hidden,
        precision=precision,
        step=spec.train.step,
        seconds=taken.seconds,
        gpu_share=taken.gpu_share,
        clips_per_second=spec.train.batch_size / taken.seconds,
        # What a captured step holds in its graphs is not counted as allocated.
        peak_mb=taken.peak_bytes / 1e6 if taken.peak_bytes and spec.train.step == EAGER else None,
    )


def _measured(spec: ShapeRun, precision: str, clips: ClipSet, device: torch.device, seconds: float) -> Step:
    seed_everything_for(spec, compute())
    chosen, _ = split(len(clips), spec.data.train_clips, spec.data.split_seed)
    _, frames, side, _ = clips.clips.shape  # (N, T, H, W)
    module = classifier(spec, ClipShape(frames, side, 1, len(clips.info["class_counts"])), None).to(device)
    dataset = DeviceClips(clips.clips[chosen], clips.labels[chosen], device)

    def batch() -> Batch:
        return dataset[torch.randint(len(dataset), (spec.train.batch_size,), device=device)]

    with arithmetic(precision):
        return measure(stepper(module, batch, precision, device), device, seconds)
