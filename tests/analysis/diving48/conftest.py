"""Runs of three models made by hand, and their tables."""

from pathlib import Path

import pytest
from support.made_diving import write_study
from support.roots import set_roots

from analysis.diving48.data.load import load_diving
from analysis.diving48.data.study import DivingStudy
from analysis.diving48.sensitivity.complete import diving_tables
from analysis.table.tables import Table

CNN, LSTM, TIME = "3dcnn-4blocks", "convlstm-4blocks", "timesformer-4layers"


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models of a, b, c: ConvLSTM keeps more on S1 and less on T; TimeSformer does better on T than on S1."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        set_roots(patch, runs=folder)
        write_study((CNN,), S1=0.4, T=0.3)
        write_study((LSTM,), S1=0.6, T=0.15)
        write_study((TIME,), S1=0.3, T=0.4)
    return folder


@pytest.fixture(scope="session")
def study(runs: Path) -> DivingStudy:
    """The study of these runs."""
    with pytest.MonkeyPatch.context() as patch:
        set_roots(patch, runs=runs)
        return load_diving("diving48-demo")


@pytest.fixture(scope="session")
def made(study: DivingStudy, runs: Path) -> dict[str, Table]:
    """Its tables."""
    with pytest.MonkeyPatch.context() as patch:
        set_roots(patch, runs=runs)
        return diving_tables(study)
