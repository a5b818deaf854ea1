"""Use files fetched by hand into one folder, for machines without a network."""

from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.datasets.download.transfer.remote import RemoteFile


def find(file: RemoteFile, folder: Path) -> Path | None:
    """Find `file` in `folder`, with the data set's own folders or flat."""
    return next((path for path in (folder / file.path, folder / file.name) if path.is_file()), None)


def fetched_by_hand(file: RemoteFile, folder: Path) -> Path:
    """Find `file` in `folder`, and check it.

    Raises:
        UserError: not there, or not that file; names the URL to get it from.
    """
    path = find(file, folder)
    if path is None:
        raise UserError(f"There is no {file.path} in {folder}. Get it where there is internet: {file.curl}")
    if fault := file.fault(path):
        raise UserError(f"{path} is not what was published: {fault}. Get it again: {file.curl}")
    return path
