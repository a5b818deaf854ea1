"""The page's file: written anew only where something that it shows has changed."""

from functools import partial
from pathlib import Path

from tqdm import tqdm

from analysis.report.inputs import page_digest
from analysis.runs.unchanged import Done, outputs_of, recall, remember
from xdomain.core.files import write_text
from xdomain.core.output import say


def write_page(keys: list[str], out: Path) -> None:
    """Write the page of the studies to `out`, and say so, unless it is there and nothing has changed.

    Raises:
        UserError: a study is unknown, or its results cannot be used.
    """
    digest = partial(page_digest, keys, out)
    if done := recall(keys[0], "report", digest):
        say("\n".join([*done.said, "Nothing has changed since this page was made: it stays as it is."]))
        return
    from analysis.report.page import page_html, section_html, told
    from analysis.report.studies import read_study
    from analysis.results.registry import sources_of

    sources = {key: sources_of(key) for key in keys}
    inputs = digest(sources)
    sections, answers = [], []
    bar = tqdm(keys, desc="report", unit="study", disable=None)
    for key in bar:
        bar.set_postfix_str(key)
        study = read_study(key)
        answers.append(told(study))
        sections.append(section_html(study))
    write_text(out, page_html(sections, answers))
    counted = "1 study" if len(sections) == 1 else f"{len(sections)} studies"
    said = f"{out}: {counted}, {out.stat().st_size / 1e6:.1f} MB"
    say(said)
    remember(keys[0], "report", Done(inputs, outputs_of([out]), [said], [], sources))
