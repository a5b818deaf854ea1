"""Trainings on a video archive: what they keep, that they continue to the same numbers, and that ranks share clips."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from support.roots import set_roots
from support.tiny_runs import Numbers, TaskProcess, epochs_of, kill, run_task
from support.tiny_videos import make_archive, tiny_diving

from xdomain.datasets.clip_cache.build import build_cache
from xdomain.datasets.diving48.split import read_split
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.training.data import Share
from xdomain.training.video_data import FlippedBatches, prepare


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with the archive `tiny` and its caches."""
    root = tmp_path_factory.mktemp("videos")
    make_archive(root / "tiny")
    spec = tiny_diving()
    for part in ("train", "O"):
        build_cache(spec.data.cache(part), root, workers=1)
    return root


@pytest.fixture(autouse=True)
def _roots(archive, tmp_path, monkeypatch):
    set_roots(monkeypatch, data=archive, runs=tmp_path / "runs")


def evaluation(spec: RunSpec, domain: str = "O") -> RunSpec:
    return spec.evaluation(domain)


def test_a_training_keeps_the_epochs_nearest_to_the_levels_its_best_and_its_last(archive):
    spec = tiny_diving(max_epochs=5)
    folder = run_task(spec).folder
    accuracy = [float(row["val_acc"]) for row in epochs_of(folder)]
    nearest = {min(range(len(accuracy)), key=lambda e: (abs(accuracy[e] - level), e)) for level in spec.train.levels}
    wanted = nearest | {accuracy.index(max(accuracy)), len(accuracy) - 1}
    result = folder.result()
    assert {int(epoch) for epoch in result["checkpoints"]} == wanted
    for epoch, evaluated in result["checkpoints"].items():
        assert evaluated == pytest.approx(accuracy[int(epoch)]), "the weights kept are those of that epoch"
    kept = {int(path.stem.removeprefix("epoch-")) for path in folder.checkpoints.glob("epoch-*.ckpt")}
    assert kept == nearest, "and no other epoch's weights stay on the disk"


def test_keep_all_keeps_every_epoch():
    folder = run_task(tiny_diving(keep_all=True)).folder
    assert list(folder.result()["checkpoints"]) == ["0", "1", "2"]


def test_predictions_name_clip_video_and_epoch(archive):
    spec = tiny_diving()
    folder = run_task(spec).folder
    table = pq.read_table(folder.predictions_file("validation")).to_pandas()
    _, held_out = read_split(archive / "tiny", "random", 5, 42)
    assert folder.result()["split"] == {"kind": "random", "left_out": {"train": 0, "val": 0}}
    for _, epoch in table.groupby("epoch"):
        assert epoch["clip"].tolist() == held_out, "each clip once"
    assert (table["video"] == table["clip"].str.rpartition("_")[0]).all()
    assert sum(name.startswith("score_") for name in table.columns) == 3


def test_an_evaluation_scores_every_kept_epoch_on_every_test_clip():
    spec = tiny_diving()
    trained = run_task(spec).folder.result()
    folder = run_task(evaluation(spec)).folder
    assert folder.path.parts[-4:] == ("random@O", "3dcnn-4blocks", "h2", "seed42")
    result = folder.result()
    assert result["checkpoints"].keys() == trained["checkpoints"].keys()
    assert result["clips"] == {"O": 7}
    table = pq.read_table(folder.predictions_file("O")).to_pandas()
    scores = table[[f"score_{k}" for k in range(3)]].to_numpy()
    right = scores.argmax(axis=1) == table["label"]
    by_epoch = right.groupby(table["epoch"]).mean()
    assert {str(epoch): share for epoch, share in by_epoch.items()} == pytest.approx(result["checkpoints"])


def test_an_evaluation_waits_for_its_training():
    task = TaskProcess(evaluation(tiny_diving()))
    assert task.wait() == 2
    assert "has not finished, so there is nothing to evaluate yet" in task.output


def test_a_missing_domain_is_named_with_the_command_that_makes_it():
    run_task(tiny_diving())
    task = TaskProcess(evaluation(tiny_diving(), "S1"))
    assert task.wait() == 2
    assert "python -m segment domains --dataset tiny --masks predicted --domain S1" in task.output


def test_a_clip_left_out_after_caching_is_not_evaluated(archive, tmp_path, monkeypatch):
    spec = tiny_diving(max_epochs=1)
    trained = run_task(spec).folder.result()["data"][spec.data.cache("train").name]
    assert trained["listing"] == "compared"
    set_roots(monkeypatch, data=shutil.copytree(archive, tmp_path / "data"))
    (tmp_path / "data/tiny/leave-out.txt").write_text("testvideo00_00001\n")
    task = TaskProcess(evaluation(spec))
    assert task.wait() == 2
    assert "testvideo00_00001 is there and not listed now. Remove" in task.output
    shutil.rmtree(spec.data.cache("O").folder(tmp_path / "data"))
    build_cache(spec.data.cache("O"), tmp_path / "data")
    assert run_task(evaluation(spec)).folder.result()["clips"] == {"O": 6}


def test_a_checkpoint_of_another_training_s_data_is_not_evaluated():
    spec = tiny_diving(max_epochs=1)
    folder = run_task(spec).folder
    for path in folder.checkpoints.glob("*.ckpt"):
        content = torch.load(path, weights_only=True)
        content["made_from"]["data"][spec.data.cache("train").name]["sha256"] = "0123456789abcdef"
        torch.save(content, path)
    task = TaskProcess(evaluation(spec))
    assert task.wait() == 2
    assert "was trained on another tiny/cache/train-16x16 (0123456789ab) than there is now" in task.output


