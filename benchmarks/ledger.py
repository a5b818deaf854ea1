"""What was measured once, and which of it is slower now."""

from dataclasses import asdict, dataclass
from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.core.files import read_json, write_json

REFERENCE = Path(__file__).with_name("reference.json")
SLOWER = 1.3  # times the reference's cost: less is what one machine differs by from run to run


@dataclass(frozen=True)
class Ledger:
    """Figures of one run by what was measured."""

    processor: str
    relative: dict[str, float]  # done in the time that the calibration's work takes; what is compared
    per_cpu_second: dict[str, float]

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Read what `write` wrote.

        Raises:
            UserError: there is none.
        """
        if not path.exists():
            raise UserError(f"There is no {path} to compare with. Copy a results/bench.json there.")
        return cls(**read_json(path))

    def write(self, path: Path) -> None:
        """Write all of it as JSON."""
        write_json(path, asdict(self))


def compare(now: Ledger, then: Ledger) -> tuple[list[str], list[str]]:
    """Return what is slower now, and sentences about all that differs.

    What only one of the two has measured is said, and counts as neither.
    """
    slower, sentences = [], []
    if now.processor != then.processor:
        sentences.append(f"The reference is of another processor ({then.processor}; this is {now.processor}).")
    for what, rate in now.relative.items():
        if what not in then.relative:
            sentences.append(f"new: {what}")
            continue
        cost = then.relative[what] / rate
        if cost > SLOWER:
            slower.append(what)
            sentences.append(f"SLOWER: {what} takes {cost:.2f} times as long as the reference")
        elif cost < 1 / SLOWER:
            sentences.append(f"faster: {what} takes {cost:.2f} of the reference's time")
    absent = len(then.relative.keys() - now.relative.keys())
    compared = len(now.relative.keys() & then.relative.keys())
    sentences.append(f"{len(slower)} of {compared} are slower" + (f"; {absent} were not measured." if absent else "."))
    return slower, sentences
