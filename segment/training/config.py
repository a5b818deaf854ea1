"""mmengine's configuration of a training: data, optimisation and validation, from a `SegmentSpec`."""

from pathlib import Path
from typing import Any

from segment.network.models import finds_instances, model_config
from segment.network.spec import SegmentSpec
from xdomain.core.shared_memory import STALL

WARM_UP = 0.05  # of the iterations, in which the learning rate rises to its full value


def configuration(
    spec: SegmentSpec, frames: Path, split: dict[str, Any], done: int, workers: int, gpu: bool
) -> dict[str, Any]:
    """Configure the iterations from `done` on.

    Args:
        spec: the training.
        frames: the folder with images and masks.
        split: the names of the `train` and the `val` frames.
        done: iterations before an interruption.
        workers: loading processes.
        gpu: computes in 16-bit mixed precision; a CPU in 32-bit.
    """
    model, instances = model_config(spec.model), finds_instances(spec.model)
    size, crop = (spec.height, spec.width), (min(spec.crop, spec.height), min(spec.crop, spec.width))
    augmentation = [
        {
            "type": "RandomResize",
            "scale": size[::-1],
            "ratio_range": (spec.scale_min, spec.scale_max),
            "keep_ratio": True,
        },
        {"type": "RandomCrop", "crop_size": crop},
        {"type": "RandomFlip", "prob": 0.5},
        {"type": "PhotoMetricDistortion"},
        {"type": "PackSegInputs"},
    ]
    loader = {
        "num_workers": workers,
        "persistent_workers": workers > 0,
        "timeout": STALL if workers else 0,
        "sampler": {"type": "DefaultSampler", "shuffle": False},
    }
    warm_up = max(1, round(WARM_UP * spec.iterations))
    return {
        "default_scope": "mmseg",
        "experiment_name": spec.id.replace("/", "-"),
        "model": model
        | ({"frozen": bool(spec.pretrained)} if instances else {})
        | {"data_preprocessor": model["data_preprocessor"] | {"size": crop}},
        "train_dataloader": loader
        | {
            "batch_size": spec.batch_size,
            "dataset": {
                "type": "TrainingFrames",
                "folder": str(frames),
                "names": split["train"],
                "size": size,
                "pipeline": augmentation,
                "seed": spec.seed,
                "samples": spec.iterations * spec.batch_size,
                "skip": done * spec.batch_size,
                "instances": instances,
            },
        },
        "val_dataloader": loader
        | {
            "batch_size": 1,
            "dataset": {"type": "ValidationFrames", "folder": str(frames), "names": split["val"], "size": size},
        },
        "val_evaluator": [
            {"type": "InstanceBoxIoU" if instances else "BoxIoU"},
            {"type": "IoUMetric", "iou_metrics": ["mIoU"]},
        ],
        "train_cfg": {"by_epoch": False, "max_iters": spec.iterations, "val_interval": spec.val_interval},
        "val_cfg": {"fp16": gpu},
        "optim_wrapper": {
            "type": "AmpOptimWrapper" if gpu else "OptimWrapper",
            "optimizer": {"type": "AdamW", "lr": spec.lr, "weight_decay": 0.01},
        },
        "param_scheduler": [
            {"type": "LinearLR", "start_factor": 0.01, "by_epoch": False, "begin": 0, "end": warm_up},
            {"type": "PolyLR", "power": 0.9, "by_epoch": False, "begin": warm_up, "end": spec.iterations},
        ],
        "default_hooks": {"logger": None, "checkpoint": None},
        "env_cfg": {"cudnn_benchmark": gpu, "mp_cfg": {"mp_start_method": "fork", "opencv_num_threads": 0}},
        "visualizer": {"type": "Visualizer", "vis_backends": []},
        "randomness": {"seed": spec.seed},
        "log_level": "ERROR",
    }
