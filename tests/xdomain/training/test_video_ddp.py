"""Trainings on videos by two processes together (DDP over gloo), each of the three kinds of model."""

import dataclasses
import os
import shutil
import socket
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from support.roots import set_roots
from support.tiny_runs import SERVER, epochs_of, run_task
from support.tiny_videos import make_archive, tiny_diving

from jobs.records.manifest import root_variables
from xdomain.datasets.clip_cache.build import build_cache
from xdomain.datasets.diving48.listing import read_listing
from xdomain.datasets.diving48.split import read_split
from xdomain.execute.run import execute
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec

TEST_CLIPS = 5  # one more than a batch of both ranks takes: of the last batch the second rank has none

SIZES = {"3dcnn-4blocks": (16, 16), "convlstm-4blocks": (2, 176), "timesformer-4layers": (2, 32)}  # frames, side


def tiny(model: str) -> RunSpec:
    """One epoch of `model` on the smallest clips that it can take."""
    frames, side = SIZES[model]
    spec = tiny_diving(model, max_epochs=1)
    return dataclasses.replace(spec, data=dataclasses.replace(spec.data, frames=frames, side=side))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with the archive `tiny` and caches of both sizes."""
    root = tmp_path_factory.mktemp("videos")
    make_archive(root / "tiny", test=TEST_CLIPS)
    for model in SIZES:
        for part in ("train", "O"):
            build_cache(tiny(model).data.cache(part), root, workers=1)
    return root


@pytest.fixture
def roots(archive, tmp_path, monkeypatch) -> Path:
    set_roots(monkeypatch, data=archive, runs=tmp_path / "runs")
    return tmp_path


def together(spec: RunSpec, logs: Path) -> RunFolder:
    """Execute `spec` in as many processes as it has ranks, with the environment that torchrun would give them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []
    for rank in range(spec.train.ranks):
        environment = root_variables() | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        environment |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(spec.train.ranks)}
        log = logs / f"{spec.place}-rank{rank}.log"
        started.append((SERVER.Process(target=_rank, args=(spec, environment, log)), log))
    for process, _ in started:
        process.start()
    try:
        for process, log in started:
            process.join()
            assert process.exitcode == 0, f"ended with {process.exitcode}\n{log.read_text()[-3000:]}"
    finally:
        for process, _ in started:
            process.kill()
    return RunFolder.of(spec)


def _rank(spec: RunSpec, environment: dict[str, str], log: Path) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ |= environment
    execute(spec)


def on_ranks(spec: RunSpec, ranks: int, accumulate: int = 1) -> RunSpec:
    return dataclasses.replace(spec, train=dataclasses.replace(spec.train, ranks=ranks, accumulate=accumulate))


def scores(folder: RunFolder, name: str) -> np.ndarray:
    """(N, classes) of every kept epoch's clips, in the file's order."""
    return pq.read_table(folder.predictions_file(name)).to_pandas().filter(like="score_").to_numpy()


def clips(folder: RunFolder, name: str) -> list[str]:
    """The clips of the first kept epoch, in the file's order."""
    table = pq.read_table(folder.predictions_file(name)).to_pandas()
    return table[table["epoch"] == table["epoch"].min()]["clip"].tolist()


def test_the_timesformer_of_two_ranks_is_that_of_one_with_two_batches_a_step(roots):
    """It alone has no batch normalisation, which each rank on a CPU does over its own clips."""
    several = on_ranks(tiny("timesformer-4layers"), 2)
    one = dataclasses.replace(on_ranks(several, 1, accumulate=2), variant="tiny.alone")
    folder, alone = together(several, roots), run_task(one).folder
    for ours, theirs in zip(epochs_of(folder), epochs_of(alone), strict=True):
        assert {name: float(value) for name, value in ours.items()} == pytest.approx(
            {name: float(value) for name, value in theirs.items()}, rel=1e-4
        )
    np.testing.assert_allclose(scores(folder, "validation"), scores(alone, "validation"), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("model", ["3dcnn-4blocks", "convlstm-4blocks"])
def test_two_ranks_count_every_validation_clip_once(archive, roots, model):
    folder = together(on_ranks(tiny(model), 2), roots)
    _, held_out = read_split(archive / "tiny", "random", 5, 42)
    assert clips(folder, "validation") == held_out
    assert np.isfinite(scores(folder, "validation")).all()
    (row,) = epochs_of(folder)
    evaluated = folder.result()["checkpoints"]["0"]
    assert float(row["val_acc"]) == pytest.approx(evaluated), "the epoch's accuracy is that of the weights kept"
    assert [event["event"] for event in folder.attempts()] == ["start", "end"], "the first rank alone keeps the record"


def test_two_ranks_evaluate_as_one_does(archive, roots, monkeypatch):
    trained = tiny("3dcnn-4blocks")
    run_task(trained)
    evaluation = trained.evaluation("O")
    shutil.copytree(roots / "runs", roots / "once-more")
    alone = run_task(evaluation).folder
    set_roots(monkeypatch, runs=roots / "once-more")
    folder = together(on_ranks(evaluation, 2), roots)
    assert folder.path != alone.path
    assert folder.result()["clips"] == {"O": TEST_CLIPS}
    assert clips(folder, "O") == [clip.name for clip in read_listing(archive / "tiny", "test")]
    np.testing.assert_allclose(scores(folder, "O"), scores(alone, "O"), rtol=1e-4, atol=1e-5)
