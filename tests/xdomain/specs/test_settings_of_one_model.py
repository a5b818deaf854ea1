"""`--set MODEL.NAME=VALUE`: a setting of one model of a grid."""

import pytest

from xdomain.core.errors import UserError
from xdomain.specs.overrides import parse_overrides, vary
from xdomain.studies import temporal_shape as ts


def test_a_setting_of_one_model_reaches_its_runs_only_and_goes_before_that_of_all():
    grid = ts.grid(("2dot",), ("3dcnn", "timesformer-8"), (2,), (42,))
    settings = ("timesformer-8.lr=0.003", "lr=0.02", "timesformer-8.optimizer=adam", "max_epochs=6")
    cnn, timesformer = vary(grid, parse_overrides(settings), "demo")
    assert (cnn.train.lr, cnn.train.optimizer, cnn.train.max_epochs) == (0.02, "sgd", 6)
    assert (timesformer.train.lr, timesformer.train.optimizer, timesformer.train.max_epochs) == (0.003, "adam", 6)
    assert {cnn.study_key, timesformer.study_key} == {"ts-demo"}


@pytest.mark.parametrize(
    ("settings", "tag", "sentence"),
    [
        (("convlstm.lr=0.1",), "t", "convlstm is not among the models: 3dcnn"),
        (("3dcnn.lr=0.1",), "", "such as --tag mine"),
        (("3dcnn.train_clips=8",), "t", "all models of a launch share it"),
        (("slowfast.lr=0.1",), "t", "slowfast is not among the models: 3dcnn"),
        (("3dcnn.lr=fast",), "t", "takes a number"),
        (("3dcnn.hidden=4",), "t", "NAME=VALUE"),
    ],
)
def test_a_setting_of_one_model_that_cannot_be_is_refused(settings, tag, sentence):
    with pytest.raises(UserError, match=sentence):
        vary(ts.grid(("2dot",), ("3dcnn",), (2,), (42,)), parse_overrides(settings), tag)
