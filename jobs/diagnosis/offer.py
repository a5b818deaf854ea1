"""The profile that the doctor offers: the one it tried, with what it found filled in."""

import dataclasses
import json
import math
from typing import Any

from jobs.cluster.profile import Profile
from jobs.diagnosis.scheduler import Cluster


def offered(profile: Profile, cluster: Cluster) -> tuple[Profile, dict[str, str]]:
    """Correct the profile by what the cluster says, and give the reason for each change by its key."""
    changes: dict[str, Any] = {}
    reasons: dict[str, str] = {}

    def change(key: str, value: Any, reason: str) -> None:
        changes[key], reasons[key] = value, reason

    if not profile.partition and cluster.name:
        change("partition", cluster.name, "the cluster's default")
    if cluster.largest_array and profile.array_limit > cluster.largest_array:
        change("array_limit", cluster.largest_array, "MaxArraySize")
    if profile.minutes > cluster.minutes:
        change("time", _as_time(cluster.minutes), "the partition's limit")
        if profile.signal_seconds >= 60 * cluster.minutes:
            change("signal_seconds", max(1, int(cluster.minutes * 6)), "a tenth of the time limit")
    kinds = {
        kind: max(node.gpus.get(kind, 0) for node in cluster.nodes) for node in cluster.nodes for kind in node.gpus
    }
    gpus, kind = profile.gpus, profile.gpu_type
    if kind and kind not in kinds and cluster.nodes:
        kind = next(iter(kinds), "") or None if len(kinds) == 1 else None
        change("gpu_type", kind, f"the nodes have {', '.join(filter(None, kinds)) or 'no named type'}")
    elif gpus and not kind and len(kinds) == 1 and (only := next(iter(kinds))):
        change("gpu_type", only, "the only type here")
        kind = only
    if cluster.nodes:
        most = max(node.gpus_of(kind) for node in cluster.nodes)
        if gpus > most:
            gpus = most
            change("gpus", gpus, "the most that a node has")
        node = max((node for node in cluster.nodes if node.gpus_of(kind) >= gpus), key=lambda n: (n.cpus, n.megabytes))
        if profile.cpus_per_gpu * max(1, gpus) > node.cpus:
            # A fair share, so that the node's other GPUs stay usable.
            change("cpus_per_gpu", max(1, node.cpus // max(1, node.gpus_of(kind))), f"a node has {node.cpus} CPUs")
        if profile.megabytes > node.megabytes:
            share = node.megabytes * max(1, gpus) // max(1, node.gpus_of(kind))
            change("memory", f"{share}M", f"a node has {node.megabytes} MB")
    return dataclasses.replace(profile, **changes), reasons


def _as_time(minutes: float) -> str:
    days, rest = divmod(math.floor(minutes), 1440)
    clock = f"{rest // 60:02}:{rest % 60:02}:00"
    return f"{days}-{clock}" if days else clock


def as_toml(profile: Profile, reasons: dict[str, str]) -> str:
    """Write the profile as a TOML file, with the reasons as comments; keys without a value are left out."""
    lines = ["# Offered by `python -m jobs.doctor`: what was tried, with what it found filled in.", ""]
    values = dataclasses.asdict(profile)
    tables = {name: values.pop(name) for name in ("environment", "sbatch")}
    for key, value in values.items():
        if value is not None:
            lines.append(_line(key, value) + (f"  # {reasons[key]}" if key in reasons else ""))
    for name, table in tables.items():
        if table or name == "environment":
            lines += ["", f"[{name}]", *(_line(key, value) for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _line(key: str, value: Any) -> str:
    # Strings without control characters, numbers and lists of strings are written alike in TOML and JSON.
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"
