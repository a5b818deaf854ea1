"""Ways to damage a file: cut short, emptied, bits flipped, values of another type."""

import json
from collections.abc import Iterator
from typing import Any

OTHERS = {"a list of lists": [[[]]], "absent": None, "a text": "\x1b[2J", "a number": -1.5e300}
Damaged = tuple[str, bytes]  # what was done, and what is left


def cut(content: bytes) -> Iterator[Damaged]:
    """The first part of it, none of it, and zeros in its place."""
    for share in (0.1, 0.5, 0.9):
        yield f"cut to {share:.0%}", content[: int(share * len(content))]
    yield "emptied", b""
    yield "zeros", bytes(len(content))
    yield "another file", b"<!DOCTYPE html><title>404</title>"


def flipped(content: bytes, times: int = 6) -> Iterator[Damaged]:
    """One bit of a byte, at places spread over the file."""
    for place in range(times):
        at = int((place + 0.5) / times * len(content))
        yield f"bit 7 of byte {at}", content[:at] + bytes([content[at] ^ 0x80]) + content[at + 1 :]


def retyped(content: bytes, fields: tuple[str, ...]) -> Iterator[Damaged]:
    """A JSON object with one value, or what stands in its place, of another type; dots lead into objects.

    A field that may be absent, or one of several, has a ? behind it.
    """
    for field in fields:
        for name, value in OTHERS.items():
            values = json.loads(content)
            *outer, last = [int(part) if part.isdigit() else part for part in field.rstrip("?").split(".")]
            place: Any = values
            for part in outer:
                place = place[part]
            if name == "absent" and field.endswith("?"):
                continue
            if name == "absent" and isinstance(place, dict):
                del place[last]
            else:
                place[last] = value
            yield f"{field} is {name}", json.dumps(values).encode()


def nested(content: bytes) -> Iterator[Damaged]:
    """JSON that no parser follows to its end."""
    yield "nested lists", b"[" * 100_000
    yield "nested objects", b'{"a":' * 100_000
    yield "a list", b"[]"
    yield "null", b"null"
