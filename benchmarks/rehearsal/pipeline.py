"""Every step of the Diving48 study on an archive of one size, each as the command that users give."""

import os
import shutil
from pathlib import Path

from benchmarks.commands import in_new_roots
from benchmarks.rehearsal.archive import MASKS, multiply, multiply_masks, parts_of
from benchmarks.rehearsal.measured import Step, measured
from xdomain.core.roots import data_root

FRAMES, SIDE = 4, 32  # of a clip: all that follows from the number of clips, at little cost for each
RECIPE = {"ranks": 1, "max_epochs": 1, "batch_size": 8}
MODEL = ("--exp", "a", "--model", "timesformer-4layers", "--hidden", "4", "--cluster", "debug", "--tag", "rehearsal")


def make_encodings(root: Path, clips: int, workers: int) -> Path:
    """Draw the dives that all archives share, test clips one in five, unless they are there; returns their folder."""
    in_new_roots(root)
    test = max(2, clips // 5)
    options = ("--train", str(clips - test), "--test", str(test), "--classes", "5", "--labelled", "1")
    log = root / "encodings.log"
    root.mkdir(parents=True, exist_ok=True)
    if not (data_root() / "mini" / "mini.json").exists():
        measured("encodings drawn", clips, ("xdomain", "mini-diving", *options, "--workers", str(workers)), log)
    return data_root() / "mini"


def rehearse(root: Path, encodings: Path, clips: int) -> tuple[list[Step], int]:
    """Go through the study with `clips` clips; returns what each step took, and how many files it left in all."""
    folder = root / f"clips{clips}"
    shutil.rmtree(folder, ignore_errors=True)
    in_new_roots(folder)
    folder.mkdir(parents=True)
    name, log = "archive", folder / "log.txt"
    archive = data_root() / name
    multiply(encodings, archive, clips)
    size = ("--frames", str(FRAMES), "--side", str(SIDE), "--workers", "1")
    held_out = max(1, parts_of(clips)["train"] // 10)
    settings = {"dataset": name, "frames": FRAMES, "side": SIDE, "val_clips": held_out, "masks": MASKS} | RECIPE
    run = (*MODEL, *(word for key, value in settings.items() for word in ("--set", f"{key}={value}")))
    before = files_below(folder)
    steps = [
        measured("index", clips, ("xdomain", "index", name, "--workers", "1"), log),
        measured("split", clips, ("xdomain", "split", name, "--val-clips", str(held_out)), log),
        measured("cache, train", clips, ("xdomain", "cache", name, "--part", "train", *size), log),
        measured("cache, test", clips, ("xdomain", "cache", name, "--part", "test", *size), log),
    ]
    multiply_masks(encodings, archive, FRAMES)
    tables = ("analysis", "tables", "--study", "diving48-rehearsal", "--tolerance", "100")
    domains = ("segment", "domains", "--dataset", name, "--masks", MASKS, *size)
    steps += [
        measured("domains", clips, domains, log),
        measured("an epoch", clips, ("jobs.launch", "diving", *run), log),
        measured("evaluation, five domains", clips, ("jobs.launch", "evaluate", *run), log),
        measured("tables, Diving48", clips, tables, log),
    ]
    return steps, files_below(folder) - before


def files_below(folder: Path) -> int:
    """Count the files, links included."""
    return sum(len(files) for _, _, files in os.walk(folder))
