"""Evaluation clips that also stand in training, pixel for pixel (paper appendix E.1).

The JSON of a set has a digest of each clip, so that sets are compared without reading their clips. When a set is
made, what it shares with those that are there is counted into their JSONs, for the published split.
"""

import base64
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from xdomain.core.files import read_json, write_json
from xdomain.datasets.temporal_shape.clipset import split
from xdomain.runs.run_folder import VALIDATION
from xdomain.specs.shapes import DataSpec, ShapeRun
from xdomain.studies.temporal_shape import CLASSES, DOMAINS

COUNTED = "also_in_training"  # in a set's JSON: name of a training set -> how many clips it shares


@dataclass(frozen=True)
class Leak:
    """How many of some evaluated clips also stand in training; as text "22 of 1,000 (spiral 22)"."""

    evaluated: int
    training: int
    per_class: tuple[int, ...]  # in label order

    @property
    def clips(self) -> int:
        """How many, of all classes."""
        return sum(self.per_class)

    def __str__(self) -> str:
        classes = ", ".join(f"{name} {count}" for name, count in zip(CLASSES, self.per_class, strict=True) if count)
        return f"{self.clips:,} of {self.evaluated:,}" + (f" ({classes})" if classes else "")


@dataclass(frozen=True)
class Contents:
    """Digests and labels of N clips."""

    digests: np.ndarray  # (N,) uint64; two different clips of a study share one once in 10¹² studies
    labels: np.ndarray  # (N,) uint8

    @classmethod
    def of(cls, info: dict[str, Any]) -> "Contents | None":
        """Read what a set's JSON says of its clips; None where an earlier version wrote it."""
        if "clip_digests" not in info:
            return None
        digests = np.frombuffer(base64.b64decode(info["clip_digests"]), dtype="<u8")
        return cls(digests, np.frombuffer(info["labels"].encode(), np.uint8) - ord("0"))

    def part(self, clips: np.ndarray) -> "Contents":
        """Select the contents of some clips."""
        return Contents(self.digests[clips], self.labels[clips])

    def shared_with(self, training: "Contents") -> Leak:
        """Count these clips that stand in `training`."""
        seen = self.labels[np.isin(self.digests, training.digests)]
        counts = np.bincount(seen, minlength=len(CLASSES))
        return Leak(len(self.labels), len(training.labels), tuple(counts.tolist()))


def leaks(spec: ShapeRun, root: Path) -> dict[str, Leak | None]:
    """Count what a run's evaluated sets, the validation clips first, share with its training clips.

    None where a set is not below the data root, or an earlier version wrote its JSON.
    """
    source, *evaluated = map(_known, (clip_set.marker(root) for clip_set in spec.inputs))
    if source is None:
        return dict.fromkeys((VALIDATION, *spec.targets))
    train, validation = split(len(source.labels), spec.data.train_clips, spec.data.split_seed)
    sets = {VALIDATION: source.part(validation)} | dict(zip(spec.targets, evaluated, strict=True))
    training = source.part(train)
    return {name: clips.shared_with(training) if clips else None for name, clips in sets.items()}


def announce(npy: Path, info: dict[str, Any]) -> None:
    """Say what a set holds that was just made, and count what it shares with the sets beside it.

    The counts go into the JSON of the set that is evaluated: a training set's own for its validation clips.
    """
    counts = ", ".join(f"{name} {count}" for name, count in zip(CLASSES, info["class_counts"], strict=True))
    print(f"{npy}: {info['clips']} clips ({counts})")
    described = npy.with_suffix(".json")
    beside = sorted(described.parent.glob("*.json"))
    for training, evaluated in product(beside, beside):
        if described in (training, evaluated) and _are_counterparts(training, evaluated):
            leak = _count(training, evaluated)
            if leak is not None:
                clips = "its validation clips" if training == evaluated else f"the clips of {evaluated.stem}"
                print(f"Of {clips}, {leak} also stand among the {leak.training:,} training clips of {training.stem}.")


def _known(marker: Path) -> Contents | None:
    return Contents.of(read_json(marker)) if marker.exists() else None


def _are_counterparts(training: Path, evaluated: Path) -> bool:
    """Tell whether clips of one set, by its name, may train a model that is evaluated on those of the other."""
    if _is_for_evaluation(training):
        return False
    if training == evaluated:
        return True
    domains = {_domain(training), _domain(evaluated)}
    return _is_for_evaluation(evaluated) and (len(domains) == 1 or "" in domains)


def _is_for_evaluation(described: Path) -> bool:
    return "test" in re.split("[-_]", described.stem)


def _domain(described: Path) -> str:
    """Extract the domain that a set's name begins with; empty for an imported set of another name."""
    return max((name for name in DOMAINS if described.stem.replace("_", "-").startswith(name)), key=len, default="")


def _count(training: Path, evaluated: Path) -> Leak | None:
    trained_on = read_json(training)
    seen, info = Contents.of(trained_on), read_json(evaluated)
    clips = Contents.of(info)
    if seen is None or clips is None:
        return None
    data = DataSpec()
    share = len(seen.labels) * data.train_clips // (data.train_clips + data.val_clips)
    train, validation = split(len(seen.labels), share, data.split_seed)
    leak = (clips.part(validation) if training == evaluated else clips).shared_with(seen.part(train))
    entry = {"sha256": trained_on["sha256"], "training_clips": leak.training, "evaluated_clips": leak.evaluated}
    entry |= {"clips": leak.clips, "per_class": list(leak.per_class)}
    info[COUNTED] = info.get(COUNTED, {}) | {training.stem: entry}
    write_json(evaluated, info)
    return leak
