"""Runs by number, so that each cell of a page can name hundreds of them in a few characters."""

from collections.abc import Iterable
from itertools import groupby


class RunNumbers:
    """The ids of a study's runs in an order in which those that belong together are neighbours."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = list(dict.fromkeys(ids))
        self._numbers = {run: number for number, run in enumerate(self.ids)}

    def text(self, ids: Iterable[str]) -> str:
        """Write runs as ranges of numbers, such as "0-4,7"; a run met first gets the next number."""
        for run in ids:
            if run not in self._numbers:
                self._numbers[run] = len(self.ids)
                self.ids.append(run)
        numbers = sorted({self._numbers[run] for run in ids})
        ranges = []
        for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            members = [number for _, number in group]
            ranges.append(f"{members[0]}-{members[-1]}" if len(members) > 1 else str(members[0]))
        return ",".join(ranges)
