"""The segmentation stage as steps of a chain: a network is trained, it finds the divers, domains are made of them."""

from dataclasses import dataclass

from jobs.backends import slurm
from jobs.cluster.profile import load_profile
from jobs.launching.chain import dependency
from jobs.launching.steps import Step, run_here, submit_steps
from xdomain.core.errors import UserError
from xdomain.specs.videos import VideoDataSpec

PAPER = VideoDataSpec()
STAGES = ("train", "infer", "domains", "report")
NETWORK = "deeplabv3plus-r50"
SHARDS = 16  # array elements of inference on Slurm


@dataclass(frozen=True)
class SegmentRequest:
    """What is to be segmented, with which network, and what is made of the masks."""

    dataset: str = PAPER.dataset
    masks: str = PAPER.masks
    frames: int = PAPER.frames
    side: int = PAPER.side
    network: str = NETWORK
    domains: tuple[str, ...] = ()  # none: I, S1, S2 and T
    shards: int | None = None  # None: 16 on Slurm, 1 here
    train_settings: tuple[str, ...] = ()  # NAME=VALUE
    infer_settings: tuple[str, ...] = ()


def launch_segment(
    request: SegmentRequest, stage: str, cluster: str, profile: str | None, after: str | None, dry_run: bool
) -> None:
    """Carry out one stage of the segmentation, or "all"; or only list their commands.

    Raises:
        CommandFailed: a command failed on this machine.
        UserError: a setting or the profile is wrong, or Slurm refused.
    """
    on_slurm = cluster == "slurm" or (cluster == "auto" and slurm.is_available())
    workers = load_profile(profile).cpus_per_gpu if on_slurm else None
    chosen = [step for step in segmentation_steps(request, on_slurm, workers) if stage in (step.name, "all")]
    if dry_run:
        for step in chosen:
            step.describe()
    elif on_slurm:
        submit_steps("segment", chosen, load_profile(profile), dependency(after) if after else None)
    elif after:
        raise UserError("--after waits for jobs of Slurm; here, give one command after the other.")
    else:
        run_here(chosen)


def segmentation_steps(request: SegmentRequest, on_slurm: bool, workers: int | None = None) -> list[Step]:
    """Make the four stages as steps.

    Raises:
        UserError: a setting is not NAME=VALUE.
    """
    dataset, masks = ("--dataset", request.dataset), ("--masks", request.masks)
    clips = ("--frames", str(request.frames))
    domains = request.domains or ("I", "S1", "S2", "T")
    size = (*clips, "--side", str(request.side))
    threads = ("--workers", str(workers)) if workers else ()
    shards = request.shards or (SHARDS if on_slurm else 1)
    tag = ("--tag", request.masks if request.masks != PAPER.masks else f"{request.dataset}-{request.network}")
    train = ("train", *dataset, "--model", request.network, *tag, *_flags(request.train_settings, "--train"))
    infer = ("infer", *dataset, *masks, *clips, "--run", tag[1], *_flags(request.infer_settings, "--infer"))
    return [
        Step("train", (("segment", *train, *threads),), gpu=True),
        Step(
            "infer",
            tuple(("segment", *infer, "--shard", str(k), "--of", str(shards), *threads) for k in range(shards)),
            gpu=True,
        ),
        Step("domains", (("segment", "domains", *dataset, *masks, *size, "--domain", ",".join(domains), *threads),)),
        Step("report", (("segment", "report", *dataset, *masks),)),
    ]


def _flags(settings: tuple[str, ...], option: str) -> tuple[str, ...]:
    words: list[str] = []
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise UserError(f"{option} {setting}: give NAME=VALUE.")
        words += [f"--{name.replace('_', '-')}", value]
    return tuple(words)
