"""A stand-in for mmcv's compiled operators, so that mmsegmentation runs on mmcv-lite.

`mmseg` imports `mmcv.ops`, whose Python half mmcv-lite has, and whose compiled half `mmcv._ext` it lacks. The full
mmcv has to be compiled against each torch. No model of this project uses a compiled operator (network/models.py:
DeepLabV3+, SegFormer, convolutions and attention of torch itself), so here is a module with that name, in which
every operator exists and raises a sentence when it is called.
"""

import importlib.util
import sys
import warnings
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

NAME = "mmcv._ext"


class MissingOperators(ModuleType):
    """Has an attribute for every operator's name; calling it raises `NotImplementedError`."""

    def __getattr__(self, operator: str) -> Any:
        if operator.startswith("__"):
            raise AttributeError(operator)

        def missing(*_: Any, **__: Any) -> NoReturn:
            raise NotImplementedError(
                f"mmcv's operator {operator} is compiled code that mmcv-lite does not have. "
                "Choose a model without it, or install the full mmcv (pip install mmcv==2.1.0), which compiles it."
            )

        return missing


def load_mmseg() -> None:
    """Import the parts of mmseg that this project builds from, so that mmengine's registries know them.

    The stand-in takes the operators' place, unless the full mmcv is installed.
    """
    if NAME not in sys.modules and importlib.util.find_spec(NAME) is None:
        sys.modules[NAME] = MissingOperators(NAME)
        # a spec without a loader is how mmengine sees that none is compiled
        sys.modules[NAME].__spec__ = ModuleSpec(NAME, loader=None)
    warnings.filterwarnings("ignore", module=r"mm(seg|cv|engine)\b.*")  # advice on configurations that are wanted so
    import mmseg.datasets
    import mmseg.evaluation
    import mmseg.models  # noqa: F401
    from mmengine.registry import init_default_scope

    init_default_scope("mmseg")
