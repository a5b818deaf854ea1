"""Import torchvision and transformers, with a sentence where they are not installed."""

import importlib
from types import ModuleType
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.names import one_line

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


def load_torchvision() -> ModuleType:
    """Import torchvision.

    Its compiled half may be for another build of torch (a CPU's from one index, CUDA's from another). No video model
    uses a compiled operator, but `import torchvision` fails unless two exist: then they are declared, and calling one
    raises torch's own `NotImplementedError`.

    Raises:
        UserError: it is not installed.
    """
    try:
        return importlib.import_module("torchvision")
    except ModuleNotFoundError as error:
        raise missing("torchvision") from error
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
    import torch

    _declared.append(torch.library.Library("torchvision", "FRAGMENT"))
    for operator in OPERATORS:
        _declared[-1].define(operator + SIGNATURE)
    return importlib.import_module("torchvision")


def require_model(model: str) -> None:
    """Refuse what is no video model of torchvision.

    Raises:
        UserError: lists those that there are.
    """
    torchvision = load_torchvision()
    known = torchvision.models.list_models(module=torchvision.models.video)
    if model not in known:
        raise UserError(
            f"torchvision {torchvision.__version__} has no video model {one_line(model)}. It has: {', '.join(known)}."
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
