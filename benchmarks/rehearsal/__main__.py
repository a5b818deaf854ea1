"""`make rehearsal`: the Diving48 study with the paper's 16,997 clips and a tiny model, and commands with 20,000 runs.

Writes results/rehearsal/rehearsal.json after every size, and the curves as clips.png and runs.png. An hour or two on
one core; give smaller
sizes to have some of it sooner.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy

from benchmarks.rates import processor
from benchmarks.rehearsal.archive import CLIPS
from benchmarks.rehearsal.curves import draw
from benchmarks.rehearsal.many_runs import with_runs
from benchmarks.rehearsal.measured import Step, grows
from benchmarks.rehearsal.pipeline import make_encodings, rehearse
from xdomain.core.errors import CommandFailed
from xdomain.core.files import write_json
from xdomain.core.roots import results_root

MOST_FILES = 3000  # that a study of the paper's size may make, its videos apart


def numbers(text: str) -> list[int]:
    """Read numbers with commas between them; none of an empty text."""
    return [int(part) for part in text.split(",") if part]


def main() -> None:
    """Rehearse at every size, smallest first, and end with 1 where something grows faster than its size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=numbers, default=[1000, 4000, CLIPS], help="sizes of the archive")
    parser.add_argument("--runs", type=numbers, default=[400, 5000, 20_000], help="numbers of finished runs")
    parser.add_argument("--tables-up-to", type=int, default=20_000, help="runs of which tables are still made")
    parser.add_argument("--encodings", type=int, default=300, help="different videos")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw them")
    given = parser.parse_args()
    out, work = results_root().absolute() / "rehearsal", results_root().absolute() / "rehearsal-work"
    try:
        found = rehearsal(out, work, given)
    except CommandFailed as failed:
        sys.exit(failed.code)
    print("\n".join(found) or "Nothing grows faster than its size, and no memory does.")
    sys.exit(bool(found))


def rehearsal(out: Path, work: Path, given: argparse.Namespace) -> list[str]:
    """Write the figures and curves into `out`; returns sentences on what grows too fast."""
    clip_steps: list[Step] = []
    run_steps: list[Step] = []
    files: dict[str, int] = {}
    found: list[str] = []

    def write() -> None:
        too_many = [f"{count:,} files at {clips} clips" for clips, count in files.items() if count >= MOST_FILES]
        found[:] = [*grows(clip_steps), *grows(run_steps, flat=False), *too_many]
        write_json(
            out / "rehearsal.json",
            {
                "processor": processor(),
                "clips": [step.to_dict() for step in clip_steps],
                "files_made": files,
                "runs": [step.to_dict() for step in run_steps],
                "grows": found,
            },
        )
        for steps, unit in ((clip_steps, "clips"), (run_steps, "runs")):
            if steps:
                draw(steps, unit, out / f"{unit}.png")

    if given.clips:
        encodings = make_encodings(work, given.encodings, given.workers)
    for clips in sorted(given.clips):
        steps, files[str(clips)] = rehearse(work, encodings, clips)
        clip_steps += steps
        write()
    for runs in sorted(given.runs):
        run_steps += with_runs(work, runs, tables=runs <= given.tables_up_to)
        write()
    return found


if __name__ == "__main__":
    main()
