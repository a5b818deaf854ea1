"""A command as users give it, with what it took: seconds, CPU seconds, memory."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from xdomain.core.errors import CommandFailed

SLOWER, LARGER, SLACK = 1.5, 1.3, 50.0  # times the cost of a clip, times the memory, and MB that do not matter

# Should the rehearsal be killed, its command goes too: the next one begins that size anew, in the same folder.
WATCH = """
import json, os, signal, sys, time
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
parent, began, ended = os.getppid(), time.perf_counter(), 0
outputs = [(os.POSIX_SPAWN_DUP2, log, descriptor) for descriptor in (1, 2)]
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=outputs, setpgroup=0, setsigmask=[])
try:
    while not ended:
        signal.sigtimedwait([signal.SIGCHLD], 0.2)
        ended, status, used = os.wait4(child, os.WNOHANG)
        if os.getppid() != parent:
            sys.exit("The rehearsal has ended.")
finally:
    if not ended:
        os.killpg(child, signal.SIGKILL)
seconds = time.perf_counter() - began
print(json.dumps([os.waitstatus_to_exitcode(status), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


@dataclass(frozen=True)
class Step:
    """What one command took at one size."""

    what: str
    size: int  # clips, or runs
    seconds: float
    cpu_seconds: float  # of it and all its children
    peak_mb: float  # of the largest of its processes

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def measured(what: str, size: int, command: tuple[str, ...], log: Path) -> Step:
    """Run `python -m COMMAND` with its output in `log`.

    Raises:
        CommandFailed: it ended with another code than 0; its last lines are printed.
    """
    # From a small process: memory that the parent of a program has is counted as the program's.
    words = [sys.executable, "-S", "-c", WATCH, str(log), sys.executable, "-m", *command]
    code, seconds, cpu, peak = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)
    if code:
        print("\n".join(log.read_text().splitlines()[-15:]), file=sys.stderr)
        raise CommandFailed(code)
    step = Step(what, size, seconds, cpu, peak)
    print(
        f"{size:8,}  {what:28} {step.seconds:8.1f} s  {step.cpu_seconds:8.1f} CPU s  {step.peak_mb:7.0f} MB", flush=True
    )
    return step


def grows(steps: list[Step], flat: bool = True) -> list[str]:
    """Say what costs more for each the more there are, and whose memory grows: at all, or, not `flat`, faster.

    Between two sizes a further clip costs what the CPU seconds differ by; what a command needs to start is not in it.
    """
    sentences = []
    by_what: dict[str, list[Step]] = {}
    for step in sorted(steps, key=lambda step: step.size):
        by_what.setdefault(step.what, []).append(step)
    for what, of in by_what.items():
        pairs = list(pairwise(of))
        each = [(b.cpu_seconds - a.cpu_seconds) / (b.size - a.size) for a, b in pairs]
        for (a, b), before, now in zip(pairs[1:], each, each[1:], strict=False):
            if before > 0 and now > SLOWER * before and now * (b.size - a.size) > 1:
                sentences.append(f"{what}: from {a.size:,} to {b.size:,} each costs {now / before:.1f} times as much")
        for a, b in pairs:
            allowed = LARGER * a.peak_mb + SLACK if flat else a.peak_mb * b.size / a.size
            if b.peak_mb > allowed:
                sentences.append(f"{what}: {b.peak_mb:,.0f} MB at {b.size:,} and {a.peak_mb:,.0f} MB at {a.size:,}")
    return sentences
