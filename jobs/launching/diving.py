"""The Diving48 study's launches: a request for trainings or evaluations becomes the specs of runs."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from jobs.launching.options import Options, gpus_of_one, is_slurm
from jobs.state.stale import move_aside, stale_runs
from xdomain import models
from xdomain.core.errors import UserError
from xdomain.core.names import counted
from xdomain.core.output import say
from xdomain.core.roots import data_root
from xdomain.execute.registry import study_of
from xdomain.runs.run_folder import RunFolder, as_begun
from xdomain.specs.overrides import Run, apply_overrides, parse_overrides, vary
from xdomain.specs.spec import RunSpec
from xdomain.specs.videos import VideoDataSpec, VideoEvaluation, VideoTraining
from xdomain.studies import diving48
from xdomain.studies.zoo import with_weights


@dataclasses.dataclass(frozen=True)
class DivingRequest:
    """Which trainings a user names, how they deviate from the paper's, and what to evaluate them on."""

    experiments: tuple[str, ...]  # a to h, also several in one word; or "all", or "table17", alone
    models: tuple[str, ...] = ()  # roles or registered names; none: those of the experiments
    split: str = "random"
    seeds: tuple[int, ...] = ()  # none: the paper's
    hidden: int | None = None  # None: the paper's
    weights: str = ""  # of a library's model; empty: random ones
    frozen: bool = False  # of a library's model only the head learns
    settings: tuple[str, ...] = ()  # NAME=VALUE
    tag: str = ""
    gpus: int | None = None  # of a training; None: those that there are
    keep_all: bool = False  # every epoch's weights
    domains: tuple[str, ...] = ()  # of evaluations; none: the paper's five
    masks: str | None = None  # that the domains are made with; None: those of the training's data

    @property
    def overrides(self) -> dict[str, Any]:
        """The values of `settings`.

        Raises:
            UserError: see `parse_overrides`.
        """
        return parse_overrides(self.settings, VideoDataSpec)


def trainings(request: DivingRequest, options: Options) -> list[VideoTraining]:
    """Make the specs of the trainings, on the GPUs that there are.

    Raises:
        UserError: no such experiment or model, a wrong setting, or GPUs that cannot share a step.
    """
    grid = _named(request)
    if request.keep_all:  # no variant: the numbers are the same
        grid = [spec.with_train(keep_all=True) for spec in grid]
    if not {"ranks", "accumulate"} & request.overrides.keys():
        gpus = request.gpus or gpus_of_one(options)
        grid = [on_gpus(spec, gpus) for spec in grid]
    for spec in grid:
        spec.check()
    return grid


def renew(grid: Sequence[RunSpec], dry_run: bool) -> None:
    """Move evaluations of an earlier training, or of other data than there is now, aside, so that they run again.

    A training that is stale itself stays, as it takes days to repeat; it is named with the command that does.
    """
    for spec, why in stale_runs({spec.training: None for spec in grid}).items():
        say(
            f"Note: the training {spec.id} is stale, {why}. It is evaluated as it is; to repeat it: "
            f"python -m jobs.launch for accuracies --study {spec.study_key}"
        )
    for spec, why in stale_runs(grid).items():
        say(f"Stale, {why}: {spec.id}" if dry_run else f"Stale, {why}: renamed to {move_aside(spec)}")


def require_makeable(grid: Sequence[RunSpec]) -> None:
    """Refuse evaluations on domains that are neither there nor made of masks.

    Raises:
        UserError: names the domain and those that there are.
    """
    for spec in grid:
        study_of(spec.study).require_makeable(spec, data_root())


def require_finished_trainings(grid: Sequence[RunSpec]) -> None:
    """Refuse evaluations of trainings that have not finished.

    Raises:
        UserError: says how many, and what to do.
    """
    waiting = {spec.training.id for spec in grid if not RunFolder.of(spec.training).is_finished()}
    if waiting:
        raise UserError(
            f"Not finished: {counted(len(waiting), 'training')}, such as {min(waiting)}. Evaluate when they have, name "
            "finished ones with --exp and --model, or wait for their jobs with --after afterok:JOB:JOB."
        )


