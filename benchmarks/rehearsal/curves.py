"""The curves as a picture: what every step takes against the number of clips or runs."""

from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.rehearsal.measured import Step
from xdomain.core.files import atomic_file


def draw(steps: list[Step], unit: str, path: Path) -> None:
    """Draw CPU seconds for each clip or run, and memory, both against their number."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    cost, memory = figure.subplots(1, 2)
    sizes = sorted({step.size for step in steps})
    for what in dict.fromkeys(step.what for step in steps):
        of = sorted((step for step in steps if step.what == what), key=lambda step: step.size)
        at = [step.size for step in of]
        cost.plot(at, [1000 * step.cpu_seconds / step.size for step in of], marker="o", label=what)
        memory.plot(at, [step.peak_mb for step in of], marker="o", label=what)
    for axes, title in ((cost, f"CPU milliseconds for each of the {unit}, the start included"), (memory, "peak MB")):
        axes.set(xscale="log", xlabel=unit, title=title)
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.set_xticks([], minor=True)
        axes.grid(alpha=0.3)
    cost.set_yscale("log")
    memory.set_ylim(0)
    memory.legend(fontsize="small")
    with atomic_file(path) as file:
        figure.savefig(file, format="png", dpi=150)
