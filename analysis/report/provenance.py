"""Where a study's numbers come from: code, image, libraries, machines, time, and the bytes of its data."""

from collections import Counter
from typing import Any

from markupsafe import Markup

from analysis.report.elements.markup import render
from analysis.report.studies import Reported


def provenance_html(study: Reported) -> Markup:
    """List what differs between runs; then one row per version of code, image and device; libraries; data."""
    results = [result for _, result in study.runs if result is not None]
    tables = {
        "Runs by code version, image and device": _makers(results),
        "Libraries": _libraries(results),
        "Data by content": _data(results),
    }
    return render("provenance", problems=study.loaded.problems, tables=tables)


def _makers(results: list[dict[str, Any]]) -> list[dict[str, str]]:
    groups: dict[tuple, list[dict[str, Any]]] = {}
    for result in results:
        made = result["provenance"]
        image, python = made.get("image_digest") or "none", made.get("python") or "unknown"
        key = made["code_version"], image, made["device"], python
        groups.setdefault(key, []).append(result)
    return [
        dict(zip(("Code version", "Image", "Device", "Python"), key, strict=True))
        | {
            "Runs": str(len(members)),
            "Hours": _hours(members),
            "First started": min(_time(member, "started") for member in members),
            "Last ended": max(_time(member, "ended") for member in members),
        }
        for key, members in sorted(groups.items())
    ]


def _time(result: dict[str, Any], name: str) -> str:
    """Shorten "2026-11-22T21:39:24+00:00" to "2026-11-22 21:39 UTC"."""
    return f"{result[name][:10]} {result[name][11:16]} UTC" if result.get(name) else "unknown"


def _libraries(results: list[dict[str, Any]]) -> list[dict[str, str]]:
    used = Counter(item for result in results for item in result["provenance"].get("libraries", {}).items())
    return [{"Library": name, "Version": version, "Runs": str(used[name, version])} for name, version in sorted(used)]


def _hours(results: list[dict[str, Any]]) -> str:
    """Sum training and evaluating in finished attempts; an earlier attempt's time is not in it."""
    seconds = sum(sum(result.get("seconds", {}).values()) for result in results)
    return f"{seconds / 3600:.2f}"


def _data(results: list[dict[str, Any]]) -> list[dict[str, str]]:
    used = Counter((name, entry["sha256"]) for result in results for name, entry in result["data"].items())
    return [{"Set": name, "SHA-256": digest, "Runs": str(used[name, digest])} for name, digest in sorted(used)]
