"""The cells of a Temporal Shape study: a model's runs on a source, and draws of their seeds."""

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.runs.load import Study
from analysis.statistics.bootstrap import DRAWS, SEED
from analysis.statistics.iqm import stratified_weights


@dataclass(frozen=True, eq=False)
class GridCell:
    """The finished runs of one model on one source; `wide` has a row per run: hidden, seed, id, and its accuracies."""

    source: str
    model: str
    wide: pd.DataFrame

    def weights(self, usable: np.ndarray | None = None) -> np.ndarray:
        """Draw (draws, N) weights of the runs, or of the usable ones, within each size: the same as the tables'."""
        if usable is None or usable.all():
            return self._all_weights
        return self._drawn(self.wide["hidden"].to_numpy()[usable])

    def of_sizes(self, sizes: np.ndarray) -> "GridCell":
        """Choose the runs of some sizes."""
        chosen = self.wide["hidden"].isin(sizes)
        return self if chosen.all() else GridCell(self.source, self.model, self.wide[chosen].reset_index(drop=True))

    @cached_property
    def _all_weights(self) -> np.ndarray:
        return self._drawn(self.wide["hidden"].to_numpy())

    def _drawn(self, sizes: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng([SEED, zlib.crc32(f"{self.source}/{self.model}".encode())])
        return stratified_weights(sizes, DRAWS, rng)


def grid_cell(study: Study, source: str, model: str) -> GridCell | None:
    """Find the cell of a registered model; None where it has no run."""
    rows = study.accuracies[(study.accuracies["source"] == source) & (study.accuracies["model"] == model)]
    if rows.empty:
        return None
    wide = rows.pivot(index=["hidden", "seed", "id"], columns="domain", values="accuracy").reset_index()
    return GridCell(source, model, wide)
