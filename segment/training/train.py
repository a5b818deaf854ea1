"""Train a diver network on labelled frames, with mmengine's Runner; the same call continues or finds it finished.

The reference trained a Mask R-CNN on 290 frames and reports 93 % box IoU on the 13 others. maskrcnn-r50 is that
network, and needs torchvision; the others segment diver against background and take connected groups of pixels for
divers (segment/masks/divers.py says what that costs). The domains need pixels and boxes, which both ways give.

runs/segment/<tag or model>/
    spec.json          the SegmentSpec, written before work starts
    split.json         which frames train and which validate, and the SHA-256 of all of them
    config.py          mmengine's configuration
    metrics.csv        one row per validation
    checkpoints/       best.pth (weights and spec, what inference reads) and last.pth (to resume from)
    attempts.jsonl     when it started, where, and how each attempt ended
    curves.png         loss, box IoU and mIoU over the iterations
    samples.png        validation frames with the true and the found divers
    result.json        written last, completely or not at all: only this file means finished
"""

import hashlib
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from segment.network import weights
from segment.network.mmcv_ops import load_mmseg
from segment.network.models import finds_instances, model_config
from segment.network.predict import DiverNetwork
from segment.network.spec import SegmentSpec
from segment.network.torchvision_ops import load_detection
from segment.training import overlays
from segment.training.config import configuration
from segment.training.frames import list_frames, read_frame, split_frames
from segment.training.hooks import BEST, LAST, Begin, Record, Repeatable
from xdomain.core.claims.claim import claimed
from xdomain.core.errors import UserError
from xdomain.core.files import read_json, sha256, write_json, write_or_compare, write_text
from xdomain.core.record import read_record
from xdomain.core.roots import data_root, runs_root
from xdomain.core.shared_memory import workers_here
from xdomain.models.zoo.libraries import declare_operators
from xdomain.runs.attempt_record import provenance_of_attempts, recorded_attempt
from xdomain.runs.provenance import provenance
from xdomain.runs.run_folder import FINISHED, RESULT_FORMAT, RunFolder
from xdomain.schema.result import Result

BYTES_PER_PIXEL = 3 + 8  # of a training sample: colours, and a class as an integer of 64 bits
LIBRARIES = ("mmsegmentation", "mmengine", "mmcv-lite")


def train(spec: SegmentSpec, workers: int = 0) -> dict[str, Any]:
    """Train `spec` in its run folder and return its result; a finished run returns what it has.

    `workers` processes augment frames beside this one; they change no result.

    Raises:
        AlreadyClaimed: another live process works on it.
        UserError: its folder holds another run, or frames or weights are missing or unfit.
        Interrupted: asked to stop; the same call continues.
    """
    spec.check()
    folder = RunFolder(runs_root() / spec.id)
    with claimed(folder.claim_file):
        _write_spec(spec, folder)
        if folder.is_finished():
            return _result(folder)
        with recorded_attempt(folder, _device(), gpus=torch.cuda.device_count()) as attempt:
            _train(spec, folder, attempt.number, workers)
            attempt.outcome = FINISHED
        return _result(folder)


def _result(folder: RunFolder) -> dict[str, Any]:
    return read_record(Result, folder.result_file, "Remove it and train again.")[1]


def _write_spec(spec: SegmentSpec, folder: RunFolder) -> None:
    """Say what this run is, before any work; refuse to mix two different runs in one folder."""
    if not folder.spec_file.exists():
        write_json(folder.spec_file, spec.to_dict())
    theirs, ours = SegmentSpec.from_dict(read_json(folder.spec_file)).to_dict(), spec.to_dict()
    if differing := [name for name in ours if theirs[name] != ours[name]]:
        shown = ", ".join(f"{name} is {theirs[name]} there and {ours[name]} here" for name in differing)
        raise UserError(
            f"{folder.path} holds a different training ({shown}). "
            "Give this one another --tag, or move that folder away."
        )


