"""Models of libraries in a launch: their weights, and whether only their heads are trained."""

import dataclasses
from collections.abc import Sequence

from xdomain.core.errors import UserError
from xdomain.core.names import is_library_model
from xdomain.specs.overrides import Run
from xdomain.studies.zoo import library_model


def with_weights(grid: Sequence[Run], weights: str, frozen: bool) -> list[Run]:
    """Complete the library's models of a grid by the weights that a launch names; other models have none.

    Raises:
        UserError: weights for no or for several models, or they are not there.
    """
    names = dict.fromkeys(spec.model.name for spec in grid if is_library_model(spec.model.name))
    if (weights or frozen) and not names:
        raise UserError(
            f"--{'weights' if weights else 'frozen'} is for models of libraries: name one, such as "
            "--model torchvision:r3d_18."
        )
    if weights and len(names) > 1:
        raise UserError(f"--weights {weights}: of {' and '.join(names)} only one has them. Launch each by itself.")
    made = {name: library_model(name, weights, frozen) for name in names}
    completed = [dataclasses.replace(spec, model=made.get(spec.model.name, spec.model)) for spec in grid]
    return list({spec.id: spec for spec in completed}.values())  # of a library's model there is one size
