"""The ConvLSTM of the paper: an LSTM whose matrix products are convolutions (Shi et al. 2015; section 3.1)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

BLOCKS = 3


class ConvLSTMLayer(nn.Module):
    """One ConvLSTM over a whole sequence; gates i, f, o, g are stacked in that order along the channels."""

    def __init__(self, channels: int, hidden: int, kernel: int = 3) -> None:
        super().__init__()
        self.hidden = hidden
        self.input_conv = nn.Conv2d(channels, 4 * hidden, kernel, padding=kernel // 2)
        self.recurrent_conv = nn.Conv2d(hidden, 4 * hidden, kernel, padding=kernel // 2)

    def forward(self, sequence: Tensor) -> Tensor:
        """(B, T, C, H, W) -> (B, T, hidden, H, W), every time step's output."""
        batch, _, _, height, width = sequence.shape
        # One convolution of input and state together is the sum of the two, and a third faster on a CPU.
        weight = torch.cat([self.input_conv.weight, self.recurrent_conv.weight], dim=1)
        bias = self.input_conv.bias + self.recurrent_conv.bias
        output = cell = sequence.new_zeros(batch, self.hidden, height, width)
        outputs = []
        # unbind and split, not indexing: the gradient of an index is a whole tensor of zeros per step.
        for frame in sequence.unbind(1):
            gates = conv2d(torch.cat([frame, output], dim=1), weight, bias, padding=self.input_conv.padding)
            ifo, g = gates.split((3 * self.hidden, self.hidden), dim=1)
            i, f, o = ifo.sigmoid().chunk(3, dim=1)
            cell = f * cell + i * g.tanh()
            output = o * cell.tanh()
            outputs.append(output)
        return torch.stack(outputs, dim=1)


class ConvLSTMBlock(nn.Module):
    """ConvLSTM → MaxPool of each frame → BatchNorm over batch, time and space."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.layer = ConvLSTMLayer(channels, hidden)
        self.pool = nn.MaxPool3d((1, 2, 2))
        self.norm = nn.BatchNorm3d(hidden)

    def forward(self, sequence: Tensor) -> Tensor:
        """(B, T, C, H, W) -> (B, T, hidden, H/2, W/2)."""
        outputs = self.layer(sequence).transpose(1, 2)  # (B, hidden, T, H, W)
        return self.norm(self.pool(outputs)).transpose(1, 2)


class ConvLSTM(nn.Module):
    """Three blocks; the last time step, flattened, goes to the linear head."""

    def __init__(self, hidden: int, frames: int, side: int, channels: int, classes: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(ConvLSTMBlock(channels if b == 0 else hidden, hidden) for b in range(BLOCKS)))
        self.head = nn.Linear(hidden * (side // 2**BLOCKS) ** 2, classes)

    def forward(self, clips: Tensor) -> Tensor:
        """(B, T, C, H, W) -> (B, classes)."""
        return self.head(self.blocks(clips)[:, -1].flatten(1))


build = ConvLSTM
