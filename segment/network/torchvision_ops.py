"""torchvision's detection networks, also where its compiled half is of another build than torch.

The package index has torchvision for CUDA only, whose compiled half does not load beside a torch for CPUs. Two of its
operators are needed here: then OpenCV suppresses overlapping boxes, and regions are pooled by matrix products that give
what the compiled operator gives. Where the compiled half loads, it is used.
"""

import importlib
from collections.abc import Sequence
from typing import Any

import cv2
import torch
from torch import Tensor

from xdomain.models.zoo.libraries import load_torchvision


def load_detection() -> Any:
    """Import torchvision.models.detection.

    Raises:
        UserError: torchvision is not installed.
    """
    load_torchvision()
    detection = importlib.import_module("torchvision.models.detection")
    if not importlib.import_module("torchvision.extension")._has_ops():
        importlib.import_module("torchvision.ops.boxes").nms = nms  # type: ignore[attr-defined]
        for user in ("torchvision.ops.poolers", "torchvision.models.detection.roi_heads"):
            importlib.import_module(user).roi_align = roi_align  # type: ignore[attr-defined]
    return detection


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Keep boxes (N, 4) that overlap no surer one by more than a threshold: their numbers, the surest first."""
    if not len(boxes):
        return torch.empty(0, dtype=torch.int64, device=boxes.device)
    corners = boxes.detach().double().cpu()
    sides = torch.cat([corners[:, :2], corners[:, 2:] - corners[:, :2]], dim=1)  # x, y, width, height
    ranks = torch.empty(len(scores))  # in place of scores, which OpenCV wants to be positive
    ranks[scores.detach().cpu().argsort(stable=True)] = torch.arange(1.0, len(scores) + 1)
    kept = cv2.dnn.NMSBoxes(sides.tolist(), ranks.tolist(), 0.0, iou_threshold)
    return torch.as_tensor(kept, dtype=torch.int64, device=boxes.device).flatten()


def roi_align(
    input: Tensor,
    boxes: Tensor | list[Tensor],
    output_size: int | Sequence[int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """Average bilinear samples of regions of `input` (B, C, H, W) into bins (arXiv:1703.06870, section 3).

    Args:
        input: feature maps.
        boxes: (K, 5) with the map's number first, or (k, 4) for each map; x0, y0, x1, y1.
        output_size: bins down and across.
        spatial_scale: pixels of a map for one of the boxes'.
        sampling_ratio: samples along each side of a bin; -1 for as many as it has pixels.
        aligned: whether pixel centres lie at halves.

    Returns:
        (K, C, bins down, bins across).
    """
    down, across = (output_size, output_size) if isinstance(output_size, int) else output_size
    if isinstance(boxes, Tensor):
        maps, corners = boxes[:, 0].long(), boxes[:, 1:]
    else:
        maps = torch.cat([torch.full((len(own),), number) for number, own in enumerate(boxes)]).to(input.device)
        corners = torch.cat(list(boxes))
    corners = corners.detach().float() * spatial_scale - (0.5 if aligned else 0.0)
    x0, y0, x1, y1 = corners.unbind(1)
    rows = _weights(y0, y1, down, input.shape[2], sampling_ratio, aligned).to(input.dtype)  # (K, down, H)
    columns = _weights(x0, x1, across, input.shape[3], sampling_ratio, aligned).to(input.dtype)  # (K, across, W)
    if not len(input):  # of a frame without a diver there is no mask
        return input.new_empty((0, input.shape[1], down, across))
    parts = []
    for number in range(len(input)):
        own = (maps == number).nonzero()[:, 0]
        lines = torch.einsum("kqw,chw->kchq", columns[own], input[number])
        parts.append((own, torch.einsum("kph,kchq->kcpq", rows[own], lines)))
    order = torch.cat([own for own, _ in parts]).argsort()
    return torch.cat([values for _, values in parts])[order]


def _weights(low: Tensor, high: Tensor, bins: int, length: int, sampling_ratio: int, aligned: bool) -> Tensor:
    """Weigh the pixels of one axis for each bin of each region: (K, bins, length), the mean of a bin's samples."""
    extent = high - low if aligned else (high - low).clamp(min=1)  # (K,)
    size = extent / bins
    samples = torch.full_like(size, sampling_ratio) if sampling_ratio > 0 else size.ceil().clamp(min=1)
    most = int(samples.max()) if len(samples) else 1
    step = torch.arange(most, device=low.device)  # (S,)
    within = (step + 0.5) / samples[:, None]  # (K, S), parts of a bin
    at = low[:, None, None] + (torch.arange(bins, device=low.device)[:, None] + within[:, None]) * size[:, None, None]
    counts = (step < samples[:, None])[:, None] & (at >= -1) & (at <= length)  # beyond the map's edge there is nothing
    at = at.clamp(0, length - 1)
    hats = (1 - (at[..., None] - torch.arange(length, device=low.device)).abs()).clamp(min=0)  # (K, bins, S, length)
    return (hats * counts[..., None]).sum(2) / samples[:, None, None]
