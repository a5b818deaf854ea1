"""Mask R-CNN (arXiv:1703.06870), the paper's own diver finder, as a model that mmengine trains.

    maskrcnn-r50      ResNet-50 with a feature pyramid, as torchvision has it
    maskrcnn-small    five small stages and narrow heads; for CPUs

torchvision's weights for COCO fit maskrcnn-r50: of its classes the background and the person are taken, who becomes the
diver. With weights to begin from, statistics of the normalisation stay what they are, and so does ResNet's beginning.
"""

import itertools
from collections import OrderedDict
from pathlib import Path
from typing import Any

import cv2
import torch
from mmengine.model import BaseModel
from mmengine.registry import MODELS as REGISTRY
from mmengine.structures import PixelData
from torch import Tensor, nn

from segment.masks.clip_masks import HEIGHT, THRESHOLD, WIDTH
from segment.masks.instances import Diver, reduce_divers
from segment.network.models import CLASSES
from segment.network.torchvision_ops import load_detection
from xdomain.core.errors import UserError

LEAST_SCORE = 0.05  # as in torchvision; how sure a diver has to be is chosen after each training
LIKELY = 0.5  # so sure are the divers whose pixels are measured while it trains
MOST = 20  # detections in a frame
SMALL_OVERLAP = 0.3  # IoU from which the less sure of two boxes is none; at torchvision's 0.5 parts of divers stay
AGREEING = 0.5  # IoU from which boxes are of the same diver, whose box is their average
SMALL_ANCHORS = (16, 32, 64, 128, 256)  # pixels, one for each level: half of torchvision's, for half as large frames
STEM = ("conv1.", "bn1.", "layer1.")  # of ResNet, kept as pretrained


@REGISTRY.register_module()
class MaskRCNN(BaseModel):
    """Takes frames normalised by ImageNet; `frozen` keeps the statistics and the stem of pretrained weights."""

    def __init__(self, backbone: str, frozen: bool = False, data_preprocessor: dict[str, Any] | None = None) -> None:
        super().__init__(data_preprocessor)
        self.detector: Any = _resnet50() if backbone == "resnet50" else _small()
        self.frozen = frozen
        if frozen:
            body = self.detector.backbone.body
            statistics = [part.parameters() for part in body.modules() if isinstance(part, nn.BatchNorm2d)]
            stem = [weight for name, weight in body.named_parameters() if name.startswith(STEM)]
            for weight in (*stem, *itertools.chain(*statistics)):
                weight.requires_grad_(False)

    def train(self, mode: bool = True) -> "MaskRCNN":
        """Set the mode; frozen statistics stay in evaluation."""
        super().train(mode)
        for module in self.modules():
            if self.frozen and isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, inputs: Tensor, data_samples: list[Any] | None = None, mode: str = "tensor") -> Any:
        """Return the losses of frames (B, 3, H, W) where `mode` is loss, else the samples with the divers found."""
        assert data_samples is not None, "mmengine gives the samples"
        if mode == "loss":
            return self.detector(list(inputs), [_target(sample.gt_sem_seg.data[0]) for sample in data_samples])
        for sample, divers in zip(data_samples, self.find(inputs), strict=True):
            sample.divers = divers
            pixels, _ = reduce_divers(diver for diver in divers or () if diver.confidence > LIKELY)
            sample.pred_sem_seg = PixelData(data=torch.from_numpy(pixels)[None].long().to(inputs.device))
        return data_samples

    def find(self, inputs: Tensor) -> list[list[Diver] | None]:
        """Find the divers in normalised frames (B, 3, H, W), at the working size; None where a value is not finite.

        A diver's pixels are those above 0.4, and its box is the network's, outside which every probability is 0: the
        paper's two thresholds.
        """
        detector, size = self.detector, (inputs.shape[2], inputs.shape[3])
        images, _ = detector.transform(list(inputs), None)
        features = detector.backbone(images.tensors)
        sound = torch.stack([level.isfinite().flatten(1).all(1) for level in features.values()]).all(0).tolist()
        proposals, _ = detector.rpn(images, features, None)
        detections, _ = detector.roi_heads(features, proposals, images.image_sizes, None)
        detections = detector.transform.postprocess(detections, images.image_sizes, [size] * len(inputs))
        return [_divers(found, size) if fine else None for found, fine in zip(detections, sound, strict=True)]


