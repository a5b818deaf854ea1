"""A web server on this machine that hands out files, and cuts off, stalls, refuses and lies when told to."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLICE = 1 << 14  # bytes sent at a time where a test counts on it


class FileServer(ThreadingHTTPServer):
    """Answers each request for a file by the next word of `script`; the last one holds for all further requests.

    Words: a status such as 503; good, cut, stall, reset, wrong, no-ranges, no-if-range, any-range, longer, shorter,
    endless, html, api-error, as-gzip, slow.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, bytes] = {}  # by path with query
        self.types: dict[str, str] = {}
        self.redirects: dict[str, str] = {}
        self.script: list[str] = ["good"]
        self.headers = {"ETag": '"one"'}
        self.asked: list[tuple[str, str | None]] = []  # path and range of every request
        self.conditions: list[str | None] = []  # their If-Range
        self.agents: set[str] = set()
        self.sent = 0  # bytes of bodies
        self.closed = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the game."""


class Answer(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        server = self.server
        wanted = self.headers["Range"]
        server.asked.append((self.path, wanted))
        server.conditions.append(self.headers["If-Range"])
        server.agents.add(self.headers["User-Agent"])
        if self.path in server.redirects:
            self.send_response(303)
            self.send_header("Location", server.redirects[self.path])
            self.end_headers()
            return
        word = server.script.pop(0) if len(server.script) > 1 else server.script[0]
        whole = server.files.get(self.path)
        if word.isdigit() or whole is None:
            self.send_error(int(word) if word.isdigit() else 404)
            return
        if word in ("html", "api-error"):
            whole = b"<!DOCTYPE html>\n<title>Sign in</title>"
            if word == "api-error":
                whole = b'{"status": "ERROR", "message": "No such file today"}'
            self.answer(200, whole, {})
            return
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        known = self.headers["If-Range"] in (None, *server.headers.values()) or word == "no-if-range"
        if word == "no-ranges" or not known:
            first = 0
        if word == "any-range":
            first //= 2
        if first >= len(whole) > 0:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(whole)}")
            self.end_headers()
            return
        headers = {"Content-Range": f"bytes {first}-{len(whole) - 1}/{len(whole)}"} if first else {}
        body = whole[first:]
        if word == "wrong":
            body = bytes(len(body))
        if word == "as-gzip":
            headers["Content-Encoding"] = "x-gzip"
        self.answer(206 if first else 200, body, server.headers | headers, word)

    def answer(self, status: int, body: bytes, headers: dict[str, str], word: str = "good") -> None:
        announced = len(body) + {"longer": 100, "shorter": -100}.get(word, 0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if word == "endless":
            self.end_headers()
            while not self.server.closed.is_set():
                self.wfile.write(bytes(SLICE))
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        if word in ("cut", "stall", "reset"):
            body = body[: len(body) // 2]
        if word == "shorter":
            body = body[:announced]
        for start in range(0, len(body), SLICE):
            self.wfile.write(body[start : start + SLICE])
            self.server.sent += len(body[start : start + SLICE])
            if word == "slow":
                time.sleep(0.01)
        if word == "stall":
            self.server.closed.wait(30)
        if word == "reset":
            time.sleep(0.1)  # or the client would never see the bytes
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server that runs while the block does."""
    server = FileServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.closed.set()
        server.shutdown()
        server.server_close()