def evaluations(request: DivingRequest, options: Options) -> list[VideoEvaluation]:
    """Make the specs of the evaluations: each training, as it was begun, on each domain.

    Raises:
        UserError: no such experiment or model, or a name that cannot be a domain's.
    """
    domains = request.domains or diving48.DOMAINS
    for domain in domains:
        if not re.fullmatch(r"\w[\w.-]*", domain) or domain == "train":
            raise UserError(
                f"--on {domain}: a domain is made of the test clips: {', '.join(diving48.DOMAINS)}, a control or a "
                "function (python -m segment domains --help), or a name given to python -m xdomain import-clips."
            )
    gpus = gpus_of_one(options) if is_slurm(options) else 1
    masks = request.masks or request.overrides.get("masks", "")
    grid = []
    for training in map(as_begun, _named(request)):
        for domain in domains:
            made_with = "" if domain == diving48.UNMODIFIED else masks  # the unmodified clips have no masks
            grid.append(on_gpus(training.evaluation(domain, made_with), gpus))
    for spec in grid:
        spec.check()
    return grid


def _named(request: DivingRequest) -> list[VideoTraining]:
    """Make the distinct trainings that are named, as variants where they deviate from the paper's.

    Raises:
        UserError: no such experiment, or a model that takes no part in it.
    """
    letters = request.experiments
    if not letters:
        raise UserError("Name experiments: --exp a to h, such as --exp d or --exp a,b,c; or 'all', or 'table17'.")
    seeds = request.seeds or (diving48.SEED,)
    if letters == ("table17",):
        return _table_17(request, seeds)
    overrides = request.overrides
    if letters == ("all",):
        letters = tuple(diving48.EXPERIMENTS)
    if unknown := [word for word in letters if not set(word) <= diving48.EXPERIMENTS.keys()]:
        raise UserError(f"--exp {unknown[0]}: the experiments are a to h; or give 'all' or 'table17' alone.")
    letters = tuple(letter for word in letters for letter in word)
    names = _models(letters, request.models)
    grid = [diving48.training(name, request.split, seed, request.hidden) for name in names for seed in seeds]
    return with_weights(vary(grid, overrides, request.tag), request.weights, request.frozen)


def _table_17(request: DivingRequest, seeds: tuple[int, ...]) -> list[VideoTraining]:
    overrides = request.overrides
    fixed = {"model": request.models, "hidden": request.hidden, "tag": request.tag, "weights": request.weights}
    fixed |= {"frozen": request.frozen}
    if given := [name for name, value in fixed.items() if value]:
        raise UserError(f"--exp table17 fixes models, sizes and names itself: leave --{given[0]} away.")
    rows = [diving48.variant(row, request.split, seed) for row in diving48.TABLE_17 for seed in seeds]
    return [dataclasses.replace(apply_overrides(spec, overrides), variant=spec.variant) for spec in rows]


def _models(letters: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """Choose the models to train: those of the experiments, or those that `words` name, a user's own too."""
    taking_part = diving48.models_of(letters)
    if not words:
        return taking_part
    roles = {role.lower(): {diving48.EXPERIMENTS[e].models.get(role) for e in letters} for role in diving48.ROLES}
    names: list[str] = []
    for word in words:
        played = roles.get(word.lower()) or roles.get({"3dcnn": "3d cnn"}.get(word.lower(), ""))
        names += [name for name in taking_part if name in played] if played else [models.canonical_name(word)]
    if left_out := [
        name for name in names if diving48.ALTERNATIVES.get(name, name) not in taking_part and name in models.BUILT_IN
    ]:
        raise UserError(
            f"--model {left_out[0]}: takes no part in experiment {', '.join(letters)}. "
            f"These do: {', '.join(taking_part)}; or 3dcnn, convlstm, timesformer."
        )
    if not names:
        raise UserError(f"--model {words[0]}: the paper has none in experiment {', '.join(letters)}.")
    return tuple(dict.fromkeys(names))


def on_gpus(spec: Run, gpus: int) -> Run:
    """Put the run on that many GPUs, with as many clips to a step as before; a begun one goes on as it began.

    Raises:
        UserError: the clips of a step cannot be divided among the GPUs.
    """
    if not RunFolder.of(spec).spec_file.exists():
        return spec.on_gpus(gpus)
    begun = as_begun(spec).train
    return spec.with_train(ranks=begun.ranks, accumulate=begun.accumulate, keep_all=begun.keep_all)
