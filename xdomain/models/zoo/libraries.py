"""Import torchvision and transformers, with a sentence where they are not installed."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.names import did_you_mean, one_line

# What torchvision's Python declares details of, and its compiled half has to have.
OPERATORS = ("nms", "qnms")
SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: list[Any] = []  # torch forgets declarations whose library is collected


def missing(library: str) -> UserError:
    """Say that a library is not installed."""
    return UserError(
        f"This needs {library}, which is not installed: pip install 'xdomain[zoo]' -c requirements.lock (README, "
        "Your own model)."
    )


def declare_operators() -> None:
    """Let `import torchvision` succeed where its compiled half is for another build of torch than this one.

    Indexes have torch for CPUs beside a torchvision for CUDA only, and Lightning's metrics import torchvision wherever
    it is installed: call this before them. No video model uses a compiled operator, but the import fails unless two
    exist; calling one of those declared here raises torch's own `NotImplementedError`.
    """
    spec = importlib.util.find_spec("torchvision")
    if _declared or spec is None or spec.origin is None:
        return
    import torch

    try:
        torch.ops.load_library(Path(spec.origin).with_name("_C.so"))
    except OSError:
        _declared.append(torch.library.Library("torchvision", "FRAGMENT"))
        for operator in OPERATORS:
            _declared[-1].define(operator + SIGNATURE)


def load_torchvision() -> ModuleType:
    """Import torchvision, whichever build it is.

    Raises:
        UserError: it is not installed.
    """
    declare_operators()
    try:
        return importlib.import_module("torchvision")
    except ModuleNotFoundError as error:
        raise missing("torchvision") from error


def require_model(model: str) -> None:
    """Refuse what is no video model of torchvision.

    Raises:
        UserError: lists those that there are.
    """
    torchvision = load_torchvision()
    known = torchvision.models.list_models(module=torchvision.models.video)
    if model not in known:
        raise UserError(
            f"torchvision {torchvision.__version__} has no video model {one_line(model)}.{did_you_mean(model, known)} "
            f"It has: {', '.join(known)}."
        )


def load_transformers() -> ModuleType:
    """Import transformers, without its bars and reports: what does not fit is said here.

    Raises:
        UserError: it is not installed.
    """
    try:
        importlib.import_module("huggingface_hub")
    except ModuleNotFoundError as error:
        raise missing("transformers") from error
    load_torchvision()  # which transformers imports by itself where it finds it
    try:
        transformers = importlib.import_module("transformers")
    except ModuleNotFoundError as error:
        raise missing("transformers") from error
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers
