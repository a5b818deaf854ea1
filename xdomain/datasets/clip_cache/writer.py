"""Write a clip cache: decoded clips of one size in a few files, which are read through memory maps.

    index.json        names, labels, what the clips are, every shard's SHA-256; written last: without it, no cache
    shard-000.npy     (n, T, H, W, 3) uint8, about 1 GiB; the next clips are in shard-001.npy, and so on
    plan.json         only while the cache is being written: what it will be
    lacking-000.json  only beside a shard with clips whose videos end early: how many frames each lacks; in index.json
                      they are together

A shard is written by one process, from its first clip to its last, under a temporary name. So a cache can be continued
after a kill, two processes that write the same one are both right, and its bytes do not depend on who wrote what.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file, file_system_now, read_json, require_space, sha256, write_json

FORMAT = 1
SHARD_BYTES = 2**30
FEWEST_SHARDS = 16  # so that several processes can write a small cache too
ABANDONED = 3600.0  # seconds without a write, after which a temporary file's writer is dead


@dataclass(frozen=True)
class Shard:
    """Clips `start` up to `stop` of a cache, in one file."""

    number: int
    start: int
    stop: int

    @property
    def file(self) -> str:
        """Its name in the cache's folder."""
        return f"shard-{self.number:03d}.npy"


