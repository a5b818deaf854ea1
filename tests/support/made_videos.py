"""Real H.264 files of a few frames, good and bad, and small folders in Diving48's layout."""

import io
import json
import struct
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition

from xdomain.datasets.clip_cache.writer import CacheWriter, Shard
from xdomain.datasets.diving48.video import encode_video
from xdomain.specs.videos import ClipCacheSpec

VOCABULARY = [
    ["Back", "15som", "05Twis", "FREE"],
    ["Back", "15som", "NoTwis", "TUCK"],
    ["Forward", "25som", "NoTwis", "PIKE"],
]
TRAIN_CACHE = ClipCacheSpec("made", "train", frames=8, side=24)  # of `write_dataset`, in a folder `made`


def grey_ramp(frames: int, height: int = 48, width: int = 64) -> np.ndarray:
    """(T, H, W, 3): frame t is grey of level 40 + 4·t."""
    levels = (40 + 4 * np.arange(frames)).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (frames, height, width, 3))


def moving_noise(frames: int, height: int = 48, width: int = 64, seed: int = 0) -> np.ndarray:
    """(T, H, W, 3): a view that slides over coloured blocks of 4×4."""
    blocks = np.random.default_rng(seed).integers(0, 256, (height // 4 + 2, width // 4 + frames, 3), dtype=np.uint8)
    scene = blocks.repeat(4, axis=0).repeat(4, axis=1)
    return np.stack([scene[:height, 2 * t : 2 * t + width] for t in range(frames)])


def encoded(frames: np.ndarray) -> bytes:
    """The MP4 file of (T, H, W, 3) frames."""
    buffer = io.BytesIO()
    encode_video(buffer, frames)
    return buffer.getvalue()


def rotated(mp4: bytes) -> bytes:
    """The same file with the display matrix of a phone held upright: shown a quarter turn clockwise."""
    return displayed(mp4, 0, 1, -1, 0)


def displayed(mp4: bytes, a: float, b: float, c: float, d: float, u: float = 0) -> bytes:
    """The same file with another display matrix: what is stored at (p, q) is shown at (a·p + c·q, b·p + d·q)."""
    fixed = [round(value * 2**16) for value in (a, b, c, d)]
    matrix = struct.pack(">9i", *fixed[:2], round(u * 2**30), *fixed[2:], 0, 0, 0, 1 << 30)
    start = mp4.index(b"tkhd") + 4 + 40
    return mp4[:start] + matrix + mp4[start + 36 :]


def with_cover(frames: np.ndarray, container: str, attached: bool) -> bytes:
    """A file of (T, H, W, 3) frames, T from 0, whose first video stream is a white picture, attached or not."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        cover = file.add_stream("mjpeg", rate=25, width=128, height=96, pix_fmt="yuvj420p")
        if attached:
            cover.disposition = Disposition.attached_pic
        streams = [(cover, np.full((1, 96, 128, 3), 255, dtype=np.uint8))]
        if len(frames):
            options = {"crf": "18", "threads": "1"}
            video = file.add_stream("libx264", rate=25, width=64, height=48, pix_fmt="yuv420p", options=options)
            streams.append((video, frames))
        for stream, pictures in streams:
            for picture in pictures:
                file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
            file.mux(stream.encode(None))
    return buffer.getvalue()


def coded_pictures(mp4: bytes) -> list[slice]:
    """Where the file has each coded picture, in coding order."""
    with av.open(io.BytesIO(mp4)) as container:
        return [slice(packet.pos, packet.pos + packet.size) for packet in container.demux(video=0) if packet.size]


def damaged(mp4: bytes, first: int, last: int) -> bytes:
    """The file with the coded pictures `first` up to `last` overwritten with zeros: a decoder cannot go on there."""
    altered = bytearray(mp4)
    for place in coded_pictures(mp4)[first:last]:
        altered[place] = bytes(place.stop - place.start)
    return bytes(altered)


def garbled(mp4: bytes) -> bytes:
    """The file with other bits in the second half of its first picture: a decoder goes on with what it has."""
    place, altered = coded_pictures(mp4)[0], bytearray(mp4)
    half = slice((place.start + place.stop) // 2, place.stop)
    altered[half] = bytes(byte ^ 0xA5 for byte in altered[half])
    return bytes(altered)


def sound_only() -> bytes:
    """An MP4 file with one AAC stream."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return buffer.getvalue()


def write_shard(writer: CacheWriter, shard: Shard, clips: Iterable[np.ndarray]) -> None:
    """Write all clips of a cache's shard."""
    with writer.opened(shard) as file:
        for clip in clips:
            file.add(clip)


def entry(name: str, label: int = 0, start: int = 0, end: int = 40) -> dict:
    """One entry of a listing."""
    return {"vid_name": name, "label": label, "start_frame": start, "end_frame": end}


def write_listings(root: Path, train: list, test: list) -> None:
    """The three JSON files of the archive."""
    (root / "rgb").mkdir(parents=True, exist_ok=True)
    (root / "Diving48_V2_train.json").write_text(json.dumps(train))
    (root / "Diving48_V2_test.json").write_text(json.dumps(test))
    (root / "Diving48_vocab.json").write_text(json.dumps(VOCABULARY))


def write_dataset(root: Path, train: int = 20, test: int = 3, frames: int = 40) -> Path:
    """A good dataset: clips a_00000, b_00001, c_00002, a_00003 and so on, each of other pixels; returns `root`."""
    names = [f"{'abc'[number % 3]}_{number:05d}" for number in range(train + test)]
    listed = [entry(name, number % 3, end=frames) for number, name in enumerate(names)]
    write_listings(root, listed[:train], listed[train:])
    for number, name in enumerate(names):
        encode_video(root / "rgb" / f"{name}.mp4", moving_noise(frames, seed=number), crf=30)
    return root
