"""The parts by name. Importing this imports everything heavy and touches no card."""

import warnings
from collections.abc import Callable
from pathlib import Path

from benchmarks.gpu.parts import diving, gradients, packing, runs, steps
from benchmarks.gpu.report import Report
from benchmarks.gpu.scale import Scale

PARTS: dict[str, Callable[[Report, Scale], None]] = {
    "steps": steps.run,
    "packing": packing.run,
    "diving": diving.run,
    "gradients": gradients.run,
    "runs": runs.run,
}
STARTS_PROCESSES = ("packing", "runs")  # and measures nothing in its own


def measure_part(name: str, folder: Path, scale: Scale) -> None:
    """Measure one part into `folder`/NAME.json."""
    warnings.filterwarnings("ignore", message=".*(deterministic|torchmetrics|compute).*")  # known of these trainings
    report = Report(name, folder, scale.minutes[name])
    print(f"{name} on {report.content['card']}, at most {scale.minutes[name]:g} minutes", flush=True)
    PARTS[name](report, scale)
    report.say(complete=True)