class ShardFile:
    """One shard while it is written, shape (n, T, H, W, 3)."""

    def __init__(self, file: BinaryIO, shape: tuple[int, ...]) -> None:
        self._file, self._clip_shape = file, shape[1:]
        self._digest, self.clips = hashlib.sha256(), 0
        self.lacking: dict[str, int] = {}  # clip -> frames that its video lacks
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
        self._write(header.getvalue())

    def add(self, clip: np.ndarray, name: str = "", lacking: int = 0) -> None:
        """Append one clip, (T, H, W, 3) uint8; of one whose video lacks frames, `name` and how many are noted."""
        if clip.shape != self._clip_shape or clip.dtype != np.uint8:
            raise ValueError(f"clip of {clip.shape} {clip.dtype}, not {self._clip_shape} uint8")
        self._write(np.ascontiguousarray(clip).data)
        if lacking:
            self.lacking[name] = lacking
        self.clips += 1

    @property
    def sha256(self) -> str:
        """Hex, of all that was written so far."""
        return self._digest.hexdigest()

    def _write(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._digest.update(data)


class CacheWriter:
    """Writes a cache of N clips, shard by shard, in any order and from any number of processes.

        writer = CacheWriter(folder, {"made_from": …}, names, labels, shape=(32, 224, 224, 3))
        for shard in writer.missing():
            with writer.opened(shard) as file:
                for name in names[shard.start : shard.stop]:
                    file.add(make(name))
        info = writer.finish()

    Give the same arguments again to continue after a kill: shards that are complete are kept. `description` becomes
    part of `index.json`; whatever the pixels depend on belongs into it. A writer can be sent to another process.
    """

    def __init__(
        self,
        folder: Path,
        description: dict[str, Any],
        names: list[str],
        labels: list[int],
        shape: tuple[int, ...] = (32, 224, 224, 3),
    ) -> None:
        """Begin or continue in `folder`; `shape` is one clip's (T, H, W, 3).

        Raises:
            UserError: the folder has a cache of other clips, complete or begun, or too little space is left.
        """
        self.folder = folder
        self.clip_shape = tuple(shape)
        clip_bytes = int(np.prod(self.clip_shape))
        # One function of the number and the size of the clips: never of the number of processes.
        per_shard = max(1, min(SHARD_BYTES // clip_bytes, -(-len(names) // FEWEST_SHARDS)))
        starts = range(0, len(names), per_shard)
        self.shards = [Shard(k, start, min(start + per_shard, len(names))) for k, start in enumerate(starts)]
        # Through JSON once, so that it compares with what is read back.
        content = {"format": FORMAT, **description, "shape": self.clip_shape, "names": names, "labels": labels}
        self.plan = json.loads(json.dumps(content))
        self.bytes_missing = sum((shard.stop - shard.start) * clip_bytes for shard in self.missing())
        known = [self._is_ours(folder / file) for file in ("index.json", "plan.json")]
        if not any(known) and any(folder.glob("shard-*.npy")) and not self.finished:
            raise UserError(f"{folder} has files of a cache that nothing describes. Remove it, then try again.")
        temporaries = list(folder.glob(".*.tmp"))
        now = file_system_now(folder) if temporaries else 0
        for temporary in temporaries:
            with suppress(FileNotFoundError):  # another process may be done with it by now
                if now - temporary.stat().st_mtime > ABANDONED:
                    temporary.unlink()
        require_space(folder, self.bytes_missing)
        if not self.finished:
            write_json(folder / "plan.json", self.plan)

    @property
    def finished(self) -> bool:
        """Whether the cache is there and complete."""
        return (self.folder / "index.json").exists()

    def missing(self) -> list[Shard]:
        """List the shards that are still to be written."""
        if self.finished:
            return []
        return [shard for shard in self.shards if not (self.folder / shard.file).exists()]

    @contextmanager
    def opened(self, shard: Shard) -> Iterator[ShardFile]:
        """Open a shard to which clips are added one by one, so that several caches can be written from one decoding.

        Nothing of the shard stays unless the block ends well, with all clips added. Its SHA-256 is known then.

        Plain writes, never a writable memory map: on a full disk a map kills the process without a word.

        Raises:
            UserError: the disk is full; shards written before stay.
            ValueError: a clip of another shape or type, or another number of clips.
        """
        count = shard.stop - shard.start
        with atomic_file(self.folder / shard.file) as file:
            opened = ShardFile(file, (count, *self.clip_shape))
            yield opened
            if opened.clips != count:
                raise ValueError(f"{opened.clips} clips for {shard.file}, which has {count}")
            note = self._lacking_file(shard)  # before the shard has its name
            if opened.lacking:
                write_json(note, opened.lacking)
            else:
                note.unlink(missing_ok=True)  # of a writer that was killed, before a video was replaced

    def finish(self, digests: Mapping[int, str] | None = None) -> dict[str, Any]:
        """Write `index.json` once no shard is missing; returns its content.

        `digests` has SHA-256s by shard number; the files of the other shards are read for theirs.
        """
        if not self.finished:
            known, shards = digests or {}, list[dict[str, Any]]()
            for shard in self.shards:
                path = self.folder / shard.file
                size, digest = path.stat().st_size, known.get(shard.number) or sha256(path)
                clips = shard.stop - shard.start
                shards.append({"file": shard.file, "clips": clips, "bytes": size, "sha256": digest})
            total = sum(shard["bytes"] for shard in shards)
            content = content_sha256(self.plan["names"], self.plan["labels"], shards)
            result = {"frames_lacking": self._lacking(), "bytes": total, "sha256": content, "shards": shards}
            write_json(self.folder / "index.json", self.plan | result)
        (self.folder / "plan.json").unlink(missing_ok=True)
        return read_json(self.folder / "index.json")

    def _lacking(self) -> dict[str, int]:
        """Map each clip to the frames that its video lacks, of all shards, by whomever they were written."""
        files = [file for shard in self.shards if (file := self._lacking_file(shard)).exists()]
        return {name: frames for file in files for name, frames in read_json(file).items()}

    def _lacking_file(self, shard: Shard) -> Path:
        return self.folder / f"lacking-{shard.number:03d}.json"

    def _is_ours(self, path: Path) -> bool:
        """Tell whether `path` is there and describes this cache; another one is refused."""
        try:
            theirs = read_json(path)
        except FileNotFoundError:
            return False
        differs = [key for key in self.plan if not isinstance(theirs, dict) or theirs.get(key) != self.plan[key]]
        if differs:
            raise UserError(
                f"{path.parent} was made or begun otherwise ({', '.join(differs)} differ: other clips, other settings "
                "or another version). Remove the folder, then give the command again."
            )
        return True


def content_sha256(names: list[str], labels: list[int], shards: list[dict[str, Any]]) -> str:
    """Compute one digest of everything that a reader of the cache gets."""
    content = [names, labels, [shard["sha256"] for shard in shards]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
