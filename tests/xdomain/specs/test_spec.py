"""A spec is data: it survives JSON, and its id never stands for two things."""

import json
from dataclasses import replace

import pytest
from support.roots import set_roots

from xdomain.core.errors import UserError
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.overrides import apply_overrides, parse_overrides
from xdomain.specs.read import read_spec
from xdomain.specs.shapes import EARLIER, ClipSetSpec
from xdomain.specs.spec import RunSpec
from xdomain.studies import temporal_shape as ts


@pytest.fixture
def spec() -> RunSpec:
    return ts.run("2dot", "convlstm", 16, 42)


def test_a_spec_survives_json(spec):
    changed = apply_overrides(spec, {"lr": 0.01, "digits": "uci", "patience": 3})
    for each in (spec, changed):
        assert read_spec(json.loads(json.dumps(each.to_dict()))) == each


def test_the_id_is_readable(spec):
    assert spec.id == "ts/2dot/convlstm/h16/seed42"
    assert spec.study_key == "ts"
    assert apply_overrides(spec, {}, "demo").id == "ts-demo/2dot/convlstm/h16/seed42"


def test_a_variant_is_spelled_from_the_values_that_differ(spec):
    assert apply_overrides(spec, {"patience": 5, "lr": 0.01}).study_key == "ts-lr0.01-patience5"
    assert apply_overrides(spec, {"digits": "/data/my digits"}).study_key == "ts-digits_data_my_digits"


def test_the_papers_own_values_are_no_variant(spec):
    assert apply_overrides(spec, {"lr": 0.001, "batch_size": 64}) == spec


def test_overrides_reach_data_and_training(spec):
    changed = apply_overrides(spec, {"train_clips": 8, "weight_decay": 0.5}, "t")
    assert changed.data.train_clips == 8
    assert changed.train.weight_decay == 0.5
    assert changed.model == spec.model


@pytest.mark.parametrize("tag", ["a/b", "../x", "a b", "a-b", "ü", "a\n"])
def test_a_tag_that_could_not_be_part_of_a_folder_name_is_refused(spec, tag):
    with pytest.raises(UserError, match="--tag"):
        apply_overrides(spec, {}, tag)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [("lr=0.01", "lr", 0.01), ("lr=1e-2", "lr", 0.01), ("patience=5", "patience", 5), ("digits=a=b", "digits", "a=b")],
)
def test_set_gives_typed_values(text, name, value):
    values = parse_overrides((text,))
    assert values == {name: value}
    assert type(values[name]) is type(value)


@pytest.mark.parametrize("text", ["lr", "=3", "learning_rate=0.1", "hidden=4", ""])
def test_set_with_an_unknown_name_lists_the_known_ones(text):
    with pytest.raises(UserError, match=r"NAME=VALUE.*train_clips, .*lr, .*max_epochs"):
        parse_overrides((text,))


@pytest.mark.parametrize("text", ["lr=fast", "patience=5.5", "max_epochs=1e3", "batch_size="])
def test_set_with_a_value_of_another_type_is_refused(text):
    with pytest.raises(UserError, match=r"takes a (whole )?number"):
        parse_overrides((text,))


@pytest.mark.parametrize(
    "text",
    ["lr=-1", "lr=nan", "lr=inf", "patience=-1", "max_epochs=0", "batch_size=0", "train_clips=0", "precision=8-bit"],
)
def test_set_with_a_value_out_of_range_is_refused(text):
    with pytest.raises(UserError, match=text.partition("=")[0]):
        parse_overrides((text,))


def test_a_spec_of_another_version_says_so(spec):
    values = spec.to_dict()
    for wrong in (
        values | {"optimizer": "adam"},
        values | {"train": values["train"] | {"warmup": 3}},
        {key: value for key, value in values.items() if key != "targets"},
        values | {"model": "convlstm"},
    ):
        with pytest.raises(UserError, match=r"ts/2dot/convlstm/h16/seed42 does not fit this version"):
            read_spec(wrong)


def test_a_spec_edited_by_hand_is_refused(spec):
    with pytest.raises(UserError, match=r"says it is .*seed42 but its values make .*seed43.*edited by hand"):
        read_spec(spec.to_dict() | {"seed": 43})


def test_a_sets_name_says_all_that_its_bytes_depend_on():
    assert ClipSetSpec("2dot", 5000, 1).name == "2dot-n5000-seed1-train-released"
    assert ClipSetSpec("2dot", 500, 1001, digit_split="test").name == "2dot-n500-seed1001-test-released"
    assert ClipSetSpec("mnist", 500, 1001, "uci", "test").name == "mnist-n500-seed1001-uci-test-released"
    assert ClipSetSpec("mnist", 500, 1001, "uci", "test", 0.7, "clean").name == "mnist-n500-seed1001-uci-test-clean"
    assert ClipSetSpec("mnist-bg", 5, 1).name == "mnist-bg-n5-seed1-mnist-train-noise0.5-released"
    assert ClipSetSpec("mnist-bg", 5, 1, intensity=1).name == ClipSetSpec("mnist-bg", 5, 1, intensity=1.0).name
    names = {ClipSetSpec("mnist", 5, 1, path).name for path in ("/a/digits", "/b/digits")}
    assert len(names) == 2


def test_sets_of_earlier_versions_keep_their_names():
    assert ClipSetSpec("2dot", 5000, 1, rendering=EARLIER).name == "2dot-n5000-seed1"
    old = ClipSetSpec("mnist-bg", 500, 1001, "uci", "test", rendering=EARLIER)
    assert old.name == "mnist-bg-n500-seed1001-uci-test"


def test_a_run_of_an_earlier_version_is_read_but_is_another_run(spec, tmp_path, monkeypatch):
    """Its rectangles, noise and split were others: it must neither be continued nor stand beside new runs."""
    set_roots(monkeypatch, runs=tmp_path)
    values = spec.to_dict()
    for name in ("rendering", "source_intensity", "target_intensity"):
        del values["data"][name]
    old = read_spec(values)
    assert old.id == spec.id
    assert [clip_set.name for clip_set in old.inputs][:2] == ["2dot-n5000-seed1", "2dot-n500-seed1001"]
    RunFolder.of(old).write_spec(old)
    RunFolder.of(old).spec_file.write_text(json.dumps(values))  # as that version wrote it
    with pytest.raises(UserError, match=r"data\.rendering is earlier there and released here"):
        RunFolder.of(spec).require_same_spec(spec)
    with pytest.raises(UserError, match="earlier version of xdomain"):
        old.check()


@pytest.mark.parametrize("name", ["jpeg", "Released"])
def test_an_unknown_rendering_is_refused(spec, name):
    with pytest.raises(UserError, match="released or clean"):
        parse_overrides((f"rendering={name}",))
    with pytest.raises(UserError, match="released or clean"):
        replace(spec, data=replace(spec.data, rendering=name)).check()
