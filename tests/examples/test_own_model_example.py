"""The examples run: a model and a domain of one's own through the launcher, and the notebook on what they left."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from support.installed import install
from support.roots import set_roots_below

from xdomain.domains.change import change
from xdomain.domains.registry import find

TOP = Path(__file__).parent.parent.parent
EXAMPLE = TOP / "examples" / "own_model"


@pytest.mark.slow
def test_the_script_trains_and_the_notebook_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install((EXAMPLE / "pyproject.toml").read_text(), tmp_path / "site", monkeypatch, EXAMPLE, TOP)
    set_roots_below(monkeypatch, tmp_path)
    small = {"PYTHON": sys.executable, "CLIPS": "16", "EPOCHS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [EXAMPLE / "run.sh"], cwd=tmp_path, env=os.environ | small, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    table = (tmp_path / "results/ts-own/tables/accuracy-average.csv").read_text()
    assert re.search(r"^2dot,difference,", table, re.MULTILINE)
    assert {"frozen", "reversed", "cross"} <= set(re.findall(r"[a-z]+", table.splitlines()[0]))

    mpl.use("Agg")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for cell in json.loads((EXAMPLE / "results.ipynb").read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert (tmp_path / "accuracy.png").stat().st_size > 5000
    assert set(names["kept"].index) == {"difference", "3dcnn"}
    assert names["kept"].shape[1] == 7


def test_the_domains_of_the_guide_work_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (TOP / "docs" / "own-study.md").read_text().partition("## Your own domain\n")[2].partition("\n## ")[0]
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL))
    (tmp_path / "mypackage").mkdir()
    (tmp_path / "mypackage" / "domains.py").write_text(blocks["python"])
    install(blocks["toml"], tmp_path / "site", monkeypatch, tmp_path)
    find.cache_clear()
    clip = np.full((4, 64, 64, 1), 200, np.uint8)
    assert [round(change(f"night-{s}", clip, "a").mean() / 10) for s in (1, 3, 5)] == [17, 11, 5]
    made = change("plus", clip, "a", positions=np.full((4, 2), 30, np.float32))
    assert (made > 0).sum() == 4 * 13
    find.cache_clear()
