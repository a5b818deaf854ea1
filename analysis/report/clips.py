"""Clips that the study's models saw, from its data files where they are on this machine."""

from pathlib import Path

import numpy as np
from markupsafe import Markup
from PIL import Image

from analysis.diving48.load import display_domain
from analysis.plotting.style import DOMAIN_NAMES
from analysis.report.elements.cache_files import CacheFiles
from analysis.report.elements.markup import render
from analysis.report.elements.sprite import Player, Sprite, sprite
from analysis.report.studies import Reported
from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.roots import data_root
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths
from xdomain.specs.shapes import ClipSetSpec, ShapeRun
from xdomain.specs.videos import ClipCacheSpec, VideoEvaluation, VideoRun
from xdomain.studies.diving48 import UNMODIFIED
from xdomain.studies.temporal_shape import CLASSES, DOMAINS

SHOWN = 3  # Diving48 clips
MOST_FRAMES = 16
SIDE = 168  # pixels


def clips_html(study: Reported) -> Markup:
    """Show every domain's clips side by side, and say what cannot be shown."""
    players, absent = _videos(study) if study.is_diving else _shapes(study)
    return render("clips", players=players, absent=absent)


def _shapes(study: Reported) -> tuple[list[Player], list[str]]:
    """Show the first clip of every class in each evaluation set; mnist-bg may have two, of different noise."""
    sets = evaluation_sets(study)
    several = {clip_set.domain for clip_set in sets if [other.domain for other in sets].count(clip_set.domain) > 1}
    sprites, absent = [], []
    for clip_set in sets:
        try:
            strip = _one_of_each(set_paths(clip_set, data_root())[0])
        except UserError as error:
            absent.append(str(error))
            continue
        name = DOMAIN_NAMES[clip_set.domain]
        caption = f"{name}, noise {clip_set.intensity:g}" if clip_set.domain in several else name
        sprites.append(sprite(strip, caption, f"Five moving {caption} clips: {', '.join(CLASSES)}", sharp=True))
    player = Player("Temporal Shape clips", "strips", sprites, classes=CLASSES)
    return [player] if sprites else [], absent


def evaluation_sets(study: Reported) -> list[ClipSetSpec]:
    """Name the sets on which a Temporal Shape study's runs are evaluated, in the order of the domains."""
    sets = dict.fromkeys(
        clip_set for spec, _ in study.runs if isinstance(spec, ShapeRun) for clip_set in spec.inputs[1:]
    )
    return sorted(sets, key=lambda clip_set: (DOMAINS.index(clip_set.domain), clip_set.name))


def _one_of_each(npy: Path) -> np.ndarray:
    """Put the first clip of every class beside each other: (T, 64, 5 · 64)."""
    clips = open_set(npy, verify=False)
    first = [np.flatnonzero(clips.labels == label)[:1] for label in range(len(CLASSES))]
    empty = np.zeros(clips.clips.shape[1:], np.uint8)
    return np.concatenate([clips.clips[numbers[0]] if len(numbers) else empty for numbers in first], axis=2)


def _videos(study: Reported) -> tuple[list[Player], list[str]]:
    """Show a few test clips in every domain, of different classes, chosen from those that all the caches have."""
    caches: dict[str, ClipCacheSpec] = {}
    for spec in [spec for spec, _ in study.runs if isinstance(spec, VideoRun)]:
        caches.setdefault(UNMODIFIED, spec.data.cache(UNMODIFIED))
        if isinstance(spec, VideoEvaluation):
            caches.setdefault(spec.evaluates, spec.clip_cache)
    opened, absent = {}, []
    for domain, cached in caches.items():
        try:
            opened[domain] = CacheFiles(cached.folder(data_root()), _seen(study, cached))
        except UserError as error:
            absent.append(str(error))
    if not opened:
        return [], absent
    cache = next(iter(opened.values()))
    shared = sorted(set.intersection(*(set(cache.names) for cache in opened.values())))
    players = []
    for name in _evenly({cache.label(name): name for name in reversed(shared)}):
        try:
            players.append(_video(name, opened, caches))
        except UserError as error:
            absent.append(str(error))
    return players, absent


def _seen(study: Reported, cache: ClipCacheSpec) -> set[str]:
    """Name the contents of a cache that runs saw; those who decoded the videos themselves saw none."""
    entries = [result["data"].get(cache.name, {}) for _, result in study.runs if result is not None]
    return {entry["sha256"] for entry in entries if ":" not in entry.get("sha256", ":")}


def _video(name: str, opened: dict[str, CacheFiles], caches: dict[str, ClipCacheSpec]) -> Player:
    sprites = [_sprite(name, display_domain(domain), cache) for domain, cache in opened.items()]
    dataset = next(iter(caches.values())).dataset
    heading = f"{name}: {_class(dataset, next(iter(opened.values())).label(name))}"
    return Player(name, "domains", sprites, heading=heading)


def _sprite(name: str, domain: str, cache: CacheFiles) -> Sprite:
    return sprite(_small(cache.clip(name)), domain, f"Clip {name}, domain {domain}")


def _evenly(of_class: dict[int, str]) -> list[str]:
    """Choose one clip of each of a few classes, from the first to the last."""
    classes, count = sorted(of_class), min(SHOWN, len(of_class))
    return [of_class[classes[i * len(classes) // count]] for i in range(count)]


def _small(frames: np.ndarray) -> np.ndarray:
    """Reduce (T, H, W, 3) to at most MOST_FRAMES frames of at most SIDE pixels."""
    kept = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).round().astype(int))
    scale = min(1, SIDE / max(frames.shape[1:3]))
    size = round(frames.shape[2] * scale), round(frames.shape[1] * scale)  # width, height
    return np.stack([np.asarray(Image.fromarray(frames[i]).resize(size, Image.Resampling.BOX)) for i in kept])


def _class(dataset: str, label: int) -> str:
    """Name class 12 with its four attributes, where the dataset's vocabulary is there."""
    file = data_root() / dataset / "Diving48_vocab.json"
    return f"class {label}" + (f" ({', '.join(read_json(file)[label])})" if file.exists() else "")
