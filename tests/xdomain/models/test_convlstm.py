"""The ConvLSTM against a second one, written out here step by step from the paper's equations."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, conv2d, max_pool2d

from xdomain.models import build
from xdomain.models.convlstm import ConvLSTM, ConvLSTMLayer


def slow_layer(layer: ConvLSTMLayer, sequence: Tensor) -> list[Tensor]:
    """Every time step's output (B, hidden, H, W); one convolution per step, input and gate."""
    hidden = layer.hidden
    wx, bx, wh, bh = (p for c in (layer.input_conv, layer.recurrent_conv) for p in (c.weight, c.bias))
    output = cell = torch.zeros(len(sequence), hidden, *sequence.shape[-2:])
    outputs = []
    for t in range(sequence.shape[1]):
        gates = []
        for gate in range(4):  # i, f, o, g
            rows = slice(gate * hidden, (gate + 1) * hidden)
            from_input = conv2d(sequence[:, t], wx[rows], bx[rows], padding=1)
            gates.append(from_input + conv2d(output, wh[rows], bh[rows], padding=1))
        i, f, o, g = torch.sigmoid(gates[0]), torch.sigmoid(gates[1]), torch.sigmoid(gates[2]), torch.tanh(gates[3])
        cell = f * cell + i * g
        output = o * torch.tanh(cell)
        outputs.append(output)
    return outputs


def slow_model(model: ConvLSTM, clips: Tensor) -> Tensor:
    """The whole model's logits: each frame pooled by itself, one normalisation over batch, time and space."""
    for block in model.blocks:
        pooled = torch.stack([max_pool2d(output, 2) for output in slow_layer(block.layer, clips)], dim=1)
        batch, steps, channels, height, width = pooled.shape
        frames = pooled.reshape(batch * steps, channels, height, width)
        norm = block.norm
        if model.training:
            frames = batch_norm(frames, None, None, norm.weight, norm.bias, training=True, eps=norm.eps)
        else:
            frames = batch_norm(frames, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)
        clips = frames.reshape(batch, steps, channels, height, width)
    return nn.functional.linear(clips[:, -1].reshape(len(clips), -1), model.head.weight, model.head.bias)


@pytest.fixture
def model() -> ConvLSTM:
    """A small one whose weights and normalisation are anything but their symmetric beginnings."""
    torch.manual_seed(3)
    made = build("convlstm", 3, frames=5, side=16, channels=2, classes=5).double()
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
        for name, buffer in made.named_buffers():
            if "running" in name:
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    return made


@pytest.fixture(autouse=True)
def double():
    """The two orders of summation differ in single precision."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("training", [True, False])
def test_both_give_the_same_logits(model, training):
    clips = torch.rand(3, 5, 2, 16, 16)
    model.train(training)
    expected = slow_model(model, clips)
    torch.testing.assert_close(model(clips), expected)


def test_both_give_the_same_gradients(model):
    clips = torch.rand(2, 5, 2, 16, 16)
    weights = list(model.parameters())
    ours = torch.autograd.grad(model(clips).square().sum(), weights)
    theirs = torch.autograd.grad(slow_model(model, clips).square().sum(), weights)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_the_past_alone_decides(model):
    """A later frame changes no earlier output."""
    clips = torch.rand(1, 5, 2, 16, 16)
    layer = model.blocks[0].layer
    before = layer(clips)
    clips[:, 3] += 1
    after = layer(clips)
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3:], after[:, 3:])


def elements_of_the_graph(layer: ConvLSTMLayer, steps: int) -> int:
    """Everything that a forward pass keeps or makes: the elements that its operations write."""
    written = 0

    class Count(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal written
            out = func(*args, **(kwargs or {}))
            if isinstance(out, Tensor) and not func.is_view:
                written += out.numel()
            return out

    clip = torch.rand(1, steps, 2, 4, 4)
    with Count():
        layer(clip).sum().backward()
    return written


def test_the_cost_grows_with_the_number_of_steps_not_with_its_square(model):
    """The published implementation stacks all outputs so far at every step; counted in elements, not in seconds."""
    layer = model.blocks[0].layer
    per_step = [(elements_of_the_graph(layer, 2 * n) - elements_of_the_graph(layer, n)) / n for n in (8, 64)]
    assert per_step[1] < 1.1 * per_step[0]


@pytest.mark.parametrize("stride", [1, 2])
def test_a_cell_goes_on_counting_in_mixed_precision(stride):
    """With open gates it grows by 1/128 a step, which is lost on a sum of 2 that is kept in bfloat16."""
    layer = ConvLSTMLayer(1, 1, kernel=3, stride=stride).float()
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.input_conv.bias.copy_(torch.tensor([20, 20, 20, 1 / 128]))  # i, f and o are 1, g is tanh(1/128)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs = layer(torch.zeros(1, 400, 1, 4, 4, dtype=torch.float32))
    assert outputs[0, -1].flatten().tolist() == pytest.approx([math.tanh(400 / 128)] * (4 // stride) ** 2, abs=1e-3)
