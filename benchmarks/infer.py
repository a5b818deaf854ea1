"""Where the time of finding divers goes: decoding, the network, reducing and writing; alone and side by side.

    python -m benchmarks.infer --dataset mini --run mini

The baseline does the same work one part after the other; the ratio is how much the overlap gains on this machine.
"""

import tempfile
import time
from pathlib import Path

import click
import numpy as np
import torch

from segment.inference.infer import infer_shard
from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks
from segment.masks.divers import find_divers
from segment.masks.mask_set import MaskShard, begin_set
from segment.network.predict import DiverNetwork
from xdomain.core.roots import data_root, runs_root
from xdomain.datasets.diving48.listing import read_listing
from xdomain.datasets.diving48.video import read_clip


@click.command()
@click.option("--dataset", default="mini", show_default=True)
@click.option("--run", default="mini", show_default=True, help="A finished training.")
@click.option("--of", default=1, show_default=True, help="Take every OF-th test clip only.")
@click.option("--frames", default=32, show_default=True)
@click.option("--batch", default=32, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--threads", default=1, show_default=True)
def main(dataset: str, run: str, of: int, frames: int, batch: int, workers: int, threads: int) -> None:
    """Print seconds and frames per second."""
    source = data_root() / dataset
    checkpoint = runs_root() / "segment" / run / "checkpoints" / "best.pth"
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "dataset"
        folder.mkdir()
        for name in ("rgb", "Diving48_V2_test.json", "Diving48_vocab.json"):
            (folder / name).symlink_to((source / name).absolute())
        network = DiverNetwork(checkpoint)
        clips = read_listing(folder, "test")[::of]
        seconds = dict.fromkeys(("decode", "network", "masks"), 0.0)
        begin_set(folder / "masks" / "baseline", {"frames": frames})
        with MaskShard(folder / "masks" / "baseline", 0, 1) as shard:
            for clip in clips:
                clock = [time.perf_counter()]
                pictures = read_clip(folder / "rgb" / f"{clip.name}.mp4", clip, frames, (HEIGHT, WIDTH))
                clock.append(time.perf_counter())
                firsts = range(0, frames, batch)
                parts = [network.probabilities(pictures[first : first + batch]) for first in firsts]
                clock.append(time.perf_counter())
                divers = [find_divers(frame, network.rules) for frame in np.concatenate(parts)]
                masks, boxes = zip(*divers, strict=True)
                shard.add(ClipMasks(clip.name, np.stack(masks), boxes))
                clock.append(time.perf_counter())
                for name, spent in zip(seconds, np.diff(clock).tolist(), strict=True):
                    seconds[name] += spent
        alone = sum(seconds.values())
        count = len(clips) * frames
        said = ", ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
        print(f"one after the other  {count / alone:6.1f} frames/s  ({said})")
        timing = infer_shard(folder, "overlapped", checkpoint, 0, of, frames, batch, workers, threads).timing
        print(
            f"side by side         {timing.frames / timing.wall:6.1f} frames/s  {alone / timing.wall:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
