"""One clip: its frames and its instance masks, from the plan alone."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from xdomain.datasets.mini_diving.diver.dive import Dive, Launch, Motion, flight_time, move
from xdomain.datasets.mini_diving.diver.figure import Figure, draw_looks
from xdomain.datasets.mini_diving.plan import CLIP, POOL, SOURCE, PlannedClip
from xdomain.datasets.mini_diving.scene.board import PLATFORMS, SPRINGBOARDS, Board, draw_board
from xdomain.datasets.mini_diving.scene.camera import Track, View, follow
from xdomain.datasets.mini_diving.scene.pool import LEFT, PER_METRE, TOP, Pool, draw_pool, paint
from xdomain.datasets.mini_diving.scene.splash import Splash
from xdomain.datasets.mini_diving.spec import MiniSpec
from xdomain.studies.vocabulary import vocabulary

EXPOSURES = 4  # pictures of the divers added up in one frame
SHUTTER = 0.5  # part of a frame's time during which light falls in
BESIDE = 1.9  # metres between two divers


@dataclass(frozen=True)
class Diver:
    """One diver of a clip: its picture at every exposure, its way, its splash, and where it goes under."""

    figure: Figure
    motion: Motion
    splash: Splash
    across: float  # y of its board
    surface: np.ndarray  # (F,) pixel row of the water where it goes in


@lru_cache(maxsize=2)  # the clips of a source video follow each other
def _place(spec: MiniSpec, pool_label: int, source: int) -> tuple[Pool, np.ndarray, Board]:
    """Draw a pool as it is in one source video: its panorama (H, W, 3), and the board that is used."""
    pool = draw_pool(spec.rng(POOL, pool_label), pool_label)
    rng = spec.rng(SOURCE, source)
    springs = bool(rng.random() < 0.5)
    height = float(rng.choice(SPRINGBOARDS if springs else PLATFORMS))
    grey = rng.uniform(120, 225) * np.array([1.0, rng.uniform(0.95, 1.03), rng.uniform(0.9, 1.1)])
    return pool, paint(pool, rng), Board(height, springs, grey * pool.tint)


def render(spec: MiniSpec, clip: PlannedClip) -> tuple[np.ndarray, np.ndarray]:
    """Draw a clip: frames (N, H, W, 3) uint8 RGB and masks (N, H, W) uint8, 0 background, 1 and 2 divers."""
    cv2.setNumThreads(1)
    rng = spec.rng(CLIP, clip.number)
    pool, panorama, board = _place(spec, clip.pool, clip.source)

    dive = Dive.of(vocabulary()[clip.label])
    up = rng.uniform(4.2, 5.2) if board.springs else rng.uniform(2.6, 3.4)
    launch = Launch(board.height, board.springs, up, rng.uniform(1.1, 1.6), rng.uniform(0.5, 0.8))
    ending = flight_time(launch) + rng.uniform(0.4, 0.6)
    frame_time = (launch.wait + ending) / clip.frames
    part = np.arange(EXPOSURES) / EXPOSURES * SHUTTER
    times = -launch.wait + (np.arange(clip.frames)[:, None] + part).ravel() * frame_time  # (F,)

    places = [0.0, BESIDE] if rng.random() < spec.pairs else [0.0]
    delays = [0.0, rng.normal(0, 0.025)][: len(places)]
    sizes = rng.uniform(0.94, 1.06, len(places))
    motions = [move(dive, launch, size, times - delay) for size, delay in zip(sizes, delays, strict=True)]
    centres = [motion.centre + np.array([0, place, 0]) for motion, place in zip(motions, places, strict=True)]
    target, _ = pool.view.project(np.mean(centres, axis=0))
    track = follow(rng, target, times, spec.height, spec.width, len(places))
    angle = rng.uniform(-0.9, 0.9)
    light = np.array([np.sin(angle), -np.cos(angle)])

    divers = []
    for motion, place, size, delay in zip(motions, places, sizes, delays, strict=True):
        looks = draw_looks(rng)
        sheet, depth = pool.view.project(motion.positions + np.array([0, place, 0]))
        figure = Figure(track.pixels(sheet, slice(None)), depth, track.scale, size, looks, light)
        where = np.array([motion.entry_x, place, 0.0])
        splash = Splash(rng, pool.view, where, motion.entry_time + delay, rng.uniform(0.65, 1.25))
        surface = track.pixels(np.broadcast_to(splash.place, (len(times), 2)), slice(None))[:, 1]
        divers.append(Diver(figure, motion, splash, place, surface))
    return _film(clip, times, track, pool.view, panorama, divers, board)


def _film(
    clip: PlannedClip,
    times: np.ndarray,
    track: Track,
    view: View,
    panorama: np.ndarray,
    divers: list[Diver],
    board: Board,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw all frames, the farther diver first."""
    shape = (clip.frames, track.height, track.width)
    frames, masks = np.empty((*shape, 3), np.uint8), np.zeros(shape, np.uint8)
    for number in range(clip.frames):
        moment = number * EXPOSURES
        picture = _background(panorama, track, moment)
        nearest_last = list(enumerate(divers, start=1))[::-1]
        for _, diver in nearest_last:
            draw_board(picture, track, moment, view, board, diver.across, diver.motion.tip[moment])
        for value, diver in nearest_last:
            _add_diver(picture, masks[number], value, diver, slice(moment, moment + EXPOSURES))
            hidden = diver.splash.draw(picture, track, moment, times[moment])
            if hidden is not None:
                masks[number][hidden >= 0.5] = 0
        frames[number] = picture
    return frames, masks


def _background(panorama: np.ndarray, track: Track, moment: int) -> np.ndarray:
    """Cut the pool at one moment, blurred by the camera's own movement."""
    matrix = track.sheet_to(moment, LEFT, TOP, PER_METRE)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = cv2.warpAffine(
        panorama, matrix, (track.width, track.height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    moved = (track.centre[moment + EXPOSURES - 1] - track.centre[moment]) * track.scale[moment]
    across, up = np.clip(np.round(np.abs(moved)).astype(int) + 1, 1, 15).tolist()
    return cv2.blur(picture, (across, up)) if across > 1 or up > 1 else picture


def _add_diver(picture: np.ndarray, mask: np.ndarray, value: int, diver: Diver, moments: slice) -> None:
    """Add a diver's exposures to `picture` and, where they cover half the time, its `value` to `mask`, in place."""
    figure = diver.figure
    size = np.array([picture.shape[1], picture.shape[0]])
    low = np.clip(np.floor(figure.low[moments].min(axis=0)).astype(int) - 1, 0, size)
    high = np.clip(np.ceil(figure.high[moments].max(axis=0)).astype(int) + 2, 0, size)
    # What is under water is not seen.
    high[1] = min(high[1], max(low[1], round(float(diver.surface[moments].mean()))))
    if (high <= low).any():
        return
    width, height = high - low
    exposures = np.zeros((EXPOSURES, height, width, 4), np.uint8)
    for layer, moment in zip(exposures, range(moments.start, moments.stop), strict=True):
        figure.draw(layer, moment, low)
    light = exposures.sum(axis=0, dtype=np.uint16).astype(np.float32) / EXPOSURES  # (h, w, 4)
    opacity = light[..., 3:] / 255
    part = np.s_[low[1] : high[1], low[0] : high[0]]
    picture[part] = (picture[part] * (1 - opacity) + light[..., :3] + 0.5).astype(np.uint8)
    mask[part][opacity[..., 0] >= 0.5] = value
