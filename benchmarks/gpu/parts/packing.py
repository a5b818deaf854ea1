"""Part `packing`: how many runs an hour one GPU trains when 1, 2, 4, 8 or 16 share it, with and without MPS."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks.gpu.processes import end_all, server, start
from benchmarks.gpu.report import Report
from benchmarks.gpu.scale import Scale
from benchmarks.gpu.training import Clock, Enough, source_clips, spec_of, train
from jobs.cluster.batch import MPS, MPS_VARIABLES
from xdomain.core.files import read_json, write_json
from xdomain.specs.shapes import ShapeRun

WARM_UP = 5  # steps
STARTING = 60.0  # seconds that sixteen processes may take until all have taken those


def run(report: Report, scale: Scale) -> None:
    """Measure without MPS first, then with it; this process itself computes nothing."""
    source_clips(spec_of(scale.packed[0], scale.packed_hidden, scale))  # once, for all
    alone: dict[str, float] = {}  # steps per second of one run that has the GPU to itself
    for with_mps in (False, True):
        if with_mps and not shutil.which("nvidia-cuda-mps-control"):
            report.say(mps="there is no nvidia-cuda-mps-control here")
            break
        for pack in scale.packs:
            for model in scale.packed:
                what = f"{model} h={scale.packed_hidden}, pack {pack}, {'with' if with_mps else 'without'} MPS"
                if not report.has_time_for(what, scale.packed_seconds + 10):
                    continue
                try:
                    total = _packed(report, scale, model, pack, with_mps)
                except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                    report.leave_out(what, error)
                    continue
                if pack == 1:
                    alone.setdefault(model, total)
                spec = spec_of(model, scale.packed_hidden, scale)
                steps = spec.data.train_clips // spec.train.batch_size * spec.train.max_epochs
                report.add(
                    kind="pack",
                    model=model,
                    hidden=scale.packed_hidden,
                    pack=pack,
                    mps=with_mps,
                    steps_per_second=total,
                    runs_per_gpu_hour=3600 * total / steps,  # of all epochs that the recipe allows, validation apart
                    times_one=total / alone[model] if model in alone else None,
                )


def _packed(report: Report, scale: Scale, model: str, pack: int, with_mps: bool) -> float:
    """Return the steps per second of all copies together."""
    spec = spec_of(model, scale.packed_hidden, scale, max_epochs=10**6, patience=10**6)
    with mps(with_mps) as environment:
        rates = together(spec, pack, scale.packed_seconds, min(STARTING, report.seconds_left), environment)
    if len(rates) < pack:
        raise RuntimeError(f"{pack - len(rates)} of {pack} processes did not get to train")
    return sum(rates)


def together(spec: ShapeRun, pack: int, seconds: float, starting: float, environment: dict[str, str]) -> list[float]:
    """Train `pack` copies side by side for `seconds`; returns the steps per second of each that did."""
    barrier = server().Barrier(pack)
    with tempfile.TemporaryDirectory() as folder:
        children = [
            start(_train, spec, Path(folder) / f"copy{number}", barrier, seconds, starting, environment)
            for number in range(pack)
        ]
        end_all(children, starting + seconds + 20)
        files = sorted(Path(folder).glob("*.json"))
        return [read_json(file)["rate"] for file in files]


def _train(
    spec: ShapeRun, folder: Path, barrier: Barrier, seconds: float, starting: float, environment: dict[str, str]
) -> None:
    """Train one copy: warm up, wait for the others, then count steps until the time is over."""
    os.environ |= environment  # a fork of the server has the server's, and the card is still to be opened

    def after(clock: Clock) -> None:
        if len(clock.steps) == WARM_UP and not clock.epochs:
            barrier.wait(starting)
            clock.steps[-1] = time.perf_counter()
        elif len(clock.steps) > WARM_UP and clock.steps[-1] - clock.steps[WARM_UP - 1] >= seconds:
            raise Enough

    clock = Clock(after)
    train(spec, source_clips(spec), folder, clock)
    counted = clock.steps[WARM_UP - 1 :]
    write_json(folder.with_suffix(".json"), {"rate": (len(counted) - 1) / (counted[-1] - counted[0])})


@contextmanager
def mps(wanted: bool) -> Iterator[dict[str, str]]:
    """Run the daemon that lets processes use a GPU at the same time, by the lines of a packed job's batch script.

    Yields the variables by which a process finds it.

    Raises:
        RuntimeError: it does not start.
    """
    if not wanted:
        yield {}
        return
    script = "\n".join([MPS, *(f'echo "${name}"' for name in MPS_VARIABLES), "read -r end"])
    shell = subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert shell.stdout is not None, "it is a pipe"
    try:
        said = [shell.stdout.readline().strip() for _ in MPS_VARIABLES]
        if not all(map(os.path.isdir, said)):
            raise RuntimeError(" ".join(filter(None, said)))
        yield dict(zip(MPS_VARIABLES, said, strict=True))
    finally:
        shell.communicate()  # at the end of its input the script ends, and the daemon with it
