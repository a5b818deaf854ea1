"""Write everything that a study's tables are made of, and the tables, as one file."""

import gzip
import io
import json
import platform
import re
import shutil
import tarfile
import uuid
from collections.abc import Iterable, Iterator
from hashlib import sha256 as digest_of
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from analysis.results.making import last_made, write_tables
from analysis.results.registry import analysis_of
from analysis.runs.notes import completeness
from analysis.runs.unchanged import LIBRARIES, ROOT
from analysis.tracing.bundle_files import MANIFEST, is_archive
from xdomain.core.errors import FULL
from xdomain.core.files import atomic_file, no_space, read_json, sha256, system_error
from xdomain.core.output import say
from xdomain.core.roots import runs_root
from xdomain.runs.lineage import NAME, Lineage
from xdomain.runs.provenance import code_version
from xdomain.runs.run_folder import FINISHED, STALE
from xdomain.schema.bundle import BUNDLE_FORMAT
from xdomain.specs.registry import OWN

RUN_FILES = ("spec.json", "result.json", "metrics.csv", "predictions/*.parquet")
LAUNCH_FIELDS = ("study_key", "command", "created", "code_version", "tracker", "pack", "gpus", "time_limit", "runs")
README = """\
What tables of the study "Recur, Attend or Convolve?" were made of, and the tables.

To make them again, with Python 3.11, no GPU, no cluster and no torch:

    1. Get xdomain, at the code version that {manifest} names: {code}
    2. python3.11 -m venv .venv && .venv/bin/pip install -c requirements.lock -e .
    3. .venv/bin/python -m analysis verify THIS_BUNDLE

`verify` checks every file, makes the tables from the predictions anew and compares them byte for byte.
`python -m analysis why TABLE ROW COLUMN --bundle THIS_BUNDLE` says what stands behind a cell.

Studies: {studies}
runs/       spec.json, result.json, metrics.csv, predictions/*.parquet (a row per clip) of every run
results/    the tables as CSV, Markdown and LaTeX; lineage.json leads from each cell to its runs
{manifest}  SHA-256 of every file, versions of the packages
"""

Content = Path | bytes


def write_bundle(out: Path, studies: Iterable[str], tolerance: float | None) -> None:
    """Make the tables of the studies, and write them with what they are made of to an archive or a new folder.

    Without a `tolerance`, a share, each study's tables are made as they were last.

    Raises:
        UserError: a run of them cannot be used.
    """
    files: dict[str, Content] = {}
    described = {}
    for study in dict.fromkeys(studies):
        last, halves = last_made(study)
        allowed = last if tolerance is None else tolerance
        loaded = analysis_of(study).load(study)  # a run that cannot be used is no part of a bundle
        paths = write_tables(study, (), allowed, halves)[1]
        finished = int((loaded.runs["status"] == FINISHED).sum())
        described[study] = {"tolerance": allowed, "halves": halves, "runs": len(loaded.runs), "finished": finished}
        files |= _files_of(study, paths)
        say(f"{study}: {completeness(loaded.runs)}.")
    files["README.txt"] = README.format(manifest=MANIFEST, code=code_version(), studies=", ".join(described)).encode()
    files = dict(sorted(files.items()))
    files = {MANIFEST: _manifest(files, described), **files}
    if is_archive(out):
        _write_archive(out, files)
        say(f"{out}: {len(files)} files, {out.stat().st_size / 1e6:,.1f} MB, SHA-256 {sha256(out)}")
    else:
        _write_folder(out, files)
        say(f"{out}: {len(files)} files, SHA-256 of {MANIFEST} {sha256(out / MANIFEST)}")
    say(f"Anyone can check it: python -m analysis verify {out.name}")


