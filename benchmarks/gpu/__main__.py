"""`make benchmark-gpu`: 25 minutes on one GPU, or one part with PART=steps|packing|diving|gradients|runs."""

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks.gpu.packages import ROOT, unpack
from benchmarks.gpu.scale import TINY, Scale
from xdomain.core.errors import UserError
from xdomain.core.roots import results_root

NAMES = ("steps", "packing", "diving", "gradients", "runs")
LATE = 45.0  # seconds after a part's time, when it is ended whatever it does


def main() -> None:
    """Measure the parts that the command line names, each in processes of its own, and merge all that there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part", default=",".join(NAMES), help="one or more of them, with commas; merge: none, only that"
    )
    parser.add_argument("--out", type=Path, default=results_root() / "benchmark-gpu", help="where the JSON files go")
    parser.add_argument("--tiny", action="store_true", help="so little that a CPU has it in seconds")
    given = parser.parse_args()
    parts = [part for part in given.part.split(",") if part != "merge"]
    if unknown := [part for part in parts if part not in NAMES]:
        parser.error(f"there is no part {unknown[0]!r}: {', '.join(NAMES)}")
    try:
        run(
            parts,
            given.out.absolute(),
            (results_root() / "benchmark-gpu-work").absolute(),
            TINY if given.tiny else Scale(),
        )
    except UserError as error:
        sys.exit(f"Error: {error}")


def run(parts: list[str], out: Path, work: Path, scale: Scale) -> None:
    """Measure `parts` into `out`; data, runs and packages stay in `work`, for the next call.

    Raises:
        UserError: there is no GPU, or a package is lacking.
    """
    unpack(work / "packages")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(work / "packages"), os.environ.get("PYTHONPATH", "")])
    os.environ |= {"XDOMAIN_DATA": str(work / "data"), "XDOMAIN_RUNS": str(work / "runs")}
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what deterministic cuBLAS asks for
    # Imported only now: what it needs may have come along.
    from benchmarks.gpu.merge import merge
    from benchmarks.gpu.parts.by_name import STARTS_PROCESSES, measure_part
    from benchmarks.gpu.processes import end_all, start
    from xdomain.training.trainer import compute

    if parts and scale is not TINY and compute().accelerator == "cpu":
        raise UserError("There is no GPU here. To try the benchmark itself on a CPU, give --tiny.")
    for part in parts:
        began = time.monotonic()
        if part in STARTS_PROCESSES:
            measure_part(part, out, scale)
        else:
            end_all([start(measure_part, part, out, scale)], 60 * scale.minutes[part] + LATE)
        print(f"{part}: {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
    merged = merge(out, NAMES)
    print((out / "benchmark-gpu.md").read_text())
    print(f"All of it: {out / 'benchmark-gpu.json'}")
    if lost := [part for part in parts if part in (*merged["absent"], *merged["incomplete"])]:
        raise UserError(f"{', '.join(lost)} did not come to the end; above is why. PART={lost[0]} measures it again.")


if __name__ == "__main__":
    main()
