"""What the Diving48 tables show: matched checkpoints, accuracies and ratios with their bootstrap draws."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache, cached_property

import numpy as np

from analysis.diving48.data.study import DivingStudy, Setting, display_domain
from analysis.diving48.entries import Entry, entries
from analysis.runs.checkpoint_predictions import Answers
from analysis.runs.load import V
from analysis.runs.matching import TOLERANCE
from analysis.statistics.bootstrap import ClusterBootstrap
from analysis.statistics.paired import require_same_clips
from analysis.statistics.ratios import above_chance, divide, lies_above
from analysis.studies.videos import CODEC, PAPER
from analysis.table.samples import Sample
from xdomain.core.errors import UserError
from xdomain.studies.diving48 import UNMODIFIED


class Measures:
    """Entries of every experiment of a setting and what is measured of them; draws are shared by all."""

    def __init__(
        self,
        study: DivingStudy,
        setting: Setting,
        tolerance: float = TOLERANCE,
        seed_sd: float = 0.0,
        like: "Measures | None" = None,
    ) -> None:
        """Match every model's checkpoints.

        Args:
            study: as loaded.
            setting: the split and masks that the measures are of.
            tolerance: how far from an experiment's level a checkpoint may be.
            seed_sd: known sd of ln A between seeds, drawn for models of one seed in the domains that masks made.
            like: measures of the same setting, whose draws these share.
        """
        self.study, self.setting, self.tolerance, self.seed_sd, self._like = study, setting, tolerance, seed_sd, like
        self.design = study.design
        places = zip(study.runs["training"], study.runs["domain"], study.runs["masks"], strict=True)
        self.run_ids = dict(zip(places, study.runs["id"], strict=True))
        self.entries = entries(study, setting.split, tolerance, self.levels_of, self.choosing_clips)

    @property
    def chosen_on(self) -> str:
        """Which clips choose a checkpoint, as a sentence for the notes."""
        told = "`matching` says what that makes of a ratio to V, and " if self.design is PAPER else ""
        return f"It is chosen on the clips that V is measured on; {told}`tables --halves` makes the tables without it."

    @cached_property
    def source_videos(self) -> dict[str, int]:
        """Count the source videos that the validation and the test clips come from."""
        videos: dict[str, set[str]] = {}
        for (training, domain, _), answers in self.study.evaluated.items():
            if training.split("/")[1] == self.setting.split:
                videos.setdefault("validation" if domain == V else "test", set()).update(answers.videos)
        return {side: len(names) for side, names in sorted(videos.items(), reverse=True)}

    @cached_property
    def bootstrap(self) -> ClusterBootstrap:
        """Drawn source videos of all validation and test clips of the setting."""
        if self._like is not None:
            return self._like.bootstrap
        own = {
            key: answers for key, answers in self.study.evaluated.items() if key[0].split("/")[1] == self.setting.split
        }
        sides = [[j.videos for key, j in own.items() if (key[1] == V) == is_v] for is_v in (True, False)]
        return ClusterBootstrap([np.concatenate(videos) for videos in sides if videos])

    def trainings(self, letter: str = "") -> tuple[str, ...]:
        """List the trainings of the models that take part in an experiment; in any of them by default."""
        entries = [entry for entry in self.entries if letter in ("", entry.experiment)]
        return tuple(dict.fromkeys(training for entry in entries for training in entry.trainings))

    @cache  # noqa: B019
    def needs(self, trainings: tuple[str, ...], *domains: str) -> tuple[str, ...]:
        """List the runs that take part, launched or not: trainings, each with its evaluations in some domains."""
        specs = {spec.id: spec for spec in self.study.trainings_of(self.setting)}
        evaluated = [domain for domain in domains if domain != V]
        ids = (
            run
            for training in trainings
            for run in (
                training,
                *(self.study.evaluation(specs[training], name, self.setting).id for name in evaluated),
            )
        )
        return tuple(dict.fromkeys(ids))

    @cached_property
    def matched(self) -> list[Entry]:
        """Entries that have a checkpoint."""
        return [entry for entry in self.entries if entry.matches]

    @cache  # noqa: B019 - one object a command
    def accuracy(self, entry: Entry, domain: str) -> Sample:
        """Measure the accuracy of an entry's checkpoints, the mean over its seeds."""
        if not entry.matches:
            return Sample.absent(entry.why.partition(" (")[0])
        rows = []
        for training, matched in entry.matches.items():
            answers = self.answers_of(training, domain)
            if self.study.is_nonfinite(training, domain, self.setting, matched.epoch):
                return Sample.absent(f"{display_domain(domain)} nonfinite")
            if answers is None or matched.epoch not in answers.epochs:
                what = "not evaluated" if answers is None else f"epoch {matched.epoch} not evaluated"
                return Sample.absent(f"{display_domain(domain)} {what}")
            number = answers.epochs.index(matched.epoch)
            rows.append((answers.correct[number].mean(), self.draws(training, domain)[:, number]))
        values, draws = zip(*rows, strict=True)
        weights = self.bootstrap.seed_weights(entry.model, len(rows))  # (draws, seeds)
        averaged = (np.stack(draws, axis=1) * weights).sum(axis=1)
        if self.seed_sd and len(rows) == 1 and domain not in (V, UNMODIFIED, CODEC):
            averaged *= np.exp(self.seed_sd * self.bootstrap.seed_luck(f"{entry.model}/{domain}"))
        return self.sample(float(np.mean(values)), averaged, self.ids(entry, domain))

    def sample(self, value: float, draws: np.ndarray, ids: tuple[str, ...]) -> Sample:
        """Make a measure that was computed from this setting's (draws,) replicates."""
        return Sample(value, draws, ids, bootstrap=self.bootstrap)

    def ids(self, entry: Entry, *domains: str) -> tuple[str, ...]:
        """List the runs behind an entry's accuracies in some domains: its trainings, and their evaluations."""
        keys = [
            (training, domain, masks)
            for training in entry.matches
            for domain in dict.fromkeys((V, *domains))
            for masks in dict.fromkeys(("", self.setting.masks))
        ]
        return tuple(self.run_ids[key] for key in keys if key in self.run_ids)

    def answers_of(self, training: str, domain: str) -> Answers | None:
        """Return the answers that a training's accuracy in a domain is measured on; None where there are none."""
        return self.study.answers(training, domain, self.setting)

    def levels_of(self, training: str) -> dict[int, float]:
        """Return the validation accuracies by epoch that a checkpoint is chosen by; empty for a training without."""
        return self.study.checkpoints.get(training, {})

    def choosing_clips(self, training: str) -> int:
        """Count the validation clips that a checkpoint is chosen by."""
        return len(self.study.evaluated[training, V, ""].clips)

    @cache  # noqa: B019
    def draws(self, training: str, domain: str) -> np.ndarray:
        """Draw (draws, E) accuracies of a training's kept checkpoints in a domain where they were evaluated."""
        answers = self.answers_of(training, domain)
        if self._like is not None and answers is self._like.answers_of(training, domain):
            return self._like.draws(training, domain)
        assert answers is not None, "only asked where it was evaluated"
        return self.bootstrap.accuracies(answers.videos, answers.correct)

    @cache  # noqa: B019
    def ratio(self, entry: Entry, above: str, below: str, paired: bool = False) -> Sample:
        """Divide accuracy in `above` by that in `below`, each the mean over seeds; absent where `below` is 0.

        `paired` asks for the same test clips on both sides.
        """
        top, bottom = self.accuracy(entry, above), self.accuracy(entry, below)
        if why := top.why or bottom.why or (paired and self._unpaired(entry, above, below)):
            return Sample.absent(why)
        if bottom.value == 0:
            return Sample.absent(f"{display_domain(below)} is 0")
        ids = tuple(dict.fromkeys(top.ids + bottom.ids))
        return self.sample(top.value / bottom.value, divide(top.draws, bottom.draws), ids)

    def chance_corrected(self, entry: Entry, domain: str) -> Sample:
        """Measure (A_D − c)/(A_ref − c) on the same clips; absent unless the interval of A_ref − c is above 0."""
        source = self.design.reference
        top, bottom = self.accuracy(entry, domain), self.accuracy(entry, source)
        if why := top.why or bottom.why or self._unpaired(entry, domain, source):
            return Sample.absent(why)
        if not lies_above(bottom.interval(), self.study.chance):
            return Sample.absent(f"{display_domain(source)} at chance")
        value = float(above_chance(top.value, bottom.value, self.study.chance))
        ids = tuple(dict.fromkeys(top.ids + bottom.ids))
        return self.sample(value, above_chance(top.draws, bottom.draws, self.study.chance), ids)

    def answers(self, entry: Entry, domain: str) -> dict[str, tuple[Answers, np.ndarray]]:
        """Map training id to (all its answers in a domain, (N,) the matched checkpoint's), where evaluated."""
        matched_answers = {}
        for training, matched in entry.matches.items():
            answers = self.answers_of(training, domain)
            if answers is not None and matched.epoch in answers.epochs:
                matched_answers[training] = answers, answers.rows([matched.epoch])[0]
        return matched_answers

    def one_seed(self, entry: Entry, domains: Iterable[str]) -> Entry:
        """Reduce an entry to one seed: the first of those that were evaluated in the most of some domains."""
        sides = [self.answers(entry, domain) for domain in domains]
        training = max(entry.matches, key=lambda training: sum(training in side for side in sides))
        return replace(entry, matches={training: entry.matches[training]}, trainings=(training,))

    def _unpaired(self, entry: Entry, first: str, second: str) -> str:
        """Say why two domains of an entry cannot be paired; empty where they can."""
        for training in entry.matches:
            one, other = (self.study.answers(training, domain, self.setting) for domain in (first, second))
            assert one is not None, "only asked where both were evaluated"
            assert other is not None, "as above"
            try:
                require_same_clips(one.clips, other.clips, (display_domain(first), display_domain(second)))
            except UserError:
                return "clips differ"
        return ""


@cache
def all_measures(study: DivingStudy, tolerance: float, seed_sd: float = 0.0) -> list[Measures]:
    """Make the measures of every setting of a study, once for its tables and figures."""
    return [Measures(study, setting, tolerance, seed_sd) for setting in study.settings()]
