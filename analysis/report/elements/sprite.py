"""Moving pictures that a reader can stop and step through: all frames of a clip in one still picture.

They stand one below another, and the page slides that picture behind a window. Unlike an animated picture it can be
paused at any frame, clips beside each other keep in step, and a reader who asked for less motion sees a still one.
"""

import base64
import io

import numpy as np
from PIL import Image

from analysis.report.elements.markup import text

QUALITY = 72  # of WebP where its lossless form is larger


def sprite_html(frames: np.ndarray, label: str, sharp: bool = False) -> str:
    """(T, H, W) or (T, H, W, 3) uint8 frames as an element that plays them; `sharp` keeps pixels square."""
    count, height, width = frames.shape[:3]
    sheet = Image.fromarray(np.concatenate(frames))
    packed = min((_webp(sheet, lossless) for lossless in (True, False)), key=len)
    address = f"data:image/webp;base64,{base64.b64encode(packed).decode()}"
    kind = "sprite sharp" if sharp else "sprite"
    style = f"--frames:{count};aspect-ratio:{width}/{height};background-image:url({address})"
    return f'<div class="{kind}" role="img" aria-label="{text(label)}" style="{style}"></div>'


def player_html(body: str, frames: int, name: str) -> str:
    """Clips that play together, with a button and a slider over their frames."""
    return f"""<div class="player" data-frames="{frames}">
{body}
<div class="controls"><button type="button" class="play" aria-label="Pause: {text(name)}">Pause</button>
<label>Frame <input type="range" min="1" max="{frames}" value="1" step="1" aria-label="Frame: {text(name)}">
<output>1</output> of {frames}</label></div>
</div>
"""


def _webp(picture: Image.Image, lossless: bool) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=lossless, quality=100 if lossless else QUALITY, method=4)
    return file.getvalue()
