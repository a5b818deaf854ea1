"""Both studies, from data to tables, as one chain."""

import dataclasses
from dataclasses import dataclass

from jobs.launching.chain import submit_tables
from jobs.launching.dispatch import launch, launch_all
from jobs.launching.diving import DivingRequest, evaluations, renew, trainings
from jobs.launching.options import Options, is_slurm, profile_of
from jobs.launching.plan import require_none_in_flight
from jobs.launching.segmentation import SegmentRequest, segmentation_steps
from jobs.launching.steps import Step, run_here, submit_steps
from xdomain.core.errors import UserError
from xdomain.core.roots import data_root
from xdomain.specs.shapes import ShapeRun
from xdomain.specs.videos import VideoEvaluation, VideoTraining
from xdomain.studies import diving48
from xdomain.studies import temporal_shape as ts

STUDIES = ("ts", "diving48")


@dataclass(frozen=True)
class PaperRequest:
    """Which studies to carry out, and how those of Diving48 deviate from the paper's."""

    studies: tuple[str, ...]
    diving: DivingRequest
    network: str | None  # that finds the divers; None: the masks are there
    segment_train: tuple[str, ...]  # NAME=VALUE
    segment_infer: tuple[str, ...]
    shards: int | None
    tolerance: float | None  # points off a level; None: the analysis's own
    draws_data: bool = False  # so that a dry run need not find it


@dataclass(frozen=True)
class _Grids:
    """The runs of the chain; a study that is not carried out has none."""

    ts: list[ShapeRun]
    trainings: list[VideoTraining]
    evaluations: list[VideoEvaluation]

    @property
    def study_keys(self) -> list[str]:
        return list(dict.fromkeys(spec.study_key for spec in (*self.ts, *self.trainings, *self.evaluations)))


def launch_paper(request: PaperRequest, options: Options) -> None:
    """Carry out the chain here, submit it to Slurm, or only describe it.

    Raises:
        CommandFailed: a run or a command failed on this machine, or trainings are still on their way.
        UserError: a wrong request or profile, missing data, or Slurm refused.
    """
    if is_slurm(options) and len(request.studies) > 1 and (gpus := profile_of(options).gpus) > 1:
        raise UserError(
            f"The profile gives a job {gpus} GPUs and a Temporal Shape run takes one: give this command twice, "
            "with --study ts and a profile of gpus = 1, and with --study diving48 and this one."
        )
    grids = _grids(request, options)
    if options.dry_run:
        for grid in (grids.ts, grids.trainings, grids.evaluations):
            launch_all(grid, options)
        for step in _segmentation(grids, request, options):
            step.describe()
    elif is_slurm(options):
        _submit(grids, request, options)
    else:
        _carry_out(grids, request, options)


def _grids(request: PaperRequest, options: Options) -> _Grids:
    grid = ts.grid() if "ts" in request.studies else []
    if "diving48" not in request.studies:
        return _Grids(grid, [], [])
    grids = _Grids(grid, trainings(request.diving, options), evaluations(request.diving, options))
    if not (request.draws_data and options.dry_run):
        _require_data(grids.trainings[0])
    return grids


def _require_data(spec: VideoTraining) -> None:
    listing = data_root() / spec.data.dataset / "Diving48_V2_train.json"
    if not listing.exists():
        raise UserError(
            f"There is no {listing}. Fetch the data first: python -m xdomain fetch diving48, then diver-frames; "
            "or make a small set of the same layout: python -m xdomain mini-diving."
        )


def _segmentation(grids: _Grids, request: PaperRequest, options: Options) -> list[Step]:
    """List the steps before the evaluations; none where no domain is made of masks."""
    domains = sorted({spec.evaluates for spec in grids.evaluations} - {diving48.UNMODIFIED})
    if not domains or request.network is None:
        return []
    data = grids.trainings[0].data
    segment = SegmentRequest(
        dataset=data.dataset,
        masks=data.masks,
        frames=data.frames,
        side=data.side,
        network=request.network,
        domains=tuple(domains),
        shards=request.shards,
        train_settings=request.segment_train,
        infer_settings=request.segment_infer,
    )
    on_slurm = is_slurm(options)
    return segmentation_steps(segment, on_slurm, profile_of(options).cpus_per_gpu if on_slurm else None)


def _carry_out(grids: _Grids, request: PaperRequest, options: Options) -> None:
    if grids.ts:
        launch(grids.ts, options)
    if grids.trainings:
        run_here(_segmentation(grids, request, options))
        launch_all(grids.trainings, options)
        follow_up = evaluations(request.diving, options)  # anew: they follow the trainings as they were begun
        renew(follow_up, dry_run=False)
        launch_all(follow_up, options)
    for key in grids.study_keys:
        words = ("--study", key) + (("--tolerance", str(request.tolerance)) if request.tolerance else ())
        run_here([Step(what, (("analysis", what, *words),)) for what in ("tables", "figures")])


def _submit(grids: _Grids, request: PaperRequest, options: Options) -> None:
    ids = {"ts": launch(grids.ts, options) if grids.ts else []}
    if grids.trainings:
        ids["diving48"] = _submit_diving(grids, request, options)
    for key in grids.study_keys:
        waited = ids[next(study for study in STUDIES if key.startswith(study))]
        submit_tables(key, profile_of(options), "afterany:" + ":".join(waited) if waited else "")


def _submit_diving(grids: _Grids, request: PaperRequest, options: Options) -> list[str]:
    """Submit segmentation and trainings, and evaluations that wait for both; returns the last jobs' ids."""
    require_none_in_flight(grids.trainings, options)
    steps = _segmentation(grids, request, options)
    segmented = submit_steps("segment", steps, profile_of(options)) if steps else []
    before = segmented + launch_all(grids.trainings, options)
    after = "afterok:" + ":".join(before) if before else None
    renew(grids.evaluations, dry_run=False)
    follow_up = evaluations(request.diving, options)
    return launch_all(follow_up, dataclasses.replace(options, after=after)) or segmented
