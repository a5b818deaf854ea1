"""Frames that are converted in planes have the bytes of packed pixels, which every clip so far was made with."""

import io

import av
import numpy as np
import pytest
from av.video.reformatter import Interpolation, VideoReformatter

from xdomain.datasets.diving48.video import EXACT, PLANAR, decode_all

HEIGHT, WIDTH = 96, 130
# From much smaller to larger, with both sides of the two limits: half of the height, and two thirds.
SIZES = [
    (13, 300),
    (40, 40),
    (47, 65),
    (48, 65),
    (49, 130),
    (63, 57),
    (64, 65),
    (65, 65),
    (95, 57),
    (96, 130),
    (130, 130),
]


def noise_video(pixel_format: str) -> bytes:
    """Write four frames of noise in each plane, as a file of that pixel format: `yuvj` is what JPEG has."""
    rng, buffer = np.random.default_rng(0), io.BytesIO()
    with av.open(buffer, "w", format="matroska") as file:
        codec = "mjpeg" if pixel_format.startswith("yuvj") else "ffv1"
        stream = file.add_stream(codec, rate=25, width=WIDTH, height=HEIGHT, pix_fmt=pixel_format)
        for _ in range(4):
            frame = av.VideoFrame(WIDTH, HEIGHT, pixel_format)
            for plane in frame.planes:
                plane.update(rng.integers(0, 256, plane.buffer_size, dtype=np.uint8).tobytes())
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def packed(video: bytes, size: tuple[int, int]) -> tuple[str, np.ndarray]:
    """Decode with PyAV alone, each frame to packed pixels; returns the pixel format too."""
    with av.open(io.BytesIO(video)) as file:
        frames = list(file.decode(video=0))
    how, (height, width) = Interpolation.AREA | EXACT, size
    rgb = [VideoReformatter().reformat(frame, width, height, "rgb24", interpolation=how) for frame in frames]
    return frames[0].format.name, np.stack([frame.to_ndarray() for frame in rgb])


@pytest.mark.parametrize("pixel_format", sorted(PLANAR))
def test_planes_have_the_bytes_of_packed_pixels_at_every_size(pixel_format):
    video = noise_video(pixel_format)
    for size in SIZES:
        stored_as, expected = packed(video, size)
        assert stored_as == pixel_format
        assert np.array_equal(decode_all(io.BytesIO(video), size), expected), size
