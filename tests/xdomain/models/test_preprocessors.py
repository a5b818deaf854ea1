"""What a transformers checkpoint says of its input, as a mean and a deviation of values in [0, 1]."""

import json
from pathlib import Path

import pytest

from xdomain.core.errors import UserError
from xdomain.models.zoo.transformers_models import _values

HALF = {"image_mean": [0.5] * 3, "image_std": [0.25] * 3}


def taken(folder: Path, **given: object) -> float:
    """What the model would be given for the middle grey, 0.5 in [0, 1] and 127.5 in [0, 255]."""
    file = folder / "preprocessor_config.json"
    file.write_text(json.dumps(given))
    (mean, *_), (std, *_) = _values(file)
    return (0.5 - mean) / std


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (HALF, (0.5 - 0.5) / 0.25),
        (HALF | {"rescale_factor": 1 / 127.5}, (1.0 - 0.5) / 0.25),
        (HALF | {"do_rescale": False}, (127.5 - 0.5) / 0.25),
        (HALF | {"do_normalize": False}, 0.5),
        (HALF | {"do_normalize": False, "do_rescale": False}, 127.5),
        ({"rescale_factor": 1 / 127.5, "offset": True, "do_normalize": False}, 0.0),
        ({}, (0.5 - 0.485) / 0.229),  # ImageNet's red
    ],
)
def test_what_the_file_says_is_what_the_model_takes(tmp_path: Path, given: dict[str, object], value: float) -> None:
    assert taken(tmp_path, **given) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"rescale_factor": 0}', "cannot be read"),
        ('{"image_mean": 0.5}', "cannot be read"),
        ('{"image_mean": ["a", "b", "c"]}', "cannot be read"),
        ('{"image_mean": [0.5]}', "no mean and standard deviation of three channels"),
        ('{"image_std": [0.5, 0.5, 0]}', "no mean and standard deviation of three channels"),
        ('{"image_std": [0.5, 0.5, NaN]}', "no mean and standard deviation of three channels"),
        ('{"image_mean": [0.5, 0.5, Infinity]}', "no mean and standard deviation of three channels"),
    ],
)
def test_a_file_that_says_no_such_thing_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "preprocessor_config.json"
    file.write_text(text)
    with pytest.raises(UserError, match=sentence) as refused:
        _values(file)
    assert str(file) in str(refused.value)
