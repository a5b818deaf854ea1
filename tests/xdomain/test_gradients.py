"""The gradients that trainings follow, against finite differences of the loss that trainings minimise."""

import pytest
import torch
from torch import Tensor

from xdomain.modelcheck.gradient import wrong_gradients
from xdomain.models import build
from xdomain.spec import TrainSpec
from xdomain.training.module import Classifier

DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()


@pytest.fixture(params=DEVICES)
def device(request) -> torch.device:
    return torch.device(request.param)


@pytest.fixture(autouse=True)
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def wrong(name: str, hidden: int, frames: int, side: int, channels: int, classes: int, device: torch.device) -> list:
    torch.manual_seed(0)
    module = Classifier(build(name, hidden, frames, side, channels, classes), TrainSpec(), classes).to(device).train()
    clips = torch.randn(2, frames, channels, side, side).to(device).requires_grad_()
    labels = torch.arange(2, device=device) % classes

    def loss() -> Tensor:
        torch.manual_seed(1)  # dropout drops the same
        return module.training_step((clips, labels), 0)

    return wrong_gradients(loss, dict(module.named_parameters()) | {"clips": clips})


@pytest.mark.parametrize("side", [176, 192, 224])
def test_a_convlstm_whose_last_block_leaves_one_pixel(side, device):
    assert not wrong("convlstm-4blocks", 2, 3, side, 3, 5, device)
