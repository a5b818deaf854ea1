"""Pilots: runs of two epochs, of a variant of their own, that time the models and sizes that no run has timed yet."""

import dataclasses
from collections.abc import Container, Iterable

from xdomain.specs.spec import RunSpec

PILOT = "pilot"  # the last part of their variant: their runs stay in the runs root, and are in no table
EPOCHS = 2  # the first one warms up


def pilot_of(spec: RunSpec) -> RunSpec:
    """Specify the pilot of a training: the same but for its epochs."""
    short = spec.with_train(max_epochs=min(EPOCHS, spec.train.max_epochs))
    return dataclasses.replace(short, variant="-".join(filter(None, (spec.variant, PILOT))))


def pilot_key(spec: RunSpec) -> str:
    """Name the folder below the runs root that has the pilots of this run's study."""
    return f"{spec.study_key}-{PILOT}"


def is_pilot(study_key: str) -> bool:
    """Tell whether a study's folder has pilots."""
    return study_key.endswith(f"-{PILOT}")


def pilots_for(runs: Iterable[RunSpec], timed: Container[str]) -> list[RunSpec]:
    """Specify a pilot of each model and size of which no run is in `timed`, by its id; evaluations have none."""
    pilots: dict[tuple[str, int], RunSpec] = {}
    for spec in runs:
        if spec.id not in timed and not spec.is_evaluation:
            pilots.setdefault((spec.model.key, spec.model.hidden), pilot_of(spec))
    return list(pilots.values())
