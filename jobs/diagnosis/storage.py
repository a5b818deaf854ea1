"""The doctor's look at files from the login node: image, binds, roots, space, quota, and links."""

import os
import re
import shlex
import shutil
import stat
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

from jobs.cluster.profile import Profile
from jobs.diagnosis.finding import Finding, fail, note, ok, warn
from jobs.records.manifest import LAUNCHES, root_variables
from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file

MEGABYTE = 1 << 20
CLAIMED = ("XDOMAIN_DATA", "XDOMAIN_RUNS")  # where one process at a time may fetch, find divers, train or evaluate
LITTLE_SPACE = 5e9  # bytes; sets and checkpoints of a full grid take a few gigabytes
FEW_FILES = 20_000  # a grid of 400 runs makes some thousands
NEARLY = 0.9  # of a quota
QUOTA = re.compile(r"^\s*(\S+)" + 2 * r"\s+(\d+\*?)\s+(\d+)\s+(\d+)\s+\S+", re.MULTILINE)


def roots() -> dict[str, Path]:
    """Tell where data, runs and results live, by the variable that says so."""
    return {name: Path(root) for name, root in root_variables().items()}


def findings(profile: Profile) -> Iterator[Finding]:
    """Check everything that can be said of files without a node."""
    yield from _image(profile)
    yield from _binds(profile)
    for variable, root in roots().items():
        written = _root(variable, root)
        yield written
        if variable in CLAIMED and written.level != "FAIL":
            yield _links(variable, root)
        if variable == "XDOMAIN_RUNS" and written.level != "FAIL":
            yield _privacy(root)
    yield from _quota()


def _image(profile: Profile) -> Iterator[Finding]:
    if not profile.image:
        yield note("image", "The profile names none: the nodes have to see this Python and its packages.")
        return
    image = Path(profile.image).absolute()
    if not image.exists():
        yield fail("image", f"There is no {image}.", "Build it with `make sif`, or correct image.", blocks=True)
        return
    if not os.access(image, os.R_OK):
        yield fail("image", f"You may not read {image}.", f"Its owner can: chmod a+r {image}", blocks=True)
        return
    if image.is_dir():
        yield warn("image", f"{image} is a folder: slow to start on a shared disk.", "Build a .sif with `make sif`.")
    else:
        yield ok("image", f"{image}, {image.stat().st_size / 1e6:,.0f} MB.")
    if not shutil.which("apptainer"):
        text = "There is no apptainer on this machine; the nodes need one."
        yield warn("apptainer", text, 'If they have it as a module, write modules = ["apptainer"].')


def _binds(profile: Profile) -> Iterator[Finding]:
    sources = [bind.partition(":")[0] for bind in profile.binds]
    for source in sources:
        if not os.path.exists(source):
            yield fail("binds", f"{source} does not exist.", "Make that folder, or correct binds.", blocks=True)
    if sources and all(map(os.path.exists, sources)):
        yield ok("binds", f"{', '.join(sources)}.")


def _root(variable: str, root: Path) -> Finding:
    what = variable.removeprefix("XDOMAIN_").lower()
    blocks = variable == "XDOMAIN_RUNS"  # the probe's own report goes there
    test = root / f".doctor.{uuid.uuid4().hex[:8]}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with atomic_file(test) as file:
            file.write(bytes(MEGABYTE))
    except UserError:
        text = f"{root} is full: not even a megabyte can be written."
        return fail(
            what, text, f"Free some space (`quota -s` may say more), or point {variable} elsewhere.", blocks=blocks
        )
    except OSError as error:
        advice = f"Point {variable} to a folder that you may write to."
        return fail(what, f"{root} cannot be written to ({error.strerror}).", advice, blocks=blocks)
    else:
        test.unlink()
    system = os.statvfs(root)
    free, files = system.f_bavail * system.f_frsize, system.f_favail
    text = f"{root}: writable, {free / 1e9:,.0f} GB free"
    if free < LITTLE_SPACE:
        return warn(what, f"{text}.", f"That is little: free some, or point {variable} elsewhere.")
    if system.f_files and files < FEW_FILES:
        return warn(what, f"{text}, but only {files:,} more files.", f"Remove some, or point {variable} elsewhere.")
    return ok(what, f"{text}.")


def _links(variable: str, root: Path) -> Finding:
    """Check that this file system has hard links, which claims are."""
    what = variable.removeprefix("XDOMAIN_").lower()
    first, second = (root / f".doctor.{uuid.uuid4().hex[:8]}" for _ in range(2))
    try:
        first.touch()
        os.link(first, second)
    except OSError as error:
        advice = f"Point {variable} to another file system: without them two jobs could work on one thing."
        return fail("links", f"{root} has no hard links ({error.strerror}).", advice)
    finally:
        first.unlink(missing_ok=True)
        second.unlink(missing_ok=True)
    return ok("links", f"The {what} root has hard links, which claims are made with.")


def _privacy(root: Path) -> Finding:
    """Check that nobody else can put pickles below the runs root, which jobs run."""
    writers = {"its group": stat.S_IWGRP, "everyone": stat.S_IWOTH}
    folders = [root, *root.glob("*/"), *root.glob(f"*/{LAUNCHES}/")]
    for folder in folders:
        status = folder.stat()
        named = " and ".join(who for who, bit in writers.items() if status.st_mode & bit)
        if named and not status.st_mode & stat.S_ISVTX:  # with the sticky bit nobody can rename what is yours
            return warn(
                "privacy",
                f"{named[0].upper()}{named[1:]} may write to {folder}, and so replace what your jobs run as you.",
                f"chmod g-w,o-w {shlex.quote(str(folder))}; share results with others by `python -m analysis bundle`.",
            )
    return ok("privacy", "Only you may write to the runs root.")


def _quota() -> Iterator[Finding]:
    """List what `quota` and Lustre's `lfs quota` tell, where they exist; nothing where they do not."""
    texts = []
    if shutil.which("quota"):
        texts.append(_output("quota", "-w", "-p"))
    if shutil.which("lfs"):
        texts += [_output("lfs", "quota", "-q", "-u", str(os.getuid()), str(root)) for root in roots().values()]
    rows = {row for text in texts for row in quota_rows(text)}
    for place, what, used, limit in sorted(rows):
        share = f"{place}: {used / limit:.0%} of your {what} quota is used."
        if used >= limit:
            yield fail("quota", share, "Free some, or point the roots elsewhere.")
        elif used > NEARLY * limit:
            yield warn("quota", share, "Runs fail when it is full.")
        else:
            yield ok("quota", share)


def quota_rows(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Yield (place, space or files, used, limit) for every limit in the output of `quota -wp` or `lfs quota -q`.

    Both write: place, then used, quota, limit and grace, first of kilobytes, then of files; lfs may break the line
    after a long place. A star marks what is over.
    """
    for place, *columns in QUOTA.findall(text):
        for what, (used, soft, hard) in (("space", columns[:3]), ("files", columns[3:])):
            limit = int(hard) or int(soft)
            if limit:
                yield place, what, int(used.rstrip("*")), limit


def _output(*command: str) -> str:
    try:
        # `quota` ends with 1 when a user is over, which is when it matters.
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
    except subprocess.TimeoutExpired:
        return ""  # a file server that does not answer
