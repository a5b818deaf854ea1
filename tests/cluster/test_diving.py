"""Diving48's launches on a real Slurm: trainings of two ranks, a library's too, evaluations that wait, the domains."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.library_weights import save_torchvision, torchvision_model
from support.tiny_videos import make_archive

from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks
from segment.masks.mask_set import MaskShard, begin_set
from xdomain.datasets.diving48.listing import read_listing
from xdomain.datasets.diving48.split import read_split

from .slurm_host import SlurmHost
from .test_launch import Lab

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

FRAMES, SIDE = 16, 16
TEST_CLIPS = 25  # of the last batch the second of two ranks has none
DATA = {"dataset": "tiny", "frames": FRAMES, "side": SIDE, "val_clips": 5, "masks": "hand"}
RECIPE = {"batch_size": 2, "lr": 0.02, "levels": "0.2,0.4", "max_epochs": 8, "patience": 8}


class DivingLab(Lab):
    """A user with a tiny archive and jobs of two GPUs each."""

    def __init__(self, host: SlurmHost, folder: Path) -> None:
        super().__init__(host, folder, folder / "data")
        self.dataset = folder / "data/tiny"
        self.write_profile(gpus=2)

    def diving(self, command: str, *options: str, tag: str = "lab") -> str:
        """What `jobs.launch diving` or `evaluate` of experiment a's 3D CNN prints."""
        settings = [word for name, value in (DATA | RECIPE).items() for word in ("--set", f"{name}={value}")]
        words = ["--exp", "a", "--model", "3dcnn", "--hidden", "2", "--tag", tag, *settings, *options]
        return self.launched(command, *words)

    def launched(self, *words: str) -> str:
        done = self.command("jobs.launch", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, tag: str = "lab", place: str = "random") -> Path:
        return self.runs / f"diving48-{tag}/{place}/3dcnn-4blocks/h2/seed42"

    def wait(self, what: Callable[[], bool], seconds: float = 120) -> None:
        super().wait(what, seconds)

    def result(self, tag: str = "lab", place: str = "random") -> dict:
        """Waits for it."""
        path = self.run(tag, place) / "result.json"
        self.wait(path.exists)
        return json.loads(path.read_text())

    def predictions(self, name: str, tag: str = "lab", place: str = "random") -> pd.DataFrame:
        return pd.read_parquet(self.run(tag, place) / "predictions" / f"{name}.parquet")

    def make_masks(self) -> None:
        """A diver in the middle of every test clip."""
        folder = self.dataset / "masks/hand"
        begin_set(folder, {"source": "hand", "frames": FRAMES})
        masks = np.zeros((FRAMES, HEIGHT, WIDTH), dtype=bool)
        masks[:, 100:200, 150:300] = True
        boxes = tuple(np.array([[150, 100, 300, 200, 0.9]], dtype=np.float32) for _ in range(FRAMES))
        with MaskShard(folder, 0, 1) as shard:
            for clip in read_listing(self.dataset, "test"):
                shard.add(ClipMasks(clip.name, masks, boxes))


@pytest.fixture(scope="module")
def lab(slurm: SlurmHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DivingLab]:  # slurm: skips without one
    """On a node with two GPUs and a CPU for each of two ranks."""
    with SlurmHost(nodes=1, cpus=2, gpus=2) as host:
        lab = DivingLab(host, tmp_path_factory.mktemp("diving"))
        make_archive(lab.dataset, train=22, test=TEST_CLIPS)
        lab.make_masks()
        yield lab


@pytest.fixture(scope="module")
def chain(lab: DivingLab) -> list[str]:
    """What the launches of a training and of its evaluation said, the later given at once."""
    return [
        lab.diving("diving", "--cluster", "slurm"),
        lab.diving("evaluate", "--on", "O", "--after", "afterok:last", "--cluster", "slurm"),
    ]


def test_two_ranks_train_and_an_evaluation_waits_for_them(lab: DivingLab, chain: list[str]) -> None:
    """Decoded clips, training, decoded test clips, evaluation: four jobs of two commands."""
    for said in chain:
        assert "A first job makes 1 clip set; the runs wait for it." in said
    evaluated, trained = lab.result(place="random@O"), lab.result()
    train = json.loads((lab.run() / "spec.json").read_text())["train"]
    assert (train["ranks"], train["accumulate"]) == (2, 4), "as many clips a step as on eight GPUs"
    assert trained["epochs"] == RECIPE["max_epochs"]
    assert evaluated["clips"] == {"O": TEST_CLIPS}
    assert evaluated["checkpoints"].keys() == trained["checkpoints"].keys()
    names = [clip.name for clip in read_listing(lab.dataset, "test")]
    for _, epoch in lab.predictions("O", place="random@O").groupby("epoch"):
        assert epoch["clip"].tolist() == names, "every clip once"


