"""From specs back to the commands that launch exactly them."""

import dataclasses
import re
import shlex
from collections.abc import Callable, Iterable
from typing import Any

from xdomain.specs.overrides import apply_overrides, overridable
from xdomain.specs.spec import RunSpec, TrainSpec
from xdomain.specs.videos import VideoDataSpec, VideoEvaluation, VideoTraining
from xdomain.studies import diving48, temporal_shape

LAUNCH = ("python", "-m", "jobs.launch")
Words = tuple[str, ...]  # of a command line, not quoted yet


def commands(specs: Iterable[RunSpec], all_specs: dict[str, RunSpec]) -> list[str]:
    """List the launches that make these runs from nothing, trainings before what evaluates them.

    Args:
        specs: the runs.
        all_specs: every run of the study by id, among them the trainings of evaluations.
    """
    specs = sorted(specs, key=lambda spec: (spec.source, spec.model.name, spec.model.hidden, spec.seed))
    trainings = [spec for spec in specs if not spec.is_evaluation]
    evaluations = [spec for spec in specs if spec.is_evaluation]
    evaluated = {spec.training.id: all_specs.get(spec.training.id, spec.training) for spec in evaluations}
    trainings += [spec for run, spec in evaluated.items() if run not in {training.id for training in trainings}]
    lines = _merged(trainings, _diving if _is_diving(specs) else _ts_grid)
    return lines + _merged(evaluations, lambda spec: _evaluate(spec, evaluated[spec.training.id]))


def _is_diving(specs: Iterable[RunSpec]) -> bool:
    return any(isinstance(spec.data, VideoDataSpec) for spec in specs)


def _merged(specs: list[RunSpec], words: Callable[[RunSpec], tuple[Words, dict[str, str]]]) -> list[str]:
    """Merge the commands for these runs: those that differ in one option's values become one, option after option.

    `words` makes of a run the command without the options that take lists, and those options with its values.
    """
    spelled = [words(spec) for spec in specs]
    groups: list[tuple[Words, dict[str, Words]]]
    groups = [(command, {option: (value,) for option, value in listed.items()}) for command, listed in spelled]
    for option in ("--seed", "--hidden", "--on", "--model"):
        joined: dict[tuple[Any, ...], tuple[Words, dict[str, tuple[str, ...]]]] = {}
        for command, listed in groups:
            others = tuple(item for item in listed.items() if item[0] != option)
            _, already = joined.get((command, others), (command, {}))
            values = dict.fromkeys((*already.get(option, ()), *listed.get(option, ())))
            joined[command, others] = command, listed | ({option: tuple(values)} if option in listed else {})
        groups = list(joined.values())
    return [
        shlex.join([*command, *(word for option, values in listed.items() for word in (option, ",".join(values)))])
        for command, listed in groups
    ]


def _ts_grid(spec: RunSpec) -> tuple[Words, dict[str, str]]:
    baseline = temporal_shape.run(spec.source, spec.model.name, spec.model.hidden, spec.seed)
    command = (*LAUNCH, "ts-grid", "--source", spec.source)
    listed = {"--model": spec.model.name, "--hidden": str(spec.model.hidden), "--seed": str(spec.seed)}
    return (*command, *_deviations(spec, baseline)), listed


def _diving(spec: RunSpec) -> tuple[Words, dict[str, str]]:
    if re.fullmatch(r"table17\.\d+", spec.variant):
        return (*LAUNCH, "diving", "--exp", "table17", "--split", spec.source), {"--seed": str(spec.seed)}
    kept = ("--keep-all",) if spec.train.keep_all else ()
    return (*LAUNCH, "diving", *_named(spec), *_on_gpus(spec), *kept), {"--seed": str(spec.seed)}


def _evaluate(spec: RunSpec, training: RunSpec) -> tuple[Words, dict[str, str]]:
    assert isinstance(spec, VideoEvaluation) and isinstance(training, VideoTraining), spec.id  # noqa: PT018
    named = _named(training)
    if re.fullmatch(r"table17\.\d+", spec.variant):
        named = ("--exp", "table17", "--split", spec.source)
    masks = () if spec.data.masks == training.data.masks else ("--masks", spec.data.masks)
    return (*LAUNCH, "evaluate", *named, *masks), {"--on": spec.evaluates, "--seed": str(spec.seed)}


def _named(spec: RunSpec) -> Words:
    """List the options that name a Diving48 training."""
    model = spec.model.name
    letters = "".join(letters for letters, _, name in diving48.distinct_models() if name == model) or "all"
    baseline = diving48.training(model, spec.source, spec.seed)
    hidden = () if spec.model.hidden == baseline.model.hidden else ("--hidden", str(spec.model.hidden))
    baseline = diving48.training(model, spec.source, spec.seed, spec.model.hidden)
    named = ("--exp", letters, "--model", model, "--split", spec.source)
    return (*named, *hidden, *_deviations(spec, baseline))


def _on_gpus(spec: RunSpec) -> Words:
    """Say on how many GPUs a step was shared, where that is no deviation: as many clips made it as in the recipe."""
    return () if _deviates_in_batches(spec) else ("--gpus", str(spec.train.ranks))


def _deviates_in_batches(spec: RunSpec) -> bool:
    recipe = diving48.recipe(spec.model.name)
    spelled = any(re.fullmatch(r"(ranks|accumulate)\d+", part) for part in spec.variant.split("-"))
    return spelled or spec.train.ranks * spec.train.accumulate != recipe.ranks * recipe.accumulate


def _deviations(spec: RunSpec, baseline: RunSpec) -> Words:
    """List `--set` and `--tag` that make of the recipe this variant."""
    given = {}
    split = isinstance(spec.data, VideoDataSpec) and not _deviates_in_batches(spec)
    for name in overridable(type(spec.data)):
        if name == "keep_all" or (split and name in ("ranks", "accumulate")):
            continue
        value, usual = (_value(either, name) for either in (spec, baseline))
        if value != usual or name + re.sub("[^A-Za-z0-9_.]+", "_", str(value)) in spec.variant.split("-"):
            given[name] = value
    spelled = apply_overrides(baseline, given).variant
    words = [word for name, value in given.items() for word in ("--set", f"{name}={_text(value)}")]
    return (*words, "--tag", spec.variant) if spec.variant != spelled else tuple(words)


def _value(spec: RunSpec, name: str) -> Any:
    in_training = name in {field.name for field in dataclasses.fields(TrainSpec)}
    return getattr(spec.train if in_training else spec.data, name)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
