"""How a model or a domain looks in every table and figure: colour, marker, line, display name, order.

The hues are Okabe and Ito's, which colour-blind readers tell apart, each darkened until it stands out from white (a
contrast of 3) and the paper's four models differ in lightness, so that they differ in grey. Markers and lines differ
as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from analysis.runs.load import V
from xdomain.models import display_name
from xdomain.studies.diving48 import EXPERIMENTS
from xdomain.studies.temporal_shape import DOMAINS, MODELS


class _Names(dict[str, str]):
    """Display names; a domain of other than the paper's goes by its own."""

    def __missing__(self, name: str) -> str:
        return name


DOMAIN_NAMES = _Names({V: "V", "2dot": "2Dot", "5dot": "5Dot", "mnist": "MNIST", "mnist-bg": "MNIST-bg"})
ROLE_KIN = {"3D CNN": "3dcnn", "ConvLSTM": "convlstm", "TimeSformer": "timesformer-8"}
_FILLS = ("full", "none", "left")  # models of one role
# Colour, marker, line; the paper's four models take the first four, in the order of MODELS
_LOOKS = (
    ("#00457F", "o", "-"),
    ("#B34500", "s", "--"),
    ("#009169", "^", "-."),
    ("#CC79A7", "D", ":"),
    ("#B97E00", "v", (0, (5, 1))),
    ("#3A95CF", "P", (0, (3, 1, 1, 1))),
    ("#000000", "X", (0, (1, 1))),
    ("#7F7F7F", "*", (0, (5, 1, 1, 1, 1, 1))),
)


@dataclass(frozen=True)
class ModelStyle:
    """A model's look; the fields are matplotlib's."""

    label: str
    color: str
    marker: str
    linestyle: Any  # a word, or (offset, lengths)
    fillstyle: Any = "full"


def ordered_models(names: Iterable[str]) -> list[str]:
    """List the paper's models in its order, then a user's own by name."""
    present = set(names)
    return [name for name in MODELS if name in present] + sorted(present - set(MODELS))


def model_styles(names: Iterable[str]) -> dict[str, ModelStyle]:
    """Give each model a style. The paper's four always look the same; a user's own take the next looks."""
    everyone = [*MODELS, *sorted(set(names) - set(MODELS))]
    looks = {name: _LOOKS[i % len(_LOOKS)] for i, name in enumerate(everyone)}
    return {name: ModelStyle(display_name(name), *looks[name]) for name in ordered_models(names)}


def role_styles() -> dict[str, ModelStyle]:
    """Give Diving48's three models the looks of their Temporal Shape kin."""
    kin = model_styles(MODELS)
    return {role: replace(kin[name], label=role) for role, name in ROLE_KIN.items()}


def styles_of_roles(roles: Iterable[str]) -> dict[str, ModelStyle]:
    """Give the roles of any study looks: the paper's where they are called as its, others the next."""
    papers, names = role_styles(), list(roles)
    own = [name for name in names if name not in papers]
    looks = {name: _LOOKS[(len(MODELS) + number) % len(_LOOKS)] for number, name in enumerate(own)}
    return {name: papers[name] if name in papers else ModelStyle(name, *looks[name]) for name in names}


def diving_styles(names: Iterable[str]) -> dict[str, ModelStyle]:
    """Style each registered model of Diving48: its role's colour, and a filling of its own within the role."""
    roles, styles, used = role_styles(), {}, dict.fromkeys(ROLE_KIN, 0)
    role_of = {name: role for experiment in EXPERIMENTS.values() for role, name in experiment.models.items()}
    own = sorted(set(names) - set(role_of))
    for name in (*role_of, *own):
        if name not in set(names):
            continue
        if name in role_of:
            role = role_of[name]
            styles[name] = replace(roles[role], label=display_name(name), fillstyle=_FILLS[used[role] % len(_FILLS)])
            used[role] += 1
        else:
            styles[name] = ModelStyle(display_name(name), *_LOOKS[(len(MODELS) + own.index(name)) % len(_LOOKS)])
    return styles


def ordered_domains(names: Iterable[str]) -> list[str]:
    """Order domains: V first, from the plainest picture to the most cluttered, then functions of clips by name."""
    present = set(names)
    return [name for name in DOMAIN_NAMES if name in present] + sorted(present - set(DOMAIN_NAMES))


def targets_by_distance(source: str, domains: Iterable[str]) -> list[str]:
    """List the paper's domains other than the source, nearest first (the x axis of its Fig. 3).

    From 2Dot that is 5Dot, MNIST, MNIST-bg; from MNIST-bg it is MNIST, 5Dot, 2Dot.
    """
    others = [name for name in ordered_domains(domains) if name in DOMAINS and name != source]
    return sorted(others, key=lambda name: abs(DOMAINS.index(name) - DOMAINS.index(source)))
