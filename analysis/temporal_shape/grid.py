"""The cells of a Temporal Shape study: a model's runs on a source, and draws of their seeds and clips."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd

from analysis.runs.load import Study
from analysis.statistics.crossed import freedom_of
from analysis.temporal_shape.crossed import on_drawn_clips, seed_weights


@dataclass(frozen=True, eq=False)
class GridCell:
    """The finished runs of one model on one source; `wide` has a row per run: hidden, seed, id, and its accuracies."""

    study: Study
    source: str
    model: str
    wide: pd.DataFrame

    @cached_property
    def sizes(self) -> np.ndarray:
        """(N,) number of hidden units of each run."""
        return self.wide["hidden"].to_numpy()

    def weights(self, usable: np.ndarray | None = None) -> np.ndarray:
        """Draw (draws, N) weights of the runs, or of the usable ones, within each size: the same as the tables'."""
        if usable is None or usable.all():
            return self._all_weights
        return seed_weights(self.source, self.model, self.sizes[usable])

    def freedom(self, usable: np.ndarray | None = None) -> int:
        """Count the degrees of freedom of the runs' seeds, or of the usable ones'."""
        return freedom_of(self.sizes if usable is None else self.sizes[usable])

    def drawn(self, domain: str) -> np.ndarray:
        """Stack (draws, N) accuracies of the runs on drawn clips of a domain, the same clips for all runs."""
        return on_drawn_clips(self.study, self.wide["id"].tolist(), domain)

    def of_sizes(self, sizes: np.ndarray) -> "GridCell":
        """Choose the runs of some sizes."""
        return self._of(self.wide["hidden"].isin(sizes))

    def evaluated_on(self, domain: str) -> "GridCell":
        """Choose the runs that were evaluated on a domain: a function of clips may be asked of some only."""
        return self._of(self.wide[domain].notna())

    def _of(self, chosen: pd.Series) -> "GridCell":
        if chosen.all():
            return self
        return GridCell(self.study, self.source, self.model, self.wide[chosen].reset_index(drop=True))

    @cached_property
    def _all_weights(self) -> np.ndarray:
        return seed_weights(self.source, self.model, self.sizes)


@cache
def grid_cell(study: Study, source: str, model: str) -> GridCell | None:
    """Find the cell of a registered model; None where it has no run."""
    rows = study.accuracies[(study.accuracies["source"] == source) & (study.accuracies["model"] == model)]
    if rows.empty:
        return None
    wide = rows.pivot(index=["hidden", "seed", "id"], columns="domain", values="accuracy").reset_index()
    return GridCell(study, source, model, wide)
