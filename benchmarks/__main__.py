"""`make bench`: every benchmark of this machine's CPU, and what has become slower since the committed reference.

Rates are multiplied by the seconds that a fixed piece of work takes in the same run (benchmarks/rates.py), so that a
slower machine does not look like slower code. Of another kind of processor the ratios still differ by what it is good
at: the reference says which it was.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks.ledger import REFERENCE, Ledger, compare
from benchmarks.rates import calibration, processor, show
from xdomain.core.errors import UserError
from xdomain.core.roots import results_root

MODULES = ("generate", "convlstm", "steps", "clips", "domains", "commands")


def main() -> None:
    """Measure, write results/bench.json, and end with 1 where something is slower."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(MODULES), help="some of the benchmarks, with commas")
    parser.add_argument("--reference", type=Path, default=REFERENCE, help="what to compare with")
    given = parser.parse_args()
    if unknown := [name for name in given.only.split(",") if name not in MODULES]:
        parser.error(f"there is no benchmark {unknown[0]!r}: {', '.join(MODULES)}")
    try:
        reference = Ledger.read(given.reference)
    except UserError as error:
        sys.exit(f"Error: {error}")
    ledger = measure(given.only.split(","))
    file = results_root() / "bench.json"
    ledger.write(file)
    slower, sentences = compare(ledger, reference)
    print("\n".join(["", *sentences, f"All figures: {file}"]))
    sys.exit(bool(slower))


def measure(names: list[str]) -> Ledger:
    """Run the named benchmarks; each is compared by the calibration beside it, since machines change their clock."""
    relative, rates = dict[str, float](), dict[str, float]()
    for name in names:
        before = calibration()
        print(f"== {name}", flush=True)
        figures = show(importlib.import_module(f"benchmarks.{name}").figures())
        unit_of_work = min(before, calibration())
        rates |= {figure.what: figure.rate for figure in figures}
        relative |= {figure.what: figure.rate * unit_of_work for figure in figures}
    return Ledger(processor(), relative, rates)


if __name__ == "__main__":
    main()
