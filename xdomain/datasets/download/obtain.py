"""Fetch a complete data set: list it, check that it fits, download what lacks, unpack, note it in `fetched.json`."""

import shutil
from collections import Counter
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file, require_space
from xdomain.datasets.download.archive.extract import extract
from xdomain.datasets.download.given import fetched_by_hand
from xdomain.datasets.download.lock import alone
from xdomain.datasets.download.plan import Plan, make_plan, readable
from xdomain.datasets.download.receipt import Receipt
from xdomain.datasets.download.sources import SOURCES
from xdomain.datasets.download.transfer.download import download
from xdomain.datasets.download.transfer.remote import RemoteFile

PIECE = 1 << 20  # bytes
FOLDERS_SHOWN = 8


def obtain(name: str, root: Path, mirror: str | None, given: Path | None, keep_archives: bool) -> None:
    """Bring the data set `name` below the data root `root`, as far as it is not there.

    Args:
        name: a name of `SOURCES`.
        root: the data root.
        mirror: a URL instead of the official servers.
        given: a folder of files fetched by hand; only they are used, and no network.
        keep_archives: leave archives beside what was unpacked from them.

    Raises:
        UserError: anything that keeps it from being complete. What is there stays, and the same command goes on.
    """
    folder = root / SOURCES[name].folder
    if _is_there(Receipt.read(folder, name)):
        return
    with alone(folder):
        receipt = Receipt.read(folder, name)
        if _is_there(receipt):  # another process brought it while we waited
            return
        plan = make_plan(name, root, mirror, given)
        require_space(folder, plan.space)
        with tqdm(total=plan.work, unit="B", unit_scale=True, disable=None) as bar:
            for count, file in enumerate(plan.lacking, start=1):
                bar.set_description(f"{file.name} ({count}/{len(plan.lacking)})")
                _bring(file, plan, receipt, given, bar)
        _finish(plan, receipt, keep_archives)
    _report(receipt)
    print(f"Next: {SOURCES[name].then}")


def _is_there(receipt: Receipt) -> bool:
    """Tell whether nothing is left to do; says so."""
    if not receipt.complete:
        return False
    if damaged := receipt.damaged:
        print(f"{len(damaged):,} files are missing or changed in size, {receipt.folder / damaged[0]} for one.")
        return False
    _report(receipt)
    print("All is there; nothing was fetched.")
    return True


def _bring(file: RemoteFile, plan: Plan, receipt: Receipt, given: Path | None, bar: tqdm) -> None:
    """Get one file, and unpack it if it is an archive."""
    target = plan.targets[file]
    here = target
    if given:
        here = fetched_by_hand(file, given)
        if not file.is_archive:
            _copy(here, target, bar)
    elif target.is_file() and file.fault(target) is None:  # an archive that was not unpacked to its end
        bar.update(target.stat().st_size)
    else:
        download(file, target, plan.otherwise(file), bar)
    receipt.trust_on_first_use(file, here)
    if file.is_archive:
        sizes = extract(here, receipt.folder, lambda member: plan.source.place_member(file, member), bar)
        receipt.files.pop(file.path, None)  # an earlier version of it
        others = receipt.sizes
        if clash := next((path for path, size in sizes.items() if others.get(path, size) != size), None):
            raise UserError(f"{clash} in {file.path} differs from the one in another archive. Unpack {here} by hand.")
        receipt.add(file, sizes)
        receipt.write()


def _copy(here: Path, target: Path, bar: tqdm) -> None:
    with here.open("rb") as original, atomic_file(target) as copy:
        shutil.copyfileobj(original, copy, PIECE)
    bar.update(target.stat().st_size)


def _finish(plan: Plan, receipt: Receipt, keep_archives: bool) -> None:
    """Note all that is here, then drop the archives."""
    for file, target in plan.targets.items():
        if not file.is_archive:
            receipt.add(file, {target.relative_to(receipt.folder).as_posix(): target.stat().st_size})
    listed = {file.path for file in plan.targets}
    receipt.files = {path: noted for path, noted in receipt.files.items() if path in listed}
    if not any(path.startswith(plan.source.unpacked) for path in receipt.sizes):
        raise UserError(
            f"Nothing of what {plan.name} should have was in {', '.join(sorted(listed))}. Was something else published?"
        )
    receipt.complete = True
    receipt.write()
    if not keep_archives:
        for file, target in plan.targets.items():
            if file.is_archive:
                target.unlink(missing_ok=True)


def _report(receipt: Receipt) -> None:
    """Print what is there, folder by folder."""
    sizes = receipt.sizes
    print(f"{receipt.folder}: {len(sizes):,} files, {readable(sum(sizes.values()))}")
    folders = Counter(PurePosixPath(path).parent.as_posix() for path in sizes)
    for folder, count in sorted(folders.items())[:FOLDERS_SHOWN]:
        print(f"  {count:>7,} in {receipt.folder / folder}")
    if len(folders) > FOLDERS_SHOWN:
        print(f"  … and {len(folders) - FOLDERS_SHOWN} more folders")
