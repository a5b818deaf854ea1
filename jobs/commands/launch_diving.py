"""`python -m jobs.launch diving` and `evaluate`: the Diving48 study."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import click

from jobs.backends import local, slurm
from jobs.cluster.profile import load_profile
from jobs.commands.launch_options import Listed, chosen, flat, where_and_how
from jobs.launching.dispatch import launch
from jobs.state.stale import move_aside, stale_runs
from xdomain import models
from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.roots import data_root
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.overrides import apply_overrides, parse_overrides, vary
from xdomain.specs.spec import RunSpec, VideoDataSpec
from xdomain.studies import diving48


def which(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name trainings."""
    for option in reversed(
        (
            click.option(
                "--exp",
                "letters",
                multiple=True,
                type=Listed(str),
                help="Experiments a to h, such as d or a,b,c; 'all'; or 'table17', the eleven TimeSformer variants.",
            ),
            click.option("--model", multiple=True, type=Listed(str), help="Only these models.  [default: all of them]"),
            click.option(
                "--split",
                type=click.Choice(diving48.SPLITS),
                default="random",
                show_default=True,
                help="Validation clips: the published ones, whole source videos, or random ones drawn in another way.",
            ),
            click.option("--seed", multiple=True, type=Listed(int), help="Seeds.  [default: 42]"),
            click.option("--hidden", type=click.IntRange(1), help="Units per block.  [default: the paper's]"),
            click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Deviate from the recipe."),
            click.option("--tag", default="", help="Name such a variant; otherwise its values name it."),
        )
    ):
        command = option(command)
    return command


@click.command()
@which
@click.option("--gpus", type=click.IntRange(1), help="GPUs a training.  [default: the profile's, or this machine's]")
@click.option("--keep-all", is_flag=True, help="Keep every epoch's weights, not only those near the levels.")
@click.option("--no-cache", is_flag=True, help="Decode the videos while training, without 82 GB of decoded clips.")
@where_and_how
def diving(**options: Any) -> None:
    """Train what Diving48 experiments compare, each distinct training once (paper section 3.3).

    Experiments a, b and c share their trainings; the ConvLSTM is one training for all eight. Each keeps the epochs
    nearest to 30, 35, 38.3, 40, 45 and 50.07 % validation accuracy, its best and its last. Decoded clips are cached
    first (82 GB for the whole archive).

    A step takes 64 clips: 8 on each of eight GPUs, or, on fewer, as many batches one after another.

    \b
    Examples:
      python -m jobs.launch diving --exp d --dry-run
      python -m jobs.launch diving --exp all --profile a100x8
      python -m jobs.launch diving --exp a,b,c --model convlstm --split source-video
      python -m jobs.launch evaluate --exp d --after afterok:last
    """
    launch_all(trainings(options), options)


@click.command()
@which
@click.option(
    "--on",
    "domains",
    multiple=True,
    type=Listed(str),
    help="Domains: O (unmodified), I (same resize and codec), S1, S2, T, a control, or a name given to "
    "`python -m xdomain import-clips`.  [default: O,I,S1,S2,T]",
)
@click.option("--masks", help="The mask set that the domains were made with.  [default: predicted]")
@where_and_how
def evaluate(**options: Any) -> None:
    """Judge every kept epoch of finished trainings on domains of the test clips (paper section 3.3).

    Each training and domain is a run of its own; what is there already is skipped, so that a new domain costs only
    itself. Domains that are missing are made first, from the masks of `python -m segment infer`.

    \b
    Examples:
      python -m jobs.launch evaluate --exp all
      python -m jobs.launch evaluate --exp d --on O
      python -m jobs.launch evaluate --exp all --on S1,T --masks released
    """
    grid = evaluations(options)
    require_makeable(grid)
    renew(grid, options["dry_run"])
    if not options["after"] and not options["dry_run"]:
        waiting = {spec.training.id for spec in grid if not RunFolder.of(spec.training).is_finished()}
        if waiting:
            raise UserError(
                f"{len(waiting)} trainings have not finished, such as {min(waiting)}. Evaluate when they have, name "
                "finished ones with --exp and --model, or wait for their jobs with --after afterok:JOB:JOB."
            )
    launch_all(grid, options)


