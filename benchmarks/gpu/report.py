"""A part's own JSON: written anew after every figure, so that whatever ends the part leaves what it had."""

import platform
import time
from pathlib import Path
from typing import Any

import torch

from xdomain.core.files import write_json
from xdomain.training.trainer import compute


class Report:
    """The figures of one part, and the time that it may take."""

    def __init__(self, part: str, folder: Path, minutes: float) -> None:
        self.path = folder / f"{part}.json"
        self.began, self.limit = time.monotonic(), 60 * minutes
        self.content: dict[str, Any] = {
            "part": part,
            "card": compute().name,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "minutes": 0.0,
            "rows": [],
            "left_out": [],
        }
        self._write()

    @property
    def seconds_left(self) -> float:
        """Until the part has to end."""
        return self.limit - (time.monotonic() - self.began)

    def has_time_for(self, what: str, seconds: float = 0) -> bool:
        """Whether `seconds` are left; what there is no time for is named in the report."""
        if self.seconds_left > seconds:
            return True
        self.content["left_out"].append(f"{what}: no time left")
        self._write()
        return False

    def add(self, **row: Any) -> None:
        """Keep a row of figures, and print it."""
        self.content["rows"].append(row)
        self._write()
        print("  ".join(f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
                        for name, value in row.items() if value is not None), flush=True)  # fmt: skip

    def leave_out(self, what: str, why: BaseException) -> None:
        """Name what could not be measured: a card's memory, a driver's fault."""
        self.content["left_out"].append(
            f"{what}: {type(why).__name__}: {str(why).splitlines()[0][:200] if str(why) else ''}"
        )
        self._write()

    def say(self, **facts: Any) -> None:
        """Keep facts about the part beside its rows."""
        self.content |= facts
        self._write()

    def _write(self) -> None:
        self.content["minutes"] = round((time.monotonic() - self.began) / 60, 3)
        write_json(self.path, self.content)
