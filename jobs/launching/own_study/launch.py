"""A study that one file describes: checked as a whole, kept in the runs root, then launched."""

import tempfile
from pathlib import Path

from jobs.launching.diving import require_makeable
from jobs.launching.options import Options
from jobs.launching.ordered import launch_ordered
from xdomain import models
from xdomain.core.errors import UserError
from xdomain.core.names import one_line
from xdomain.core.output import say
from xdomain.core.roots import data_root
from xdomain.datasets.diving48.listing import class_names, is_described, read_listing, require_videos
from xdomain.datasets.diving48.split import split_clips
from xdomain.datasets.layouts.description import write_description
from xdomain.specs.registry import kept_in
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
    if not options.dry_run:
        store_study(file, study, _checked(study, file, root))
        _launch(study, options)
        return
    with tempfile.TemporaryDirectory(prefix="xdomain-study-") as folder:
        draft = Path(folder)
        is_new = study.videos and not is_described(root)
        classes = _checked(study, file, draft / "data" if is_new else root)
        store_study(file, study, classes, draft)
        with kept_in(draft):
            _launch(study, options)


def _launch(study: OwnStudy, options: Options) -> None:
    runs = study.runs()
    for spec in runs:
        spec.check()
    require_makeable([spec for spec in runs if spec.is_evaluation])
    launch_ordered(runs, options)
    if not options.dry_run:
        say(f"Tables: python -m analysis tables --study {study.key} (on Slurm: python -m jobs.launch tables)")


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
    return names
