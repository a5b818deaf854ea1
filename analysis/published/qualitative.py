"""Five random test clips of a class and what the models take them for (paper section 4.2, Tables 6, 7 and 12 to 14).

A label has four attributes: takeoff, somersault, twist, flight position. A model whose mistakes share more of them
with the true class has learned more of the dive.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from analysis.statistics.bootstrap import SEED
from analysis.table.tables import Column

ATTRIBUTE_COLUMNS = (
    Column("class", "Class"),
    Column("model", "Model"),
    Column("S1", "S1 top-1"),
    Column("S2", "S2 top-1"),
    Column("wrong", "Misclassifications (set)"),
    Column("correct", "Correct attributes"),
)
ATTRIBUTES = (
    "Attributes (takeoff, somersault, twist, position) that the set of wrong top-1 predictions over S1 and S2 shares "
    "with the true class, out of four per member"
)
PUBLISHED = Path(__file__).parent
PAPER_CLASSES = (34, 12, 22, 45)  # drawn at random by the paper: Tables 6, 12, 13 and 14
TABLE_OF_CLASS = {34: "table6", 12: "table12", 22: "table13", 45: "table14"}
CLIPS = 5
TOP = 5


def misclassifications(true: int, *predictions: Iterable[int]) -> list[int]:
    """Collect the wrong top-1 predictions over several domains, ascending: each wrong class counts once."""
    return sorted({int(label) for labels in predictions for label in labels} - {true})


def shared_attributes(true: int, wrong: Iterable[int], classes: list[list[str]]) -> tuple[int, int]:
    """Count the attributes that the wrong classes share with the true one, and all they have: 10, 16 reads 10/16."""
    wrong = list(wrong)
    shared = sum(a == b for label in wrong for a, b in zip(classes[label], classes[true], strict=True))
    return shared, len(wrong) * len(classes[true])


def random_clips(names: np.ndarray, labels: np.ndarray, true: int, seed: int = SEED) -> np.ndarray:
    """Draw the positions of five clips of class `true`, without replacement; all of them where it has fewer.

    Clips are sorted by name first, so the draw does not depend on the order of a file.
    """
    of_class = np.flatnonzero(labels == true)
    of_class = of_class[np.argsort(names[of_class], kind="stable")]
    if len(of_class) <= CLIPS:
        return of_class
    return np.random.default_rng([seed, true]).choice(of_class, CLIPS, replace=False)
