"""What was measured so far, as a file that is written after every size, and as curves."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.rehearsal.curves import draw
from benchmarks.rehearsal.measured import Step, grows
from xdomain.core.files import read_json, write_json

MOST_FILES = 3000  # that a study of the paper's size may make, its videos apart


@dataclass
class Measured:
    """The steps of all sizes of the archive, and of all numbers of runs."""

    folder: Path
    made_with: dict[str, Any]  # figures of anything else are not comparable
    clips: list[Step] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)  # by the number of clips
    runs: list[Step] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path, made_with: dict[str, Any]) -> "Measured":
        """Read what `folder` has that was made with the same; else begin."""
        file = folder / "rehearsal.json"
        known = read_json(file) if file.exists() else {}
        if known.get("made_with") != made_with:
            return cls(folder, made_with)
        steps = {name: [Step(**step) for step in known[name]] for name in ("clips", "runs")}
        return cls(folder, made_with, steps["clips"], known["files_made"], steps["runs"])

    def add_clips(self, clips: int, steps: list[Step], files: int) -> None:
        """Keep what an archive of `clips` clips took, and the number of files that it made."""
        self.clips += steps
        self.files[str(clips)] = files
        self._write()

    def add_runs(self, steps: list[Step]) -> None:
        """Keep what the commands took with a number of runs."""
        self.runs += steps
        self._write()

    def grows(self) -> list[str]:
        """Say what grows faster than its size, and where there are too many files."""
        too_many = [f"{count:,} files at {clips} clips" for clips, count in self.files.items() if count >= MOST_FILES]
        return [*grows(self.clips), *grows(self.runs, flat=False), *too_many]

    def _write(self) -> None:
        content = {
            "made_with": self.made_with,
            "clips": [step.to_dict() for step in self.clips],
            "files_made": self.files,
            "runs": [step.to_dict() for step in self.runs],
            "grows": self.grows(),
        }
        write_json(self.folder / "rehearsal.json", content)
        for steps, unit in ((self.clips, "clips"), (self.runs, "runs")):
            if steps:
                draw(steps, unit, self.folder / f"{unit}.png")
