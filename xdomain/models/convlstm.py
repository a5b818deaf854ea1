"""The ConvLSTMs of the paper: an LSTM whose matrix products are convolutions (Shi et al. 2015; section 3.1)."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from xdomain.models.shapes import require_pixels


class ConvLSTMLayer(nn.Module):
    """One ConvLSTM over a whole sequence; gates i, f, o, g are stacked in that order along the channels.

    `stride` is the input convolution's; states and outputs have the size that it leaves.
    """

    def __init__(self, channels: int, hidden: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.hidden = hidden
        self.input_conv = nn.Conv2d(channels, 4 * hidden, kernel, stride, padding=kernel // 2)
        self.recurrent_conv = nn.Conv2d(hidden, 4 * hidden, kernel, padding=kernel // 2)

    def forward(self, sequence: Tensor) -> Tensor:
        """Map (B, T, C, H, W) to (B, T, hidden, H/stride, W/stride), every time step's output."""
        if self.input_conv.stride == (1, 1):
            return self._joint(sequence)
        batch, steps = sequence.shape[:2]
        # Strides differ, so the two convolutions stay apart; the input's needs no state and takes all steps at once.
        driven = self.input_conv(sequence.flatten(0, 1)).unflatten(0, (batch, steps))  # (B, T, 4 hidden, H', W')
        # The state is of the sequence's type: where convolutions compute in 16 bits, a cell sums up in 32 all the same.
        output = cell = sequence.new_zeros(batch, self.hidden, *driven.shape[-2:])
        outputs = []
        # unbind and split, not indexing: the gradient of an index is a whole tensor of zeros per step.
        for drive in driven.unbind(1):
            output, cell = self._step(drive + self.recurrent_conv(output), cell)
            outputs.append(output)
        return torch.stack(outputs, dim=1)

    def _joint(self, sequence: Tensor) -> Tensor:
        batch, _, _, height, width = sequence.shape
        # One convolution of input and state together is the sum of the two, and a third faster on a CPU.
        weight = torch.cat([self.input_conv.weight, self.recurrent_conv.weight], dim=1)
        bias = self.input_conv.bias + self.recurrent_conv.bias  # type: ignore[operator]  # both have one
        output = cell = sequence.new_zeros(batch, self.hidden, height, width)
        outputs = []
        for frame in sequence.unbind(1):
            gates = conv2d(torch.cat([frame, output], dim=1), weight, bias, padding=self.input_conv.padding)
            output, cell = self._step(gates, cell)
            outputs.append(output)
        return torch.stack(outputs, dim=1)

    def _step(self, gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """Turn gates (B, 4 hidden, H, W) and the cell (B, hidden, H, W) into the new output and cell."""
        ifo, g = gates.split((3 * self.hidden, self.hidden), dim=1)
        i, f, o = ifo.sigmoid().chunk(3, dim=1)
        cell = f * cell + i * g.tanh()
        return o * cell.tanh(), cell


class ConvLSTMBlock(nn.Module):
    """ConvLSTM → MaxPool of each frame → BatchNorm over batch, time and space."""

    def __init__(self, channels: int, hidden: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.layer = ConvLSTMLayer(channels, hidden, kernel, stride)
        self.pool = nn.MaxPool2d(2)
        self.norm = nn.BatchNorm2d(hidden)

    def forward(self, sequence: Tensor) -> Tensor:
        """Map (B, T, C, H, W) to (B, T, hidden, H/2/stride, W/2/stride)."""
        # Frames stay rows of a batch: of (B, hidden, T, 1, 1), transposed from here, torch's CPU batch norm returns a
        # wrong gradient, since it reads the contiguous input's and the transposed gradient's memory in one order.
        frames = self.layer(sequence).flatten(0, 1)  # (B·T, hidden, H, W)
        return self.norm(self.pool(frames)).unflatten(0, sequence.shape[:2])


class ConvLSTM(nn.Module):
    """One block a kernel; the last time step, or all of them, go flattened to the linear head."""

    def __init__(
        self,
        kernels: Sequence[int],
        stride: int,
        all_steps: bool,
        hidden: int,
        frames: int,
        side: int,
        channels: int,
        classes: int,
    ) -> None:
        super().__init__()
        self.all_steps = all_steps
        blocks = []
        for i, kernel in enumerate(kernels):
            blocks.append(ConvLSTMBlock(hidden if i else channels, hidden, kernel, stride))
            side = -(-side // stride) // 2
        require_pixels("ConvLSTM", side)
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(hidden * side**2 * (frames if all_steps else 1), classes)

    def forward(self, clips: Tensor) -> Tensor:
        """Map clips (B, T, C, H, W) to logits (B, classes)."""
        outputs = self.blocks(clips)  # (B, T, hidden, H', W')
        return self.head((outputs if self.all_steps else outputs[:, -1]).flatten(1))


build = partial(ConvLSTM, (3, 3, 3), 1, False)
build_four_blocks = partial(ConvLSTM, (7, 7, 5, 3), 2, True)
