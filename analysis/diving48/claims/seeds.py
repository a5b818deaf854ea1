"""How much a seed matters, measured where a study has several: what another with one seed can borrow."""

import numpy as np

from analysis.diving48.data.study import DivingStudy
from analysis.diving48.measures import all_measures
from analysis.runs.load import V
from analysis.studies.videos import CODEC
from xdomain.core.errors import UserError
from xdomain.studies.diving48 import UNMODIFIED


def measured_seed_sd(study: DivingStudy, tolerance: float) -> float:
    """Measure the sd of ln A between seeds, pooled over models, experiments and the domains that masks made.

    It contains the luck that one checkpoint has with its clips, so it is rather too large than too small.

    Raises:
        UserError: no model of the study has two seeds with a matched checkpoint.
    """
    squares, freedom = 0.0, 0
    for measures in all_measures(study, tolerance):
        domains = [name for name in study.domains(measures.setting) if name not in (V, UNMODIFIED, CODEC)]
        entries = {entry.checkpoints: entry for entry in measures.matched}
        for entry in entries.values():
            for domain in domains:
                rates = np.array([right.mean() for _, right in measures.answers(entry, domain).values()])
                logs = np.log(rates[rates > 0])
                if len(logs) > 1:
                    squares += float(((logs - logs.mean()) ** 2).sum())
                    freedom += len(logs) - 1
    if not freedom:
        raise UserError(f"No model of {study.key} has two seeds with a matched checkpoint: it has no seed sd to lend.")
    return float(np.sqrt(squares / freedom))
