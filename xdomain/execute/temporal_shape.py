"""The Temporal Shape study: train on one domain, evaluate the best epoch on every domain (paper section 3.2)."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xdomain.core.roots import data_root
from xdomain.runs.run_folder import VALIDATION, RunFolder
from xdomain.specs import shapes
from xdomain.specs.shapes import ClipSetSpec, ShapeRun
from xdomain.studies import temporal_shape
from xdomain.studies.base import Study

if TYPE_CHECKING:
    from xdomain.schema.result import Measurements


class TemporalShape(Study[ShapeRun]):
    """What its runs read and do; torch is imported when one is executed."""

    key = temporal_shape.STUDY

    def kind_of(self, values: dict[str, Any]) -> type[ShapeRun]:
        """Choose the only kind that there is."""
        return shapes.kind_of(values)

    def grid(self) -> list[ShapeRun]:
        """List the paper's 400 runs."""
        return temporal_shape.grid()

    def execute(self, spec: ShapeRun, folder: RunFolder, tracker: str | None) -> "Measurements":
        """Train and evaluate. The data is known even if the training then diverges."""
        from xdomain.datasets.temporal_shape.changed import changed_set
        from xdomain.datasets.temporal_shape.clipset import open_set, set_paths
        from xdomain.evaluation.evaluate import evaluate
        from xdomain.evaluation.predictions import nonfinite_fields
        from xdomain.schema.result import Measurements, SeenData
        from xdomain.training.data import SourceData
        from xdomain.training.fit import fit
        from xdomain.training.module import Diverged

        source, *evaluated = (open_set(set_paths(clip_set, data_root())[0]) for clip_set in spec.inputs)
        targets = {
            name: clips if name in temporal_shape.DOMAINS else changed_set(clips, name)
            for name, clips in zip(spec.targets, evaluated, strict=True)
        }
        seen = {
            clips.path.stem: {"sha256": clips.info["sha256"], "class_counts": clips.info["class_counts"]}
            for clips in (source, *targets.values())
        }
        data = {name: SeenData(**values) for name, values in seen.items()}
        clips = SourceData(source, spec)
        try:
            trained = fit(spec, folder, clips, tracker, {source.path.stem: seen[source.path.stem]})
        except Diverged as error:
            return Measurements.diverged(error.epoch, data=data)
        clock = time.monotonic()
        outcomes = evaluate(trained, clips, targets, folder)
        return Measurements(
            data=data,
            accuracy={name: outcome.accuracy for name, outcome in outcomes.items() if outcome.accuracy is not None},
            clips={VALIDATION: spec.data.val_clips} | {name: len(clips) for name, clips in targets.items()},
            parameters=trained.parameters,
            best_epoch=trained.best_epoch,
            epochs=trained.epochs,
            seconds={"train": trained.seconds, "evaluate": round(time.monotonic() - clock, 1)},
            **nonfinite_fields({(name, None): outcome for name, outcome in outcomes.items()}),
        )

    def prepare(self, inputs: Iterable[ClipSetSpec], root: Path) -> None:
        """Download and read the digits that the sets are drawn with."""
        for source, split in {(clip_set.digits, clip_set.digit_split) for clip_set in inputs if clip_set.has_digits}:
            if source != "uci":
                from xdomain.datasets.temporal_shape.digits import load_digits

                load_digits(source, split, root / "digits")

    def make(self, inputs: Sequence[ClipSetSpec], root: Path, workers: int) -> None:
        """Draw the sets that are missing and read the others."""
        from xdomain.datasets.temporal_shape.clipset import open_set, set_paths
        from xdomain.datasets.temporal_shape.generate import generate, require_current

        for clip_set in inputs:
            if clip_set.marker(root).exists():
                require_current(clip_set, open_set(set_paths(clip_set, root)[0]), root)
            else:
                generate(clip_set, root, workers)

    def require_makeable(self, spec: ShapeRun, root: Path) -> None:
        """Refuse a target that is neither drawn nor a function of clips that works on these."""
        for name in set(spec.targets) - set(temporal_shape.DOMAINS):
            from xdomain.datasets.temporal_shape.changed import require_usable  # numpy: the paper's grid has none

            require_usable(name)


STUDY = TemporalShape()
