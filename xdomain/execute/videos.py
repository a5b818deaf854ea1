"""What every study on an archive of videos has in common: trainings, and their evaluations as runs of their own."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.names import did_you_mean
from xdomain.datasets.clip_cache.identity import (
    STREAMED,
    current_listing,
    listing_sha256,
    open_current,
    require_current,
    streamed_sha256,
)
from xdomain.datasets.diving48.listing import require_listing, video_folder
from xdomain.datasets.layouts.clip import Clip
from xdomain.domains.registry import built_in_names, find
from xdomain.runs.run_folder import RunFolder
from xdomain.specs import videos
from xdomain.specs.spec import Input
from xdomain.specs.videos import LISTINGS, ClipCacheSpec, VideoEvaluation, VideoRun, VideoTraining
from xdomain.studies.base import Comparison, Study, other_content

if TYPE_CHECKING:
    from xdomain.schema.result import Measurements, SeenData

# What begins the identity of videos that were decoded while training, which is no cache's. Runs of before the listing
# was a part of it have the first, and cannot be compared.
UNREAD = ("sizes:", STREAMED)


class VideoStudy(Study[VideoRun]):
    """A study on an archive in Diving48's layout; torch is imported when a run is executed."""

    domains: tuple[str, ...]  # every training is evaluated on these
    made: tuple[str, ...]  # the domains that `python -m segment domains` makes of masks

    def kind_of(self, values: dict[str, Any]) -> type[VideoRun]:
        """Choose between a training and an evaluation."""
        return videos.kind_of(values)

    def evaluations(self, training: VideoRun) -> list[VideoRun]:
        """List the evaluations of a training on the study's domains."""
        return [training.evaluation(name) for name in self.domains] if isinstance(training, VideoTraining) else []

    def execute(self, spec: VideoRun, folder: RunFolder, tracker: str | None) -> "Measurements":
        """Train, or evaluate what a training kept."""
        if isinstance(spec, VideoEvaluation):
            from xdomain.execute.video_evaluation import evaluate

            return evaluate(spec, folder)
        from xdomain.execute.video_training import train

        assert isinstance(spec, VideoTraining), spec.id
        return train(spec, folder, tracker)

    def require_sources(self, inputs: Iterable[ClipCacheSpec], root: Path) -> None:
        """Refuse clips whose listing is not there: a job would wait for hours to say so."""
        for dataset, part in dict.fromkeys((clips.dataset, clips.listing) for clips in inputs):
            require_listing(root / dataset, part)

    def make(self, inputs: Sequence[ClipCacheSpec], root: Path, workers: int) -> None:
        """Decode the clips that are missing, or have their domains made of masks, and check the others."""
        domains = [clips for clips in inputs if clips.masks and not clips.marker(root).exists()]
        _make_domains(domains, workers)
        for clips in (clips for clips in inputs if clips not in domains):
            if clips.marker(root).exists():
                open_current(clips, root)
            elif clips.is_of_frames:
                from xdomain.datasets.clip_cache.changed import build_changed

                build_changed(clips, root, workers)
            else:
                from xdomain.datasets.clip_cache.build import build_cache

                build_cache(clips, root, workers)

    def require_makeable(self, spec: VideoRun, root: Path) -> None:
        """Refuse a domain that is neither there nor made of masks."""
        clips = spec.clip_cache
        if clips.part in (*LISTINGS, *self.made) or clips.marker(root).exists():
            return
        if find(clips.part):
            if clips.is_of_frames:
                from xdomain.domains.change import try_out  # numpy, which a launch of other domains does without

                try_out(clips.part, (clips.frames, clips.side, clips.side, 3))
            return
        meant = did_you_mean(clips.part, [*self.made, *built_in_names()])
        raise UserError(
            f"Of the domain {clips.part} there is no {clips.marker(root)}.{meant} "
            f"Domains made of masks are {', '.join(self.made)}; "
            f"functions of the clips {', '.join(built_in_names())} and those of your packages; "
            "python -m xdomain import-clips makes others of a folder of videos."
        )

    def require_repeatable(self, spec: VideoRun, root: Path) -> None:
        """Refuse to repeat a run while its cache is of something else than there is now."""
        clips = spec.clip_cache
        if clips.marker(root).exists():
            require_current(clips, read_json(clips.marker(root)), root)

    def comparison(self, root: Path) -> Comparison:
        """Return what compares contents; decoded while they were used, the listing and the videos' sizes."""
        listing = cache(lambda clips, missing: current_listing(clips, root, missing))  # one of many runs

        def difference(data: Input, seen: "SeenData") -> str:
            assert isinstance(data, ClipCacheSpec), data
            if not seen.sha256.startswith(UNREAD) and (other := other_content(data, seen, root)):
                return other
            if seen.listing_sha256 is None or (now := listing(data, frozenset(seen.missing))) is None:
                return ""
            return f"it saw {data.name} {words}" if (words := _other_clips(now, data, seen, root)) else ""

        return difference


def _other_clips(now: list[Clip], data: ClipCacheSpec, seen: "SeenData", root: Path) -> str:
    """Say in what the clips that a run saw are not those that are listed now; empty where nothing tells."""
    if listing_sha256(now) != seen.listing_sha256:
        return "by another listing, or before other clips were left out, than there is now"
    dataset = root / data.dataset
    if seen.sha256.startswith(STREAMED) and video_folder(dataset).exists():
        return "" if streamed_sha256(now, dataset) == seen.sha256 else "of videos of other sizes than they have now"
    return ""


def _make_domains(domains: list[ClipCacheSpec], workers: int) -> None:
    """Make all domains of one mask set at once, since each clip is then decoded once."""
    together: dict[tuple[str, str, int, int], list[str]] = {}
    for clips in domains:
        together.setdefault((clips.dataset, clips.masks, clips.frames, clips.side), []).append(clips.part)
    for (dataset, masks, frames, side), parts in together.items():
        options = ["--dataset", dataset, "--masks", masks, "--frames", str(frames), "--side", str(side)]
        command = ["-m", "segment", "domains", *options, "--domain", ",".join(parts), "--workers", str(workers)]
        if subprocess.run([sys.executable, *command], check=False).returncode:
            raise UserError(
                f"The domains {', '.join(parts)} of {dataset} could not be made with the masks {masks!r} (see above). "
                "Make the masks first: python -m segment infer, or launch the segment study."
            )
