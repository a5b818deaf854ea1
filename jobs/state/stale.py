"""Find finished runs of the past: their data, their code or the training that they evaluate is another one now."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.files import read_json, sha256
from xdomain.core.roots import data_root
from xdomain.datasets.clip_cache.identity import (
    STREAMED,
    current_listing,
    listing_sha256,
    require_current,
    streamed_sha256,
)
from xdomain.datasets.diving48.listing import Clip
from xdomain.runs.run_folder import STALE, RunFolder
from xdomain.specs.spec import ClipCacheSpec, RunSpec

# What begins the identity of videos that were decoded while training, which is no cache's. Runs of before the listing
# was a part of it have the first, and cannot be compared.
UNREAD = ("sizes:", STREAMED)
Listing = Callable[[ClipCacheSpec, frozenset[str]], list[Clip] | None]


def stale_runs(specs: Iterable[RunSpec], code: str | None = None) -> dict[RunSpec, str]:
    """Find the finished ones among `specs` that are stale, and why, trainings first.

    A run whose data is not here is not: nothing says that it changed. Clips that were decoded while they were used are
    compared by their listing and the sizes of their videos.

    Args:
        specs: the runs to look at. An evaluation of one that is stale is itself stale.
        code: the code version, or image, that would run now; where it is given, runs of another are stale.

    Raises:
        UserError: a result is damaged or of another format, or a listing is wrong.
    """
    listing = cache(lambda data, missing: current_listing(data, data_root(), missing))  # one of many runs
    reasons: dict[RunSpec, str] = {}
    trainings: set[str] = set()
    for spec in sorted(specs, key=lambda spec: bool(spec.evaluates)):
        if not RunFolder.of(spec).is_finished():
            continue
        why = _why(spec, code, listing)
        if spec.evaluates and spec.training.id in trainings:
            why = "the training that it evaluates is stale"
        if why:
            reasons[spec] = why
            trainings.add(spec.id)
    return reasons


def _why(spec: RunSpec, code: str | None, listing: Listing) -> str:
    """Tell why a finished run is stale; empty if it is not."""
    result = RunFolder.of(spec).result()
    for data in spec.inputs:
        record = result["data"].get(data.name, {})
        marker, then = data.marker(data_root()), record.get("sha256", STREAMED)
        if marker.exists() and not then.startswith(UNREAD) and _content(marker) != then:
            return f"it saw another {data.name} than there is now"
        if isinstance(data, ClipCacheSpec) and (difference := _other_clips(data, record, listing)):
            return f"it saw {data.name} {difference}"
    made_by = [result["provenance"], *result.get("provenance_of_attempts", ())]
    codes = dict.fromkeys(
        origin.get("image_digest") or origin["code_version"] for origin in made_by if origin.get("code_version")
    )
    if code and (others := [then for then in codes if then != code]):
        return f"it is of the code {others[0]}, which is now {code}"
    trained = RunFolder.of(spec.training).result_file
    if spec.evaluates and trained.exists() and sha256(trained) != (result.get("training") or {}).get("result_sha256"):
        return "it evaluated an earlier training"
    return ""


def _content(marker: Path) -> str | None:
    values = read_json(marker)
    return values.get("sha256") if isinstance(values, dict) else None


def _other_clips(data: ClipCacheSpec, record: dict[str, Any], listing: Listing) -> str:
    """Say in what the clips that a run saw are not those that are listed now; empty where nothing tells."""
    if "listing_sha256" not in record or (now := listing(data, frozenset(record.get("missing", ())))) is None:
        return ""
    if listing_sha256(now) != record["listing_sha256"]:
        return "by another listing, or before other clips were left out, than there is now"
    dataset = data_root() / data.dataset
    if record["sha256"].startswith(STREAMED) and (dataset / "rgb").exists():
        return (
            "" if streamed_sha256(now, dataset) == record["sha256"] else "of videos of other sizes than they have now"
        )
    return ""


def move_aside(spec: RunSpec) -> Path:
    """Give the run's folder another name, so that the run can begin anew; nothing is deleted.

    Raises:
        UserError: it cannot be renamed, or a cache has to be renewed before the run can be repeated.
    """
    for data in spec.inputs:
        if isinstance(data, ClipCacheSpec) and data.marker(data_root()).exists():
            require_current(data, read_json(data.marker(data_root())), data_root())
    path = RunFolder.of(spec).path
    aside = path.with_name(f"{path.name}{STALE}{datetime.now(UTC):%Y%m%d-%H%M%S}")
    try:
        return path.rename(aside)
    except OSError as error:
        raise UserError(
            f"{path} cannot be renamed to {aside.name} ({error.strerror}). Move it away yourself."
        ) from error
