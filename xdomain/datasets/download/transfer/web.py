"""One request to a server of data: who asks, how long to wait, and what each answer means."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

import requests
import urllib3

from xdomain.core.names import printable
from xdomain.datasets.download.transfer.remote import redact

CONNECT = 10  # seconds to be connected
STALL = 30  # seconds without a byte, after which a connection counts as dead
PIECE = 1 << 16  # bytes read at a time
EXPLANATION = 2000  # bytes read of an answer that says what went wrong
NO_CONNECTION = (
    urllib3.exceptions.NewConnectionError,  # refused, or a name that is not known here
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)
TRY_LATER = {408, 425, 429, 500, 502, 503, 504}
LISTING = 64 << 20  # bytes that a listing may have; the largest known has less than one MB
ERROR_PAGES = (b"<!doctype html", b"<html", b'{"status":"error"', b'<?xml version="1.0" encoding="utf-8"?><error')


class Transient(Exception):
    """It did not work this time; the same request may work later, after `wait` seconds if the server said so."""

    def __init__(self, message: str, wait: float = 0) -> None:
        super().__init__(message)
        self.wait = wait


class Unreachable(Transient):
    """Nobody answers at that address: no network, a firewall, or the server is down."""


class Refused(Exception):
    """This server will not give the file, however often it is asked."""


@contextmanager
def answer_to(url: str, headers: dict[str, str]) -> Iterator[requests.Response]:
    """Stream the answer to a GET, followed through redirects, its status not looked at.

    The body must be read from `.raw` undecoded: some servers declare a .tar.gz to be a compressed .tar, which
    requests would unpack on the way.

    Raises:
        Transient, Unreachable, Refused: no answer, or it broke off while the block read it; says why.
    """
    try:
        headers = {"Accept-Encoding": "identity", **headers}
        with _session().get(url, headers=headers, stream=True, timeout=(CONNECT, STALL)) as answer:
            yield answer
    except requests.exceptions.SSLError as error:
        raise Refused(f"its certificate is not trusted ({_cause(error)})") from error
    except requests.ConnectionError as error:
        kind = type(_cause(error))
        if issubclass(kind, NO_CONNECTION):
            raise Unreachable(f"there is no connection to it ({kind.__name__})") from error
        raise Transient(f"the connection broke off ({kind.__name__})") from error
    except requests.Timeout as error:
        raise Transient(f"it sent nothing for {STALL} seconds") from error
    except requests.RequestException as error:
        raise Refused(f"the request failed ({redact(str(error))})") from error
    except urllib3.exceptions.ReadTimeoutError as error:
        raise Transient(f"it sent nothing for {STALL} seconds") from error
    except (urllib3.exceptions.HTTPError, ConnectionError) as error:
        raise Transient(f"the connection broke off ({type(error).__name__})") from error


def check_status(answer: requests.Response) -> None:
    """Accept 200 and 206 only; a success such as 202 comes from firewalls that want a browser.

    Raises:
        Transient, Refused: with the status and what the server says of it.
    """
    if answer.status_code in (200, 206):
        return
    start = answer.raw.read(EXPLANATION, decode_content=True)
    status = f"it answered {answer.status_code} {answer.reason}".rstrip() + _message(start)
    if answer.status_code in TRY_LATER:
        raise Transient(status, _wait(answer))
    raise Refused(status)


def _wait(answer: requests.Response) -> float:
    """Read the seconds that Retry-After asks for, a number or a date by the server's clock; 0 without either."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        until, date = parsedate_to_datetime(text), answer.headers.get("Date")
        now = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def read_listing(answer: requests.Response) -> bytes:
    """Read a body that is small by nature, decoded as its headers say.

    Raises:
        Refused: it has more than `LISTING` bytes, however small it was on its way.
    """
    body = bytearray()
    while piece := answer.raw.read(PIECE, decode_content=True):
        body += piece
        if len(body) > LISTING:
            raise Refused(f"it sends a listing of more than {LISTING >> 20} MB")
    return bytes(body)


def check_start(start: bytes) -> None:
    """Refuse the first bytes of a body that are an error page or an API's error, sent as if they were the file.

    Raises:
        Refused: with what the server says.
    """
    squeezed = b"".join(start[:EXPLANATION].split()).lower()
    pages = tuple(b"".join(page.split()) for page in ERROR_PAGES)
    if squeezed.startswith(pages):
        raise Refused(f"it sent an error page instead of the file{_message(start)}")


def _message(start: bytes) -> str:
    """Extract what Dataverse's JSON says of an error."""
    try:
        return f" ({printable(json.loads(start)['message'])})"
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _cause(error: requests.RequestException) -> BaseException:
    """Extract what urllib3 says, without the page of class names around it."""
    inner = error.args[0] if error.args else error
    return getattr(inner, "reason", None) or inner


@cache
def _session() -> requests.Session:
    """Open one connection for many small files. Harvard's Dataverse refuses the default name of requests."""
    session = requests.Session()
    session.headers["User-Agent"] = "xdomain (data set download)"
    return session
