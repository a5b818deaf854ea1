"""Effective robustness: target accuracy against source accuracy over every kept checkpoint, on logit axes.

    logit A_t = α_model + β · logit A_s + u_run

A model that only learns more of the source moves along a line; one that is robust beyond that lies above it (Taori et
al. 2020; Miller et al. 2021, who use probit axes). Comparing whole lines does not hang on one matched checkpoint.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lines:
    """One slope for all models and an intercept each; arrays may have draws in front.

    Attributes:
        slope: (...) β.
        intercepts: (..., M) α of each model, the mean over its runs; u_run is what its runs differ by.
    """

    slope: np.ndarray
    intercepts: np.ndarray

    @property
    def common(self) -> np.ndarray:
        """(...) the mean α: the line that a model is robust beyond."""
        return self.intercepts.mean(axis=-1)


def fit_lines(
    source: np.ndarray,
    target: np.ndarray,
    runs: np.ndarray,
    model_of_run: np.ndarray,
    weights: np.ndarray | None = None,
) -> Lines:
    """Fit least squares with an intercept per run and a common slope (the within-run estimator).

    Checkpoints of one run share u_run, so β is estimated within runs only; α_model averages its runs' intercepts.

    Args:
        source: (..., K) logits of the K checkpoints' accuracy on the source.
        target: (..., K) the same on the target.
        runs: (K,) number of each checkpoint's run, 0 ... R − 1.
        model_of_run: (R,) number of each run's model, 0 ... M − 1.
        weights: (..., R) how much each run counts, such as a draw of seeds; all alike by default.

    Returns:
        NaN everywhere where the source accuracies do not vary within any run: there is no line then.
    """
    x, y = _mean_by(runs, source), _mean_by(runs, target)  # (..., R)
    within_x, within_y = source - x[..., runs], target - y[..., runs]
    counted = np.ones(len(model_of_run)) if weights is None else weights  # (..., R)
    spread = (within_x**2 * counted[..., runs]).sum(axis=-1)
    known = spread > 1e-9
    slope = np.where(
        known, (within_x * within_y * counted[..., runs]).sum(axis=-1) / np.where(known, spread, 1), np.nan
    )
    of_runs = (y - slope[..., None] * x) * counted  # (..., R)
    intercepts = _mean_by(model_of_run, of_runs) / _mean_by(model_of_run, counted)  # (..., M)
    return Lines(slope, intercepts)


def _mean_by(groups: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Average (..., K) values within each of G groups: (..., G)."""
    return np.stack([values[..., groups == group].mean(axis=-1) for group in range(groups.max() + 1)], axis=-1)