def _detector(backbone: nn.Module, **settings: Any) -> Any:
    detection = load_detection()
    from torchvision.models.detection.transform import GeneralizedRCNNTransform

    class AsGiven(GeneralizedRCNNTransform):
        """Frames come resized and normalised."""

        def resize(self, image: Tensor, target: Any = None) -> tuple[Tensor, Any]:
            return image, target

        def normalize(self, image: Tensor) -> Tensor:
            return image

    detector = detection.MaskRCNN(backbone, box_score_thresh=LEAST_SCORE, box_detections_per_img=MOST, **settings)
    detector.transform = AsGiven(HEIGHT, WIDTH, [0.0] * 3, [1.0] * 3)
    return detector


def _resnet50() -> Any:
    load_detection()
    from torchvision.models import resnet50
    from torchvision.models.detection.backbone_utils import BackboneWithFPN

    layers = {f"layer{number}": str(number - 1) for number in (1, 2, 3, 4)}
    return _detector(
        BackboneWithFPN(resnet50(weights=None), layers, [256, 512, 1024, 2048], 256), num_classes=len(CLASSES)
    )


def _small() -> Any:
    """Build a million weights: strides 4, 8, 16 and 32, and heads that see few regions.

    Normalised convolutions over 14x14 bins place a box more tightly than torchvision's two layers over 7x7.
    """
    load_detection()
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    from torchvision.models.detection.backbone_utils import BackboneWithFPN
    from torchvision.models.detection.faster_rcnn import FastRCNNConvFCHead, FastRCNNPredictor
    from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
    from torchvision.ops import MultiScaleRoIAlign

    def stage(inside: int, outside: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, padding=1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
        )

    widths = (3, 12, 16, 32, 48, 64)
    stages = [(f"stage{number}", stage(*widths[number : number + 2])) for number in range(5)]
    levels = {f"stage{number}": str(number - 1) for number in (1, 2, 3, 4)}
    width, hidden = 32, 128
    backbone = BackboneWithFPN(nn.Sequential(OrderedDict(stages)), levels, list(widths[2:]), width)
    detector = _detector(
        backbone,
        box_roi_pool=MultiScaleRoIAlign(["0", "1", "2", "3"], 14, 2),
        box_head=FastRCNNConvFCHead((width, 14, 14), (width, width), (hidden,), norm_layer=nn.BatchNorm2d),
        box_predictor=FastRCNNPredictor(hidden, len(CLASSES)),
        mask_head=MaskRCNNHeads(width, (width, width), 1),
        mask_predictor=MaskRCNNPredictor(width, width, len(CLASSES)),
        rpn_anchor_generator=AnchorGenerator(tuple((size,) for size in SMALL_ANCHORS), ((0.5, 1.0, 2.0),) * 5),
        rpn_pre_nms_top_n_train=300,
        rpn_pre_nms_top_n_test=200,
        rpn_post_nms_top_n_train=200,
        rpn_post_nms_top_n_test=50,
        rpn_batch_size_per_image=64,
        box_batch_size_per_image=48,
    )
    _average_boxes(detector)
    return detector


