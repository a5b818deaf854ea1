"""The first screen and a study's list of claims, as HTML."""

from markupsafe import Markup

from analysis.report.answer.claims import SIGNS, picture
from analysis.report.answer.sentence import Told, answer, certainty, question_of, title_of
from analysis.report.elements.markup import identifier, render


def first_screen_html(studies: list[Told]) -> Markup:
    """Show the question, its answer, the claims' marks and one picture of the primary ones."""
    with_claims = [study for study in studies if study.claims]
    pictures = [(study.title, picture(study.primary, _prefix(study.key))) for study in with_claims if study.primary]
    return render(
        "answer",
        title=title_of(studies),
        question=question_of(studies),
        has_several_questions=len({study.asked for study in studies}) > 1,
        answer=answer(studies),
        certainty=certainty(with_claims) if pictures else "",
        studies=with_claims,
        prefixes={study.key: _prefix(study.key) for study in with_claims},
        pictures=pictures,
        signs=SIGNS,
    )


def claims_html(told: Told) -> Markup:
    """List the study's claims: verdicts, what decides, and each comparison around the bound that the claim names."""
    return render("claims", claims=told.claims, has_published=told.has_published, prefix=_prefix(told.key), signs=SIGNS)


def _prefix(key: str) -> str:
    return identifier(key) + "-claim-"
