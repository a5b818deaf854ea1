"""A browser, and the report opened in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, Route, sync_playwright
from support import made_diving, made_runs
from support.roots import set_roots_below

from analysis.commands.report import report
from analysis.report.studies import Reported, read_study
from xdomain.datasets.temporal_shape.clipset import RECORD, set_paths, write_set
from xdomain.runs.run_folder import RunFolder

from ..slurm_install import Unavailable, ensure_programs
from .report_page import SEEDS, SIZES

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    try:
        ensure_programs(("chromium",), packages=("chromium",))
    except Unavailable as reason:
        pytest.skip(str(reason))
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Reported]]:
    """Write the report of two studies, and return it with what it shows."""
    root = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        set_roots_below(patch, root)
        specs = [made_runs.demo("2dot", m, h, s) for m in ("3dcnn", "convlstm") for h in SIZES for s in SEEDS]
        for i, spec in enumerate(specs):
            made_runs.write_run(spec, made_runs.right_2dot(9 - i % 5, 8, 7 - i % 3))
            RunFolder.of(spec).metrics_file.write_text("epoch,val_acc\n0,0.3\n1,0.6\n")
        missing = made_runs.demo("2dot", "3dcnn", 10, 47)
        made_runs.write_manifest("ts-demo", [*specs, missing])
        for domain in ("2dot", "5dot"):
            records = np.zeros(5, RECORD)
            records["clip"][:, np.arange(20), 30:34, np.arange(20)] = 255
            records["label"] = range(5)
            write_set(set_paths(specs[0].data.eval_set(domain, "2dot"), root / "data")[0], 5, [records], {})
        made_diving.write_study(("3dcnn-4blocks", "convlstm-4blocks"))
        done = CliRunner().invoke(report, [])
        assert done.exit_code == 0, done.output
        return root / "results" / "report.html", {key: read_study(key) for key in ("ts-demo", "diving48-demo")}


@pytest.fixture
def studies(report_file: tuple[Path, dict[str, Reported]]) -> dict[str, Reported]:
    """The studies that the report shows."""
    return report_file[1]


@pytest.fixture
def page(
    browser: Browser, report_file: tuple[Path, dict[str, Reported]], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The report, in a context with the parametrised options; errors and requests fail the test at its end."""
    context = browser.new_context(offline=True, **getattr(request, "param", {}))
    complaints, asked = [], []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith(("file:", "data:")), refuse)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda one: asked.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
    page.goto(report_file[0].as_uri())
    yield page
    context.close()
    assert complaints == []
    assert asked == []
