"""Our ConvLSTM layer against the published way, which stacks all outputs so far again at every step.

    python benchmarks/convlstm.py

Prints the time of a training step (forward and backward) of both and their ratio, measured in one run, after checking
that both compute the same.
"""

import time

import torch
from torch import Tensor, nn

from xdomain.models.convlstm import ConvLSTMLayer

BATCH, STEPS, SIDE, HIDDEN, REPEATS = 16, 20, 64, 4, 5


class Restacking(nn.Module):
    """The same layer: one convolution of input and state together, and a stack per step (quadratic in time)."""

    def __init__(self, layer: ConvLSTMLayer) -> None:
        super().__init__()
        self.hidden = layer.hidden
        self.conv = nn.Conv2d(layer.input_conv.in_channels + layer.hidden, 4 * layer.hidden, 3, padding=1)
        with torch.no_grad():
            self.conv.weight.copy_(torch.cat([layer.input_conv.weight, layer.recurrent_conv.weight], dim=1))
            self.conv.bias.copy_(layer.input_conv.bias + layer.recurrent_conv.bias)

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


def seconds(layer: nn.Module, clips: Tensor) -> float:
    """Time the fastest training step."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        layer(clips).square().mean().backward()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Compare the two on one CPU core."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    clips = torch.rand(BATCH, STEPS, HIDDEN, SIDE, SIDE)
    ours = ConvLSTMLayer(HIDDEN, HIDDEN)
    published = Restacking(ours)
    difference = (ours(clips) - published(clips)).abs().max().item()
    assert difference < 1e-5, difference
    slow, fast = seconds(published, clips), seconds(ours, clips)
    print(f"one layer, {HIDDEN} units, {BATCH} clips of {STEPS}×{SIDE}×{SIDE}, forward and backward, one core:")
    print(f"  stacking at every step (published way)  {slow:.3f} s")
    print(f"  ours                                    {fast:.3f} s")
    print(f"  ratio {slow / fast:.2f}; largest difference of an output {difference:.1e}")


if __name__ == "__main__":
    main()
