"""What stands beside clips: NAME.json of a Temporal Shape set, index.json of a clip cache, set.json of masks."""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from xdomain.core.record import Count, Digest, Name, Record, Size, Text

Clips = Annotated[int, Field(ge=0, le=10**8)]


class ClipSetInfo(Record):
    """NAME.json beside NAME.npy."""

    clips: Clips
    class_counts: list[Count]
    bytes: Count
    sha256: Text


class CacheShard(Record):
    """One file of a cache."""

    file: Name
    clips: Clips
    bytes: Count
    sha256: Text


class CacheIndex(Record):
    """index.json of a clip cache."""

    names: list[Text]
    labels: list[Annotated[int, Field(ge=0, lt=2**31)]]
    shards: list[CacheShard]
    shape: Annotated[list[Size], Field(min_length=4, max_length=4)]  # of a clip: T, H, W, 3
    sha256: Text
    listing_sha256: Digest | None = None

    @model_validator(mode="after")
    def _all_of_the_same_clips(self) -> "CacheIndex":
        if not len(self.names) == len(self.labels) == sum(shard.clips for shard in self.shards):
            raise PydanticCustomError("clips", "its names, labels and files are not of as many clips")
        return self


class MaskSetInfo(Record):
    """set.json of a mask set."""

    frames: Size  # of a clip
