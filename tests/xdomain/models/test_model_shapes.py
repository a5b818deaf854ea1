"""The paper's four models: sizes as published, logits of the right shape, layers in the paper's order (section 3.1)."""

import csv
from importlib import resources

import pytest
import torch
from torch import nn

from xdomain.models import build
from xdomain.studies.temporal_shape import MODELS, SIZES

TS = {"frames": 20, "side": 64, "channels": 1, "classes": 5}
PUBLISHED = resources.files("analysis").joinpath("published/temporal_shape_parameters.csv").read_text()
COLUMNS = {
    "timesformer-1": "TimeSformer-1",
    "3dcnn": "3D CNN",
    "convlstm": "ConvLSTM",
    "timesformer-8": "TimeSformer-8",
}


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_the_published_ones(name):
    published = {int(row["hidden_units"]): int(row[COLUMNS[name]]) for row in csv.DictReader(PUBLISHED.splitlines())}
    assert tuple(published) == SIZES
    for hidden, count in published.items():
        with torch.device("meta"):
            model = build(name, hidden, **TS)
        assert sum(p.numel() for p in model.parameters() if p.requires_grad) == count, hidden


@pytest.mark.parametrize("name", MODELS)
def test_clips_become_logits(name):
    model = build(name, 2, **TS).eval()
    with torch.no_grad():
        logits = model(torch.rand(3, 20, 1, 64, 64))
    assert logits.shape == (3, 5)
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", MODELS)
def test_clips_of_one_batch_do_not_mix(name):
    """Else a clip's score would depend on its neighbours in an evaluation batch."""
    torch.manual_seed(0)
    model, clips = build(name, 4, **TS).eval(), torch.rand(3, 20, 1, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model(clips)[1], model(clips[1:2])[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_every_frame_counts_and_so_does_their_order(name):
    torch.manual_seed(0)
    model = build(name, 4, **TS).eval()
    clips = torch.rand(2, 20, 1, 64, 64, requires_grad=True)
    logits = model(clips)
    (gradient,) = torch.autograd.grad(logits.square().sum(), clips)
    # 20 frames are pooled to 10, 5 and 2 by the 3D CNN: its last four frames fall off at the last pooling.
    seen = 20 if name != "3dcnn" else 16
    assert (gradient.abs().sum(dim=(0, 2, 3, 4)) > 0)[:seen].all()
    assert not torch.allclose(logits, model(clips.flip(1)), atol=1e-4)


def test_the_layers_of_the_3d_cnn():
    """Convolution, ReLU, pooling and only then normalisation (SPEC's table of blocks)."""
    model = build("3dcnn", 6, **TS)
    kinds = [type(layer) for layer in model.modules() if not list(layer.children())]
    assert kinds == [nn.Conv3d, nn.ReLU, nn.MaxPool3d, nn.BatchNorm3d] * 3 + [nn.Linear]
    convolutions = [layer for layer in model.modules() if isinstance(layer, nn.Conv3d)]
    assert [layer.in_channels for layer in convolutions] == [1, 6, 6]
    assert all(layer.kernel_size == (3, 3, 3) and layer.bias is not None for layer in convolutions)
    halved = [
        layer(torch.zeros(1, 6, 20, 8, 8)).shape[2:] for layer in model.modules() if isinstance(layer, nn.MaxPool3d)
    ]
    assert halved == [(10, 4, 4)] * 3


@pytest.mark.parametrize(("name", "heads"), [("timesformer-1", 1), ("timesformer-8", 8)])
def test_the_timesformer_has_three_layers_of_so_many_heads(name, heads):
    model = build(name, 6, **TS)
    assert len(model.layers) == 3
    assert {layer[0].fn.heads for layer in model.layers} == {heads}
    assert model.cls_token.shape == (1, heads * 6)
    assert model.patch_size == 16
    assert not [m for m in model.modules() if isinstance(m, nn.Dropout) and m.p], "its defaults drop nothing"
