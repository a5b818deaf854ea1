"""A library's model on a study's clips: its own frames, size and values; a new head; all of it trained, or the head."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from xdomain.core.errors import UserError
from xdomain.core.names import library_and_model
from xdomain.models.zoo import torchvision_models, transformers_models
from xdomain.models.zoo.files import content_sha256
from xdomain.models.zoo.network import IMAGENET, Network


class LibraryModel(nn.Module):
    """Takes a study's clips (B, T, C, H, W): three channels normalised by ImageNet, or one of values in [0, 1]."""

    scale: Tensor
    shift: Tensor

    def __init__(self, network: Network, frames: int, channels: int, frozen: bool) -> None:
        super().__init__()
        self.network, self.logits = network.module, network.logits
        self.frames, self.side = network.frames, network.side
        # Evenly from the first frame to the last; a study with fewer frames than the model takes shows some twice.
        self.chosen = [round(k * (frames - 1) / max(1, self.frames - 1)) for k in range(self.frames)]
        given = IMAGENET if channels == 3 else ((0.0,) * 3, (1.0,) * 3)
        self.register_buffer("scale", _by_channel(given[1]) / _by_channel(network.std))
        self.register_buffer("shift", (_by_channel(given[0]) - _by_channel(network.mean)) / _by_channel(network.std))
        self.frozen = frozen
        for name, weight in self.network.named_parameters():
            weight.requires_grad_(not frozen or name in network.head)
        self.train()

    def forward(self, clips: Tensor) -> Tensor:
        """Compute the logits (B, classes)."""
        clips = clips[:, self.chosen] if self.chosen != list(range(clips.shape[1])) else clips
        clips = clips.expand(-1, -1, 3, -1, -1)
        if clips.shape[-1] != self.side:
            flat = interpolate(clips.flatten(0, 1), (self.side, self.side), mode="bilinear", antialias=True)
            clips = flat.unflatten(0, clips.shape[:2])
        return self.logits(clips * self.scale + self.shift)

    def train(self, mode: bool = True) -> "LibraryModel":
        """Set the mode; a frozen body stays in evaluation, so that its running statistics and features do."""
        super().train(mode)
        if self.frozen:
            for module in self.network.modules():
                if not any(weight.requires_grad for weight in module.parameters()):
                    module.eval()
        return self


def _by_channel(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values).view(3, 1, 1)


def build(
    name: str, weights: str, sha256: str, frozen: bool, frames: int, side: int, channels: int, classes: int
) -> LibraryModel:
    """Build a library's model for clips (B, frames, channels, side, side).

    Args:
        name: such as `torchvision:r3d_18`.
        weights: what it begins from: a file, a folder or a name in a filled cache; empty: random weights.
        sha256: of what it is made from; empty where that may be anything.
        frozen: only the new head learns.
        frames: of a clip.
        side: of a frame, pixels.
        channels: 3, or 1.
        classes: of the study.

    Raises:
        UserError: the library is not installed, has no such model, or what it is made from is not there, does not fit
            or is not what it was.
    """
    if channels not in (1, 3):
        raise UserError(f"{name} takes clips of three channels, or of one: not of {channels}.")
    if sha256 and (now := content_sha256(name, weights)) != sha256:
        raise UserError(
            f"What {name} is made from ({weights or 'its configuration'}) has the SHA-256 {now[:12]} now and not "
            f"{sha256[:12]} as when the run was launched: put that back, or launch the run anew."
        )
    library, model = library_and_model(name)
    if library == "torchvision":
        network = torchvision_models.build(name, model, weights, frames, side, classes)
    else:
        network = transformers_models.build(name, weights, classes)
    return LibraryModel(network, frames, channels, frozen)
