"""Being asked to stop: the signal handler only sets a flag; training looks at it between epochs."""

import signal
from types import FrameType

_asked: list[str] = []


def watch(*numbers: signal.Signals) -> None:
    """From now on, any of these signals asks this process to stop after the epoch it is in."""
    _asked.clear()
    for number in numbers:
        signal.signal(number, _note)


def _note(number: int, _: FrameType | None) -> None:
    _asked.append(signal.Signals(number).name)


def asked_by() -> str | None:
    """The name of the signal that asked this process to stop, or None."""
    return _asked[0] if _asked else None
