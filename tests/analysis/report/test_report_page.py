"""The report as a file: what is in it, where its links lead, and that it asks for nothing."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support import made_diving
from support.made_runs import demo, write_demo
from support.roots import set_roots_below

from analysis.commands.report import report
from analysis.report.clips import clips_html
from analysis.report.elements.figure_html import figure_html
from analysis.report.elements.run_numbers import RunNumbers
from analysis.report.elements.table_html import shared_notes, table_html
from analysis.report.studies import Reported, read_study
from analysis.table.formats import to_csv
from analysis.table.latex import to_latex
from xdomain.core.files import write_json
from xdomain.datasets.temporal_shape.clipset import RECORD, set_paths, write_set
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.videos import ClipCacheSpec
from xdomain.studies.temporal_shape import CLASSES

STUDIES = ("ts-demo", "diving48-demo")
SIDE = 8  # pixels of the made caches


def write_clips(data: Path) -> None:
    """A set of five clips for two Temporal Shape domains, and caches of O and S1 for Diving48."""
    spec = demo("2dot", "3dcnn", 2, 42)
    for domain in ("2dot", "mnist-bg"):
        records = np.zeros(len(CLASSES), RECORD)
        records["clip"][:, :, 30:33, 30:33] = 255
        records["label"] = range(len(CLASSES))
        write_set(set_paths(spec.data.eval_set(domain, "2dot"), data)[0], len(records), [records], {})
    for part, masks in (("test", ""), ("S1", "predicted")):
        folder = ClipCacheSpec("diving48", part, masks=masks).folder(data)
        folder.mkdir(parents=True)
        np.save(folder / "shard-000.npy", np.full((2, 4, SIDE, SIDE, 3), 90, np.uint8))
        shards = [{"file": "shard-000.npy", "clips": 2, "bytes": 1, "sha256": "a digest"}]
        index = {"shape": [4, SIDE, SIDE, 3], "sha256": "a digest", "shards": shards}
        write_json(folder / "index.json", index | {"names": ["t_00_00000", "t_00_00001"], "labels": [3, 7]})


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the three roots of `made`."""
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def made(parent: Path) -> Iterator[tuple[str, dict[str, Reported]]]:
    """The page of a small study of each kind, and the studies."""
    with pytest.MonkeyPatch.context() as patch:
        set_roots_below(patch, parent)
        write_demo()
        for seed, epochs in ((42, 3), (61, 90)):
            file = RunFolder.of(demo("2dot", "3dcnn", 2, seed)).metrics_file
            file.write_text("epoch,val_acc\n" + "".join(f"{e},{0.2 + 0.005 * e}\n" for e in range(epochs)))
        made_diving.write_study(("3dcnn-4blocks", "convlstm-4blocks"))
        write_clips(parent / "data")
        done = CliRunner().invoke(report)
        assert done.exit_code == 0, done.output
        yield (parent / "results" / "report.html").read_text(), {key: read_study(key) for key in STUDIES}


class Elements(HTMLParser):
    """Every start tag with its attributes; fails on tags that do not nest."""

    VOID = ("meta", "input", "br", "link", "img", "hr")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def elements(made) -> list[tuple[str, dict]]:
    return Elements(made[0]).found


def test_names_are_unique_and_links_lead_somewhere(elements) -> None:
    names = Counter(attributes["id"] for _, attributes in elements if "id" in attributes)
    assert [name for name, count in names.items() if count > 1] == []
    links = [a["href"] for tag, a in elements if tag == "a"]
    labelled = [name for _, a in elements for name in a.get("aria-labelledby", "").split()]
    used = [a[key] for tag, a in elements for key in ("href", "xlink:href") if tag == "use" and key in a]
    assert len(links) > 20
    assert {link.removeprefix("#") for link in (*links, *used)} | set(labelled) <= set(names)


def test_headings_descend_one_level_at_a_time(elements) -> None:
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels.count(2) == len(STUDIES)
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_it_asks_for_nothing(made, elements) -> None:
    page, _ = made
    for tag, attributes in elements:
        assert tag not in ("link", "iframe", "object"), tag
        for key in ("src", "srcset", "href", "xlink:href"):
            assert attributes.get(key, "#").startswith("#"), (tag, attributes)
    addresses = re.findall(r"url\(\s*['\"]?([^)]{5})", page)
    assert addresses
    assert {address for address in addresses if not address.startswith(("#", "data:"))} == set()
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_every_table_is_there_and_can_be_copied(made) -> None:
    page, studies = made
    sources = [json.loads(text) for text in re.findall(r'class="sources">(.*?)</script>', page, re.DOTALL)]
    tables = [table for study in studies.values() for table in study.tables.values() if table.rows]
    assert [source["csv"] for source in sources] == [to_csv(table) for table in tables]
    assert [source["latex"] for source in sources] == [to_latex(table) for table in tables]
    assert all(len(list(csv.reader(io.StringIO(s["csv"])))) > 1 for s in sources)
    for key, study in studies.items():
        for table in study.tables.values():
            assert f'<h4 id="{key}-{table.name}">' in page


