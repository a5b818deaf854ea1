"""Every table and figure of a Diving48 study: the paper's and their statistics, then what the choices change."""

from collections.abc import Callable
from functools import partial

from matplotlib.figure import Figure

from analysis.diving48 import figures, tables
from analysis.diving48.load import DivingStudy
from analysis.diving48.measures import Measures, all_measures
from analysis.diving48.rows import status_notes
from analysis.diving48.sensitivity.curve import curve
from analysis.diving48.sensitivity.heterogeneity import heterogeneity
from analysis.diving48.sensitivity.mistakes import mistake_tables
from analysis.diving48.sensitivity.selection import selection_tables
from analysis.diving48.sensitivity.specifications import specification_table
from analysis.runs.matching import TOLERANCE
from analysis.table.tables import Table


def diving_tables(study: DivingStudy, tolerance: float = TOLERANCE) -> dict[str, Table]:
    """Make every table of the study by name, Table 1 first; other splits and mask sets have names with a suffix."""
    made = [table for measures in all_measures(study, tolerance) for table in _of_setting(measures)]
    made.append(specification_table(study, tolerance))
    return tables.diving_tables(study, tolerance) | {table.name: table for table in made}


def diving_figures(
    study: DivingStudy, tolerance: float = TOLERANCE
) -> dict[str, tuple[Callable[[], Figure | None], tuple[str, ...]]]:
    """Map file stems to what draws a figure and the tables that its points are cells of."""
    own = {"specification-curve": (partial(curve, study, tolerance), ("specifications",))}
    return figures.diving_figures(study, tolerance) | own


def _of_setting(measures: Measures) -> list[Table]:
    suffix, notes = measures.setting.suffix, status_notes(measures)
    made = [*mistake_tables(measures), *selection_tables(measures), heterogeneity(measures)]
    return [Table(t.name + suffix, t.title, t.columns, t.rows, (*t.notes, *notes), t.group) for t in made]
