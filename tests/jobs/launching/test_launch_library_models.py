"""What a launch makes of models of libraries: one run each, told apart by the content of their weights."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import jobs.commands.launch

pytestmark = pytest.mark.usefixtures("without_gpus")


def launch(*words: str) -> Result:
    return CliRunner().invoke(jobs.commands.launch.main, [*words, "--dry-run", "--cluster", "local"])


def ids(*words: str) -> list[str]:
    done = launch(*words, "--json")
    assert done.exit_code == 0, done.output
    return [run["id"] for run in json.loads(done.stdout)["runs"]]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A file whose content no launch reads but for its hash."""
    file = tmp_path / "weights.pth"
    file.write_bytes(b"some weights")
    return file


def test_a_training_is_named_by_its_weights(weights: Path) -> None:
    digest = hashlib.sha256(b"some weights").hexdigest()[:8]
    diving = "diving", "--exp", "a", "--model", "torchvision:r3d_18"
    assert ids(*diving) == ["diving48/random/torchvision-r3d_18-scratch/h1/seed42"]
    expected = f"diving48/random/torchvision-r3d_18-pretrained-{digest}"
    assert ids(*diving, "--weights", str(weights), "--hidden", "4") == [f"{expected}/h1/seed42"]
    assert ids(*diving, "--weights", str(weights), "--frozen") == [f"{expected}-frozen/h1/seed42"]
    evaluate = "evaluate", "--exp", "a", "--model", "torchvision:r3d_18", "--weights", str(weights), "--on", "O"
    assert ids(*evaluate) == [f"{expected.replace('random', 'random@O')}/h1/seed42"]


def test_a_folder_of_transformers_is_named_by_its_last_part(tmp_path: Path) -> None:
    folder = tmp_path / "my models" / "vivit tiny"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    digest = hashlib.sha256(b"{}").hexdigest()[:8]
    made = ids("diving", "--exp", "a", "--model", f"transformers:{folder},3dcnn")
    assert made[0] == f"diving48/random/transformers-vivit-tiny-scratch-{digest}/h1/seed42"
    assert made[1] == "diving48/random/3dcnn-4blocks/h128/seed42"


def test_temporal_shape_has_one_size_of_them() -> None:
    made = ids("ts-grid", "--model", "torchvision:mc3_18,3dcnn", "--seed", "42", "--source", "2dot")
    assert made.count("ts/2dot/torchvision-mc3_18-scratch/h1/seed42") == 1
    assert len(made) == 1 + 10, "the 3D CNN has the paper's ten"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--exp", "a", "--weights", "WEIGHTS"), "--weights is for models of libraries: name one"),
        (("--exp", "a", "--model", "3dcnn", "--frozen"), "--frozen is for models of libraries: name one"),
        (("--exp", "a", "--model", "torchvision:r3d_18,torchvision:s3d", "--weights", "WEIGHTS"), "only one has them"),
        (("--exp", "a", "--model", "torchvision:r3d_18", "--weights", "./absent.pth"), "There are no weights"),
        (("--exp", "a", "--model", "torchvision:../x"), "names neither a model of torchvision nor a folder with one"),
        (("--exp", "a", "--model", "transformers:/absent/folder"), "has no config.json"),
        (("--exp", "table17", "--weights", "WEIGHTS"), "leave --weights away"),
    ],
)
def test_what_does_not_fit_is_refused(words: tuple[str, ...], message: str, weights: Path) -> None:
    done = launch("diving", *(str(weights) if word == "WEIGHTS" else word for word in words))
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())
