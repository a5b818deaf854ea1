"""`python -m jobs.launch paper`: both studies, from data to tables, as one chain."""

import sys
from typing import Any

import click

from jobs.cluster.profile import load_profile
from jobs.commands.launch_diving import evaluations, is_slurm, launch_all, renew, trainings, which
from jobs.commands.launch_options import Listed, chosen, where_and_how
from jobs.commands.launch_segment import steps
from jobs.launching.chain import submit_tables
from jobs.launching.dispatch import launch, make_plan
from jobs.launching.steps import Step, run_here, submit_steps
from jobs.state.state import IN_FLIGHT
from xdomain.core.errors import UserError
from xdomain.core.roots import data_root
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48
from xdomain.studies import temporal_shape as ts

STUDIES = ("ts", "diving48")


@click.command()
@click.option("--study", multiple=True, type=click.Choice(STUDIES), help="Only this one.  [default: both]")
@which
@click.option("--on", "domains", multiple=True, type=Listed(str), help="Domains.  [default: O,I,S1,S2,T]")
@click.option("--gpus", type=click.IntRange(1), help="GPUs a training.  [default: the profile's, or this machine's]")
@click.option("--keep-all", is_flag=True, help="Keep every epoch's weights, not only those near the levels.")
@click.option("--no-cache", is_flag=True, help="Decode the videos while training.")
@click.option("--network", default="deeplabv3plus-r50", show_default=True, help="What finds the divers.")
@click.option("--segment-train", multiple=True, metavar="NAME=VALUE", help="An option of `python -m segment train`.")
@click.option("--segment-infer", multiple=True, metavar="NAME=VALUE", help="An option of `python -m segment infer`.")
@click.option("--shards", type=click.IntRange(1), help="Parts of the inference.  [default: 16 on Slurm, 1 here]")
@click.option("--tolerance", type=click.FloatRange(0, 100), help="Points off a level (analysis tables --help).")
@where_and_how
def paper(**options: Any) -> None:
    """Everything: divers found, domains made, models trained and judged, tables and figures (the whole paper).

    The data has to be there (python -m xdomain fetch diving48 diver-frames; index). On Slurm the segmentation and the
    trainings run side by side, the evaluations wait for both, tables and figures for all. Give the same command again
    at any time: what is done is skipped.

    \b
    Examples:
      python -m jobs.launch paper --dry-run
      python -m jobs.launch paper --profile one-gpu.toml
      python -m jobs.launch paper --study diving48 --profile a100x8
    """
    studies = options["study"] or STUDIES
    options["letters"] = options["letters"] or (("all",),)
    if options["as_json"]:
        raise UserError("--json describes a single launch: use it with ts-grid, diving or evaluate.")
    if is_slurm(options) and len(studies) > 1 and (gpus := load_profile(options["profile"]).gpus) > 1:
        raise UserError(
            f"The profile gives a job {gpus} GPUs and a Temporal Shape run takes one: give this command twice, "
            "with --study ts and a profile of gpus = 1, and with --study diving48 and this one."
        )
    grids = {"ts": ts.grid()} if "ts" in studies else {}
    if "diving48" in studies:
        options["masks"] = None
        grids |= {"trainings": trainings(options), "evaluations": evaluations(options)}
        _require_data(grids["trainings"][0])
    if options["dry_run"]:
        for grid in grids.values():
            launch_all(grid, options)
        for step in _segmentation(options, grids) if "trainings" in grids else []:
            click.echo("\n".join(f"{step.name}: python -m {' '.join(words)}" for words in step.commands))
    elif is_slurm(options):
        _submit(grids, options)
    else:
        _carry_out(grids, options)


def _require_data(spec: RunSpec) -> None:
    listing = data_root() / spec.data.dataset / "Diving48_V2_train.json"
    if not listing.exists():
        raise UserError(
            f"There is no {listing}. Fetch the data first: python -m xdomain fetch diving48, then diver-frames; "
            "or make a small set of the same layout: python -m xdomain mini-diving."
        )


def _segmentation(options: dict[str, Any], grids: dict[str, list[RunSpec]]) -> list[Step]:
    data = grids["trainings"][0].data
    on_slurm = is_slurm(options)
    workers = load_profile(options["profile"]).cpus_per_gpu if on_slurm else None
    made = sorted({spec.evaluates for spec in grids["evaluations"]} - {diving48.UNMODIFIED})
    if not made:
        return []
    settings = {
        "dataset": data.dataset,
        "masks": data.masks,
        "frames": data.frames,
        "side": data.side,
        "model": options["network"],
        "domain": [tuple(made)],
        "shards": options["shards"],
        "train_settings": options["segment_train"],
        "infer_settings": options["segment_infer"],
    }
    return steps(settings, on_slurm, workers)


def _keys(grids: dict[str, list[RunSpec]]) -> list[str]:
    return list(dict.fromkeys(spec.study_key for grid in grids.values() for spec in grid))


def _carry_out(grids: dict[str, list[RunSpec]], options: dict[str, Any]) -> None:
    if "ts" in grids:
        launch(grids["ts"], chosen(options))
    if "trainings" in grids:
        run_here(_segmentation(options, grids))
        launch_all(grids["trainings"], options)
        judged = evaluations(options)  # anew: they follow the trainings as they were begun
        renew(judged, dry_run=False)
        launch_all(judged, options)
    for key in _keys(grids):
        words = ("--study", key) + (("--tolerance", str(options["tolerance"])) if options["tolerance"] else ())
        run_here([Step(what, (("analysis", what, *words),)) for what in ("tables", "figures")])


def _submit(grids: dict[str, list[RunSpec]], options: dict[str, Any]) -> None:
    ids = {"ts": launch(grids["ts"], chosen(options)) if "ts" in grids else []}
    if "trainings" in grids:
        states = make_plan(grids["trainings"], chosen(options)).states
        if any(state.state in IN_FLIGHT for state in states):
            click.echo("Trainings are on their way from an earlier launch: give this command again when they are done.")
            sys.exit(1)
        steps_to_take = _segmentation(options, grids)
        segmented = submit_steps("segment", steps_to_take, load_profile(options["profile"])) if steps_to_take else []
        before = segmented + launch_all(grids["trainings"], options)
        after = "afterok:" + ":".join(before) if before else None
        renew(grids["evaluations"], dry_run=False)
        ids["diving48"] = launch_all(evaluations(options), options | {"after": after}) or segmented
    for key in _keys(grids):
        waited = ids[next(study for study in STUDIES if key.startswith(study))]
        submit_tables(key, load_profile(options["profile"]), "afterany:" + ":".join(waited) if waited else "")