def _files_of(study: str, tables: list[Path]) -> dict[str, Content]:
    """Collect a study's files by their name in the bundle; what names folders of this machine without them."""
    pattern, names = analysis_of(study).other_studies(study), _private_names(study)
    roots = [runs_root() / study, *(sorted(runs_root().glob(pattern)) if pattern else ())]
    files = {name: content for root in roots for name, content in _run_files(root, names)}
    for path in tables:
        name = f"results/{study}/tables/{path.name}"
        files[name] = _named(path.read_text(encoding="utf-8"), names) if path.name == NAME else path
    return files


def _run_files(root: Path, names: dict[str, str]) -> Iterator[tuple[str, Content]]:
    """Yield the files below a study's runs that its tables are made of, and its launches."""
    folders = {path.parent for name in RUN_FILES[:2] for path in root.glob(f"*/*/h*/seed*/{name}")}
    for folder in folders:
        if STALE in folder.name:
            continue
        # Without a result there may be files of an attempt that is still at work.
        patterns = RUN_FILES if (folder / RUN_FILES[1]).exists() else RUN_FILES[:1]
        for path in (path for pattern in patterns for path in folder.glob(pattern)):
            yield f"runs/{root.name}/{path.relative_to(root).as_posix()}", path
        if (spec := folder / RUN_FILES[0]).exists() and names:
            name = f"runs/{root.name}/{spec.relative_to(root).as_posix()}"
            yield name, _named(spec.read_text(encoding="utf-8"), names)
    if (described := root / OWN).exists():
        yield f"runs/{root.name}/{OWN}", described
    for path in root.glob("launches/*/manifest.json"):
        values = read_json(path)
        kept = {name: values[name] for name in LAUNCH_FIELDS if name in values}
        # A path's last part is enough to know what was meant.
        kept["command"] = re.sub(r"(?<![\w.])/[^\s'\",=]*/", "", kept.get("command", ""))
        text = json.dumps(kept, indent=2) + "\n"
        yield f"runs/{root.name}/launches/{path.parent.name}/{path.name}", _named(text, names)


def _private_names(study: str) -> dict[str, str]:
    """Map folders of this machine that the study's specs name to what the bundle calls them."""
    lineage = Lineage.of_study(study)
    return analysis_of(study).private_names(lineage.spec(number) for number in range(len(lineage.runs)))


def _named(text: str, names: dict[str, str]) -> bytes:
    for folder, name in names.items():
        text = text.replace(json.dumps(folder), json.dumps(name))
    return text.encode()


def _manifest(files: dict[str, Content], studies: dict[str, Any]) -> bytes:
    published = sorted((ROOT / "analysis" / "published").glob("*.*"))
    described = {
        "format": BUNDLE_FORMAT,
        "code_version": code_version(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in LIBRARIES},
        "studies": studies,
        "published": {path.name: sha256(path) for path in published if path.suffix != ".py"},
        "files": {name: _entry(content) for name, content in _shown(files.items(), "hashed")},
    }
    return (json.dumps(described, indent=1) + "\n").encode()


def _entry(content: Content) -> dict[str, Any]:
    if isinstance(content, bytes):
        return {"sha256": digest_of(content).hexdigest(), "bytes": len(content)}
    return {"sha256": sha256(content), "bytes": content.stat().st_size}


def _write_archive(out: Path, files: dict[str, Content]) -> None:
    """Write one tar.gz in which nothing but the content decides a byte."""
    with (
        atomic_file(out) as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in _shown(files.items(), "packed"):
            member = tarfile.TarInfo(name)  # of no user, of 1970
            with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as source:
                member.size = source.seek(0, io.SEEK_END)
                source.seek(0)
                archive.addfile(member, source)


def _write_folder(out: Path, files: dict[str, Content]) -> None:
    """Write the folder, completely or not at all."""
    temporary = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        for name, content in _shown(files.items(), "copied"):
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                shutil.copyfile(content, path)
        temporary.rename(out)
    except OSError as error:
        if full := system_error(error, FULL):  # of a copy, it names the original
            raise no_space(out, full) from error
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _shown(items: Iterable, what: str) -> Iterable:
    return tqdm(items, desc=f"files {what}", unit="file", disable=None, leave=False)
