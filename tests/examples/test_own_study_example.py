"""The study of `make demo-own`: its file and its claims are read as they stand."""

from pathlib import Path

import pytest
from support.roots import set_roots

from analysis.claims.listing import read_claims
from xdomain.studies.own import read_study, store_study

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_study"


def test_the_study_and_its_claims_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_roots(monkeypatch, runs=tmp_path)
    study = read_study(EXAMPLE / "study.toml")
    assert [spec.id for spec in study.trainings()] == [
        "own/source-video/3dcnn-4blocks/h4/seed42",
        "own/source-video/convlstm-4blocks/h4/seed42",
    ]
    assert len(study.runs()) == 2 + 2 * 6
    assert study.question.endswith("?"), "it heads the page"
    store_study(EXAMPLE / "study.toml", study, ["a", "b"])
    claims = read_claims(EXAMPLE / "claims.csv")
    assert [(claim.id, claim.study) for claim in claims] == [(f"own-{number}", "own") for number in (1, 2, 3, 4)]
