"""The analysis of the Temporal Shape study and its variants."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from analysis.claims.listing import read_claims
from analysis.claims.quantities import Basis, FiguresPrinted, PrintedQuantities
from analysis.content.finding import Finding
from analysis.content.sprite import Player
from analysis.plotting.style import DOMAIN_NAMES
from analysis.runs.expected import Damaged
from analysis.runs.load import Study, load_study
from analysis.runs.notes import completeness
from analysis.studies.base import PAPERS_QUESTION, Figures, Runs, StudyAnalysis
from analysis.table.tables import Table
from analysis.temporal_shape.claims import TemporalShapeQuantities
from analysis.temporal_shape.figures import FIGURES
from analysis.temporal_shape.page.clips import shape_clips
from analysis.temporal_shape.page.contrasts import shape_contrasts
from analysis.temporal_shape.page.findings import temporal_shape_findings
from analysis.temporal_shape.page.leaks import shape_leaks
from analysis.temporal_shape.profiles import profiles
from analysis.temporal_shape.tables import paper_tables, tables
from xdomain.core.errors import UserError
from xdomain.specs.shapes import ClipSetSpec, ShapeRun
from xdomain.specs.spec import RunSpec
from xdomain.studies import temporal_shape
from xdomain.studies.claims_file import Claim


class TemporalShape(StudyAnalysis[Study]):
    """`ts` is the paper's 400 runs, plus any of models that the paper does not have.

    A run of the paper's models outside its grid (another size, another seed) would change what "averaged over sizes and
    seeds" means, so it stays out. A variant, such as `ts-demo`, is what was launched under that name.
    """

    key, title, question = temporal_shape.STUDY, "Temporal Shape", PAPERS_QUESTION

    def command(self, study_key: str) -> str:
        """Name the command that launches the study."""
        return "python -m jobs.launch ts-grid" if study_key == self.key else super().command(study_key)

    def paper_runs(self, study_key: str, begun: Iterable[RunSpec]) -> list[RunSpec]:
        """List the paper's grid."""
        return [*temporal_shape.grid()] if study_key == self.key else []

    def is_outside(self, spec: RunSpec) -> bool:
        """Tell whether a run of the paper's models and sources is not in its grid."""
        of_paper = spec.model.name in temporal_shape.MODELS and spec.source in temporal_shape.SOURCES
        return spec.study_key == self.key and of_paper

    def load(self, study_key: str, runs_root: Path | None = None, damaged: Damaged | None = None) -> Study:
        """Read and check the runs."""
        return load_study(study_key, runs_root, damaged, self)

    def tables(self, loaded: Study, tolerance: float) -> dict[str, Table]:
        """Make every table, average accuracy first."""
        return tables(loaded)

    def figures(self, loaded: Study, tolerance: float) -> Figures:
        """Return Figs. 3, 4, 7, 8 and 9, and performance profiles."""
        every = FIGURES | {"profiles": (profiles, ("accuracy-average",))}
        return {name: (partial(draw, loaded), names) for name, (draw, names) in every.items()}

    def figure_tables(self, loaded: Study, tolerance: float) -> dict[str, Table]:
        """Make the paper's tables."""
        return paper_tables(loaded)

    def claims(self) -> list[Claim]:
        """Read the paper's claims."""
        return read_claims()

    def bases(self, loaded: Study, tolerance: float, seed_sd: float | None = None) -> list[Basis]:
        """Return averages and slopes over sizes and seeds.

        Raises:
            UserError: `seed_sd` is given.
        """
        if seed_sd is not None:
            raise UserError("--seed-sd is for Diving48: in Temporal Shape seeds are the replicates.")
        notes = (
            "Draws are of seeds within each size, crossed with draws of the clips; sizes are not drawn.",
            "A difference of two models is over the sizes in which both have a run.",
            f"Study {loaded.key}: {completeness(loaded.runs)}.",
            *loaded.problems,
        )
        return [Basis(TemporalShapeQuantities(loaded), notes=notes)]

    def printed(self) -> PrintedQuantities:
        """Return that the paper has figures of the claims' quantities, and no numbers."""
        return FiguresPrinted()

    def private_names(self, specs: Iterable[RunSpec]) -> dict[str, str]:
        """Map folders of MNIST files of the user's own to what the names of clip sets call them."""
        own = {spec.data.digits for spec in specs if isinstance(spec, ShapeRun)}
        return {folder: ClipSetSpec("mnist", 1, 1, folder).digits_name for folder in own if Path(folder).is_absolute()}

    def facts(self, runs: Runs) -> dict[str, Iterable[str]]:
        """State sources, clips and domains."""
        specs = [spec for spec, _ in runs if isinstance(spec, ShapeRun)]
        return {
            "Trained on": (DOMAIN_NAMES.get(spec.source, spec.source) for spec in specs),
            "Clips": map(_clips, specs),
            "Evaluated on": (DOMAIN_NAMES[name] for spec in specs for name in spec.targets),
        }

    def findings(self, tables: dict[str, Table]) -> list[Finding]:
        """Find accuracy far from the domain trained on, for each direction."""
        return temporal_shape_findings(tables["accuracy-iqm"], tables["contrasts"])

    def contrasts(self, tables: dict[str, Table]) -> list[Finding]:
        """Show the differences of accuracy in every domain, for each direction."""
        return shape_contrasts(tables["contrasts"])

    def clips(self, runs: Runs) -> tuple[list[Player], list[str]]:
        """Show the first clip of every class in each evaluation set."""
        return shape_clips(runs)

    def leaks(self, runs: Runs) -> list[str]:
        """Count the evaluation clips that equal a training clip."""
        return shape_leaks(runs)


def _clips(spec: ShapeRun) -> str:
    data = spec.data
    return f"{data.train_clips:,} training, {data.val_clips:,} validation, {data.eval_clips:,} of each domain"
