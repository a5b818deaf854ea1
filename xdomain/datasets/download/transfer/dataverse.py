"""List what a Dataverse server holds under a DOI, by its Native API and Data Access API.

A table that Dataverse has ingested exists there twice, as it was deposited and as tab-separated text. We ask for the
first (`format=original`). The listing's MD5 belongs to either, depending on when it was deposited, so that the size
of the original is what can be checked.
"""

import json
import shlex
import time
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.datasets.download.archive.names import Places, safe_path
from xdomain.datasets.download.transfer.remote import RemoteFile, redact
from xdomain.datasets.download.transfer.web import (
    Refused,
    Transient,
    Unreachable,
    answer_to,
    check_start,
    check_status,
    read_listing,
)

LISTING = "dataset.json"  # the API's answer in a folder of files fetched by hand
PAUSES = (1, 5, 0)  # seconds after each failure to list; then it is given up
CHECKSUMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-512": "sha512"}


def listing_url(doi: str, server: str) -> str:
    """Tell where the API lists the files of `doi`."""
    return f"{server.rstrip('/')}/api/datasets/:persistentId/?persistentId={doi}"


def list_files(doi: str, server: str, given: Path | None) -> list[RemoteFile]:
    """List the files of the newest version of `doi`, with their folders (`directoryLabel`).

    Args:
        doi: of the data set, such as doi:10.7910/DVN/EDVAIY.
        server: the server's URL.
        given: a folder with the listing, saved as `dataset.json`; None asks the server.

    Raises:
        UserError: no listing, or files in it are restricted.
    """
    url = listing_url(doi, server)
    if given:
        file = given / LISTING
        if not file.is_file():
            raise UserError(
                f"There is no {file}, which says what belongs to {doi} and its checksums. "
                f"Where there is internet, get it with: {shlex.join(['curl', '-L', '-o', LISTING, redact(url)])}"
            )
        return parse(read_json(file), str(file), server, doi)
    return parse(_ask(url, doi), redact(url), server, doi)


def _ask(url: str, doi: str) -> Any:
    reason = ""
    for pause in PAUSES:
        try:
            with answer_to(url, {}) as answer:
                check_status(answer)
                body = read_listing(answer)
            check_start(body)
            return json.loads(body)
        except (Unreachable, Refused, ValueError, RecursionError) as error:
            reason = str(error)
            break
        except Transient as error:
            reason = str(error)
            time.sleep(pause)
    raise UserError(
        f"The files of {doi} could not be listed. {redact(url)}: {reason}. Without internet here, give the command on "
        "a login node, with --out for a disk that both see; or fetch by hand the files of "
        f"https://doi.org/{doi.removeprefix('doi:')}, their folders kept, and this listing as {LISTING}, and use "
        "--from FOLDER."
    )


def parse(listing: Any, origin: str, server: str, doi: str) -> list[RemoteFile]:
    """Parse the API's answer into files. `origin` says in errors where it is from."""
    try:
        entries = listing["data"]["latestVersion"]["files"]
        files = [_file(entry, origin, server) for entry in entries]
        restricted = [entry["label"] for entry in entries if entry.get("restricted")]
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{origin} is not a Dataverse listing of {doi} ({error!r}). Get it again.") from error
    if restricted:
        raise UserError(
            f"{len(restricted)} of the {len(files)} files of {doi} are restricted, {restricted[0]} for one. "
            f"Ask for access at https://doi.org/{doi.removeprefix('doi:')}, then fetch by hand and use --from."
        )
    if not files:
        raise UserError(f"{origin} lists no files. Look at https://doi.org/{doi.removeprefix('doi:')}.")
    places = Places(origin)
    for file in files:
        places.take(file.path)
    return files


def _file(entry: dict[str, Any], origin: str, server: str) -> RemoteFile:
    data = entry["dataFile"]
    url = f"{server.rstrip('/')}/api/access/datafile/{int(data['id'])}"
    folder = entry.get("directoryLabel", "")
    if "originalFileFormat" in data:  # ingested
        name = data.get("originalFileName") or entry["label"]
        size = data.get("originalFileSize")
        checksum = None
        url += "?format=original"
    else:
        name, size, checksum = entry["label"], data.get("filesize"), _checksum(data)
    return RemoteFile(safe_path(f"{folder}/{name}".lstrip("/"), origin), (url,), size, checksum)


def _checksum(data: dict[str, Any]) -> str | None:
    if data.get("md5"):
        return f"md5:{data['md5']}"
    published = data.get("checksum") or {}
    algorithm = CHECKSUMS.get(published.get("type", ""))
    return f"{algorithm}:{published['value']}" if algorithm else None
