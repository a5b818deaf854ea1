"""`make rehearsal`: the Diving48 study with the paper's 16,997 clips and a tiny model, and commands with 20,000 runs.

Writes results/rehearsal/rehearsal.json after every size, and the curves as clips.png and runs.png. Half an hour of one
core; what was killed begins with the size that it was at, and sizes that are measured are not measured again by the
same code on the same processor.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy

from benchmarks.rates import processor
from benchmarks.rehearsal.archive import CLIPS
from benchmarks.rehearsal.many_runs import with_runs
from benchmarks.rehearsal.pipeline import make_encodings, rehearse
from benchmarks.rehearsal.record import Measured
from xdomain.core.errors import CommandFailed
from xdomain.core.roots import results_root
from xdomain.runs.provenance import code_version


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
    measured = Measured.read(out, {"processor": processor(), "code": code_version(), "encodings": given.encodings})
    wanted = [clips for clips in sorted(given.clips) if str(clips) not in measured.files]
    if wanted:
        encodings = make_encodings(work, given.encodings, given.workers)
    for clips in wanted:
        steps, files = rehearse(work, encodings, clips)
        measured.add_clips(clips, steps, files)
    known = {step.size for step in measured.runs}
    for runs in sorted(set(given.runs) - known):
        measured.add_runs(with_runs(work, runs, tables=runs <= given.tables_up_to))
    return measured.grows()


if __name__ == "__main__":
    main()
