"""Describe what stands beside clips: NAME.json of a Temporal Shape set, index.json of a cache, set.json of masks."""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from xdomain.core.record import Count, Digest, Name, Record, Size, Text

Clips = Annotated[int, Field(ge=0, le=10**8)]


class ClipSetInfo(Record):
    """NAME.json beside NAME.npy."""

    clips: Clips  # how many
    class_counts: list[Count]  # clips of each class, in label order
    bytes: Count  # size of NAME.npy
    sha256: Text  # of NAME.npy


class CacheShard(Record):
    """One file of a cache."""

    file: Name  # such as shard-000.npy
    clips: Clips  # how many
    bytes: Count  # its size
    sha256: Text  # of the file


class CacheIndex(Record):
    """index.json of a clip cache."""

    names: list[Text]  # of the clips, in order
    labels: list[Annotated[int, Field(ge=0, lt=2**31)]]  # of the same clips
    shards: list[CacheShard]  # the files with the pixels, in order
    shape: Annotated[list[Size], Field(min_length=4, max_length=4)]  # of a clip: T, H, W, 3
    sha256: Text  # of names, labels and the shards' SHA-256
    listing_sha256: Digest | None = None  # of the listing's clips; none for a user's own videos

    @model_validator(mode="after")
    def _all_of_the_same_clips(self) -> "CacheIndex":
        if not len(self.names) == len(self.labels) == sum(shard.clips for shard in self.shards):
            raise PydanticCustomError("clips", "its names, labels and files are not of as many clips")
        return self


class MaskSetInfo(Record):
    """set.json of a mask set."""

    frames: Size  # of a clip
    boxes_only: bool = False  # the divers' boxes alone are known, no pixels of theirs: there is no S1
