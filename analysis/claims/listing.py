"""The paper's file of claims, and which claims are about a study."""

from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.studies.claims_file import Claim, parse_claims

PAPER = Path(__file__).parent / "claims.csv"


def read_claims(file: Path = PAPER) -> list[Claim]:
    """Read a file of claims.

    Raises:
        UserError: the file cannot be read, lacks a column, or a row of it cannot be tested.
    """
    try:
        return parse_claims(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read as a CSV file of claims: {error}.") from error


def claims_of(study_key: str, claims: list[Claim]) -> list[Claim]:
    """Choose the claims about a study, or about the study that it is a variant of."""
    return [claim for claim in claims if study_key == claim.study or study_key.startswith(f"{claim.study}-")]
