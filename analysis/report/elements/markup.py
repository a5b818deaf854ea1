"""What every part of the page is made with: its templates, and names for what its links lead to."""

import re

from xdomain.pages.templates import Templates

render = Templates("analysis.report").render


def identifier(*parts: str) -> str:
    """Make a name for `id` and `href`: ("ts", "T/V · O") -> "ts-t-v-o"."""
    return "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
