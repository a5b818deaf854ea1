"""Pieces of HTML that every part of the page is made of. Text is escaped where it enters."""

import html
import json
import re
from collections.abc import Iterable
from typing import Any

text = html.escape  # text as it stands between tags or in a quoted attribute


def identifier(*parts: str) -> str:
    """A name for `id` and `href`: ("ts", "T/V · O") -> "ts-t-v-o"."""
    return "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)


def embedded(value: Any) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def listed(sentences: Iterable[str], kind: str) -> str:
    """A list of sentences of a class such as "notes"; empty without any."""
    items = "".join(f"<li>{text(sentence)}</li>" for sentence in sentences)
    return f'<ul class="{kind}">{items}</ul>' if items else ""


def command(line: str) -> str:
    """A command line with a button that copies it."""
    button = '<button type="button" class="copy" aria-label="Copy command">Copy</button>'
    return f'<div class="command"><code>{text(line)}</code>{button}</div>'


def subsection(study: str, title: str, body: str) -> str:
    """A part of a study's section."""
    name = identifier(study, title)
    return f'<section aria-labelledby="{name}">\n<h3 id="{name}">{text(title)}</h3>\n{body}\n</section>\n'
