"""Labelled frames as mmengine trains and validates on them, and the box IoU as one of its metrics.

What training sample number k shows depends on the seed and k alone: neither the number of loading processes nor
an interruption changes it.
"""

import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.dataset import Compose
from mmengine.evaluator import BaseMetric
from mmengine.registry import DATASETS, METRICS
from torch.utils.data import Dataset

from segment.masks.boxiou import reference_box_iou
from segment.masks.confidence import choose_threshold, pairs_by_threshold
from segment.masks.divers import instance_boxes
from segment.masks.rules import Rules
from segment.network.models import CLASSES
from segment.network.predict import Instances, Prediction, Probabilities
from segment.training.frames import LabelledFrame, list_frames, read_frames

ANY_CONFIDENCE = Rules(min_confidence=0)


class _Frames(Dataset):
    """The frames of these names, at the working size in memory."""

    def __init__(self, folder: str, names: list[str], size: tuple[int, int]) -> None:
        self.frames = read_frames([pair for pair in list_frames(Path(folder)) if pair[0].stem in set(names)])
        self.height, self.width = size

    @property
    def metainfo(self) -> dict[str, Any]:
        """What mmseg's metrics ask for."""
        return {"classes": CLASSES}

    def fields(self, frame: LabelledFrame, divers: np.ndarray) -> dict[str, Any]:
        """Return what mmseg's transforms pass on: the frame at the network's size and its (H, W) map of 0 and 1."""
        image = cv2.resize(frame.image, (self.width, self.height), interpolation=cv2.INTER_AREA)
        return {
            "img": image,  # (H, W, 3)
            "img_shape": image.shape[:2],
            "ori_shape": divers.shape,
            "gt_seg_map": divers,
            "seg_fields": ["gt_seg_map"],
        }


@DATASETS.register_module()
class TrainingFrames(_Frames):
    """`samples` augmented frames; the first `skip` were trained on before an interruption and stay empty."""

    def __init__(
        self,
        folder: str,
        names: list[str],
        size: tuple[int, int],
        pipeline: list[dict],
        seed: int,
        samples: int,
        skip: int,
        instances: bool = False,
    ) -> None:
        super().__init__(folder, names, size)
        self.pipeline = Compose(pipeline)
        self.seed, self.samples, self.skip = seed, samples, skip
        self.instances = instances  # the map has the divers' numbers, not 1 for all of them

    def __len__(self) -> int:
        return self.samples

    def __getitem__(self, number: int) -> dict[str, Any]:
        if number < self.skip:
            return {}
        if number >= self.samples:
            raise IndexError(number)
        epoch, place = divmod(number, len(self.frames))
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.frames))
        frame = self.frames[order[place]]
        pixels = frame.instances if self.instances else (frame.instances > 0).astype(np.uint8)
        divers = cv2.resize(pixels, (self.width, self.height), interpolation=cv2.INTER_NEAREST_EXACT)
        # mmseg's transforms draw from numpy's global generator
        np.random.seed(number_seed(self.seed, number))
        return self.pipeline(self.fields(frame, divers))


@DATASETS.register_module()
class ValidationFrames(_Frames):
    """Whole frames, with the true divers at the working size."""

    def __init__(self, folder: str, names: list[str], size: tuple[int, int]) -> None:
        super().__init__(folder, names, size)
        self.pipeline = Compose([{"type": "PackSegInputs", "meta_keys": ("ori_shape", "img_shape", "boxes")}])

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, number: int) -> dict[str, Any]:
        frame = self.frames[number]
        divers = (frame.instances > 0).astype(np.uint8)
        return self.pipeline(self.fields(frame, divers) | {"boxes": instance_boxes(frame.instances)})


def number_seed(seed: int, number: int) -> int:
    """Derive a seed of 32 bits for the `number`-th draw of a run."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{number}".encode()).digest()[:4], "little")


@METRICS.register_module()
class BoxIoU(BaseMetric):
    """segment/masks/boxiou.py over the validation frames, divers found as inference finds them.

    How sure a detection has to be is chosen on the same frames (masks/confidence.py), and goes with the network.
    """

    def process(self, data_batch: Any, data_samples: list[dict]) -> None:
        """Find the divers of each frame, and pair them with the true ones."""
        for sample in data_samples:
            probability = sample["seg_logits"]["data"].float().softmax(dim=0)[1]  # (2, H, W) to (H, W)
            self.add(Probabilities(probability.cpu().numpy()), sample["boxes"])

    def add(self, prediction: Prediction, true: np.ndarray) -> None:
        """Note a frame's prediction beside its true boxes (M, 4)."""
        _, boxes = prediction.divers(ANY_CONFIDENCE)
        self.results.append((pairs_by_threshold(boxes, true), reference_box_iou(boxes, true)))

    def compute_metrics(self, results: list[tuple[np.ndarray, float | None]]) -> dict[str, float]:
        """Choose the threshold over all frames; return it with its box IoU, and the box IoU as the paper has it."""
        confidence, box_iou = choose_threshold(np.sum([pairs for pairs, _ in results], axis=0))
        as_published = [iou for _, iou in results if iou is not None]
        reference = float(np.mean(as_published)) if as_published else 0.0
        return {"box_iou": box_iou, "confidence": confidence, "reference_box_iou": reference}


@METRICS.register_module()
class InstanceBoxIoU(BoxIoU):
    """The same for divers found one by one."""

    def process(self, data_batch: Any, data_samples: list[dict]) -> None:
        """Pair the divers of each frame with the true ones."""
        for sample in data_samples:
            self.add(Instances(sample["divers"]), sample["boxes"])
