"""Test clips of a Diving48 study in every domain, from its caches where they are on this machine."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from analysis.content.cache_files import CacheFiles
from analysis.content.mistakes import Taken
from analysis.content.sprite import Player, Sprite, sprite
from analysis.studies.base import Runs
from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.roots import data_root
from xdomain.datasets.diving48.listing import class_names, is_described
from xdomain.specs.videos import ClipCacheSpec, VideoEvaluation, VideoRun
from xdomain.studies.diving48 import UNMODIFIED

SHOWN = 3  # clips
MOST_FRAMES = 16
SIDE = 168  # pixels


def video_clips(runs: Runs, display: Callable[[str], str]) -> tuple[list[Player], list[str]]:
    """Show a few test clips in every domain, of different classes, chosen from those that all the caches have.

    Args:
        runs: of the study.
        display: names a domain as tables do.
    """
    caches, opened, absent = _open(runs)
    if not opened:
        return [], absent
    cache = next(iter(opened.values()))
    players = []
    for name in _evenly({cache.label(name): name for name in reversed(_shared(opened))}):
        try:
            players.append(_video(name, opened, caches, display))
        except UserError as error:
            absent.append(str(error))
    return players, absent


def mistaken_clips(runs: Runs, display: Callable[[str], str], taken: list[Taken]) -> list[Player]:
    """Show, for each model, the worst of its clips that all the caches have, with what it was taken for."""
    caches, opened, _ = _open(runs)
    shared = set(_shared(opened))
    players = []
    for model in taken:
        for name in [clip for clip in model.answers if clip in shared][:1]:
            said = model.answers[name]

            def caption(domain: str, said: dict[str, str] = said) -> str:
                return f"{display(domain)}: {said.get(domain, 'not evaluated')}"

            player = _video(name, opened, caches, caption)
            players.append(
                player._replace(heading=f"{model.heading}: {player.heading}", name=f"{model.heading}, {name}")
            )
    return players


def _open(runs: Runs) -> tuple[dict[str, ClipCacheSpec], dict[str, CacheFiles], list[str]]:
    """Return the caches of every domain, those that are on this machine, and why others are not."""
    caches: dict[str, ClipCacheSpec] = {}
    for spec in [spec for spec, _ in runs if isinstance(spec, VideoRun)]:
        caches.setdefault(UNMODIFIED, spec.data.cache(UNMODIFIED))
        if isinstance(spec, VideoEvaluation):
            caches.setdefault(spec.evaluates, spec.clip_cache)
    opened, absent = {}, []
    for domain, cached in caches.items():
        try:
            opened[domain] = CacheFiles(cached.folder(data_root()), _seen(runs, cached))
        except UserError as error:
            absent.append(str(error))
    return caches, opened, absent


def _shared(opened: dict[str, CacheFiles]) -> list[str]:
    """List the clips that all opened caches have."""
    return sorted(set.intersection(*(set(cache.names) for cache in opened.values()))) if opened else []


def _seen(runs: Runs, cache: ClipCacheSpec) -> set[str]:
    """Name the contents of a cache that runs saw; those who decoded the videos themselves saw none."""
    entries = [result["data"].get(cache.name, {}) for _, result in runs if result is not None]
    return {entry["sha256"] for entry in entries if ":" not in entry.get("sha256", ":")}


def _video(
    name: str, opened: dict[str, CacheFiles], caches: dict[str, ClipCacheSpec], display: Callable[[str], str]
) -> Player:
    sprites = [_sprite(name, display(domain), cache) for domain, cache in opened.items()]
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
    """Name class 12 with its four attributes, where the dataset's vocabulary is there, or with its own name."""
    if is_described(data_root() / dataset):
        return f"class {label} ({class_names(data_root() / dataset)[label]})"
    file = data_root() / dataset / "Diving48_vocab.json"
    return f"class {label}" + (f" ({', '.join(read_json(file)[label])})" if file.exists() else "")
