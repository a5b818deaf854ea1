"""Record what a checkpoint was made from: the content of its data, and the code that wrote it.

A training that is continued, and an evaluation of a checkpoint, compare. Other data is refused, since the best
epoch would have been chosen under both; other code is not, since a fixed bug must not cost a week of training, but the
result lists every attempt's. Checkpoints of before this record are taken, and that is said.
"""

from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.datasets.clip_cache.identity import DIGITS, STREAMED
from xdomain.runs.provenance import code_version

MADE_FROM = "made_from"  # a checkpoint's key
KEPT = ("sha256", "listing_sha256", "masks_sha256")  # of what a result says of its data
Data = dict[str, dict[str, Any]]  # the name of a set -> what identifies its content


def made_from(data: Data) -> dict[str, Any]:
    """Describe what a checkpoint of this code is made from; `data` is that of the result."""
    contents = {name: {key: entry[key] for key in KEPT if key in entry} for name, entry in data.items()}
    return {"data": contents, "code_version": code_version()}


def require_same_data(path: Path, checkpoint: dict[str, Any], data: Data, otherwise: str) -> None:
    """Refuse a checkpoint that was trained on other data than `data`; `otherwise` says what to do then.

    Raises:
        UserError: names both contents of the set that differs.
    """
    then_of = checkpoint.get(MADE_FROM, made_from(data))["data"]
    for name, now in made_from(data)["data"].items():
        then = then_of.get(name, {})
        if not _same(then, now):
            raise UserError(
                f"{path} was trained on another {name} ({_short(then)}) than there is now ({_short(now)}). {otherwise}"
            )


def said_of_origin(checkpoint: dict[str, Any]) -> str:
    """Say what whoever continues a checkpoint should know: it is of other code, or does not know; else empty."""
    if MADE_FROM not in checkpoint:
        return "It does not say what it was made from, since an earlier version wrote it: taken on trust."
    then = checkpoint[MADE_FROM]["code_version"]
    if then == code_version():
        return ""
    return f"It is of the code {then}, which is now {code_version()}: the result lists the code of every attempt."


def _same(then: dict[str, Any], now: dict[str, Any]) -> bool:
    if then.get("sha256") == now["sha256"]:
        return True
    # From a cache before and from the videos now, or the other way round: the pixels are the same if the listing is.
    ways = {str(entry.get("sha256")).startswith(STREAMED) for entry in (then, now)}
    return len(ways) == 2 and "listing_sha256" in then and then["listing_sha256"] == now.get("listing_sha256")


def _short(entry: dict[str, Any]) -> str:
    return entry["sha256"].removeprefix(STREAMED)[:DIGITS] if "sha256" in entry else "none"
