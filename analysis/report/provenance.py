"""Where a study's numbers come from: code, image, libraries, machines, time, and the bytes of its data."""

from collections import Counter
from typing import Any

from analysis.report.markup import listed, text
from analysis.report.studies import Reported


def provenance_html(study: Reported) -> str:
    """What differs between runs first; then one row per version of code, image and device; then the data."""
    results = [result for _, result in study.runs if result is not None]
    problems = list(study.loaded.problems)
    calm = "" if problems else "<p>All runs come from one code version, one image and one kind of device.</p>\n"
    return (
        (listed(problems, "warnings") or calm)
        + _table("Runs by code version, image and device", _makers(results))
        + _table("Data by content", _data(results))
    )


def _makers(results: list[dict[str, Any]]) -> list[dict[str, str]]:
    groups: dict[tuple, list[dict[str, Any]]] = {}
    for result in results:
        p = result.get("provenance", {})
        libraries = ", ".join(f"{name} {version}" for name, version in p.get("libraries", {}).items())
        key = p.get("code_version"), p.get("image_digest"), p.get("device"), p.get("python"), libraries
        groups.setdefault(key, []).append(result)
    return [
        {
            "Code version": key[0] or "unknown",
            "Image": key[1] or "none",
            "Device": key[2] or "unknown",
            "Python": key[3] or "unknown",
            "Libraries": key[4] or "unknown",
            "Runs": str(len(members)),
            "Hours": _hours(members),
            "First started": min((m["started"] for m in members if m.get("started")), default="unknown"),
            "Last ended": max((m["ended"] for m in members if m.get("ended")), default="unknown"),
        }
        for key, members in groups.items()
    ]


def _hours(results: list[dict[str, Any]]) -> str:
    """Of training and evaluating in finished attempts; an earlier attempt's time is not in it."""
    seconds = sum(sum(result.get("seconds", {}).values()) for result in results)
    return f"{seconds / 3600:.2f}"


def _data(results: list[dict[str, Any]]) -> list[dict[str, str]]:
    used = Counter((name, entry["sha256"]) for result in results for name, entry in result["data"].items())
    return [{"Set": name, "SHA-256": digest, "Runs": str(used[name, digest])} for name, digest in sorted(used)]


def _table(title: str, rows: list[dict[str, str]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{text(value)}</td>" for value in row.values()) + "</tr>\n" for row in rows)
    return (
        f'<h4>{text(title)}</h4>\n<div class="window" tabindex="0" role="region" aria-label="{text(title)}">'
        f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n'
    )
