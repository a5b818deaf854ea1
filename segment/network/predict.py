"""A trained diver network as a function from frames to divers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from torch.nn import functional

from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.masks.divers import find_divers
from segment.masks.instances import Diver, reduce_divers
from segment.masks.rules import Rules
from segment.network.models import finds_instances
from segment.network.spec import SegmentSpec
from segment.network.weights import build, load_all, read, state_of
from xdomain.core.errors import UserError


class Prediction(Protocol):
    """What a network makes of one frame."""

    def is_finite(self) -> bool:
        """Tell whether it is of numbers; else it would seem to show no diver."""

    def divers(self, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
        """Reduce it as `find_divers` does: (369, 492) bool, and (K, 5) float32."""


@dataclass(frozen=True)
class Probabilities:
    """A probability for each pixel."""

    values: np.ndarray  # (369, 492) float32

    def is_finite(self) -> bool:
        """Tell whether all values are numbers."""
        return bool(np.isfinite(self.values).all())

    def divers(self, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
        """Take each connected group of pixels for a diver."""
        return find_divers(self.values, rules)


@dataclass(frozen=True)
class Instances:
    """Divers one by one."""

    found: list[Diver] | None  # None where the network computed something that is no number

    def is_finite(self) -> bool:
        """Tell whether the network computed with numbers."""
        return self.found is not None

    def divers(self, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
        """Keep those that are sure and large enough."""
        return reduce_divers(
            diver
            for diver in self.found or ()
            if diver.confidence >= rules.min_confidence
            and diver.mask is not None
            and diver.mask.sum() >= rules.min_area
        )


class DiverNetwork:
    """The weights of `best.pth`, on the GPU if there is one; `rules` say what counts as a diver in its output."""

    def __init__(self, checkpoint: Path) -> None:
        """Load a checkpoint that `segment train` wrote.

        Raises:
            UserError: it cannot be read, says nothing of its training, or its weights are another architecture's.
        """
        if not checkpoint.is_file():
            raise UserError(f"There is no checkpoint {checkpoint}. Train one with: python -m segment train.")
        content = read(checkpoint)
        if "spec" not in content:
            raise UserError(
                f"{checkpoint} was not written by `python -m segment train` (it has no spec). Weights from elsewhere "
                "are a beginning: give them to train --pretrained."
            )
        self.spec = SegmentSpec.from_dict(content["spec"])
        # chosen on the held-out frames; trainings of earlier versions chose none
        self.rules = Rules(min_confidence=content.get("validation", {}).get("confidence", Rules.min_confidence))
        self.network: Any = build(self.spec.model)  # mmseg's, which has no types
        load_all(self.network, self.spec.model, state_of(content, checkpoint), checkpoint)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network.eval().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def predict(self, frames: np.ndarray) -> list[Prediction]:
        """Predict the divers of (B, 369, 492, 3) uint8 RGB frames."""
        if finds_instances(self.spec.model):
            return [Instances(found) for found in self.instances(frames)]
        return [Probabilities(values) for values in self.probabilities(frames)]

    @torch.inference_mode()
    def instances(self, frames: np.ndarray) -> list[list[Diver] | None]:
        """Find the divers of (B, 369, 492, 3) uint8 RGB frames one by one; None where a value is no number."""
        return self.network.find(self._normalised(frames))

    @torch.inference_mode()
    def probabilities(self, frames: np.ndarray) -> np.ndarray:
        """Predict diver probabilities of (B, 369, 492, 3) uint8 RGB frames: (B, 369, 492) float32."""
        normal = self._normalised(frames)
        with torch.autocast(self.device.type, enabled=self.device.type == "cuda"):
            logits = self.network.encode_decode(normal, [{"img_shape": tuple(normal.shape[2:])}])  # (B, 2, H, W)
        evidence = (logits[:, 1:] - logits[:, :1]).float()
        evidence = functional.interpolate(evidence, (HEIGHT, WIDTH), mode="bilinear", align_corners=False)
        return evidence.sigmoid()[:, 0].cpu().numpy()

    def _normalised(self, frames: np.ndarray) -> torch.Tensor:
        """Bring (B, 369, 492, 3) frames to the network's size and values: (B, 3, H, W)."""
        size = (self.spec.width, self.spec.height)
        inputs = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames])
        batch = torch.from_numpy(inputs).to(self.device).permute(0, 3, 1, 2).float()
        preprocessor = self.network.data_preprocessor
        return (batch - preprocessor.mean) / preprocessor.std
