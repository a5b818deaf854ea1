"""Diving48's models: sizes as published, layers as Tables 16 and 17 have them, and clips too small for them."""

import csv
from importlib import resources

import pytest
import torch
from click.testing import CliRunner
from torch import nn
from torch.nn.functional import conv2d, max_pool2d

from xdomain.__main__ import main
from xdomain.core.errors import UserError
from xdomain.models import build
from xdomain.studies import diving48

SMALLEST = {  # frames, side
    "3dcnn-4blocks": (16, 16),
    "3dcnn-6blocks": (4, 4),
    "3dcnn-11layers": (1, 1),
    "3dcnn-11layers-unpadded": (16, 16),
    "convlstm-4blocks": (1, 171),
    "timesformer-4layers": (1, 16),
    "timesformer-11layers": (1, 16),
}


def published(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(resources.files("analysis").joinpath(f"published/{name}").read_text().splitlines()))


def printed(study: str) -> list[dict[str, str]]:
    done = CliRunner().invoke(main, ["params", "--study", study])
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(done.stdout.splitlines()))


def small(name: str) -> nn.Module:
    """Of two units a block, for the smallest clips of three classes."""
    torch.manual_seed(0)
    frames, side = SMALLEST[name]
    return build(name, 2, frames, side, channels=3, classes=3)


def test_the_printed_parameters_are_the_published_ones():
    rows = [(row["experiments"], row["model"], row["trainable_parameters"]) for row in published(
        "diving48_parameters.csv"
    )]  # fmt: skip
    assert [(row["experiment"], row["model"], row["parameters"]) for row in printed("diving48")] == rows


def parameters(width: int, head: int, depth: int, frames: int, linear: bool) -> int:
    """Of a TimeSformer of eight heads for 48 classes, layer by layer.

    A layer has two attentions and a feed-forward network, each after a LayerNorm; frames share their weights, and
    positions are rotary, so the number of frames does not count.
    """
    norm = 2 * width
    attention = width * 3 * 8 * head + (8 * head * width + width)
    feed_forward = (width * 8 * width + 8 * width) + (4 * width * width + width)  # gated, so twice as wide at first
    layers = depth * (2 * attention + feed_forward + 3 * norm)
    patches = 16 * 16 * 3 * width + width
    out = norm + width * 48 + 48
    return layers + patches + width + out + linear * (48 * 48 + 48)


def test_table_17_has_the_published_variants_and_their_sizes():
    table = published("timesformer_variants.csv")
    for of, row, printed_row in zip(diving48.TABLE_17, table, printed("table17"), strict=True):
        width, head, depth, frames = (int(row[name]) for name in ("dim", "dim_head", "depth", "frames"))
        assert (8 * of.head_width, of.head_width, of.frames) == (width, head, frames)
        assert (of.batch_size, of.patience) == (int(row["batch_size"]), int(row["patience"]))
        assert of.optimizer == row["optimizer"].lower()
        with torch.device("meta"):
            model = build(of.model, of.head_width, of.frames, 224, 3, 48)
        drops = {module.p for module in model.modules() if isinstance(module, nn.Dropout) and module.p}
        assert drops == ({0.1} if float(row["attn_dropout"]) else set())
        inner = model[0] if int(row["additional_linear_layer"]) else model
        assert len(inner.layers) == depth
        linear = bool(int(row["additional_linear_layer"]))
        assert int(printed_row["parameters"]) == parameters(width, head, depth, frames, linear)


@pytest.mark.parametrize("name", SMALLEST)
def test_clips_become_logits_that_do_not_depend_on_their_neighbours(name):
    frames, side = SMALLEST[name]
    model, clips = small(name).eval(), torch.rand(2, frames, 3, side, side)
    with torch.no_grad():
        logits = model(clips)
        torch.testing.assert_close(logits[1], model(clips[1:])[0], rtol=1e-4, atol=1e-5)
    assert logits.shape == (2, 3)
    assert logits.isfinite().all()


@pytest.mark.parametrize(
    ("name", "frames", "side"),
    [
        ("3dcnn-4blocks", 15, 16),
        ("3dcnn-4blocks", 16, 15),
        ("3dcnn-11layers-unpadded", 15, 16),
        ("3dcnn-11layers-unpadded", 16, 15),
        ("convlstm-4blocks", 1, 170),
    ],
)
def test_clips_too_small_are_one_sentence(name, frames, side):
    with pytest.raises(UserError, match="The clips are too short or too small for the"):
        build(name, 2, frames, side, channels=3, classes=3)


def test_frames_that_patches_do_not_fill_are_one_sentence():
    with pytest.raises(UserError, match="patches of 16 pixels: 100 is no multiple"):
        build("timesformer-4layers", 2, 4, 100, channels=3, classes=3)


