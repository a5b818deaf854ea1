"""Our ConvLSTM layer against the published way, which stacks all outputs so far again at every step.

    python -m benchmarks.convlstm

Prints the time of a training step (forward and backward) of both and their ratio, measured in one run, after checking
that both compute the same.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from benchmarks.rates import Figure, per_second, show
from xdomain.models.convlstm import ConvLSTMLayer

BATCH, STEPS, SIDE, HIDDEN = 16, 20, 64, 4


class Restacking(nn.Module):
    """The same layer: one convolution of input and state together, and a stack per step (quadratic in time)."""

    def __init__(self, layer: ConvLSTMLayer) -> None:
        super().__init__()
        self.hidden = layer.hidden
        self.conv = nn.Conv2d(layer.input_conv.in_channels + layer.hidden, 4 * layer.hidden, 3, padding=1)
        biases = layer.input_conv.bias, layer.recurrent_conv.bias
        assert self.conv.bias is not None
        assert biases[0] is not None
        assert biases[1] is not None
        with torch.no_grad():
            self.conv.weight.copy_(torch.cat([layer.input_conv.weight, layer.recurrent_conv.weight], dim=1))
            self.conv.bias.copy_(biases[0] + biases[1])

    def forward(self, sequence: Tensor) -> Tensor:
        """Map (B, T, C, H, W) to (B, T, hidden, H, W)."""
        batch, steps, _, height, width = sequence.shape
        output = cell = sequence.new_zeros(batch, self.hidden, height, width)
        outputs: list[Tensor] = []
        for step in range(steps):
            gates = self.conv(torch.cat([sequence[:, step], output], dim=1))
            i, f, o, g = gates.chunk(4, dim=1)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            output = o.sigmoid() * cell.tanh()
            outputs.append(output)
            stacked = torch.stack(outputs, dim=1)
        return stacked


def figures() -> Iterator[Figure]:
    """Time a training step of both on one core."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    clips = torch.rand(BATCH, STEPS, HIDDEN, SIDE, SIDE)
    ours = ConvLSTMLayer(HIDDEN, HIDDEN)
    published = Restacking(ours)
    difference = (ours(clips) - published(clips)).abs().max().item()
    if difference > 1e-5:
        raise SystemExit(f"The two layers differ by {difference:.1e}.")
    slow, fast = (
        per_second(lambda layer=layer: layer(clips).square().mean().backward(), BATCH) for layer in (published, ours)
    )
    yield Figure("ConvLSTM layer, stacking at every step (baseline)", slow, "clips")
    yield Figure("ConvLSTM layer", fast, "clips", f"{fast / slow:.2f} times as fast")


if __name__ == "__main__":
    show(figures())
