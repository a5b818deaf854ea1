"""Water thrown up where a diver goes in: drops, a white plume and a spreading ring of foam."""

import cv2
import numpy as np

from xdomain.datasets.mini_diving.diver.dive import GRAVITY
from xdomain.datasets.mini_diving.scene.camera import Track, View

DROPS = 130
WHITE = np.array([238, 246, 250], np.float32)


class Splash:
    """The water over time, from the moment `time` at the world point `place` (3,)."""

    def __init__(self, rng: np.random.Generator, view: View, place: np.ndarray, time: float, strength: float) -> None:
        self.time, self.strength = time, strength
        self.place, _ = view.project(place)
        self.squeeze = max(0.12, float(np.sin(view.pitch)))  # of circles on the water
        lean = rng.normal(0, 0.32, DROPS)
        speed = strength * rng.gamma(2.2, 1.15, DROPS)
        self.velocity = np.stack([speed * np.sin(lean), speed * np.cos(lean)], axis=1)  # (DROPS, 2) on the sheet
        self.start = rng.uniform(0, 0.22, DROPS)
        self.radius = rng.uniform(0.012, 0.04, DROPS)
        self.offset = rng.normal(0, 0.12, DROPS)
        self.lumps = rng.uniform(-1, 1, (9, 2))

    def draw(self, picture: np.ndarray, track: Track, moment: int, time: float) -> np.ndarray | None:
        """Draw it into `picture` (H, W, 3) in place; returns what it hides, (H, W) in [0, 1], or None before it is."""
        age = time - self.time
        if age <= 0:
            return None
        opacity = np.zeros(picture.shape[:2], np.uint8)
        scale = track.scale[moment]
        self._foam(picture, track, moment, age)
        # The plume rises and falls back.
        rise = self.strength * (2.6 * age - GRAVITY / 2.6 * age**2)
        if rise > 0:
            for across, up in self.lumps:
                sheet = self.place + np.array([0.16 * across * (1 + 2 * age), rise * (0.30 + 0.30 * up)])
                centre = track.pixels(sheet, moment)
                axes = scale * np.array([0.10 + 0.10 * min(1, 3 * age), 0.12 + 0.30 * rise])
                cv2.ellipse(opacity, *_fixed(centre, axes), 0, 0, 360, 190, -1, cv2.LINE_AA, 4)
        moved = np.clip(age - self.start, 0, None)
        place = self.place + np.stack(
            [self.offset + self.velocity[:, 0] * moved, self.velocity[:, 1] * moved - GRAVITY / 2 * moved**2], axis=1
        )
        flying = (moved > 0) & (place[:, 1] > self.place[1])
        # A drop is a short streak along its way during the exposure.
        fall = self.velocity - np.array([0, GRAVITY]) * moved[:, None]
        ends = track.pixels(np.stack([place - 0.012 * fall, place + 0.012 * fall]), moment)
        for drop in np.flatnonzero(flying):
            start, end = np.round(ends[:, drop] * 16).astype(int).tolist()
            width = max(1, round(2 * self.radius[drop] * scale))
            cv2.line(opacity, start, end, 225, width, cv2.LINE_AA, 4)
        water = round(float(track.pixels(self.place, moment)[1] + 0.05 * scale))
        opacity[max(0, water) :] = 0
        hidden = cv2.GaussianBlur(opacity, (0, 0), max(0.4, scale * 0.014)).astype(np.float32) / 255
        _mix(picture, hidden)
        return hidden

    def _foam(self, picture: np.ndarray, track: Track, moment: int, age: float) -> None:
        """Draw white water and rings on the surface."""
        scale = track.scale[moment]
        foam = np.zeros(picture.shape[:2], np.uint8)
        centre = track.pixels(self.place, moment)
        patch = 0.18 + 0.9 * self.strength * (1 - np.exp(-4 * age))
        cv2.ellipse(foam, *_fixed(centre, scale * patch * np.array([1, self.squeeze])), 0, 0, 360, 150, -1, 16, 4)
        for ring in (0.55, 1.0):
            radius = patch + ring * 1.6 * age
            axes = scale * radius * np.array([1, self.squeeze])
            cv2.ellipse(foam, *_fixed(centre, axes), 0, 0, 360, 110, max(1, round(0.03 * scale)), cv2.LINE_AA, 4)
        _mix(picture, cv2.GaussianBlur(foam, (0, 0), max(0.6, scale * 0.03)).astype(np.float32) / 255)


def _fixed(centre: np.ndarray, axes: np.ndarray) -> tuple[list[int], list[int]]:
    """Give centre and half axes as cv2 takes them, in sixteenths of a pixel."""
    return np.round(centre * 16).astype(int).tolist(), np.maximum(np.round(axes * 16), 8).astype(int).tolist()


def _mix(picture: np.ndarray, opacity: np.ndarray) -> None:
    """Lay white water over the rows and columns of `picture` that `opacity` (H, W) touches, in place."""
    rows, columns = np.flatnonzero(opacity.any(axis=1)), np.flatnonzero(opacity.any(axis=0))
    if not len(rows):
        return
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    mixed = picture[part] + (WHITE - picture[part]) * opacity[part][..., None]
    picture[part] = mixed.astype(np.uint8)
