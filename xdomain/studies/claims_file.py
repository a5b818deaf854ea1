"""The rows of a file of claims, and whether a study that one file describes has what its claims are about."""

import csv
import io
from collections.abc import Container
from dataclasses import dataclass

from xdomain.core.errors import UserError
from xdomain.specs.registry import is_own, registered_names, study_names
from xdomain.studies.claim_tests import ATTRIBUTES, SPREAD, Quantity, Test, parse_tests
from xdomain.studies.own import OwnStudy

COLUMNS = (
    "id",
    "study",
    "section",
    "claim",
    "statistic",
    "direction",
    "published evidence",
    "tests",
    "margin",
    "family",
)
PRIMARY = "primary"


@dataclass(frozen=True)
class Claim:
    """A row of a file of claims.

    Attributes:
        id: such as `div-1`.
        study: such as `ts`; variants of it have the same claims.
        text: the claim in words.
        tests: all of which have to hold.
        margin: what is less than that from the bound is no difference, in the unit of the tests' quantities.
        is_primary: whether Holm's correction is over it.
    """

    id: str
    study: str
    text: str
    tests: tuple[Test, ...]
    margin: float
    is_primary: bool


def parse_claims(text: str, file: str, study: str = "") -> list[Claim]:
    """Read the text of a file of claims, which messages call `file`; `study` is one that is about to be launched.

    Raises:
        UserError: it is no CSV, lacks a column, or a row of it cannot be tested.
    """
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        rows = list(reader)
        columns = reader.fieldnames or ()
    except csv.Error as error:
        raise UserError(f"{file} cannot be read as a CSV file of claims: {error}.") from error
    if absent := [name for name in COLUMNS if name not in columns]:
        raise UserError(f"{file} has no column {', '.join(absent)}. A file of claims has {', '.join(COLUMNS)}.")
    claims = [_claim(row, f"{file}, line {number}", study) for number, row in enumerate(rows, start=2)]
    ids = [claim.id for claim in claims]
    if twice := [name for name in ids if ids.count(name) > 1]:
        raise UserError(f"{file} has the claim {twice[0]} twice. Give each an id of its own.")
    return claims


def require_claims_of(study: OwnStudy, text: str, file: str) -> None:
    """Refuse a study's file of claims where one cannot be tested on the study.

    Args:
        study: which need not have been launched.
        text: of the file.
        file: what messages call it.

    Raises:
        UserError: the file is wrong, has no claim about the study, or one is about a model, an experiment or a domain
            that the study does not have.
    """
    claims = [claim for claim in parse_claims(text, file, study.key) if claim.study == study.key]
    if not claims:
        raise UserError(f"{file} has no claim about {study.key}: its column `study` has to say so.")
    for claim in claims:
        for test in claim.tests:
            for quantity in filter(None, (test.first, test.second)):
                _require_of(study, quantity, f"{file} ({claim.id})")


def _require_of(study: OwnStudy, quantity: Quantity, place: str) -> None:
    letters = experiments_named(quantity.where, study.experiments)
    if unknown := [letter for letter in letters if letter not in study.experiments]:
        known = ", ".join(study.experiments)
        raise UserError(f"{place}: {quantity.name}: there is no experiment {unknown[0]!r}, only {known}.")
    roles = {role for letter in letters for role in study.experiments[letter].models}
    if quantity.form not in ("", SPREAD) or (quantity.form == SPREAD) != (not quantity.model):
        raise UserError(
            f"{place}: {quantity.name} {quantity.model}: of a study of its own there are a ratio of two domains of a "
            "model, and a spread of one, without a model."
        )
    if quantity.model and quantity.model not in roles:
        raise UserError(
            f"{place}: {quantity.name} {quantity.model}: there is no model {quantity.model!r} in "
            f"{', '.join(letters)}, only {', '.join(sorted(roles))}."
        )
    if quantity.measure == ATTRIBUTES and all(part.isdecimal() for part in quantity.of):
        return
    domains = ("V", *study.domains)
    parts = quantity.measure.replace("I′", "I").split("/")
    if unknown := [name for name in parts if name not in domains]:
        raise UserError(
            f"{place}: {quantity.name}: there is no domain {unknown[0]!r}; the study has {', '.join(domains)}."
        )
    if len(parts) != 2 or quantity.of:
        raise UserError(f"{place}: {quantity.name} is no ratio of two domains, such as {domains[-1]}/V.")


def experiments_named(where: str, experiments: Container[str]) -> list[str]:
    """Read which experiments a text names: one, several with commas between, or the letters of several."""
    if where in experiments:
        return [where]
    return [part.strip() for part in where.split(",")] if "," in where else [*where.replace(" ", "")]


def _claim(row: dict[str, str | None], place: str, study: str) -> Claim:
    values = {name: (row[name] or "").strip() for name in COLUMNS}
    known = (*registered_names(), study)
    if not values["study"] or (values["study"] not in known and not is_own(values["study"])):
        raise UserError(f"{place}: there is no study {values['study']!r}, only {', '.join(study_names())}.")
    if values["family"] not in ("", PRIMARY):
        raise UserError(f"{place}: the family {values['family']!r} is neither {PRIMARY} nor empty.")
    if not values["id"]:
        raise UserError(f"{place}: the claim has no id.")
    return Claim(
        values["id"],
        values["study"],
        values["claim"],
        parse_tests(values["tests"], f"{place} ({values['id']})"),
        _margin(values["margin"], place),
        values["family"] == PRIMARY,
    )


def _margin(text: str, place: str) -> float:
    try:
        margin = float(text)
    except ValueError:
        margin = -1.0
    if not 0 < margin < float("inf"):
        raise UserError(f"{place}: the margin {text!r} is no number above 0.")
    return margin
