"""Stop when asked: the signal handler only sets a flag; training looks at it between epochs."""

import signal
import time
from types import FrameType

MARGIN = 30.0  # seconds for the checkpoint and the way out

_asked: list[str] = []
_deadline: list[float] = []


def watch(*numbers: signal.Signals, deadline: float | None = None) -> None:
    """Let any of these signals, from now on, ask this process to stop after the epoch it is in.

    So does the last epoch that ends before `deadline` (seconds since 1970), the scheduler's time limit.
    """
    _asked.clear()
    _deadline[:] = [] if deadline is None else [deadline]
    for number in numbers:
        signal.signal(number, _note)


def _note(number: int, _: FrameType | None) -> None:
    _asked.append(signal.Signals(number).name)


def note_epoch(seconds: float) -> None:
    """Note that an epoch of this length ended: ask to stop if another one might not fit before the deadline."""
    if _deadline and time.time() + 1.5 * seconds + MARGIN > _deadline[0]:
        _asked.append("the time limit")


def asked_by() -> str | None:
    """Return what asked this process to stop, or None."""
    return _asked[0] if _asked else None
