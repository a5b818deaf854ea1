"""The question, and the answer in one sentence, with its certainty, from the verdicts of the primary claims."""

from typing import NamedTuple

from analysis.claims.verdicts import NO_NUMBERS
from analysis.report.answer.claims import ToldClaim
from analysis.statistics.multiplicity import CANNOT_TELL, CONTRADICTED, HOLDS
from analysis.studies.base import PAPERS_QUESTION

PAPER = "Recur, Attend or Convolve?"
NOTHING = "This page cannot tell: its studies have no claims."


class Told(NamedTuple):
    """A study's claims and what bounds their certainty."""

    key: str  # of the study
    title: str
    claims: list[ToldClaim]
    certainty: str  # what the verdicts are about, in some words; empty: the models
    finished: int  # runs
    expected: int
    question: str = ""  # as its analysis says; empty: its title and its claims do

    @property
    def asked(self) -> str:
        """The question that it answers."""
        asked = "do its claims hold?" if self.claims else "how much accuracy do its models keep in other domains?"
        return self.question or f"{self.title}: {asked}"

    @property
    def is_papers(self) -> bool:
        """Whether the question is the paper's."""
        return self.question == PAPERS_QUESTION

    @property
    def has_published(self) -> bool:
        """Whether printed numbers of others stand beside its own."""
        return self.is_papers or any(claim.printed != NO_NUMBERS for claim in self.claims)

    @property
    def primary(self) -> list[ToldClaim]:
        """The claims that the answer rests on."""
        return [claim for claim in self.claims if claim.is_primary]


def title_of(studies: list[Told]) -> str:
    """Name the page: by the paper where all of its studies ask the paper's question, else by the study."""
    if all(study.is_papers for study in studies):
        return PAPER
    return studies[0].title if len(studies) == 1 else f"{len(studies)} studies"


def question_of(studies: list[Told]) -> str:
    """Ask what all of the studies ask, or, where they ask different things, whether their claims hold."""
    asked = {study.asked for study in studies}
    return asked.pop() if len(asked) == 1 else "Do the claims of these studies hold?"


def answer(studies: list[Told]) -> str:
    """Say whether what is claimed stands, by how many primary claims of which study, and how sure that is."""
    claims = [claim for study in studies for claim in study.primary]
    if not claims:
        return NOTHING
    each = "; ".join(_of_study(study) for study in studies if study.primary)
    says_yes = all(study.is_papers for study in studies)  # another question may ask for a no
    return f"{_opening(says_yes, *_counts(claims))} ({each})."


def certainty(studies: list[Told]) -> str:
    """Say at which level, after which correction, and from how many runs where some are missing."""
    said = ["Verdicts at 5 %, corrected (Holm) over each study's primary claims"]
    said += [f"{s.title} from {s.finished} of {s.expected} runs" for s in studies if s.finished < s.expected]
    return "; ".join(said) + "."


def _opening(says_yes: bool, holds: int, contradicted: int, unknown: int) -> str:
    total = holds + contradicted + unknown
    counted = "the one primary claim" if total == 1 else f"all {total} primary claims"
    if holds == total:
        return f"{'Yes, as' if says_yes else 'As'} claimed: {counted} {'holds' if total == 1 else 'hold'}"
    if contradicted == total:
        return f"Not as claimed: {counted} {'is' if total == 1 else 'are'} contradicted"
    if unknown == total:
        return f"It cannot be told yet: {counted} {'is' if total == 1 else 'are'} open"
    told = [f"{holds} hold{'s' * (holds == 1)}"] if holds else []
    told += [f"{contradicted} {'is' if contradicted == 1 else 'are'} contradicted"] if contradicted else []
    told += [f"{unknown} cannot be told"] if unknown else []
    if contradicted and holds:
        start = "In part"
    else:
        affirmed = "Yes" if says_yes else "As claimed"
        start = f"{'Not as claimed' if contradicted else affirmed}, as far as it can be told"
    return f"{start}: of {total} primary claims {', '.join(told)}"


def _of_study(study: Told) -> str:
    holds, contradicted, unknown = _counts(study.primary)
    total = holds + contradicted + unknown
    parts = [f"{holds} of {total} hold{'s' * (total == 1)}"]
    parts += [f"{contradicted} contradicted"] if contradicted and contradicted < total else []
    return f"{study.title}: {', '.join(parts)}{f', {study.certainty}' if study.certainty else ''}"


def _counts(claims: list[ToldClaim]) -> tuple[int, int, int]:
    verdicts = [claim.verdict for claim in claims]
    return verdicts.count(HOLDS), verdicts.count(CONTRADICTED), verdicts.count(CANNOT_TELL)
