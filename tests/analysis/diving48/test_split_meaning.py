"""Runs of an earlier version, whose split `random` was another one, share no table with those of this one."""

import json
from dataclasses import replace

import pytest
from support.made_diving import training, write_training

from analysis.diving48.data.load import load_diving
from analysis.diving48.study import Diving48
from xdomain.core.errors import UserError

CNN, LSTM, DEEP = "3dcnn-4blocks", "convlstm-4blocks", "3dcnn-11layers"


def test_an_earlier_study_says_what_its_split_is_called_now() -> None:
    write_training(replace(training(CNN), revision=1))
    assert load_diving("diving48-demo").problems == (
        "These runs are of an earlier version: random is what is now called random-sha.",
    )


def test_two_meanings_of_one_split_are_refused() -> None:
    write_training(replace(training(CNN), revision=1))
    write_training(training(LSTM))
    with pytest.raises(UserError, match="where random meant what random-sha means now"):
        load_diving("diving48-demo")


def test_two_meanings_of_one_model_are_refused() -> None:
    write_training(replace(training(DEEP, "source-video"), revision=1))
    write_training(training(DEEP, "source-video", seed=61))
    with pytest.raises(UserError, match="where 3dcnn-11layers meant what 3dcnn-11layers-unpadded means now"):
        load_diving("diving48-demo")


def test_the_paper_study_refuses_earlier_folders() -> None:
    spec = replace(training(CNN, variant=""), revision=1)
    write_training(spec)
    with pytest.raises(UserError, match="revision is 1 there and 2 here"):
        Diving48().load("diving48")


def test_the_other_split_is_a_setting_of_its_own() -> None:
    write_training(training(CNN))
    write_training(training(CNN, "random-sha"))
    assert [setting.split for setting in load_diving("diving48-demo").settings()] == ["random", "random-sha"]


def test_left_out_clips_are_a_note_of_every_table() -> None:
    folder = write_training(training(CNN))
    result = json.loads(folder.result_file.read_text())
    folder.result_file.write_text(
        json.dumps(result | {"split": {"kind": "random", "left_out": {"train": 7, "val": 2}}})
    )
    assert load_diving("diving48-demo").problems == (
        "7 training and 2 validation clips of the published split are left out (leave-out.txt), so its membership "
        "differs from the paper's by those.",
    )


def test_videos_that_end_early_are_a_note_of_every_table() -> None:
    folder = write_training(training(CNN))
    result = json.loads(folder.result_file.read_text())
    result["data"]["diving48/cache/train-32x224"] = {"sha256": "x", "frames_lacking": {"a_1": 1, "b_2": 4}}
    folder.result_file.write_text(json.dumps(result))
    assert load_diving("diving48-demo").problems == (
        "2 clips of diving48/cache/train-32x224 end up to 4 frames before their listed end: the last frame stands for "
        "those.",
    )
