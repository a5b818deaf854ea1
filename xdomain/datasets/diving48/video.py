"""Video files to arrays and back, with PyAV, whose wheels bring their own FFmpeg (docs/benchmarks.md compares).

Pixels do not depend on the machine: H.264 defines what a decoder gives to the bit, and swscale runs bit-exactly. It
shrinks by area averaging with full chroma, in one step from the frame as decoded; without full chroma its pictures
come out darker by more than a level. Every process decodes with one thread.
"""

import glob
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Interpolation, VideoReformatter

from xdomain.core.errors import UserError
from xdomain.datasets.diving48.display import Display, UnshowableError, display_of
from xdomain.datasets.diving48.listing import FRAMES_LACKING
from xdomain.datasets.layouts.clip import Clip

EXACT = Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails  # covers and previews, which are no video
# The demuxers that read a file's own pictures (MP4/MOV, Matroska/WebM, AVI, MPEG-TS, MPEG-PS). FFmpeg knows others,
# such as concat scripts and playlists, which open whatever files they name.
CONTAINERS = {"format_whitelist": "mov,matroska,webm,avi,mpegts,mpeg", "protocol_whitelist": "file"}
Size = tuple[int, int]  # height, width


class BadVideo(UserError):
    """A video that cannot be used. `problem` is its kind, a key of the index's report."""

    def __init__(self, path: Path | BinaryIO, problem: str, detail: str) -> None:
        super().__init__(path, problem, detail)  # all three, so that it can be pickled
        self.path, self.problem, self.detail = path, problem, detail

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}."


def sampled_frames(start: int, end: int, count: int) -> list[int]:
    """Space `count` frame numbers evenly from `start` to `end` - 1, both included (paper section 3.3).

    Rounded to the nearest, halves up. A clip of fewer frames repeats some.
    """
    if count == 1:
        return [start]
    last, steps = end - 1 - start, count - 1
    return [start + (2 * step * last + steps) // (2 * steps) for step in range(count)]


def read_clip(path: Path, clip: Clip, frames: int, size: Size, allowed: int = FRAMES_LACKING) -> np.ndarray:
    """Decode the clip's `frames` sampled frames, resized without cropping: (T, H, W, 3) uint8 RGB.

    H.264 has to be decoded from the start, but only the sampled frames are converted, and none is decoded after
    the last of them. A video that lacks at most `allowed` of its listed frames has its last one in their place.

    Raises:
        BadVideo: the file is missing, is no video, is damaged up to the last sampled frame, or ends too early.
    """
    return read_clip_and_lack(path, clip, frames, size, allowed)[0]


def read_clip_and_lack(
    path: Path, clip: Clip, frames: int, size: Size, allowed: int = FRAMES_LACKING
) -> tuple[np.ndarray, int]:
    """Do as `read_clip`, and count the listed frames that the video lacks: 0 unless a sampled one is beyond its end."""
    wanted = sampled_frames(clip.start_frame, clip.end_frame, frames)
    pictures = np.empty((frames, *size, 3), dtype=np.uint8)
    convert = _Converter(path, size)
    slot, decoded, frame = 0, 0, None
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
                    return pictures, 0
    require_enough(path, clip, decoded, allowed)
    assert frame is not None, "some were decoded"
    pictures[slot:] = convert(frame)
    return pictures, clip.end_frame - decoded


def require_enough(path: Path, clip: Clip, decoded: int, allowed: int) -> None:
    """Refuse a video of `decoded` frames that lacks more than `allowed` of the listed ones, or all of them.

    Raises:
        BadVideo: says how many there are.
    """
    if decoded <= clip.start_frame or clip.end_frame - decoded > allowed:
        raise BadVideo(path, "too few frames", f"it has {decoded} frames where {clip.end_frame} are listed")


def decode_all(path: Path | BinaryIO, size: Size | None = None) -> np.ndarray:
    """Decode every frame, (T, H, W, 3) uint8 RGB, resized to `size` if given; turned and mirrored as the file says.

    Raises:
        BadVideo: the file is missing, is no video or is damaged.
    """
    convert = _Converter(path, size)
    pictures = [convert(frame) for frame in _decoded(path)]
    if not pictures:
        raise BadVideo(path, "undecodable", "it has no frame")
    return np.stack(pictures)


def probe(path: Path) -> tuple[int, Size, Display]:
    """Decode all: number of frames, size (height, width) as stored, and how they are to be shown.

    Raises:
        BadVideo: as `decode_all`.
    """
    count, size, display = 0, (0, 0), Display()
    for frame in _decoded(path):
        if not count:
            size, display = (frame.height, frame.width), _display(path, frame)
        count += 1
    return count, size, display


def is_too_short(frames: int, sampled: int) -> bool:
    """Tell whether so short a clip is refused where `sampled` frames are wanted: one picture, or fewer than half."""
    return frames < 2 or 2 * frames < sampled


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

    def __init__(self, path: Path | BinaryIO, size: Size | None) -> None:
        self.path, self.size = path, size
        self.reformatter = VideoReformatter()  # kept, since building its filters takes as long as using them

    def __call__(self, frame: av.VideoFrame) -> np.ndarray:
        display = _display(self.path, frame)
        height, width = display.stored(self.size) if self.size else (None, None)
        rgb = self.reformatter.reformat(
            frame, width, height, "rgb24", interpolation=Interpolation.AREA | EXACT, threads=1
        )
        return display(rgb.to_ndarray())  # (H, W, 3)


def _display(path: Path | BinaryIO, frame: av.VideoFrame) -> Display:
    try:
        return display_of(frame)
    except UnshowableError as error:
        raise BadVideo(path, "unshowable", str(error)) from error


def _video_stream(path: Path | BinaryIO, container: av.container.InputContainer) -> av.VideoStream:
    """Choose the stream that FFmpeg takes for the video, never an attached picture such as a cover."""
    videos = [stream for stream in container.streams.video if not stream.disposition & PICTURES]
    if not videos:
        has_cover = bool(container.streams.video)
        raise BadVideo(path, "no video stream", "it holds only a cover" if has_cover else "it holds no pictures")
    # Some programs write a cover as a track of its own, of one picture; FFmpeg then takes it if it comes first.
    moving = [stream for stream in videos if stream.frames != 1] or videos  # 0 where the file does not say
    best = container.streams.best("video")
    return best if best in moving else moving[0]


def _decoded(path: Path | BinaryIO) -> Generator[av.VideoFrame, None, None]:
    """Yield the frames of the video stream in the order they are shown."""
    if isinstance(path, Path):
        _refuse_absent_or_empty(path)
    try:
        with av.open(str(path) if isinstance(path, Path) else path, mode="r", options=CONTAINERS) as container:
            stream = _video_stream(path, container)
            stream.thread_type = "NONE"
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    raise BadVideo(path, "undecodable", "its pictures are damaged")
                yield frame
    except UnicodeDecodeError as error:  # PyAV's, of a damaged text in the container
        raise BadVideo(path, "undecodable", "a text in it is damaged") from error
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
