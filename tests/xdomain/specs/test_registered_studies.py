"""Studies that packages register: what keeps one from being used is said with its entry point's name."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace

import pytest

from xdomain.core.errors import UserError
from xdomain.specs import registry


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch):
    """Have a package register `mypackage:STUDY`, whose study has this key, under this name."""

    def register(name: str, key: str = "mine", value: str = "mypackage:STUDY") -> None:
        package = ModuleType("mypackage")
        package.STUDY = SimpleNamespace(key=key)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "mypackage", package)
        points = [EntryPoint(name, value, registry.GROUP)]
        monkeypatch.setattr(
            registry, "entry_points", lambda group, name=None: [p for p in points if name in (None, p.name)]
        )
        registry.outside_study.cache_clear()

    yield register
    registry.outside_study.cache_clear()


def test_a_study_is_known_by_its_entry_points_name(registered) -> None:
    registered("mine")
    assert registry.outside_study("mine").key == "mine"
    assert "mine" in registry.registered_names()


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"name": "my-own", "key": "my-own"}, "'my-own' has a hyphen in its name, which begins a variant"),
        ({"name": "mine", "key": "other"}, "mypackage:STUDY is the study 'other' and is registered as 'mine'"),
        ({"name": "mine", "value": "mypackage:ABSENT"}, r"'mine' \(mypackage:ABSENT\) cannot be imported"),
        ({"name": "mine", "value": "no_such_package:STUDY"}, "cannot be imported: No module named 'no_such_package'"),
    ],
)
def test_one_that_cannot_be_used_is_named_with_the_reason(registered, entry: dict[str, str], sentence: str) -> None:
    registered(**entry)
    with pytest.raises(UserError, match=sentence):
        registry.outside_study(entry["name"])


def test_a_name_that_nothing_registers_lists_those_that_are_there(registered) -> None:
    registered("mine")
    with pytest.raises(UserError, match=r"There is no study 'yours'\. Registered are: .*mine"):
        registry.outside_study("yours")
