"""A study of one's own on a few drawn videos of another layout than Diving48's, as its user would write it."""

from pathlib import Path

from support.tiny_videos import FRAMES, make_archive
from xdomain.datasets.diving48.listing import read_listing

STUDY = """
name = "mine"
about = "Two models on grey videos."
seeds = [1]
domains = ["O"]

[data]
dataset = "grey"
split = "source-video"
val_clips = 5
frames = 16
side = 16

[data.videos]
layout = "list"
videos = "archive/rgb"
train = "train.txt"
test = "test.txt"
classes = "classes.txt"
group = { regex = '^(.+)_\\d+' }

[train]
batch_size = 2
max_epochs = 2
lr = 0.02

[models.small]
name = "3dcnn-4blocks"
hidden = 2

[models.large]
name = "3dcnn-4blocks"
hidden = 3
train = { max_epochs = 1 }

[experiments.a]
level = 0.3
models = ["small", "large"]

[experiments.b]
level = "best"
models = { Little = "small", Big = "large" }
"""


def write_study(folder: Path) -> Path:
    """Write videos, their lists and a study of them; returns the study's file."""
    folder.mkdir()
    archive = make_archive(folder / "archive")
    for part in ("train", "test"):
        clips = read_listing(archive, part)
        (folder / f"{part}.txt").write_text("".join(f"{clip.name}.mp4 {clip.label} 0 {FRAMES}\n" for clip in clips))
    (folder / "classes.txt").write_text("dark\ngrey\nbright\n")
    file = folder / "study.toml"
    file.write_text(STUDY)
    return file
