"""Work that need not be done twice: what a command wrote, and the content that it came from.

results/<study>/.cache/<command>.json holds a digest of every file that was read and of this code, the files that were
written with theirs, and what was said. While all of them are the same, saying it again is enough.
"""

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from xdomain.core.files import sha256, write_json
from xdomain.core.roots import results_root, runs_root

ROOT = Path(__file__).parents[2]
READ = ("launches/*/manifest.json", "*/*/h*/seed*/spec.json", "*/*/h*/seed*/result.json")
PREDICTIONS = "*/*/h*/seed*/predictions/*.parquet"
CODE = ("analysis/**/*.py", "analysis/published/*.*", "xdomain/**/*.py")
LIBRARIES = ("matplotlib", "numpy", "pandas", "pyarrow", "scipy", "statsmodels")
HASHERS = 8


@dataclass(frozen=True)
class Done:
    """What a command did."""

    inputs: str  # digest
    outputs: dict[str, str]  # path -> SHA-256
    said: list[str]
    lacking: list[str]  # ids of runs that are missing or diverged


def inputs_digest(
    study_key: str, arguments: Iterable[object], other_studies: str = "", more_code: Iterable[Path] = ()
) -> str:
    """Digest everything that decides a command's output: run files, code, library versions, arguments."""
    folders = [runs_root() / study_key, *(runs_root().glob(other_studies) if other_studies else ())]
    files = [path for folder in folders for pattern in (*READ, PREDICTIONS) for path in folder.glob(pattern)]
    files += [*(path for pattern in CODE for path in ROOT.glob(pattern)), *more_code]
    with ThreadPoolExecutor(HASHERS) as hashers:
        contents = sorted(zip(map(str, files), hashers.map(_content, files), strict=True))
    versions = [sys.version, *map(importlib.metadata.version, LIBRARIES)]
    return hashlib.sha256(json.dumps([contents, versions, list(map(str, arguments))]).encode()).hexdigest()


def run_content(folder: Path) -> str:
    """Digest a finished run as tables see it: its result and its predictions, wherever the folder is."""
    files = [folder / "result.json", *sorted(folder.glob("predictions/*.parquet"))]
    return hashlib.sha256(json.dumps([(path.name, sha256(path)) for path in files]).encode()).hexdigest()


def _content(file: Path) -> str:
    try:
        return sha256(file)
    except PermissionError:
        return "may not be read"  # its run counts as missing


def recall(study_key: str, command: str, inputs: str) -> Done | None:
    """Return what the command did last, if it came from the same inputs and its files are still as it wrote them."""
    try:
        done = Done(**json.loads(_file(study_key, command).read_text(encoding="utf-8")))
        kept = all(sha256(Path(path)) == digest for path, digest in done.outputs.items())
    except (OSError, ValueError, TypeError):
        return None  # never done, written by another version, or a file of its is gone: do it anew
    return done if kept and done.inputs == inputs else None


def remember(
    study_key: str, command: str, inputs: str, outputs: list[Path], messages: list[str], lacking: list[str]
) -> None:
    """Note what the command did."""
    done = Done(inputs, {str(path): sha256(path) for path in outputs}, messages, lacking)
    write_json(_file(study_key, command), asdict(done))


def _file(study_key: str, command: str) -> Path:
    return results_root() / study_key / ".cache" / f"{command}.json"
