"""Models of libraries: their own frames, size and values; weights that are saved and loaded; what does not fit."""

import hashlib
import json
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from support.library_weights import CLASSES, save_torchvision, save_transformer, torchvision_model

from xdomain import models
from xdomain.core.errors import UserError
from xdomain.models.zoo.adapter import LibraryModel, build
from xdomain.models.zoo.files import content_sha256
from xdomain.studies.zoo import library_model

CLIPS = {"frames": 6, "side": 24, "channels": 3, "classes": 5}
KINETICS = (0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989)  # as torchvision documents them
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def built(name: str, weights: Path | str = "", frozen: bool = False, **clips: int) -> LibraryModel:
    torch.manual_seed(3)
    return build(name, str(weights), "", frozen, **CLIPS | clips)


def normalised(values: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> torch.Tensor:
    """(B, T, 3, H, W) of [0, 1]."""
    return (values - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


@pytest.mark.parametrize("name", ["mc3_18", "r2plus1d_18", "r3d_18"])
def test_saved_weights_give_the_librarys_own_scores(name: str, tmp_path: Path) -> None:
    """The expected scores are the saved model's, given the values that its documentation asks for, with our head."""
    saved = save_torchvision(name, tmp_path / "weights.pth").eval()
    model = built(f"torchvision:{name}", tmp_path / "weights.pth").eval()
    values = torch.rand(2, 6, 3, 24, 24)
    features: list[torch.Tensor] = []
    saved.fc.register_forward_hook(lambda _, given, __: features.append(given[0]))
    with torch.no_grad():
        scores = model(normalised(values, *IMAGENET))
        saved(normalised(values, *KINETICS).transpose(1, 2))
    head = model.network.fc
    assert scores.shape == (2, 5)
    torch.testing.assert_close(scores, features[0] @ head.weight.T + head.bias, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["Vivit", "VideoMAE", "Timesformer"])
def test_a_saved_transformer_gives_its_own_scores(kind: str, tmp_path: Path) -> None:
    half = {"image_mean": [0.5] * 3, "image_std": [0.25] * 3}
    saved = save_transformer(kind, tmp_path, **half)
    model = built(f"transformers:{tmp_path}", tmp_path, side=16).eval()
    values = torch.rand(2, 6, 3, 16, 16)
    model.network.classifier.load_state_dict({k: v[:5] for k, v in saved.classifier.state_dict().items()})
    with torch.no_grad():
        scores = model(normalised(values, *IMAGENET))
        expected = saved(normalised(values[:, [0, 2, 3, 5]], (0.5,) * 3, (0.25,) * 3)).logits  # 0, 5/3, 10/3, 5
    torch.testing.assert_close(scores, expected[:, :5], rtol=1e-3, atol=1e-4)


def test_a_preprocessor_that_offsets_is_followed(tmp_path: Path) -> None:
    """google/vivit-b-16x2 says so: values of [-1, 1], of which 0.5 is taken and which are divided by 0.5."""
    given = {"rescale_factor": 1 / 127.5, "offset": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    save_transformer("Vivit", tmp_path, **given)
    model = built(f"transformers:{tmp_path}")
    grey = normalised(torch.full((1, 1, 3, 1, 1), 0.25), *IMAGENET)
    torch.testing.assert_close(grey * model.scale + model.shift, torch.full_like(grey, (0.25 * 2 - 1 - 0.5) / 0.5))


@pytest.mark.parametrize(
    ("name", "frames", "side"),
    [
        ("r3d_18", (6, 16), (24, 112)),
        ("mvit_v1_b", (16, 16), (224, 224)),
        ("mvit_v2_s", (16, 16), (224, 224)),
        ("s3d", (14, 32), (224, 224)),
        ("swin3d_t", (6, 32), (24, 224)),
    ],
)
def test_size_and_frames_are_the_models_own(name: str, frames: tuple[int, int], side: tuple[int, int]) -> None:
    """Of small clips and of a study's of 32 frames of 224 pixels; on no device, which needs no memory or time."""
    for given, own in (((6, 24), (frames[0], side[0])), ((32, 224), (frames[1], side[1]))):
        with torch.device("meta"):
            model = build(f"torchvision:{name}", "", "", False, *given, 3, 5)
            clips = torch.zeros(2, given[0], 3, given[1], given[1])
            taken: list[torch.Size] = []
            model.network.register_forward_pre_hook(lambda _, clips, taken=taken: taken.append(clips[0].shape))
            assert model.eval()(clips).shape == (2, 5)
        assert taken == [(2, 3, own[0], own[1], own[1])]


def test_grey_clips_have_three_equal_channels() -> None:
    model = built("torchvision:mc3_18", channels=1).eval()
    grey = torch.rand(1, 6, 1, 24, 24)
    colour = built("torchvision:mc3_18").eval()
    torch.testing.assert_close(model(grey), colour(normalised(grey.expand(-1, -1, 3, -1, -1), *IMAGENET)))


def test_of_a_frozen_model_only_the_head_learns_and_its_statistics_stay(tmp_path: Path) -> None:
    save_torchvision("mc3_18", tmp_path / "weights.pth")
    model = built("torchvision:mc3_18", tmp_path / "weights.pth", frozen=True)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=0.1)
    model.train()(torch.randn(2, 6, 3, 24, 24)).sum().backward()
    optimizer.step()
    changed = {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
    assert changed == {"network.fc.weight", "network.fc.bias"}


def test_a_frozen_transformer_trains_what_follows_its_body(tmp_path: Path) -> None:
    save_transformer("VideoMAE", tmp_path)
    model = built(f"transformers:{tmp_path}", tmp_path, frozen=True)
    assert {name for name, weight in model.named_parameters() if weight.requires_grad} == {
        f"network.{part}.{kind}" for part in ("fc_norm", "classifier") for kind in ("weight", "bias")
    }
    assert model.network.training
    assert not model.network.videomae.training


def test_weights_of_a_body_alone_are_taken(tmp_path: Path) -> None:
    """As self-supervised weights come: without a head, and without the body's prefix."""
    saved = save_transformer("VideoMAE", tmp_path / "whole")
    body = {key.removeprefix("videomae."): v for key, v in saved.state_dict().items() if key.startswith("videomae.")}
    save_file(body, tmp_path / "body.safetensors")
    model = built(f"transformers:{tmp_path / 'whole'}", tmp_path / "body.safetensors")
    for key, value in saved.videomae.state_dict().items():
        torch.testing.assert_close(model.network.videomae.state_dict()[key], value)


def test_weights_in_several_files_are_all_read(tmp_path: Path) -> None:
    save_transformer("Vivit", tmp_path)
    expected = built(f"transformers:{tmp_path}", tmp_path).state_dict()
    state = load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    names = sorted(state)
    save_file({name: state[name] for name in names[:9]}, tmp_path / "model-00001-of-00002.safetensors")
    save_file({name: state[name] for name in names[9:]}, tmp_path / "model-00002-of-00002.safetensors")
    for name, value in built(f"transformers:{tmp_path}", tmp_path).state_dict().items():
        assert torch.equal(value, expected[name]), name
    save_file({names[0]: state[names[0]]}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match=f"has {names[0]} in more than one file of weights"):
        built(f"transformers:{tmp_path}", tmp_path)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    save_torchvision("mc3_18", tmp_path / "mc3.pth")
    with pytest.raises(
        UserError, match=r"mc3.pth are of another architecture than torchvision:r3d_18: they have other"
    ):
        built("torchvision:r3d_18", tmp_path / "mc3.pth")
    save_transformer("Vivit", tmp_path / "vivit")
    save_transformer("Timesformer", tmp_path / "timesformer")
    with pytest.raises(UserError, match=r"another architecture than transformers:.*/vivit: they lack \d+ of its"):
        built(f"transformers:{tmp_path / 'vivit'}", tmp_path / "timesformer")


class Runs:
    """Would run code when it is unpickled."""

    def __reduce__(self):
        return print, ("unpickled",)


def test_files_that_are_no_weights_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"state_dict": Runs()}, tmp_path / "code.pth")
    (tmp_path / "short.safetensors").write_bytes(b"short")
    torch.save({"epoch": 3}, tmp_path / "epoch.pth")
    for file, words in {
        "code.pth": "cannot be read as plain weights: it also holds",
        "short.safetensors": "is truncated or damaged",
        "epoch.pth": "holds no weights by name",
        "absent.pth": "There are no weights",
    }.items():
        with pytest.raises(UserError, match=words):
            built("torchvision:mc3_18", tmp_path / file)
    assert "unpickled" not in capsys.readouterr().out


def test_a_folder_of_code_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "mine", "auto_map": {"AutoConfig": "mine.Mine"}}))
    (tmp_path / "mine.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(UserError, match=r"config\.json cannot be read"):
        built(f"transformers:{tmp_path}")


def test_what_is_no_video_classifier_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(UserError, match="configures no video classifier of transformers"):
        built(f"transformers:{tmp_path}")
    with pytest.raises(UserError, match=r"has no video model resnet18\. It has: mc3_18, mvit_v1_b"):
        built("torchvision:resnet18")


def test_nothing_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(UserError, match="fetch weights torchvision:r3d_18/KINETICS400_V1"):
        library_model("torchvision:r3d_18", "KINETICS400_V1")
    with pytest.raises(UserError, match="has no weights of that name: KINETICS400_V1"):
        library_model("torchvision:r3d_18", "SPORTS")
    with pytest.raises(UserError, match="fetch weights transformers:MCG-NJU/videomae-base"):
        library_model("transformers:MCG-NJU/videomae-base")


def test_a_filled_cache_is_read_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the layouts that torch and the hub give their caches."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (tmp_path / "hub/checkpoints").mkdir(parents=True)
    file = tmp_path / "hub/checkpoints/mc3_18-a90a0ba3.pth"
    save_torchvision("mc3_18", file)
    spec = library_model("torchvision:mc3_18", "KINETICS400_V1")
    assert spec.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    built(spec.name, spec.weights)

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    (tmp_path / "models--me--tiny/refs").mkdir(parents=True)
    (tmp_path / "models--me--tiny/refs/main").write_text("1234")
    save_transformer("Vivit", tmp_path / "models--me--tiny/snapshots/1234")
    spec = library_model("transformers:me/tiny", "me/tiny")
    assert spec.key == f"transformers-me-tiny-pretrained-{spec.sha256[:8]}"
    built(spec.name, spec.weights)


def test_weights_that_changed_since_the_launch_are_refused(tmp_path: Path) -> None:
    save_torchvision("mc3_18", tmp_path / "weights.pth")
    spec = library_model("torchvision:mc3_18", str(tmp_path / "weights.pth"))
    save_torchvision("mc3_18", tmp_path / "weights.pth", seed=2)
    with pytest.raises(UserError, match=f"has the SHA-256 .* now and not {spec.sha256[:12]} as when"):
        models.build(spec.name, 1, 6, 24, 3, 5, spec.weights, spec.sha256)


def test_the_hash_covers_configuration_preprocessor_and_weights(tmp_path: Path) -> None:
    save_transformer("Vivit", tmp_path, image_mean=[0.5] * 3)
    name, seen = f"transformers:{tmp_path}", set()
    for file, content in {
        "": b"",
        "config.json": b"{}",
        "preprocessor_config.json": b"{}",
        "model.safetensors": b"x",
    }.items():
        if file:
            (tmp_path / file).write_bytes(content)
        seen.add(content_sha256(name, str(tmp_path)))
    assert len(seen) == 4
    assert content_sha256("torchvision:r3d_18", "") == ""


@pytest.mark.parametrize("library", ["torchvision", "transformers", "huggingface_hub"])
def test_without_the_extra_a_sentence_names_it(library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    name = "torchvision:r3d_18" if library == "torchvision" else f"transformers:{tmp_path}"
    with pytest.raises(UserError, match=r"This needs \w+, which is not installed: pip install 'xdomain\[zoo\]'"):
        built(name)


def test_a_model_of_another_shape_is_named_before_it_learns() -> None:
    from xdomain.specs.spec import TrainSpec
    from xdomain.training.module import Classifier

    module = Classifier(torch.nn.Flatten(), TrainSpec(), classes=5)
    with pytest.raises(UserError, match=r"returns \[2, 12\] for 2 clips of 5 classes, where logits are \[2, 5\]"):
        module.training_step((torch.zeros(2, 1, 3, 2, 2), torch.zeros(2, dtype=torch.long)), 0)


def test_a_head_is_new_even_where_the_classes_are_as_many(tmp_path: Path) -> None:
    saved = save_torchvision("mc3_18", tmp_path / "weights.pth")
    assert not torch.equal(
        built("torchvision:mc3_18", tmp_path / "weights.pth", classes=CLASSES).network.fc.weight, saved.fc.weight
    )
    assert torchvision_model("mc3_18").fc.weight.shape == saved.fc.weight.shape
