"""How fast Diving48's clips are read: 32 frames of 224×224 from 360×480 H.264 of 150 frames, made here.

    python -m benchmarks.clips

The baseline is the authors' way: every frame is converted at full size, then 32 are resized. The floor is decoding
alone, which converts nothing. Clips per second of CPU time are those of one core, on a busy machine too.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy

import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageFilter

from benchmarks.rates import Figure, per_second, show
from xdomain.datasets.clip_cache.build import build_cache
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.diving48.listing import Clip
from xdomain.datasets.diving48.video import encode_video, probe, read_clip, sampled_frames
from xdomain.specs.videos import ClipCacheSpec

FRAMES, HEIGHT, WIDTH = 150, 360, 480
T, SIDE = 32, 224
VIDEOS, CLIPS = 4, 96  # different videos; clips made of them, so many that starting a process counts little


def moving_texture(seed: int) -> np.ndarray:
    """Film textures with a camera that pans, and sensor noise: (FRAMES, HEIGHT, WIDTH, 3) uint8."""
    rng = np.random.default_rng(seed)
    scene = np.zeros((HEIGHT + 2 * FRAMES, WIDTH + 3 * FRAMES, 3))
    for radius, contrast in ((2, 60), (12, 400)):
        noise = Image.fromarray(rng.integers(0, 256, scene.shape, dtype=np.uint8))
        scene += contrast * (np.asarray(noise.filter(ImageFilter.GaussianBlur(radius))) / 255.0 - 0.5)
    views = [scene[2 * t : 2 * t + HEIGHT, 3 * t : 3 * t + WIDTH] for t in range(FRAMES)]
    grain = rng.normal(0, 5, (FRAMES, HEIGHT, WIDTH, 1))
    return np.clip(128 + np.stack(views) + grain, 0, 255).astype(np.uint8)


def make_dataset(root: Path) -> tuple[Path, list[Clip]]:
    """Make a folder in Diving48's layout with CLIPS training clips."""
    dataset = root / "made"
    (dataset / "rgb").mkdir(parents=True)
    names = [f"video{number % VIDEOS}_{number // VIDEOS:05d}" for number in range(CLIPS)]
    for number, name in enumerate(names):
        target = dataset / "rgb" / f"{name}.mp4"
        if number < VIDEOS:
            encode_video(target, moving_texture(number), crf=25)
        else:
            target.write_bytes((dataset / "rgb" / f"{names[number % VIDEOS]}.mp4").read_bytes())
    clips = [Clip(name, 0, 0, FRAMES) for name in names]
    listing = [{"vid_name": name, "label": 0, "start_frame": 0, "end_frame": FRAMES} for name in names]
    (dataset / "Diving48_V2_train.json").write_text(json.dumps(listing))
    (dataset / "Diving48_vocab.json").write_text(json.dumps([["Forward", "15som", "NoTwis", "TUCK"]]))
    return dataset, clips


def authors_way(path: Path) -> np.ndarray:
    """Decode all frames at full size, then resize the sampled ones: (T, SIDE, SIDE, 3)."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "NONE"
        pictures = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    small = [Image.fromarray(pictures[number]).resize((SIDE, SIDE)) for number in sampled_frames(0, len(pictures), T)]
    return np.stack([np.asarray(picture) for picture in small])


def build_anew(spec: ClipCacheSpec, root: Path, workers: int) -> None:
    """Build the cache, whether or not it is there."""
    shutil.rmtree(spec.folder(root), ignore_errors=True)
    with redirect_stdout(io.StringIO()):
        build_cache(spec, root, workers)


def figures() -> Iterator[Figure]:
    """Time the authors' way, decoding alone, and ours from a file, into a cache and out of it."""
    size = (SIDE, SIDE)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        dataset, clips = make_dataset(root)
        paths = [dataset / "rgb" / f"{clip.name}.mp4" for clip in clips]
        some = list(zip(paths, clips, strict=True))[:VIDEOS]
        kilobytes = sum(path.stat().st_size for path in paths) / len(paths) / 1e3
        baseline = per_second(lambda: [authors_way(path) for path, _ in some], VIDEOS, 3)
        yield Figure("videos: convert all, then resize (baseline)", baseline, "clips", f"{kilobytes:,.0f} kB a video")
        floor = per_second(lambda: [probe(path) for path, _ in some], VIDEOS, 3)

        def compared(what: str, rate: float) -> Figure:
            return Figure(
                f"videos: {what}", rate, "clips", f"{rate / baseline:.2f} × baseline, {rate / floor:.2f} × floor"
            )

        yield compared("decoding alone (floor)", floor)
        streamed = per_second(lambda: [read_clip(path, clip, T, size) for path, clip in some], VIDEOS, 3)
        yield compared("streamed", streamed)
        spec = ClipCacheSpec(dataset.name, "train", T, SIDE)
        for workers in (1, 2):
            built = per_second(lambda workers=workers: build_anew(spec, root, workers), CLIPS, 2)
            yield compared(f"cache built, {workers} process{'es' * (workers > 1)}", built)
        cache = open_cache(spec.folder(root))
        scattered = [number * 37 % CLIPS for number in range(CLIPS)]
        cached = per_second(lambda: [np.array(cache[i]) for i in scattered], CLIPS, 3)
        yield compared("cached, from the page cache", cached)
        if not (cache[0] == read_clip(*some[0], T, size)).all():
            raise SystemExit("A clip of the cache is not the one that is streamed.")


if __name__ == "__main__":
    show(figures())
