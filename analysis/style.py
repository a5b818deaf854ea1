"""How a model or a domain looks in every table and figure: colour, marker, line, display name, order.

The colours are Okabe and Ito's, which colour-blind readers tell apart; markers and lines differ as well, so
that the figures also work in grey.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.load import V
from xdomain.models import display_name
from xdomain.studies.temporal_shape import DOMAINS, MODELS

DOMAIN_NAMES = {V: "V", "2dot": "2Dot", "5dot": "5Dot", "mnist": "MNIST", "mnist-bg": "MNIST-bg"}
# Colour, marker, line; the paper's four models take the first four, in the order of MODELS
_LOOKS = (
    ("#0072B2", "o", "-"),
    ("#D55E00", "s", "--"),
    ("#009E73", "^", "-."),
    ("#CC79A7", "D", ":"),
    ("#E69F00", "v", (0, (5, 1))),
    ("#56B4E9", "P", (0, (3, 1, 1, 1))),
    ("#000000", "X", (0, (1, 1))),
    ("#7F7F7F", "*", (0, (5, 1, 1, 1, 1, 1))),
)


@dataclass(frozen=True)
class ModelStyle:
    """A model's look; the fields are matplotlib's."""

    label: str
    color: str
    marker: str
    linestyle: str | tuple


def ordered_models(names: Iterable[str]) -> list[str]:
    """The paper's models in its order, then a user's own by name."""
    present = set(names)
    return [name for name in MODELS if name in present] + sorted(present - set(MODELS))


def model_styles(names: Iterable[str]) -> dict[str, ModelStyle]:
    """A style for each model. The paper's four always look the same; a user's own take the next looks."""
    everyone = [*MODELS, *sorted(set(names) - set(MODELS))]
    looks = {name: _LOOKS[i % len(_LOOKS)] for i, name in enumerate(everyone)}
    return {name: ModelStyle(display_name(name), *looks[name]) for name in ordered_models(names)}


def ordered_domains(names: Iterable[str]) -> list[str]:
    """V first, then from the plainest picture to the most cluttered."""
    present = set(names)
    return [name for name in DOMAIN_NAMES if name in present]


def targets_by_distance(source: str, domains: Iterable[str]) -> list[str]:
    """The domains other than the source, nearest first (the x axis of the paper's Fig. 3).

    From 2Dot that is 5Dot, MNIST, MNIST-bg; from MNIST-bg it is MNIST, 5Dot, 2Dot.
    """
    others = [name for name in ordered_domains(domains) if name not in (V, source)]
    return sorted(others, key=lambda name: abs(DOMAINS.index(name) - DOMAINS.index(source)))
