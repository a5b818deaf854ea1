"""Diving48 V2's classes, as the data set's own Diving48_vocab.json lists them."""

import json
from importlib import resources


def vocabulary() -> list[list[str]]:
    """List the 48 classes in label order: [takeoff, somersault, twist, position]."""
    return json.loads(resources.files(__package__).joinpath("Diving48_vocab.json").read_text())
