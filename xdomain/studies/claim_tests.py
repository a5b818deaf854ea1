"""The language of a claim's tests: `T/V [abcdefgh] ConvLSTM - T/V [abcdefgh] 3D CNN < 0; ...`.

    test     = quantity, or two with " - " between, then a relation
    quantity = measure [where] model
    relation = "> number", "< number", "near number" or "near chance"

Diving48: the measure is a ratio of two domains (`T/S1`), `attributes` (the share of attributes that misclassifications
on S1 and S2 have right) or `attributes(34,12)` of some classes; where: letters of experiments, over which it is
averaged. `spread T/S1 [abc]`, without a model, is the standard deviation between models, averaged over experiments.
Temporal Shape: `A(mnist)` or `rr(5dot,mnist)`, accuracy and its ratio to V averaged over domains, `rr(targets)` over
all of them; where: the domains trained on, with sizes if not all (`2dot+mnist-bg h=2,4`). `slope rr(5dot)` is the
slope on ln h. Models are called as in the tables.
"""

import re
from dataclasses import dataclass

from xdomain.core.errors import UserError

CHANCE, NEAR = "chance", "near"
SLOPE, SPREAD, ATTRIBUTES = "slope", "spread", "attributes"
_QUANTITY = re.compile(r"(?:(slope|spread) )?([^\s()\[\]]+)(?:\(([^()\[\]]+)\))? \[([^\[\]]+)\](?: (.+))?")
_TEST = re.compile(r"(.+) (>|<|near) (\S+)")


@dataclass(frozen=True)
class Quantity:
    """A measure of one model somewhere.

    Attributes:
        form: empty, or `slope`, or `spread`.
        measure: such as `T/V`, `rr`, `attributes`.
        of: what stands in the measure's parentheses, in parts.
        where: what stands in brackets.
        model: as in the tables; empty for a spread.
    """

    form: str
    measure: str
    of: tuple[str, ...]
    where: str
    model: str

    @property
    def name(self) -> str:
        """The quantity without its model."""
        of = f"({', '.join(self.of)})" if self.of else ""
        return f"{self.form} {self.measure}{of} [{self.where}]".strip()


@dataclass(frozen=True)
class Test:
    """A quantity, or the difference of two, against a bound; `bound` is None for chance."""

    first: Quantity
    second: Quantity | None
    relation: str
    bound: float | None

    @property
    def sides(self) -> tuple[Quantity, ...]:
        """The quantity, or the two."""
        return (self.first,) if self.second is None else (self.first, self.second)

    @property
    def comparison(self) -> str:
        """Such as "T/V [gh]: ConvLSTM − 3D CNN"."""
        if self.second is None:
            return f"{self.first.name}: {self.first.model}".rstrip(": ")
        if self.first.name == self.second.name:
            return f"{self.first.name}: {self.first.model} − {self.second.model}"
        if self.first.model == self.second.model:
            return f"{self.first.name} − {self.second.name}: {self.first.model}".rstrip(": ")
        return f"{self.first.name}: {self.first.model} − {self.second.name}: {self.second.model}"

    @property
    def stated(self) -> str:
        """What is claimed of it, such as "< 0"."""
        return f"{self.relation} {CHANCE if self.bound is None else f'{self.bound:g}'}"


def parse_tests(text: str, of: str) -> tuple[Test, ...]:
    """Read a claim's tests, which semicolons part; `of` says whose they are.

    Raises:
        UserError: names the test that cannot be read.
    """
    return tuple(_test(part.strip(), of) for part in text.split(";"))


def _test(text: str, of: str) -> Test:
    found = _TEST.fullmatch(text)
    sides = [_QUANTITY.fullmatch(side.strip()) for side in found[1].split(" - ")] if found else []
    if not found or len(sides) > 2 or not all(sides):
        raise UserError(f"{of}: {text!r} is no test. Write one like: T/V [gh] ConvLSTM - T/V [gh] 3D CNN < 0.")
    bound = None if found[3] == CHANCE else _number(found[3], of)
    if bound is None and found[2] != NEAR:
        raise UserError(f"{of}: {text!r}: only `near` goes with chance. Give a number.")
    quantities = [_quantity(side) for side in sides if side]
    return Test(quantities[0], quantities[1] if len(quantities) > 1 else None, found[2], bound)


def _quantity(found: re.Match[str]) -> Quantity:
    form, measure, of, where, model = found.groups()
    parts = tuple(part.strip() for part in of.split(",")) if of else ()
    return Quantity(form or "", measure, parts, where.strip(), (model or "").strip())


def _number(text: str, of: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{of}: {text!r} is no number.") from None
