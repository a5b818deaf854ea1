"""Names that once stood for something else: folders of then are told apart, go on as they began, and never mix."""

import json

import pytest
from support.roots import set_roots

from xdomain.core.errors import UserError
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48, temporal_shape

CNN, DEEP = "3dcnn-4blocks", "3dcnn-11layers"


def of_an_earlier_version(spec: RunSpec) -> RunSpec:
    """The spec read from the JSON that a version before revisions wrote of it."""
    values = spec.to_dict()
    del values["revision"]
    return read_spec(json.loads(json.dumps(values)))


def test_a_spec_of_now_means_what_it_says():
    spec = diving48.training(DEEP)
    assert (spec.split, spec.network) == ("random", DEEP)
    assert read_spec(json.loads(json.dumps(spec.to_dict()))) == spec


def test_an_earlier_random_split_is_random_sha():
    spec = of_an_earlier_version(diving48.training(CNN))
    assert (spec.split, spec.network, spec.id) == ("random-sha", CNN, "diving48/random/3dcnn-4blocks/h128/seed42")
    assert spec != diving48.training(CNN)
    assert read_spec(spec.to_dict()) == spec, "and stays so"


def test_an_earlier_eleven_layers_pool_without_padding():
    spec = of_an_earlier_version(diving48.training(DEEP, "source-video"))
    assert (spec.split, spec.network) == ("source-video", "3dcnn-11layers-unpadded")


@pytest.mark.parametrize("spec", [diving48.training(CNN, "source-video"), temporal_shape.run("2dot", "3dcnn", 2, 42)])
def test_other_folders_are_what_they_were(spec):
    assert of_an_earlier_version(spec) == spec


def test_an_earlier_folder_is_refused_by_what_it_is_called_now(tmp_path, monkeypatch):
    set_roots(monkeypatch, runs=tmp_path)
    spec = diving48.training(CNN)
    folder = RunFolder.of(spec)
    folder.path.mkdir(parents=True)
    values = spec.to_dict()
    del values["revision"]
    folder.spec_file.write_text(json.dumps(values))
    with pytest.raises(UserError, match="in revision 1 random-sha was called random"):
        folder.require_same_spec(spec)
    folder.require_same_spec(of_an_earlier_version(spec))  # what launched it goes on
