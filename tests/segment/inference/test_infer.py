"""Inference over a tiny archive with a network trained for seconds: shards, failures, kills."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from support.drawn_frames import write_clips, write_frames
from support.roots import set_roots
from support.tiny_networks import tiny_network

from segment.commands.network import infer as infer_command
from segment.inference.infer import infer_shard
from segment.masks.boxiou import frame_pairs
from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.masks.divers import find_divers, instance_boxes
from segment.masks.mask_set import open_masks
from segment.network.predict import DiverNetwork
from segment.training.frames import list_frames, read_frame
from segment.training.train import train
from xdomain.core.errors import UserError

SPEC = tiny_network(
    "unet-small", (96, 128), crop=96, iterations=60, lr=0.005, val_frames=4, val_interval=30, batch_size=4
)
NAMES = [f"source{number // 2}_{number:05d}" for number in range(5)]
FRAMES = 3


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    """The best weights of a training on drawn frames."""
    root = tmp_path_factory.mktemp("trained")
    write_frames(root / "drawn/frames", 16)
    with pytest.MonkeyPatch.context() as patch:
        set_roots(patch, data=root, runs=root / "runs")
        train(SPEC)
    return root / "runs" / SPEC.id / "checkpoints/best.pth"


@pytest.fixture
def dataset(tmp_path, monkeypatch) -> Path:
    """Five test clips of six frames."""
    set_roots(monkeypatch, data=tmp_path)
    folder = tmp_path / "tiny"
    write_clips(folder, NAMES, 6)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a mask set but its claims."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_a_network_finds_easy_divers_in_pictures_it_has_not_seen(checkpoint, tmp_path):
    write_frames(tmp_path, 8, seed=99)
    network = DiverNetwork(checkpoint)
    frames = [read_frame(*pair) for pair in list_frames(tmp_path)]
    probabilities = network.probabilities(np.stack([frame.image for frame in frames]))
    assert probabilities.shape == (8, HEIGHT, WIDTH)
    assert probabilities.dtype == np.float32

    ious, pairs = 0.0, 0
    for found, frame in zip(probabilities, frames, strict=True):
        of_frame = frame_pairs(find_divers(found, network.rules)[1], instance_boxes(frame.instances))
        ious, pairs = ious + of_frame[0], pairs + of_frame[1]
    assert ious / pairs > 0.6


def test_shards_cover_every_clip_once_and_again_do_nothing(checkpoint, dataset):
    summaries = [infer_shard(dataset, "m", checkpoint, shard, 2, FRAMES) for shard in (0, 1)]
    assert [summary.done for summary in summaries] == [3, 2]
    assert summaries[0].timing.frames == 9
    masks = open_masks(dataset / "masks/m", NAMES)
    assert len(masks) == 5
    assert masks[NAMES[0]].masks.shape == (FRAMES, HEIGHT, WIDTH)
    assert sum(len(boxes) for name in NAMES for boxes in masks[name].boxes) >= 10  # of 15 divers
    assert masks.info["training"]["model"] == SPEC.model
    before = files(dataset / "masks/m")
    again = infer_shard(dataset, "m", checkpoint, 0, 2, FRAMES)
    assert (again.done, again.there) == (0, 3)
    assert files(dataset / "masks/m") == before


def test_a_video_that_ends_early_has_masks_of_the_frames_that_its_clip_has(checkpoint, dataset):
    listing = dataset / "Diving48_V2_test.json"
    listing.write_text(json.dumps([json.loads(listing.read_text())[0] | {"end_frame": 9}]))  # and six frames
    infer_shard(dataset, "m", checkpoint, frames=9)
    found = open_masks(dataset / "masks/m", NAMES[:1])[NAMES[0]]
    for beyond in (6, 7, 8):
        np.testing.assert_array_equal(found.masks[beyond], found.masks[5])
    assert (found.masks[4] != found.masks[5]).any()


def test_probabilities_that_are_no_numbers_are_no_masks(checkpoint, dataset, monkeypatch):
    """NaN is above no threshold: T would leave such a clip's divers in the picture."""
    honest, calls = DiverNetwork.probabilities, []

    def overflowing(network, frames):
        calls.append(1)
        found = honest(network, frames).copy()
        if len(calls) == 2:
            found[1, 5, 5] = np.nan
        return found

    monkeypatch.setattr(DiverNetwork, "probabilities", overflowing)
    summary = infer_shard(dataset, "m", checkpoint, frames=FRAMES)
    assert (summary.done, list(summary.failed)) == (4, [NAMES[1]])
    assert "NaN or infinite" in open_masks(dataset / "masks/m").missing(NAMES)[NAMES[1]]


def test_the_masks_do_not_depend_on_the_number_of_decoders(checkpoint, dataset):
    infer_shard(dataset, "one", checkpoint, frames=FRAMES, workers=1)
    infer_shard(dataset, "three", checkpoint, frames=FRAMES, workers=3)
    assert files(dataset / "masks/one") == files(dataset / "masks/three")