def convolutions(model: nn.Module) -> list[tuple[int, int]]:
    """(channels out, kernel) of each."""
    return [(layer.out_channels, layer.kernel_size[0]) for layer in model.modules() if isinstance(layer, nn.Conv3d)]


@pytest.mark.parametrize(
    ("name", "kernels", "padding"), [("3dcnn-4blocks", (7, 7, 5, 3), 0), ("3dcnn-6blocks", (7, 7, 7, 5, 3, 3), 1)]
)
def test_the_blocks_of_a_3d_cnn(name, kernels, padding):
    with torch.device("meta"):
        model = build(name, 128, 32, 224, 3, 48)
    assert convolutions(model) == [(128, kernel) for kernel in kernels]
    pools = [layer for layer in model.modules() if isinstance(layer, nn.MaxPool3d)]
    assert [pool.padding for pool in pools] == [padding] * len(kernels)
    kinds = [type(layer) for layer in model.modules() if not list(layer.children())]
    assert kinds == [nn.Conv3d, nn.ReLU, nn.MaxPool3d, nn.BatchNorm3d] * len(kernels) + [nn.Linear]


@pytest.mark.parametrize(
    ("name", "padding", "left"),
    [
        ("3dcnn-11layers", 1, (3, 4, 3)),  # 32 -> 17 -> 9 -> 5 -> 3 and 48 -> 25 -> 13 -> 7 -> 4
        ("3dcnn-11layers-unpadded", 0, (2, 3, 2)),  # halved four times
    ],
)
def test_experiment_d_pools_after_four_layers_and_averages_at_the_end(name, padding, left):
    with torch.device("meta"):
        model = build(name, 128, 32, 224, 3, 48)
    assert sum(weight.numel() for weight in model.parameters()) == 23_324_592, "Table 16's 23.3M"
    assert {layer.padding for layer in model.modules() if isinstance(layer, nn.MaxPool3d)} == {padding}
    widths = (32, 64, 128, 128, 128, 256, 256, 256, 512, 512, 512)
    assert convolutions(model) == list(zip(widths, (5, *[3] * 10), strict=True))
    layers, pooled_after = 0, []
    for layer in model.modules():
        layers += isinstance(layer, nn.Conv3d)
        if isinstance(layer, nn.MaxPool3d):
            pooled_after.append(layers)
    assert pooled_after == [3, 5, 7, 10]

    seen = []
    model = small(name).eval()
    model.layers.register_forward_hook(lambda *call: seen.append(call[-1]))
    clips = torch.rand(1, 32, 3, 48, 32)  # one height and width need not be the other's
    with torch.no_grad():
        logits = model(clips)
    (features,) = seen
    assert features.shape == (1, 8, *left)
    average = features.flatten(2).mean(2)
    torch.testing.assert_close(logits, nn.functional.linear(average, model.head.weight, model.head.bias))


def test_the_convlstm_of_diving48_step_by_step():
    """Stride 2 in the input's convolutions alone, and a head that sees all time steps: written out once more."""
    torch.manual_seed(1)
    model = build("convlstm-4blocks", 2, frames=3, side=171, channels=3, classes=4).double().eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
        for name, buffer in model.named_buffers():
            if "running" in name:
                buffer.copy_(torch.rand_like(buffer) + 0.5)
        clips = torch.rand(2, 3, 3, 171, 171, dtype=torch.float64)
        frames = list(clips.unbind(1))
        for block, kernel in zip(model.blocks, (7, 7, 5, 3), strict=True):
            layer, norm = block.layer, block.norm
            assert layer.input_conv.kernel_size == layer.recurrent_conv.kernel_size == (kernel, kernel)
            output = cell = None
            outputs = []
            for frame in frames:
                gates = conv2d(frame, layer.input_conv.weight, layer.input_conv.bias, stride=2, padding=kernel // 2)
                if output is None:
                    output = cell = torch.zeros_like(gates[:, :2])
                gates = gates + conv2d(
                    output, layer.recurrent_conv.weight, layer.recurrent_conv.bias, padding=kernel // 2
                )
                i, f, o, g = gates.split(2, dim=1)
                cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
                output = o.sigmoid() * cell.tanh()
                outputs.append(output)
            scale = norm.weight / (norm.running_var + norm.eps).sqrt()
            shift = norm.bias - norm.running_mean * scale
            frames = [max_pool2d(output, 2) * scale.view(-1, 1, 1) + shift.view(-1, 1, 1) for output in outputs]
        # The head's inputs are ordered by time, then channel, row and column.
        everything = torch.stack(frames, dim=1).reshape(2, -1)
        expected = nn.functional.linear(everything, model.head.weight, model.head.bias)
        torch.testing.assert_close(model(clips), expected)


def test_the_convlstm_s_head_has_4096_inputs():
    with torch.device("meta"):
        assert build("convlstm-4blocks", 128, 32, 224, 3, 48).head.in_features == 4096
