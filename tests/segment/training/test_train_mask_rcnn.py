"""Mask R-CNN in its small form: trained, resumed, finding divers one by one."""

import json
from pathlib import Path

import pytest
import torch
from support.drawn_frames import write_clips
from support.tiny_networks import tiny_network

from segment.inference.infer import infer_shard
from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.masks.mask_set import open_masks
from segment.network.torchvision_ops import load_detection
from segment.network.weights import build, load_pretrained, read, state_of
from segment.training.train import train
from xdomain.core.errors import Interrupted, UserError

TINY = tiny_network("maskrcnn-small", (72, 96), crop=64, iterations=4, lr=0.002)


@pytest.fixture(scope="module")
def trained(in_one_go) -> Path:
    """The folder of TINY, trained in one go."""
    return in_one_go(TINY)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "checkpoints/best.pth", weights_only=True)["state_dict"]


def test_a_training_says_both_box_ious_and_what_it_was_made_with(trained):
    result = json.loads((trained / "result.json").read_text())
    assert 0 <= result["box_iou"] <= 1
    assert 0 <= result["reference_box_iou"] <= 1
    assert "torchvision" in result["provenance"]["libraries"]
    header = (trained / "metrics.csv").read_text().splitlines()[0]
    assert "box_iou,confidence,reference_box_iou" in header


def test_stopped_it_continues_to_the_same_weights_whatever_the_workers(trained, runs, monkeypatch):
    monkeypatch.setattr("segment.training.hooks.asked_by", lambda: "SIGUSR2")
    with pytest.raises(Interrupted, match="after iteration 2"):
        train(TINY)
    monkeypatch.setattr("segment.training.hooks.asked_by", lambda: None)
    train(TINY, workers=1)
    one, other = weights(trained), weights(runs / TINY.id)
    assert one.keys() == other.keys()
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_it_finds_divers_in_clips_and_what_is_no_number_is_no_mask(trained, tmp_path):
    folder = tmp_path / "tiny"
    write_clips(folder, ["a_1"], 3)
    checkpoint = trained / "checkpoints/best.pth"
    for name in ("m", "again"):
        infer_shard(folder, name, checkpoint, frames=2, changed={"min_confidence": 0.0, "min_area": 1})
    masks = open_masks(folder / "masks/m", ["a_1"])
    assert masks["a_1"].masks.shape == (2, HEIGHT, WIDTH)
    assert masks.sha256 == open_masks(folder / "masks/again").sha256

    content = torch.load(checkpoint, weights_only=True)
    next(iter(content["state_dict"].values())).fill_(torch.nan)
    torch.save(content, tmp_path / "best.pth")
    summary = infer_shard(folder, "broken", tmp_path / "best.pth", frames=2)
    assert "NaN or infinite" in summary.failed["a_1"]


def test_of_coco_weights_the_background_and_the_person_are_taken(tmp_path):
    network, model = build("maskrcnn-small"), "maskrcnn-small"
    state = {name.removeprefix("detector."): value + 1 for name, value in network.state_dict().items()}
    heads = ("cls_score", "bbox_pred", "mask_fcn_logits")
    for name in [name for name in state if any(head in name for head in heads) and name.startswith("roi_heads.")]:
        rows = 91 * len(state[name]) // 2
        state[name] = (
            torch.arange(rows, dtype=torch.float32)
            .reshape(-1, *[1] * (state[name].ndim - 1))
            .expand(rows, *state[name].shape[1:])
        )
    path = tmp_path / "coco.pth"
    torch.save(state, path)
    load_pretrained(network, model, state_of(torch.load(path, weights_only=True), path), path)
    predictor = network.detector.roi_heads.box_predictor
    assert predictor.cls_score.bias.tolist() == [0, 1]
    assert predictor.bbox_pred.bias.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert torch.equal(network.detector.rpn.head.cls_logits.bias, state["rpn.head.cls_logits.bias"])

    del state["rpn.head.cls_logits.bias"]
    with pytest.raises(UserError, match=r"another architecture than maskrcnn-small: it lacks rpn.head.cls_logits.bias"):
        load_pretrained(network, model, state, path)


def test_boxes_that_agree_are_averaged_by_how_sure_they_are():
    """The surest (0.8) and one (0.4) that overlaps it by 2/3; a third overlaps it by 1/3 and is suppressed alone."""
    heads = build("maskrcnn-small").detector.roi_heads
    boxes = torch.tensor([[14.0, 10, 34, 50], [10, 10, 30, 50], [20, 10, 40, 50], [70, 10, 90, 50]])
    scores = torch.tensor([0.4, 0.8, 0.2, 0.6])
    logits = torch.stack([(1 - scores).log(), scores.log()], dim=1)
    found = heads.postprocess_detections(logits, torch.zeros(4, 8), [boxes], [(100, 100)])
    expected = torch.tensor([[10 + 4 / 3, 10, 30 + 4 / 3, 50], [70, 10, 90, 50]])
    torch.testing.assert_close(found[0][0], expected)
    torch.testing.assert_close(found[1][0], torch.tensor([0.8, 0.6]))
    assert found[2][0].tolist() == [1, 1]
    nothing = heads.postprocess_detections(torch.zeros(0, 2), torch.zeros(0, 8), [torch.zeros(0, 4)], [(100, 100)])
    assert nothing[0][0].shape == (0, 4)


@pytest.mark.slow
def test_a_file_of_torchvisions_own_network_fits(tmp_path):
    """Its weights are random, its names, shapes and 91 classes those of the published ones for COCO."""
    whole = load_detection().maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    path = tmp_path / "coco.pth"
    torch.save(whole, path)
    network = build("maskrcnn-r50")
    assert load_pretrained(network, "maskrcnn-r50", state_of(read(path), path), path) == len(whole)
    own = network.detector.state_dict()
    assert own.keys() == whole.keys()
    rows = {"cls_score": 2, "bbox_pred": 8, "mask_fcn_logits": 2}  # of 91 classes the background and the person
    for name, value in own.items():
        kept = rows.get(name.split(".")[-2]) if name.startswith("roi_heads.") else None
        assert torch.equal(value, whole[name] if kept is None else whole[name][:kept]), name

    body = {name.removeprefix("backbone.body."): value for name, value in whole.items() if "backbone.body." in name}
    torch.save(body | {"fc.weight": torch.ones(1)}, path)
    assert load_pretrained(network, "maskrcnn-r50", state_of(read(path), path), path) == len(body)
