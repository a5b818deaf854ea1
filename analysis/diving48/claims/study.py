"""What claims and power ask of a study on videos, and the paper's Diving48 with all of it."""

from dataclasses import replace

from analysis.claims.listing import read_claims
from analysis.claims.quantities import Basis, PrintedQuantities
from analysis.diving48.claims.precision import RATIO, measured_sds
from analysis.diving48.claims.published import PublishedNumbers
from analysis.diving48.claims.quantities import DivingQuantities
from analysis.diving48.claims.seeds import measured_seed_sd
from analysis.diving48.comparisons import average_contrasts, contrasts
from analysis.diving48.data.study import DivingStudy
from analysis.diving48.measures import all_measures
from analysis.diving48.rows import seed_notes, status_notes
from analysis.diving48.sensitivity.complete import CompleteDiving48
from analysis.studies.base import StudyAnalysis, Variances
from analysis.table.tables import Table
from xdomain.studies.claims_file import Claim


class VideoClaims(StudyAnalysis[DivingStudy]):
    """Claims on matched checkpoints, in every setting of a study on videos."""

    def bases(self, loaded: DivingStudy, tolerance: float, seed_sd: float | None = None) -> list[Basis]:
        """Return ratios, attributes and spreads of the matched checkpoints."""
        return [
            Basis(DivingQuantities(one), one.setting.suffix, (*seed_notes(one), *status_notes(one)))
            for one in all_measures(loaded, tolerance, seed_sd or 0.0)
        ]

    def seed_tables(self, loaded: DivingStudy, tolerance: float, seed_sd: float) -> dict[str, Table]:
        """Make the contrasts."""
        made = [
            replace(table, name=f"{table.name}-seed-sd{one.setting.suffix}")
            for one in all_measures(loaded, tolerance, seed_sd)
            for table in (contrasts(one), average_contrasts(one))
        ]
        return {table.name: table for table in made}

    def seed_sd(self, loaded: DivingStudy, tolerance: float) -> float:
        """Measure the sd of ln A between seeds, pooled over models, experiments and the domains that masks made."""
        return measured_seed_sd(loaded, tolerance)

    def variances(self, loaded: DivingStudy, tolerance: float) -> Variances:
        """Measure how much clips and seeds matter for T/S1."""
        return Variances("/".join(RATIO), *measured_sds(loaded, tolerance))


class PaperDiving48(VideoClaims, CompleteDiving48):
    """The Diving48 study with everything that is known of it."""

    def claims(self) -> list[Claim]:
        """Read the paper's claims."""
        return read_claims()

    def printed(self) -> PrintedQuantities:
        """Return the ratios of the paper's tables."""
        return PublishedNumbers()
