"""Part `diving`: a step of each Diving48 model at the paper's batch, and the clips a second that its loaders owe it."""

import torch

from benchmarks.gpu.measure import arithmetic, measure, stepper
from benchmarks.gpu.report import Report
from benchmarks.gpu.scale import Scale
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48
from xdomain.training.data import Batch, ClipShape
from xdomain.training.fit import classifier
from xdomain.training.trainer import compute, seed_everything_for
from xdomain.training.video_data import prepare

GPUS = 8  # that the paper's trainings ran on


def run(report: Report, scale: Scale) -> None:
    """Measure each distinct model of the experiments, in the recipe's precision and in bf16."""
    torch.use_deterministic_algorithms(True, warn_only=True)  # as a training sets it on a GPU
    device = torch.device("cuda" if compute().accelerator == "gpu" else "cpu")
    for precision in ("16-mixed", "bf16-mixed"):
        for name in scale.diving:
            what = f"{name} {precision}"
            if precision not in scale.precisions or not report.has_time_for(what):
                continue
            try:
                _step(report, diving48.training(name, hidden=scale.diving_hidden), precision, device, scale)
            except RuntimeError as error:
                report.leave_out(what, error)
            if device.type == "cuda":
                torch.cuda.empty_cache()


def _step(report: Report, spec: RunSpec, precision: str, device: torch.device, scale: Scale) -> None:
    seed_everything_for(spec, compute())
    frames, side, batch = scale.diving_frames, scale.diving_side, scale.diving_batch
    module = classifier(spec, ClipShape(frames, side, 3, diving48.CLASSES), prepare).to(device)
    # As a loader hands them over: pixels in pinned memory, which the device flips and normalises.
    pixels = torch.randint(256, (batch, frames, side, side, 3), dtype=torch.uint8)
    labels, flips = torch.arange(batch) % diving48.CLASSES, torch.arange(batch) % 2 == 0
    held = tuple(tensor.pin_memory() if device.type == "cuda" else tensor for tensor in (pixels, labels, flips))

    def clips() -> Batch:
        moved = tuple(tensor.to(device, non_blocking=True) for tensor in held)
        return module.on_after_batch_transfer(moved, 0)

    with arithmetic(precision):
        taken = measure(stepper(module, clips, precision, device), device, scale.step_seconds)
    clip_rate = batch / taken.seconds
    report.add(
        kind="diving step",
        model=spec.model.name,
        hidden=spec.model.hidden,
        precision=precision,
        seconds=taken.seconds,
        gpu_share=taken.gpu_share,
        clips_per_second=clip_rate,
        peak_mb=taken.peak_bytes and taken.peak_bytes / 1e6,
        loader_clips_per_second=GPUS * clip_rate,
        loader_mb_per_second=GPUS * clip_rate * pixels[0].nbytes / 1e6,
    )
