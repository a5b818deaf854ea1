"""Download one file: resumed where it broke off, repeated while there is hope, absent unless complete.

While a file NAME is on its way there are `.NAME.part`, its first bytes, and `.NAME.part.json`, which says from where
they are. They are continued only if the result can be told from a mixture of two versions: by a published checksum, or
because the server vouches with an ETag or a modification time (If-Range). pooch would begin a broken download anew.
"""

import json
import os
import time
from pathlib import Path

import requests
from tqdm import tqdm
from urllib3 import HTTPResponse

from xdomain.core.errors import FULL, UserError
from xdomain.core.files import require_space, write_json
from xdomain.datasets.download.transfer.remote import RemoteFile, redact
from xdomain.datasets.download.transfer.web import (
    PIECE,
    Refused,
    Transient,
    Unreachable,
    answer_to,
    check_start,
    check_status,
)

TRIES = 6  # in a row that bring nothing new, after which a server is given up; 31 seconds of waiting in all
TRIES_UNREACHABLE = 2
BACKOFF = 1.0  # seconds after the first failure, doubled after each further one
LONGEST_WAIT = 60.0


def download(file: RemoteFile, target: Path, otherwise: str, bar: tqdm) -> None:
    """Bring `file` to the path `target`, which appears complete or not at all. One process at a time may do so.

    Args:
        file: what to fetch, and from which URLs.
        target: the path, whose folder is made if it is not there.
        otherwise: a sentence for the error: how to get the file in another way.
        bar: counts the bytes of `file` that are here, those of an earlier attempt included.

    Raises:
        UserError: no server gave it, with the reason of each; or the disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Part(part_of(target), bar)
    reasons = []
    for url in file.urls:
        try:
            _bring_from(url, file, part)
        except Refused as error:
            reasons.append(f"{redact(url)}: {error}")
            continue
        part.finish(target)
        return
    raise UserError(f"{file.name} could not be fetched. {'; '.join(reasons)}. {otherwise}")


def part_of(target: Path) -> Path:
    """Tell where the first bytes of the file `target` are kept."""
    return target.with_name(f".{target.name}.part")


class Part:
    """The bytes of a file that are here, and where they came from."""

    def __init__(self, path: Path, bar: tqdm) -> None:
        self.path, self.bar = path, bar
        self._origin = path.with_name(f"{path.name}.json")
        bar.update(self.size)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size if self.path.exists() else 0

    def validator(self, url: str) -> str | None:
        """Return the ETag or modification time that `url` gave with these bytes, if they are from there."""
        try:
            origin = json.loads(self._origin.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return origin.get("validator") if origin.get("url") == redact(url) else None

    def restart(self, url: str, validator: str | None) -> None:
        """Forget the bytes, then note where the next ones come from; in this order, so that a kill mixes nothing."""
        self.discard()
        write_json(self._origin, {"url": redact(url), "validator": validator})

    def discard(self) -> None:
        """Forget the bytes."""
        self.bar.update(-self.size)
        self.path.unlink(missing_ok=True)

    def append(self, body: HTTPResponse, first: bytes, most: int) -> None:
        """Write `first` and the rest of `body`.

        Raises:
            Refused: it is more than `most` bytes in all.
            UserError: the disk is full. What was written stays, to be continued.
        """
        with open(self.path, "ab", opener=_not_a_link) as file:
            piece = first
            while piece:
                if file.tell() + len(piece) > most:
                    raise Refused(f"it sends more than the {most:,} bytes that the file has, or may have")
                try:
                    file.write(piece)
                    file.flush()
                except OSError as error:
                    if error.errno in FULL:
                        raise UserError(
                            f"No space left for {self.path} ({error.strerror}). Free some space, or name a larger "
                            "disk with --out or XDOMAIN_DATA, then give the same command again: it goes on from here."
                        ) from error
                    raise
                self.bar.update(len(piece))
                piece = body.read(PIECE, decode_content=False)

    def finish(self, target: Path) -> None:
        """Give the bytes their final name."""
        with open(self.path, "rb+", opener=_not_a_link) as file:
            os.fsync(file.fileno())
        self.path.replace(target)
        self._origin.unlink(missing_ok=True)


def _not_a_link(path: str, flags: int) -> int:
    """Open a file of ours; a link that was planted under its name is refused (ELOOP), not followed."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def _bring_from(url: str, file: RemoteFile, part: Part) -> None:
    """Continue `part` until the file is complete.

    Raises:
        Refused: this server does not give it.
    """
    farthest, failures, wrong = part.size, 0, 0
    while True:
        try:
            _continue(url, file, part)
        except Transient as error:
            failures = 1 if part.size > farthest else failures + 1
            farthest = max(farthest, part.size)
            if failures >= (TRIES_UNREACHABLE if isinstance(error, Unreachable) else TRIES):
                raise Refused(f"{error}, {failures} times") from error
            time.sleep(min(max(BACKOFF * 2 ** (failures - 1), error.wait), LONGEST_WAIT))
            continue
        reason = file.fault(part.path)
        if reason is None:
            return
        part.discard()  # nothing tells which of its bytes are wrong
        wrong += 1
        if wrong > 1:  # the second time all bytes were from here, and fresh
            raise Refused(f"it sends another file: {reason}")


def _continue(url: str, file: RemoteFile, part: Part) -> None:
    """Download what `part` lacks, all of it where it cannot be continued."""
    validator = part.validator(url)
    if part.size and not (file.checksum or validator):
        part.discard()
    if file.size is not None and part.size >= file.size > 0:
        return
    headers = {}
    if have := part.size:
        headers["Range"] = f"bytes={have}-"
        if validator:
            headers["If-Range"] = validator
    with answer_to(url, headers) as answer:
        if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
            if file.checksum or answer.headers.get("Content-Range", "") == f"bytes */{have}":
                return  # there is nothing behind what we have
            part.discard()
            raise Transient("it has less of the file than before")
        check_status(answer)
        range_sent = answer.headers.get("Content-Range", "")
        if answer.status_code == requests.codes.partial_content:
            if not have or not range_sent.startswith(f"bytes {have}-"):
                raise Refused(f"asked for the bytes from {have:,} it sent {range_sent or 'unnamed ones'}")
            if validator and _validator(answer) != validator:  # a server that does not know If-Range
                part.discard()
                raise Transient("the file changed there meanwhile")
        first = answer.raw.read(PIECE, decode_content=False)
        if answer.status_code == requests.codes.ok:
            check_start(first)
            part.restart(url, _validator(answer))
        if (part.size if answer.status_code == requests.codes.partial_content else 0) + (
            answer.raw.length_remaining or 0
        ) > file.most:
            raise Refused(f"it announces more than the {file.most:,} bytes that the file has, or may have")
        require_space(part.path.parent, answer.raw.length_remaining or 0)
        part.append(answer.raw, first, file.most)


def _validator(answer: requests.Response) -> str | None:
    """Return what tells this version of the file from others; a weak ETag does not (RFC 9110, section 13.1.5)."""
    etag = answer.headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else answer.headers.get("Last-Modified")
