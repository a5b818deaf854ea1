"""A trained diver network as a function from frames to probabilities."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch.nn import functional

from segment.masks.mask_set import HEIGHT, WIDTH
from segment.masks.rules import Rules
from segment.network.spec import SegmentSpec
from segment.network.weights import build, load_all, read, state_of
from xdomain.core.errors import UserError


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

    @torch.inference_mode()
    def probabilities(self, frames: np.ndarray) -> np.ndarray:
        """Predict diver probabilities of (B, 369, 492, 3) uint8 RGB frames: (B, 369, 492) float32."""
        size = (self.spec.width, self.spec.height)
        inputs = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames])
        batch = torch.from_numpy(inputs).to(self.device).permute(0, 3, 1, 2).float()  # (B, 3, H, W)
        preprocessor = self.network.data_preprocessor
        with torch.autocast(self.device.type, enabled=self.device.type == "cuda"):
            normal = (batch - preprocessor.mean) / preprocessor.std
            logits = self.network.encode_decode(normal, [{"img_shape": inputs.shape[1:3]}])  # (B, 2, H, W)
        evidence = (logits[:, 1:] - logits[:, :1]).float()
        evidence = functional.interpolate(evidence, (HEIGHT, WIDTH), mode="bilinear", align_corners=False)
        return evidence.sigmoid()[:, 0].cpu().numpy()
