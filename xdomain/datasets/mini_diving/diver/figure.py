"""A diver's picture: rounded limbs, shaded from one side, the nearer ones over the farther ones."""

from dataclasses import dataclass

import cv2
import numpy as np

from xdomain.datasets.mini_diving.diver.body import JOINTS

SHIFT = 4  # bits of a pixel's fraction in cv2's coordinates
CORNERS = 7  # of each round end
# Limbs: two joints, radii there in metres, and what covers them.
LIMBS = (
    ("head", "crown", 0.095, 0.088, "skin"),
    ("hair", "nape", 0.075, 0.080, "hair"),
    ("neck", "head", 0.055, 0.050, "skin"),
    ("chest", "pelvis", 0.105, 0.100, "trunk"),
    ("back_high", "back_low", 0.060, 0.050, "back"),
    *(
        limb
        for side in "lr"
        for limb in (
            (f"shoulder_{side}", f"elbow_{side}", 0.055, 0.042, "skin"),
            (f"elbow_{side}", f"hand_{side}", 0.042, 0.028, "skin"),
            (f"rib_{side}", f"waist_{side}", 0.095, 0.080, "trunk"),
            (f"hip_{side}", f"knee_{side}", 0.090, 0.060, "skin"),
            (f"hip_{side}", f"thigh_{side}", 0.098, 0.088, "suit"),
            (f"knee_{side}", f"ankle_{side}", 0.058, 0.036, "skin"),
            (f"ankle_{side}", f"toe_{side}", 0.038, 0.022, "skin"),
        )
    ),
)
ENDS = np.array([[JOINTS.index(limb[0]), JOINTS.index(limb[1])] for limb in LIMBS])  # (P, 2)
RADII = np.array([limb[2:4] for limb in LIMBS])  # (P, 2)
COATS = ((0.70, 0), (1.0, 4), (1.1, 30))  # edge, colour, highlight: a factor and what wet skin adds
SKINS = ((238, 205, 180), (224, 180, 150), (198, 148, 112), (150, 102, 72), (118, 82, 60), (88, 60, 46))
SUITS = ((20, 30, 90), (150, 20, 40), (20, 20, 24), (10, 110, 90), (220, 190, 40), (230, 230, 235), (90, 30, 120))
HAIRS = ((30, 22, 18), (70, 44, 26), (150, 110, 60), (20, 20, 22), (120, 50, 30), (230, 230, 230))


@dataclass(frozen=True)
class Looks:
    """A diver's colours (RGB)."""

    skin: np.ndarray
    suit: np.ndarray
    hair: np.ndarray
    whole_suit: bool  # a swimsuit rather than trunks

    def colours(self) -> list[np.ndarray]:
        """List the colours, one a limb."""
        trunk = self.suit if self.whole_suit else self.skin
        covers = {"skin": self.skin, "suit": self.suit, "hair": self.hair, "trunk": trunk, "back": self.skin}
        return [covers[limb[4]] for limb in LIMBS]


def draw_looks(rng: np.random.Generator) -> Looks:
    """Draw at random how a diver looks."""
    skin, suit, hair = (np.array(choices[rng.integers(len(choices))], float) for choices in (SKINS, SUITS, HAIRS))
    return Looks(skin * rng.uniform(0.92, 1.05), suit, hair, bool(rng.random() < 0.5))


def outlines(ends: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Outline limbs by polygons: ends (..., 2, 2) and radii (..., 2) in pixels to (..., 2·CORNERS, 2)."""
    along = ends[..., 1, :] - ends[..., 0, :]
    heading = np.arctan2(along[..., 1], along[..., 0])[..., None]
    half = np.linspace(np.pi / 2, 3 * np.pi / 2, CORNERS)
    first, second = heading + half, heading + half + np.pi
    around = np.stack([np.cos([first, second]), np.sin([first, second])], axis=-1)  # (2, ..., CORNERS, 2)
    rings = [ends[..., k, None, :] + radii[..., k, None, None] * around[k] for k in range(2)]
    return np.concatenate(rings, axis=-2)


class Figure:
    """One diver at F moments, ready to draw.

    Args:
        joints: (F, J, 2) pixels.
        depth: (F, J), larger is farther.
        scale: (F,) pixels a metre.
        size: of the diver, 1 for 1.7 m.
        light: a direction (2,) in the picture from which it is lit.
    """

    def __init__(
        self, joints: np.ndarray, depth: np.ndarray, scale: np.ndarray, size: float, looks: Looks, light: np.ndarray
    ) -> None:
        ends = joints[:, ENDS]  # (F, P, 2, 2)
        radii = size * scale[:, None, None] * RADII  # (F, P, 2)
        # Three coats: a dark edge, the colour, and a highlight towards the light.
        lit = [ends + part * radii[..., None] * light for part in (0.0, 0.16, 0.42)]
        coats = [outlines(place, radii * part) for place, part in zip(lit, (1.0, 0.84, 0.42), strict=True)]
        self.polygons = np.stack(coats, axis=2)  # (F, P, 3, 2·CORNERS, 2)
        self.order = np.argsort(-depth[:, ENDS].mean(axis=2) + 0.3 * RADII.mean(axis=1), axis=1)  # far ones first
        self.colours = [
            [(*np.clip(colour * tone + shine, 0, 255).astype(int).tolist(), 255) for tone, shine in COATS]
            for colour in looks.colours()
        ]
        self.low = self.polygons.min(axis=(1, 2, 3))  # (F, 2) corners of what it covers
        self.high = self.polygons.max(axis=(1, 2, 3))

    def draw(self, layer: np.ndarray, moment: int, corner: np.ndarray) -> None:
        """Draw it over `layer` (h, w, 4), premultiplied RGB and opacity, whose first pixel is `corner` (x, y)."""
        fixed = np.round((self.polygons[moment] - corner) * (1 << SHIFT)).astype(np.int32)
        for limb in self.order[moment]:
            for polygon, colour in zip(fixed[limb], self.colours[limb], strict=True):
                cv2.fillConvexPoly(layer, polygon, colour, cv2.LINE_AA, SHIFT)