@pytest.mark.timeout(600)
def test_two_ranks_train_a_librarys_model_from_saved_weights(lab: DivingLab) -> None:
    """torchvision's mc3_18 at its full width, for one epoch; both ranks begin with the weights of a file."""
    file = lab.dataset.parent / "mc3_18.pth"
    save_torchvision("mc3_18", file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    recipe = DATA | RECIPE | {"max_epochs": 1}
    settings = [word for name, value in recipe.items() for word in ("--set", f"{name}={value}")]
    model = ["--exp", "a", "--model", "torchvision:mc3_18", "--weights", str(file)]
    lab.launched("diving", *model, "--tag", "library", *settings, "--cluster", "slurm")
    run = lab.runs / f"diving48-library/random/torchvision-mc3_18-pretrained-{digest[:8]}/h1/seed42"
    lab.wait((run / "result.json").exists, 480)

    spec, result = (json.loads((run / name).read_text()) for name in ("spec.json", "result.json"))
    assert (spec["train"]["ranks"], spec["model"]["sha256"]) == (2, digest)
    assert result["epochs"] == 1
    # The weights' seven classes are this study's three.
    assert result["parameters"] == sum(weight.numel() for weight in torchvision_model("mc3_18", classes=3).parameters())
    answers = pd.read_parquet(run / "predictions/validation.parquet")
    assert sorted(answers["clip"]) == sorted(read_split(lab.dataset, "random", 5, 42)[1]), "every clip once"
    assert np.isfinite(answers.filter(like="score_").to_numpy()).all()
    events = [json.loads(line)["event"] for line in (run / "attempts.jsonl").read_text().splitlines()]
    assert events == ["start", "end"], "the first rank alone keeps the record"


def test_one_rank_evaluates_the_same(lab: DivingLab, chain: list[str]) -> None:
    evaluated = lab.result(place="random@O")
    shared = lab.predictions("O", place="random@O")
    lab.run(place="random@O").rename(lab.runs / "shared")
    lab.diving("evaluate", "--on", "O", "--cluster", "debug")
    assert lab.result(place="random@O")["checkpoints"] == evaluated["checkpoints"]
    pd.testing.assert_frame_equal(lab.predictions("O", place="random@O"), shared, rtol=1e-4, atol=1e-5)


def test_ranks_that_are_stopped_or_lose_their_node_continue_to_the_same_numbers(
    lab: DivingLab, chain: list[str]
) -> None:
    whole = lab.result()
    lab.diving("diving", "--cluster", "slurm", tag="disturbed")
    metrics, attempts = (lab.run("disturbed") / name for name in ("metrics.csv", "attempts.jsonl"))

    def events() -> list[str]:
        return [json.loads(line)["event"] for line in attempts.read_text().splitlines()]

    lab.wait(metrics.exists)
    lab.host.run("scancel", "--signal=USR2", json.loads(attempts.read_text().splitlines()[0])["job"])
    lab.wait(lambda: events() == ["start", "end", "requeue", "start"])
    before = len(metrics.read_text().splitlines())
    lab.wait(lambda: len(metrics.read_text().splitlines()) > before)
    lab.host.kill_node("node1")
    lab.host.start_node("node1")
    disturbed = lab.result("disturbed")
    assert events() == ["start", "end", "requeue", "start", "start", "end"]
    assert disturbed["checkpoints"] == whole["checkpoints"]
    pd.testing.assert_frame_equal(lab.predictions("validation", "disturbed"), lab.predictions("validation"))


def test_domains_that_are_stopped_are_continued_and_then_evaluated(lab: DivingLab, chain: list[str]) -> None:
    """Domains, their report and an evaluation on one of them, given at once; the first is stopped half way."""
    lab.result()
    names = ["--dataset", "tiny", "--masks", "hand"]
    sizes = ["--frames", str(FRAMES), "--side", str(SIDE), "--domain", "S1,T"]
    lab.launched("segment", "domains", *names, *sizes, "--cluster", "slurm")
    lab.launched("segment", "report", *names, "--cluster", "slurm", "--after", "afterok:last")
    lab.diving("evaluate", "--on", "S1", "--after", "afterok:last", "--cluster", "slurm")
    (submission,) = lab.runs.glob("segment/launches/*-domains/submission.json")
    (job,) = json.loads(submission.read_text())["jobs"]
    folder = lab.dataset / "domains/hand/S1-16x16"
    lab.wait(lambda: len(list(folder.glob("*.npy"))) > 1)
    assert not (folder / "index.json").exists()
    lab.host.run("scancel", "--signal=USR2", job)
    evaluated = lab.result(place="random@S1-hand")
    assert evaluated["clips"] == {"S1": TEST_CLIPS}
    assert lab.host.job(job)["Restarts"] == "1"
    assert (lab.runs.parent / "results/segment/tiny-hand/index.html").exists()

    undisturbed = lab.runs.parent / "undisturbed"
    shutil.copytree(lab.dataset, undisturbed / "tiny", ignore=shutil.ignore_patterns("domains"))
    lab.env["XDOMAIN_DATA"] = str(undisturbed)
    done = lab.command("segment", "domains", *names, *sizes)
    assert done.returncode == 0, done.stderr
    other = undisturbed / "tiny/domains/hand/S1-16x16"
    assert json.loads((folder / "index.json").read_text()) == json.loads((other / "index.json").read_text())