def test_every_figure_is_drawn_or_said_to_lack(made) -> None:
    page, studies = made
    for key, study in studies.items():
        for name in study.figures:
            assert f'id="{key}-{name}-title"' in page or f"{name} is not drawn" in page, name
    assert 'id="ts-demo-fig3-title"' in page
    assert 'id="diving48-demo-fig5-title"' in page
    assert 'id="ts-demo-curves-title"' in page


def test_the_same_input_makes_the_same_bytes(made, parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_roots_below(monkeypatch, parent)
    page, studies = made
    study = studies["ts-demo"]
    runs, shared = RunNumbers(study.loaded.runs["id"]), shared_notes(study.tables.values())
    assert table_html(study.tables["accuracy-iqm"], study.key, runs, shared) in page
    assert clips_html(studies["diving48-demo"]) in page
    for key, name in (("ts-demo", "fig3"), ("diving48-demo", "fig5")):
        assert figure_html(studies[key].figures[name], key, name) in page


def test_a_cell_sorts_by_its_value_and_shows_its_deviation(made) -> None:
    page, _ = made
    row = re.search(r'data-name="accuracy-by-size-2dot".*?<tbody>\s*<tr.*?</tr>', page, re.DOTALL)[0]
    assert '<th scope="row" data-key="2.0" class="number">2</th>' in row
    shown = r'<td data-key="0.6" class="number" data-runs="[\d-]+">60.0<small> ± 17.3</small></td>'
    assert re.search(shown, row)  # V of 50, 80 and 50 %
    assert row.count('<th scope="col"') == 8


def test_the_finding_has_its_numbers(made) -> None:
    page, _ = made
    assert "Trained on 2Dot and tested on MNIST-bg, the farthest domain: highest is 3D CNN with 20.0 %" in page
    assert re.search(r"S1/V: highest is [\w ]+ with 0\.4\d\d \[0\.\d{3}, 0\.\d{3}\], then", page)


def test_what_is_missing_comes_with_its_command(made) -> None:
    page, _ = made
    assert "<strong>4</strong> of 6 runs finished" in page
    gaps = page[page.index('id="ts-demo-what-is-missing"') :]
    gaps = gaps[: gaps.index("</section>")]
    assert "1 run without a result." in gaps
    assert "1 run diverged" in gaps
    assert "<code>python -m jobs.launch runs ts-demo/2dot/3dcnn/h4/seed47</code>" in gaps
    assert "<code>ts-demo/2dot/3dcnn/h4/seed47</code>" in gaps


def test_clips_that_are_there_play_and_others_are_named(made, elements) -> None:
    page, _ = made
    sprites = [a["aria-label"] for _, a in elements if a.get("class", "").startswith("sprite")]
    assert sprites[:6] == [
        "Five moving 2Dot clips: circle, spiral, line, rectangle, arc",
        "Five moving MNIST-bg clips: circle, spiral, line, rectangle, arc",
        *(f"Clip {clip}, domain {domain}" for clip in ("t_00_00000", "t_00_00001") for domain in ("O", "S1")),
    ]
    assert page.count("data:image/webp;base64,") == len(sprites)
    absent = page[page.index("Not shown, for want of data") :]
    assert "5dot-n500-seed1001-test-released.npy" in absent
    assert "I-32x224/index.json is missing" in absent


def test_shared_clips_are_not_counted_without_the_training_set(made) -> None:
    page, _ = made
    assert "estimates 22 of 1,000 validation clips" in page
    unknown = "validation, 2Dot (held out), 5Dot, MNIST, MNIST-bg"
    assert f"Trained on 2Dot, 4,000 clips: not counted, for want of data on this machine: {unknown}." in page


def test_provenance_counts_runs_by_what_made_them(made) -> None:
    page, _ = made
    part = page[page.index('id="ts-demo-provenance"') :]
    assert "<td>c0de</td><td>none</td><td>a GPU</td><td>unknown</td><td>5</td>" in part
    assert "<td>mnist-bg</td><td>digest of mnist-bg</td><td>5</td>" in part


def test_an_accuracy_leads_to_the_clips_that_are_wrong(made) -> None:
    page, _ = made
    wrong = 240 - round(240 * 0.3 * 0.4)  # S1 keeps 0.4 of 30 %
    part = page[page.index('id="diving48-demo-wrong-a-3d-cnn-s1"') :]
    part = part[: part.index("</details>")]
    assert f"a, 3D CNN, S1: {wrong} of 240 clips wrong" in part
    taken = re.findall(r"<li>t_\d\d_\d{5}: class (\d+) taken for (\d+)</li>", part)
    assert len(taken) == 12
    assert all((int(true) + 1) % 48 == int(answer) for true, answer in taken)  # as `made_diving` makes mistakes
    assert f"and {wrong - 12} more" in part
    # the two clips that have frames are shown, with what they were taken for
    assert re.search(r"3D CNN, experiment a: t_00_0000\d: class", page)
    assert re.search(r"<figcaption>S1: (taken for class \d+|right)</figcaption>", page)
