"""Hundreds of damaged files of every kind: each is refused with a sentence, or read as if nothing had happened.

None may end in a traceback, and none may be read as something else without a word.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from support.damages import Damaged, cut, flipped, nested, retyped
from support.hostile_support import Canary
from support.made_bundles import contents, write_launch
from support.made_masks import clip_masks
from support.made_runs import demo, right_2dot, write_demo, write_run
from support.made_videos import encoded, moving_noise, write_listings, write_shard

from analysis.results.making import write_tables
from analysis.runs.checkpoint_predictions import read_answers
from analysis.runs.predictions import Claim, measured_accuracy
from analysis.tracing.bundle_files import MANIFEST, read_manifest
from jobs.cluster.profile import load_profile
from segment.masks.mask_set import MaskShard, begin_set, open_masks
from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.names import printable
from xdomain.core.roots import results_root, runs_root
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.clip_cache.writer import CacheWriter
from xdomain.datasets.diving48.listing import read_listing, read_vocabulary
from xdomain.datasets.diving48.video import decode_all
from xdomain.datasets.temporal_shape.clipset import RECORD, open_set, write_set
from xdomain.evaluation.predictions import write_epochs, write_predictions
from xdomain.runs.lineage import NAME, Lineage
from xdomain.schema import launch as schema
from xdomain.specs.read import read_spec
from xdomain.training.checkpoints import load


@dataclass(frozen=True)
class Kind:
    """A kind of file: one good example, what reads it, and what is done to it."""

    file: Path
    read: Callable[[], object]
    damages: Callable[[bytes], Iterator[Damaged]]


def text(*fields: str) -> Callable[[bytes], Iterator[Damaged]]:
    """The damages of a JSON file with these fields."""

    def damages(content: bytes) -> Iterator[Damaged]:
        yield from cut(content)
        yield from flipped(content)
        yield from nested(content)
        yield from retyped(content, fields)

    return damages


def binary(content: bytes) -> Iterator[Damaged]:
    yield from cut(content)
    yield from flipped(content, times=12)


def toml(content: bytes) -> Iterator[Damaged]:
    """A profile that ends between two lines is a shorter profile: cut within one."""
    yield "cut", content[: content.index(b'"') + 3]
    yield from [("zeros", bytes(20)), ("html", b"<!DOCTYPE html>"), *flipped(content)]
    for name in ("gpus", "time", "memory", "binds", "environment", "throttle"):
        for value in ("[[1]]", "-1", '"\\u001b[2J"', "1e400", "{a = {}}"):
            yield f"{name} = {value}", f"{name} = {value}\n".encode()


def video(content: bytes) -> Iterator[Damaged]:
    """Pixels have no checksum: what is damaged here is what says where they are."""
    yield from cut(content)
    for at in (4, content.index(b"moov"), content.index(b"avc1"), content.index(b"stsz") + 11, content.index(b"mdat")):
        yield f"byte {at}", content[:at] + bytes([content[at] ^ 0x80]) + content[at + 1 :]


@pytest.fixture
def kinds(tmp_path: Path, packed: Path) -> dict[str, Kind]:
    """A good file of each kind."""
    made = {}
    write_demo()
    write_launch(runs_root().parent)
    write_tables("ts-demo", (), 0.005)
    run = write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    of_spec = lambda: read_spec(read_json(run.spec_file), run.spec_file)  # noqa: E731
    fields = ("study", "source", "targets", "targets.0", "model", "model.name", "model.hidden", "seed", "train.lr")
    made["spec"] = Kind(run.spec_file, of_spec, text(*fields, "data.train_clips", "train.levels"))
    fields = ("format", "id", "status", "accuracy.validation?", "provenance", "provenance.code_version", "data")
    made["result"] = Kind(run.result_file, run.result, text(*fields, "data.mnist?", "data.mnist.sha256"))
    launch = runs_root() / "ts-demo/launches/20250102-030405/manifest.json"
    reads = partial(schema.Manifest.read, launch)
    made["manifest"] = Kind(launch, reads, text("study_key", "runs", "runs.0", "runs.0.model", "runs.0.seed"))
    jobs = launch.with_name("submission.json")
    jobs.write_text('{"jobs": ["17", "18"]}')
    made["submission"] = Kind(jobs, partial(schema.Submission.read, jobs), text("jobs", "jobs.0"))
    lineage = results_root() / "ts-demo" / "tables" / NAME
    fields = ("format", "study", "runs", "runs.0", "runs.0.recipe", "recipes", "tables", "needs", "columns")
    made["lineage"] = Kind(lineage, partial(Lineage.read, lineage), text(*fields))
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / MANIFEST).write_bytes(contents(packed)[MANIFEST])
    fields = ("format", "studies", "files", "code_version", "packages", "published")
    made["bundle"] = Kind(bundle / MANIFEST, partial(read_manifest, bundle), text(*fields, "studies.ts-demo?"))
    return made | _of_predictions(tmp_path) | _of_data(tmp_path) | _of_videos(tmp_path)


def _of_predictions(tmp_path: Path) -> dict[str, Kind]:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 5
    ts, diving = tmp_path / "a" / "ts.parquet", tmp_path / "a" / "diving.parquet"
    accuracy = write_predictions(ts, np.arange(60), labels, rng.random((60, 5))).accuracy
    names = [f"v_{number // 3}_{number:05}" for number in range(60)]
    by_epoch = {3: rng.random((60, 5)), 4: rng.random((60, 5))}
    written = write_epochs(diving, names, [name[:-6] for name in names], labels, by_epoch)
    stated = {epoch: outcome.accuracy for epoch, outcome in written.items()}

    def of_ts() -> str:
        made = measured_accuracy(Claim(ts, 60, accuracy))
        return f"{made.accuracy} {made.evaluated.clips.tolist()} {made.evaluated.labels.tolist()}"

    def of_diving() -> str:
        made, _ = read_answers(diving, {int(epoch): value for epoch, value in stated.items()})
        return f"{made.clips.tolist()} {made.videos.tolist()} {made.labels.tolist()} {made.rank.tolist()}"

    return {"predictions": Kind(ts, of_ts, binary), "answers": Kind(diving, of_diving, binary)}


def _of_data(tmp_path: Path) -> dict[str, Kind]:
    rng = np.random.default_rng(1)
    checkpoint = tmp_path / "last.ckpt"
    torch.save({"epoch": 3, "state_dict": {"weight": torch.arange(200.0)}}, checkpoint)

    def of_checkpoint() -> str:
        content = load(checkpoint)
        if content is None:  # which is said, and the one before is taken
            raise UserError(f"{checkpoint} is truncated or damaged")
        return str((content["epoch"], content["state_dict"]["weight"].tolist()))

    records = np.zeros(3, RECORD)
    records["clip"] = rng.integers(0, 255, records["clip"].shape)
    clip_set = tmp_path / "ts" / "set.npy"
    write_set(clip_set, 3, [records], {})
    of_set = lambda: open_set(clip_set).clips.tobytes()  # noqa: E731
    cache = tmp_path / "cache"
    names, shape = ["a_1", "b_2", "c_3"], (2, 8, 8, 3)
    writer = CacheWriter(cache, {"what": "clips"}, names, [0, 1, 2], shape)
    for shard in writer.missing():
        write_shard(
            writer, shard, (rng.integers(0, 255, shape, dtype=np.uint8) for _ in range(shard.start, shard.stop))
        )
    writer.finish()

    def of_cache() -> str:
        opened = open_cache(cache)
        return str((opened.names, opened.labels.tolist(), [opened[number].tobytes() for number in range(len(opened))]))

    masks = tmp_path / "masks"
    begin_set(masks, {"source": "hand", "frames": 1})
    with MaskShard(masks, 0, 1) as shard:
        shard.add(clip_masks("one_1", [(10, 20, 30, 60)]))
    lines = masks / "shard-000-of-001.jsonl"

    def of_masks() -> str:
        opened = open_masks(masks, ["one_1"])
        return str((opened["one_1"].masks.tobytes(), [boxes.tolist() for boxes in opened["one_1"].boxes]))

    fields = ("names", "labels", "labels.0", "shards", "shards.0", "shards.0.file", "shards.0.bytes", "shape", "sha256")
    return {
        "checkpoint": Kind(checkpoint, of_checkpoint, binary),
        "clip set": Kind(clip_set, of_set, binary),
        "clip set's JSON": Kind(clip_set.with_suffix(".json"), of_set, text("format", "clips", "bytes", "sha256")),
        "cache": Kind(cache / writer.shards[0].file, of_cache, binary),
        "cache's index": Kind(cache / "index.json", of_cache, text("format", *fields)),
        "masks": Kind(lines, of_masks, text("name", "masks", "masks.0", "boxes", "boxes.0")),
        "mask set": Kind(masks / "set.json", of_masks, text("format", "frames")),
    }


def _of_videos(tmp_path: Path) -> dict[str, Kind]:
    file = tmp_path / "clip.mp4"
    file.write_bytes(encoded(moving_noise(6)))
    archive = tmp_path / "archive"
    write_listings(archive, [{"vid_name": "a_1", "label": 1, "start_frame": 0, "end_frame": 9}], [])
    listing = archive / "Diving48_V2_train.json"
    profile = tmp_path / "mine.toml"
    profile.write_text('partition = "long"\ngpus = 2\ntime = "04:00:00"\nmemory = "16G"\n')
    fields = ("0", "0.vid_name", "0.label", "0.start_frame", "0.end_frame")
    return {
        "video": Kind(file, lambda: decode_all(file).tobytes(), video),
        "listing": Kind(listing, lambda: read_listing(archive, "train"), text(*fields)),
        "vocabulary": Kind(archive / "Diving48_vocab.json", lambda: read_vocabulary(archive), text("0", "0.0")),
        "profile": Kind(profile, lambda: load_profile(str(profile)), toml),
    }


def outcome_of(read: Callable[[], object], expected: str) -> str:
    """`refused`, `same`, `silent`, or the name of an error that is no sentence."""
    try:
        value = str(read())
    except UserError as error:
        return "refused" if printable(error) == str(error) and str(error) else "a sentence that cannot be printed"
    except Exception as error:
        return f"traceback: {type(error).__name__}: {error}"
    return "same" if value == expected else "silent"


def test_no_damaged_file_is_believed(kinds: dict[str, Kind], canary: Canary, capsys: pytest.CaptureFixture) -> None:
    counts: Counter[str] = Counter()
    wrong = []
    for name, kind in kinds.items():
        good = kind.file.read_bytes()
        expected = str(kind.read())
        for what, bad in kind.damages(good):
            kind.file.write_bytes(bad)
            outcome = outcome_of(kind.read, expected)
            counts[outcome.partition(":")[0]] += 1
            if outcome not in ("refused", "same"):
                wrong.append(f"{name}, {what}: {outcome}")
        kind.file.write_bytes(good)
        assert str(kind.read()) == expected, name
    assert not wrong, "\n".join(wrong)
    assert counts["refused"] >= 200, counts
    assert counts["same"] <= counts.total() / 20, counts  # a flipped bit where nothing is read
    canary.assert_untouched()