def _average_boxes(detector: Any) -> None:
    """Let boxes that agree vote on a diver's box (arXiv:1505.01749, section 3), not the surest alone decide."""
    from torchvision.ops import boxes as operators

    heads = detector.roi_heads
    heads.nms_thresh, heads.detections_per_img = 1.0, detector.rpn.post_nms_top_n()  # every box is given
    give = heads.postprocess_detections

    def vote(*outputs: Any) -> tuple[list[Tensor], ...]:
        found: tuple[list[Tensor], ...] = ([], [], [])
        for boxes, scores, labels in zip(*give(*outputs), strict=True):  # (N, 4), (N,), (N,)
            kept = operators.nms(boxes, scores, SMALL_OVERLAP)[:MOST]  # the surest first
            votes = (operators.box_iou(boxes[kept], boxes) >= AGREEING) * scores  # (K, N)
            average = votes @ boxes / votes.sum(1, keepdim=True)
            for part, values in zip(found, (average, scores[kept], labels[kept]), strict=True):
                part.append(values)
        return found

    heads.postprocess_detections = vote


def _target(instances: Tensor) -> dict[str, Tensor]:
    """Make torchvision's target of a map (H, W) of 0 and of the divers' numbers."""
    masks = torch.stack([instances == number for number in (1, 2)])  # (2, H, W)
    masks = masks[masks.flatten(1).any(1)]
    boxes = torch.empty((len(masks), 4), device=instances.device)
    for box, mask in zip(boxes, masks, strict=True):
        rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
        box[:] = torch.stack([columns[0, 0], rows[0, 0], columns[-1, 0] + 1, rows[-1, 0] + 1])
    labels = torch.ones(len(masks), dtype=torch.int64, device=instances.device)
    return {"boxes": boxes, "labels": labels, "masks": masks.to(torch.uint8)}


def _divers(found: dict[str, Tensor], size: tuple[int, int]) -> list[Diver]:
    """Bring a frame's detections, (K, 4) boxes and (K, 1, h, w) masks, to the working size."""
    scale = torch.tensor([WIDTH / size[1], HEIGHT / size[0]] * 2)
    limits = torch.tensor([WIDTH, HEIGHT] * 2)
    boxes = torch.minimum((found["boxes"].float().cpu() * scale).clamp(min=0), limits)
    divers = []
    for box, score, mask in zip(boxes.tolist(), found["scores"].tolist(), found["masks"], strict=True):
        if box[2] - box[0] >= 1 and box[3] - box[1] >= 1:
            probability = cv2.resize(mask[0].float().cpu().numpy(), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
            divers.append(Diver((box[0], box[1], box[2], box[3]), score, probability > THRESHOLD))
    return divers


def load_pretrained(network: nn.Module, model: str, state: dict[str, Tensor], path: Path) -> int:
    """Begin from torchvision's or our own weights of a Mask R-CNN, or from those of its ResNet alone.

    Of COCO's classes the first two are taken: background and person. Returns how many tensors were taken.

    Raises:
        UserError: the weights are of another architecture.
    """
    detector: Any = network.detector
    state = {name.removeprefix("detector."): value for name, value in state.items()}
    body = not any(name.startswith("backbone.") for name in state)
    if body:
        state = {f"backbone.body.{name}": value for name, value in state.items() if not name.startswith("fc.")}
    own = detector.state_dict()
    for name, value in state.items():
        if name.startswith("roi_heads.") and name in own and value.ndim and value.shape[1:] == own[name].shape[1:]:
            state[name] = value[: len(own[name])]
    try:
        missing, unknown = detector.load_state_dict(state, strict=False)  # knows the names of earlier versions
    except RuntimeError as error:
        raise UserError(
            f"{path} holds weights of another architecture than {model}. Give weights of {model}."
        ) from error
    missing = [
        name
        for name in missing
        if not name.endswith("num_batches_tracked") and (name.startswith("backbone.body.") or not body)
    ]
    if missing or unknown:
        example = f"it lacks {missing[0]}" if missing else f"it has {unknown[0]}"
        raise UserError(
            f"{path} holds weights of another architecture than {model}: {example}. Give weights of {model}."
        )
    return len(state)
