"""How much is measured: the study's own sizes, or so little that a CPU has it in seconds."""

from dataclasses import dataclass, field

from xdomain.studies import diving48
from xdomain.studies import temporal_shape as ts


@dataclass(frozen=True)
class Scale:
    """Sizes of everything that the parts measure; the defaults are a GPU's, 25 minutes in all."""

    minutes: dict[str, float] = field(
        default_factory=lambda: {"steps": 7.5, "packing": 5.0, "diving": 2.5, "gradients": 2.0, "runs": 7.0}
    )
    models: tuple[str, ...] = ts.MODELS
    sizes: tuple[int, ...] = (2, 8, 16, 48)
    precisions: tuple[str, ...] = ("fp32", "tf32", "16-mixed", "bf16-mixed")
    captured: tuple[str, ...] = ts.MODELS  # whose steps are captured too
    captured_precision: str = "16-mixed"
    captured_sizes: tuple[int, ...] = (2, 16, 48)  # of steps that are captured as CUDA graphs
    compiled_sizes: tuple[int, ...] = (16,)  # compiling takes a minute and more
    data: tuple[tuple[str, object], ...] = ()  # what is not the recipe's, of all Temporal Shape runs here
    step_seconds: float = 1.0  # that one figure's steps go on for
    packed: tuple[str, ...] = ("3dcnn", "convlstm", "timesformer-8")
    packed_hidden: int = 8
    packs: tuple[int, ...] = (1, 8, 16, 4, 2)  # in this order: where time runs out, the least telling are absent
    packed_seconds: float = 3.0
    diving: tuple[str, ...] = tuple(dict.fromkeys(name for _, _, name in diving48.distinct_models()))
    diving_batch: int = 8
    diving_frames: int = 32
    diving_side: int = 224
    diving_hidden: int | None = None  # units in place of the paper's
    gradients: int | None = None  # at most so many models
    # Both ends of the sizes where the time allows; ten runs of one seed, all side by side on the one GPU.
    runs: tuple[tuple[str, int], ...] = (
        *(("3dcnn", hidden) for hidden in (2, 16, 48)),
        *(("convlstm", hidden) for hidden in (2, 8, 24)),
        *(("timesformer-1", hidden) for hidden in (8, 48)),
        *(("timesformer-8", hidden) for hidden in (2, 16)),
    )


TINY = Scale(
    minutes=dict.fromkeys(Scale().minutes, 60),  # how busy a machine is decides nothing
    models=("3dcnn", "timesformer-8"),
    sizes=(2,),
    precisions=("fp32", "bf16-mixed"),
    captured=("3dcnn",),  # the least to trace
    captured_precision="bf16-mixed",
    captured_sizes=(2,),
    compiled_sizes=(),
    data=(("train_clips", 24), ("val_clips", 8), ("eval_clips", 6), ("batch_size", 4), ("max_epochs", 2)),
    step_seconds=0.01,
    packed=("3dcnn",),
    packed_hidden=2,
    packs=(1, 2),
    packed_seconds=0.2,
    diving=("3dcnn-4blocks",),
    diving_batch=1,
    diving_frames=16,
    diving_side=32,
    diving_hidden=2,
    gradients=1,
    runs=(("3dcnn", 2),),
)
