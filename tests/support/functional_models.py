"""The three models once more, as plain functions of their weights, written from the paper and the libraries' papers.

Every function takes the clips (B, T, C, H, W) and the weights by name, and returns logits (B, classes). `stats`
collects, by the name of a normalisation, the mean and the unbiased variance of the batch that it saw.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv3d, max_pool2d, max_pool3d

Weights = dict[str, Tensor]
Statistics = dict[str, tuple[Tensor, Tensor]]


def normalise(features: Tensor, weights: Weights, name: str, stats: Statistics) -> Tensor:
    """Batch norm of (B, C, ...): over everything but the channels."""
    others = [axis for axis in range(features.dim()) if axis != 1]
    as_channels = (1, -1, *[1] * (features.dim() - 2))
    mean = features.mean(others)
    centred = features - mean.view(as_channels)
    variance = centred.square().mean(others)
    count = features.numel() // features.shape[1]
    stats[name] = mean.detach(), (variance * count / (count - 1)).detach()
    unit = centred / (variance + 1e-5).sqrt().view(as_channels)
    return unit * weights[f"{name}.weight"].view(as_channels) + weights[f"{name}.bias"].view(as_channels)


def linear(features: Tensor, weights: Weights, name: str) -> Tensor:
    bias = weights.get(f"{name}.bias")
    product = features @ weights[f"{name}.weight"].T
    return product if bias is None else product + bias


def cnn3d(clips: Tensor, weights: Weights, stats: Statistics, kernels: tuple[int, ...], padding: int) -> Tensor:
    """Conv → ReLU → MaxPool → BatchNorm, a block a kernel; flatten → linear."""
    features = clips.permute(0, 2, 1, 3, 4)  # (B, C, T, H, W)
    for i, kernel in enumerate(kernels):
        name = f"blocks.{4 * i}"
        features = conv3d(features, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=kernel // 2)
        features = max_pool3d(features.clamp(min=0), 2, padding=padding)
        features = normalise(features, weights, f"blocks.{4 * i + 3}", stats)
    return linear(features.reshape(len(clips), -1), weights, "head")


def deep_cnn3d(clips: Tensor, weights: Weights, stats: Statistics, padding: int) -> Tensor:
    """Experiment d: kernels 5 and ten 3s, pooling after layers 3, 5, 7 and 10; the average → linear."""
    features = clips.permute(0, 2, 1, 3, 4)
    place = 0  # of the next layer in the model's sequence
    for number in range(1, 12):
        conv, pools = f"layers.{place}", number in (3, 5, 7, 10)
        features = conv3d(
            features, weights[f"{conv}.weight"], weights[f"{conv}.bias"], padding=2 if number == 1 else 1
        ).clamp(min=0)
        if pools:
            features = max_pool3d(features, 2, padding=padding)
        features = normalise(features, weights, f"layers.{place + 2 + pools}", stats)
        place += 3 + pools
    return linear(features.flatten(2).mean(2), weights, "head")


def convlstm(
    clips: Tensor, weights: Weights, stats: Statistics, kernels: tuple[int, ...], stride: int, all_steps: bool
) -> Tensor:
    """ConvLSTM → MaxPool of each frame → BatchNorm over batch, time and space, a block a kernel."""
    steps = clips.unbind(1)
    for i, kernel in enumerate(kernels):
        layer = f"blocks.{i}.layer"
        wx, bx, wh, bh = (weights[f"{layer}.{c}_conv.{p}"] for c in ("input", "recurrent") for p in ("weight", "bias"))
        output = cell = None
        pooled = []
        for frame in steps:
            gates = conv2d(frame, wx, bx, stride=stride, padding=kernel // 2)
            if output is None:  # the initial state
                output = cell = torch.zeros_like(gates[:, : gates.shape[1] // 4])
            gates = gates + conv2d(output, wh, bh, padding=kernel // 2)
            i_gate, f_gate, o_gate, g_gate = gates.chunk(4, dim=1)
            cell = torch.sigmoid(f_gate) * cell + torch.sigmoid(i_gate) * torch.tanh(g_gate)
            output = torch.sigmoid(o_gate) * torch.tanh(cell)
            pooled.append(max_pool2d(output, 2))
        # All frames side by side in one long picture, so that the normalisation sees each pixel of each once.
        together = normalise(torch.cat(pooled, dim=3), weights, f"blocks.{i}.norm", stats)
        steps = together.split(pooled[0].shape[3], dim=3)
    seen = torch.stack(steps, dim=1) if all_steps else steps[-1]
    return linear(seen.reshape(len(clips), -1), weights, "head")


def layer_norm(tokens: Tensor, weights: Weights, name: str) -> Tensor:
    centred = tokens - tokens.mean(-1, keepdim=True)
    unit = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return unit * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def rotate(vectors: Tensor, angles: Tensor) -> Tensor:
    """Rotary embedding of (L, d): neighbouring components (2i, 2i+1) are a plane; the library turns each by its own."""
    turned = vectors.clone()
    for i in range(0, angles.shape[1], 2):
        a, b, alpha, beta = vectors[:, i], vectors[:, i + 1], angles[:, i], angles[:, i + 1]
        turned[:, i] = a * alpha.cos() - b * alpha.sin()
        turned[:, i + 1] = b * beta.cos() + a * beta.sin()
    return turned


def time_angles(frames: int, width: int) -> Tensor:
    """(T, d): a frame's number times 10000^(-2j/d), the d/2 frequencies twice in a row."""
    frequencies = torch.tensor([10000 ** (-2 * j / width) for j in range(width // 2)] * 2)
    return torch.arange(frames)[:, None] * frequencies


def space_angles(side: int, width: int) -> Tensor:
    """(patches, d): a patch's column, then its row, from -1 to 1, times pi times d/4 scales from 1 to 5; each twice."""
    count = width // 4
    scales = [5 ** (k / (count - 1)) if count > 1 else 1.0 for k in range(count)]
    places = [-1 + 2 * k / (side - 1) for k in range(side)]
    rows = []
    for y in places:
        for x in places:
            # The library calls the first axis' values x: they change with a patch's row.
            rows.append([place * scale * math.pi for place in (y, x) for scale in scales for _ in range(2)])
    return torch.tensor(rows)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (q @ k.T / q.shape[1] ** 0.5).softmax(1) @ v


def divided_attention(
    tokens: Tensor, weights: Weights, name: str, heads: int, groups: list[Tensor], angles: Tensor
) -> Tensor:
    """Of one clip (1 + N, dim): each patch attends to its group and the class token, that token to all."""
    q, k, v = linear(tokens, weights, f"{name}.to_qkv").chunk(3, dim=1)
    outputs = []
    for q_h, k_h, v_h in zip(*(part.chunk(heads, dim=1) for part in (q, k, v)), strict=True):
        output = torch.zeros_like(q_h)
        output[0] = attend(q_h[:1], k_h, v_h)[0]
        for group in groups:  # token numbers
            keys = torch.cat([k_h[:1], rotate(k_h[group], angles)])
            output[group] = attend(rotate(q_h[group], angles), keys, torch.cat([v_h[:1], v_h[group]]))
        outputs.append(output)
    return linear(torch.cat(outputs, dim=1), weights, f"{name}.to_out.0")


def timesformer(clips: Tensor, weights: Weights, stats: Statistics, heads: int, depth: int) -> Tensor:
    """Patches of 16 pixels → layers of attention over time, over space and a gated MLP → class token → linear."""
    logits = []
    for clip in clips:
        frames, side = clip.shape[0], clip.shape[-1] // 16
        patches = [
            frame[:, 16 * y : 16 * y + 16, 16 * x : 16 * x + 16].permute(1, 2, 0).reshape(-1)
            for frame in clip for y in range(side) for x in range(side)
        ]  # fmt: skip
        embedded = linear(torch.stack(patches), weights, "to_patch_embedding")
        tokens = torch.cat([weights["cls_token"], embedded])
        numbers = 1 + torch.arange(frames * side**2).view(frames, side**2)
        width = tokens.shape[1] // heads
        over_time, over_space = list(numbers.unbind(1)), list(numbers.unbind(0))
        for i in range(depth):
            for part, groups, angles in (
                (0, over_time, time_angles(frames, width)),
                (1, over_space, space_angles(side, width)),
            ):
                name = f"layers.{i}.{part}"
                normed = layer_norm(tokens, weights, f"{name}.norm")
                tokens = tokens + divided_attention(normed, weights, f"{name}.fn", heads, groups, angles)
            name = f"layers.{i}.2"
            normed = layer_norm(tokens, weights, f"{name}.norm")
            values, gates = linear(normed, weights, f"{name}.fn.net.0").chunk(2, dim=1)
            gelu = gates * (1 + torch.erf(gates / math.sqrt(2))) / 2
            tokens = tokens + linear(values * gelu, weights, f"{name}.fn.net.3")
        logits.append(linear(layer_norm(tokens[:1], weights, "to_out.0"), weights, "to_out.1")[0])
    return torch.stack(logits)