def _train(spec: SegmentSpec, folder: RunFolder, attempt: int, workers: int) -> None:
    began = datetime.now(UTC)
    torch.set_num_threads(spec.cpu_threads)
    model_config(spec.model)  # refuses an unknown name before anything is read
    libraries: tuple[str, ...] = LIBRARIES
    if finds_instances(spec.model):
        load_detection()  # refuses where there is none
        libraries += ("torchvision",)
    pretrained = weights.fetch(spec.pretrained) if spec.pretrained else None
    frames = data_root() / spec.dataset / "frames"
    split = _split(spec, frames, folder)
    last = folder.checkpoints / LAST
    folder.checkpoints.mkdir(exist_ok=True)
    begun_with = sha256(pretrained) if pretrained else None
    done = _iterations_done(last, begun_with, folder)
    if done < spec.iterations:
        if workers:
            workers = workers_here(workers, spec.batch_size * spec.crop**2 * BYTES_PER_PIXEL)
        if done:
            print(f"Continuing after iteration {done}, from {last}.", flush=True)
        record = Record(spec, folder.checkpoints, folder.metrics_file, begun_with)
        hooks = (Begin(spec.model, pretrained), Repeatable(spec.seed), record)
        load_mmseg()
        config = Config(configuration(spec, frames, split, done, workers, gpu=torch.cuda.is_available()))
        write_text(folder.path / "config.py", config.pretty_text)
        with tempfile.TemporaryDirectory() as scratch:  # for mmengine's own logs, which say nothing more
            places = {"work_dir": scratch, "load_from": str(last) if done else None, "resume": done > 0}
            declare_operators()  # mmengine notes torchvision's version
            runner = Runner.from_cfg(Config(config.to_dict() | places))
            for hook in hooks:
                runner.register_hook(hook)
            runner.train()
    rows = weights.read(last)["rows"]
    best = max(rows, key=lambda row: row["box_iou"])  # the earliest of equals
    network = DiverNetwork(folder.checkpoints / BEST)
    held_out = [read_frame(*pair) for pair in list_frames(frames) if pair[0].stem in split["val"]]
    overlays.curves(rows, folder.path / "curves.png")
    overlays.samples(network, held_out, folder.path / "samples.png")
    result = {
        "format": RESULT_FORMAT,
        "id": spec.id,
        "status": FINISHED,
        "box_iou": best["box_iou"],
        "confidence": network.rules.min_confidence,
        "reference_box_iou": best.get(
            "reference_box_iou"
        ),  # an earlier version that was interrupted did not measure it
        "miou": best["miou"],
        "best_iteration": best["iteration"],
        "frames": {"train": len(split["train"]), "val": len(split["val"]), "sha256": split["sha256"]},
        "parameters": sum(p.numel() for p in network.network.parameters() if p.requires_grad),
        "checkpoint_sha256": sha256(folder.checkpoints / BEST),
        "pretrained_sha256": begun_with,
        "seconds": round(sum(row["seconds"] for row in rows), 1),
        "provenance": provenance(_device()),
        "provenance_of_attempts": provenance_of_attempts(folder),
        "attempts": attempt,
        "started": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    result["provenance"]["libraries"] |= {name: version(name) for name in libraries}
    write_json(folder.result_file, result)
    last.unlink()  # nothing will resume from it


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def _iterations_done(last: Path, pretrained_sha256: str | None, folder: RunFolder) -> int:
    """Return the iterations behind the checkpoint to continue from, 0 if none; refuse other pretrained weights."""
    if not last.exists():
        return 0
    content = weights.read(last)
    then = content.get("pretrained_sha256", pretrained_sha256)  # earlier versions did not say
    if then != pretrained_sha256:
        raise UserError(
            f"{last} began with other pretrained weights ({then}) than are given now ({pretrained_sha256}). Give those "
            f"again to continue, or move {folder.path} away to begin anew."
        )
    return content["meta"]["iter"]


def _split(spec: SegmentSpec, frames: Path, folder: RunFolder) -> dict[str, Any]:
    """Return the split as written to split.json; refuse frames that changed since the run began."""
    pairs = list_frames(frames)
    digest = hashlib.sha256()
    for path in (path for pair in pairs for path in pair):
        digest.update(f"{path.name} {sha256(path)}\n".encode())
    train_names, val_names = split_frames([image.stem for image, _ in pairs], spec.val_frames, spec.split_seed)
    split = {"seed": spec.split_seed, "sha256": digest.hexdigest(), "train": train_names, "val": val_names}
    path = folder.path / "split.json"
    if not write_or_compare(path, split):
        raise UserError(
            f"The frames in {frames} are not those that {path} was made with when this training began. "
            "Put those back, or give a new training another --tag."
        )
    return split