def trainings(options: dict[str, Any]) -> list[RunSpec]:
    """What `diving` launches for these options, on the GPUs that there are."""
    grid = _named(options)
    if options["keep_all"]:  # no variant: the numbers are the same
        grid = [with_training(spec, keep_all=True) for spec in grid]
    if not {"ranks", "accumulate"} & _overrides(options).keys():
        gpus = options["gpus"] or gpus_of_one(options)
        grid = [on_gpus(spec, gpus) for spec in grid]
    for spec in grid:
        spec.check()
    return grid


def as_begun(spec: RunSpec) -> RunSpec:
    """The spec in the run's folder, if it was ever begun."""
    stored = RunFolder.of(spec).spec_file
    return RunSpec.from_dict(read_json(stored)) if stored.exists() else spec


def renew(grid: list[RunSpec], dry_run: bool) -> None:
    """Move evaluations of an earlier training, or of other data than there is now, aside, so that they run again.

    A training that is stale itself stays, as it takes days to repeat; it is named with the command that does.
    """
    for spec, why in stale_runs({spec.training: None for spec in grid}).items():
        click.echo(
            f"Note: the training {spec.id} is stale, {why}. It is judged as it is; to repeat it: "
            f"python -m jobs.launch for accuracies --study {spec.study_key}"
        )
    for spec, why in stale_runs(grid).items():
        click.echo(f"Stale, {why}: {spec.id}" if dry_run else f"Stale, {why}: renamed to {move_aside(spec)}")


def require_makeable(grid: list[RunSpec]) -> None:
    """Refuse domains that are neither there nor made of masks.

    Raises:
        UserError: names the domain and those that there are.
    """
    for spec in grid:
        (cache,) = spec.inputs
        if cache.part not in ("test", *diving48.MADE) and not cache.marker(data_root()).exists():
            raise UserError(
                f"--on {cache.part}: there is no {cache.marker(data_root())}. Domains made of masks are "
                f"{', '.join(diving48.MADE)}; python -m xdomain import-clips makes others of a folder of videos."
            )


def evaluations(options: dict[str, Any]) -> list[RunSpec]:
    """What `evaluate` launches for these options.

    Raises:
        UserError: no such experiment or model, or a name that cannot be a domain's.
    """
    domains = flat(options["domains"]) or diving48.DOMAINS
    for domain in domains:
        if not re.fullmatch(r"\w[\w.-]*", domain) or domain == "train":
            raise UserError(
                f"--on {domain}: a domain is made of the test clips: {', '.join(diving48.DOMAINS)}, a control "
                "(python -m segment domains --help), or a name given to python -m xdomain import-clips."
            )
    gpus = gpus_of_one(options) if is_slurm(options) else 1
    masks = options["masks"] or _overrides(options).get("masks")
    grid = []
    for spec in _named(options):
        begun = as_begun(spec)
        judging = with_training(begun, ranks=gpus, accumulate=1)
        made_with = dataclasses.replace(begun.data, masks=masks or begun.data.masks)
        for domain in domains:
            data = begun.data if domain == diving48.UNMODIFIED else made_with  # the unmodified clips have no masks
            grid.append(on_gpus(dataclasses.replace(judging, data=data, evaluates=domain), gpus))
    for spec in grid:
        spec.check()
    return grid


def launch_all(grid: list[RunSpec], options: dict[str, Any]) -> list[str]:
    """One launch a study and number of GPUs: the rows of Table 17 are studies of their own. Returns Slurm's job ids."""
    groups: dict[tuple[str, int], list[RunSpec]] = {}
    for spec in grid:
        groups.setdefault((spec.study_key, spec.train.ranks), []).append(spec)
    if options["as_json"] and len(groups) > 1:
        raise UserError("--json describes one study at a time, trained on one number of GPUs.")
    return [job for group in groups.values() for job in launch(group, chosen(options))]


