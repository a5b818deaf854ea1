"""Templates that escape whatever is put into them, and the policy that a browser enforces on a page."""

import base64
import hashlib
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


class Templates:
    """The templates in the folder `templates/` of a package; they may extend `base.html`, which is here.

    Text is escaped where it enters, what a template made is not escaped again, and a name without a value is an error.
    """

    def __init__(self, package: str) -> None:
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.globals["policy"] = policy
        self._environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}

    def render(self, template: str, /, **values: Any) -> Markup:
        """Fill in `template`.html."""
        return Markup(self._environment.get_template(f"{template}.html").render(values))


def policy(scripts: str) -> Markup:
    """Write the Content-Security-Policy of a page that asks for nothing and runs the script element `scripts` alone."""
    digest = base64.b64encode(hashlib.sha256(scripts.encode()).digest()).decode()
    own = f"script-src 'sha256-{digest}'; " if scripts else ""
    return Markup(
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; {own}base-uri 'none'; form-action 'none'"
    )
