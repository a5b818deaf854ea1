"""What mkdocs does beside its own work: pages made of other files, and links that leave docs/.

The overview is README.md; the pages of commands, of changes and of contributing are made while the site is built, so
that they cannot be out of date. A link to a file outside docs/ leads to the repository, where the build knows its
address (on GitHub: GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_SHA), and is plain text with the file's name elsewhere.
"""

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from xdomain_cli.reference import reference

TOP = Path(__file__).resolve().parent.parent
DOCS = TOP / "docs"
MADE = {"index.md": "README.md", "changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s:#]+)(#[^)\s]*)?\)")
SOURCE = re.compile(r'((?:src|srcset)=")docs/')  # of a picture of the README
MERMAID = '\n\n<script src="assets/mermaid.tiny.js"></script>\n'


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made of other files."""
    for name, source in MADE.items():
        text = (TOP / source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=SOURCE.sub(r"\1", in_site(text, TOP))))
    files.append(File.generated(config, "commands.md", content=reference()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links that leave docs/ into links to the repository, and bring along what draws a diagram."""
    if page.file.generated_by is None:
        markdown = in_site(markdown, DOCS)
    return markdown + MERMAID * ("```mermaid" in markdown)


def in_site(markdown: str, folder: Path) -> str:
    """Rewrite the links of a page that lies in `folder` for the site.

    Raises:
        PluginError: a link leads nowhere.
    """

    def rewritten(match: re.Match[str]) -> str:
        text, link, fragment = match[1], match[2], match[3] or ""
        target = (folder / link).resolve()
        if not target.exists():
            raise PluginError(f"{link} is not there: [{text}]({link})")
        if target.is_relative_to(DOCS):
            return f"[{text}]({target.relative_to(DOCS)}{fragment})"
        path = target.relative_to(TOP).as_posix()
        for name, source in MADE.items():
            if path == source:
                return f"[{text}]({name}{fragment})"
        address = _repository()
        return f"[{text}]({address}/{path}{fragment})" if address else text if path in text else f"{text} (`{path}`)"

    return LINK.sub(rewritten, markdown)


def _repository() -> str:
    """Return the address of the files of the commit that is built; empty where there is none."""
    parts = [os.environ.get(name) for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")]
    return "{}/{}/blob/{}".format(*parts) if all(parts) else ""