def test_a_lost_checkpoint_is_no_evaluation_of_fewer():
    spec = tiny_diving(keep_all=True)
    folder = run_task(spec).folder
    (folder.checkpoints / "epoch-0001.ckpt").unlink()
    task = TaskProcess(evaluation(spec))
    assert task.wait() == 2
    assert "Put the files back, or train again" in task.output


@pytest.mark.parametrize("model", ["3dcnn-4blocks", "timesformer-12layers-dropout"])
def test_killed_and_continued_it_comes_to_the_same_numbers(tmp_path, monkeypatch, model):
    """Dropout too: its generator goes on where the last epoch left it."""
    spec = tiny_diving(model, max_epochs=6)
    set_roots(monkeypatch, runs=tmp_path / "whole")
    whole = run_task(spec).folder
    expected, kept = Numbers.of(whole), sorted(path.name for path in whole.checkpoints.iterdir())
    set_roots(monkeypatch, runs=tmp_path / "killed")
    task = TaskProcess(spec)
    task.wait_for_epochs(2)
    kill(task)
    assert not RunFolder.of(spec).is_finished()
    again = run_task(spec).folder
    assert Numbers.of(again) == expected
    assert sorted(path.name for path in again.checkpoints.iterdir()) == kept


def test_without_a_cache_the_pixels_and_so_the_numbers_are_the_same(tmp_path, monkeypatch):
    """Nor does dropout hang on what the loading processes drew, which only clips without a cache have here."""
    spec = tiny_diving("timesformer-12layers-dropout", max_epochs=2)
    cached = Numbers.of(run_task(spec).folder)
    bare = tmp_path / "data"
    make_archive(bare / "tiny")
    for name, value in (("XDOMAIN_DATA", bare), ("XDOMAIN_RUNS", tmp_path / "streamed")):
        monkeypatch.setenv(name, str(value))
    streamed = Numbers.of(run_task(spec, stream=True).folder)
    assert streamed.predictions == cached.predictions
    assert not (bare / "tiny" / "cache").exists()


def test_batches_of_fewer_gpus_make_the_same_steps():
    """Eight clips a step: two on each of four ranks, or four times two on one."""

    def steps(ranks: int, accumulate: int) -> list[set[int]]:
        batches = [FlippedBatches(21, 2, torch.device("cpu"), Share(r, ranks), 42, accumulate) for r in range(ranks)]
        micro = [torch.cat(parts) for parts in zip(*batches, strict=True)]
        return [
            {int(clip) for batch in micro[first : first + accumulate] for clip in batch[:, 0]}
            for first in range(0, len(micro), accumulate)
        ]

    assert steps(4, 1) == steps(1, 4) == steps(2, 2)
    assert [len(step) for step in steps(4, 1)] == [8, 8]


def test_flips_are_fair_of_whole_clips_and_never_in_validation():
    batches = FlippedBatches(4000, 50, torch.device("cpu"), Share(), shuffle_seed=42)
    flips = torch.cat(list(batches))[:, 1].float()
    assert 0.46 < flips.mean() < 0.54
    assert not torch.cat(list(FlippedBatches(40, 5, torch.device("cpu"), Share())))[:, 1].any()
    pixels = torch.randint(256, (2, 3, 4, 5, 3), dtype=torch.uint8)
    clips, _ = prepare((pixels, torch.zeros(2), torch.tensor([True, False])))
    straight, _ = prepare((pixels, torch.zeros(2), torch.tensor([False, False])))
    assert torch.equal(clips[0], straight[0].flip(-1))
    assert torch.equal(clips[1], straight[1])
    expected = (pixels[1, 2, 3, 4, 0] / 255 - 0.485) / 0.229
    assert straight[1, 2, 0, 3, 4] == pytest.approx(float(expected), abs=1e-5)


def test_videos_of_one_source_stay_on_one_side(archive):
    folder = run_task(tiny_diving(split="source-video", max_epochs=1)).folder
    table = pq.read_table(folder.predictions_file("validation")).to_pandas()
    train, val = read_split(archive / "tiny", "source-video", 5, 42)
    assert set(table["clip"]) == set(val)
    assert not {name.rpartition("_")[0] for name in train} & {name.rpartition("_")[0] for name in val}
    assert np.isfinite(table.filter(like="score_").to_numpy()).all()


def test_a_training_whose_result_is_lost_keeps_its_matched_checkpoints():
    """It was killed while its checkpoints were evaluated: every one of them is still there for the next start."""
    spec = tiny_diving(max_epochs=6)
    folder = run_task(spec).folder
    before, kept = folder.result()["checkpoints"], sorted(path.name for path in folder.checkpoints.iterdir())
    folder.result_file.unlink()
    again = run_task(spec).folder
    assert again.result()["checkpoints"] == before
    assert sorted(path.name for path in again.checkpoints.iterdir()) == kept


def test_ranks_add_up_where_their_clips_are(monkeypatch):
    """NCCL adds no tensors of the CPU: what is reduced has to be on the device."""
    from xdomain.evaluation import evaluate

    class Strategy:
        root_device = torch.device("meta")

        def reduce(self, together, reduce_op):
            assert together.device == self.root_device
            raise StopIteration

    class Trainer:
        strategy = Strategy()

        def predict(self, module, batches):
            return [torch.zeros(3, 2)]

    class Batches:
        sampler = (torch.tensor([[0, 0], [1, 0], [2, 0]]),)

    with pytest.raises(StopIteration):
        evaluate.scores(Trainer(), None, Batches(), 3)
