"""Files of claims: the paper's, and a user's own with the same columns."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from analysis.claims.grammar import Test, parse_tests
from xdomain.core.errors import UserError
from xdomain.specs.registry import is_own, registered_names, study_names

PAPER = Path(__file__).parent / "claims.csv"
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


def read_claims(file: Path = PAPER) -> list[Claim]:
    """Read a file of claims.

    Raises:
        UserError: the file cannot be read, lacks a column, or a row of it cannot be tested.
    """
    try:
        return parse_claims(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read as a CSV file of claims: {error}.") from error


def parse_claims(text: str, file: str) -> list[Claim]:
    """Read the text of a file of claims, which messages call `file`.

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
    claims = [_claim(row, f"{file}, line {number}") for number, row in enumerate(rows, start=2)]
    ids = [claim.id for claim in claims]
    if twice := [name for name in ids if ids.count(name) > 1]:
        raise UserError(f"{file} has the claim {twice[0]} twice. Give each an id of its own.")
    return claims


def claims_of(study_key: str, claims: list[Claim]) -> list[Claim]:
    """Choose the claims about a study, or about the study that it is a variant of."""
    return [claim for claim in claims if study_key == claim.study or study_key.startswith(f"{claim.study}-")]


def _claim(row: dict[str, str | None], place: str) -> Claim:
    values = {name: (row[name] or "").strip() for name in COLUMNS}
    if values["study"] not in registered_names() and not is_own(values["study"]):
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
