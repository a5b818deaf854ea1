"""The mask set `truth` of mini-Diving48, whose generator knows where its divers are."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks
from segment.masks.identity import begin_set_of
from segment.masks.instances import scale_mask, tight_box
from segment.masks.mask_set import MaskShard
from xdomain.core.errors import UserError
from xdomain.datasets.diving48.listing import frames_lacking, read_listing, video_folder
from xdomain.datasets.diving48.video import BadVideo, require_enough, sampled_frames
from xdomain.datasets.mini_diving.truth import instances_sha256, read_instances

NAME = "truth"


def scaled(instances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale instances (h, w) uint8, 0 for none, to a mask (369, 492) bool and boxes (K, 5) float32 of confidence 1.

    A pixel is a diver's where the diver covers more than 0.4 of it.
    """
    mask, boxes = np.zeros((HEIGHT, WIDTH), dtype=bool), []
    for diver in np.unique(instances[instances > 0]):
        covered = scale_mask(instances == diver)
        if box := tight_box(covered):
            boxes.append((*box, 1))
            mask |= covered
    return mask, np.array(boxes, dtype=np.float32).reshape(-1, 5)


def make_truth(dataset: Path, frames: int) -> Path:
    """Write the masks of the test clips' sampled frames below `dataset`/masks/truth; returns that folder.

    Raises:
        UserError: the dataset keeps no instances, or they end before a clip does; the set has other frames, or is of
            other instances.
    """
    clips, allowed = read_listing(dataset, "test"), frames_lacking(dataset)
    folder = dataset / "masks" / NAME
    begin_set_of(folder, {"source": NAME, "frames": frames, "instances_sha256": instances_sha256(dataset)}, clips)
    with MaskShard(folder, 0, 1) as shard:
        for clip in tqdm([clip for clip in clips if clip.name not in shard.done], "truth", unit="clip", disable=None):
            instances = read_instances(dataset, clip.name)  # (N, h, w)
            try:  # of as many frames as the video has: its last stands for those that it lacks
                require_enough(clip.path(video_folder(dataset)), clip, len(instances), allowed)
            except BadVideo as error:
                raise UserError(
                    f"{dataset} knows the divers in {len(instances)} frames of {clip.name}, whose listing has "
                    f"{clip.end_frame}. Make the data set again."
                ) from error
            wanted = np.minimum(sampled_frames(clip.start_frame, clip.end_frame, frames), len(instances) - 1)
            masks, boxes = zip(*(scaled(instances[frame]) for frame in wanted), strict=True)
            shard.add(ClipMasks(clip.name, np.stack(masks), boxes))
    return folder