def test_a_kill_in_mid_write_costs_the_clip_that_was_being_written(checkpoint, dataset):
    infer_shard(dataset, "m", checkpoint, frames=FRAMES)
    whole = files(dataset / "masks/m")
    shard = dataset / "masks/m/shard-000-of-001.jsonl"
    first, second, *_ = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(first + second[: len(second) // 2])  # as a kill leaves it
    summary = infer_shard(dataset, "m", checkpoint, frames=FRAMES)
    assert (summary.there, summary.done) == (1, 4)
    assert files(dataset / "masks/m") == whole


def test_a_clip_that_fails_is_listed_the_shard_goes_on_and_the_next_call_tries_it_again(checkpoint, dataset):
    video = dataset / f"rgb/{NAMES[2]}.mp4"
    content = video.read_bytes()
    video.write_bytes(content[:200])
    options = ["--dataset", "tiny", "--masks", "m", "--checkpoint", str(checkpoint), "--frames", str(FRAMES)]
    failed = CliRunner().invoke(infer_command, options)
    assert failed.exit_code == 1
    assert "4 clips done, 0 were there, 1 failed." in failed.output
    masks = open_masks(dataset / "masks/m")
    assert sorted(masks) == sorted(set(NAMES) - {NAMES[2]})
    assert NAMES[2] in masks.failed
    assert "cannot be decoded" in masks.failed[NAMES[2]]
    video.write_bytes(content)
    repaired = CliRunner().invoke(infer_command, options)
    assert repaired.exit_code == 0, repaired.output
    assert "1 clips done, 4 were there, 0 failed." in repaired.output
    assert not open_masks(dataset / "masks/m", NAMES).failed


def test_other_rules_do_not_go_into_the_same_set(checkpoint, dataset):
    infer_shard(dataset, "m", checkpoint, frames=FRAMES)
    options = ["--dataset", "tiny", "--masks", "m", "--checkpoint", str(checkpoint), "--frames", str(FRAMES)]
    refused = CliRunner().invoke(infer_command, [*options, "--link", "4"])
    assert refused.exit_code == 2
    assert "made in another way (different: rules" in refused.output


def test_a_corrected_listing_does_not_go_on_with_masks_of_other_frames(checkpoint, dataset):
    """One shard is done, the listing is corrected, and the other shard would find divers in other frames."""
    infer_shard(dataset, "m", checkpoint, 0, 2, FRAMES)
    entries = [{"vid_name": name, "label": 0, "start_frame": 1, "end_frame": 6} for name in NAMES]
    (dataset / "Diving48_V2_test.json").write_text(json.dumps(entries))
    sentence = (
        rf"for 5 clips: {NAMES[0]} is of frames 0 to 6 there, and of 1 to 6 in the listing\. Remove .*masks/m, then "
        "make the masks again with: python -m segment infer --dataset tiny --masks m"
    )
    for shard in (0, 1):
        with pytest.raises(UserError, match=sentence):
            infer_shard(dataset, "m", checkpoint, shard, 2, FRAMES)


def test_a_clip_that_is_left_out_later_moves_no_other_to_another_shard(checkpoint, dataset):
    infer_shard(dataset, "m", checkpoint, 0, 2, FRAMES)
    (dataset / "leave-out.txt").write_text(f"{NAMES[0]}\n")
    assert infer_shard(dataset, "m", checkpoint, 1, 2, FRAMES).done == 2
    assert infer_shard(dataset, "m", checkpoint, 0, 2, FRAMES).done == 0
    assert sorted(open_masks(dataset / "masks/m")) == NAMES


def test_detections_are_as_sure_as_the_training_chose_on_its_held_out_frames(checkpoint, dataset):
    chosen = json.loads((checkpoint.parents[1] / "result.json").read_text())["confidence"]
    infer_shard(dataset, "chosen", checkpoint, frames=FRAMES)
    chosen_masks = open_masks(dataset / "masks/chosen", NAMES)
    assert chosen_masks.info["rules"]["min_confidence"] == chosen
    assert min(float(boxes[:, 4].min(initial=1)) for name in NAMES for boxes in chosen_masks[name].boxes) >= chosen

    options = ["--dataset", "tiny", "--masks", "m", "--checkpoint", str(checkpoint), "--frames", str(FRAMES)]
    done = CliRunner().invoke(infer_command, [*options, "--min-confidence", "1"])
    assert done.exit_code == 0, done.output
    assert not sum(len(boxes) for name in NAMES for boxes in open_masks(dataset / "masks/m", NAMES)[name].boxes)


def test_weights_of_a_training_that_chose_no_confidence_are_read_as_before(checkpoint, tmp_path):
    content = torch.load(checkpoint, weights_only=True)
    del content["validation"]["confidence"]
    torch.save(content, tmp_path / "best.pth")
    assert DiverNetwork(tmp_path / "best.pth").rules.min_confidence == 0.7


def test_what_is_missing_is_named(checkpoint, dataset, tmp_path):
    with pytest.raises(UserError, match="There is no checkpoint"):
        infer_shard(dataset, "m", tmp_path / "absent.pth")
    with pytest.raises(UserError, match=r"Diving48_V2_test.json is missing"):
        infer_shard(tmp_path / "nothing", "m", checkpoint)
    with pytest.raises(UserError, match="Shard 2 of 2"):
        infer_shard(dataset, "m", checkpoint, 2, 2, FRAMES)
