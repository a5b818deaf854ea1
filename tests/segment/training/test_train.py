"""Training a small network for some seconds, on frames drawn to be easy: results, resuming, refusals."""

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from support.drawn_frames import write_frames
from support.roots import set_roots
from support.tiny_networks import tiny_network

from segment.commands.network import train as train_command
from segment.network.spec import SegmentSpec
from segment.training.train import _iterations_done, train
from xdomain.core.errors import Interrupted, UserError
from xdomain.runs.run_folder import RunFolder

TINY = tiny_network("unet-small", (48, 64), crop=48, iterations=6, lr=0.003)


@pytest.fixture(scope="module")
def uninterrupted(in_one_go) -> Path:
    """The folder of TINY, trained in one go."""
    return in_one_go(TINY)


def rows(folder: Path) -> list[dict[str, str]]:
    """metrics.csv without the seconds, which differ."""
    with (folder / "metrics.csv").open() as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def same_training(one: Path, other: Path) -> bool:
    """Whether both have the same metrics and the same best weights, bit by bit."""
    first, second = (
        torch.load(folder / "checkpoints/best.pth", weights_only=True)["state_dict"] for folder in (one, other)
    )
    return (
        rows(one) == rows(other)
        and first.keys() == second.keys()
        and all(torch.equal(value, second[name]) for name, value in first.items())
    )


def test_a_training_leaves_what_its_docstring_says(uninterrupted):
    names = {str(path.relative_to(uninterrupted)) for path in uninterrupted.rglob("*") if path.is_file()}
    assert names == {
        *("spec.json", "split.json", "config.py", "metrics.csv", "attempts.jsonl", "result.json"),
        *("curves.png", "samples.png", "checkpoints/best.pth"),
    }
    result = json.loads((uninterrupted / "result.json").read_text())
    best = max(rows(uninterrupted), key=lambda row: float(row["box_iou"]))
    assert (result["box_iou"], result["best_iteration"]) == (float(best["box_iou"]), int(best["iteration"]))
    assert result["frames"]["train"] == 8
    assert result["provenance"]["libraries"]["mmsegmentation"] == "1.2.2"
    assert [int(row["iteration"]) for row in rows(uninterrupted)] == [2, 4, 6]
    assert SegmentSpec.from_dict(json.loads((uninterrupted / "spec.json").read_text())) == TINY
    assert Image.open(uninterrupted / "samples.png").size == (3 * 492, 369)


def test_the_same_spec_gives_the_same_weights_whatever_the_workers(uninterrupted, runs):
    train(TINY, workers=2)
    assert same_training(uninterrupted, runs / TINY.id)


def test_a_finished_training_does_nothing(uninterrupted, runs, monkeypatch):
    set_roots(monkeypatch, runs=uninterrupted.parent.parent)
    before = {path: path.stat().st_mtime_ns for path in uninterrupted.rglob("*")}
    assert train(TINY) == json.loads((uninterrupted / "result.json").read_text())
    assert {path: path.stat().st_mtime_ns for path in uninterrupted.rglob("*") if path != uninterrupted}.items() <= (
        before.items()
    )


def test_another_training_under_the_same_tag_is_refused(uninterrupted, runs, monkeypatch):
    set_roots(monkeypatch, runs=uninterrupted.parent.parent)
    with pytest.raises(UserError, match=r"different training \(lr is 0.003 there and 0.01 here\)"):
        train(dataclasses.replace(TINY, lr=0.01))


def test_asked_to_stop_it_stops_after_a_validation_and_continues(uninterrupted, runs, monkeypatch):
    monkeypatch.setattr("segment.training.hooks.asked_by", lambda: "SIGUSR2")
    with pytest.raises(Interrupted, match="SIGUSR2 after iteration 2"):
        train(TINY)
    monkeypatch.setattr("segment.training.hooks.asked_by", lambda: None)
    assert not (runs / TINY.id / "result.json").exists()
    assert train(TINY)["attempts"] == 2
    assert same_training(uninterrupted, runs / TINY.id)


def test_killed_it_continues_to_the_same_weights(uninterrupted, runs):
    code = "import sys; sys.path[:0] = sys.argv[1:]; from test_train import TINY; "
    code += "from segment.training.train import train; train(TINY)"
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(Path(__file__).parents[2]), str(Path.cwd())]
    process = subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL)
    folder = runs / TINY.id
    while not (folder / "metrics.csv").exists():
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / "result.json").exists()
    train(TINY)
    assert same_training(uninterrupted, folder)


def test_frames_that_changed_since_it_began_are_refused(runs, tmp_path, monkeypatch):
    set_roots(monkeypatch, data=tmp_path / "data")
    frames = tmp_path / "data/drawn/frames"
    write_frames(frames, 4)
    monkeypatch.setattr("segment.training.hooks.asked_by", lambda: "SIGUSR2")
    with pytest.raises(Interrupted):
        train(TINY)
    write_frames(frames, 4, seed=1)
    with pytest.raises(UserError, match=r"not those that .*split.json was made with"):
        train(TINY)


def test_pretrained_weights_are_what_it_begins_with(uninterrupted, runs, capsys):
    best = uninterrupted / "checkpoints/best.pth"
    spec = dataclasses.replace(TINY, pretrained=str(best), iterations=2, lr=1e-12, tag="again")
    train(spec)
    assert "Beginning with" in capsys.readouterr().out
    before, after = (
        torch.load(path, weights_only=True)["state_dict"]["backbone.encoder.1.1.convs.0.conv.weight"]
        for path in (best, runs / spec.id / "checkpoints/best.pth")
    )
    assert torch.allclose(before, after, atol=1e-7)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--dataset", "absent"], "There are no labelled frames in"),
        (["--val-frames", "10"], "There are 10 labelled frames and 10 are to be held out"),
        (["--batch-size", "1"], "batch_size is 1"),
        (["--scale-min", "3"], "give 0 < scale_min <= scale_max"),
        (["--tag", "a/b"], "since it names a folder"),
        (["--pretrained", "absent.pth"], "There are no weights absent.pth"),
        (["--iterations", "1"], "iterations is 1"),
        (["--height", "92"], "height is 92: unet-small takes multiples of 16"),
    ],
)
def test_the_command_refuses_in_a_sentence(runs, options, sentence):
    size = ["--height", "48", "--width", "64", "--crop", "48"]
    done = CliRunner().invoke(train_command, ["--dataset", "drawn", "--model", "unet-small", *size, *options])
    assert done.exit_code == 2
    assert done.output.startswith("Error: ")
    assert sentence in done.output


def test_other_pretrained_weights_do_not_continue_a_training(tmp_path):
    last = tmp_path / "last.pth"
    torch.save({"meta": {"iter": 30}, "pretrained_sha256": "a"}, last)
    folder = RunFolder(tmp_path)
    assert _iterations_done(last, "a", folder) == 30
    with pytest.raises(UserError, match=r"last\.pth began with other pretrained weights \(a\) than .* now \(b\)"):
        _iterations_done(last, "b", folder)