def _overrides(options: dict[str, Any]) -> dict[str, Any]:
    return parse_overrides(options["settings"], VideoDataSpec)


def _named(options: dict[str, Any]) -> list[RunSpec]:
    """The distinct trainings that the options name, as variants where they deviate from the paper's.

    Raises:
        UserError: no such experiment, or a model that takes no part in it.
    """
    letters = flat(options["letters"])
    if not letters:
        raise UserError("Name experiments: --exp a to h, such as --exp d or --exp a,b,c; or 'all', or 'table17'.")
    if options["as_json"] and not options["dry_run"]:
        raise UserError("--json describes a launch without making it: add --dry-run.")
    overrides = _overrides(options)
    seeds = flat(options["seed"]) or (diving48.SEED,)
    if letters == ("table17",):
        if given := [name for name in ("model", "hidden", "tag") if options[name]]:
            raise UserError(f"--exp table17 fixes models, sizes and names itself: leave --{given[0]} away.")
        rows = [diving48.variant(row, options["split"], seed) for row in diving48.TABLE_17 for seed in seeds]
        return [dataclasses.replace(apply_overrides(spec, overrides), variant=spec.variant) for spec in rows]
    if letters == ("all",):
        letters = tuple(diving48.EXPERIMENTS)
    if unknown := [word for word in letters if not set(word) <= diving48.EXPERIMENTS.keys()]:
        raise UserError(f"--exp {unknown[0]}: the experiments are a to h; or give 'all' or 'table17' alone.")
    letters = tuple(letter for word in letters for letter in word)
    names = _models(letters, flat(options["model"]))
    grid = [diving48.training(name, options["split"], seed, options["hidden"]) for name in names for seed in seeds]
    return vary(grid, overrides, options["tag"])


def _models(letters: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The models to train: those of the experiments, or of them the wanted; a user's own is no experiment's yet."""
    taking_part = diving48.models_of(letters)
    if not wanted:
        return taking_part
    roles = {role.lower(): {diving48.EXPERIMENTS[e].models.get(role) for e in letters} for role in diving48.ROLES}
    names: list[str] = []
    for word in wanted:
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
        raise UserError(f"--model {wanted[0]}: the paper has none in experiment {', '.join(letters)}.")
    return tuple(dict.fromkeys(names))


def is_slurm(options: dict[str, Any]) -> bool:
    """Whether the runs go to Slurm: where it is asked for, or is there."""
    return options["cluster"] == "slurm" or (options["cluster"] == "auto" and slurm.is_available())


def gpus_of_one(options: dict[str, Any]) -> int:
    """The GPUs that one training can have: the profile's on Slurm, else this machine's; 1 for a CPU."""
    return max(1, load_profile(options["profile"]).gpus if is_slurm(options) else len(local.visible_gpus()))


def on_gpus(spec: RunSpec, gpus: int) -> RunSpec:
    """The training on that many GPUs, with as many clips to a step as before; a begun one goes on as it began.

    Raises:
        UserError: the clips of a step cannot be parted among the GPUs.
    """
    begun = RunFolder.of(spec).spec_file
    if begun.exists():
        train = RunSpec.from_dict(read_json(begun)).train
        return with_training(spec, ranks=train.ranks, accumulate=train.accumulate, keep_all=train.keep_all)
    batches = spec.train.ranks * spec.train.accumulate
    ranks = min(gpus, batches)
    if batches % ranks:
        raise UserError(
            f"The {batches} batches of a step cannot be parted among {ranks} GPUs: give --gpus 1, 2, 4 or 8."
        )
    return with_training(spec, ranks=ranks, accumulate=batches // ranks)


def with_training(spec: RunSpec, **train: Any) -> RunSpec:
    """The run with other values in its `train`."""
    return dataclasses.replace(spec, train=dataclasses.replace(spec.train, **train))
