"""Video files to arrays and back, with PyAV, whose wheels bring their own FFmpeg (docs/benchmarks.md compares).

Pixels do not depend on the machine: H.264 defines what a decoder gives to the bit, and swscale runs bit-exactly. It
shrinks by area averaging with full chroma, in one step from the frame as decoded; without full chroma its pictures
come out darker by more than a level. Every process decodes with one thread.
"""

import glob
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from xdomain.datasets.diving48 import Clip
from xdomain.errors import UserError

EXACT = Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
# The demuxers that read a file's own pictures (MP4/MOV, Matroska/WebM, AVI, MPEG-TS, MPEG-PS). FFmpeg knows others,
# such as concat scripts and playlists, which open whatever files they name.
CONTAINERS = {"format_whitelist": "mov,matroska,webm,avi,mpegts,mpeg", "protocol_whitelist": "file"}
Size = tuple[int, int]  # height, width


class BadVideo(UserError):
    """A video that cannot be used. `problem` is its kind, a key of the index's report."""

    def __init__(self, path: Path, problem: str, detail: str) -> None:
        super().__init__(path, problem, detail)  # all three, so that it can be pickled
        self.path, self.problem, self.detail = path, problem, detail

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}."


def sampled_frames(start: int, end: int, count: int) -> list[int]:
    """`count` frame numbers spaced evenly from `start` to `end` - 1, both included (paper section 3.3).

    Rounded to the nearest, halves up. A clip of fewer frames repeats some.
    """
    if count == 1:
        return [start]
    last, steps = end - 1 - start, count - 1
    return [start + (2 * step * last + steps) // (2 * steps) for step in range(count)]


def read_clip(path: Path, clip: Clip, frames: int, size: Size) -> np.ndarray:
    """The clip's `frames` sampled frames, resized without cropping: (T, H, W, 3) uint8 RGB.

    H.264 has to be decoded from the start, but only the sampled frames are converted, and none is decoded after
    the last of them.

    Raises:
        BadVideo: the file is missing, is no video, is damaged up to the last sampled frame, or ends before it.
    """
    wanted = sampled_frames(clip.start_frame, clip.end_frame, frames)
    pictures = np.empty((frames, *size, 3), dtype=np.uint8)
    convert = _Converter(size)
    slot, decoded = 0, 0
    with closing(_decoded(path)) as decoder:
        for number, frame in enumerate(decoder):
            decoded = number + 1
            if number == wanted[slot]:
                pictures[slot] = convert(frame)
                while slot + 1 < frames and wanted[slot + 1] == number:
                    pictures[slot + 1] = pictures[slot]
                    slot += 1
                slot += 1
                if slot == frames:
                    return pictures
    raise BadVideo(path, "too few frames", f"it has {decoded} frames where {clip.end_frame} are listed")


def decode_all(path: Path | BinaryIO, size: Size | None = None) -> np.ndarray:
    """Every frame, (T, H, W, 3) uint8 RGB, resized to `size` if given; turned as the file says.

    Raises:
        BadVideo: the file is missing, is no video or is damaged.
    """
    convert = _Converter(size)
    pictures = [convert(frame) for frame in _decoded(path)]
    if not pictures:
        raise BadVideo(path, "undecodable", "it has no frame")
    return np.stack(pictures)


def probe(path: Path) -> tuple[int, Size, int]:
    """Decode all: number of frames, size (height, width) as stored, and rotation in degrees.

    Raises:
        BadVideo: as `decode_all`.
    """
    count, size, rotation = 0, (0, 0), 0
    for frame in _decoded(path):
        if not count:
            size, rotation = (frame.height, frame.width), frame.rotation
        count += 1
    return count, size, rotation


def encode_video(
    target: Path | BinaryIO, frames: np.ndarray, fps: int = 30, crf: int = 18, preset: str = "medium"
) -> None:
    """Write (T, H, W, 3) uint8 RGB frames as an H.264 MP4: the same bytes on any number of cores.

    `crf` is x264's quality, 0 (lossless) to 51, `preset` its speed. Odd sizes keep their chroma whole (4:4:4), since
    4:2:0 needs even ones.
    """
    height, width = frames.shape[1:3]
    pixel_format = "yuv420p" if height % 2 == width % 2 == 0 else "yuv444p"
    convert = VideoReformatter()
    with av.open(str(target) if isinstance(target, Path) else target, "w", format="mp4") as container:
        # x264's macroblock tree is the one part of it whose result differs between runs (seen with AVX-512).
        options = {"crf": str(crf), "preset": preset, "threads": "1", "x264-params": "mbtree=0"}
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        for picture in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame = convert.reformat(frame, format=pixel_format, interpolation=Interpolation.AREA | EXACT, threads=1)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


class _Converter:
    """Frames of one video to RGB arrays of `size`, or of their own size, turned as the file's display matrix says."""

    def __init__(self, size: Size | None) -> None:
        self.size = size
        self.reformatter = VideoReformatter()  # kept, since building its filters takes as long as using them

    def __call__(self, frame: av.VideoFrame) -> np.ndarray:
        turns = round(frame.rotation / 90) % 4  # counter-clockwise
        height, width = self.size or (None, None)
        if turns % 2:
            height, width = width, height
        rgb = self.reformatter.reformat(
            frame, width, height, "rgb24", interpolation=Interpolation.AREA | EXACT, threads=1
        )
        return np.rot90(rgb.to_ndarray(), turns)  # (H, W, 3)


def _decoded(path: Path | BinaryIO) -> Iterator[av.VideoFrame]:
    """The frames of the first video stream in the order they are shown."""
    if isinstance(path, Path):
        _refuse_absent_or_empty(path)
    try:
        with av.open(str(path) if isinstance(path, Path) else path, options=CONTAINERS) as container:
            if not container.streams.video:
                raise BadVideo(path, "no video stream", "it holds no pictures")
            stream = container.streams.video[0]
            stream.thread_type = "NONE"
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    raise BadVideo(path, "undecodable", "its pictures are damaged")
                yield frame
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):  # the fault of the disk or of permissions, not of the video
            raise UserError(f"{path} cannot be read ({error.strerror}). See to that, then try again.") from error
        raise BadVideo(path, "undecodable", f"it cannot be decoded ({error.strerror})") from error


def _refuse_absent_or_empty(path: Path) -> None:
    if not path.is_file():
        others = sorted(other.name for other in path.parent.glob(f"{glob.escape(path.stem)}.*"))
        raise BadVideo(path, "missing", f"there is no such file{', but ' * bool(others)}{', '.join(others)}")
    if path.stat().st_size == 0:
        raise BadVideo(path, "undecodable", "it is empty (0 bytes)")
