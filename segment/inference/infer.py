"""Find the divers in the test clips of a dataset: one shard of them, one call; what is done stays done.

Three things happen at once: threads decode the next clips, the network works on the frames of this one, and a thread
reduces the predictions of the one before to masks and boxes and writes them. Only the network's thread computes with
torch. Clips are written in the listing's order, whatever decodes first.
"""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks
from segment.masks.identity import begin_set_of
from segment.masks.mask_set import MaskShard
from segment.masks.rules import Rules
from segment.network.predict import DiverNetwork, Prediction
from xdomain.core.files import sha256
from xdomain.datasets.clip_cache.identity import DECODER
from xdomain.datasets.diving48.listing import frames_lacking, read_listing, video_folder
from xdomain.datasets.diving48.video import read_clip
from xdomain.datasets.layouts.clip import Clip


@dataclass
class Timing:
    """Seconds spent in each part, which overlap, and from the first clip to the last."""

    decode: float = 0.0  # summed over the decoding threads
    model: float = 0.0
    encode: float = 0.0
    wall: float = 0.0
    frames: int = 0

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        """Add the block's seconds to a part."""
        started = time.perf_counter()
        yield
        setattr(self, part, getattr(self, part) + time.perf_counter() - started)

    def __str__(self) -> str:
        rate = self.frames / self.wall if self.wall else 0.0
        return (
            f"{self.frames} frames in {self.wall:.1f} s, {rate:.1f} frames/s "
            f"(decoding {self.decode:.1f} s, network {self.model:.1f} s, masks {self.encode:.1f} s, side by side)"
        )


@dataclass
class Summary:
    """What one call did."""

    there: int  # clips of the shard that were done before
    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # clip -> why
    timing: Timing = field(default_factory=Timing)


def infer_shard(
    dataset: Path,
    masks: str,
    checkpoint: Path,
    shard: int = 0,
    shards: int = 1,
    frames: int = 32,
    batch: int = 32,
    workers: int = 2,
    threads: int = 1,
    changed: Mapping[str, Any] | None = None,
) -> Summary:
    """Write the masks of every `shards`-th test clip, beginning with number `shard`, to the set `masks`.

    Args:
        dataset: the dataset's folder.
        masks: the mask set's name, a folder below `masks/`.
        checkpoint: `best.pth` of a training.
        shard: from 0 to `shards` - 1.
        shards: how many the set has; always the same number for one set.
        frames: sampled from each clip.
        batch: frames that go through the network together.
        workers: decoding threads.
        threads: of the network on a CPU.
        changed: fields of `Rules` that differ from those that go with the network.

    Raises:
        UserError: the listing, the checkpoint or the set cannot be used, the set is of other frames than the listing
            says now, or another process writes this shard.
    """
    clips = read_listing(dataset, "test")
    folder = dataset / "masks" / masks
    torch.set_num_threads(threads)
    network = DiverNetwork(checkpoint)
    rules = replace(network.rules, **(changed or {}))
    order = begin_set_of(
        folder,
        {
            "source": "segment infer",
            "training": network.spec.to_dict(),
            "checkpoint_sha256": sha256(checkpoint),
            "frames": frames,
            "rules": asdict(rules),
            "decoder": DECODER,
        },
        clips,
    )
    with MaskShard(folder, shard, shards) as out:
        listed = {clip.name: clip for clip in clips}
        ours = [listed[name] for name in order[shard::shards] if name in listed]
        wanted = [clip for clip in ours if clip.name not in out.done]
        summary = Summary(there=len(ours) - len(wanted))
        with summary.timing.measure("wall"):
            _find_all(wanted, dataset, network, out, summary, frames, batch, workers, rules)
    return summary


def _find_all(
    clips: list[Clip],
    dataset: Path,
    network: DiverNetwork,
    out: MaskShard,
    summary: Summary,
    frames: int,
    batch: int,
    workers: int,
    rules: Rules,
) -> None:
    timing = summary.timing
    allowed = frames_lacking(dataset)

    def decode(clip: Clip) -> tuple[np.ndarray, float]:
        started = time.perf_counter()
        pictures = read_clip(clip.path(video_folder(dataset)), clip, frames, (HEIGHT, WIDTH), allowed)
        return pictures, time.perf_counter() - started

    def encode(clip: Clip, predictions: list[Prediction]) -> None:
        with timing.measure("encode"):
            divers = [prediction.divers(rules) for prediction in predictions]
            mask, boxes = np.stack([mask for mask, _ in divers]), tuple(boxes for _, boxes in divers)
            out.add(ClipMasks(clip.name, mask, boxes))

    with (
        ThreadPoolExecutor(max(1, workers)) as decoders,
        ThreadPoolExecutor(1) as encoder,
        tqdm(total=len(clips), desc="finding divers", unit="clip", disable=None) as bar,
    ):
        coming: deque[tuple[Clip, Future]] = deque()
        writing: Future | None = None
        upcoming = iter(clips)

        def fail(clip: Clip, why: str) -> None:
            summary.failed[clip.name] = why
            if writing:
                writing.result()  # only one thread at a time uses the shard
            out.fail(clip.name, why)
            bar.update()

        while True:
            while len(coming) <= workers and (clip := next(upcoming, None)):
                coming.append((clip, decoders.submit(decode, clip)))
            if not coming:
                break
            clip, decoded = coming.popleft()
            try:
                pictures, seconds = decoded.result()
            except Exception as error:  # PyAV and the file system raise many kinds: the others go on, this is listed
                fail(clip, f"{type(error).__name__}: {error}")
                continue
            timing.decode += seconds
            with timing.measure("model"):
                parts = [network.predict(pictures[first : first + batch]) for first in range(0, frames, batch)]
            predictions = [prediction for part in parts for prediction in part]
            if not all(prediction.is_finite() for prediction in predictions):  # or the clip would seem to show no diver
                fail(clip, "the network's probabilities are NaN or infinite")
                continue
            if writing:
                writing.result()
            writing = encoder.submit(encode, clip, predictions)
            summary.done += 1
            timing.frames += frames
            bar.update()
        if writing:
            writing.result()
