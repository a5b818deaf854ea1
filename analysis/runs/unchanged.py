"""Work that need not be done twice: what a command wrote, and the content that it came from.

results/<study>/.cache/<command>.json holds a digest of every file that was read and of this code, the files that were
written with theirs, and what was said. While all of them are the same, saying it again is enough. Finding that out
takes the files only: no library of tables, figures or arrays is imported.
"""

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from analysis.runs.studies import GROUP
from xdomain.core.files import sha256, write_json
from xdomain.core.roots import results_root, runs_root
from xdomain.specs.registry import OWN

ROOT = Path(__file__).parents[2]
CODE = (
    "analysis/**/*.py",
    "analysis/published/*.*",
    "analysis/claims/*.csv",
    "xdomain/**/*.py",
    "xdomain/studies/*.json",  # the vocabulary, which says what attributes a class has
)
LIBRARIES = ("matplotlib", "numpy", "pandas", "pyarrow", "scipy", "statsmodels")
HASHERS = 8


@dataclass(frozen=True)
class Sources:
    """What decides a study's output beside its runs and this code, as its analysis says.

    Attributes:
        other_studies: pattern of further folders below the runs root; empty: none.
        code: modules of a package's analysis.
    """

    other_studies: str = ""
    code: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """What a command did."""

    inputs: str  # digest
    outputs: dict[str, str]  # path -> SHA-256
    said: list[str]
    lacking: list[str]  # ids of runs that are missing or diverged
    sources: dict[str, Sources] = field(default_factory=dict)  # of each study


def inputs_digest(
    study_key: str, arguments: Iterable[object], sources: Sources | None = None, more: Iterable[Path] = ()
) -> str:
    """Digest everything that decides a command's output: run files, code, library versions, arguments."""
    sources = sources or Sources()
    others = runs_root().glob(sources.other_studies) if sources.other_studies else ()
    files = [path for folder in (runs_root() / study_key, *others) for path in _read(folder)]
    files += [path for pattern in CODE for path in ROOT.glob(pattern)]
    files += [*map(Path, sources.code), *more, *(runs_root() / study_key.partition("-")[0]).glob(OWN)]
    with ThreadPoolExecutor(HASHERS) as hashers:
        contents = sorted(zip(map(str, files), hashers.map(_content, files), strict=True))
    packages = sorted((entry.name, entry.value) for entry in importlib.metadata.entry_points(group=GROUP))
    versions = [sys.version, *map(importlib.metadata.version, LIBRARIES), *packages]
    return hashlib.sha256(json.dumps([contents, versions, list(map(str, arguments))]).encode()).hexdigest()


def _read(folder: Path) -> Iterator[Path]:
    """List what tables read of a study's runs."""
    yield from folder.glob("launches/*/manifest.json")
    for run in folder.glob("*/*/h*/seed*"):
        yield from (file for file in (run / "spec.json", run / "result.json") if file.exists())
        yield from run.glob("predictions/*.parquet")


def run_content(folder: Path) -> str:
    """Digest a finished run as tables see it: its result and its predictions, wherever the folder is."""
    files = [folder / "result.json", *sorted(folder.glob("predictions/*.parquet"))]
    return hashlib.sha256(json.dumps([(path.name, sha256(path)) for path in files]).encode()).hexdigest()


def _content(file: Path) -> str:
    try:
        return sha256(file)
    except PermissionError:
        return "may not be read"  # its run counts as missing


Digest = Callable[[dict[str, Sources]], str]  # of the inputs, by what the studies' analyses say of them


def recall(study_key: str, command: str, digest: Digest) -> Done | None:
    """Return what the command did last, if it came from the same inputs and its files are still as it wrote them."""
    try:
        values = json.loads(_file(study_key, command).read_text(encoding="utf-8"))
        said = values.pop("sources").items()
        sources = {key: Sources(of["other_studies"], tuple(of["code"])) for key, of in said}
        done = Done(**values, sources=sources)
        kept = all(sha256(Path(path)) == digest for path, digest in done.outputs.items())
        return done if kept and digest(sources) == done.inputs else None
    except (OSError, ValueError, TypeError, KeyError):
        return None  # never done, written by another version, of other studies, or a file is gone: do it anew


def remember(study_key: str, command: str, done: Done) -> None:
    """Note what the command did."""
    write_json(_file(study_key, command), asdict(done))


def outputs_of(paths: Iterable[Path]) -> dict[str, str]:
    """Digest the files that a command wrote."""
    return {str(path): sha256(path) for path in paths}


def _file(study_key: str, command: str) -> Path:
    return results_root() / study_key / ".cache" / f"{command}.json"
