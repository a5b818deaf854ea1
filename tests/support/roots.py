"""Where a test's data, runs and results are: the environment's three roots."""

from pathlib import Path

import pytest

ROOTS = ("data", "runs", "results")


def set_roots(
    patch: pytest.MonkeyPatch,
    *,
    data: Path | str | None = None,
    runs: Path | str | None = None,
    results: Path | str | None = None,
) -> None:
    """Point the roots that are given at these folders; the others stay as they are."""
    for name, folder in zip(ROOTS, (data, runs, results), strict=True):
        if folder is not None:
            patch.setenv(f"XDOMAIN_{name.upper()}", str(folder))


def set_roots_below(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Point all three at the folders `data`, `runs` and `results` below `folder`, which need not exist yet."""
    set_roots(patch, **{name: folder / name for name in ROOTS})
