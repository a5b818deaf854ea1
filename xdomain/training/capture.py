"""The training step as few launches: its forward and backward pass captured once as CUDA graphs, then replayed.

A batch of training clips always has one shape, which is what a capture is for. Evaluation is eager whatever the step:
its last batch may be smaller, and the scores of a model do not depend on how it was trained.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from xdomain.core.errors import UserError
from xdomain.specs.spec import EAGER

# What torch.compile is told. "graph" captures the kernels that an eager step launches, and needs no compiler.
HOW: dict[str, dict[str, Any]] = {"graph": {"backend": "cudagraphs"}, "compile": {"mode": "reduce-overhead"}}


def captured(model: nn.Module, step: str) -> Callable[[Tensor], Tensor] | None:
    """Return a function of training clips (B, T, C, H, W) that computes `model`'s logits (B, classes); of eager, None.

    It is no module: parameters and buffers stay those of `model`, under their own names.
    """
    if step == EAGER:
        return None
    from torch._dynamo.exc import BackendCompilerFailed  # seconds, which an eager step does without

    compiled = torch.compile(model, dynamic=False, **HOW[step])

    def forward(clips: Tensor) -> Tensor:
        torch.compiler.cudagraph_mark_step_begin()  # what the step before returned may be overwritten now
        try:
            logits: Tensor = compiled(clips)
        except BackendCompilerFailed as error:
            raise UserError(
                f"step={step}: torch cannot compile the model here ({str(error).splitlines()[0]}). It takes a C++ "
                "compiler, and on a GPU triton. Install them, or launch with --set step=graph or without it."
            ) from error
        return logits

    return forward


def require_step(step: str, accelerator: str) -> None:
    """Refuse a step that this machine cannot have; `accelerator` is Lightning's name, gpu or cpu.

    Raises:
        UserError: there is no GPU whose launches could be captured.
    """
    if step == "graph" and accelerator != "gpu":
        raise UserError("step=graph captures CUDA graphs, and there is no CUDA GPU here: launch without --set step.")
