"""The clips of a `ClipCacheSpec`: from its cache or, where a launch says so, decoded as they are needed."""

import os

from xdomain.core.errors import UserError
from xdomain.core.roots import STREAM, data_root
from xdomain.datasets.clip_cache.changed import ChangedClips
from xdomain.datasets.clip_cache.clips import CachedClips, Clips, StreamedClips
from xdomain.datasets.clip_cache.identity import command_for
from xdomain.specs.videos import ClipCacheSpec


def open_clips(spec: ClipCacheSpec) -> Clips:
    """Open the clips of `spec`.

    Raises:
        UserError: there is no such cache and it cannot be done without, it is damaged, or it is of another listing,
            other masks or another decoder than there are now.
    """
    root = data_root()
    marker = spec.marker(root)
    if marker.exists():
        return CachedClips(spec, root)
    if spec.masks:
        raise UserError(f"There is no domain {spec.part} ({marker} is missing). Make it with: {command_for(spec)}")
    if os.environ.get(STREAM):
        if spec.is_of_frames:
            return ChangedClips(spec, root)
        return StreamedClips(spec, root)
    raise UserError(
        f"There is no cache of these clips ({marker} is missing). Make it with: {command_for(spec)}. "
        "Or launch with --no-cache."
    )
