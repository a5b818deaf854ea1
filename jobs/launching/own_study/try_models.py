"""Try a study's models before anything is launched: those of libraries and of users' own packages."""

import importlib.util

from xdomain import models
from xdomain.core.errors import UserError
from xdomain.core.names import is_library_model, one_line
from xdomain.core.output import say
from xdomain.specs.spec import ModelSpec
from xdomain.specs.videos import VideoDataSpec
from xdomain.studies.own import OwnStudy

COLOURS = 3


def try_models(study: OwnStudy, classes: int) -> None:
    """Build every model that does not come with the project, and give two clips to those of users' own packages.

    Where torch is not installed, as on a login node, it only says so.

    Raises:
        UserError: weights do not fit, a model cannot be built, does not take the study's clips, or returns another
            shape than logits.
    """
    tried = {key: model for key, (model, _) in study.models.items() if model.name not in models.BUILT_IN}
    if tried and importlib.util.find_spec("torch") is None:
        say(f"Not tried, since torch is not installed here: {', '.join(tried)} (python -m xdomain check-model does).")
        return
    for key, model in tried.items():
        _try(key, model, study.data, classes)


def _try(key: str, model: ModelSpec, data: VideoDataSpec, classes: int) -> None:
    import torch

    from xdomain.models.zoo.libraries import declare_operators

    declare_operators()  # before Lightning is imported
    from xdomain.modelcheck.checks import check_shapes
    from xdomain.modelcheck.subject import Subject

    shape = data.frames, data.side, COLOURS, classes
    subject = Subject(model.name, model.hidden, *shape, weights=model.weights, frozen=model.frozen)
    if is_library_model(model.name):  # which takes clips of any size
        subject.module(torch.device("cpu"))
        return
    finding = check_shapes(subject)
    if not finding.passed:
        raise UserError(
            f"The model {key} ({one_line(model.name)}) cannot be trained: {one_line(finding.sentence)} See python -m "
            "xdomain check-model."
        )
