"""A study that one file describes: checked as a whole, kept in the runs root, then launched."""

import tempfile
from pathlib import Path

from jobs.launching.diving import require_makeable
from jobs.launching.options import Options
from jobs.launching.ordered import launch_ordered
from jobs.launching.own_study.try_models import try_models
from xdomain import models
from xdomain.core.errors import UserError
from xdomain.core.names import one_line
from xdomain.core.output import say
from xdomain.core.roots import data_root
from xdomain.datasets.diving48.listing import class_names, is_described, read_listing, require_videos
from xdomain.datasets.diving48.split import split_clips
from xdomain.datasets.layouts.description import write_description
from xdomain.specs.registry import is_own, kept_in
from xdomain.specs.videos import VideoEvaluation
from xdomain.studies.claims_file import require_claims_of
from xdomain.studies.own import OwnStudy, claims_text, read_study, store_study


def launch_study(file: Path, options: Options) -> None:
    """Launch what is open of a study's trainings, then of their evaluations.

    Raises:
        CommandFailed: a run failed on this machine, or trainings are still on their way.
        UserError: the file or the data set is wrong, or another study was launched under its name.
    """
    study = read_study(file)
    root = data_root() / study.data.dataset
    with tempfile.TemporaryDirectory(prefix="xdomain-study-") as folder:
        draft = Path(folder)  # nothing is kept of a study that is refused: its name stays free
        only_said = options.dry_run and study.videos and not is_described(root)
        classes = _checked(study, file, draft / "data" if only_said else root)
        store_study(file, study, classes, draft)
        with kept_in(draft):
            _require_makeable(study, options)
            if options.dry_run:
                launch_ordered(study.runs(), options)
                return
    store_study(file, study, classes)
    launch_ordered(study.runs(), options)
    say(f"Tables: python -m analysis tables --study {study.key} (on Slurm: python -m jobs.launch tables)")


def _require_makeable(study: OwnStudy, options: Options) -> None:
    """Refuse runs whose values do not go together, and domains that cannot be made."""
    for spec in study.runs():
        spec.check()
    evaluations = [spec for spec in study.runs() if isinstance(spec, VideoEvaluation)]
    require_makeable(evaluations)
    if not options.after:
        _require_masks(study, [spec for spec in evaluations if spec.clip_cache.masks])


def _require_masks(study: OwnStudy, evaluations: list[VideoEvaluation]) -> None:
    """Refuse domains that are neither there nor can be made, for lack of masks: before models are trained for hours.

    Raises:
        UserError: names them, and the mask set that is not there.
    """
    missing = [spec.clip_cache for spec in evaluations if not spec.clip_cache.marker(data_root()).exists()]
    masks = data_root() / study.data.dataset / "masks" / study.data.masks
    if missing and not masks.is_dir():
        names = ", ".join(dict.fromkeys(clips.part for clips in missing))
        raise UserError(
            f"The domains {names} are made with masks, and there is no mask set {masks}: make it (python -m segment "
            "infer, truth or import-masks), wait for its job with --after, or leave the domains away."
        )


def _checked(study: OwnStudy, file: Path, root: Path) -> list[str]:
    """Check models, listings, videos and claims before anything is trained; returns the names of the classes.

    Raises:
        UserError: names what is wrong.
    """
    for spec, _ in study.models.values():
        models.canonical_name(spec.name)
    if study.videos:
        write_description(study.videos, file, root)
    require_videos(root)
    listed = read_listing(root, "train")
    read_listing(root, "test")
    split_clips(listed, study.split, study.data.val_clips, study.data.split_seed)
    names = class_names(root)
    if odd := [name for name in names if not name.isprintable()]:
        raise UserError(f"{root}: the class {one_line(odd[0])!r} cannot be printed. Give it another name.")
    if text := claims_text(file, study):
        require_claims_of(study, text, str(file.absolute().parent / study.claims))
    if not is_own(study.key):  # else it was launched, and they were tried
        try_models(study, len(names))
    return names
