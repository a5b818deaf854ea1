"""List videos as a CSV file has them: a row a clip, with its path, its class, its frames and its source video.

python list_videos.py DATASET OUT

DATASET is a folder of `python -m xdomain mini-diving`, which stands for videos of yours. Write these columns for them:
`start` and `end` may be empty (then `python -m xdomain index` counts frames), and `source` is what a split must keep
together: the film, the person or the day that several clips are of.
"""

import csv
import json
import sys
from pathlib import Path

COLUMNS = ("path", "label", "start", "end", "source")


def rows(listing: Path) -> list[dict[str, str | int]]:
    """Read one listing of drawn dives."""
    return [
        {
            "path": clip["vid_name"] + ".mp4",
            "label": clip["label"],
            "start": clip["start_frame"],
            "end": clip["end_frame"],
            "source": clip["vid_name"].rpartition("_")[0],
        }
        for clip in json.loads(listing.read_text())
    ]


def main(dataset: Path, out: Path) -> None:
    """Write train.csv, test.csv and classes.txt into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    for part in ("train", "test"):
        with (out / f"{part}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows(dataset / f"Diving48_V2_{part}.json"))
    names = [" ".join(words) for words in json.loads((dataset / "Diving48_vocab.json").read_text())]
    (out / "classes.txt").write_text("".join(f"{name}\n" for name in names))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
