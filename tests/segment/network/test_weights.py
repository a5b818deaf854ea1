"""Weights that fit, weights of another architecture, and files that are no weights; mmcv's stand-in."""

import hashlib
from collections import OrderedDict

import pytest
import torch
from mmengine.config import Config
from support.fetch_server import serving

from segment.network.mmcv_ops import load_mmseg
from segment.network.models import MODELS
from segment.network.predict import DiverNetwork
from segment.network.spec import SegmentSpec
from segment.network.weights import build, fetch, load_all, load_pretrained, read, state_of
from xdomain.core.errors import UserError

SMALL = "unet-small"


@pytest.fixture(scope="module")
def small() -> torch.nn.Module:
    return build(SMALL)


def test_a_compiled_operator_raises_a_sentence_that_names_it():
    load_mmseg()
    from mmcv.ops import nms

    boxes, scores = torch.tensor([[0.0, 0, 1, 1]]), torch.tensor([1.0])
    with pytest.raises(NotImplementedError, match="mmcv's operator nms is compiled code"):
        nms(boxes, scores, 0.5)


def test_mmengine_sees_that_no_operator_is_compiled():
    from mmengine.utils.dl_utils import mmcv_full_available

    load_mmseg()
    assert not mmcv_full_available()


@pytest.mark.parametrize(("model", "parameters"), [("segformer-b0", 3_715_682), (SMALL, 113_178)])
def test_every_network_gives_two_logits_a_pixel(model, parameters):
    """SegFormer's count is the paper's 3.8M (its Table 1) with two classes instead of 150.

    The small U-Net's, with 8, 16, 32 and 64 channels: two 3x3 convolutions without bias a stage on the way down
    (73,368) and up, with the 1x1 of the upsampling (38,976); two numbers a normalised channel (816); a last layer (18).
    """
    network = build(model).eval()
    assert sum(p.numel() for p in network.parameters()) == parameters
    with torch.no_grad():
        logits = network.encode_decode(torch.zeros(1, 3, 64, 96), [{"img_shape": (64, 96)}])
    assert logits.shape == (1, 2, 64, 96)


def test_the_configurations_are_plain_data():
    for model in MODELS.values():
        assert Config.fromstring(Config(model).pretty_text, ".py").to_dict() == Config(model).to_dict()


def test_a_checkpoint_of_another_architecture_says_which(small, tmp_path):
    path = tmp_path / "foreign.pth"
    theirs = build("segformer-b0").state_dict()
    sentence = rf"{path} holds weights of segformer-b0, not of {SMALL}"
    with pytest.raises(UserError, match=sentence):
        load_all(small, SMALL, theirs, path)
    with pytest.raises(UserError, match=sentence):
        load_pretrained(small, SMALL, theirs, path)
    backbone = {k.removeprefix("backbone."): v for k, v in theirs.items() if k.startswith("backbone.")}
    with pytest.raises(UserError, match=sentence):
        load_pretrained(small, SMALL, backbone, path)
    with pytest.raises(UserError, match=rf"another architecture than {SMALL} \(such as backbone.conv.weight\)"):
        load_pretrained(small, SMALL, {"conv.weight": torch.zeros(1)}, path)


def test_a_backbone_of_a_classifier_is_taken_without_its_last_layer(small):
    source = {k: v + 1 for k, v in small.state_dict().items() if k.startswith("backbone.")}
    classifier = {k.removeprefix("backbone."): v for k, v in source.items()} | {"fc.weight": torch.zeros(1000, 192)}
    network = build(SMALL)
    head = network.state_dict()["decode_head.conv_seg.weight"].clone()
    assert load_pretrained(network, SMALL, classifier, "resnet.pth") == len(source)
    after = network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in source.items())
    assert torch.equal(after["decode_head.conv_seg.weight"], head)


def test_a_complete_network_of_other_classes_is_taken_without_its_last_layer(small):
    source = OrderedDict((k, v + 1) for k, v in small.state_dict().items())
    source["decode_head.conv_seg.weight"] = torch.zeros(150, 8, 1, 1)
    source["decode_head.conv_seg.bias"] = torch.zeros(150)
    network = build(SMALL)
    assert load_pretrained(network, SMALL, source, "ade20k.pth") == len(source) - 2
    name = "backbone.decoder.0.conv_block.convs.1.conv.weight"
    assert torch.equal(network.state_dict()[name], source[name])


def test_files_that_are_no_plain_weights_are_refused(tmp_path):
    path = tmp_path / "a.pth"
    for content, reason in (({"spec": SegmentSpec()}, "also holds segment.network.spec.SegmentSpec"), ([1], "list")):
        torch.save(content, path)
        with pytest.raises(UserError, match=reason):
            read(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="truncated, or no checkpoint"):
        read(path)
    with pytest.raises(UserError, match="holds no weights"):
        state_of({"meta": 1}, path)
    with pytest.raises(UserError, match="There are no weights"):
        fetch(str(tmp_path / "absent.pth"))


def test_inference_takes_only_what_training_wrote(small, tmp_path):
    path = tmp_path / "best.pth"
    with pytest.raises(UserError, match="There is no checkpoint"):
        DiverNetwork(path)
    torch.save({"state_dict": small.state_dict()}, path)
    with pytest.raises(UserError, match="was not written by `python -m segment train`"):
        DiverNetwork(path)
    torch.save({"state_dict": small.state_dict(), "spec": SegmentSpec(model="segformer-b0").to_dict()}, path)
    with pytest.raises(UserError, match=rf"holds weights of {SMALL}, not of segformer-b0"):
        DiverNetwork(path)


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A server of one file of weights, `a.pth`, and an empty cache to download it to; proxies are none of it."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    with serving() as server:
        server.files["/a.pth"] = b"weights"
        yield server


WEIGHTS = hashlib.sha256(b"weights").hexdigest()


def test_a_file_of_its_hash_is_downloaded_once(served):
    url = f"{served.url}/a.pth#sha256={WEIGHTS}"
    path = fetch(url)
    assert path.read_bytes() == b"weights"
    assert fetch(url.replace(WEIGHTS, WEIGHTS.upper())) == path
    assert len(served.asked) == 1


def test_another_file_than_the_hash_says_is_never_kept(served, tmp_path):
    with pytest.raises(UserError, match=r"a\.pth cannot be downloaded .*invalid hash value"):
        fetch(f"{served.url}/a.pth#sha256={'0' * 64}")
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_cached_file_that_was_changed_is_refused(served):
    url = f"{served.url}/a.pth#sha256={WEIGHTS}"
    path = fetch(url)
    path.write_bytes(b"others")
    with pytest.raises(UserError, match=f"and not {WEIGHTS}: it was changed here. Remove it."):
        fetch(url)


@pytest.mark.parametrize(
    ("fragment", "sentence"),
    [
        ("", "is not encrypted, so that anyone on the way could change it"),
        ("#md5=0", "has sha256= and 64 hexadecimal digits"),
        (f"#sha256={'g' * 64}", "has sha256= and 64 hexadecimal digits"),
    ],
)
def test_a_url_that_anyone_could_answer_is_not_even_asked(served, fragment, sentence):
    with pytest.raises(UserError, match=sentence):
        fetch(f"{served.url}/a.pth{fragment}")
    assert served.asked == []


def test_what_cannot_be_downloaded_is_named_without_its_password(served):
    url = served.url.replace("http://", "http://me:secret@")
    with pytest.raises(UserError, match="Fetch it on a machine with network, and give its path") as refused:
        fetch(f"{url}/absent.pth#sha256={WEIGHTS}")
    assert "secret" not in str(refused.value)
