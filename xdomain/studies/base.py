"""A study: its runs, the data that they need, and what a run does. Everything that is launched belongs to one.

The built-in two are in `xdomain/execute/`; a package of a user's own brings another by an entry point
(`xdomain/specs/registry.py`). Launcher, status and worker know this type only. How its results become tables, and what
they call it, is for the analysis to say.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from xdomain.core.files import read_json
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import Input, RunSpec

if TYPE_CHECKING:
    from xdomain.schema.result import Measurements, SeenData  # pydantic, which a launch does without

Run = TypeVar("Run", bound=RunSpec)
# From an input, and what the result of a run says of it: in what it differs now; empty where nothing tells.
Comparison = Callable[[Input, "SeenData"], str]


class Study(Protocol[Run]):
    """What the rest of the project asks of a study. Its module imports nothing heavy: a login node loads it."""

    key: str  # as registered: the first part of its runs' ids, without a hyphen

    def kind_of(self, values: dict[str, Any]) -> type[Run]:
        """Choose the class of the spec with these values of spec.json, which nobody has checked yet."""

    def grid(self) -> Sequence[Run]:
        """List every run that is known by its id before it was ever launched, evaluations left out."""

    def execute(self, spec: Run, folder: RunFolder, tracker: str | None) -> "Measurements":
        """Do what the run is for. What it makes goes into `folder`, where an earlier attempt may have left something.

        Every rank of a run of several calls this; only the first one's answer counts.

        Raises:
            UserError: its data is missing or damaged.
            Interrupted: asked to stop; the same call continues.
        """

    def evaluations(self, training: Run) -> Sequence[Run]:
        """List the runs that evaluate this run's checkpoints, where those are runs of their own."""
        return ()

    def label(self, runs: Iterable[Run]) -> str:
        """Say what people call these runs, where their ids do not, such as "experiments a b c"."""
        return ""

    def require_sources(self, inputs: Iterable[Any], root: Path) -> None:
        """Refuse inputs that cannot be made, since what users have to bring for them is not below the data root.

        Raises:
            UserError: names what is not there and what to do.
        """
        return None

    def prepare(self, inputs: Iterable[Any], root: Path) -> None:
        """Fetch what making these inputs takes from the internet, which compute nodes rarely reach."""
        return None

    def make(self, inputs: Sequence[Any], root: Path, workers: int) -> None:
        """Make the inputs that are missing below the data root and check the others.

        Raises:
            UserError: one is damaged or was made from something else than there is now, or what it is made from cannot
                be had.
        """
        return None

    def require_makeable(self, spec: Run, root: Path) -> None:
        """Refuse a run whose inputs are neither there nor can be made.

        Raises:
            UserError: names the input and what to do.
        """
        return None

    def require_repeatable(self, spec: Run, root: Path) -> None:
        """Refuse to repeat a finished run whose inputs would not be accepted any more.

        Raises:
            UserError: names the input and what to do.
        """
        return None

    def comparison(self, root: Path) -> Comparison:
        """Return what compares inputs with those that runs saw; it may keep what it reads, for many runs."""
        return lambda data, seen: other_content(data, seen, root)


def other_content(data: Input, seen: "SeenData", root: Path) -> str:
    """Say that an input's content, by the `sha256` of the file written last, is not what a run saw; else empty."""
    marker = data.marker(root)
    if not marker.exists():
        return ""
    values = read_json(marker)
    now = values.get("sha256") if isinstance(values, dict) else None
    return "" if now == seen.sha256 else f"it saw another {data.name} than there is now"
